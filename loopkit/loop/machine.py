"""Which status may follow which: the one authority, kept by `transitions`.

The records of a loop are frozen, so none of them can be a model that `transitions` moves about.
The machine is used as a checked table instead: `follow` asks it for the one move that a trigger
makes from a state, and refuses with the moves that there are. Gates are decided before, with
their reasons; nothing is called back.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, TypeVar

from loopkit.errors import Refused
from loopkit.loop.model import Item, LoopStatus, Phase, PhaseStatus

if TYPE_CHECKING:
    from transitions import Machine


class PhaseState(StrEnum):
    """Where a phase stands: its status, and what loopkit is doing with it."""

    PENDING = "pending"
    READY = "ready"
    RUNNING = "running"
    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"
    UNKNOWN = "unknown"
    BLOCKED = "blocked"
    SKIPPED = "skipped"

    @property
    def is_settled(self) -> bool:
        """Returns whether a phase that stands here is one that nobody waits for any more."""
        return phase_status(self).is_settled


class LoopState(StrEnum):
    """Where a whole loop stands."""

    PLANNED = "planned"
    OPEN = "open"
    BLOCKED = "blocked"
    CLOSING = "closing"
    CLOSED = "closed"


State = TypeVar("State", PhaseState, LoopState)


@dataclass(frozen=True, slots=True)
class Move:
    """What a trigger does: from any of `sources` to `target`; `why` is one line for people."""

    trigger: str
    sources: tuple[str, ...]
    target: str
    why: str


PHASE_MOVES = (
    Move("open", ("pending", "waiting", "blocked", "failed"), "ready", "every gate is met"),
    Move("shut", ("ready",), "pending", "a gate is no longer met"),
    Move("start", ("ready",), "running", "its steps run"),
    Move("look", ("unknown",), "running", "looks first: what is so already is not done again"),
    Move("finish", ("running",), "done", "every step and every item is so"),
    Move("wait", ("running",), "waiting", "a long job runs on, or items are left"),
    Move("block", ("running",), "blocked", "refused, or a host was not reached"),
    Move("fail", ("running",), "failed", "a step is not so, and that is certain"),
    Move("lose", ("running",), "unknown", "a change was sent, and its end was not seen"),
    Move("resolve_done", ("unknown",), "done", "a person has seen that it is so"),
    Move("resolve_failed", ("unknown",), "failed", "a person has seen that it failed"),
    Move("resolve_not_run", ("unknown",), "pending", "a person has seen that it never ran"),
    Move("skip", ("pending", "ready", "waiting", "blocked", "failed", "unknown"), "skipped",
         "a person decided not to do it"),
    Move("reopen", ("done", "skipped", "failed", "blocked"), "pending", "a person starts it again"),
)  # fmt: skip

LOOP_MOVES = (
    Move("open", ("planned",), "open", "work begins"),
    Move("block", ("planned", "open"), "blocked", "another loop has to close first"),
    Move("unblock", ("blocked",), "open", "what it was blocked by is closed"),
    Move("close", ("open",), "closing", "every phase is done, its criteria are checked"),
    Move("confirm", ("closing",), "closed", "every criterion is met or waived by name"),
    Move("refuse", ("closing",), "open", "a criterion is not met, or cannot be told"),
    Move("reopen", ("closed",), "open", "a person takes it up again"),
)

# `loop mark` is the edit that a person would make by hand: any status may be stated, except over
# a run, which has the last word on what it did.
_BY_HAND = (
    *(s for s in PhaseState if s not in (PhaseState.READY, PhaseState.RUNNING)),
    *(s for s in LoopState if s is not LoopState.CLOSING),
)


def moves(states: type[PhaseState] | type[LoopState]) -> tuple[Move, ...]:
    """Returns every move of a machine: its own, then those that a person states by hand."""
    own = PHASE_MOVES if states is PhaseState else LOOP_MOVES
    at_rest = tuple(str(s) for s in states if s not in (PhaseState.RUNNING, LoopState.CLOSING))
    marks = (s for s in _BY_HAND if isinstance(s, states))
    return (*own, *(Move(f"mark_{s}", at_rest, str(s), "stated by hand") for s in marks))


def follow(state: State, trigger: str) -> State:
    """Returns the state that `trigger` leads to.

    Raises:
        Refused: nothing of that name may happen in this state.
    """
    machine = _machine(type(state))
    # An enum would be looked up by its name, not by its value.
    found = machine.get_transitions(trigger, state.value) if trigger in machine.events else []
    if not found:
        raise Refused(
            f"{_words(trigger)} is not possible while {_subject(state)} is {state}",
            why=f"what may happen now: {', '.join(map(_words, allowed(state))) or 'nothing'}",
            help="loop show --help",
        )
    return type(state)(str(found[0].dest))


def allowed(state: PhaseState | LoopState) -> tuple[str, ...]:
    """Returns the triggers that may happen in a state, those by hand left out."""
    named = (m.trigger for m in moves(type(state)) if state in m.sources)
    return tuple(t for t in named if not t.startswith("mark_"))


def may_open(state: PhaseState) -> bool:
    """Returns whether a phase in this state may run once its gates are met.

    Reads the table that the machine is made of, so that a list of loops needs no machine.
    """
    return any(m.trigger == "open" and state in m.sources for m in PHASE_MOVES)


def phase_state(of: Phase | Item) -> PhaseState:
    """Returns where a phase or an item stands by its written status alone."""
    if of.status is PhaseStatus.UNKNOWN and nothing_stated(of.status_text):
        return PhaseState.PENDING
    return _PHASE_STATES[of.status]


def nothing_stated(status_text: str | None) -> bool:
    """Returns whether a status says nothing at all: it is missing, empty or a dash."""
    return not any(character.isalnum() for character in status_text or "")


def phase_status(state: PhaseState) -> PhaseStatus:
    """Returns the status that a document states for a phase in this state."""
    match state:
        case PhaseState.READY:
            return PhaseStatus.PENDING
        case PhaseState.RUNNING | PhaseState.WAITING:
            return PhaseStatus.IN_PROGRESS
        case _:
            return PhaseStatus(state.value)


def loop_state(status: LoopStatus) -> LoopState:
    """Returns where a loop stands by its header; one that states nothing is open."""
    return _LOOP_STATES[status]


def loop_status(state: LoopState) -> LoopStatus:
    """Returns the status that a header states for a loop in this state."""
    return LoopStatus.OPEN if state is LoopState.CLOSING else LoopStatus(state.value)


_PHASE_STATES = {
    PhaseStatus.DONE: PhaseState.DONE,
    PhaseStatus.PENDING: PhaseState.PENDING,
    PhaseStatus.IN_PROGRESS: PhaseState.WAITING,
    PhaseStatus.BLOCKED: PhaseState.BLOCKED,
    PhaseStatus.FAILED: PhaseState.FAILED,
    PhaseStatus.SKIPPED: PhaseState.SKIPPED,
    PhaseStatus.UNKNOWN: PhaseState.UNKNOWN,
}

# A deferred or superseded loop is put away like a closed one: only `reopen` leads out of it.
# As a gate of another loop it is something else again (gates.py).
_LOOP_STATES = {
    LoopStatus.OPEN: LoopState.OPEN,
    LoopStatus.UNKNOWN: LoopState.OPEN,
    LoopStatus.PLANNED: LoopState.PLANNED,
    LoopStatus.BLOCKED: LoopState.BLOCKED,
    LoopStatus.CLOSED: LoopState.CLOSED,
    LoopStatus.DEFERRED: LoopState.CLOSED,
    LoopStatus.SUPERSEDED: LoopState.CLOSED,
}


@cache
def _machine(states: type[PhaseState] | type[LoopState]) -> Machine:
    # transitions takes 25 ms to import, and commands that only list loops make no move.
    from transitions import Machine

    machine = Machine(
        model=None, states=[str(s) for s in states], initial=None, auto_transitions=False
    )
    for move in moves(states):
        machine.add_transition(move.trigger, list(move.sources), move.target)
    return machine


def _words(trigger: str) -> str:
    return trigger.replace("_", " ")


def _subject(state: PhaseState | LoopState) -> str:
    return "a phase" if isinstance(state, PhaseState) else "a loop"


# ── The diagrams of docs/machine.md ─────────────────────────────────────────


def mermaid(states: type[PhaseState] | type[LoopState]) -> str:
    """Returns the machine as a mermaid state diagram; moves by hand are left out."""
    machine = _machine(states)
    drawn = (t for name, event in machine.events.items() if not name.startswith("mark_")
             for found in event.transitions.values() for t in _edges(name, found))  # fmt: skip
    first = next(iter(states))
    return "\n".join(["stateDiagram-v2", f"    [*] --> {first}", *drawn])


def _edges(trigger: str, found: Iterable[object]) -> list[str]:
    return [f"    {t.source} --> {t.dest}: {_words(trigger)}" for t in found]  # type: ignore[attr-defined]


def page() -> str:
    """Returns docs/machine.md: both diagrams and what each trigger means."""
    return "\n".join(
        [
            "# Which status may follow which",
            "",
            "Made by `python -m loopkit.loop.machine > docs/machine.md`; a test compares them.",
            "",
            "Beside these moves a person may state any status by hand (`loop mark`) while nothing",
            "runs. Gates are decided before a move, with their reasons (`loop why`); a move itself",
            "asks no condition and calls nothing back.",
            *_section("A phase", PhaseState),
            *_section("A loop", LoopState),
            "",
        ]
    )


def _section(title: str, states: type[PhaseState] | type[LoopState]) -> list[str]:
    rows = (m for m in moves(states) if not m.trigger.startswith("mark_"))
    return [
        *("", f"## {title}", "", "```mermaid", mermaid(states), "```", ""),
        *("| Trigger | From | To | When |", "|---|---|---|---|"),
        *(f"| {_words(m.trigger)} | {', '.join(m.sources)} | {m.target} | {m.why} |" for m in rows),
    ]


if __name__ == "__main__":
    print(page(), end="")
