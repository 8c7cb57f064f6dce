"""One lab host, and what a program of it is given: nothing here starts a process."""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, tzinfo
from typing import Any, Protocol, runtime_checkable
from zoneinfo import ZoneInfo

from loopkit.lab.filesystem import Filesystem, join

NOT_EMULATED = "not emulated in this lab"
BINARY_FOLDERS = ("/bin", "/sbin", "/usr/bin", "/usr/sbin")
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class Trouble(Exception):
    """A program that cannot go on: what it says on standard error, and its exit status."""

    def __init__(self, text: str, status: int = 1) -> None:
        super().__init__(text)
        self.text = text
        self.status = status


class Killed(Exception):
    """The session that ran a program is gone, or its deadline has passed."""


class DeadlinePassed(Killed):
    """A program ran into the deadline that `timeout` set."""


class Output(Protocol):
    """What a program writes to."""

    def write(self, data: bytes, /) -> object:
        """Takes bytes at once."""
        ...


@runtime_checkable
class Flushed(Protocol):
    """An output that gathers before it sends."""

    def flush(self) -> None:
        """Sends what was gathered."""
        ...


class Clock(Protocol):
    """The lab's time, seconds since 1970."""

    def now(self) -> float:
        """Returns the lab's time."""
        ...

    def spend(self, seconds: float) -> None:
        """Lets work take time, where the clock is being moved; elsewhere it takes none."""
        ...


@dataclass(frozen=True, slots=True)
class User:
    """An account of a host."""

    name: str
    number: int
    home: str


@dataclass(slots=True)
class Faults:
    """What is wrong with a host's answers; what its connections do is the server's matter."""

    unreachable: str = ""
    """What `ssh` on another host says of this one, empty while it answers."""
    unmounted: tuple[str, ...] = ()
    """Mount points that nothing is mounted on."""
    skew: float = 0.0
    slow_jobs: float = 0.0


@dataclass(slots=True)
class Machine:
    """A host: its files, accounts, clock, programs and neighbours."""

    name: str
    files: Filesystem
    clock: Clock
    users: Mapping[str, User]
    programs: Mapping[str, Program]
    neighbours: Mapping[str, Machine]
    settings: Mapping[str, Any]
    """What the world says of it beside its files: mounts, guests, containers, databases."""
    known: frozenset[str]
    """Programs of any host of the lab: one that this host lacks is `not found` here."""
    faults: Faults = field(default_factory=Faults)
    processes: dict[int, threading.Thread] = field(default_factory=dict)
    halted: threading.Event = field(default_factory=threading.Event)
    """Set while the host is off: whatever runs on it ends."""
    locks: dict[str, threading.Lock] = field(default_factory=dict)

    def now(self) -> float:
        """Returns the time by this host's clock, seconds since 1970."""
        return self.clock.now() + self.faults.skew

    @property
    def zone(self) -> tzinfo:
        """Returns the host's time zone, as /etc/timezone has it."""
        try:
            return ZoneInfo(self.files.text("/etc/timezone").strip())
        except (OSError, ValueError, KeyError):
            return ZoneInfo("UTC")

    def local_time(self, at: float | None = None) -> datetime:
        """Returns a time by this host's clock and zone."""
        return datetime.fromtimestamp(self.now() if at is None else at, self.zone)

    def lock(self, path: str) -> threading.Lock:
        """Returns the lock that `flock` takes on a file."""
        return self.locks.setdefault(self.files.canonical(path), threading.Lock())

    def user(self, name: str) -> User:
        """Returns an account; one that is not listed is root's neighbour without a home."""
        return self.users.get(name) or User(name, 65534, "/")


Streams = dict[int, Any]


@dataclass(frozen=True, slots=True)
class Call:
    """One program being run: its words, where it stands, and who runs it."""

    machine: Machine
    argv: tuple[str, ...]
    user: User
    cwd: str
    env: Mapping[str, str]
    streams: Streams
    cancelled: threading.Event
    deadline: float | None = None
    """By time.monotonic, when `timeout` set one."""
    umask: int = 0o022

    @property
    def files(self) -> Filesystem:
        """Returns the files of the host."""
        return self.machine.files

    @property
    def args(self) -> list[str]:
        """Returns the words after the program's name."""
        return list(self.argv[1:])

    def path(self, path: str) -> str:
        """Returns an absolute path for one that may be relative."""
        return join(self.cwd, path)

    def out(self, text: str | bytes) -> None:
        """Writes to standard output, just as it is."""
        self.streams[1].write(_bytes(text))

    def err(self, text: str) -> None:
        """Writes one line to standard error, after the program's name."""
        self.streams[2].write(_bytes(f"{self.argv[0]}: {text}\n"))

    def flush(self) -> None:
        """Sends what was written so far, before a wait."""
        for stream in self.streams.values():
            if isinstance(stream, Flushed):
                stream.flush()

    def wait(self, seconds: float) -> None:
        """Waits by the real clock.

        Raises:
            DeadlinePassed: the deadline came first.
            Killed: the host went off.
        """
        self.flush()
        until = time.monotonic() + seconds
        limit = until if self.deadline is None else min(until, self.deadline)
        if self.cancelled.wait(max(limit - time.monotonic(), 0)):
            raise Killed
        if limit < until:
            raise DeadlinePassed

    def input(self) -> bytes:
        """Returns all of standard input."""
        data: bytes = self.streams[0].read()
        return data

    def read(self, path: str) -> bytes:
        """Returns a file's bytes; `-` is standard input, /dev/zero is refused."""
        if path in ("-", "/dev/stdin"):
            return self.input()
        return self.files.read(self.path(path))

    def write(self, path: str, content: bytes, *, append: bool = False, mode: int = 0o666) -> None:
        """Writes a file as this user, under this umask."""
        mode &= ~self.umask
        self.files.write(self.path(path), content, append=append, mode=mode, owner=self.user.name)

    def run(self, *argv: str, **changes: Any) -> int:
        """Runs another program in this one's place, and returns its exit status."""
        return run(replace(self, argv=argv, **changes))

    def capture(self, *argv: str, **changes: Any) -> tuple[int, bytes]:
        """Runs another program; returns its exit status and standard output."""
        buffer = io.BytesIO()
        status = self.run(*argv, streams={**self.streams, 1: buffer}, **changes)
        return status, buffer.getvalue()


Program = Callable[[Call], int]


def run(call: Call) -> int:
    """Runs one program by name or path, and returns its exit status as a shell would see it."""
    if call.cancelled.is_set():
        raise Killed
    try:
        return find_program(call)(call)
    except Trouble as trouble:
        if trouble.text:
            call.err(trouble.text)
        return trouble.status
    except OSError as error:
        call.err(f"{error.filename}: {error.strerror}" if error.filename else str(error.strerror))
        return 1


def find_program(call: Call) -> Program:
    """Returns what runs for a name or a path: a program of the lab, or a script file.

    Raises:
        Trouble: with status 127 or 126, and the shell's words for it.
    """
    name = call.argv[0]
    if "/" in name:
        return _at_path(call, name)
    for folder in call.env.get("PATH", PATH).split(":"):
        path = join(folder, name)
        if folder not in BINARY_FOLDERS and call.files.is_file(path):
            return _at_path(call, path)
    if name in call.machine.programs:
        return call.machine.programs[name]
    raise Trouble("command not found" if name in call.machine.known else NOT_EMULATED, 127)


def _at_path(call: Call, name: str) -> Program:
    path = call.path(name)
    folder, _, base = path.rpartition("/")
    if folder in BINARY_FOLDERS and base in call.machine.programs:
        return call.machine.programs[base]
    if not call.files.exists(path):
        raise Trouble("No such file or directory", 127)
    if call.files.is_dir(path) or not call.files.status(path).mode & 0o111:
        raise Trouble("Permission denied", 126)
    return _script(call, path)


def _script(call: Call, path: str) -> Program:
    first = call.files.text(path).partition("\n")[0]
    words = first.removeprefix("#!").split() if first.startswith("#!") else ["/bin/sh"]
    interpreter = words[0].rpartition("/")[2]
    if interpreter == "env" and len(words) > 1:
        interpreter = words[1]
    if interpreter not in ("sh", "bash", "dash"):
        raise Trouble(f"{first}: {NOT_EMULATED}", 126)
    options = words[1:] if interpreter != "bash" or words[0] != "env" else []
    return lambda outer: outer.run(interpreter, *options, path, *outer.args)


def _bytes(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else text.encode("utf-8", "surrogateescape")
