"""The hosts of one run, as looks and changes see them."""

from __future__ import annotations

import math
import shlex
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from hashlib import sha256
from typing import Any, NoReturn, Protocol

from loopkit.effects.evidence.receipt import Output
from loopkit.effects.files import WorkspaceFiles
from loopkit.effects.run.guard import NOTHING, Controller, Permit, Recorder, Surroundings
from loopkit.effects.run.policy import Policy
from loopkit.effects.settings import Settings
from loopkit.effects.ssh.inventory import HostEntry, Inventory, read_inventory
from loopkit.effects.ssh.outcome import reply_of
from loopkit.effects.ssh.put_file import place_file, refuse_place
from loopkit.effects.ssh.remote import Call, Runner, refuse_argv
from loopkit.effects.ssh.transport import Access, SafeConnection
from loopkit.errors import CommandFailed, NotReadOnly, RunbookError, SettingsError
from loopkit.runbook import LOCAL, Files, Host, Reply

COMMAND_SECONDS = 60.0


class Place(Protocol):
    """What is asked of a workspace; `effects.workspace.Workspace` is one."""

    @property
    def settings(self) -> Settings:
        """Returns its settings."""
        ...

    def now(self) -> datetime:
        """Returns the time, moved by a lab's clock."""
        ...


class HostConnection(SafeConnection):
    """A host of the inventory over one hardened Fabric connection; see `runbook.Host`."""

    entry: HostEntry
    around: Surroundings

    def __init__(self, entry: HostEntry, access: Access, around: Surroundings) -> None:
        # Set without Fabric's proxy, which would take them for settings.
        self._set(entry=entry, around=around)
        super().__init__(entry.name, access)

    @property
    def name(self) -> str:
        """Returns its name in the inventory."""
        return self.entry.name

    @property
    def facts(self) -> Mapping[str, Any]:
        """Returns what hosts.yaml says of it."""
        return self.entry.facts

    def read(
        self,
        *argv: str,
        ok: Sequence[int] = (0,),
        stdin: bytes | None = None,
        timeout: float | None = None,
    ) -> Reply:
        """Runs a command that only reads."""
        self.around.permit.check_read(self.name, argv, stdin=stdin is not None)
        return self._allowed(self._send(argv, stdin, timeout, changing=False), ok, changing=False)

    def change(
        self,
        *argv: str,
        ok: Sequence[int] = (0,),
        stdin: bytes | None = None,
        timeout: float | None = None,
    ) -> Reply:
        """Runs a command that may change the host."""
        self.around.permit.check_change(self.name, argv)
        return self._allowed(self._send(argv, stdin, timeout, changing=True), ok)

    def put(self, path: str, content: bytes, mode: int = 0o644, owner: str = "") -> None:
        """Writes a file under a temporary name, syncs it and renames it; one change."""
        permit = self.around.permit
        said = ("put", path, f"sha256:{sha256(content).hexdigest()}", f"mode:{mode:o}", owner)
        permit.check_change(self.name, said)
        why = refuse_place(path, mode, owner)
        if why:
            raise RunbookError(f"{self.name}: {path} cannot be put", why=why)
        self.open()
        began = time.monotonic()
        number = permit.sending(self.name, said, changing=True)
        place_file(self._part, path, content, mode, owner)
        seconds = time.monotonic() - began
        permit.done(number, 0, Output(len(content), said[2][7:]), NOTHING, seconds)

    def peer(self, name: str) -> Host:
        """Returns another host of the inventory, under the same rules."""
        return self.around.peer(name)

    @property
    def files(self) -> Files:
        """Returns the files of the workspace, on the controller."""
        return self.around.files

    def baseline(self, key: str) -> Any:
        """Returns a fact that an earlier done phase recorded."""
        return self.around.baseline(key)

    def now(self) -> float:
        """Returns the controller's time, seconds since 1970 in UTC."""
        return self.around.now()

    def _part(self, *argv: str, ok: tuple[int, ...] = (0,), stdin: bytes | None = None) -> Reply:
        """Sends one command of a change that is recorded as a whole."""
        reply = self._send(argv, stdin, None, changing=True, recorded=False)
        return self._allowed(reply, ok)

    def _send(
        self,
        argv: tuple[str, ...],
        stdin: bytes | None,
        timeout: float | None,
        *,
        changing: bool,
        recorded: bool = True,
    ) -> Reply:
        why = refuse_argv(argv)
        if why:
            raise RunbookError(f"{self.name}: this cannot be sent", why=why)
        permit = self.around.permit
        numbers: list[int | None] = [None]

        def before() -> None:
            if recorded:
                numbers[0] = permit.sending(self.name, argv, changing=changing)

        seconds = max(1, math.ceil(COMMAND_SECONDS if timeout is None else timeout))
        call = Call(argv, seconds, sudo=self.entry.sudo, stdin=stdin, before=before)
        with permit.lock:
            self.open()
            runner = Runner(self, call, self.pulse.seen if self.pulse else _nothing)
            reply = reply_of(self, runner, changing=changing)
            took = time.monotonic() - runner.started
            permit.done(numbers[0], reply.exited, runner.out.output, runner.err.output, took)
        return reply

    def _allowed(self, reply: Reply, ok: Sequence[int], *, changing: bool = True) -> Reply:
        if reply.exited not in ok:
            raise CommandFailed(
                f"{shlex.join(reply.argv)} ended with {reply.exited}",
                host=self.name,
                exited=reply.exited,
                stderr=reply.stderr.strip(),
                help=self.access.ssh(self.name, *(() if changing else reply.argv)),
            )
        return reply

    # ── Fabric's own ways past the policy and the journal ────────────────────────────────────

    def _not_here(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise RunbookError(
            "a runbook reaches its host by read, change and put",
            where=self.name,
            why="Fabric's run, sudo, local, get, cd and the like are neither checked nor recorded",
        )

    run = sudo = local = shell = get = cd = prefix = sftp = forward_local = _not_here
    forward_remote = _not_here


def _nothing() -> None:
    """Does nothing: there is no pulse to tell."""


class Hosts:
    """The hosts of one run: a connection each, opened when first used, all closed at the end.

    with Hosts(workspace, recorder=run) as hosts:
        step.look(hosts["pve"])
        with hosts.changing():
            step.change(hosts["pve"])

    One thread at a time; what runs side by side has a Hosts of its own.
    """

    def __init__(
        self,
        workspace: Place,
        *,
        recorder: Recorder | None = None,
        baseline: Callable[[str], Any] = lambda key: None,
        files: Files | None = None,
        read_only: bool = False,
        declared: frozenset[tuple[str, ...]] = frozenset(),
    ) -> None:
        self._settings = workspace.settings
        self._inventory: Inventory | None = None
        self._access: Access | None = None
        self._open: dict[str, HostConnection] = {}
        permit = Permit(Policy(declared), recorder, read_only)
        own = WorkspaceFiles(self._settings.root, lambda: permit.changing, permit.recorded)
        self._around = Surroundings(
            peer=self.__getitem__,
            files=files or own,
            baseline=baseline,
            now=lambda: workspace.now().timestamp(),
            permit=permit,
        )

    def __enter__(self) -> Hosts:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __getitem__(self, name: str) -> Host:
        """Returns a host of the inventory, or the controller for `local`; opens nothing yet.

        A host whose connection was lost comes with a new one, not yet open.
        """
        if name == LOCAL:
            return Controller(self._around)
        connection = self._open.get(name)
        if connection is None or connection.ended:
            if connection is not None:
                connection.close()
            connection = HostConnection(self._entry(name), self._ways(), self._around)
            self._open[name] = connection
        return connection

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Lets changes be sent.

        Raises:
            NotReadOnly: this run was said to only read.
        """
        permit = self._around.permit
        if permit.read_only:
            raise NotReadOnly("a read-only phase has a step that changes something")
        before, permit.changing = permit.changing, True
        try:
            yield
        finally:
            permit.changing = before

    @contextmanager
    def recording(self, recorder: Recorder | None) -> Iterator[None]:
        """Records what is sent within it by another recorder: that of the step that runs."""
        permit = self._around.permit
        before, permit.recorder = permit.recorder, recorder
        try:
            yield
        finally:
            permit.recorder = before

    def close(self) -> None:
        """Closes every connection."""
        for connection in self._open.values():
            connection.close()
        self._open.clear()

    def _entry(self, name: str) -> HostEntry:
        if self._inventory is None:
            self._inventory = read_inventory(self._settings.hosts)
        return self._inventory.host(name)

    def _ways(self) -> Access:
        if self._access is None:
            self._access = access_of(self._settings)
        return self._access


def access_of(settings: Settings) -> Access:
    """Returns how the hosts of a workspace are reached: by its lab, where it has one."""
    seconds = settings.connect_timeout
    if settings.lab is not None:
        config, known = settings.lab / "ssh_config", (settings.lab / "known_hosts",)
        if not config.is_file():
            raise SettingsError("there is no lab yet", where=str(settings.lab), help="loop lab up")
        return Access.of(config, known, seconds)
    return Access.of(settings.ssh_config, settings.known_hosts, seconds)
