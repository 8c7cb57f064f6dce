"""What happens between the end of a run and the last line: receipt first, document second."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from shlex import quote

from loopkit.commands.results import RanPhase
from loopkit.commands.session import Session
from loopkit.commands.write import commit_files, digest
from loopkit.effects import git
from loopkit.effects.evidence import journal
from loopkit.effects.evidence.journal import Run
from loopkit.effects.evidence.receipt import Receipt
from loopkit.errors import Conflict, DocumentChanged, DocumentError, Refused, UnknownPhase
from loopkit.loop.change import Change
from loopkit.loop.edit.writer import rebase
from loopkit.loop.model import Loop
from loopkit.loop.outcome import PhaseOutcome, target_name
from loopkit.loop.parse.reader import LoopFile
from loopkit.loop.plan import settle
from loopkit.runbook import LOCAL


def write_down(
    session: Session, read: LoopFile, outcome: PhaseOutcome, run: Run, title: str
) -> RanPhase:
    """Writes the receipt, then the document, keeping what a person changed there meanwhile.

    Raises:
        DocumentChanged: a person changed the very cell; the outcome stays in the receipt.
        ReadBackFailed: the edit would not mean the outcome; it stays in the receipt.
    """
    path = read.loop.path
    session.changed()  # a run takes its time, and its receipt is new
    changes = settle(read.loop, [outcome], _day(session, outcome))
    try:
        now = _same_loop(read, session.workspace.load_path(path))
        after = rebase(read, now, changes)
    except (Conflict, DocumentError) as error:
        receipt = run.finish(outcome, document_before=digest(read))
        _keep(error, session, receipt)
        raise
    receipt = run.finish(outcome, document_before=digest(now), document_after=digest(after))
    try:
        saved = _save(session, now, after, read, changes)
    except (Conflict, DocumentError) as error:
        _keep(error, session, receipt)
        raise
    run.recorded()
    is_new = saved.source != now.source
    return RanPhase(
        phase=outcome.phase,
        item=outcome.item,
        title=title,
        outcome=outcome,
        receipt=session.path_of(receipt),
        written=(*([path] if is_new else []), *_files(receipt)),
        diff=git.diff(now.source.text, saved.source.text, path),
    )


def _save(
    session: Session, now: LoopFile, after: LoopFile, read: LoopFile, changes: Sequence[Change]
) -> LoopFile:
    """Writes the document, once more on what a person saved in the last moment."""
    for _ in range(3):
        try:
            session.save(now, after)
            return after
        except DocumentChanged as error:
            last = error
            now = _same_loop(read, session.workspace.load_path(now.loop.path))
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


def _keep(error: Conflict | DocumentError, session: Session, receipt: Receipt) -> None:
    """Makes an error say that something ran, and how its outcome can still be written."""
    error.exit_code = Conflict.exit_code
    error.help = f"loop apply {quote(session.path_of(receipt))}"


def take_up(session: Session, name: str) -> tuple[str, ...]:
    """Writes down what an earlier run left: its receipt, or its edit of the document."""
    file = session.file(name)
    lines = [
        f"Run {receipt.run_id} of {receipt.phase} was cut short; its receipt is "
        f"{session.path_of(receipt)}"
        for receipt in journal.recover(session.histories, file.loop.id)
    ]
    for receipt in journal.pending(session.histories, file.loop.id, digest(file)):
        lines.append(_catch_up(session, name, receipt))
    if lines:
        session.changed()
    return tuple(lines)


def _catch_up(session: Session, name: str, receipt: Receipt) -> str:
    """Writes a run's outcome into the document, unless a person said something else since."""
    file, subject = session.file(name), f"Run {receipt.run_id} of {receipt.phase}"
    outcome = receipt.outcome()
    try:
        changes = settle(file.loop, [outcome], _day(session, outcome))
    except (Refused, UnknownPhase) as error:
        journal.applied(session.workspace, receipt)
        return f"{subject} is not written into {file.loop.path}: {error.what}"
    session.save(file, rebase(file, file, changes))
    journal.applied(session.workspace, receipt)
    return f"{subject} is now in {file.loop.path}"


def commit_run(session: Session, loop: Loop, ran: Sequence[RanPhase]) -> str:
    """Makes one commit of the document, the receipts and the workspace's files that runs wrote."""
    if not ran:
        return ""
    paths = dict.fromkeys(p for r in ran for p in (*r.written, r.receipt))
    names = [target_name(r.phase, r.item) for r in ran]
    results = ", ".join(dict.fromkeys(r.outcome.result.value for r in ran))
    body = "\n".join(
        f"{name} {r.title}: {r.outcome.result}, {r.receipt}"
        for name, r in zip(names, ran, strict=True)
    )
    subject = f"{loop.id}: {', '.join(names)}: {results}"
    return commit_files(session.workspace, list(paths), subject, f"{body}\n\nBy {session.who}")


def _files(receipt: Receipt) -> list[str]:
    """Returns the workspace's files that the steps of a run wrote."""
    sent = (command for step in receipt.steps for command in step.commands)
    writes = (c.argv for c in sent if c.host == LOCAL and c.argv[:1] == ("write",))
    return list(dict.fromkeys(argv[1] for argv in writes))


def _day(session: Session, outcome: PhaseOutcome) -> date:
    ended = outcome.ended or session.workspace.now()
    return ended.astimezone(session.workspace.settings.zone).date()
