"""What the end of a command means: a reply, or one named error. A doubt is never a reply."""

from __future__ import annotations

import shlex
import time

from invoke.exceptions import ThreadException
from paramiko.ssh_exception import SSHException

from loopkit.effects.ssh.hardened import HardenedConnection
from loopkit.effects.ssh.remote import KILL_AFTER, CommandRunner
from loopkit.errors import (
    AuthenticationFailed,
    CommandKilled,
    CommandTimedOut,
    HostUnreachable,
    OutcomeUnknown,
)
from loopkit.runbook import Reply

# The exit statuses of timeout(1): the deadline passed; and 128 + 9 when it had to kill.
_TIMED_OUT = 124
_KILLED = 137


def reply_of(connection: HardenedConnection, runner: CommandRunner, *, changing: bool) -> Reply:
    """Runs a command and returns its reply.

    Raises:
        HostError: it was certainly not run.
        OutcomeUnknown: it was sent, and how it ended was not seen.
    """
    text = shlex.join(runner.call.argv)
    try:
        # Without `in_stream` Fabric would copy the keyboard of whoever runs loopkit to the host.
        ended = connection._run(runner, runner.call.line, hide=True, warn=True, in_stream=False)
    except (SSHException, OSError, EOFError, ThreadException) as error:
        if runner.late:
            raise _late(connection, runner, text) from error
        raise connection.lost(text) from error
    exited = ended.exited
    _judge(connection, runner, text, exited)
    _refuse_unframed(connection, runner, exited, changing=changing)
    return Reply(
        argv=runner.call.argv,
        exited=exited,
        stdout=runner.out.text,
        stderr=runner.err.text,
        truncated=runner.out.truncated or runner.err.truncated or runner.cut,
        sha256=runner.out.output.sha256,
        size=runner.out.size,
    )


def _judge(connection: HardenedConnection, runner: CommandRunner, text: str, exited: int) -> None:
    """Raises for an end that was not the command's own."""
    took = time.monotonic() - runner.started
    if exited == -1 and runner.late:
        raise _late(connection, runner, text)
    # Fabric gives -1 for a lost connection and for a signal alike: only an answer tells.
    if exited == -1 and (connection.keepalive is None or not connection.keepalive.ask()):
        raise connection.lost(text)
    # `timeout -k` sends its KILL to its whole group, itself included.
    if exited in (-1, _KILLED) and took >= runner.call.seconds + KILL_AFTER:
        raise _late(connection, runner, text)
    if exited == -1:
        raise CommandKilled(
            f"a signal on {connection.way.name} ended {text}",
            host=connection.way.name,
            why="the connection stands, and no exit status came",
            help=connection.advice(),
        )
    if exited == _TIMED_OUT and took >= runner.call.seconds:
        raise _late(connection, runner, text)


def _late(connection: HardenedConnection, runner: CommandRunner, text: str) -> CommandTimedOut:
    return CommandTimedOut(
        f"{text} was still running on {connection.way.name} after {runner.call.seconds} s",
        host=connection.way.name,
        why="it was ended there by its deadline; what it had done by then is not known",
        help=connection.advice(),
    )


def _refuse_unframed(
    connection: HardenedConnection, runner: CommandRunner, exited: int, *, changing: bool
) -> None:
    """Raises when the login shell ended without running what it was given."""
    if not (runner.out.begun and runner.err.begun):
        what = f"the login shell of {connection.way.name} did not run what it was sent"
        why = f"it ended with {exited} and never printed the mark that goes before the output"
        raise _not_run(changing)(what, host=connection.way.name, why=why, help=connection.advice())
    said = runner.err.text.strip()
    if runner.call.sudo and exited == 1 and said.startswith("sudo:"):
        raise AuthenticationFailed(
            f"sudo on {connection.way.name} did not run {runner.call.argv[0]}",
            host=connection.way.name,
            why=said.split("\n")[0],
            help=connection.advice().replace(" true", " sudo -n true"),
        )


def _not_run(changing: bool) -> type[HostUnreachable] | type[OutcomeUnknown]:
    # A shell that sends its output elsewhere may have run it: of a change that is not known.
    return OutcomeUnknown if changing else HostUnreachable
