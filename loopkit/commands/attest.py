"""`loop attest`: a person vouches for a criterion that no check can judge."""

from __future__ import annotations

from dataclasses import dataclass
from shlex import quote

from loopkit.commands.legible import require_clear
from loopkit.commands.results import Written
from loopkit.commands.session import Session
from loopkit.commands.write import written
from loopkit.effects.evidence.approvals import record_attestation
from loopkit.errors import Refused
from loopkit.loop.model import Criterion, Loop


@dataclass(frozen=True, slots=True)
class AttestRequest:
    """A criterion that a person vouches for, and why; its text as it stands in the document."""

    loop: str
    criterion: str
    reason: str
    commit: bool = False


def attest(session: Session, request: AttestRequest) -> Written:
    """Records that a criterion is met on a person's word; the document stays as it is.

    Raises:
        Refused: the loop has no such criterion, a check answers it, or nothing keeps receipts.
    """
    with session.hold(session.file(request.loop).loop.id, commit=request.commit):
        file = session.file(request.loop)
        require_clear(session, file.loop)
        criterion = criterion_named(file.loop, request.criterion)
        _check_may_attest(session, file.loop, criterion)
        receipt = record_attestation(
            session.histories,
            file.loop.id,
            criterion.text,
            who=session.who,
            reason=request.reason,
        )
    what = f"{criterion.text!r} attested by {session.who}: {request.reason}"
    next_command = f"loop verify {quote(file.loop.id)}"
    return written(session, file, file, (receipt,), what, next_command, commit=request.commit)


def criterion_named(loop: Loop, text: str) -> Criterion:
    """Returns the criterion of this text, letter case and blanks at its ends aside.

    Raises:
        Refused: the loop has none.
    """
    found = next((each for each in loop.criteria if is_named(text, each)), None)
    if found is None:
        known = "; ".join(each.text for each in loop.criteria)
        raise Refused(
            f"{loop.id} has no criterion {text!r}",
            where=loop.path,
            why=f"it has {known}" if known else "it has none",
            help=f"loop verify {quote(loop.id)}",
        )
    return found


def is_named(text: str, criterion: Criterion) -> bool:
    """Returns whether a text that was typed names a criterion."""
    return text.casefold().strip() == criterion.text.casefold().strip()


def _check_may_attest(session: Session, loop: Loop, criterion: Criterion) -> None:
    where = f"{loop.path}:{criterion.place.line}"
    if not session.workspace.keeps_records:
        raise Refused(
            f"{criterion.text!r} cannot be attested here",
            where=where,
            why="a document outside of any workspace has no receipts, which keep who and when",
            help=session.naming("verify", loop),
        )
    bound = session.registry().criterion_for(loop.id, criterion.text)
    if bound is not None:
        raise Refused(
            f"{criterion.text!r} is not for a person to attest",
            where=where,
            why=f"a check is bound to it, {bound.where}, and has the word",
            help=f"loop verify {quote(loop.id)}",
        )
