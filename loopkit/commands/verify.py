"""`loop verify`: success criteria, Non-Goals and done phases, checked again, read-only."""

from __future__ import annotations

from collections.abc import Iterator

from loopkit.commands.redaction import redact_for
from loopkit.commands.results import CriterionVerdict, Verified
from loopkit.commands.runbooks import open_runbooks, transport_of
from loopkit.commands.writing import Actor, digest, hold, shown
from loopkit.effects.evidence.histories import Histories
from loopkit.effects.evidence.journal import Run, begin
from loopkit.effects.evidence.receipt import Kind
from loopkit.effects.run.checks import Probed, check_invariants, probe, run_criteria
from loopkit.effects.run.results import result_of
from loopkit.effects.workspace import Workspace
from loopkit.loop.model import Answer, Criterion, Item, Loop, PhaseStatus
from loopkit.loop.outcome import PhaseOutcome, Result, StepOutcome
from loopkit.registry import Registry

_ANSWERS = {Result.OK: Answer.MET, Result.FAILED: Answer.NOT_MET}


def verify(workspace: Workspace, name: str, *, record: bool, actor: Actor) -> Verified:
    """Returns the verdicts; with `record` they are kept as a receipt of their own."""
    loop = workspace.load(name).loop
    if not record:
        return verify_loop(workspace, loop)
    with hold(workspace, loop.id, actor):
        file = workspace.load(name)
        run = begin(
            Histories(workspace),
            loop.id,
            "",
            who=actor.who,
            path=loop.path,
            document=digest(file),
            redact=redact_for(workspace.settings),
            kind=Kind.VERIFY,
        )
        try:
            return verify_loop(workspace, file.loop, run)
        finally:
            run.close()


def verify_loop(
    workspace: Workspace, loop: Loop, run: Run | None = None, *, phases: bool = True
) -> Verified:
    """Asks every criterion, reads every bound Non-Goal and, with `phases`, looks at done ones."""
    registry = open_runbooks(workspace)
    redact = redact_for(workspace.settings)
    earlier = Histories(workspace).of(loop.id)
    transport = transport_of(workspace)
    criteria = run_criteria(
        workspace, loop, registry=registry, transport=transport, run=run, redact=redact
    )
    kept = check_invariants(
        workspace,
        loop,
        registry=registry,
        transport=transport,
        earlier=earlier,
        run=run,
        redact=redact,
    )
    together = [_together("Non-Goals", None, kept)] if kept else []
    if phases:
        together += _done_phases(workspace, loop, registry)
    receipt = _recorded(workspace, run) if run is not None else ""
    verdicts = tuple(_verdict(c, o) for c, o in criteria)
    return Verified(loop, verdicts, tuple(together), receipt=receipt)


def _verdict(criterion: Criterion, outcome: StepOutcome) -> CriterionVerdict:
    return CriterionVerdict(
        criterion=criterion,
        answer=_ANSWERS.get(outcome.result, Answer.UNKNOWN),
        seen=outcome.seen if outcome.result is Result.OK else outcome.reason or outcome.seen,
        host=outcome.host,
        help=outcome.help,
    )


def _done_phases(workspace: Workspace, loop: Loop, registry: Registry) -> Iterator[PhaseOutcome]:
    earlier = Histories(workspace).of(loop.id)
    for phase in loop.phases:
        bound = registry.phase_for(loop.id, phase.id)
        if bound is None:
            continue
        done: list[Item | None] = [i for i in phase.items if i.status is PhaseStatus.DONE]
        if not done and phase.status is PhaseStatus.DONE:
            done = list(phase.items) or [None]
        for item in done:
            seen = probe(
                workspace,
                bound,
                item,
                registry=registry,
                transport=transport_of(workspace),
                earlier=earlier,
                redact=redact_for(workspace.settings),
            )
            yield _together(phase.id, item.key if item else None, map(_as_outcome, seen))


def _as_outcome(seen: Probed) -> StepOutcome:
    results = {True: Result.OK, False: Result.FAILED, None: Result.UNKNOWN}
    reason = "" if seen.so else "it was done, and is not so now" if seen.so is False else seen.seen
    return StepOutcome(seen.name, seen.host, results[seen.so], seen.seen, reason, seen.help)


def _together(
    phase: str, item: str | None, outcomes: Iterator[StepOutcome] | tuple[StepOutcome, ...]
) -> PhaseOutcome:
    steps = tuple(outcomes)
    result, exit_code = result_of(steps)
    return PhaseOutcome(phase, result, steps, item=item, exit_code=exit_code)


def _recorded(workspace: Workspace, run: Run) -> str:
    outcome = _together("", None, run.outcomes())
    receipt = run.finish(outcome, document_after=run.begun.document_before)
    run.recorded()
    return shown(workspace, receipt)
