"""`loop log`: every run of a loop, with who, when, outcome and evidence."""

from __future__ import annotations

from loopkit.commands.results import LogEntry, Logged
from loopkit.commands.writing import shown
from loopkit.effects.evidence.histories import Histories
from loopkit.effects.evidence.receipt import Kind, Receipt
from loopkit.effects.workspace import Workspace


def log(workspace: Workspace, name: str) -> Logged:
    """Returns the receipts of a loop, oldest first."""
    loop = workspace.load(name).loop
    receipts = Histories(workspace).of(loop.id).receipts
    return Logged(loop.id, tuple(_entry(workspace, receipt) for receipt in receipts))


def _entry(workspace: Workspace, receipt: Receipt) -> LogEntry:
    return LogEntry(
        at=receipt.ended,
        kind=receipt.kind.value,
        phase=receipt.phase,
        item=receipt.item,
        result=_result(receipt),
        who=receipt.who,
        what=_what(receipt),
        receipt=shown(workspace, receipt),
        lab=receipt.lab,
    )


def _result(receipt: Receipt) -> str:
    if receipt.kind is Kind.APPROVAL:
        return "approved" if receipt.approved else "rejected"
    return receipt.result.value if receipt.result else receipt.status


def _what(receipt: Receipt) -> str:
    if receipt.kind is not Kind.RUN:
        return receipt.reason
    steps = [step.outcome for step in receipt.steps]
    bad = next((step for step in steps if step.reason), None)
    return f"{bad.name}: {bad.reason}" if bad else f"{len(steps)} steps"
