"""What happens between the end of a run and the last line: receipt first, document second."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from shlex import quote

from loopkit.commands.results import RanPhase
from loopkit.commands.writing import Actor, commit, digest, shown
from loopkit.effects import git
from loopkit.effects.evidence import journal
from loopkit.effects.evidence.histories import Histories
from loopkit.effects.evidence.journal import Run
from loopkit.effects.evidence.receipt import Receipt
from loopkit.effects.workspace import Workspace
from loopkit.errors import Conflict, DocumentChanged, DocumentError, Refused, UnknownPhase
from loopkit.loop.change import Change
from loopkit.loop.edit.writer import rebase
from loopkit.loop.model import Loop, target_name
from loopkit.loop.outcome import PhaseOutcome
from loopkit.loop.parse.reader import LoopFile
from loopkit.loop.plan import settle
from loopkit.runbook import LOCAL


def write_down(
    workspace: Workspace, read: LoopFile, outcome: PhaseOutcome, run: Run, title: str
) -> RanPhase:
    """Writes the receipt, then the document, keeping what a person changed there meanwhile.

    Raises:
        DocumentChanged: a person changed the very cell; the outcome stays in the receipt.
        ReadBackFailed: the edit would not mean the outcome; it stays in the receipt.
    """
    path = read.loop.path
    changes = settle(read.loop, [outcome], _day(workspace, outcome))
    try:
        now = _same_loop(read, workspace.load_path(path))
        after = rebase(read, now, changes)
    except (Conflict, DocumentError) as error:
        receipt = run.finish(outcome, document_before=digest(read))
        _keep(error, workspace, receipt)
        raise
    receipt = run.finish(outcome, document_before=digest(now), document_after=digest(after))
    try:
        written = _write(workspace, now, after, read, changes)
    except (Conflict, DocumentError) as error:
        _keep(error, workspace, receipt)
        raise
    run.recorded()
    return RanPhase(
        phase=outcome.phase,
        item=outcome.item,
        title=title,
        outcome=outcome,
        receipt=shown(workspace, receipt),
        written=(*([path] if written != now.source.text else []), *_files(receipt)),
        diff=git.diff(now.source.text, written, path),
    )


def _write(
    workspace: Workspace,
    now: LoopFile,
    after: LoopFile,
    read: LoopFile,
    changes: Sequence[Change],
) -> str:
    """Writes the document, once more on what a person saved in the last moment."""
    path = now.loop.path
    for _ in range(3):
        try:
            workspace.write(path, now.source.encode(), after.source.encode())
            return after.source.text
        except DocumentChanged as error:
            last = error
            now = _same_loop(read, workspace.load_path(path))
            after = rebase(read, now, changes)
    raise last


def _same_loop(read: LoopFile, now: LoopFile) -> LoopFile:
    """Returns the document as it is now, if it is still that of the loop that ran.

    Raises:
        DocumentChanged: it is another loop's by now.
    """
    if now.loop.id == read.loop.id:
        return now
    raise DocumentChanged(
        "the document is another loop's by now",
        where=now.loop.path,
        ours=read.loop.id,
        theirs=now.loop.id,
    )


def _keep(error: Conflict | DocumentError, workspace: Workspace, receipt: Receipt) -> None:
    """Makes an error say that something ran, and how what came of it can still be written."""
    error.exit_code = Conflict.exit_code
    error.help = f"loop apply {quote(shown(workspace, receipt))}"


def take_up(workspace: Workspace, loop_id: str, name: str) -> tuple[str, ...]:
    """Writes down what an earlier run left: its receipt, or its edit of the document."""
    histories = Histories(workspace)
    lines = [
        f"Run {receipt.run_id} of {receipt.phase} was cut short; its receipt is "
        f"{shown(workspace, receipt)}"
        for receipt in journal.recover(histories, loop_id)
    ]
    for receipt in journal.pending(histories, loop_id, digest(workspace.load(name))):
        lines.append(_catch_up(workspace, name, receipt))
    return tuple(lines)


def _catch_up(workspace: Workspace, name: str, receipt: Receipt) -> str:
    """Writes a run's outcome into the document, unless a person said something else since."""
    file, subject = workspace.load(name), f"Run {receipt.run_id} of {receipt.phase}"
    outcome = receipt.outcome()
    try:
        changes = settle(file.loop, [outcome], _day(workspace, outcome))
    except (Refused, UnknownPhase) as error:
        journal.applied(workspace, receipt)
        return f"{subject} is not written into {file.loop.path}: {error.what}"
    after = rebase(file, file, changes)
    workspace.write(file.loop.path, file.source.encode(), after.source.encode())
    journal.applied(workspace, receipt)
    return f"{subject} is now in {file.loop.path}"


def commit_run(workspace: Workspace, loop: Loop, ran: Sequence[RanPhase], actor: Actor) -> str:
    """Makes one commit of the document, the receipts and the workspace's files that runs wrote."""
    if not (actor.commit and ran):
        return ""
    paths = dict.fromkeys(p for r in ran for p in (*r.written, r.receipt))
    names = [target_name(r.phase, r.item) for r in ran]
    results = ", ".join(dict.fromkeys(r.outcome.result.value for r in ran))
    body = "\n".join(
        f"{name} {r.title}: {r.outcome.result}, {r.receipt}"
        for name, r in zip(names, ran, strict=True)
    )
    subject = f"{loop.id}: {', '.join(names)}: {results}"
    return commit(workspace, list(paths), subject, f"{body}\n\nBy {actor.who}")


def _files(receipt: Receipt) -> list[str]:
    """Returns the workspace's files that the steps of a run wrote."""
    sent = (command for step in receipt.steps for command in step.commands)
    writes = (c.argv for c in sent if c.host == LOCAL and c.argv[:1] == ("write",))
    return list(dict.fromkeys(argv[1] for argv in writes))


def _day(workspace: Workspace, outcome: PhaseOutcome) -> date:
    ended = outcome.ended or workspace.now()
    return ended.astimezone(workspace.settings.zone).date()
