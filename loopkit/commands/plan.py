"""`loop plan`: what `advance` would do, with the exact diff of the document."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from hashlib import sha256
from shlex import quote

from loopkit.commands.results import GoalCheck, Planned, PlannedPhase, PlannedStep
from loopkit.commands.session import Session
from loopkit.effects import git
from loopkit.effects.run.checks import planned_steps, probe
from loopkit.errors import Refused
from loopkit.loop.change import AddEvidence
from loopkit.loop.edit.writer import rewrite
from loopkit.loop.model import Item, Loop
from loopkit.loop.outcome import PhaseOutcome, Result, target_name
from loopkit.loop.parse.reader import LoopFile
from loopkit.loop.plan import PhasePlan, Plan, settle
from loopkit.loop.snapshot import Answer
from loopkit.registry import BoundPhase


@dataclass(frozen=True, slots=True)
class PlanRequest:
    """A loop to plan; without `probe` no connection is opened, with it read-only ones are."""

    loop: str
    probe: bool = False


@dataclass(frozen=True, slots=True)
class Target:
    """A phase, or one item of it, that may run."""

    phase: str
    item: str | None = None

    @property
    def name(self) -> str:
        """Returns how it is written for people."""
        return target_name(self.phase, self.item)

    def item_of(self, plan: PhasePlan) -> Item | None:
        """Returns the item of the checklist."""
        return plan.phase.item(self.item) if self.item else None


@dataclass(frozen=True, slots=True)
class Ready:
    """A target as the document has it now, with the runbook that is bound to it."""

    file: LoopFile
    plan: PhasePlan
    target: Target
    bound: BoundPhase

    @property
    def item(self) -> Item | None:
        """Returns the item of the checklist, None for the whole phase."""
        return self.target.item_of(self.plan)


def plan_loop(session: Session, request: PlanRequest) -> Planned:
    """Returns what would run now and what would wait."""
    file = session.file(request.loop)
    plan = session.plan(file.loop)
    session.registry()  # whatever is ready, a runbook that cannot be loaded is named
    phases = tuple(_planned(session, file, plan, t, request.probe) for t in targets_of(plan))
    left = (p for p in plan.phases if not p.ready and not p.phase.status.is_settled)
    now, goals = session.snapshot(file.loop).now, goal_checks(session, file.loop)
    return Planned(file.loop, phases, tuple(left), now, plan.notes, goals)


def goal_checks(session: Session, loop: Loop) -> tuple[GoalCheck, ...]:
    """Returns each Non-Goal of a loop, with whether an invariant is bound to it."""
    registry = session.registry()
    return tuple(GoalCheck(g, registry.is_checked(loop.id, g)) for g in loop.non_goals)


def _planned(
    session: Session, file: LoopFile, plan: Plan, target: Target, look: bool
) -> PlannedPhase:
    """Returns one target with the edit that would follow, and what a look sees, if asked to."""
    of = phase_plan(plan, target)
    bound = session.registry().phase_for(file.loop.id, target.phase)
    if bound is None:
        return _unbound(of, target)
    ready = Ready(file, of, target, bound)
    phase = replace(planned(session, ready), diff=_diff(session, ready))
    return _probed(session, ready, phase) if look else phase


def targets_of(plan: Plan, phase: str | None = None, item: str | None = None) -> list[Target]:
    """Returns what may run now, in the order of the document, narrowed to a phase or item."""
    targets = (t for p in plan.phases for t in _targets(p))
    wanted = None if phase is None else phase.casefold()
    return [t for t in targets if wanted in (None, t.phase.casefold()) and item in (None, t.item)]


def phase_plan(plan: Plan, target: Target) -> PhasePlan:
    """Returns the phase that a target is of, or is an item of."""
    return next(p for p in plan.phases if p.phase.id == target.phase)


def _targets(plan: PhasePlan) -> Iterator[Target]:
    """Yields what is ready, then what was lost and can only be looked at."""
    id = plan.phase.id
    if plan.ready:
        yield from [Target(id, item.key) for item in plan.items] or [Target(id)]
    if plan.look_first:
        lost = [Target(id, item.key) for item in plan.lost_items]
        yield from lost if plan.ready else lost or [Target(id)]


def refuse_others(plan: Plan, phase: str | None, item: str | None) -> None:
    """Refuses a phase or an item that was asked for by name, and may not run now.

    Raises:
        UnknownPhase: the loop has no such phase.
        Refused: says how it stands.
    """
    if targets_of(plan, phase, item) or (phase is None and item is None):
        return
    if phase is None:
        raise Refused(
            f"no item {item!r} may run now",
            where=plan.loop.path,
            why=f"no phase of {plan.loop.id} that is ready has such an item",
            help=f"loop why {quote(plan.loop.id)}",
        )
    loop = plan.loop
    found = phase_plan(plan, Target(loop.require_phase(phase).id))
    raise Refused(
        f"{target_name(phase, item)} may not run now",
        where=f"{loop.path}:{found.phase.place.line}",
        why=_standing(found, item),
        help=f"loop why {quote(loop.id)} {quote(phase)}",
    )


def _standing(plan: PhasePlan, item: str | None) -> str:
    """Returns how a phase stands, and what keeps it, or the item, from running."""
    keys = [each.key for each in plan.phase.items]
    if item is not None and item not in keys:
        return f"it has no such item; it has {', '.join(keys) or 'none'}"
    verdicts = (*plan.verdicts, *plan.item_verdicts.get(item or "", ()))
    shut = "; ".join(v.reason for v in verdicts if v.answer is not Answer.MET)
    return f"it is {plan.state}: {shut}" if shut else f"it is {plan.state}"


def planned(session: Session, ready: Ready) -> PlannedPhase:
    """Returns the steps of one phase or item, without its diff; opens no connection."""
    plan, bound = ready.plan, ready.bound
    steps = planned_steps(
        session.workspace,
        bound,
        ready.item,
        registry=session.registry(),
        transport=session.transport(),
    )
    hosts = tuple(dict.fromkeys((bound.host, *(host for _, host, _ in steps))))
    return PlannedPhase(
        phase=plan.phase.id,
        item=ready.target.item,
        title=plan.phase.title,
        runbook=bound.reference,
        hosts=hosts,
        steps=tuple(PlannedStep(name, host, changes) for name, host, changes in steps),
        diff="",
        hash=_hash(session, ready, steps),
        note="; ".join(plan.notes),
    )


def _diff(session: Session, ready: Ready) -> str:
    """Returns what the document would say if every step succeeds, evidence left out."""
    file, target = ready.file, ready.target
    good = PhaseOutcome(target.phase, Result.CHANGED, (), item=target.item)
    changes = settle(file.loop, [good], session.today())
    after = rewrite(file, [c for c in changes if not isinstance(c, AddEvidence)])
    return git.diff(file.source.text, after.source.text, file.loop.path)


def _hash(session: Session, ready: Ready, steps: tuple[tuple[str, str, bool], ...]) -> str:
    """Returns what names a plan: its steps, and every line of code that they come from."""
    loop_id, target = ready.file.loop.id, ready.target
    code = session.registry().sha256
    said = [loop_id, target.phase, target.item, ready.bound.reference, code, *steps]
    return sha256(json.dumps(said).encode()).hexdigest()[:16]


def _unbound(plan: PhasePlan, target: Target) -> PlannedPhase:
    note = "no runbook is bound to it: a person does it, and says so with loop mark"
    return PlannedPhase(target.phase, target.item, plan.phase.title, "", (), (), "", note=note)


def _probed(session: Session, ready: Ready, phase: PlannedPhase) -> PlannedPhase:
    seen = probe(
        session.workspace,
        ready.bound,
        ready.item,
        registry=session.registry(),
        transport=session.transport(),
        earlier=session.history(ready.file.loop.id),
        redact=session.redact,
    )
    words = {True: "is so", False: "is not so", None: "cannot be told"}
    texts = {(s.name, s.host): f"{words[s.so]}: {s.seen}" for s in seen}
    steps = (replace(s, probed=texts.get((s.name, s.host), "")) for s in phase.steps)
    return replace(phase, steps=tuple(steps))
