"""`loop plan`: what `advance` would do, with the exact diff of the document."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from shlex import quote

from loopkit.commands.redaction import redact_for
from loopkit.commands.results import Planned, PlannedPhase, PlannedStep
from loopkit.commands.runbooks import open_runbooks, transport_of
from loopkit.effects import git
from loopkit.effects.evidence.histories import Histories
from loopkit.effects.gather import gather
from loopkit.effects.run.checks import planned_steps, probe
from loopkit.effects.workspace import Workspace
from loopkit.errors import Refused
from loopkit.loop.change import AddEvidence
from loopkit.loop.edit.writer import rewrite
from loopkit.loop.model import Answer, Item, target_name
from loopkit.loop.outcome import PhaseOutcome, Result
from loopkit.loop.parse.reader import LoopFile
from loopkit.loop.plan import PhasePlan, Plan, make_plan, settle
from loopkit.registry import BoundPhase, Registry


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


def plan_loop(workspace: Workspace, name: str, *, look: bool = False) -> Planned:
    """Returns what would run now and what would wait; without `look` no connection is opened."""
    file = workspace.load(name)
    snapshot = gather(workspace, file.loop)
    plan = make_plan(file.loop, snapshot)
    registry = open_runbooks(workspace)
    phases = []
    for target in targets_of(plan):
        of = phase_plan(plan, target)
        bound = registry.phase_for(file.loop.id, target.phase)
        if bound is None:
            phases.append(_unbound(of, target))
            continue
        intended = planned(workspace, file, of, target, bound, registry)
        if look:
            intended = _probed(workspace, file, of, target, bound, registry, intended)
        phases.append(intended)
    left = (p for p in plan.phases if not p.ready and not p.phase.status.is_settled)
    now = snapshot.now.astimezone(workspace.settings.zone)
    return Planned(file.loop, tuple(phases), tuple(left), now, notes=plan.notes)


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
    found = next((p for p in plan.phases if p.phase.id.casefold() == phase.casefold()), None)
    raise Refused(
        f"{target_name(phase, item)} may not run now",
        where=f"{loop.path}:{found.phase.place.line}" if found else loop.path,
        why=_standing(found, item) if found else f"{loop.id} has no phase {phase!r}",
        help=f"loop why {quote(loop.id)} {quote(phase)}"
        if found
        else f"loop show {quote(loop.id)}",
    )


def _standing(plan: PhasePlan, item: str | None) -> str:
    """Returns how a phase stands, and what keeps it, or the item, from running."""
    keys = [each.key for each in plan.phase.items]
    if item is not None and item not in keys:
        return f"it has no such item; it has {', '.join(keys) or 'none'}"
    verdicts = (*plan.verdicts, *plan.item_verdicts.get(item or "", ()))
    shut = "; ".join(v.reason for v in verdicts if v.answer is not Answer.MET)
    return f"it is {plan.state}: {shut}" if shut else f"it is {plan.state}"


def planned(
    workspace: Workspace,
    file: LoopFile,
    plan: PhasePlan,
    target: Target,
    bound: BoundPhase,
    registry: Registry,
) -> PlannedPhase:
    """Returns the steps of one phase or item and the edit that follows; opens no connection."""
    steps = planned_steps(
        workspace,
        bound,
        target.item_of(plan),
        registry=registry,
        transport=transport_of(workspace),
    )
    hosts = tuple(dict.fromkeys((bound.host, *(host for _, host, _ in steps))))
    return PlannedPhase(
        phase=plan.phase.id,
        item=target.item,
        title=plan.phase.title,
        runbook=bound.reference,
        hosts=hosts,
        steps=tuple(PlannedStep(name, host, changes) for name, host, changes in steps),
        diff=_diff(workspace, file, target),
        hash=_hash(registry.sha256, file.loop.id, target, bound, steps),
        note="; ".join(plan.notes),
    )


def _diff(workspace: Workspace, file: LoopFile, target: Target) -> str:
    good = PhaseOutcome(target.phase, Result.CHANGED, (), item=target.item)
    today = workspace.now().astimezone(workspace.settings.zone).date()
    changes = [c for c in settle(file.loop, [good], today) if not isinstance(c, AddEvidence)]
    after = rewrite(file, changes)
    return git.diff(file.source.text, after.source.text, file.loop.path)


def _hash(
    code: str,
    loop_id: str,
    target: Target,
    bound: BoundPhase,
    steps: Sequence[tuple[str, str, bool]],
) -> str:
    said = [loop_id, target.phase, target.item, bound.reference, code, *steps]
    return sha256(json.dumps(said).encode()).hexdigest()[:16]


def _unbound(plan: PhasePlan, target: Target) -> PlannedPhase:
    note = "no runbook is bound to it: a person does it, and says so with loop mark"
    return PlannedPhase(target.phase, target.item, plan.phase.title, "", (), (), "", note=note)


def _probed(
    workspace: Workspace,
    file: LoopFile,
    plan: PhasePlan,
    target: Target,
    bound: BoundPhase,
    registry: Registry,
    intended: PlannedPhase,
) -> PlannedPhase:
    seen = probe(
        workspace,
        bound,
        target.item_of(plan),
        registry=registry,
        transport=transport_of(workspace),
        earlier=Histories(workspace).of(file.loop.id),
        redact=redact_for(workspace.settings),
    )
    said = {True: "is so", False: "is not so", None: "cannot be told"}
    texts = {(s.name, s.host): f"{said[s.so]}: {s.seen}" for s in seen}
    steps = (replace(s, probed=texts.get((s.name, s.host), "")) for s in intended.steps)
    return replace(intended, steps=tuple(steps))
