"""`loop close`: one verdict a criterion, then the header and the footer; refuses otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from loopkit.commands.attest import criterion_named, is_named
from loopkit.commands.by_hand import move_loop
from loopkit.commands.legible import require_clear, require_read
from loopkit.commands.results import CriterionVerdict, Verified, Written
from loopkit.commands.session import Session
from loopkit.commands.verify import verify_loop
from loopkit.commands.write import digest, written
from loopkit.effects.evidence.approvals import record_mark
from loopkit.effects.evidence.receipt import Kind, Receipt
from loopkit.errors import Refused
from loopkit.loop.edit.writer import rewrite
from loopkit.loop.machine import LoopState, follow, loop_status
from loopkit.loop.model import Loop
from loopkit.loop.parse.reader import LoopFile
from loopkit.loop.plan import settle_closing
from loopkit.loop.snapshot import Answer


@dataclass(frozen=True, slots=True)
class CloseRequest:
    """A loop to close; `waive` are criteria that `reason` says need not be met."""

    loop: str
    waive: Sequence[str] = ()
    reason: str = ""
    commit: bool = False


def close(session: Session, request: CloseRequest) -> Written | Verified:
    """Closes a loop whose phases are done and whose criteria are met or waived by name.

    Returns the verdicts, with their exit status, when a criterion is not met.

    Raises:
        Refused: a phase is still open, the loop is closed already, or a waiver says nothing.
    """
    loop = session.file(request.loop).loop
    _check_may_close(session, loop, request)
    with session.hold(loop.id, commit=request.commit):
        file = session.file(request.loop)
        _check_may_close(session, file.loop, request)
        verified = _waived(session, verify_loop(session, file.loop, phases=False), request)
        if verified.exit_code:
            follow(LoopState.CLOSING, "refuse")
            return verified
        vouched = _shown(session, verified)
        after = rewrite(file, settle_closing(file.loop, session.today(), vouched))
        receipt = _recorded(session, file, after, verified, request.reason)
        session.save(file, after)
    what = f"closed, {len(verified.criteria)} criteria met or waived"
    next_command = f"loop log {file.loop.id}"
    done = written(session, file, after, receipt, what, next_command, commit=request.commit)
    return replace(done, verified=verified)


def _recorded(
    session: Session, file: LoopFile, after: LoopFile, verified: Verified, reason: str
) -> tuple[Receipt, ...]:
    """Records who closed the loop, why, and each verdict; no workspace has no receipts."""
    if not session.workspace.keeps_records:
        return ()
    receipt = record_mark(
        session.histories,
        file.loop.id,
        "",
        loop_status(follow(LoopState.CLOSING, "confirm")).value,
        who=session.who,
        reason=reason,
        path=file.loop.path,
        document_before=digest(file),
        document_after=digest(after),
        kind=Kind.CLOSE,
        notes=_notes(verified),
    )
    return (receipt,)


def _check_may_close(session: Session, loop: Loop, request: CloseRequest) -> None:
    move_loop(loop, "close")
    require_clear(session, loop)
    left = [phase for phase in loop.phases if not phase.status.is_settled]
    if left:
        raise Refused(
            f"{loop.id} cannot be closed: {', '.join(p.id for p in left)} not done",
            where=f"{loop.path}:{left[0].place.line}",
            why=f"{left[0].id} is {left[0].status_text or 'not stated'}",
            help=f"loop why {loop.id} {left[0].id}",
        )
    require_read(session, loop)
    if request.waive and not request.reason.strip():
        raise Refused(
            "a waiver says why",
            why="--reason TEXT is kept in the receipt, beside who waived it",
            help="loop close --help",
        )
    for text in request.waive:
        criterion_named(loop, text)


def _waived(session: Session, verified: Verified, request: CloseRequest) -> Verified:
    def waived(verdict: CriterionVerdict) -> CriterionVerdict:
        named = any(is_named(text, verdict.criterion) for text in request.waive)
        if verdict.answer is Answer.MET or not named:
            return verdict
        return replace(verdict, waived=f"waived by {session.who}: {request.reason}")

    return replace(verified, criteria=tuple(map(waived, verified.criteria)))


def _notes(verified: Verified) -> tuple[str, ...]:
    """Returns on whose word each criterion stands, then the Non-Goals that nothing checks."""
    goals = (f"{each.goal.text}: not checked" for each in verified.non_goals if not each.checked)
    return (*map(_note, verified.criteria), *goals)


def _note(verdict: CriterionVerdict) -> str:
    by_check = verdict.how == "checked"
    said = f"{verdict.answer}: {verdict.seen}" if by_check else verdict.waived or verdict.seen
    return f"{verdict.criterion.text}: {said}"


def _shown(session: Session, verified: Verified) -> tuple[str, ...]:
    """Returns what the document says of the criteria: nothing where a check vouches for each."""
    if all(verdict.how == "checked" for verdict in verified.criteria):
        return ()
    return tuple(map(session.redact, _notes(verified)))
