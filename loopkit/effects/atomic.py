"""Files replaced whole: the old bytes or the new ones, never a mixture, never by surprise."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import stat
from pathlib import Path
from shlex import quote

from loopkit.errors import DocumentChanged, NotWritten

_WORLD_WRITABLE = stat.S_IWOTH
_NO_HARD_LINKS = (errno.EPERM, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK)


def replace_file(file: Path, before: bytes | None, after: bytes, *, shown: str = "") -> None:
    """Replaces a file that still holds `before` (None: that is not there) by `after`.

    The new bytes are written and synced beside it, then renamed over it. Mode and, where that is
    allowed, owner stay; the file never becomes writable by the world.

    Raises:
        DocumentChanged: the file holds something else than `before`.
        NotWritten: the disk did not take the bytes; the old ones stand.
    """
    name = shown or str(file)
    try:
        _check(file, before, after, name)
        temporary = _write_beside(file, after)
        try:
            _check(file, before, after, name)  # once more: syncing may have taken a while
            _put_in_place(temporary, file, new=before is None)
        finally:
            temporary.unlink(missing_ok=True)
        sync_folder(file.parent)
    except OSError as error:
        raise NotWritten(
            "the new bytes could not be written; the file is as it was",
            where=name,
            why=error.strerror or str(error),
            help=f"df -h {quote(str(file.parent))}",
        ) from error


def sync_folder(folder: Path) -> None:
    """Makes renames in a folder outlive a power loss."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _check(file: Path, before: bytes | None, after: bytes, name: str) -> None:
    try:
        now = file.read_bytes()
    except FileNotFoundError:
        now = None
    if now != before:
        ours, theirs = _first_difference(before or b"", now or b"")
        raise DocumentChanged(
            "the file changed since it was read; nothing was written" if before is not None
            else "the file is there already; nothing was written",
            where=name, ours=ours, theirs=theirs, help=f"git diff -- {quote(name)}",
        )  # fmt: skip


def _first_difference(ours: bytes, theirs: bytes) -> tuple[str, str]:
    """Returns the first line in which two texts differ."""
    pairs = zip([*ours.split(b"\n"), b""], [*theirs.split(b"\n"), b""], strict=False)
    found = next(((a, b) for a, b in pairs if a != b), (ours[-80:], theirs[-80:]))
    first, second = (line[:200].decode("utf-8", "replace") for line in found)
    return first, second


def _write_beside(file: Path, content: bytes) -> Path:
    temporary = file.with_name(f".{file.name[:200]}.{secrets.token_hex(8)}.tmp")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    handle = os.open(temporary, flags, 0o666 & ~_WORLD_WRITABLE)
    try:
        with os.fdopen(handle, "wb") as stream:
            _keep_mode_and_owner(file, stream.fileno())
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return temporary


def _keep_mode_and_owner(file: Path, handle: int) -> None:
    try:
        old = file.stat()
    except FileNotFoundError:
        return
    mine = os.fstat(handle)
    if (old.st_uid, old.st_gid) != (mine.st_uid, mine.st_gid):
        with contextlib.suppress(PermissionError):
            os.fchown(handle, old.st_uid, old.st_gid)
    os.fchmod(handle, stat.S_IMODE(old.st_mode) & ~_WORLD_WRITABLE)


def _put_in_place(temporary: Path, file: Path, *, new: bool) -> None:
    if not new:
        os.replace(temporary, file)
        return
    try:
        os.link(temporary, file)  # unlike a rename, refuses when the file has come to be
    except FileExistsError:
        _check(file, None, b"", str(file))
        raise
    except OSError as error:
        if error.errno not in _NO_HARD_LINKS:
            raise
        os.replace(temporary, file)  # looked at just before; this file system can do no better
