"""Outcomes -> Changes: what a document says after a run, and not a line more."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from loopkit.loop.change import AddEvidence, Change, SetItemStatus, SetLoopStatus, SetPhaseStatus
from loopkit.loop.machine import PhaseState, follow, loop_state, phase_state, phase_status
from loopkit.loop.model import Item, Loop, LoopStatus, Phase, PhaseStatus
from loopkit.loop.outcome import (
    Block,
    CellUpdate,
    ListBlock,
    PhaseOutcome,
    Result,
    StepOutcome,
    TextBlock,
)


def settle(loop: Loop, outcomes: Sequence[PhaseOutcome], on: date) -> tuple[Change, ...]:
    """Returns what the document says after these runs; `on` is the day as its people count it.

    A phase that is done gets its cell, its evidence and the cells that the evidence speaks of;
    one that is not gets its cell alone, and the receipt keeps the rest.

    Raises:
        UnknownPhase: an outcome is of a phase, or an item, that the loop does not have.
        Refused: the machine has no way from the phase's status to this outcome.
    """
    by_phase: dict[str, list[PhaseOutcome]] = {}
    for outcome in outcomes:
        by_phase.setdefault(outcome.phase.casefold(), []).append(outcome)
    found = (
        _settle_items(loop, loop.require_phase(of[0].phase), of)
        if any(outcome.item is not None for outcome in of)
        else _settle_phase(loop.require_phase(of[0].phase), of[-1])
        for of in by_phase.values()
    )
    statuses = [change for changes in found for change in changes]
    return (*statuses, *_updates(outcomes), *_evidence(loop, outcomes, on))


def settle_closing(loop: Loop, on: date, vouched: Sequence[str] = ()) -> tuple[Change, ...]:
    """Returns what the document says once the loop is closed on this day.

    `vouched` are lines that say on whose word it was closed; they join the last phase's evidence.

    Raises:
        Refused: the loop is not one that can close now.
    """
    closing = follow(follow(loop_state(loop.status), "close"), "confirm")
    status = SetLoopStatus(LoopStatus(closing.value), on)
    if not vouched or not loop.phases:
        return (status,)
    block = ListBlock("On whose word it was closed", tuple(vouched))
    return (status, AddEvidence(loop.phases[-1].id, "Closeout Evidence", on, (block,)))


# ── Statuses ────────────────────────────────────────────────────────────────


def _settle_phase(phase: Phase, outcome: PhaseOutcome) -> Iterator[Change]:
    if _says_so_already(phase, outcome):
        return
    status = phase_status(_after(phase, outcome))
    yield SetPhaseStatus(phase.id, status, _note(outcome))


def _settle_items(loop: Loop, phase: Phase, outcomes: Iterable[PhaseOutcome]) -> Iterator[Change]:
    """Yields the items' own statuses, then the phase's: done only when every item is."""
    states = {item.key: phase_state(item) for item in phase.items}
    for outcome in outcomes:
        item = loop.require_item(phase, outcome.item or "")
        if not _says_so_already(item, outcome):
            states[item.key] = _after(item, outcome)
            yield SetItemStatus(phase.id, item.key, phase_status(states[item.key]), _note(outcome))
    settled = sum(state.is_settled for state in states.values())
    if settled < len(states):
        yield SetPhaseStatus(phase.id, PhaseStatus.IN_PROGRESS, f"{settled} of {len(states)}")
    elif phase.status is not PhaseStatus.DONE:
        yield SetPhaseStatus(phase.id, PhaseStatus.DONE)


def _says_so_already(of: Phase | Item, outcome: PhaseOutcome) -> bool:
    return of.status is PhaseStatus.DONE and outcome.result.is_good


def _after(of: Phase | Item, outcome: PhaseOutcome) -> PhaseState:
    """Returns where a run leads from what the document says now, as the machine has it."""
    state = phase_state(of)
    if state is not PhaseState.UNKNOWN:
        return follow(follow(follow(state, "open"), "start"), _trigger(outcome))
    # A look that could not tell leaves a lost outcome lost: it must not become one to try again.
    answered = outcome.result not in (Result.UNKNOWN, Result.REFUSED)
    return follow(follow(state, "look"), _trigger(outcome) if answered else "lose")


def _trigger(outcome: PhaseOutcome) -> str:
    match outcome.result:
        case Result.OK | Result.CHANGED:
            return "finish"
        case Result.WAITING:
            return "wait"
        case Result.REFUSED:
            return "block"
        case Result.FAILED:
            return "fail"
        case Result.UNKNOWN:
            return "lose" if _may_have_changed(outcome) else "block"


def _may_have_changed(outcome: PhaseOutcome) -> bool:
    """Returns whether a change may have been made whose effect nobody saw.

    Where only looks went unanswered or were interrupted, nothing was changed and the phase may
    simply be tried again. An outcome that says nothing of it (exit status 0) is not trusted.
    """
    return outcome.exit_code in (0, 5) or any(step.sent for step in outcome.steps)


# ── Notes ───────────────────────────────────────────────────────────────────
# What a host said never enters a status cell, where its words would be read as state or as a
# gate; the receipt that the note names has them.

_INTERRUPTED = (130, 143)
_PLAIN = re.compile(r"[\w ,/-]{1,48}")
_READ_AS_GATE = re.compile(r"(?i)\b(wait|hold|soak|until|after|block|loop-|\d+\s*[hdm]\b)")


def _note(outcome: PhaseOutcome) -> str:
    if outcome.result.is_good:
        return ""
    said = _said(outcome)
    run = f"run {outcome.run_id}" if outcome.run_id else ""
    return ", ".join(part for part in (said, run) if part)


def _said(outcome: PhaseOutcome) -> str:
    step = next((s for s in outcome.steps if s.result is outcome.result), None)
    where = step.host if step and _PLAIN.fullmatch(step.host) else ""
    match outcome.result:
        case Result.WAITING:
            return f"running on {where}" if where else "running"
        case Result.UNKNOWN if outcome.exit_code == 4 and not _may_have_changed(outcome):
            return f"not determined on {where}" if where else "not determined"
        case Result.UNKNOWN if _may_have_changed(outcome):
            return f"outcome lost on {where}" if where else "outcome lost"
        case Result.UNKNOWN if outcome.exit_code in _INTERRUPTED:
            return "interrupted"
        case _:
            name = step.name if step else ""
            usable = _PLAIN.fullmatch(name) and not _READ_AS_GATE.search(name)
            return " on ".join(part for part in (name if usable else "", where) if part)


# ── Evidence ────────────────────────────────────────────────────────────────


def _updates(outcomes: Iterable[PhaseOutcome]) -> tuple[CellUpdate, ...]:
    """Returns the cells that done work speaks of; the last word on a cell is the one written."""
    last: dict[tuple[str, str, str], CellUpdate] = {}
    for outcome in outcomes:
        for step in outcome.steps if outcome.result.is_good else ():
            last |= {(u.section, u.row, u.column): u for u in step.updates}
    return tuple(last.values())


def _evidence(loop: Loop, outcomes: Iterable[PhaseOutcome], on: date) -> Iterator[AddEvidence]:
    for outcome in outcomes:
        phase = loop.require_phase(outcome.phase)
        of = loop.require_item(phase, outcome.item) if outcome.item is not None else phase
        already = of.status is PhaseStatus.DONE and outcome.result is Result.OK
        if outcome.result.is_good and not already:
            title = _title(loop, phase, outcome)
            yield AddEvidence(phase.id, title, on, (*_blocks(outcome.steps), _signature(outcome)))


def _title(loop: Loop, phase: Phase, outcome: PhaseOutcome) -> str:
    if outcome.item is not None:
        return f"{outcome.item} Evidence"
    return "Closeout Evidence" if phase is loop.phases[-1] else "Evidence"


def _blocks(steps: Sequence[StepOutcome]) -> tuple[Block, ...]:
    """Returns what the steps show, each block once; where they show nothing, what was seen."""
    shown = [block for step in steps for block in step.blocks]
    if shown:
        return tuple(block for n, block in enumerate(shown) if block not in shown[:n])
    return (ListBlock("Steps", tuple(f"{s.name} ({s.host}): {s.seen}" for s in steps)),)


def _signature(outcome: PhaseOutcome) -> TextBlock:
    run = f"Run {outcome.run_id}" if outcome.run_id else "Run"
    if outcome.lab:
        return TextBlock(f"{run} in the {outcome.lab} lab: no evidence of real hosts.")
    return TextBlock(f"{run}.")
