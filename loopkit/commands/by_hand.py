"""`loop mark`, `skip`, `reopen`, `resolve`: a status that a person states, recorded as by hand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from loopkit.commands.results import Written
from loopkit.commands.session import Session
from loopkit.commands.write import HandEdit, change_by_hand
from loopkit.effects.evidence.receipt import Kind
from loopkit.errors import Refused, UsageError
from loopkit.loop.change import Change, SetItemStatus, SetLoopStatus, SetPhaseStatus
from loopkit.loop.machine import (
    LoopState,
    PhaseState,
    follow,
    loop_state,
    phase_state,
    phase_status,
)
from loopkit.loop.model import Item, Loop, LoopStatus, Phase, PhaseStatus
from loopkit.loop.outcome import Result, target_name
from loopkit.loop.words import grammar
from loopkit.loop.words.phrases import fold

# ── loop mark ───────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class MarkRequest:
    """A status to state, of a phase, of an item of it, or, without a phase, of the loop itself.

    `at` is when it came true, which time gates count from: a time, or one in ISO 8601.
    """

    loop: str
    phase: str | None
    status: str
    item: str | None = None
    note: str = ""
    at: datetime | str | None = None
    commit: bool = False


def mark(session: Session, request: MarkRequest) -> Written:
    """States a status, as a person would write it into the document."""
    edit = _mark_loop if request.phase is None else _mark_phase
    return edit(session, request)


def _mark_phase(session: Session, request: MarkRequest) -> Written:
    status, at = status_of_phase(request.status), session.moment(request.at)
    phase, item = request.phase or "", request.item
    word = _own_word(request.status, status)

    def decide(loop: Loop) -> HandEdit:
        id = loop.require_phase(phase).id
        return HandEdit(
            changes=[_stated(id, item, status, request.note, word)],
            what=f"{target_name(phase, item)} marked {status.value} by hand",
            status=status.value,
            phase=id,
            item=item,
            reason=request.note,
            at=at,
        )

    return change_by_hand(session, request.loop, decide, commit=request.commit)


def _mark_loop(session: Session, request: MarkRequest) -> Written:
    """States the loop's own status in every header; when it was closed with `at` only."""
    status, at = status_of_loop(request.status), session.moment(request.at)
    closed = at.astimezone(session.workspace.settings.zone).date() if at else None
    on = closed if status is LoopStatus.CLOSED else None
    word = _own_word(request.status, status)

    def decide(loop: Loop) -> HandEdit:
        return HandEdit(
            changes=[SetLoopStatus(status, on, word)],
            what=f"marked {status.value} by hand",
            status=status.value,
            reason=request.note,
            at=at,
        )

    return change_by_hand(session, request.loop, decide, commit=request.commit)


def _own_word(said: str, status: LoopStatus | PhaseStatus) -> str:
    """Returns the word that a person chose where it is another than the usual: `parked`."""
    usual = fold(said).replace("-", "_").replace(" ", "_") == status.value
    return "" if usual else said


def _stated(
    phase: str, item: str | None, status: PhaseStatus, note: str = "", word: str = ""
) -> Change:
    if item is not None:
        return SetItemStatus(phase, item, status, note, word)
    return SetPhaseStatus(phase, status, note, word)


def status_of_phase(word: str) -> PhaseStatus:
    """Returns the status that a word means, as in a document.

    Raises:
        UsageError: it means none.
    """
    status = grammar.phase_status(word.replace("_", " "))
    if status is PhaseStatus.UNKNOWN and word.casefold() != "unknown":
        raise UsageError(
            f"{word!r} is no status of a phase",
            why="it is one of " + ", ".join(PhaseStatus),
            help="loop mark --help",
        )
    return status


def status_of_loop(word: str) -> LoopStatus:
    """Returns the status that a word means, as in a header.

    Raises:
        UsageError: it means none.
    """
    status = grammar.loop_status(word)
    if status is LoopStatus.UNKNOWN:
        raise UsageError(
            f"{word!r} is no status of a loop",
            why="it is one of " + ", ".join(s for s in LoopStatus if s is not LoopStatus.UNKNOWN),
            help="loop mark --help",
        )
    return status


# ── loop skip, loop reopen ──────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class SkipRequest:
    """A phase to leave out, and why."""

    loop: str
    phase: str
    reason: str
    commit: bool = False


def skip(session: Session, request: SkipRequest) -> Written:
    """Leaves a phase out; what waits for it may go on.

    Raises:
        Refused: it is done already.
    """

    def decide(loop: Loop) -> HandEdit:
        phase = loop.require_phase(request.phase)
        status = phase_status(move_phase(loop, phase, "skip"))
        return HandEdit(
            changes=[SetPhaseStatus(phase.id, status, request.reason)],
            what=f"{request.phase} skipped: {request.reason}",
            status=status.value,
            phase=phase.id,
            reason=request.reason,
        )

    return change_by_hand(session, request.loop, decide, commit=request.commit)


@dataclass(frozen=True, slots=True)
class ReopenRequest:
    """A phase to take up again, or, without one, a loop that was closed; and why."""

    loop: str
    phase: str | None
    reason: str
    commit: bool = False


def reopen(session: Session, request: ReopenRequest) -> Written:
    """Takes a phase, or a closed loop, up again; its history stays.

    Raises:
        Refused: it is still to be done.
    """
    edit = _reopen_loop if request.phase is None else _reopen_phase

    def decide(loop: Loop) -> HandEdit:
        return edit(loop, request)

    return change_by_hand(session, request.loop, decide, commit=request.commit)


def _reopen_phase(loop: Loop, request: ReopenRequest) -> HandEdit:
    phase = loop.require_phase(request.phase or "")
    status = phase_status(move_phase(loop, phase, "reopen"))
    return HandEdit(
        changes=[SetPhaseStatus(phase.id, status)],
        what=f"{request.phase} reopened: {request.reason}",
        status=status.value,
        phase=phase.id,
        reason=request.reason,
        kind=Kind.REOPEN,
    )


def _reopen_loop(loop: Loop, request: ReopenRequest) -> HandEdit:
    move_loop(loop, "reopen")
    return HandEdit(
        changes=[SetLoopStatus(LoopStatus.OPEN)],
        what=f"reopened: {request.reason}",
        status=LoopStatus.OPEN.value,
        reason=request.reason,
        kind=Kind.REOPEN,
    )


# ── loop resolve ────────────────────────────────────────────────────────────

RESOLUTIONS = {"done": Result.CHANGED, "failed": Result.FAILED, "not-run": Result.REFUSED}


@dataclass(frozen=True, slots=True)
class ResolveRequest:
    """What an unknown outcome came to: `done`, `failed` or `not-run` (it may run again)."""

    loop: str
    phase: str
    resolution: str
    reason: str
    item: str | None = None
    commit: bool = False


def resolve(session: Session, request: ResolveRequest) -> Written:
    """Ends an unknown outcome by the word of a person who looked.

    Raises:
        Refused: the outcome is not unknown.
        UsageError: there is no such resolution.
    """
    if request.resolution not in RESOLUTIONS:
        raise UsageError(
            f"{request.resolution!r} resolves nothing",
            why="it is one of " + ", ".join(RESOLUTIONS),
            help="loop resolve --help",
        )

    def decide(loop: Loop) -> HandEdit:
        return _resolved(loop, request)

    return change_by_hand(session, request.loop, decide, commit=request.commit)


def _resolved(loop: Loop, request: ResolveRequest) -> HandEdit:
    phase = loop.require_phase(request.phase)
    item = phase.item(request.item) if request.item else None
    trigger = "resolve_" + request.resolution.replace("-", "_")
    status = phase_status(move_phase(loop, phase, trigger, item))
    name = target_name(request.phase, request.item)
    return HandEdit(
        changes=[_stated(phase.id, request.item, status)],
        what=f"{name} resolved as {request.resolution}: {request.reason}",
        status=status.value,
        phase=phase.id,
        item=request.item,
        reason=request.reason,
        kind=Kind.RESOLVE,
        result=RESOLUTIONS[request.resolution],
    )


# ── The moves of a person, refused in the words of the loop that they are asked of ───────────

# What a move makes of a thing, and of what it can be made.
_MOVES = {
    "skip": ("left out", "only what is not done yet can be left out"),
    "reopen": ("reopened", "only what is done, skipped, failed or blocked can be reopened"),
    "resolve": ("resolved", "only an outcome that is unknown needs a person's word"),
    "close": ("closed", "only a loop that is open can be closed"),
}


def move_phase(loop: Loop, phase: Phase, trigger: str, item: Item | None = None) -> PhaseState:
    """Returns the state that a move leads a phase to, or an item of it.

    Raises:
        Refused: no such move leads from where it stands.
    """
    target = item or phase
    try:
        return follow(phase_state(target), trigger)
    except Refused as error:
        made, why = _MOVES[trigger.partition("_")[0]]
        name = target_name(phase.id, item.key if item else None)
        raise Refused(
            f"{name} is {phase_state(target)}, so it cannot be {made}",
            where=f"{loop.path}:{target.place.line}",
            why=why,
            help=f"loop why {loop.id} {phase.id}",
        ) from error


def move_loop(loop: Loop, trigger: str) -> LoopState:
    """Returns the state that a move leads a loop to.

    Raises:
        Refused: no such move leads from where it stands.
    """
    try:
        return follow(loop_state(loop.status), trigger)
    except Refused as error:
        made, why = _MOVES[trigger]
        state = loop_state(loop.status)
        raise Refused(
            f"{loop.id} is closed already"
            if state == made
            else f"{loop.id} is {state}, so it cannot be {made}",
            where=loop.path,
            why="only a closed loop can be reopened" if trigger == "reopen" else why,
            help=f"loop log {loop.id}"
            if loop.status is LoopStatus.CLOSED
            else f"loop why {loop.id}",
        ) from error
