"""`loop advance`: gather, decide, act, record; one phase, or one item of it, after the other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from shlex import quote

from loopkit.commands.finish import commit_run, take_up, write_down
from loopkit.commands.plan import Target, phase_plan, planned, refuse_others, targets_of
from loopkit.commands.redaction import redact_for
from loopkit.commands.results import Advanced, PlannedPhase, RanPhase
from loopkit.commands.runbooks import open_runbooks, transport_of
from loopkit.commands.writing import Actor, digest, hold
from loopkit.effects.evidence.approvals import approval_of_plan, is_rejected
from loopkit.effects.evidence.histories import Histories
from loopkit.effects.evidence.journal import begin
from loopkit.effects.evidence.receipt import VerdictRecord
from loopkit.effects.gather import gather
from loopkit.effects.run.events import Event
from loopkit.effects.run.phase import run_phase
from loopkit.effects.workspace import Workspace
from loopkit.errors import Refused
from loopkit.loop.model import Answer, Loop, LoopStatus, Manual, Verdict, target_name
from loopkit.loop.parse.reader import LoopFile
from loopkit.loop.plan import PhasePlan, make_plan
from loopkit.loop.snapshot import Snapshot
from loopkit.registry import BoundPhase, Registry

Ask = Callable[[PlannedPhase], bool]
Tell = Callable[[Event], None]

# A person's Ctrl-C, or SIGTERM: what ran is recorded, and nothing more is begun.
_INTERRUPTED = (130, 143)


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


def advance(workspace: Workspace, name: str, request: Request, ask: Ask, tell: Tell) -> Advanced:
    """Runs what is ready, and on through what becomes ready when asked to.

    Raises:
        Locked: someone else is at work on this loop.
        DocumentChanged: a person changed the very cell that a run wanted to write; the outcome
            is kept in its receipt.
    """
    loop_id = workspace.load(name).loop.id
    work = _Work(workspace, name, request, ask, tell)
    with hold(workspace, loop_id, request.actor):
        recovered = take_up(workspace, loop_id, name)
        while work.round() and request.to_the_end:
            pass
        loop = workspace.load(name).loop
        snapshot = gather(workspace, loop)
        commit = commit_run(workspace, loop, work.ran, request.actor)
    return _report(work, loop, snapshot, recovered, commit)


@dataclass(slots=True)
class _Work:
    """What this command is asked to do, and what it did so far."""

    workspace: Workspace
    name: str
    request: Request
    ask: Ask
    tell: Tell
    ran: list[RanPhase] = field(default_factory=list)
    declined: list[str] = field(default_factory=list)
    no_runbook: list[str] = field(default_factory=list)
    tried: set[Target] = field(default_factory=set)

    def round(self) -> bool:
        """Runs what is ready now; returns whether anything came to a good end."""
        loop = self.workspace.load(self.name).loop
        plan = make_plan(loop, gather(self.workspace, loop))
        wanted = targets_of(plan, self.request.phase, self.request.item)
        if not self.tried:
            refuse_others(plan, self.request.phase, self.request.item)
        before = len(self.ran)
        for target in [t for t in wanted if t not in self.tried]:
            self.tried.add(target)
            self._try(target)
            if self._interrupted:
                return False
        return any(ran.outcome.exit_code == 0 for ran in self.ran[before:])

    @property
    def _interrupted(self) -> bool:
        return bool(self.ran) and self.ran[-1].outcome.exit_code in _INTERRUPTED

    def _try(self, target: Target) -> None:
        """Runs one phase or item, if a runbook is bound to it and somebody allowed it."""
        stands = self._stands(target)
        if stands is None:
            return
        file, plan = stands
        registry = open_runbooks(self.workspace)
        bound = registry.phase_for(file.loop.id, target.phase)
        if bound is None:
            self.no_runbook.append(target.phase)
            return
        intended = planned(self.workspace, file, plan, target, bound, registry)
        if self.request.host not in (None, *intended.hosts):
            work_on = ", ".join(intended.hosts)
            self.declined.append(f"{target.name} works on {work_on}, not {self.request.host}")
            return
        uses = self._allowed(file.loop, intended, bound)
        if uses is None:
            self.declined.append(_declined(file.loop, intended))
            return
        stands = self._stands(target)  # a person may have thought about it for an hour
        if stands is not None:
            self.ran.append(self._run(*stands, target, bound, registry, intended, uses))

    def _stands(self, target: Target) -> tuple[LoopFile, PhasePlan] | None:
        """Reads the loop and its gates again; None when they let the target run no more.

        What ran before in this round, or a person, may have changed them since it was chosen.
        """
        file = self.workspace.load(self.name)
        plan = make_plan(file.loop, gather(self.workspace, file.loop))
        if target in targets_of(plan):
            return file, phase_plan(plan, target)
        name = target.name
        self.declined.append(
            f"{name} was ready and is so no more: loop why {quote(file.loop.id)} "
            f"{quote(target.phase)}"
        )
        return None

    def _allowed(
        self, loop: Loop, intended: PlannedPhase, bound: BoundPhase
    ) -> tuple[str, ...] | None:
        """Returns the approvals that this run uses up; None when nobody allowed it."""
        if bound.read_only:
            return ()
        four_eyes, who = self.workspace.settings.four_eyes, self.request.actor.who
        history = Histories(self.workspace).of(loop.id)
        try:
            approval = approval_of_plan(
                history,
                intended.phase,
                intended.hash,
                self.workspace.now(),
                runner=who,
                four_eyes=four_eyes,
            )
            return (approval.name,)
        except Refused:
            if four_eyes or is_rejected(history, intended.phase, intended.hash):
                raise
        asked = self.request.yes or (self.request.may_ask and self.ask(intended))
        return () if asked else None

    def _run(
        self,
        file: LoopFile,
        plan: PhasePlan,
        target: Target,
        bound: BoundPhase,
        registry: Registry,
        intended: PlannedPhase,
        uses: tuple[str, ...],
    ) -> RanPhase:
        """Runs it between its records, and writes down what came of it."""
        workspace, redact = self.workspace, redact_for(self.workspace.settings)
        histories = Histories(workspace)
        run = begin(
            histories,
            file.loop.id,
            plan.phase.id,
            who=self.request.actor.who,
            item=target.item,
            path=file.loop.path,
            document=digest(file),
            plan_hash=intended.hash,
            verdicts=_verdicts(plan, target),
            uses=uses,
            runbook=bound.reference,
            runbook_sha256=bound.sha256,
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
                transport=transport_of(workspace),
                earlier=histories.of(file.loop.id),
                redact=redact,
                on_event=self.tell,
            )
            return write_down(workspace, file, outcome, run, intended.title)
        finally:
            run.close()


def _declined(loop: Loop, intended: PlannedPhase) -> str:
    name = target_name(intended.phase, intended.item)
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
    work: _Work, loop: Loop, snapshot: Snapshot, recovered: tuple[str, ...], commit: str
) -> Advanced:
    plan = make_plan(loop, snapshot)
    left = tuple(p for p in plan.phases if not p.phase.status.is_settled)
    waiting = tuple(p for p in left if not p.ready)
    now = snapshot.now.astimezone(work.workspace.settings.zone)
    command, when = _next(loop, left, work, now)
    shut = [v for p in waiting for v in _shut(p)]
    return Advanced(
        loop=loop,
        ran=tuple(work.ran),
        waiting=waiting,
        now=now,
        next_command=command,
        next_when=when,
        waits_for_person=bool(work.declined or work.no_runbook)
        or (bool(shut) and all(isinstance(v.gate, Manual) for v in shut)),
        commit=commit,
        declined=tuple(work.declined),
        no_runbook=tuple(work.no_runbook),
        recovered=recovered,
    )


def _next(loop: Loop, left: tuple[PhasePlan, ...], work: _Work, now: datetime) -> tuple[str, str]:
    """Returns the command that helps most now, and when it does."""
    bad = next((r.outcome for r in reversed(work.ran) if r.outcome.exit_code), None)
    again = f"loop advance {loop.id}"
    if bad is not None:
        help = next((s.help for s in bad.steps if s.help and s.reason), "")
        return (help, f"then {again}") if help else (f"loop why {loop.id} {bad.phase}", "")
    if loop.status is LoopStatus.CLOSED:
        return f"loop log {loop.id}", "the loop is closed"
    if not left:
        return _after_all(loop)
    ready = [p.phase.id for p in left if p.ready]
    if ready:
        by_hand = set(ready) <= set(work.no_runbook)
        mark = f"loop mark {loop.id} {quote(ready[0])} done"
        return (mark, "once a person has done it") if by_hand else (again, "more is ready")
    shut = [v for p in left for v in _shut(p)]
    manual = next((v for v in shut if isinstance(v.gate, Manual) and v.help), None)
    if manual is not None:
        return manual.help, "when it is so"
    opens = min((v.opens_at for v in shut if v.opens_at), default=None)
    return again, f"again after {opens.astimezone(now.tzinfo):%Y-%m-%d %H:%M %Z}" if opens else ""


def _after_all(loop: Loop) -> tuple[str, str]:
    if not loop.phases:
        return f"loop show {loop.id}", "no phases were found in it"
    return f"loop close {loop.id}", "every phase is done"


def _shut(plan: PhasePlan) -> tuple[Verdict, ...]:
    """Returns the gates of a phase and of its items that are not met."""
    verdicts = (*plan.verdicts, *(v for own in plan.item_verdicts.values() for v in own))
    return tuple(v for v in verdicts if v.answer is not Answer.MET)
