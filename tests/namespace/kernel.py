"""The few Linux calls that Python 3.11 does not have: namespaces, mounts, and dying together."""

from __future__ import annotations

import ctypes
import os
import select
import signal
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

# <sched.h>, <sys/mount.h>, <sys/prctl.h>
NEW_MOUNTS = 0x0002_0000
NEW_UTS = 0x0400_0000
NEW_IPC = 0x0800_0000
NEW_PIDS = 0x2000_0000
NEW_NETWORK = 0x4000_0000
READ_ONLY, REMOUNT, BIND, RECURSIVE, PRIVATE = 1, 32, 4096, 16384, 1 << 18
DETACH = 2
_PARENT_DEATH_SIGNAL = 1

_libc = ctypes.CDLL(None, use_errno=True)
_libc.mount.argtypes = [*[ctypes.c_char_p] * 3, ctypes.c_ulong, ctypes.c_char_p]

T = TypeVar("T")


def unshare(namespaces: int) -> None:
    """Moves this process out of the given namespaces, into new ones."""
    _check(_libc.unshare(namespaces), "unshare")


def enter_network(pid: int) -> None:
    """Moves this thread, and what it starts, into the network of another process."""
    with Path(f"/proc/{pid}/ns/net").open() as namespace:
        _check(_libc.setns(namespace.fileno(), NEW_NETWORK), f"setns to {pid}")


def in_network(pid: int, work: Callable[[], T]) -> T:
    """Returns what `work` returns, called in a thread of its own in another process's network."""
    # A network namespace belongs to a thread, and threads inherit it: the caller is left alone.
    with ThreadPoolExecutor(1, initializer=enter_network, initargs=(pid,)) as thread:
        return thread.submit(work).result()


def mount(source: str, target: Path, kind: str = "", flags: int = 0, options: str = "") -> None:
    """Mounts as mount(2) does."""
    status = _libc.mount(
        source.encode(), bytes(target), kind.encode() or None, flags, options.encode() or None
    )
    _check(status, f"mount {source} on {target}")


def bind(source: Path, target: Path, *, read_only: bool = False) -> None:
    """Shows `source`, with what is mounted below it, at `target` too."""
    mount(str(source), target, flags=BIND | RECURSIVE)
    if read_only:
        mount("", target, flags=BIND | REMOUNT | READ_ONLY)


def unmount(target: Path) -> None:
    """Takes a mount out of sight at once; it ends when nothing uses it."""
    _check(_libc.umount2(bytes(target), DETACH), f"umount {target}")


def keep_mounts_private() -> None:
    """Cuts this mount namespace off: nothing mounted here is seen outside."""
    mount("", Path("/"), flags=RECURSIVE | PRIVATE)


def die_with(parent: int) -> None:
    """Ends this process as soon as `parent` ends, however it ends."""
    _check(_libc.prctl(_PARENT_DEATH_SIGNAL, signal.SIGKILL), "prctl")
    if os.getppid() != parent:
        os._exit(1)


def end(pid: int, named: str, followers: Sequence[int] = ()) -> None:
    """Kills `pid` if its command line holds `named`; returns when it and its followers ended."""
    command = Path(f"/proc/{pid}/cmdline")
    # A number cannot become another process's while a descriptor of it is held.
    held = [fd for fd in map(_descriptor, (pid, *followers)) if fd is not None]
    try:
        if command.exists() and named.encode() in command.read_bytes():
            signal.pidfd_send_signal(held[0], signal.SIGKILL)
            for process in held:
                await_end(process, seconds=10)
    finally:
        for process in held:
            os.close(process)


def await_end(process: int, *, seconds: float) -> bool:
    """Returns whether the process of a pidfd ended in the time given."""
    return bool(select.select([process], [], [], seconds)[0])


def _descriptor(pid: int) -> int | None:
    try:
        return os.pidfd_open(pid)
    except ProcessLookupError:
        return None


def _check(status: int, what: str) -> None:
    if status:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
