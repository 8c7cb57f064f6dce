"""What only looks: capabilities, success criteria, invariants on their own, and a plan's probe."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from loopkit.effects.evidence.history import NO_HISTORY, History
from loopkit.effects.evidence.journal import Run
from loopkit.effects.evidence.store import Home, told
from loopkit.effects.run.answers import blame, cleaned, report_of
from loopkit.effects.run.hosts import Hosts
from loopkit.effects.run.invariants import Invariants
from loopkit.effects.run.phase import steps_of
from loopkit.effects.run.recorder import StepRecorder
from loopkit.effects.run.results import Trouble
from loopkit.effects.run.step import Check, RunContext
from loopkit.effects.run.transport import Transport
from loopkit.errors import CommandFailed, HostError, LoopkitError, OutcomeUnknown, UsageError
from loopkit.loop.model import Criterion, Item, Loop
from loopkit.loop.outcome import Result, StepOutcome
from loopkit.registry import BoundCriterion, BoundPhase, Registry
from loopkit.runbook import LOCAL, Job, Report, Row, Seen


@dataclass(frozen=True, slots=True)
class Probed:
    """How a step stands now; `so` is None when that cannot be told."""

    name: str
    host: str
    so: bool | None
    seen: str
    help: str = ""


def run_capability(
    workspace: Home,
    name: str,
    *,
    registry: Registry,
    transport: Transport,
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
    host = bound.host or LOCAL
    with _looking(workspace, registry, transport) as hosts:
        try:
            report = report_of(bound.function(hosts.for_step(StepRecorder())[host]))
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
    transport: Transport,
    run: Run | None = None,
    redact: Callable[[str], str] = str,
) -> tuple[tuple[Criterion, StepOutcome], ...]:
    """Returns one verdict a row of the Success Criteria; without a bound check it is unknown.

    Raises:
        SettingsError: a check names a host that is not there; nothing was looked at.
    """
    checks = [(each, registry.criterion_for(loop.id, each.text)) for each in loop.criteria]
    with _looking(workspace, registry, transport) as hosts:
        hosts.require(*(bound.host for _, bound in checks if bound is not None))
        context = RunContext(hosts, run, redact)
        return tuple((each, _criterion(context, each, bound)) for each, bound in checks)


def check_invariants(
    workspace: Home,
    loop: Loop,
    *,
    registry: Registry,
    transport: Transport,
    earlier: History = NO_HISTORY,
    run: Run | None = None,
    redact: Callable[[str], str] = str,
) -> tuple[StepOutcome, ...]:
    """Returns whether the value of each bound Non-Goal is the one that the first run read.

    Raises:
        SettingsError: one is read on a host that is not there; nothing was looked at.
    """
    with _looking(workspace, registry, transport, earlier) as hosts:
        bound = registry.invariants_for(loop.id, loop.non_goals)
        context = RunContext(hosts, run, redact)
        invariants = Invariants(context, loop, bound, earlier.baseline)
        hosts.require(*invariants.hosts)
        return invariants.check()


def planned_steps(
    workspace: Home,
    bound: BoundPhase,
    item: Item | None,
    *,
    registry: Registry,
    transport: Transport,
) -> tuple[tuple[str, str, bool], ...]:
    """Returns the steps of a phase: name, host, and whether it may change something.

    No connection is opened.
    """
    with _looking(workspace, registry, transport) as hosts:
        return tuple(
            (step.name, step.host or bound.host, isinstance(step, Job) or step.change is not None)
            for step in steps_of(bound, item, hosts.for_planning(StepRecorder()))
        )


def probe(
    workspace: Home,
    bound: BoundPhase,
    item: Item | None,
    *,
    registry: Registry,
    transport: Transport,
    earlier: History = NO_HISTORY,
    redact: Callable[[str], str] = str,
) -> tuple[Probed, ...]:
    """Returns how each step of a phase stands now, by looking only."""
    with _looking(workspace, registry, transport, earlier) as hosts:
        context = RunContext(hosts, redact=redact)
        found = []
        for step in steps_of(bound, item, hosts.for_planning(StepRecorder())):
            host = step.host or bound.host
            seen = Check(context, step.name, host, step.look).look(step.look)
            found.append(_probed(step.name, host, seen))
    return tuple(cleaned(each, redact) for each in found)


def _looking(
    workspace: Home, registry: Registry, transport: Transport, earlier: History = NO_HISTORY
) -> Hosts:
    """Returns hosts that nothing can change."""
    return Hosts(
        workspace,
        transport,
        baseline=earlier.facts.get,
        declared=frozenset(registry.read_only),
        read_only=True,
    )


def _probed(name: str, host: str, seen: Seen | Trouble) -> Probed:
    if isinstance(seen, Trouble):
        return Probed(name, host, None, seen.reason, seen.help)
    return Probed(name, host, seen.so, seen.text, seen.help)


def _criterion(
    context: RunContext, criterion: Criterion, bound: BoundCriterion | None
) -> StepOutcome:
    if bound is not None:
        return Check(context, criterion.text, bound.host, bound.function).run()
    return StepOutcome(
        name=criterion.text,
        host="",
        result=Result.UNKNOWN,
        seen="nobody bound a check to it",
        reason="no runbook has a check for this criterion, so nobody knows",
    )
