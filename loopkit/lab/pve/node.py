"""What the stand-ins are given: a disk, a clock, and where to print."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any, Protocol

from . import data
from .section import Section, read_sections


class Disk(Protocol):
    """The files of the node."""

    def read(self, path: str) -> bytes:
        """Returns a file's bytes."""
        ...

    def write(self, path: str, content: bytes) -> None:
        """Writes a file."""
        ...

    def names(self, path: str) -> list[str]:
        """Returns the names in a directory."""
        ...

    def exists(self, path: str) -> bool:
        """Returns whether something stands there."""
        ...

    def rename(self, old: str, new: str) -> None:
        """Renames over what stands there."""
        ...

    def remove(self, path: str) -> None:
        """Removes a file."""
        ...

    def make_directory(self, path: str) -> None:
        """Makes a directory."""
        ...

    def remove_directory(self, path: str) -> None:
        """Removes an empty directory."""
        ...


class Stop(Exception):
    """A program that ends with a message and a status."""

    def __init__(self, text: str, status: int = 255) -> None:
        super().__init__(text)
        self.text = text
        self.status = status


@dataclass(frozen=True, slots=True)
class Node:
    """The Proxmox node that a stand-in runs on."""

    disk: Disk
    now: Callable[[], float]
    spend: Callable[[float], None]
    """Takes the time that work takes, in seconds."""
    zone: tzinfo | None
    out: Callable[[str], None]
    err: Callable[[str], None]
    space: Callable[[str], tuple[int, int]]
    """Returns size and free bytes of the file system of a path."""

    def local_time(self) -> datetime:
        """Returns the node's local time."""
        return datetime.fromtimestamp(self.now(), self.zone)

    def text(self, path: str) -> str:
        """Returns a file's text, empty when it is missing."""
        if not self.disk.exists(path):
            return ""
        return self.disk.read(path).decode("utf-8", "surrogateescape")

    def guests(self) -> list[dict[str, Any]]:
        """Returns the guests, by VMID."""
        guests: list[dict[str, Any]] = json.loads(self.text(data.GUESTS_FILE) or "[]")
        return sorted(guests, key=lambda guest: int(guest["vmid"]))

    def guest(self, vmid: int) -> dict[str, Any] | None:
        """Returns one guest, None when there is none of this VMID."""
        return next((guest for guest in self.guests() if guest["vmid"] == vmid), None)

    def storages(self) -> dict[str, Section]:
        """Returns the storages of storage.cfg."""
        return read_sections(self.text(data.STORAGE_FILE), data.STORAGE_FILE)[0]

    def tasks(self) -> list[dict[str, Any]]:
        """Returns the finished and running tasks, newest first."""
        tasks: list[dict[str, Any]] = json.loads(self.text(data.TASKS_FILE) or "[]")
        return tasks


class RealDisk:
    """The files of the machine that a stand-in runs on."""

    def read(self, path: str) -> bytes:
        """Returns a file's bytes."""
        with open(path, "rb") as stream:
            return stream.read()

    def write(self, path: str, content: bytes) -> None:
        """Writes and syncs a file."""
        with open(path, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())

    def names(self, path: str) -> list[str]:
        """Returns the names in a directory."""
        return sorted(os.listdir(path))

    def exists(self, path: str) -> bool:
        """Returns whether something stands there."""
        return os.path.lexists(path)

    def rename(self, old: str, new: str) -> None:
        """Renames over what stands there."""
        os.replace(old, new)

    def remove(self, path: str) -> None:
        """Removes a file."""
        os.unlink(path)

    def make_directory(self, path: str) -> None:
        """Makes a directory."""
        os.mkdir(path)

    def remove_directory(self, path: str) -> None:
        """Removes an empty directory."""
        os.rmdir(path)


def real_node() -> Node:
    """Returns the machine that this runs on, as a node: for a lab of real hosts."""
    return Node(
        disk=RealDisk(),
        now=time.time,
        spend=lambda seconds: None,
        zone=None,
        out=lambda text: print(text, flush=True),
        err=lambda text: print(text, file=sys.stderr, flush=True),
        space=_space,
    )


def _space(path: str) -> tuple[int, int]:
    found = os.statvfs(path)
    return found.f_blocks * found.f_frsize, found.f_bavail * found.f_frsize
