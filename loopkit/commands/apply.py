"""`loop apply`: writes into the document what a receipt says, when that could not be done then."""

from __future__ import annotations

from pathlib import Path

from loopkit.commands.records import Written
from loopkit.commands.writing import Actor, hold, save, told
from loopkit.effects import journal
from loopkit.effects.receipt import Kind, Receipt
from loopkit.effects.receipts import receipt_path, receipts
from loopkit.effects.workspace import Workspace
from loopkit.errors import Refused
from loopkit.loop.plan import settle
from loopkit.loop.writer import rewrite


def apply(workspace: Workspace, path: str, actor: Actor) -> Written:
    """Applies a run's receipt to its document.

    Raises:
        Refused: the path is no receipt of a run of this workspace.
    """
    receipt = _find(workspace, Path(path))
    file = workspace.load(receipt.loop)
    with hold(workspace, receipt.loop, actor):
        file = workspace.load(receipt.loop)
        on = receipt.ended.astimezone(workspace.settings.zone).date()
        after = rewrite(file, settle(file.loop, [receipt.outcome()], on))
        save(workspace, file, after)
        journal.applied(workspace, receipt)
    what = f"{receipt.phase} as run {receipt.run_id} left it"
    return told(workspace, actor, file, after, receipt, what, f"loop advance {receipt.loop}")


def _find(workspace: Workspace, path: Path) -> Receipt:
    wanted = (path if path.is_absolute() else workspace.root / path).resolve()
    if not wanted.is_file() and not path.is_absolute():
        wanted = path.resolve()
    found = receipts(workspace, wanted.parent.name)
    receipt = next((r for r in found if receipt_path(workspace, r).resolve() == wanted), None)
    if receipt is None or receipt.kind is not Kind.RUN:
        raise Refused(
            f"{path} is no receipt of a run in this workspace",
            why=f"receipts stand under {workspace.settings.receipts}",
            help=f"ls {workspace.settings.receipts}",
        )
    return receipt
