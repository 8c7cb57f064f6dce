"""How a command changes a document: rewrite, receipt, compare-and-swap, commit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from loopkit.commands.legible import require_clear
from loopkit.commands.results import Written
from loopkit.commands.session import Session
from loopkit.effects import git
from loopkit.effects.evidence.approvals import record_mark
from loopkit.effects.evidence.receipt import Kind, Receipt
from loopkit.effects.evidence.signing import signature_of
from loopkit.effects.workspace import Workspace
from loopkit.loop.change import Change
from loopkit.loop.edit.writer import rewrite
from loopkit.loop.model import Loop
from loopkit.loop.outcome import Result
from loopkit.loop.parse.reader import LoopFile


@dataclass(frozen=True, slots=True)
class HandEdit:
    """What a person states by hand: the changes of the document, and what the receipt says.

    `phase` is empty for the loop itself; `at` is when it came true, where that is not now.
    """

    changes: Sequence[Change]
    what: str
    status: str
    phase: str = ""
    item: str | None = None
    reason: str = ""
    at: datetime | None = None
    kind: Kind = Kind.MARK
    result: Result | None = None


def change_by_hand(
    session: Session, name: str, decide: Callable[[Loop], HandEdit], *, commit: bool
) -> Written:
    """Makes the edit that `decide` asks for on the loop as it is once it is held.

    The receipt stands before the document says what it says.

    Raises:
        Refused: a merge of the document is not settled, or the phase's id stands twice.
    """
    with session.hold(session.file(name).loop.id, commit=commit):
        file = session.file(name)
        edit = decide(file.loop)
        require_clear(session, file.loop, edit.phase or None)
        after = rewrite(file, edit.changes)
        receipt = _recorded(session, file, after, edit)
        session.save(file, after)
    next_command = f"loop why {file.loop.id}"
    return written(session, file, after, receipt, edit.what, next_command, commit=commit)


def _recorded(
    session: Session, before: LoopFile, after: LoopFile, edit: HandEdit
) -> tuple[Receipt, ...]:
    """Records an edit, unless the document and a receipt say the same already."""
    loop_id, is_same = before.loop.id, before.source == after.source
    # What is resolved is recorded in any case: a run that follows goes by it.
    says_nothing_new = is_same and edit.at is None and edit.result is None
    if not session.workspace.keeps_records:
        return ()
    history = session.history(loop_id)
    if says_nothing_new and history.last_word_on(edit.phase, edit.item) is not None:
        return ()
    receipt = record_mark(
        session.histories,
        loop_id,
        edit.phase,
        edit.status,
        who=session.who,
        reason=edit.reason,
        item=edit.item,
        at=edit.at,
        path=before.loop.path,
        document_before=digest(before),
        document_after=digest(after),
        kind=edit.kind,
        result=edit.result,
    )
    return (receipt,)


def written(
    session: Session,
    before: LoopFile,
    after: LoopFile,
    receipts: Sequence[Receipt],
    what: str,
    next_command: str,
    *,
    commit: bool,
) -> Written:
    """Returns an edit that was made and its receipts, committed when that was asked for."""
    loop, paths = before.loop, [session.path_of(receipt) for receipt in receipts]
    changed = [loop.path] if after.source != before.source else []
    subject, made = f"{loop.id}: {what}", ""
    if commit:
        made = commit_files(session.workspace, [*changed, *paths], subject, f"By {session.who}")
    return Written(
        loop=loop.id,
        path=loop.path,
        what=subject,
        diff=git.diff(before.source.text, after.source.text, loop.path),
        receipt=next(iter(paths), ""),
        next_command=next_command,
        commit=made,
    )


def commit_files(workspace: Workspace, paths: Sequence[str], subject: str, body: str) -> str:
    """Makes one commit of just these files and the signatures of receipts among them.

    In a lab it is dated by the lab's clock.
    """
    at = workspace.now() if workspace.lab_kind else None
    signatures = [str(signature_of(Path(path))) for path in paths]
    signed = [path for path in signatures if (workspace.root / path).is_file()]
    return git.commit(workspace.root, [*paths, *signed], subject, body, at)


def digest(file: LoopFile) -> str:
    """Returns the SHA-256 of a document's bytes."""
    return sha256(file.source.encode()).hexdigest()
