"""Records one step of a run, and each command before it is sent."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Protocol

from loopkit.effects.evidence.receipt import Output
from loopkit.effects.evidence.trace import OUTSIDE
from loopkit.effects.run.transport import NOTHING
from loopkit.loop.outcome import StepOutcome
from loopkit.runbook import LOCAL


class Journal(Protocol):
    """Where a run is recorded; `evidence.journal.Run` is one. Any thread may call it."""

    def began(self, name: str, host: str) -> int:
        """Records that a step begins, and returns its number."""
        ...

    def intent(self, step: int, host: str, argv: Sequence[str], *, changing: bool) -> int:
        """Records a command of a step before it is sent, and returns its number.

        Raises:
            RecordFailed: it is not on the disk, and must not be sent.
        """
        ...

    def replied(
        self, number: int, exited: int, stdout: Output, stderr: Output, seconds: float
    ) -> None:
        """Records the end of a command."""
        ...

    def ended(self, number: int, outcome: StepOutcome) -> None:
        """Records how a step ended."""
        ...


class StepRecorder:
    """Records one step; without a journal it records nothing, for looks that leave no trace.

    A journal takes several steps at once. If they shared a recorder, what one of them sent would
    stand under another.
    """

    def __init__(self, journal: Journal | None = None) -> None:
        self.changes_sent = 0
        self._journal = journal
        self._step = OUTSIDE

    def begin(self, name: str, host: str) -> None:
        """Records that the step begins; what is sent from now on is its own."""
        if self._journal is not None:
            self._step = self._journal.began(name, host)

    def end(self, outcome: StepOutcome) -> None:
        """Records how the step ended."""
        if self._journal is not None:
            self._journal.ended(self._step, outcome)

    def sending(self, host: str, argv: Sequence[str], *, changing: bool) -> int | None:
        """Records a command before it is sent; returns its number, None without a journal.

        Raises:
            RecordFailed: it is not on the disk, and must not be sent.
        """
        if self._journal is None:
            return None
        number = self._journal.intent(self._step, host, argv, changing=changing)
        self.changes_sent += changing
        return number

    def replied(
        self, number: int | None, exited: int, stdout: Output, stderr: Output, seconds: float
    ) -> None:
        """Records the end of a command; one that is lost, killed or late gets no such line."""
        if self._journal is not None and number is not None:
            self._journal.replied(number, exited, stdout, stderr, seconds)

    def wrote(self, argv: Sequence[str]) -> Callable[[], None]:
        """Records a write on the controller; what it returns is called when that is done."""
        intent = Intent(self, LOCAL, argv, changing=True)
        intent.record()
        return lambda: intent.done(0, NOTHING, NOTHING)


class Intent:
    """A command that a step is about to send: recorded right before, and once it is answered."""

    def __init__(
        self, recorder: StepRecorder, host: str, argv: Sequence[str], *, changing: bool
    ) -> None:
        self._recorder = recorder
        self._host = host
        self._argv = argv
        self._changing = changing
        self._number: int | None = None
        self._began = 0.0

    def record(self) -> None:
        """Records the command; one that may change its host is on the disk when this returns."""
        self._number = self._recorder.sending(self._host, self._argv, changing=self._changing)
        # From here on, so that what the disk took is no part of what the command took.
        self._began = time.monotonic()

    def done(self, exited: int, stdout: Output, stderr: Output) -> None:
        """Records the answer."""
        seconds = time.monotonic() - self._began
        self._recorder.replied(self._number, exited, stdout, stderr, seconds)
