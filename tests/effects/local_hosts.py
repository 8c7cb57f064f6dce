"""A transport for tests of the executor: folders of this machine, real commands, and cut wires.

The journal, receipts, steps and guards are the real ones; only the SSH between is left out here.
The same executor meets a real sshd in tests/crash.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from loopkit.effects.evidence.receipt import Output
from loopkit.effects.run.hosts import Hosts, StepHosts
from loopkit.effects.run.recorder import StepRecorder
from loopkit.effects.run.transport import Answer
from loopkit.errors import ConnectionLost, HostUnreachable, SettingsError
from loopkit.runbook import Reply


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
    """The changes that the host really ran."""


@dataclass
class LocalTransport:
    """A folder for each host, made when it is first named."""

    root: Path
    wires: dict[str, Wire] = field(default_factory=dict)
    missing: frozenset[str] = frozenset()
    """Names that no host has."""
    open: int = 0
    """The connections that nobody closed yet."""

    def connection(self, name: str) -> LocalConnection:
        if name in self.missing:
            raise SettingsError(f"no host is called {name}", where="hosts.yaml:1")
        folder = self.root / name
        folder.mkdir(parents=True, exist_ok=True)
        self.open += 1
        return LocalConnection(name, self, folder, self.wires.setdefault(name, Wire()))


@dataclass
class LocalConnection:
    """One folder, in which commands run."""

    name: str
    transport: LocalTransport
    folder: Path
    wire: Wire
    facts: Mapping[str, Any] = field(default_factory=dict)
    ended: bool = False

    def send(
        self,
        argv: Sequence[str],
        *,
        changing: bool,
        stdin: bytes | None,
        seconds: int,
        before: Callable[[], None],
    ) -> Answer:
        if self.wire.unreachable:
            raise HostUnreachable(f"{self.name} does not answer", host=self.name, help="ssh -v")
        before()
        if self.wire.cut_before and self.wire.cut_before in argv:
            raise self._lost()
        done = subprocess.run(
            argv,
            cwd=self.folder,
            input=stdin or b"",
            capture_output=True,
            check=False,
            timeout=seconds,
        )
        if changing:
            self.wire.sent.append(tuple(argv))
        if self.wire.interrupt and self.wire.interrupt in argv:
            raise KeyboardInterrupt
        if self.wire.cut_after and self.wire.cut_after in argv:
            raise self._lost()
        reply = Reply(tuple(argv), done.returncode, done.stdout.decode(), done.stderr.decode())
        return Answer(reply, _output(done.stdout), _output(done.stderr))

    def put(
        self, path: str, content: bytes, mode: int, owner: str, before: Callable[[], None]
    ) -> None:
        before()
        file = self.folder / path.lstrip("/")
        file.write_bytes(content)
        file.chmod(mode)
        self.wire.sent.append(("put", path))

    def advice(self, *argv: str) -> str:
        return f"in {self.folder}: {' '.join(argv) or 'true'}"

    def close(self) -> None:
        self.transport.open -= 1

    def _lost(self) -> ConnectionLost:
        self.ended = True
        return ConnectionLost(f"{self.name} was lost", host=self.name)


@dataclass
class Folder:
    """A workspace, as far as hosts ask for one."""

    root: Path

    def now(self) -> datetime:
        return datetime.now(UTC)


def local_hosts(root: Path) -> StepHosts:
    """Returns hosts that record nothing, as the only step of a run sees them."""
    return Hosts(Folder(root), LocalTransport(root)).for_step(StepRecorder())


def _output(raw: bytes) -> Output:
    return Output(len(raw), sha256(raw).hexdigest())
