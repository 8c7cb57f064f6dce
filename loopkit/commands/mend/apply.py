"""`loop apply`: writes into the document what a receipt says, when that could not be done then."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from shlex import quote

from loopkit.commands.results import Written
from loopkit.commands.session import Session
from loopkit.commands.write import written
from loopkit.effects.evidence import journal
from loopkit.effects.evidence.receipt import Kind, Receipt
from loopkit.effects.evidence.store import receipt_path
from loopkit.errors import Refused
from loopkit.loop.edit.writer import rewrite
from loopkit.loop.plan import settle


@dataclass(frozen=True, slots=True)
class ApplyRequest:
    """The path of a run's receipt."""

    receipt: str
    commit: bool = False


def apply(session: Session, request: ApplyRequest) -> Written:
    """Applies a run's receipt to its document.

    Raises:
        Refused: the path is no receipt of a run of this workspace, or another has the last word.
    """
    receipt = _find(session, Path(request.receipt))
    with session.hold(session.file(receipt.loop).loop.id, commit=request.commit):
        _check_last(session, receipt)
        file = session.file(receipt.loop)
        on = receipt.ended.astimezone(session.workspace.settings.zone).date()
        after = rewrite(file, settle(file.loop, [receipt.outcome()], on))
        session.save(file, after)
        journal.applied(session.workspace, receipt)
    what = f"{receipt.phase} as run {receipt.run_id} left it"
    next_command = f"loop advance {receipt.loop}"
    return written(session, file, after, [receipt], what, next_command, commit=request.commit)


def _check_last(session: Session, receipt: Receipt) -> None:
    """Refuses a receipt that is no longer the last word on its phase.

    Raises:
        Refused: a later run, or a person, said something else since.
    """
    last = session.history(receipt.loop).last_word_on(receipt.phase, receipt.item)
    if last is not None and last.name != receipt.name:
        raise Refused(
            f"run {receipt.run_id} is not the last word on {receipt.phase}",
            where=session.path_of(receipt),
            why=f"{last.who} has {session.path_of(last)} since",
            help=f"loop log {quote(receipt.loop)}",
        )


def _find(session: Session, path: Path) -> Receipt:
    workspace = session.workspace
    wanted = (path if path.is_absolute() else workspace.root / path).resolve()
    if not wanted.is_file() and not path.is_absolute():
        wanted = path.resolve()
    found = session.history(wanted.parent.name).receipts
    receipt = next((r for r in found if receipt_path(workspace, r).resolve() == wanted), None)
    if receipt is None or receipt.kind is not Kind.RUN:
        raise Refused(
            f"{path} is no receipt of a run in this workspace",
            why=f"receipts stand under {workspace.settings.receipts}",
            help=f"ls {workspace.settings.receipts}",
        )
    return receipt
