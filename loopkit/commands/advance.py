"""`loop advance`: gather, decide, act, record; one phase, or one item of it, after the other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from loopkit.commands.plan import Target, planned, targets_of
from loopkit.commands.records import Advanced, PlannedPhase, RanPhase
from loopkit.commands.redaction import redact_for
from loopkit.commands.runbooks import file_digest, open_runbooks
from loopkit.commands.settling import commit_run, take_up, write_down
from loopkit.commands.writing import Actor, digest, hold
from loopkit.effects.approvals import approval_of_plan
from loopkit.effects.events import Event
from loopkit.effects.execute import run_phase
from loopkit.effects.gather import gather
from loopkit.effects.journal import begin
from loopkit.effects.receipt import VerdictRecord
from loopkit.effects.receipts import receipts
from loopkit.effects.workspace import Workspace
from loopkit.errors import Refused
from loopkit.loop.model import Answer, Facts, Loop, Manual, PhaseStatus, Verdict
from loopkit.loop.plan import PhasePlan, make_plan
from loopkit.registry import BoundPhase

Ask = Callable[[PlannedPhase], bool]
Tell = Callable[[Event], None]


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked of `advance`; `phase`, `item` and `host` narrow what may run."""

    actor: Actor
    phase: str | None = None
    item: str | None = None
    host: str | None = None
    to_the_end: bool = False
    yes: bool = False
    may_ask: bool = False


@dataclass(slots=True)
class _Progress:
    """What this command did so far."""

    ran: list[RanPhase] = field(default_factory=list)
    declined: list[str] = field(default_factory=list)
    no_runbook: list[str] = field(default_factory=list)
    tried: set[Target] = field(default_factory=set)


def advance(workspace: Workspace, name: str, request: Request, ask: Ask, tell: Tell) -> Advanced:
    """Runs what is ready, and on through what becomes ready when asked to.

    Raises:
        Locked: someone else is at work on this loop.
        DocumentChanged: a person changed the very cell that a run wanted to write; the outcome
            is kept in its receipt.
    """
    loop_id = workspace.load(name).loop.id
    progress = _Progress()
    with hold(workspace, loop_id, request.actor):
        recovered = take_up(workspace, loop_id, name)
        while _round(workspace, name, request, progress, ask, tell) and request.to_the_end:
            pass
        loop = workspace.load(name).loop
        facts = gather(workspace)
        commit = commit_run(workspace, loop, progress.ran, request.actor)
    return _report(workspace, loop, facts, progress, recovered, commit)


def _round(
    workspace: Workspace, name: str, request: Request, progress: _Progress, ask: Ask, tell: Tell
) -> bool:
    """Runs what is ready now; returns whether anything came to a good end."""
    loop = workspace.load(name).loop
    plan = make_plan(loop, gather(workspace))
    wanted = [t for t in targets_of(plan, request.phase, request.item) if t not in progress.tried]
    good = False
    for target in wanted:
        progress.tried.add(target)
        ran = _run(workspace, name, target, request, progress, ask, tell)
        good = good or (ran is not None and ran.outcome.exit_code == 0)
    return good


def _run(
    workspace: Workspace,
    name: str,
    target: Target,
    request: Request,
    progress: _Progress,
    ask: Ask,
    tell: Tell,
) -> RanPhase | None:
    """Runs one phase or item and writes down what came of it; None when it was not run."""
    file = workspace.load(name)
    # Read again: what ran before in this round may have changed what this one may do.
    plan = next(
        p for p in make_plan(file.loop, gather(workspace)).phases if p.phase.id == target.phase
    )
    registry = open_runbooks(workspace)
    bound = registry.phase_for(file.loop.id, plan.phase.id)
    if bound is None:
        progress.no_runbook.append(plan.phase.id)
        return None
    intended = planned(workspace, file, plan, target, bound, registry)
    if request.host is not None and request.host not in intended.hosts:
        return None
    uses = _allowed(workspace, file.loop, intended, bound, request, ask)
    if uses is None:
        progress.declined.append(_declined(file.loop, intended))
        return None
    redact = redact_for(workspace.settings)
    run = begin(
        workspace,
        file.loop.id,
        plan.phase.id,
        who=request.actor.who,
        item=target.item,
        path=file.loop.path,
        document=digest(file),
        plan_hash=intended.hash,
        verdicts=_verdicts(plan, target),
        uses=uses,
        runbook=bound.reference,
        runbook_sha256=file_digest(workspace, bound),
        redact=redact,
    )
    try:
        outcome = run_phase(
            workspace,
            file.loop,
            plan.phase,
            target.item_of(plan),
            bound,
            run,
            registry=registry,
            earlier=receipts(workspace, file.loop.id),
            redact=redact,
            on_event=tell,
        )
        ran = write_down(workspace, file, outcome, run, intended.title)
    finally:
        run.close()
    progress.ran.append(ran)
    return ran


def _allowed(
    workspace: Workspace,
    loop: Loop,
    intended: PlannedPhase,
    bound: BoundPhase,
    request: Request,
    ask: Ask,
) -> tuple[str, ...] | None:
    """Returns the approvals that this run uses up; None when nobody allowed it."""
    if bound.read_only:
        return ()
    four_eyes = workspace.settings.four_eyes
    try:
        approval = approval_of_plan(
            workspace,
            loop.id,
            intended.phase,
            intended.hash,
            runner=request.actor.who,
            four_eyes=four_eyes,
        )
        return (approval.name,)
    except Refused:
        if four_eyes:
            raise
    if request.yes or (request.may_ask and ask(intended)):
        return ()
    return None


def _declined(loop: Loop, intended: PlannedPhase) -> str:
    name = f"{intended.phase} {intended.item}" if intended.item else intended.phase
    hosts = ", ".join(intended.hosts)
    return (
        f"{name} changes {hosts}, and nobody allowed it: loop advance {loop.id} "
        f"--phase {intended.phase} -y"
    )


def _verdicts(plan: PhasePlan, target: Target) -> tuple[VerdictRecord, ...]:
    own = plan.item_verdicts.get(target.item, ()) if target.item else ()
    return tuple(
        VerdictRecord(v.gate.text, v.answer.value, v.seen, v.reason, v.where)
        for v in (*plan.verdicts, *own)
    )


# ── The last lines ──────────────────────────────────────────────────────────


def _report(
    workspace: Workspace,
    loop: Loop,
    facts: Facts,
    progress: _Progress,
    recovered: tuple[str, ...],
    commit: str,
) -> Advanced:
    plan = make_plan(loop, facts)
    left = tuple(
        p for p in plan.phases if p.phase.status not in (PhaseStatus.DONE, PhaseStatus.SKIPPED)
    )
    waiting = tuple(p for p in left if not p.ready)
    now = facts.now.astimezone(workspace.settings.zone)
    command, when = _next(loop, left, progress, now)
    shut = [v for p in waiting for v in _shut(p)]
    return Advanced(
        loop=loop,
        ran=tuple(progress.ran),
        waiting=waiting,
        now=now,
        next_command=command,
        next_when=when,
        waits_for_person=bool(progress.declined or progress.no_runbook)
        or (bool(shut) and all(isinstance(v.gate, Manual) for v in shut)),
        commit=commit,
        declined=tuple(progress.declined),
        no_runbook=tuple(progress.no_runbook),
        recovered=recovered,
    )


def _next(
    loop: Loop, left: tuple[PhasePlan, ...], progress: _Progress, now: datetime
) -> tuple[str, str]:
    """Returns the command that helps most now, and when it does."""
    bad = next((r.outcome for r in reversed(progress.ran) if r.outcome.exit_code), None)
    again = f"loop advance {loop.id}"
    if bad is not None:
        help = next((s.help for s in bad.steps if s.help and s.reason), "")
        return (help, f"then {again}") if help else (f"loop why {loop.id} {bad.phase}", "")
    if not left:
        return f"loop close {loop.id}", "every phase is done"
    if any(p.ready for p in left):
        return again, "more is ready"
    shut = [v for p in left for v in _shut(p)]
    manual = next((v for v in shut if isinstance(v.gate, Manual) and v.help), None)
    if manual is not None:
        return manual.help, "when it is so"
    opens = min((v.opens_at for v in shut if v.opens_at), default=None)
    return again, f"again after {opens.astimezone(now.tzinfo):%Y-%m-%d %H:%M %Z}" if opens else ""


def _shut(plan: PhasePlan) -> tuple[Verdict, ...]:
    """Returns the gates of a phase and of its items that are not met."""
    verdicts = (*plan.verdicts, *(v for own in plan.item_verdicts.values() for v in own))
    return tuple(v for v in verdicts if v.answer is not Answer.MET)
