"""Hosts for tests of the executor: folders of this machine, real commands, and cut wires.

The journal, receipts and steps are the real ones; only the SSH between is left out here. The
same executor meets a real sshd in tests/crash.
"""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from loopkit.effects.evidence.journal import Run, StepRecorder
from loopkit.effects.evidence.receipt import Output
from loopkit.errors import (
    CommandFailed,
    ConnectionLost,
    HostUnreachable,
    NotReadOnly,
    RunbookError,
)
from loopkit.runbook import Files, Host, Reply


@dataclass
class Wire:
    """What goes wrong between the controller and one host."""

    unreachable: bool = False
    cut_before: str = ""
    """The connection ends as a command with this word is sent; the host never gets it."""
    cut_after: str = ""
    """The host runs a command with this word, and its answer is lost."""
    interrupt: str = ""
    """A person presses Ctrl-C while a command with this word runs."""
    sent: list[tuple[str, ...]] = field(default_factory=list)
    """What the host really ran."""


@dataclass
class LocalHosts:
    """A folder for each host, made when it is first named."""

    root: Path
    run: Run | None = None
    facts: Callable[[str], Any] = lambda key: None
    read_only: bool = False
    wires: dict[str, Wire] = field(default_factory=dict)
    may_change: bool = False
    closed: bool = False
    recorder: StepRecorder | None = None
    """Where commands of the step that runs are recorded; outside any, they are the run's own."""

    def __getitem__(self, name: str) -> Host:
        folder = self.root / name
        folder.mkdir(parents=True, exist_ok=True)
        return LocalHost(name, self, folder, self.wires.setdefault(name, Wire()))

    @contextmanager
    def changing(self) -> Iterator[None]:
        if self.read_only:
            raise NotReadOnly("this run only reads")
        self.may_change = True
        try:
            yield
        finally:
            self.may_change = False

    @contextmanager
    def recording(self, recorder: StepRecorder | None) -> Iterator[None]:
        before, self.recorder = self.recorder, recorder
        try:
            yield
        finally:
            self.recorder = before

    def close(self) -> None:
        self.closed = True


@dataclass
class LocalHost:
    """One folder, in which commands run."""

    name: str
    hosts: LocalHosts
    folder: Path
    wire: Wire
    facts: Mapping[str, Any] = field(default_factory=dict)

    def read(
        self,
        *argv: str,
        ok: Sequence[int] = (0,),
        stdin: bytes | None = None,
        timeout: float | None = None,
    ) -> Reply:
        return self._send(argv, ok, stdin, changing=False)

    def change(
        self,
        *argv: str,
        ok: Sequence[int] = (0,),
        stdin: bytes | None = None,
        timeout: float | None = None,
    ) -> Reply:
        if not self.hosts.may_change:
            raise NotReadOnly(f"{argv[0]} may change {self.name}")
        return self._send(argv, ok, stdin, changing=True)

    def put(self, path: str, content: bytes, mode: int = 0o644, owner: str = "") -> None:
        self.change("tee", path, stdin=content)

    def peer(self, name: str) -> Host:
        return self.hosts[name]

    @property
    def files(self) -> Files:
        raise RunbookError("these hosts have no workspace")

    def baseline(self, key: str) -> Any:
        return self.hosts.facts(key)

    def now(self) -> float:
        return time.time()

    def _send(
        self, argv: tuple[str, ...], ok: Sequence[int], stdin: bytes | None, *, changing: bool
    ) -> Reply:
        if self.wire.unreachable:
            raise HostUnreachable(f"{self.name} does not answer", host=self.name, help="ssh -v")
        run = self.hosts.run
        recorder = self.hosts.recorder or (run.step() if run else None)
        number = recorder.intent(self.name, argv, changing=changing) if recorder else -1
        if self.wire.cut_before in argv and self.wire.cut_before:
            raise ConnectionLost(f"{self.name} was lost", host=self.name)
        began = time.monotonic()
        done = subprocess.run(
            argv, cwd=self.folder, input=stdin or b"", capture_output=True, check=False
        )
        if changing:
            self.wire.sent.append(argv)
        if self.wire.interrupt in argv and self.wire.interrupt:
            raise KeyboardInterrupt
        if self.wire.cut_after in argv and self.wire.cut_after:
            raise ConnectionLost(f"{self.name} was lost", host=self.name)
        if recorder:
            out, err = _output(done.stdout), _output(done.stderr)
            recorder.replied(number, done.returncode, out, err, time.monotonic() - began)
        reply = Reply(argv, done.returncode, done.stdout.decode(), done.stderr.decode())
        if done.returncode not in ok:
            raise CommandFailed(
                f"{argv[0]} ended with {done.returncode}",
                host=self.name,
                exited=done.returncode,
                stderr=reply.stderr,
            )
        return reply


def _output(raw: bytes) -> Output:
    return Output(len(raw), sha256(raw).hexdigest())
