"""What only looks: capabilities, success criteria, invariants on their own, and a plan's probe."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass

from loopkit.effects.evidence.history import NO_HISTORY, History
from loopkit.effects.evidence.journal import Run
from loopkit.effects.evidence.store import Home, told
from loopkit.effects.run.answers import blame, report_of
from loopkit.effects.run.events import OnEvent, quiet
from loopkit.effects.run.invariants import Watch
from loopkit.effects.run.phase import hosts_for, steps_of
from loopkit.effects.run.step import (
    HostSet,
    Stage,
    Trouble,
    Unrecorded,
    cleaned,
    not_so,
    settled_by,
)
from loopkit.errors import CommandFailed, HostError, LoopkitError, OutcomeUnknown, UsageError
from loopkit.loop.model import Criterion, Item, Loop
from loopkit.loop.outcome import Result, StepOutcome
from loopkit.registry import BoundCriterion, BoundPhase, Registry
from loopkit.runbook import Job, Report, Row, Seen


@dataclass(frozen=True, slots=True)
class Probed:
    """What a step would do if it were run now; `so` is None when that cannot be told."""

    name: str
    host: str
    so: bool | None
    seen: str
    would_change: bool
    help: str = ""


def run_capability(
    workspace: Home,
    name: str,
    *,
    registry: Registry,
    hosts: HostSet | None = None,
    redact: Callable[[str], str] = str,
) -> Report:
    """Runs a read-only probe; a host that gives no answer makes a row of its own, unknown.

    Raises:
        UsageError: no capability has this name.
    """
    bound = registry.capability(name)
    if bound is None:
        known = ", ".join(sorted(registry.capabilities)) or "none"
        raise UsageError(f"no capability is called {name!r}", why=f"there are {known}")
    host = bound.host or "local"
    with closing(hosts or hosts_for(workspace, registry, None, NO_HISTORY, read_only=True)) as pool:
        try:
            report = report_of(bound.function(pool[host]))
        except (HostError, OutcomeUnknown, CommandFailed) as error:
            where = getattr(error, "host", "") or host
            report = Report((Row(where, "UNKNOWN", told(error), None),))
        except (LoopkitError, KeyboardInterrupt):
            raise
        # A runbook is someone's program: whatever it raises, nothing was found out.
        except BaseException as error:
            report = Report((Row(host, "UNKNOWN", blame(error), None),))
    clean: Report = cleaned(report, redact)
    return clean


def run_criteria(
    workspace: Home,
    loop: Loop,
    *,
    registry: Registry,
    run: Run | None = None,
    hosts: HostSet | None = None,
    redact: Callable[[str], str] = str,
    on_event: OnEvent = quiet,
) -> tuple[tuple[Criterion, StepOutcome], ...]:
    """Returns one verdict a row of the Success Criteria; without a bound check it is unknown."""
    with closing(hosts or hosts_for(workspace, registry, run, NO_HISTORY, read_only=True)) as pool:
        stage = Stage(run or Unrecorded(), pool, on_event, redact)
        return tuple(
            (each, _criterion(stage, each, registry.criterion_for(loop.id, each.text)))
            for each in loop.criteria
        )


def check_invariants(
    workspace: Home,
    loop: Loop,
    *,
    registry: Registry,
    earlier: History = NO_HISTORY,
    run: Run | None = None,
    hosts: HostSet | None = None,
    redact: Callable[[str], str] = str,
    on_event: OnEvent = quiet,
) -> tuple[StepOutcome, ...]:
    """Returns whether each Non-Goal that is bound still stands as the first run found it."""
    with closing(hosts or hosts_for(workspace, registry, run, earlier, read_only=True)) as pool:
        stage = Stage(run or Unrecorded(), pool, on_event, redact)
        bound = registry.invariants_for(loop.id, loop.non_goals)
        return Watch(stage, loop, bound, earlier.baseline).check()


def planned_steps(
    workspace: Home, bound: BoundPhase, item: Item | None, *, registry: Registry
) -> tuple[tuple[str, str, bool], ...]:
    """Returns the steps of a phase: name, host, and whether it may change something.

    No connection is opened.
    """
    with closing(hosts_for(workspace, registry, None, NO_HISTORY, read_only=True)) as pool:
        return tuple(
            (step.name, step.host or bound.host, isinstance(step, Job) or step.change is not None)
            for step in steps_of(bound, item, pool)
        )


def probe(
    workspace: Home,
    bound: BoundPhase,
    item: Item | None,
    *,
    registry: Registry,
    earlier: History = NO_HISTORY,
    hosts: HostSet | None = None,
    redact: Callable[[str], str] = str,
) -> tuple[Probed, ...]:
    """Returns what each step of a phase would do now, by looking only."""
    with closing(hosts or hosts_for(workspace, registry, None, earlier, read_only=True)) as pool:
        stage = Stage(Unrecorded(), pool, quiet, redact)
        found = []
        for step in steps_of(bound, item, pool):
            host = pool[step.host or bound.host]
            changes = isinstance(step, Job) or step.change is not None
            found.append(_probed(step.name, host.name, stage.look(host, step.look), changes))
    return tuple(cleaned(each, redact) for each in found)


def _probed(name: str, host: str, seen: Seen | Trouble, changes: bool) -> Probed:
    if isinstance(seen, Trouble):
        return Probed(name, host, None, seen.reason, False, seen.help)
    return Probed(name, host, seen.so, seen.text, changes and seen.so is False, seen.help)


def _criterion(stage: Stage, criterion: Criterion, bound: BoundCriterion | None) -> StepOutcome:
    if bound is None:
        return StepOutcome(
            name=criterion.text,
            host="",
            result=Result.UNKNOWN,
            seen="nobody bound a check to it",
            reason="no runbook has a check for this criterion, so nobody knows",
        )
    check = bound

    def look() -> StepOutcome:
        host = stage.hosts[check.host]
        seen = stage.look(host, check.function)
        settled = settled_by(seen, criterion.text, check.host, Result.OK)
        if settled is not None:
            return settled
        assert isinstance(seen, Seen)
        return not_so(criterion.text, check.host, seen, seen.text)

    return stage.perform(criterion.text, check.host, look)
