"""What the end of a command means: a reply, or one named error. A doubt is never a reply."""

from __future__ import annotations

import shlex
import time
from typing import Any, Protocol

from invoke.exceptions import ThreadException
from paramiko.ssh_exception import SSHException

from loopkit.effects.ssh.keepalive import Pulse
from loopkit.effects.ssh.remote import KILL_AFTER, Runner
from loopkit.effects.ssh.sshconfig import Way
from loopkit.effects.ssh.transport import Access
from loopkit.errors import (
    AuthenticationFailed,
    CommandKilled,
    CommandTimedOut,
    ConnectionLost,
    HostUnreachable,
    OutcomeUnknown,
)
from loopkit.runbook import Reply

_TIMED_OUT = 124
_KILLED = 137


class Line(Protocol):
    """The connection that a command ran on."""

    way: Way
    access: Access
    pulse: Pulse | None

    def lost(self, argv: str) -> ConnectionLost:
        """Returns the error for its end."""
        ...

    def _run(self, runner: Runner, command: str, **options: Any) -> Any: ...


def reply_of(line: Line, runner: Runner, *, changing: bool) -> Reply:
    """Runs a command and returns its reply.

    Raises:
        HostError: it was certainly not run.
        OutcomeUnknown: it was sent, and how it ended was not seen.
    """
    shown = shlex.join(runner.call.argv)
    try:
        exited = line._run(runner, runner.call.line, hide=True, warn=True, in_stream=False).exited
    except (SSHException, OSError, EOFError, ThreadException) as error:
        if runner.late:
            raise _late(line, runner, shown) from error
        raise line.lost(shown) from error
    _judge(line, runner, shown, exited)
    _refuse_unframed(line, runner, exited, changing=changing)
    return Reply(
        argv=runner.call.argv,
        exited=exited,
        stdout=runner.out.text,
        stderr=runner.err.text,
        truncated=runner.out.truncated or runner.err.truncated or runner.cut,
        sha256=runner.out.output.sha256,
        size=runner.out.size,
    )


def _judge(line: Line, runner: Runner, shown: str, exited: int) -> None:
    """Raises for an end that was not the command's own."""
    took = time.monotonic() - runner.started
    if exited == -1 and runner.late:
        raise _late(line, runner, shown)
    # Fabric gives -1 for a lost connection and for a signal alike: only an answer tells.
    if exited == -1 and (line.pulse is None or not line.pulse.ask()):
        raise line.lost(shown)
    # `timeout -k` sends its KILL to its whole group, itself included.
    if exited in (-1, _KILLED) and took >= runner.call.seconds + KILL_AFTER:
        raise _late(line, runner, shown)
    if exited == -1:
        raise CommandKilled(
            f"a signal on {line.way.name} ended {shown}",
            host=line.way.name,
            why="the connection stands, and no exit status came",
            help=line.access.ssh(line.way.name),
        )
    if exited == _TIMED_OUT and took >= runner.call.seconds:
        raise _late(line, runner, shown)


def _late(line: Line, runner: Runner, shown: str) -> CommandTimedOut:
    return CommandTimedOut(
        f"{shown} was still running on {line.way.name} after {runner.call.seconds} s",
        host=line.way.name,
        why="it was ended there by its deadline; what it had done by then is not known",
        help=line.access.ssh(line.way.name),
    )


def _refuse_unframed(line: Line, runner: Runner, exited: int, *, changing: bool) -> None:
    """Raises when the login shell ended without running what it was given."""
    if not (runner.out.begun and runner.err.begun):
        what = f"the login shell of {line.way.name} did not run what it was sent"
        why = f"it ended with {exited} and never printed the mark that goes before the output"
        raise _not_run(changing)(
            what, host=line.way.name, why=why, help=line.access.ssh(line.way.name)
        )
    said = runner.err.text.strip()
    if runner.call.sudo and exited == 1 and said.startswith("sudo:"):
        raise AuthenticationFailed(
            f"sudo on {line.way.name} did not run {runner.call.argv[0]}",
            host=line.way.name,
            why=said.split("\n")[0],
            help=line.access.ssh(line.way.name).replace(" true", " sudo -n true"),
        )


def _not_run(changing: bool) -> type[HostUnreachable] | type[OutcomeUnknown]:
    # A shell that sends its output elsewhere may have run it: of a change that is not known.
    return OutcomeUnknown if changing else HostUnreachable
