"""The one way a command changes a document: rewrite, receipt, compare-and-swap, commit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from loopkit.commands.results import Written
from loopkit.effects import git
from loopkit.effects.evidence.receipt import Receipt
from loopkit.effects.evidence.signing import signature_of
from loopkit.effects.evidence.store import FolderStore
from loopkit.effects.lock import lock
from loopkit.effects.workspace import Workspace
from loopkit.loop.change import Change
from loopkit.loop.edit.writer import rewrite
from loopkit.loop.parse.reader import LoopFile


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, how long they wait for the loop, and whether they commit."""

    who: str
    commit: bool = False
    lock_timeout: float = 0.0


def keeps_records(workspace: Workspace) -> bool:
    """Returns whether this is a workspace, and not just a folder that a document was found in."""
    return bool(workspace.settings.source) or workspace.settings.loops.is_dir()


def hold(workspace: Workspace, loop_id: str, actor: Actor) -> AbstractContextManager[object]:
    """Holds a loop's lock; a document outside of any workspace has none, and needs no folder.

    Raises:
        Locked: someone else holds it.
        Refused: a commit is asked for, and none could be made here.
    """
    if actor.commit:
        git.check_commit(workspace.root, workspace.settings.receipts)
    if not keeps_records(workspace):
        return nullcontext()
    return lock(workspace, loop_id, actor.who, actor.lock_timeout)


def change_by_hand(
    workspace: Workspace,
    name: str,
    actor: Actor,
    decide: Callable[[LoopFile], Sequence[Change]],
    record: Callable[[LoopFile, str, str], Receipt | None],
    what: str,
) -> Written:
    """Makes the changes that `decide` asks for, recorded as made by hand.

    `record` is given the file and the document's hashes before and after: the receipt stands
    before the document says what it says.
    """
    file = workspace.load(name)
    with hold(workspace, file.loop.id, actor):
        file = workspace.load(name)
        after = rewrite(file, decide(file))
        receipt = record(file, digest(file), digest(after))
        save(workspace, file, after)
    return told(workspace, actor, file, after, receipt, what, f"loop why {file.loop.id}")


def told(
    workspace: Workspace,
    actor: Actor,
    before: LoopFile,
    after: LoopFile,
    receipt: Receipt | None,
    what: str,
    next_command: str,
    also: Sequence[Receipt] = (),
) -> Written:
    """Commits what was written, when asked to, and returns what to tell of it."""
    loop, path = before.loop, shown(workspace, receipt)
    changed = [loop.path] if after.source != before.source else []
    made = ""
    if actor.commit:
        touched = [*changed, *([path] if path else []), *(shown(workspace, r) for r in also)]
        made = commit(workspace, touched, f"{loop.id}: {what}", f"By {actor.who}")
    return Written(
        loop=loop.id,
        path=loop.path,
        what=f"{loop.id}: {what}",
        diff=git.diff(before.source.text, after.source.text, loop.path),
        receipt=path,
        next_command=next_command,
        commit=made,
    )


def save(workspace: Workspace, before: LoopFile, after: LoopFile) -> None:
    """Writes the new bytes, if the file still has the old ones; nothing when they are the same.

    Raises:
        DocumentChanged: someone else wrote it meanwhile.
    """
    if after.source != before.source:
        workspace.write(before.loop.path, before.source.encode(), after.source.encode())


def commit(workspace: Workspace, paths: Sequence[str], subject: str, body: str) -> str:
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


def shown(workspace: Workspace, receipt: Receipt | None) -> str:
    """Returns a receipt's path as people type it, from the root of the workspace."""
    return FolderStore(workspace).where(receipt) if receipt else ""
