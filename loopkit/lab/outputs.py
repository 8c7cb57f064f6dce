"""Files that a shell has open for writing, and the locks held through them."""

from __future__ import annotations

import errno
import io
import os
from collections.abc import Iterable
from typing import Protocol

from loopkit.lab.filesystem import join
from loopkit.lab.machine import Call, Streams


class Opener(Protocol):
    """Who opens a file: a shell, with its folder, its mask and its user."""

    call: Call
    cwd: str
    umask: int


def open_stream(opener: Opener, operator: str, text: str, given: Streams) -> object:
    """Returns what a redirection leads to: a file, a text, or a stream that is open already.

    Raises:
        OSError: the file cannot be opened, or no such stream is open.
    """
    if operator == "<<":
        return io.BytesIO(text.encode("utf-8", "surrogateescape"))
    if operator in (">&", "<&"):
        if text == "-":
            return io.BytesIO()
        if not text.isdigit() or int(text) not in given:
            raise OSError(errno.EBADF, os.strerror(errno.EBADF), text)
        return given[int(text)]
    path = join(opener.cwd, text)
    if operator == "<":
        return io.BytesIO(opener.call.files.read(path))
    return FileOutput(opener, path, append=operator == ">>")


class FileOutput:
    """A file that a command's output goes to, made or emptied when it is opened."""

    def __init__(self, opener: Opener, path: str, *, append: bool) -> None:
        self.path = path
        self._files = opener.call.files
        self._owner = opener.call.user.name
        self._mode = 0o666 & ~opener.umask
        self._lock = opener.call.machine.lock(path)
        self._is_locked = False
        self._put(b"", append=append)

    def write(self, data: bytes, /) -> object:
        """Adds to the file."""
        if data:
            self._put(data, append=True)
        return len(data)

    def lock(self) -> bool:
        """Takes the file's lock, as `flock -n` on its descriptor does."""
        self._is_locked = self._is_locked or self._lock.acquire(blocking=False)
        return self._is_locked

    def release(self) -> None:
        """Lets the lock go, as closing the descriptor does."""
        if self._is_locked:
            self._is_locked = False
            self._lock.release()

    def _put(self, data: bytes, *, append: bool) -> None:
        self._files.write(self.path, data, append=append, mode=self._mode, owner=self._owner)


def release_all(streams: Iterable[object]) -> None:
    """Lets go of the locks of the streams that are files."""
    for stream in streams:
        if isinstance(stream, FileOutput):
            stream.release()
