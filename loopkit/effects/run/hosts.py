"""The hosts of a run, as looks and changes see them: guarded, recorded, over any transport."""

from __future__ import annotations

import math
import shlex
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from threading import Lock
from types import MappingProxyType
from typing import Any, NoReturn, Protocol

from loopkit.effects.evidence.receipt import Output
from loopkit.effects.files import WorkspaceFiles
from loopkit.effects.run.guard import Guard, refuse_put
from loopkit.effects.run.policy import Policy
from loopkit.effects.run.recorder import Intent, StepRecorder
from loopkit.effects.run.transport import NOTHING, Connection, Transport, allowed
from loopkit.errors import RunbookError
from loopkit.runbook import LOCAL, Files, Host, Reply

COMMAND_SECONDS = 60.0
"""How long a command may take that names no timeout of its own."""


class Place(Protocol):
    """What is asked of a workspace; `effects.workspace.Workspace` is one."""

    @property
    def root(self) -> Path:
        """Returns the folder whose files steps may edit."""
        ...

    def now(self) -> datetime:
        """Returns the time, moved by a lab's clock."""
        ...


def _no_baseline(key: str) -> None:
    """Returns nothing: no earlier run is known."""


class Hosts:
    """The hosts of one run: a connection each, opened when first used, all closed at the end.

    Any thread may ask for one. A step sees them through a view of its own, from `for_step`.
    """

    def __init__(
        self,
        place: Place,
        transport: Transport,
        *,
        baseline: Callable[[str], Any] = _no_baseline,
        declared: frozenset[tuple[str, ...]] = frozenset(),
        read_only: bool = False,
    ) -> None:
        self.place = place
        self.policy = Policy(declared)
        self.baseline = baseline
        self.read_only = read_only
        self.files_read: dict[Path, bytes] = {}
        """The files of the workspace as the run saw them last."""
        self._transport = transport
        self._connections: dict[str, Connection] = {}
        self._lock = Lock()

    def __enter__(self) -> Hosts:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def for_step(self, recorder: StepRecorder) -> StepHosts:
        """Returns the hosts as one step sees them: what it sends is recorded as its own."""
        return StepHosts(self, recorder)

    def for_planning(self, recorder: StepRecorder) -> StepHosts:
        """Returns the hosts for the function of a phase, which gives steps and runs none."""
        # A change that takes this host and not the one it is given would be of no step.
        reader = "the host of a phase's function (a change is given one of its own)"
        return StepHosts(self, recorder, reader)

    def connection(self, name: str) -> Connection:
        """Returns the connection to a host, which opens when it is first used.

        It is a new one where the last was lost.

        Raises:
            SettingsError: there is no host of this name, or nothing says how to reach it.
        """
        with self._lock:
            known = self._connections.get(name)
            if known is not None and not known.ended:
                return known
            # A lost one still has threads and a socket.
            if known is not None:
                known.close()
            self._connections[name] = self._transport.connection(name)
            return self._connections[name]

    def require(self, *names: str) -> None:
        """Finds out whether hosts exist, before anything is recorded or sent.

        Raises:
            SettingsError: one does not.
        """
        for name in names:
            if name != LOCAL:
                self.connection(name)

    def close(self) -> None:
        """Closes every connection."""
        with self._lock:
            for connection in self._connections.values():
                connection.close()
            self._connections.clear()


class StepHosts:
    """The hosts as one step sees them, its guard, and the workspace's files."""

    def __init__(self, hosts: Hosts, recorder: StepRecorder, reader: str = "a look") -> None:
        self.guard = Guard(hosts.policy, hosts.read_only, reader)
        self.recorder = recorder
        self.files: Files = WorkspaceFiles(
            hosts.place.root, lambda: self.guard.changing, recorder.wrote, hosts.files_read
        )
        self.baseline = hosts.baseline
        self._hosts = hosts

    def __getitem__(self, name: str) -> Host:
        """Returns a host of the inventory, or the controller for `local`; opens nothing yet.

        Raises:
            SettingsError: there is no host of this name, or nothing says how to reach it.
        """
        if name == LOCAL:
            return Controller(self)
        return GuardedHost(name, self._hosts.connection(name), self)

    def changing(self) -> AbstractContextManager[None]:
        """Lets changes be sent; without it only reads can be.

        Raises:
            NotReadOnly: this run is said to only read.
        """
        return self.guard.changes()

    def now(self) -> float:
        """Returns the time, seconds since 1970 in UTC."""
        return self._hosts.place.now().timestamp()


class _Member:
    """What a host and the controller have in common; see `runbook.Host`."""

    def __init__(self, name: str, around: StepHosts) -> None:
        self.name = name
        self._around = around

    def peer(self, name: str) -> Host:
        """Returns another host of the inventory, under the same rules."""
        return self._around[name]

    @property
    def files(self) -> Files:
        """Returns the files of the workspace, on the controller."""
        return self._around.files

    def baseline(self, key: str) -> Any:
        """Returns a fact that an earlier done phase recorded."""
        return self._around.baseline(key)

    def now(self) -> float:
        """Returns the controller's time, seconds since 1970 in UTC."""
        return self._around.now()


class GuardedHost(_Member):
    """A host of the inventory: what may be sent is checked, and recorded before it is sent."""

    def __init__(self, name: str, connection: Connection, around: StepHosts) -> None:
        super().__init__(name, around)
        self._connection = connection

    @property
    def facts(self) -> Mapping[str, Any]:
        """Returns what hosts.yaml says of it."""
        return self._connection.facts

    def read(
        self,
        *argv: str,
        ok: Sequence[int] = (0,),
        stdin: bytes | None = None,
        timeout: float | None = None,
    ) -> Reply:
        """Runs a command that only reads."""
        self._around.guard.check_read(self.name, argv, stdin=stdin is not None)
        reply = self._send(argv, stdin, timeout, changing=False)
        return allowed(reply, ok, self.name, self._connection.advice(*argv))

    def change(
        self,
        *argv: str,
        ok: Sequence[int] = (0,),
        stdin: bytes | None = None,
        timeout: float | None = None,
    ) -> Reply:
        """Runs a command that may change the host."""
        self._around.guard.check_change(self.name, argv)
        reply = self._send(argv, stdin, timeout, changing=True)
        # A person is not told to send the change once more, only how to look at the host.
        return allowed(reply, ok, self.name, self._connection.advice())

    def put(self, path: str, content: bytes, mode: int = 0o644, owner: str = "") -> None:
        """Writes a file under a temporary name, syncs it and renames it; one change."""
        digest = sha256(content).hexdigest()
        argv = ("put", path, f"sha256:{digest}", f"mode:{mode:o}", owner)
        self._around.guard.check_change(self.name, argv)
        why = refuse_put(path, mode, owner)
        if why:
            raise RunbookError(f"{self.name}: {path} cannot be put", why=why)
        intent = Intent(self._around.recorder, self.name, argv, changing=True)
        self._connection.put(path, content, mode, owner, intent.record)
        intent.done(0, Output(len(content), digest), NOTHING)

    def _send(
        self, argv: tuple[str, ...], stdin: bytes | None, timeout: float | None, *, changing: bool
    ) -> Reply:
        intent = Intent(self._around.recorder, self.name, argv, changing=changing)
        answer = self._connection.send(
            argv,
            changing=changing,
            stdin=stdin,
            seconds=max(1, math.ceil(COMMAND_SECONDS if timeout is None else timeout)),
            before=intent.record,
        )
        intent.done(answer.reply.exited, answer.stdout, answer.stderr)
        return answer.reply

    # ── What authors who know Fabric may try ─────────────────────────────────────────────────

    def _not_here(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise RunbookError(
            "a runbook reaches its host by read, change and put",
            where=self.name,
            why="Fabric's run, sudo, local, get, cd and the like are neither checked nor recorded",
        )

    run = sudo = local = shell = get = cd = prefix = sftp = forward_local = _not_here
    forward_remote = _not_here


class Controller(_Member):
    """The machine that loopkit runs on: its workspace's files, and no commands."""

    facts: Mapping[str, Any] = MappingProxyType({})

    def __init__(self, around: StepHosts) -> None:
        super().__init__(LOCAL, around)

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
