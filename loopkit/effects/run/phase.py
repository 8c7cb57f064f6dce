"""Runs the steps of a phase: the one place where a plan meets hosts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from shlex import quote

from loopkit.effects.evidence.history import NO_HISTORY, History
from loopkit.effects.evidence.journal import Run
from loopkit.effects.evidence.store import Home
from loopkit.effects.run.answers import fault_of_step, why
from loopkit.effects.run.events import OnEvent, PhaseEnded, PhaseStarted, quiet
from loopkit.effects.run.hosts import Hosts, StepHosts
from loopkit.effects.run.invariants import Invariants
from loopkit.effects.run.job import JobRunner, job_id
from loopkit.effects.run.recorder import StepRecorder
from loopkit.effects.run.results import Trouble, result_of
from loopkit.effects.run.step import CheckAndApply, RunContext, StepRunner
from loopkit.effects.run.transport import Transport
from loopkit.errors import LoopkitError, RunbookError
from loopkit.loop.model import Item, Loop, Phase
from loopkit.loop.outcome import PhaseOutcome, Result, StepOutcome
from loopkit.registry import BoundPhase, Registry
from loopkit.runbook import Job, Step

INTERRUPTED = 130
"""The exit status of a shell for a command that Ctrl-C ended: 128 and the number of SIGINT."""


def run_phase(
    workspace: Home,
    loop: Loop,
    phase: Phase,
    item: Item | None,
    bound: BoundPhase,
    run: Run,
    *,
    registry: Registry,
    transport: Transport,
    earlier: History = NO_HISTORY,
    redact: Callable[[str], str] = str,
    on_event: OnEvent = quiet,
) -> PhaseOutcome:
    """Runs a phase, or one item of it, and returns its outcome; nothing is guessed.

    `earlier` is what the loop's receipts say: what was left unknown is looked at, and not sent
    again unless its step says that it may be.

    Raises:
        RunbookError: the phase's function gives no steps that can be run; nothing was sent.
        SettingsError: a step or an invariant names a host that is not there; nothing was sent.
        RecordFailed: what happens can no longer be recorded; the journal keeps what is known.
    """
    with Hosts(
        workspace,
        transport,
        baseline=earlier.facts.get,
        declared=frozenset(registry.read_only),
        read_only=bound.read_only,
    ) as hosts:
        context = RunContext(hosts, run, redact, on_event, _resolve_command(loop, phase, item))
        kept = registry.invariants_for(loop.id, loop.non_goals)
        invariants = Invariants(context, loop, kept, earlier.baseline)
        # What the phase's function reads is recorded too, outside of any step.
        given = steps_of(bound, item, hosts.for_planning(StepRecorder(run)))
        # A name is shown and recorded before its step can be cleaned as a whole.
        steps = tuple(replace(step, name=redact(step.name)) for step in given)
        phase_run = PhaseRun(loop.id, phase, item, bound, steps, context, run, invariants, earlier)
        exit_code = phase_run.run()
    outcome = _outcome(workspace, phase, item, run, exit_code)
    on_event(PhaseEnded(outcome))
    return outcome


@dataclass(frozen=True, slots=True)
class PhaseRun:
    """One run of a phase, or of one item of it: its steps one after the other."""

    loop_id: str
    phase: Phase
    item: Item | None
    bound: BoundPhase
    steps: tuple[Step | Job, ...]
    context: RunContext
    journal: Run
    invariants: Invariants
    earlier: History

    def run(self) -> int:
        """Runs the steps, then the invariants; returns 130 when a person interrupted, else 0."""
        hosts = [self._host(step) for step in self.steps]
        self.context.hosts.require(*hosts, *self.invariants.hosts)
        names = tuple(zip((step.name for step in self.steps), hosts, strict=True))
        started = PhaseStarted(
            self.phase.id, self.phase.title, self._key, self.bound.read_only, names
        )
        self.context.on_event(started)
        try:
            changed, complete = self._run_steps()
            if complete or self.journal.changes_sent():
                self._compare(changed)
        except KeyboardInterrupt as interruption:
            return int(getattr(interruption, "exit_code", INTERRUPTED))
        return 0

    @property
    def _key(self) -> str | None:
        return self.item.key if self.item else None

    def _host(self, step: Step | Job) -> str:
        return step.host or self.bound.host

    def _run_steps(self) -> tuple[list[Step], bool]:
        """Runs steps up to the first without a good end; a read-only phase shows them all.

        Returns the steps that changed something, and whether every step was run.
        """
        doubtful = self.earlier.doubts(self.phase.id, self._key)
        if self._hold_forgotten(doubtful):
            return [], False
        changed: list[Step] = []
        for step in self.steps:
            outcome = self._runner(step, doubtful).run()
            if isinstance(step, Step) and outcome.result is Result.CHANGED:
                changed.append(step)
            # A later step may rest on this one. Where nothing is changed, a person wants it all.
            if not outcome.result.is_good and not self.bound.read_only:
                return changed, False
        return changed, True

    def _runner(self, step: Step | Job, doubtful: Mapping[tuple[str, str], str]) -> StepRunner:
        host, barrier = self._host(step), self.invariants.barrier
        if isinstance(step, Step):
            doubt = doubtful.get((step.name, host), "")
            return CheckAndApply(self.context, step, host, doubt, barrier)
        settled = self.earlier.times_settled(self.phase.id, self._key, step.name)
        id = job_id(self.loop_id, self.phase.id, self._key, step.name, settled)
        return JobRunner(self.context, step, host, id, barrier)

    def _hold_forgotten(self, doubtful: Mapping[tuple[str, str], str]) -> bool:
        """Holds the phase when no step is left that could look at what is in doubt."""
        known = {(step.name, self._host(step)) for step in self.steps}
        missing = [(key, run_id) for key, run_id in doubtful.items() if key not in known]
        for (name, host), run_id in missing:
            ForgottenStep(self.context, name, host, run_id).run()
        return bool(missing)

    def _compare(self, changed: Sequence[Step]) -> None:
        """Reads the invariants again, and undoes what this run changed when one is broken."""
        broken = [o for o in self.invariants.check() if o.result is Result.FAILED]
        if broken and changed:
            for step in reversed(changed):
                TakeBack(self.context, step, self._host(step), broken[0].reason).run()
            self.invariants.check()


class ForgottenStep(StepRunner):
    """A step that is no longer in the phase, and whose change an earlier run saw no end of."""

    def __init__(self, context: RunContext, name: str, host: str, run_id: str) -> None:
        super().__init__(context, name, host)
        self._run_id = run_id

    def attempt(self) -> StepOutcome:
        """Looks at nothing: the look is gone with the step, so only a person can tell."""
        sent = f"run {self._run_id} sent a change and never saw its end"
        reason = f"{sent}; the phase has no such step now"
        trouble = Trouble(Result.UNKNOWN, reason, self.context.resolve)
        return self.troubled(trouble, sent=True)


class TakeBack(StepRunner):
    """Undoes one step of this run, because together they broke a Non-Goal."""

    def __init__(self, context: RunContext, step: Step, host: str, broken: str) -> None:
        super().__init__(context, f"take back: {step.name}", host)
        self._undo = step.undo
        self._broken = broken

    def attempt(self) -> StepOutcome:
        """Sends the undo of the step, if it has one."""
        if self._undo is None:
            reason = f"no undo is written for it; {self._broken}"
            return StepOutcome(self.name, self.host_name, Result.FAILED, "it stands", reason)
        trouble = self.change(self._undo)
        if trouble is not None:
            return self.troubled(trouble, sent=self.has_sent)
        taken = Result.CHANGED
        return StepOutcome(self.name, self.host_name, taken, "taken back", self._broken)


def steps_of(bound: BoundPhase, item: Item | None, hosts: StepHosts) -> tuple[Step | Job, ...]:
    """Returns the steps of a phase; no connection is opened.

    Raises:
        RunbookError: its function fails, or gives what cannot be run as steps.
    """
    try:
        host = hosts[bound.host]
        given = bound.function(host, item) if bound.takes_item else bound.function(host)
    except (LoopkitError, KeyboardInterrupt):
        raise
    # A runbook is someone's program: whatever it raises, its place is what helps.
    except BaseException as error:
        raise RunbookError(
            f"{bound.reference} raised {type(error).__name__} instead of giving its steps",
            where=bound.where,
            why=why(error),
        ) from error
    fault = _fault(bound, given)
    if fault:
        raise RunbookError(
            f"the steps of {bound.reference} cannot be run", where=bound.where, why=fault
        )
    return tuple(given)


def _fault(bound: BoundPhase, given: object) -> str:
    if given is not None and not isinstance(given, (list, tuple)):
        return f"it returned {type(given).__name__}, not a list of steps"
    if not given:
        return "it returned no steps: doing nothing is not doing the phase"
    strange = [type(each).__name__ for each in given if not isinstance(each, (Step, Job))]
    if strange:
        return f"it returned {strange[0]} where a Step or a Job belongs"
    wrong = next(filter(None, map(fault_of_step, given)), "")
    if wrong:
        return wrong
    names = [(step.name, step.host or bound.host) for step in given]
    twice = next((name for name, host in names if names.count((name, host)) > 1), "")
    if twice:
        return f"two steps are called {twice!r}: what one did would be taken for the other's"
    if bound.read_only and any(isinstance(s, Job) or s.change for s in given):
        return "the phase is read-only, and one of its steps changes something"
    return ""


def _outcome(
    workspace: Home, phase: Phase, item: Item | None, run: Run, interrupted: int
) -> PhaseOutcome:
    outcomes = run.outcomes()
    result, exit_code = result_of(outcomes)
    # What ran may be fine; that the rest did not run makes the phase unknown all the same.
    if interrupted and result.is_good:
        result = Result.UNKNOWN
    return PhaseOutcome(
        phase=phase.id,
        item=item.key if item else None,
        result=result,
        steps=outcomes,
        run_id=run.run_id,
        started=run.begun.started,
        ended=workspace.now(),
        lab=run.begun.lab,
        exit_code=interrupted or exit_code,
    )


def _resolve_command(loop: Loop, phase: Phase, item: Item | None) -> str:
    of = f"{quote(phase.id)} --item {quote(item.key)}" if item else quote(phase.id)
    return f"loop resolve {loop.id} {of} --as not-run --reason TEXT"
