"""SFTP into one lab host: every path goes through the host's own resolution."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import asyncssh

from loopkit.lab.filesystem import Attributes, join
from loopkit.lab.machine import Machine

_WRITING = asyncssh.FXF_WRITE | asyncssh.FXF_APPEND | asyncssh.FXF_CREAT | asyncssh.FXF_TRUNC


class RootedSFTP(asyncssh.SFTPServer):
    """AsyncSSH's own `chroot` follows links that lead out of it; this does not."""

    def __init__(self, channel: Any, machine: Machine) -> None:
        self._files = machine.files
        self._user = machine.user(channel.get_extra_info("username"))
        self._follow = True
        self._written: dict[int, str] = {}
        super().__init__(channel, chroot=os.fsencode(machine.files.root))

    def map_path(self, path: bytes) -> bytes:
        """Returns the real place of a lab path."""
        return os.fsencode(self._files.real(self._asked(path), follow=self._follow))

    def open(self, path: bytes, pflags: int, attrs: Any) -> Any:
        """Opens a file; a new one is the user's, and faults of the disk hold here too."""
        asked = self._asked(path)
        if pflags & _WRITING:
            self._files.may_write(asked, adding=1)
        is_new = not self._files.exists(asked)
        opened = super().open(path, pflags, attrs)
        if is_new:
            mode = attrs.permissions if attrs.permissions is not None else 0o644
            name = self._user.name
            self._files.set_attributes(asked, Attributes(mode & 0o7777, name, name))
        if pflags & _WRITING:
            self._written[id(opened)] = asked
        return opened

    def close(self, file_obj: Any) -> Any:
        """Closes a file; one that was written gets the host's time."""
        written = self._written.pop(id(file_obj), None)
        super().close(file_obj)
        if written is not None and self._files.exists(written):
            self._files.touch(written)
            self._files.save()

    def lstat(self, path: bytes) -> Any:
        """Looks at a link itself."""
        with self._links():
            return super().lstat(path)

    def readlink(self, path: bytes) -> Any:
        """Returns what a link says."""
        return os.fsencode(self._files.link_target(self._asked(path)))

    def symlink(self, oldpath: bytes, newpath: bytes) -> Any:
        """Makes a link, with its target as it was sent."""
        self._files.make_link(os.fsdecode(oldpath), self._asked(newpath))

    def remove(self, path: bytes) -> Any:
        """Removes a file, or a link itself."""
        self._files.remove(self._asked(path))

    def rename(self, oldpath: bytes, newpath: bytes) -> Any:
        """Renames where nothing stands yet."""
        with self._links():
            return super().rename(oldpath, newpath)

    def posix_rename(self, oldpath: bytes, newpath: bytes) -> Any:
        """Renames over what stands there."""
        self._files.rename(self._asked(oldpath), self._asked(newpath))

    def _asked(self, path: bytes) -> str:
        return join(self._user.home, os.fsdecode(path))

    @contextmanager
    def _links(self) -> Iterator[None]:
        self._follow = False
        try:
            yield
        finally:
            self._follow = True
