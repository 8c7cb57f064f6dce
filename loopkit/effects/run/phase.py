"""Runs the steps of a phase: the one place where a plan meets hosts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from shlex import quote

from loopkit.effects.evidence.history import NO_HISTORY, History
from loopkit.effects.evidence.journal import Run
from loopkit.effects.evidence.store import Home
from loopkit.effects.run.answers import fault_of_step, why
from loopkit.effects.run.events import OnEvent, PhaseEnded, PhaseStarted, quiet
from loopkit.effects.run.invariants import Watch
from loopkit.effects.run.job import job_id, run_job
from loopkit.effects.run.step import HostSet, Stage, Trouble, run_step, troubled
from loopkit.errors import LoopkitError, RunbookError
from loopkit.loop.model import Item, Loop, Phase
from loopkit.loop.outcome import PhaseOutcome, Result, StepOutcome
from loopkit.registry import BoundPhase, Registry
from loopkit.runbook import Host, Job, Step

INTERRUPTED = 130


def run_phase(
    workspace: Home,
    loop: Loop,
    phase: Phase,
    item: Item | None,
    bound: BoundPhase,
    run: Run,
    *,
    registry: Registry,
    earlier: History = NO_HISTORY,
    hosts: HostSet | None = None,
    redact: Callable[[str], str] = str,
    on_event: OnEvent = quiet,
) -> PhaseOutcome:
    """Runs a phase, or one item of it, and returns what it came to; nothing is guessed.

    `earlier` is what the loop's receipts say: what was left unknown is looked at, and not sent
    again unless its step says that it may be. `hosts` is closed at the end.

    Raises:
        RunbookError: the phase's function gives no steps that can be run; nothing was sent.
        RecordFailed: what happens can no longer be recorded; the journal keeps what is known.
    """
    pool = hosts or hosts_for(workspace, registry, run, earlier, read_only=bound.read_only)
    with closing(pool):
        stage = Stage(run, pool, on_event, redact, _resolve_command(loop, phase, item))
        invariants = registry.invariants_for(loop.id, loop.non_goals)
        watch = Watch(stage, loop, invariants, earlier.baseline)
        # A name is told and recorded before its step can be cleaned as a whole.
        steps = [replace(s, name=redact(s.name)) for s in steps_of(bound, item, pool)]
        names = tuple((step.name, step.host or bound.host) for step in steps)
        act = _Act(loop.id, phase, item, bound, stage, watch, earlier)
        on_event(PhaseStarted(phase.id, phase.title, act.key, bound.read_only, names))
        exit_code = _play(act, steps, run)
    outcome = _outcome(workspace, phase, item, run, exit_code)
    on_event(PhaseEnded(outcome))
    return outcome


@dataclass(frozen=True, slots=True)
class _Act:
    """One phase on stage."""

    loop_id: str
    phase: Phase
    item: Item | None
    bound: BoundPhase
    stage: Stage
    watch: Watch
    earlier: History

    @property
    def key(self) -> str | None:
        return self.item.key if self.item else None

    def host(self, step: Step | Job) -> Host:
        return self.stage.hosts[step.host or self.bound.host]


def _play(act: _Act, steps: Sequence[Step | Job], run: Run) -> int:
    """Runs the steps, then the invariants; returns 130 when a person interrupted, else 0."""
    try:
        changed, complete = _run_steps(act, steps)
        if complete or run.changes_sent():
            broken = [o for o in act.watch.check() if o.result is Result.FAILED]
            if broken and changed:
                _take_back(act, changed, broken[0])
                act.watch.check()
    except KeyboardInterrupt as interruption:
        return int(getattr(interruption, "exit_code", INTERRUPTED))
    return 0


def _run_steps(act: _Act, steps: Sequence[Step | Job]) -> tuple[list[Step], bool]:
    """Runs steps up to the first that is not so; a read-only phase shows them all.

    Returns the steps that changed something, and whether every step was run.
    """
    doubtful = act.earlier.doubts(act.phase.id, act.key)
    if _forgotten(act, steps, doubtful):
        return [], False
    changed: list[Step] = []
    for step in steps:
        outcome = _run_one(act, step, doubtful)
        if isinstance(step, Step) and outcome.result is Result.CHANGED:
            changed.append(step)
        if not outcome.result.is_good and not act.bound.read_only:
            return changed, False
    return changed, True


def _forgotten(
    act: _Act, steps: Sequence[Step | Job], doubtful: Mapping[tuple[str, str], str]
) -> bool:
    """Holds the phase when what is in doubt is no step of it now: nothing could look at it."""
    known = {(step.name, act.host(step).name) for step in steps}
    missing = [(key, run_id) for key, run_id in doubtful.items() if key not in known]
    for (name, host), run_id in missing:
        reason = f"run {run_id} sent a change and never saw its end; the phase has no such step now"
        trouble = Trouble(Result.UNKNOWN, reason, act.stage.resolve)
        body = partial(troubled, name, host, trouble, sent=True)
        act.stage.perform(name, host, body)
    return bool(missing)


def _run_one(act: _Act, step: Step | Job, doubtful: Mapping[tuple[str, str], str]) -> StepOutcome:
    host = act.host(step)
    if isinstance(step, Step):
        doubt = doubtful.get((step.name, host.name), "")
        return run_step(act.stage, step, host, doubt, act.watch.guard)
    settled = act.earlier.times_settled(act.phase.id, act.key, step.name)
    id = job_id(act.loop_id, act.phase.id, act.key, step.name, settled)
    return run_job(act.stage, step, host, id, act.watch.guard)


def _take_back(act: _Act, changed: Sequence[Step], broken: StepOutcome) -> None:
    """Undoes what this run changed, the last first, because it broke a Non-Goal."""
    for step in reversed(changed):
        host = act.host(step)
        body = partial(_undo, act, step, host, broken)
        act.stage.perform(f"take back: {step.name}", host.name, body)


def _undo(act: _Act, step: Step, host: Host, broken: StepOutcome) -> StepOutcome:
    name = f"take back: {step.name}"
    if step.undo is None:
        seen, reason = "it stands", f"no undo is written for it; {broken.reason}"
        return StepOutcome(name, host.name, Result.FAILED, seen, reason)
    sent_before = act.stage.run.changes_sent()
    trouble = act.stage.change(host, step.undo)
    if trouble is not None:
        sent = act.stage.run.changes_sent() > sent_before
        return troubled(name, host.name, trouble, sent=sent)
    return StepOutcome(name, host.name, Result.CHANGED, "taken back", broken.reason)


def steps_of(bound: BoundPhase, item: Item | None, hosts: HostSet) -> tuple[Step | Job, ...]:
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


def hosts_for(
    workspace: Home,
    registry: Registry,
    run: Run | None,
    earlier: History,
    *,
    read_only: bool,
) -> HostSet:
    """Returns the hosts of one run: nothing is opened before it is used."""
    from loopkit.effects.ssh.connection import Hosts

    return Hosts(
        workspace,
        recorder=run.step() if run else None,
        baseline=earlier.facts.get,
        read_only=read_only,
        declared=frozenset(registry.read_only),
    )


def result_of(outcomes: Iterable[StepOutcome]) -> tuple[Result, int]:
    """Returns what steps come to together, and its exit status; no steps are no success."""
    found = tuple(outcomes)
    results = {outcome.result for outcome in found}
    if any(outcome.sent for outcome in found):
        return Result.UNKNOWN, 5
    for result, code in _WORST_FIRST:
        if result in results:
            return result, code
    return Result.UNKNOWN, 4


_WORST_FIRST = (
    (Result.FAILED, 1),
    (Result.REFUSED, 1),
    (Result.UNKNOWN, 4),
    (Result.WAITING, 0),
    (Result.CHANGED, 0),
    (Result.OK, 0),
)


def _outcome(
    workspace: Home, phase: Phase, item: Item | None, run: Run, interrupted: int
) -> PhaseOutcome:
    outcomes = run.outcomes()
    result, exit_code = result_of(outcomes)
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
