"""One holder a loop: who, pid, host and since when, told live from stale by evidence.

The kernel keeps the lock (`flock`), and lets go of it when its process ends, however it ends. The
record in the file is for people, and for what no kernel can tell: a holder on another machine that
shares the folder. Age says nothing.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import re
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from pathlib import Path
from shlex import quote
from subprocess import run
from uuid import getnode

from loopkit.effects.workspace import Workspace
from loopkit.errors import Locked, NotWritten

_POLL = 0.05
_PATIENCE = 60  # 3 s at most: on a busy machine the winner may not have run since it won
_ANONYMOUS = "a process that has not said yet who it is"


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a loop's lock, as its record says, and whether it still does."""

    who: str
    pid: int
    host: str
    machine: str
    boot: str
    started: str
    since: str = ""
    is_alive: bool = True
    """False only on evidence: its process is gone, or its machine was started again."""

    def __str__(self) -> str:
        gone = "" if self.is_alive else ", which is gone"
        return f"{self.who}, pid {self.pid} on {self.host}{gone}, since {self.since}"


@contextmanager
def lock(workspace: Workspace, loop_id: str, who: str, timeout: float = 0.0) -> Iterator[Holder]:
    """Holds a loop's lock; waits `timeout` seconds for it at most.

    Raises:
        Locked: someone else holds it.
        NotWritten: the lock folder cannot be written.
    """
    path = _path(workspace, loop_id)
    # Known before, so that the lock is signed at once: whoever comes second asks whose it is.
    mine = _myself(who)
    handle = _acquire(path, loop_id, timeout)
    try:
        since = workspace.now().isoformat(timespec="seconds")
        yield _sign(handle, path, replace(mine, since=since))
    finally:
        # Emptied, never unlinked: a new file of this name would be another lock.
        _write(handle, b"")
        os.close(handle)


def holder(workspace: Workspace, loop_id: str) -> Holder | None:
    """Returns who holds a loop's lock, or None; one that is gone is returned as such."""
    try:
        return _read(_path(workspace, loop_id))
    except FileNotFoundError:
        return None


def take_away(workspace: Workspace, loop_id: str, found: Holder) -> None:
    """Frees a lock whose holder is gone or lives on another machine.

    Raises:
        Locked: its process lives here, and only its end frees the lock; or the holder is
            another than `found` by now.
    """
    path = _path(workspace, loop_id)
    handle = _open(path)
    try:
        if not _try(handle):
            raise _locked(loop_id, _read(path), help=f"kill {found.pid}")
        now = _parse(os.pread(handle, 65536, 0))
        if now is not None and (now.pid, now.since) != (found.pid, found.since):
            raise _locked(loop_id, now)
        _write(handle, b"")
    finally:
        os.close(handle)


# ── Taking it ───────────────────────────────────────────────────────────────


def _acquire(path: Path, loop_id: str, timeout: float) -> int:
    """Returns the open file once it is locked and nobody on another machine holds it."""
    deadline = time.monotonic() + timeout
    while True:
        handle = _open(path)
        if _try(handle):
            left = _parse(os.pread(handle, 65536, 0))
            # The lock is ours, so whoever signed on this kernel has let go of it.
            if left is None or _is_of_this_machine(left):
                return handle
        os.close(handle)
        if time.monotonic() >= deadline:
            raise _locked(loop_id, _read(path, patient=True))
        time.sleep(_POLL)


def _open(path: Path) -> int:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with (
            contextlib.suppress(FileExistsError),
            open(path.parent.parent / ".gitignore", "x") as f,
        ):
            f.write("*\n")  # "x" follows no link, as a plain write would
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o644)
    except OSError as error:
        raise _no_lock(path, error) from error


def _try(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _write(handle: int, content: bytes) -> None:
    os.pwrite(handle, content, 0)
    os.ftruncate(handle, len(content))


def _sign(handle: int, path: Path, mine: Holder) -> Holder:
    try:
        _write(handle, json.dumps(asdict(mine)).encode())
    except OSError as error:
        raise _no_lock(path, error) from error
    return mine


def _no_lock(path: Path, error: OSError) -> NotWritten:
    why = error.strerror or str(error)
    help = f"ls -ld {quote(str(path.parent))}"
    return NotWritten("the lock cannot be taken", where=str(path), why=why, help=help)


def _locked(loop_id: str, found: Holder | None, help: str = "") -> Locked:
    return Locked(
        f"{loop_id} is locked; nothing was written",
        holder=f"held by {found or _ANONYMOUS}",
        help=help or f"loop unlock {quote(loop_id)}",
    )


def _path(workspace: Workspace, loop_id: str) -> Path:
    """Returns the lock's file; an id that is no plain file name gets a hash for one."""
    plain = re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,150}", loop_id)
    name = loop_id if plain else sha256(loop_id.encode("utf-8", "replace")).hexdigest()
    workspace.resolve(".loopkit/lock")
    return workspace.root / ".loopkit" / "lock" / f"{name}.lock"


# ── Who ─────────────────────────────────────────────────────────────────────


def _read(path: Path, *, patient: bool = False) -> Holder | None:
    """Returns the holder; a patient reader gives one that just took the lock time to sign."""
    for attempt in range(_PATIENCE if patient else 1):
        if attempt:
            time.sleep(_POLL)
        found = _parse(path.read_bytes())
        if found is not None:
            return found
    return None


def _parse(record: bytes) -> Holder | None:
    try:
        found = Holder(**json.loads(record))
    except (ValueError, TypeError):
        return None
    return replace(found, is_alive=_is_alive(found))


def _is_alive(found: Holder) -> bool:
    """Returns whether a holder may still live; on another machine nothing says that it does not."""
    if not _is_of_this_machine(found):
        return True
    return found.boot == _boot() and process_started(found.pid) == found.started


def _is_of_this_machine(found: Holder) -> bool:
    return found.machine == _machine() or bool(_boot() and found.boot == _boot())


def _myself(who: str) -> Holder:
    return Holder(
        who=who,
        pid=os.getpid(),
        host=socket.gethostname(),
        machine=_machine(),
        boot=_boot(),
        started=process_started(os.getpid()),
    )


def process_started(pid: int) -> str:
    """Returns when a process of this machine began, in its own units; empty when there is none.

    A pid is given again; a pid with its start is not.
    """
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
        return stat.rpartition(")")[2].split()[19]  # proc(5): field 22, the name ends with )
    except (OSError, IndexError):
        found = run(["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True)
        return found.stdout.strip()


def _machine() -> str:
    return _text("/etc/machine-id") or f"{socket.gethostname()}-{getnode():x}"


def _boot() -> str:
    return _text("/proc/sys/kernel/random/boot_id")


def _text(path: str) -> str:
    try:
        return Path(path).read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return ""
