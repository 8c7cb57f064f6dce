"""`loop approve` and `loop reject`: a person's answer to a manual gate, kept in git."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from loopkit.commands.plan import plan_loop
from loopkit.commands.results import Written
from loopkit.commands.times import moment
from loopkit.commands.writing import Actor, hold, told
from loopkit.effects.evidence.approvals import record_approval
from loopkit.effects.evidence.histories import Histories
from loopkit.effects.evidence.receipt import Receipt
from loopkit.effects.workspace import Workspace
from loopkit.errors import Refused
from loopkit.loop.model import Loop, Manual, Phase


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person decided; `gate` and `item` narrow it, `plan_hash` binds it to one plan."""

    phase: str
    approved: bool
    reason: str
    item: str | None = None
    gate: str = ""
    plan_hash: str = ""
    until: str | None = None


def decide(workspace: Workspace, name: str, decision: Decision, actor: Actor) -> Written:
    """Records a decision; the document itself says nothing of it.

    Raises:
        Refused: the phase has no such manual gate, or its plan is another one now.
    """
    file = workspace.load(name)
    loop = file.loop
    phase = loop.require_phase(decision.phase)
    gates: Sequence[str] = ("",)
    if decision.plan_hash:
        _check_plan(workspace, loop, phase, decision)
    else:
        gates = _gates(loop, phase, decision)
    with hold(workspace, loop.id, actor):
        given = [_record(workspace, loop, phase, decision, actor, gate) for gate in gates]
    verb = "approved" if decision.approved else "rejected"
    what = f"{phase.id} {verb} by {actor.who}: {decision.reason}"
    next_command = f"loop why {loop.id} {phase.id}"
    return told(workspace, actor, file, file, given[0], what, next_command, given[1:])


def _record(
    workspace: Workspace, loop: Loop, phase: Phase, decision: Decision, actor: Actor, gate: str
) -> Receipt:
    return record_approval(
        Histories(workspace),
        loop.id,
        phase.id,
        approved=decision.approved,
        who=actor.who,
        reason=decision.reason,
        item=decision.item,
        gate=gate,
        plan_hash=decision.plan_hash,
        expires=_expires(workspace, decision.until),
    )


def _expires(workspace: Workspace, until: str | None) -> datetime | None:
    return moment(until, workspace.settings.zone) if until else None


def _check_plan(workspace: Workspace, loop: Loop, phase: Phase, decision: Decision) -> None:
    plans = [p for p in plan_loop(workspace, loop.path).phases if p.phase == phase.id]
    hashes = [p.hash for p in plans if p.hash]
    if decision.plan_hash not in hashes:
        raise Refused(
            f"{decision.plan_hash!r} is no plan of {phase.id} now",
            where=f"{loop.path}:{phase.place.line}",
            why=f"its plan is {', '.join(hashes)}" if hashes else "nothing of it could run now",
            help=f"loop plan {loop.id}",
        )


def _gates(loop: Loop, phase: Phase, decision: Decision) -> Sequence[str]:
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
    items = [item for item in phase.items if decision.item == item.key]
    if decision.item is not None and not items:
        raise Refused(
            f"{phase.id} has no item {decision.item!r}",
            where=f"{loop.path}:{phase.place.line}",
            why="it has " + (", ".join(item.key for item in phase.items) or "none"),
            help=f"loop why {loop.id} {phase.id}",
        )
    gates = (
        [gate for item in items for gate in item.gates] if items else [*loop.holds, *phase.gates]
    )
    manual = [gate.text for gate in gates if isinstance(gate, Manual)]
    if not manual or (decision.gate and decision.gate not in manual):
        raise Refused(
            f"{phase.id} has no manual gate {decision.gate!r}"
            if decision.gate
            else f"{phase.id} has no manual gate",
            where=f"{loop.path}:{phase.place.line}",
            why="its manual gates are "
            + (", ".join(manual) or "none")
            + "; the others open by themselves",
            help=f"loop why {loop.id} {phase.id}",
        )
    return (decision.gate,) if decision.gate else tuple(dict.fromkeys(manual))
