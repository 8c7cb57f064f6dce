"""`loop log`: every run of a loop, with who, when, outcome and evidence."""

from __future__ import annotations

from dataclasses import dataclass

from loopkit.commands.results import LogEntry, Logged
from loopkit.commands.session import Session
from loopkit.effects.evidence.receipt import Kind, Receipt


@dataclass(frozen=True, slots=True)
class LogRequest:
    """A loop whose runs are listed."""

    loop: str


def log(session: Session, request: LogRequest) -> Logged:
    """Returns the receipts of a loop, oldest first."""
    loop = session.file(request.loop).loop
    return Logged(loop.id, tuple(_entry(session, r) for r in session.history(loop.id).receipts))


def _entry(session: Session, receipt: Receipt) -> LogEntry:
    return LogEntry(
        at=receipt.ended,
        kind=receipt.kind.value,
        phase=receipt.phase,
        item=receipt.item,
        result=_result(receipt),
        who=receipt.who,
        what=_what(receipt),
        receipt=session.path_of(receipt),
        lab=receipt.lab,
    )


def _result(receipt: Receipt) -> str:
    if receipt.kind is Kind.APPROVAL:
        return "approved" if receipt.approved else "rejected"
    if receipt.kind is Kind.ATTEST:
        return "attested"
    return receipt.result.value if receipt.result else receipt.status


def _what(receipt: Receipt) -> str:
    if receipt.kind is Kind.ATTEST:
        return f"{receipt.criterion}: {receipt.reason}"
    if receipt.kind is not Kind.RUN:
        return receipt.reason
    steps = [step.outcome for step in receipt.steps]
    bad = next((step for step in steps if step.reason), None)
    return f"{bad.name}: {bad.reason}" if bad else f"{len(steps)} steps"
