"""`loop advance`: gather, decide, act, record; one phase, or one item of it, after the other."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from shlex import quote

from loopkit.commands.finish import commit_run, take_up, write_down
from loopkit.commands.legible import require_clear, require_one_of_each
from loopkit.commands.plan import Ready, Target, phase_plan, planned, refuse_others, targets_of
from loopkit.commands.results import Advanced, PlannedPhase, RanPhase
from loopkit.commands.session import Question, Session
from loopkit.commands.write import digest
from loopkit.effects.evidence.approvals import approval_of_plan, is_rejected
from loopkit.effects.evidence.journal import Run, begin
from loopkit.effects.evidence.receipt import VerdictRecord
from loopkit.effects.run.phase import run_phase
from loopkit.errors import Refused
from loopkit.loop.model import Loop, LoopStatus, Manual
from loopkit.loop.outcome import PhaseOutcome, target_name
from loopkit.loop.plan import PhasePlan
from loopkit.loop.snapshot import Answer, Verdict

# A person's Ctrl-C, or SIGTERM: what ran is recorded, and nothing more is begun.
_INTERRUPTED = (130, 143)


@dataclass(frozen=True, slots=True)
class AdvanceRequest:
    """A loop to advance; `phase`, `item` and `host` narrow what may run.

    Without `yes` a person is asked before a phase that changes hosts.
    """

    loop: str
    phase: str | None = None
    item: str | None = None
    host: str | None = None
    to_the_end: bool = False
    yes: bool = False
    commit: bool = False


def advance(session: Session, request: AdvanceRequest) -> Advanced:
    """Runs what is ready, and on through what becomes ready when asked to.

    Raises:
        Locked: someone else is at work on this loop.
        Refused: a merge of the document is not settled, or an id stands twice in it.
        DocumentChanged: a person changed the very cell that a run wanted to write; the outcome
            is kept in its receipt.
    """
    work = _Work(session, request)
    with session.hold(session.file(request.loop).loop.id, commit=request.commit):
        loop = session.file(request.loop).loop
        require_clear(session, loop, request.phase)
        require_one_of_each(session, loop)
        recovered = take_up(session, request.loop)
        while work.round() and request.to_the_end:
            pass
        loop = session.file(request.loop).loop
        commit = commit_run(session, loop, work.ran) if request.commit else ""
        return _report(work, loop, recovered, commit)


@dataclass(slots=True)
class _Work:
    """What this command is asked to do, and what it did so far."""

    session: Session
    request: AdvanceRequest
    ran: list[RanPhase] = field(default_factory=list)
    declined: list[str] = field(default_factory=list)
    no_runbook: list[str] = field(default_factory=list)
    tried: set[Target] = field(default_factory=set)

    def round(self) -> bool:
        """Runs what is ready now; returns whether anything ended well."""
        request = self.request
        plan = self.session.plan(self.session.file(request.loop).loop)
        wanted = targets_of(plan, request.phase, request.item)
        if not self.tried:
            refuse_others(plan, request.phase, request.item)
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
        ready = self._ready(target)
        if ready is None:
            return
        intended = planned(self.session, ready)
        if self.request.host not in (None, *intended.hosts):
            work_on = ", ".join(intended.hosts)
            self.declined.append(f"{target.name} works on {work_on}, not {self.request.host}")
            return
        uses = self._allowed(ready, intended)
        if uses is None:
            self.declined.append(_declined(ready.file.loop, intended))
            return
        self.session.recheck(ready.file)
        ready = self._ready(target)
        if ready is not None:
            self.ran.append(self._run(ready, intended, uses))

    def _ready(self, target: Target) -> Ready | None:
        """Returns a target as the document has it now; None when nothing of it may run.

        What ran before in this round, or a person, may have changed it since it was chosen.
        """
        file = self.session.file(self.request.loop)
        plan = self.session.plan(file.loop)
        if target not in targets_of(plan):
            why = f"loop why {quote(file.loop.id)} {quote(target.phase)}"
            self.declined.append(f"{target.name} was ready and is so no more: {why}")
            return None
        bound = self.session.registry().phase_for(file.loop.id, target.phase)
        if bound is None:
            self.no_runbook.append(target.phase)
            return None
        return Ready(file, phase_plan(plan, target), target, bound)

    def _allowed(self, ready: Ready, intended: PlannedPhase) -> tuple[str, ...] | None:
        """Returns the approvals that this run uses up; None when nobody allowed it."""
        if ready.bound.read_only:
            return ()
        history, now = self.session.history(ready.file.loop.id), self.session.workspace.now()
        phase, hash, runner = intended.phase, intended.hash, self.session.who
        four_eyes = self.session.workspace.settings.four_eyes
        try:
            approval = approval_of_plan(
                history, phase, hash, now, runner=runner, four_eyes=four_eyes
            )
            return (approval.name,)
        except Refused:
            if four_eyes or is_rejected(history, phase, hash):
                raise
        question = Question("Run it?", intended)
        return () if self.request.yes or self.session.ask(question) else None

    def _run(self, ready: Ready, intended: PlannedPhase, uses: tuple[str, ...]) -> RanPhase:
        """Runs it between its records: the journal before, the receipt and the document after."""
        run = self._begin(ready, intended, uses)
        try:
            outcome = self._outcome(ready, run)
            return write_down(self.session, ready.file, outcome, run, intended.title)
        finally:
            run.close()

    def _begin(self, ready: Ready, intended: PlannedPhase, uses: tuple[str, ...]) -> Run:
        session, file, bound = self.session, ready.file, ready.bound
        return begin(
            session.histories,
            file.loop.id,
            ready.plan.phase.id,
            who=session.who,
            item=ready.target.item,
            path=file.loop.path,
            document=digest(file),
            plan_hash=intended.hash,
            verdicts=_verdicts(ready),
            uses=uses,
            runbook=bound.reference,
            runbook_sha256=bound.sha256,
            redact=session.redact,
        )

    def _outcome(self, ready: Ready, run: Run) -> PhaseOutcome:
        session, loop = self.session, ready.file.loop
        return run_phase(
            session.workspace,
            loop,
            ready.plan.phase,
            ready.item,
            ready.bound,
            run,
            registry=session.registry(),
            transport=session.transport(),
            earlier=session.history(loop.id),
            redact=session.redact,
            on_event=session.actor.tell,
        )


def _declined(loop: Loop, intended: PlannedPhase) -> str:
    name = target_name(intended.phase, intended.item)
    hosts = ", ".join(intended.hosts)
    return (
        f"{name} changes {hosts}, and nobody allowed it: loop advance {loop.id} "
        f"--phase {intended.phase} -y"
    )


def _verdicts(ready: Ready) -> tuple[VerdictRecord, ...]:
    plan, item = ready.plan, ready.target.item
    own = plan.item_verdicts.get(item, ()) if item else ()
    return tuple(
        VerdictRecord(v.gate.text, v.answer.value, v.seen, v.reason, v.where)
        for v in (*plan.verdicts, *own)
    )


# ── The last lines ──────────────────────────────────────────────────────────


def _report(work: _Work, loop: Loop, recovered: tuple[str, ...], commit: str) -> Advanced:
    plan, now = work.session.plan(loop), work.session.snapshot(loop).now
    left = tuple(p for p in plan.phases if not p.phase.status.is_settled)
    waiting = tuple(p for p in left if not p.ready)
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
