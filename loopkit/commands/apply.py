"""`loop apply`: writes into the document what a receipt says, when that could not be done then."""

from __future__ import annotations

from pathlib import Path
from shlex import quote

from loopkit.commands.results import Written
from loopkit.commands.writing import Actor, hold, save, shown, told
from loopkit.effects.evidence import journal
from loopkit.effects.evidence.histories import Histories
from loopkit.effects.evidence.receipt import Kind, Receipt
from loopkit.effects.evidence.store import receipt_path
from loopkit.effects.workspace import Workspace
from loopkit.errors import Refused
from loopkit.loop.edit.writer import rewrite
from loopkit.loop.plan import settle


def apply(workspace: Workspace, path: str, actor: Actor) -> Written:
    """Applies a run's receipt to its document.

    Raises:
        Refused: the path is no receipt of a run of this workspace.
    """
    receipt = _find(workspace, Path(path))
    file = workspace.load(receipt.loop)
    with hold(workspace, receipt.loop, actor):
        _check_last(workspace, receipt)
        file = workspace.load(receipt.loop)
        on = receipt.ended.astimezone(workspace.settings.zone).date()
        after = rewrite(file, settle(file.loop, [receipt.outcome()], on))
        save(workspace, file, after)
        journal.applied(workspace, receipt)
    what = f"{receipt.phase} as run {receipt.run_id} left it"
    return told(workspace, actor, file, after, receipt, what, f"loop advance {receipt.loop}")


def _check_last(workspace: Workspace, receipt: Receipt) -> None:
    """Refuses a receipt that is no longer the last word on its phase.

    Raises:
        Refused: a later run, or a person, said something else since.
    """
    last = Histories(workspace).of(receipt.loop).last_word_on(receipt.phase, receipt.item)
    if last is not None and last.name != receipt.name:
        raise Refused(
            f"run {receipt.run_id} is not the last word on {receipt.phase}",
            where=shown(workspace, receipt),
            why=f"{last.who} has {shown(workspace, last)} since",
            help=f"loop log {quote(receipt.loop)}",
        )


def _find(workspace: Workspace, path: Path) -> Receipt:
    wanted = (path if path.is_absolute() else workspace.root / path).resolve()
    if not wanted.is_file() and not path.is_absolute():
        wanted = path.resolve()
    found = Histories(workspace).of(wanted.parent.name).receipts
    receipt = next((r for r in found if receipt_path(workspace, r).resolve() == wanted), None)
    if receipt is None or receipt.kind is not Kind.RUN:
        raise Refused(
            f"{path} is no receipt of a run in this workspace",
            why=f"receipts stand under {workspace.settings.receipts}",
            help=f"ls {workspace.settings.receipts}",
        )
    return receipt
