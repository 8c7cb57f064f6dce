"""What may run now: each phase of a loop with its state, its verdicts and its ready items."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from shlex import quote

from loopkit.loop.gates import item_verdicts, phase_verdicts
from loopkit.loop.index import Order, index_of
from loopkit.loop.machine import (
    LoopState,
    PhaseState,
    loop_state,
    may_open,
    nothing_stated,
    phase_state,
)
from loopkit.loop.model import Item, Loop, LoopStatus, Phase, PhaseStatus
from loopkit.loop.settle import settle, settle_closing
from loopkit.loop.snapshot import Answer, Snapshot, Verdict

__all__ = ["PhasePlan", "Plan", "held_by_failure", "make_plan", "settle", "settle_closing"]

# `**blocked** (nas not reached, run 3f9c77aa)`: loopkit names its run in every such note.
_RUN = re.compile(r"\brun [0-9a-f]{8}\b")


@dataclass(frozen=True, slots=True)
class PhasePlan:
    """One phase as it stands now; `items` are those of its checklist that may run."""

    phase: Phase
    state: PhaseState
    verdicts: tuple[Verdict, ...]
    ready: bool = False
    look_first: bool = False
    """An outcome was lost, its own or that of `lost_items`: only a look may take it up."""
    lost_items: tuple[Item, ...] = ()
    """The items to look at: those that were lost, or all that are open if the phase was."""
    items: tuple[Item, ...] = ()
    item_verdicts: Mapping[str, tuple[Verdict, ...]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """Every phase of a loop, in the order of the document."""

    loop: Loop
    phases: tuple[PhasePlan, ...]
    notes: tuple[str, ...] = ()
    """Why nothing of the whole loop may run, or what to know of it before."""

    @property
    def ready(self) -> tuple[PhasePlan, ...]:
        """Returns the phases that may run now."""
        return tuple(phase for phase in self.phases if phase.ready)


def held_by_failure(loop: Loop, phase: Phase, failed: Collection[str]) -> str:
    """Returns the phase that failed just now and keeps another from being begun, or nothing.

    It is the first of those that stand before it in the document. A phase of which the document
    says what it waits for, be it none, is held by that alone.
    """
    if phase.states_needs:
        return ""
    ids = {id.casefold() for id in failed}
    order = Order(loop.phases)
    before = loop.phases[: order.at(phase)]
    return next((other.id for other in before if other.id.casefold() in ids), "")


def make_plan(loop: Loop, snapshot: Snapshot) -> Plan:
    """Returns what may run now, what may not, and why."""
    may_run, notes = _whole_loop(loop)
    return Plan(loop, tuple(_phase(loop, p, snapshot, may_run) for p in loop.phases), notes)


# ── The loop ────────────────────────────────────────────────────────────────


def _whole_loop(loop: Loop) -> tuple[bool, tuple[str, ...]]:
    """Returns whether the header lets anything run, with the reason or a remark."""
    reopen = f"loop mark {loop.id} --status open"
    match loop_state(loop.status):
        case LoopState.CLOSED:
            return False, (f"the loop is {loop.status}; nothing of it runs",)
        case LoopState.PLANNED:
            return False, (f"the loop is planned, not open yet: {reopen}",)
        case LoopState.BLOCKED if not loop.header_gates:
            return False, (f"the header says blocked, and not by what: {reopen}",)
        case LoopState.BLOCKED:
            return True, ("the header says blocked; each phase waits for what it names",)
        case _ if loop.status is not LoopStatus.UNKNOWN:
            return True, ()
        case _ if nothing_stated(loop.status_text):
            return True, ("the header states no status",)
        case _:
            said = f"the header says {loop.status_text!r}, which is no status"
            return False, (f"{said}: {reopen}",)


# ── A phase ─────────────────────────────────────────────────────────────────


def _phase(loop: Loop, phase: Phase, snapshot: Snapshot, may_run: bool) -> PhasePlan:
    state = phase_state(phase)
    verdicts = phase_verdicts(loop, phase, snapshot)
    of_items = {item.key: item_verdicts(loop, phase, item, snapshot) for item in phase.items}
    twin = _twin(loop, phase, snapshot)
    open_gates = may_run and not twin and not state.is_settled and _all_met(verdicts)
    open_items = [i for i in phase.items if open_gates and _all_met(of_items[i.key])]
    items = tuple(i for i in open_items if _may_run(i))
    is_lost = state is PhaseState.UNKNOWN
    lost_items = tuple(i for i in open_items if phase_state(i) is PhaseState.UNKNOWN)
    ready = open_gates and _may_run(phase) and bool(items or not phase.items)
    return PhasePlan(
        phase,
        PhaseState.READY if ready else state,
        verdicts,
        ready=ready,
        look_first=bool(lost_items) or (open_gates and is_lost),
        lost_items=(*lost_items, *(items if is_lost else ())),
        items=items if ready else (),
        item_verdicts=of_items,
        notes=_notes(loop, phase, twin),
    )


def _may_run(of: Phase | Item) -> bool:
    return may_open(phase_state(of)) and not _held_by_a_person(of)


def _all_met(verdicts: tuple[Verdict, ...]) -> bool:
    return all(verdict.answer is Answer.MET for verdict in verdicts)


def _held_by_a_person(of: Phase | Item) -> bool:
    """Returns whether a person wrote blocked; what loopkit wrote may simply be tried again."""
    return of.status is PhaseStatus.BLOCKED and not _said_by_loopkit(of)


def _said_by_loopkit(of: Phase | Item) -> bool:
    return bool(_RUN.search(of.status_text or ""))


def _notes(loop: Loop, phase: Phase, twin: str) -> tuple[str, ...]:
    state = phase_state(phase)
    if state.is_settled:
        return ()
    names = f"{quote(loop.id)} {quote(phase.id)}"
    about_items = ((i, _about(i, names, f" --item {quote(i.key)}")) for i in phase.items)
    of_items = tuple(f"{item.key}: {note}" for item, note in about_items if note)
    if phase.items and all(phase_state(i).is_settled for i in phase.items):
        of_items = (f"every item is done, the phase is not: loop mark {names} done",)
    own = twin or _about(phase, names)
    return (*((own,) if own else ()), *of_items)


def _twin(loop: Loop, phase: Phase, snapshot: Snapshot) -> str:
    """Returns why a phase whose id stands twice cannot run, empty when it can.

    Its id names it everywhere: a run of the one would be taken for a run of the other.
    """
    same = index_of(snapshot).phases(loop)[phase.id.casefold()]
    if same[0] == phase and len({each.status for each in same}) == 1:
        return ""
    lines = ", ".join(str(each.place.line) for each in same)
    return f"{phase.id} stands in lines {lines}, and which one is meant cannot be told"


def _about(of: Phase | Item, names: str, option: str = "") -> str:
    """Returns what a person should know of a status before it is acted on."""
    match phase_state(of):
        case PhaseState.PENDING if isinstance(of, Phase) and of.status is PhaseStatus.UNKNOWN:
            return "nothing was stated about its status"
        case PhaseState.UNKNOWN:
            how = f"loop resolve {names}{option} --as done|failed|not-run --reason TEXT"
            return f"its outcome is not known: it is looked at first, or {how}"
        case PhaseState.BLOCKED if _held_by_a_person(of):
            return f"a person wrote {of.status_text!r}: loop mark {names} pending{option}"
        case PhaseState.WAITING if not _said_by_loopkit(of) and not _has_items(of):
            return f"a person wrote {of.status_text!r}: its steps look before they change anything"
        case _:
            return ""


def _has_items(of: Phase | Item) -> bool:
    return isinstance(of, Phase) and bool(of.items)
