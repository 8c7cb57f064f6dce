"""What may be sent to the hosts of a run now, and where it is written down first."""

from __future__ import annotations

import shlex
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, NoReturn, Protocol

from loopkit.effects.evidence.receipt import Output
from loopkit.effects.run.policy import Policy
from loopkit.errors import NotReadOnly, RunbookError
from loopkit.runbook import LOCAL, Files, Host, Reply


class Recorder(Protocol):
    """Where each command is written down; `journal.StepRecorder` is one."""

    def intent(self, host: str, argv: Sequence[str], *, changing: bool) -> int:
        """Records a command about to be sent; a change is on the disk when this returns.

        It is called with the channel open, so that what fails before it was certainly not sent.
        """
        ...

    def replied(
        self, number: int, exited: int, stdout: Output, stderr: Output, seconds: float
    ) -> None:
        """Records its end; a command that is lost, killed or late gets no such record."""
        ...


@dataclass
class Permit:
    """What may be sent now; shared by all hosts of a run."""

    policy: Policy
    recorder: Recorder | None
    read_only: bool
    changing: bool = False
    lock: threading.RLock = field(default_factory=threading.RLock)

    def check_read(self, host: str, argv: Sequence[str], *, stdin: bool) -> None:
        """Refuses what is not known to only read."""
        why = self.policy.refuses(argv, stdin=stdin)
        if why:
            raise NotReadOnly(
                f"{shlex.join(argv)} is not known to only read",
                where=host,
                why=f"{why}; if it does only read, the runbook says so by "
                f"read_only({', '.join(map(repr, argv[:2]))})",
            )

    def check_change(self, host: str, argv: Sequence[str]) -> None:
        """Refuses a change in a look, a check, or a read-only phase."""
        if not self.changing:
            where = "a read-only phase" if self.read_only else "a look"
            raise NotReadOnly(
                f"{shlex.join(argv)} may change {host}", where=host, why=f"{where} only reads"
            )

    def sending(self, host: str, argv: Sequence[str], *, changing: bool) -> int | None:
        """Records an intent, right before it is sent."""
        if self.recorder is None:
            return None
        return self.recorder.intent(host, argv, changing=changing)

    def done(
        self, number: int | None, exited: int, out: Output, err: Output, seconds: float
    ) -> None:
        """Records a reply."""
        if self.recorder is not None and number is not None:
            self.recorder.replied(number, exited, out, err, seconds)

    def recorded(self, argv: Sequence[str]) -> Callable[[], None]:
        """Records a write on the controller; what it returns is called when that is done."""
        began = time.monotonic()
        number = self.sending(LOCAL, argv, changing=True)
        return lambda: self.done(number, 0, NOTHING, NOTHING, time.monotonic() - began)


NOTHING = Output(0, sha256(b"").hexdigest())


@dataclass(frozen=True)
class Surroundings:
    """What every host of a run has in common."""

    peer: Callable[[str], Host]
    files: Files
    baseline: Callable[[str], Any]
    now: Callable[[], float]
    permit: Permit


@dataclass(frozen=True)
class Controller:
    """The machine that loopkit runs on: its workspace's files, and no commands."""

    around: Surroundings
    name: str = LOCAL
    facts: Mapping[str, Any] = field(default_factory=dict)

    def read(self, *argv: str, **_: Any) -> Reply:
        """Refuses: no command runs on the controller."""
        self._refuse(argv)

    def change(self, *argv: str, **_: Any) -> Reply:
        """Refuses: no command runs on the controller."""
        self._refuse(argv)

    def put(self, path: str, content: bytes, mode: int = 0o644, owner: str = "") -> None:
        """Refuses: `files.write` is for the workspace's own."""
        self._refuse(("put", path))

    def _refuse(self, argv: Sequence[str]) -> NoReturn:
        raise RunbookError(
            f"{shlex.join(argv)} cannot run on the controller",
            why=f"{LOCAL!r} gives files, baseline, now and peers only",
        )

    def peer(self, name: str) -> Host:
        """Returns a host of the inventory."""
        return self.around.peer(name)

    @property
    def files(self) -> Files:
        """Returns the files of the workspace."""
        return self.around.files

    def baseline(self, key: str) -> Any:
        """Returns a fact that an earlier done phase recorded."""
        return self.around.baseline(key)

    def now(self) -> float:
        """Returns the time, seconds since 1970 in UTC."""
        return self.around.now()
