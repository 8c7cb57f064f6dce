"""The journal of a run: every intent on disk before it is sent, then the receipt.

A journal is a file of JSON lines that only grows. It is removed once the document says what the
receipt says, so one that stands is the trace of a run that was cut short.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime
from hashlib import sha256
from itertools import count
from pathlib import Path
from threading import Lock
from typing import Any

from loopkit.effects.atomic import sync_folder
from loopkit.effects.evidence.approvals import new_id
from loopkit.effects.evidence.codec import outcome_to_json, receipt_to_json
from loopkit.effects.evidence.histories import Histories
from loopkit.effects.evidence.receipt import Command, Kind, Output, Receipt, VerdictRecord
from loopkit.effects.evidence.replay import read_journal
from loopkit.effects.evidence.store import Home, safe_name
from loopkit.effects.evidence.trace import OUTSIDE, Trace
from loopkit.errors import RecordFailed
from loopkit.loop.outcome import PhaseOutcome, StepOutcome


class Run:
    """One run of a phase while it happens; every method may be called from any thread.

    Steps may nest and may run side by side: each has a number, and so has each command.
    """

    def __init__(self, histories: Histories, begun: Receipt, redact: Callable[[str], str]) -> None:
        self.run_id = begun.run_id
        self.begun = begun
        self._histories = histories
        self._redact = redact
        self._lock = Lock()
        self._numbers = count(OUTSIDE + 1)
        self._trace = Trace(begun)
        self._path = _journal_file(histories.home, begun)
        self._file = _create(self._path)
        self._broken = False
        self._write({"event": "begin", "receipt": receipt_to_json(begun)})
        sync_folder(self._path.parent)

    def began(self, name: str, host: str) -> int:
        """Records that a step begins, and returns its number."""
        with self._lock:
            number = next(self._numbers)
            event = {"event": "began", "step": number, "name": name, "host": host}
            self._write(event, sync=False)
            self._trace.step_began(number, name, host)
        return number

    def intent(self, step: int, host: str, argv: Sequence[str], *, changing: bool) -> int:
        """Records a command of a step before it is sent, and returns its number.

        A command that may change the host is on the disk when this returns.

        Raises:
            RecordFailed: it is not on the disk, and must not be sent.
        """
        words = _cleaned_words(argv, self._redact)
        with self._lock:
            number = next(self._numbers)
            event = {"event": "intent", "step": step, "number": number, "host": host}
            self._write(event | {"argv": words, "changing": changing}, sync=changing)
            self._trace.sent(step, number, Command(host, tuple(words), changing))
        return number

    def replied(
        self, number: int, exited: int, stdout: Output, stderr: Output, seconds: float
    ) -> None:
        """Records the end of a command; a command without one is unknown for ever."""
        seconds = round(seconds, 3)
        streams = {"stdout": asdict(stdout), "stderr": asdict(stderr)}
        event = {"event": "replied", "number": number, "exited": exited, "seconds": seconds}
        with self._lock:
            self._write(event | streams, sync=self._trace.command(number).changing)
            self._trace.replied(number, exited, stdout, stderr, seconds)

    def changes_sent(self, number: int | None = None) -> int:
        """Returns how many changes a step sent so far, or without its number the whole run."""
        with self._lock:
            return self._trace.changes_sent(number)

    def ended(self, number: int, outcome: StepOutcome) -> None:
        """Records how a step came out."""
        event = {"event": "ended", "step": number, "outcome": outcome_to_json(outcome)}
        with self._lock:
            self._write(event, sync=outcome.sent)
            self._trace.step_ended(number, outcome)

    def outcomes(self) -> tuple[StepOutcome, ...]:
        """Returns how each step that ended came out, in the order of their ends."""
        with self._lock:
            return self._trace.outcomes()

    def finish(
        self,
        outcome: PhaseOutcome,
        *,
        document_before: str = "",
        document_after: str = "",
        notes: tuple[str, ...] = (),
    ) -> Receipt:
        """Writes the receipt, before the document says what it says, and returns it.

        Raises:
            RecordFailed: it cannot be written; the journal stands, and the next run recovers it.
        """
        result, exit_code = outcome.result, outcome.exit_code
        event = {"event": "finished", "result": str(result), "exit_code": exit_code}
        with self._lock:
            self._write(event | {"document_after": document_after})
            self._trace.run_ended(result, exit_code, document_after)
            receipt = self._trace.receipt(outcome.ended or self._histories.home.now())
        before = document_before or self.begun.document_before
        return self._histories.append(replace(receipt, document_before=before, notes=notes))

    def recorded(self) -> None:
        """Ends the run: the document says what the receipt says, so the journal may go."""
        self.close()
        _remove(self._path)

    def close(self) -> None:
        """Leaves the journal for the next run to take up, unless nothing was begun."""
        with self._lock:
            if self._file >= 0:
                os.close(self._file)
            self._file = -1
            if not self._broken and self._trace.is_empty:
                _remove(self._path)

    def _write(self, event: dict[str, Any], *, sync: bool = True) -> None:
        line = (json.dumps(event, sort_keys=True) + "\n").encode("ascii")
        try:
            if self._broken:
                raise OSError(5, "an earlier line could not be written")
            _write_all(self._file, line)
            if sync:
                os.fdatasync(self._file)
        except OSError as error:
            # A half line ends what can be read of a journal: nothing may follow it.
            self._broken = True
            raise RecordFailed(
                "the journal of this run cannot be written",
                where=str(self._path),
                why=error.strerror or str(error),
                help=f"df -h {self._path.parent}",
            ) from error


def begin(
    histories: Histories,
    loop_id: str,
    phase: str,
    *,
    who: str,
    item: str | None = None,
    path: str = "",
    document: str = "",
    plan_hash: str = "",
    verdicts: tuple[VerdictRecord, ...] = (),
    uses: tuple[str, ...] = (),
    runbook: str = "",
    runbook_sha256: str = "",
    redact: Callable[[str], str] = str,
    kind: Kind = Kind.RUN,
) -> Run:
    """Begins a run and its journal; `document` is the SHA-256 of the loop's document now.

    The caller holds the loop's lock.

    Raises:
        RecordFailed: nothing can be recorded here, so nothing may be run.
    """
    now = histories.home.now()
    begun = Receipt(
        kind=kind,
        loop=loop_id,
        phase=phase,
        item=item,
        who=who,
        started=now,
        ended=now,
        lab=histories.home.lab_kind,
        run_id=new_id(),
        path=path,
        document_before=document,
        plan_hash=plan_hash,
        verdicts=verdicts,
        uses=uses,
        runbook=runbook,
        runbook_sha256=runbook_sha256,
    )
    return Run(histories, begun, redact)


def unfinished(histories: Histories, loop_id: str) -> tuple[Trace, ...]:
    """Returns the runs of a loop that were cut short before their receipt was written.

    Only true for who holds the loop's lock: without it, a run may still be at work.
    """
    known = {receipt.run_id for receipt in histories.of(loop_id).receipts}
    return tuple(
        trace for trace in journals(histories.home, loop_id) if trace.begun.run_id not in known
    )


def recover(histories: Histories, loop_id: str) -> tuple[Receipt, ...]:
    """Writes a receipt for each run that was cut short, and returns them.

    A command that was sent and has no reply makes its step unknown. A journal stays only while
    its run is still pending. The caller holds the loop's lock.
    """
    written = [
        histories.append(trace.receipt(_last_moment(histories.home, trace.begun)))
        for trace in unfinished(histories, loop_id)
    ]
    for path in _journal_files(histories.home, loop_id):
        left = read_journal(path)
        if left is None or not _is_pending(histories, left.begun):
            _remove(path)
    return tuple(written)


def pending(histories: Histories, loop_id: str, document: str) -> tuple[Receipt, ...]:
    """Returns runs that succeeded and of which the document says nothing yet.

    `document` is its SHA-256 now. A run is pending while its journal stands, or while the
    document is still the one that the run began with; who edited it since knows better.
    """
    history = histories.of(loop_id)
    open_runs = {trace.begun.run_id for trace in journals(histories.home, loop_id)}
    return tuple(
        receipt
        for receipt in history.receipts
        if receipt.succeeded
        and document != receipt.document_after
        and (receipt.run_id in open_runs or document == receipt.document_before)
        and history.last_word_on(receipt.phase, receipt.item) is receipt
    )


def applied(home: Home, receipt: Receipt) -> None:
    """Records that the document says what a pending receipt says."""
    _remove(_journal_file(home, receipt))


def journals(home: Home, loop_id: str) -> tuple[Trace, ...]:
    """Returns every journal of a loop that stands, oldest first.

    One without a whole first line is passed over: nothing was sent before that line was synced.
    """
    found = filter(None, map(read_journal, _journal_files(home, loop_id)))
    return tuple(sorted(found, key=lambda trace: trace.begun.started))


def runs_folder(home: Home, loop_id: str) -> Path:
    """Returns the folder of a loop's journals in this checkout; git does not keep it."""
    return home.root / ".loopkit" / "runs" / safe_name(loop_id)


def _journal_files(home: Home, loop_id: str) -> list[Path]:
    return sorted(runs_folder(home, loop_id).glob("*.jsonl"))


def _journal_file(home: Home, of: Receipt) -> Path:
    return runs_folder(home, of.loop) / f"{of.run_id}.jsonl"


def _cleaned_words(argv: Sequence[str], redact: Callable[[str], str]) -> list[str]:
    """Removes secrets from each word, seen with the one before it: `--password`, then its value."""
    words = []
    for before, word in zip(("", *argv), argv, strict=False):
        pair = redact(f"{before} {word}")
        known = pair.startswith(f"{before} ")
        words.append(redact(pair[len(before) + 1 :] if known else word))
    return words


def _is_pending(histories: Histories, begun: Receipt) -> bool:
    try:
        document = sha256((histories.home.root / begun.path).read_bytes()).hexdigest()
    except OSError:
        document = ""  # it may come back; until then nothing is known to have been written
    waiting = pending(histories, begun.loop, document)
    return any(receipt.run_id == begun.run_id for receipt in waiting)


def _last_moment(home: Home, begun: Receipt) -> datetime:
    return datetime.fromtimestamp(_journal_file(home, begun).stat().st_mtime, UTC)


def _create(path: Path) -> int:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise RecordFailed(
            "no journal can be kept here, so nothing is run",
            where=str(path),
            why=error.strerror or str(error),
            help=f"df -h {path.parent.parent}",
        ) from error


def _write_all(descriptor: int, content: bytes) -> None:
    while content:
        content = content[os.write(descriptor, content) :]


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)
