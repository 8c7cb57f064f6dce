"""`loop` and `loop list`: one line a loop."""

from __future__ import annotations

from dataclasses import dataclass

from loopkit.commands.results import Listing, LoopRow
from loopkit.commands.session import Session
from loopkit.errors import UsageError
from loopkit.loop.model import Loop, LoopStatus, PhaseStatus
from loopkit.loop.plan import PhasePlan, make_plan
from loopkit.loop.snapshot import Answer, Snapshot
from loopkit.loop.unread import left_unread

OPEN = (LoopStatus.OPEN, LoopStatus.BLOCKED, LoopStatus.UNKNOWN)


@dataclass(frozen=True, slots=True)
class ListRequest:
    """Every loop, those of one state, or only those that are open."""

    state: str | None = None
    open_only: bool = False


def list_loops(session: Session, request: ListRequest) -> Listing:
    """Returns the loops of a workspace, those of one state, or only those that are open.

    Raises:
        UsageError: there is no such state.
    """
    state = request.state
    if state is not None and state.casefold() not in tuple(LoopStatus):
        raise UsageError(
            f"{state!r} is no state of a loop",
            why="it is one of " + ", ".join(LoopStatus),
            help="loop list",
        )
    snapshot = session.snapshot()
    plans = [loop for loop in snapshot.loops.values() if loop.is_plan]
    loops = [loop for loop in plans if _wanted(loop, request)]
    rows = [_row(loop, snapshot) for loop in sorted(loops, key=lambda loop: loop.path)]
    for path, reason in sorted(snapshot.unreadable.items()):
        rows.append(LoopRow("", path, "", 0, 0, (), (), error=reason))
    others = (path for path, loop in snapshot.loops.items() if not loop.is_plan)
    return Listing(tuple(rows), tuple(sorted(others)))


def _wanted(loop: Loop, request: ListRequest) -> bool:
    if request.state is not None:
        return loop.status.value == request.state.casefold()
    return not request.open_only or loop.status in OPEN


def _row(loop: Loop, snapshot: Snapshot) -> LoopRow:
    plan = make_plan(loop, snapshot)
    waiting = [phase for phase in plan.phases if not phase.ready and is_left(phase)]
    return LoopRow(
        id=loop.id,
        path=loop.path,
        status=loop.status.value,
        done=sum(phase.status is PhaseStatus.DONE for phase in loop.phases),
        total=len(loop.phases),
        unread=len(left_unread(loop)),
        next=tuple(phase.phase.id for phase in plan.ready),
        waits_for=tuple(dict.fromkeys(w for phase in waiting for w in shut(phase)))
        if loop.status is not LoopStatus.CLOSED
        else (),
    )


def is_left(plan: PhasePlan) -> bool:
    """Returns whether a phase is still to be done."""
    return not plan.phase.status.is_settled


def shut(plan: PhasePlan) -> tuple[str, ...]:
    """Returns the texts of the gates that keep a phase from running, `(unknown)` said."""
    return tuple(
        v.gate.text if v.answer is Answer.NOT_MET else f"{v.gate.text} (unknown)"
        for v in plan.verdicts
        if v.answer is not Answer.MET
    )
