"""`loop mark`, `skip`, `reopen`: the edits that a person would make by hand, so recorded."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from loopkit.commands.moves import move_loop, move_phase
from loopkit.commands.results import Written
from loopkit.commands.times import day, moment
from loopkit.commands.writing import Actor, change_by_hand, keeps_records
from loopkit.effects.evidence.approvals import record_mark
from loopkit.effects.evidence.histories import Histories
from loopkit.effects.evidence.receipt import Kind, Receipt
from loopkit.effects.workspace import Workspace
from loopkit.errors import UsageError
from loopkit.loop.change import Change, SetItemStatus, SetLoopStatus, SetPhaseStatus
from loopkit.loop.model import LoopStatus, PhaseStatus, target_name
from loopkit.loop.parse.reader import LoopFile
from loopkit.loop.words import grammar
from loopkit.loop.words.phrases import fold


def mark_phase(
    workspace: Workspace,
    name: str,
    phase: str,
    item: str | None,
    value: str,
    note: str,
    at: str | None,
    actor: Actor,
) -> Written:
    """States a phase's status; `at` is when it came true, which time gates count from."""
    status = phase_status(value)
    when = moment(at, workspace.settings.zone) if at else None

    def changes(file: LoopFile) -> Sequence[Change]:
        id = file.loop.require_phase(phase).id
        word = _own_word(value, status)
        if item is not None:
            return [SetItemStatus(id, item, status, note, word)]
        return [SetPhaseStatus(id, status, note, word)]

    record = _recorder(workspace, actor, phase, status.value, note, item=item, at=when)
    subject = target_name(phase, item)
    return change_by_hand(
        workspace, name, actor, changes, record, f"{subject} marked {status.value} by hand"
    )


def mark_loop(
    workspace: Workspace, name: str, value: str, at: str | None, note: str, actor: Actor
) -> Written:
    """States the loop's own status in every header; with `at` also the day it was closed."""
    status = loop_status(value)
    now, zone = workspace.now(), workspace.settings.zone
    on = day(at, now, zone) if at and status is LoopStatus.CLOSED else None
    when = moment(at, zone) if at else None
    record = _recorder(workspace, actor, "", status.value, note, at=when)
    return change_by_hand(
        workspace,
        name,
        actor,
        lambda file: [SetLoopStatus(status, on, _own_word(value, status))],
        record,
        f"marked {status.value} by hand",
    )


def skip(workspace: Workspace, name: str, phase: str, reason: str, actor: Actor) -> Written:
    """Leaves a phase out; what waits for it may go on."""

    def changes(file: LoopFile) -> Sequence[Change]:
        found = file.loop.require_phase(phase)
        move_phase(file.loop, found, "skip")
        return [SetPhaseStatus(found.id, PhaseStatus.SKIPPED, reason)]

    record = _recorder(workspace, actor, phase, PhaseStatus.SKIPPED.value, reason)
    return change_by_hand(workspace, name, actor, changes, record, f"{phase} skipped: {reason}")


def reopen(
    workspace: Workspace, name: str, phase: str | None, reason: str, actor: Actor
) -> Written:
    """Takes a phase, or a closed loop, up again; its history stays."""

    def changes(file: LoopFile) -> Sequence[Change]:
        if phase is None:
            move_loop(file.loop, "reopen")
            return [SetLoopStatus(LoopStatus.OPEN)]
        found = file.loop.require_phase(phase)
        move_phase(file.loop, found, "reopen")
        return [SetPhaseStatus(found.id, PhaseStatus.PENDING)]

    status = PhaseStatus.PENDING.value if phase else LoopStatus.OPEN.value
    record = _recorder(workspace, actor, phase or "", status, reason, kind=Kind.REOPEN)
    what = f"{phase} reopened: {reason}" if phase else f"reopened: {reason}"
    return change_by_hand(workspace, name, actor, changes, record, what)


def phase_status(word: str) -> PhaseStatus:
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


def loop_status(word: str) -> LoopStatus:
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


def _on_record(workspace: Workspace, loop_id: str, phase: str, item: str | None) -> bool:
    """Returns whether a receipt already says how this status came to be."""
    return Histories(workspace).of(loop_id).last_word_on(phase, item) is not None


def _own_word(value: str, status: LoopStatus | PhaseStatus) -> str:
    """Returns the word that a person chose where it is another than the usual: `parked`."""
    usual = fold(value).replace("-", "_").replace(" ", "_") == status.value
    return "" if usual else value


def _recorder(
    workspace: Workspace,
    actor: Actor,
    phase: str,
    status: str,
    reason: str,
    *,
    item: str | None = None,
    at: datetime | None = None,
    kind: Kind = Kind.MARK,
) -> Callable[[LoopFile, str, str], Receipt | None]:
    def record(file: LoopFile, before: str, after: str) -> Receipt | None:
        id = file.loop.require_phase(phase).id if phase else ""
        said = before == after and at is None and _on_record(workspace, file.loop.id, id, item)
        if said or not keeps_records(workspace):
            return None
        return record_mark(
            Histories(workspace),
            file.loop.id,
            id,
            status,
            who=actor.who,
            reason=reason,
            item=item,
            at=at,
            path=file.loop.path,
            document_before=before,
            document_after=after,
            kind=kind,
        )

    return record
