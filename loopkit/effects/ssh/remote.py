"""One command over SSH: framed, ended by its deadline, its output kept whole up to a cap.

Fabric's runner decodes chunk by chunk, joins all output anew for each chunk, mirrors the
keyboard, and takes a dead connection for an exit status; each method here mends one of these.
"""

from __future__ import annotations

import hashlib
import secrets
import shlex
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import IO, Any

from fabric.runners import Remote, Result
from paramiko.ssh_exception import SSHException

from loopkit.effects.evidence.receipt import Output

CAP = 8 * 1024 * 1024
"""Bytes kept of each stream; the rest is hashed and counted."""
KILL_AFTER = 5
"""Seconds that a command has to clean up, once its deadline has sent it TERM."""
_LINGER = 5.0
"""Seconds to wait for the end of output once a command has ended: a child may hold it open."""
# The host ends a command by itself; only when it says nothing of that do we let go of it.
_MARGIN = 5.0
# Fabric reads 1000 bytes at a time and joins all of it anew for each: 8 MB took it 20 s, and
# 100 MB more than a minute. In chunks, joined once, 100 MB take 1.6 s.
_CHUNK = 256 * 1024
_LONGEST_ARGUMENT = 128 * 1024 - 1  # Linux, MAX_ARG_STRLEN


@dataclass
class Call:
    """One command to be sent, and what happens right before."""

    argv: tuple[str, ...]
    seconds: int
    sudo: bool = False
    stdin: bytes | None = None
    before: Callable[[], None] = lambda: None
    """Called once the channel stands, immediately before the command goes out."""
    cap: int = CAP
    halves: tuple[str, str] = field(
        default_factory=lambda: (secrets.token_hex(8), secrets.token_hex(8))
    )

    @property
    def mark(self) -> bytes:
        """Returns the line after which everything is the command's own output."""
        return "".join(self.halves).encode("ascii") + b"\n"

    @property
    def line(self) -> str:
        """Returns what is sent: docs/decisions/0006 says why it has just this form.

        The mark is sent in halves, so that a shell which traces its commands cannot print it;
        `exec` leaves no shell behind to add anything at its end.
        """
        mark = f"printf '%s%s\\n' {self.halves[0]} {self.halves[1]}"
        sudo = "sudo -n -- " if self.sudo else ""
        limit = f"timeout -k {KILL_AFTER} {self.seconds} "
        return f"{mark}; set +x; {mark} >&2; exec {sudo}{limit}{shlex.join(self.argv)}"


def refuse_argv(argv: tuple[str, ...]) -> str:
    """Returns why an argv cannot be sent as it is, empty when it can."""
    if not argv or not argv[0] or argv[0].startswith("-"):
        return "the first word must name a program"
    if any("\0" in word for word in argv):
        return "an argument has a NUL character"
    longest = max(len(word.encode("utf-8", "surrogateescape")) for word in argv)
    if longest > _LONGEST_ARGUMENT:
        return f"an argument has {longest} bytes, more than Linux takes; give it as stdin"
    return ""


class Stream:
    """One stream of a command: cut off at its mark, hashed and counted whole, kept up to a cap."""

    def __init__(self, mark: bytes, cap: int) -> None:
        self._mark = mark
        self._cap = cap
        self._hash = hashlib.sha256()
        self._noise = b""
        self._kept = bytearray()
        self.begun = False
        self.size = 0
        self.last = time.monotonic()

    def take(self, chunk: bytes) -> None:
        """Adds what came next."""
        self.last = time.monotonic()
        if self.begun:
            self._keep(chunk)
            return
        noise = self._noise + chunk
        at = noise.find(self._mark)
        if at < 0:
            # The mark may be cut in two by a chunk; more than that of a noisy shell is not kept.
            self._noise = noise[-(len(self._mark) - 1) :]
            return
        self.begun, self._noise = True, b""
        self._keep(noise[at + len(self._mark) :])

    def _keep(self, chunk: bytes) -> None:
        # A receipt names the hash of everything, also of what no document has room for.
        self._hash.update(chunk)
        self.size += len(chunk)
        room = self._cap - len(self._kept)
        if room > 0:
            self._kept += chunk[:room]

    @property
    def truncated(self) -> bool:
        """Returns whether more came than was kept."""
        return self.size > len(self._kept)

    @property
    def text(self) -> str:
        """Returns what was kept, decoded once, so that no character is cut by a chunk."""
        return bytes(self._kept).decode("utf-8", "replace")

    @property
    def output(self) -> Output:
        """Returns the size and the hash of everything."""
        return Output(self.size, self._hash.hexdigest())


class CommandRunner(Remote):  # type: ignore[misc]
    """Runs one Call on an open connection."""

    def __init__(self, context: Any, call: Call, alive: Callable[[], None]) -> None:
        super().__init__(context, inline_env=False)
        self.call = call
        self.out = Stream(call.mark, call.cap)
        self.err = Stream(call.mark, call.cap)
        self.late = False
        self.cut = False
        self.sent = False
        self.channel: Any = None
        self._deadline: threading.Timer | None = None
        self.started = time.monotonic()
        self._alive = alive

    def start(self, command: str, shell: str, env: Any, timeout: float | None = None) -> None:
        """Opens the channel, lets the intent be recorded, and sends the command."""
        self.channel = self.context.create_session()
        self.call.before()
        self.started = time.monotonic()
        self.sent = True
        self._deadline = threading.Timer(self.call.seconds + KILL_AFTER + _MARGIN, self._too_late)
        self._deadline.daemon = True
        self._deadline.start()
        self.channel.exec_command(command)
        # Beside the readers: a command that writes before it has read all would wait for ever.
        threading.Thread(target=self._feed, daemon=True).start()

    def _too_late(self) -> None:
        """Lets go of a command that its host should have ended by now."""
        self.late = True
        self.channel.close()

    def _feed(self) -> None:
        """Sends standard input and then its end: without that, `cat` would wait for ever."""
        given = self.call.stdin or b""
        try:
            for start in range(0, len(given), _CHUNK):
                self.channel.sendall(given[start : start + _CHUNK])
                self._alive()
            self.channel.shutdown_write()
        # The command may end without reading its input; its exit status tells.
        except (OSError, EOFError, SSHException):
            pass

    def handle_stdout(self, buffer_: list[str], hide: bool, output: IO[str]) -> None:
        """Reads standard output to its end."""
        self._read(self.channel.recv, self.out)

    def handle_stderr(self, buffer_: list[str], hide: bool, output: IO[str]) -> None:
        """Reads standard error to its end."""
        self._read(self.channel.recv_stderr, self.err)

    def _read(self, receive: Callable[[int], bytes], stream: Stream) -> None:
        while chunk := receive(_CHUNK):
            stream.take(chunk)
            self._alive()

    def wait(self) -> None:
        """Waits for the exit status, then for the end of the output, but not for ever."""
        # On an event: Fabric would look every 10 ms, which is longer than most commands take.
        try:
            while not self.channel.status_event.wait(0.5):
                if self.has_dead_threads:
                    self.channel.close()
            while any(t.is_alive() for t in self.threads.values()):
                self._join_briefly()
                if time.monotonic() > max(self.out.last, self.err.last) + _LINGER:
                    self.cut = True
                    self.channel.close()
        except BaseException:
            # Fabric joins the readers whatever happens, and they read until the channel ends.
            self.channel.close()
            raise

    def _join_briefly(self) -> None:
        for thread in self.threads.values():
            thread.join(0.05)

    def send_interrupt(self, interrupt: KeyboardInterrupt) -> None:
        """Lets go of the command at once; its deadline ends it on the host."""
        self.channel.close()
        raise interrupt

    def stop(self) -> None:
        """Closes the channel; unlike Fabric's, it leaves the signal handlers as they are."""
        if self.channel is not None:
            self.channel.close()
        if self._deadline is not None:
            self._deadline.cancel()

    def generate_result(self, **kwargs: Any) -> Result:
        """Returns Fabric's result with the texts of our own streams."""
        kwargs |= {"stdout": self.out.text, "stderr": self.err.text}
        return super().generate_result(**kwargs)
