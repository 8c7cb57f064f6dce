"""`loop verify`: success criteria, Non-Goals and done phases, checked again, read-only."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from shlex import quote

from loopkit.commands.plan import goal_checks
from loopkit.commands.results import Attestation, CriterionVerdict, Verified
from loopkit.commands.session import Session
from loopkit.commands.write import digest
from loopkit.effects.evidence.approvals import attestations
from loopkit.effects.evidence.journal import Run, begin
from loopkit.effects.evidence.receipt import Kind, Receipt
from loopkit.effects.run.checks import Probed, check_invariants, probe, run_criteria
from loopkit.effects.run.results import result_of
from loopkit.loop.model import Criterion, Item, Loop, Phase, PhaseStatus
from loopkit.loop.outcome import PhaseOutcome, Result, StepOutcome
from loopkit.loop.snapshot import Answer
from loopkit.registry import BoundPhase

_ANSWERS = {Result.OK: Answer.MET, Result.FAILED: Answer.NOT_MET}


@dataclass(frozen=True, slots=True)
class VerifyRequest:
    """A loop to check again; with `record` the verdicts are kept as a receipt of their own."""

    loop: str
    record: bool = False


def verify(session: Session, request: VerifyRequest) -> Verified:
    """Returns the verdicts on a loop."""
    loop = session.file(request.loop).loop
    if not request.record:
        return verify_loop(session, loop)
    with session.hold(loop.id):
        file = session.file(request.loop)
        run = begin(
            session.histories,
            loop.id,
            "",
            who=session.who,
            path=loop.path,
            document=digest(file),
            redact=session.redact,
            kind=Kind.VERIFY,
        )
        try:
            return verify_loop(session, file.loop, run)
        finally:
            run.close()


def verify_loop(
    session: Session, loop: Loop, run: Run | None = None, *, phases: bool = True
) -> Verified:
    """Asks every criterion, reads every bound Non-Goal and, with `phases`, looks at done ones."""
    workspace, registry, redact = session.workspace, session.registry(), session.redact
    transport, earlier = session.transport(), session.history(loop.id)
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
        together += _done_phases(session, loop)
    receipt = _recorded(session, run) if run is not None else ""
    given = attestations(session.history(loop.id))
    verdicts = tuple(
        _verdict(c, o)
        if registry.criterion_for(loop.id, c.text)
        else _unchecked(session, loop, c, given.get(c.text))
        for c, o in criteria
    )
    goals = goal_checks(session, loop)
    return Verified(loop, verdicts, tuple(together), receipt=receipt, non_goals=goals)


def _unchecked(
    session: Session, loop: Loop, criterion: Criterion, given: Receipt | None
) -> CriterionVerdict:
    """Returns the verdict on what no check is bound to: a person's word, or that nobody looked."""
    if given is not None:
        at = given.ended.astimezone(session.workspace.settings.zone)
        word = Attestation(given.who, at, given.reason, session.path_of(given))
        return CriterionVerdict(criterion, Answer.MET, word.text, checked=False, attested=word)
    ticked = "; it is ticked in the document, which proves nothing" if criterion.ticked else ""
    return CriterionVerdict(
        criterion,
        Answer.UNKNOWN,
        seen=f"no check is bound to it, and nobody attested it{ticked}",
        help=f"loop attest {quote(loop.id)} {quote(criterion.text)} --reason TEXT",
        checked=False,
    )


def _verdict(criterion: Criterion, outcome: StepOutcome) -> CriterionVerdict:
    return CriterionVerdict(
        criterion=criterion,
        answer=_ANSWERS.get(outcome.result, Answer.UNKNOWN),
        seen=outcome.seen if outcome.result is Result.OK else outcome.reason or outcome.seen,
        host=outcome.host,
        help=outcome.help,
    )


def _done_phases(session: Session, loop: Loop) -> Iterator[PhaseOutcome]:
    for phase in loop.phases:
        bound = session.registry().phase_for(loop.id, phase.id)
        if bound is not None:
            yield from (_looked_at(session, loop, phase, i, bound) for i in _done(phase))


def _done(phase: Phase) -> list[Item | None]:
    """Returns the items of a phase that are done, [None] for a phase that is done as a whole."""
    done: list[Item | None] = [i for i in phase.items if i.status is PhaseStatus.DONE]
    if done or phase.status is not PhaseStatus.DONE:
        return done
    return list(phase.items) or [None]


def _looked_at(
    session: Session, loop: Loop, phase: Phase, item: Item | None, bound: BoundPhase
) -> PhaseOutcome:
    seen = probe(
        session.workspace,
        bound,
        item,
        registry=session.registry(),
        transport=session.transport(),
        earlier=session.history(loop.id),
        redact=session.redact,
    )
    return _together(phase.id, item.key if item else None, map(_as_outcome, seen))


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


def _recorded(session: Session, run: Run) -> str:
    outcome = _together("", None, run.outcomes())
    receipt = run.finish(outcome, document_after=run.begun.document_before)
    run.recorded()
    session.changed()
    return session.path_of(receipt)
