"""`loop approve` and `loop reject`: a person's answer to a manual gate, kept in git."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from loopkit.commands.plan import PlanRequest, plan_loop
from loopkit.commands.results import Written
from loopkit.commands.session import Session
from loopkit.commands.write import written
from loopkit.effects.evidence.approvals import record_approval
from loopkit.effects.evidence.receipt import Receipt
from loopkit.errors import Refused
from loopkit.loop.index import Order
from loopkit.loop.model import InOrder, Item, Loop, Manual, Phase


@dataclass(frozen=True, slots=True)
class DecideRequest:
    """What a person decided; `gate` and `item` narrow it, `plan` is the hash of just one plan.

    `until` is when an approval expires: a time, or one in ISO 8601.
    """

    loop: str
    phase: str
    approved: bool
    reason: str
    item: str | None = None
    gate: str = ""
    plan: str = ""
    until: datetime | str | None = None
    commit: bool = False


def decide(session: Session, request: DecideRequest) -> Written:
    """Records a decision; the document itself says nothing of it.

    Raises:
        UnknownPhase: the loop has no such phase, or the phase no such item.
        Refused: the phase has no such manual gate, or its plan is another one now.
    """
    file = session.file(request.loop)
    phase = file.loop.require_phase(request.phase)
    item = None if request.item is None else file.loop.require_item(phase, request.item)
    gates: Sequence[str] = ("",)
    if request.plan:
        _check_plan(session, file.loop, phase, request.plan)
    else:
        in_order = file.loop.in_order and not session.workspace.settings.any_order
        implied = Order(file.loop.phases).implied(phase) if in_order else ()
        gates = _gates(file.loop, phase, item, request.gate, implied)
    with session.hold(file.loop.id, commit=request.commit):
        given = [_record(session, file.loop, phase, item, request, gate) for gate in gates]
    verb = "approved" if request.approved else "rejected"
    what = f"{phase.id} {verb} by {session.who}: {request.reason}"
    next_command = f"loop why {file.loop.id} {phase.id}"
    return written(session, file, file, given, what, next_command, commit=request.commit)


def _record(
    session: Session,
    loop: Loop,
    phase: Phase,
    item: Item | None,
    request: DecideRequest,
    gate: str,
) -> Receipt:
    return record_approval(
        session.histories,
        loop.id,
        phase.id,
        approved=request.approved,
        who=session.who,
        reason=request.reason,
        item=item.key if item else None,
        gate=gate,
        plan_hash=request.plan,
        expires=session.moment(request.until),
    )


def _check_plan(session: Session, loop: Loop, phase: Phase, plan: str) -> None:
    plans = [p for p in plan_loop(session, PlanRequest(loop.path)).phases if p.phase == phase.id]
    hashes = [p.hash for p in plans if p.hash]
    if plan not in hashes:
        raise Refused(
            f"{plan!r} is no plan of {phase.id} now",
            where=f"{loop.path}:{phase.place.line}",
            why=f"its plan is {', '.join(hashes)}" if hashes else "nothing of it could run now",
            help=f"loop plan {loop.id}",
        )


def _gates(
    loop: Loop, phase: Phase, item: Item | None, wanted: str, implied: tuple[InOrder, ...]
) -> Sequence[str]:
    """Returns the gates that a decision is about, by their words: it answers no others.

    Raises:
        Refused: there is none of these words.
    """
    if phase.status.is_settled:
        raise Refused(
            f"{phase.id} is {phase.status.value}, and asks nobody any more",
            where=f"{loop.path}:{phase.place.line}",
            why="a decision on a gate is for a run to come",
            help=f"loop log {loop.id}",
        )
    gates = item.gates if item else (*loop.holds, *phase.gates)
    manual = [gate.text for gate in gates if isinstance(gate, Manual)]
    # Who answers what was asked has not said that the order of work does not matter.
    if item is None and (wanted or not manual):
        manual += [gate.text for gate in implied]
    if not manual or (wanted and wanted not in manual):
        named = f" {wanted!r}" if wanted else ""
        known = ", ".join(manual) or "none"
        raise Refused(
            f"{phase.id} has no manual gate{named}",
            where=f"{loop.path}:{phase.place.line}",
            why=f"its manual gates are {known}; the others open by themselves",
            help=f"loop why {loop.id} {phase.id}",
        )
    return (wanted,) if wanted else tuple(dict.fromkeys(manual))
