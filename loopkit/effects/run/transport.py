"""What running a phase needs of a way to reach hosts; `effects.ssh` is the one that ships.

A transport sends what it is given, and says how that ended. What may be sent, and where it is
recorded first, is decided before it is asked (guard.py, recorder.py), alike for every transport.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Protocol

from loopkit.effects.evidence.receipt import Output
from loopkit.errors import CommandFailed
from loopkit.runbook import Reply

NOTHING = Output(0, sha256(b"").hexdigest())
"""What a command printed that printed nothing."""


@dataclass(frozen=True, slots=True)
class Answer:
    """How a command ended: its reply, and the size and hash of all that it printed."""

    reply: Reply
    stdout: Output
    stderr: Output


class Connection(Protocol):
    """One host; opened when it is first used, and never again once it was lost.

    A connection that opened itself anew could send a command twice, so what follows a loss is
    for a new connection, and for the runbook to decide. Threads may share one; it sends one
    command at a time.
    """

    @property
    def facts(self) -> Mapping[str, Any]:
        """Returns what hosts.yaml says of the host."""
        ...

    @property
    def ended(self) -> bool:
        """Returns whether it was open once, and is not any more."""
        ...

    def send(
        self,
        argv: Sequence[str],
        *,
        changing: bool,
        stdin: bytes | None,
        seconds: int,
        before: Callable[[], None],
    ) -> Answer:
        """Sends one command, which the host itself ends after so many seconds.

        `before` is called once nothing but the sending is left to be done: a failure before it
        was certainly not sent, and what it raises keeps the command from being sent.

        Raises:
            RunbookError: no host could run it as it is.
            HostError: it was certainly not run.
            OutcomeUnknown: it was sent, and how it ended was not seen. Of a command with
                `changing` this is raised in every doubt.
        """
        ...

    def put(
        self, path: str, content: bytes, mode: int, owner: str, before: Callable[[], None]
    ) -> None:
        """Replaces a file by one that has its mode and owner before it has its name.

        Raises:
            CommandFailed: the host refused it, and the old file stands.
            HostError, OutcomeUnknown: as `send` does.
        """
        ...

    def advice(self, *argv: str) -> str:
        """Returns the command by which a person runs the same, or sees whether the host answers."""
        ...

    def close(self) -> None:
        """Closes it, also when it is broken or half open."""
        ...


class Transport(Protocol):
    """A way to reach the hosts of a workspace."""

    def connection(self, name: str) -> Connection:
        """Returns a new connection to a host, not yet open.

        Raises:
            SettingsError: there is no host of this name, or nothing says how to reach it.
        """
        ...


def allowed(reply: Reply, ok: Sequence[int], host: str, advice: str) -> Reply:
    """Returns a reply whose exit status is one of those that are allowed.

    Raises:
        CommandFailed: it is another one.
    """
    if reply.exited in ok:
        return reply
    raise CommandFailed(
        f"{shlex.join(reply.argv)} ended with {reply.exited}",
        host=host,
        exited=reply.exited,
        stderr=reply.stderr.strip(),
        help=advice,
    )
