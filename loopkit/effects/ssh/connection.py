"""One host of the inventory over one hardened Fabric connection."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from threading import RLock
from typing import Any

from loopkit.effects.run.transport import Answer, allowed
from loopkit.effects.ssh.access import Access
from loopkit.effects.ssh.hardened import HardenedConnection
from loopkit.effects.ssh.inventory import HostEntry
from loopkit.effects.ssh.outcome import reply_of
from loopkit.effects.ssh.put_file import put_file
from loopkit.effects.ssh.remote import Call, CommandRunner, refuse_argv
from loopkit.errors import RunbookError
from loopkit.runbook import Reply

_PART_SECONDS = 60


class HostConnection(HardenedConnection):
    """A host of the inventory over SSH; see `effects.run.transport.Connection`."""

    entry: HostEntry
    _busy: RLock

    def __init__(self, entry: HostEntry, access: Access) -> None:
        # Set without Fabric's proxy, which would take them for settings.
        self._set(entry=entry, _busy=RLock())
        super().__init__(entry.name, access)

    @property
    def facts(self) -> Mapping[str, Any]:
        """Returns what hosts.yaml says of it."""
        return self.entry.facts

    def send(
        self,
        argv: Sequence[str],
        *,
        changing: bool,
        stdin: bytes | None,
        seconds: int,
        before: Callable[[], None],
    ) -> Answer:
        """Sends one command, and returns how it ended."""
        words = tuple(argv)
        why = refuse_argv(words)
        if why:
            raise RunbookError(f"{self.entry.name}: this cannot be sent", why=why)
        call = Call(words, seconds, sudo=self.entry.sudo, stdin=stdin, before=before)
        # Commands of several threads worked on one connection (9 at once, measured), but two
        # threads that open it at once do not: Fabric does not lock that.
        with self._busy:
            self.open()
            runner = CommandRunner(self, call, self.keepalive.seen if self.keepalive else _nothing)
            reply = reply_of(self, runner, changing=changing)
        return Answer(reply, runner.out.output, runner.err.output)

    def put(
        self, path: str, content: bytes, mode: int, owner: str, before: Callable[[], None]
    ) -> None:
        """Replaces a file; its several commands are one change, recorded as a whole."""
        with self._busy:
            self.open()
            before()
            put_file(self._part, path, content, mode, owner)

    def _part(self, *argv: str, ok: tuple[int, ...] = (0,), stdin: bytes | None = None) -> Reply:
        """Sends one command of a change that is recorded already."""
        sent = self.send(argv, changing=True, stdin=stdin, seconds=_PART_SECONDS, before=_nothing)
        return allowed(sent.reply, ok, self.entry.name, self.advice())


def _nothing() -> None:
    """Does nothing: there is nothing to record, or nobody to tell of a sign of life."""
