"""The file systems of a host: how full they are, and where they are mounted."""

from __future__ import annotations

from dataclasses import dataclass

from loopkit.runbook import Host


@dataclass(frozen=True, slots=True)
class Space:
    """Bytes of a file system."""

    size: int
    free: int

    @property
    def percent_free(self) -> int:
        """Returns how much of it is free, in whole percent."""
        return 100 * self.free // self.size if self.size else 0


def space(c: Host, path: str) -> Space:
    """Returns the space of the file system that holds a path."""
    reply = c.read("df", "-B1", "--output=size,used,avail,target", "--", path)
    size, _used, free = reply.lines[-1].split()[:3]
    return Space(int(size), int(free))


def mount_point(c: Host, path: str) -> str:
    """Returns the mount point that holds a path, empty when the path does not exist."""
    reply = c.read("findmnt", "-n", "-o", "TARGET,SOURCE,FSTYPE", "-T", path, ok=(0, 1))
    return reply.stdout.split()[0] if reply.stdout.split() else ""


def mount_fault(c: Host, volume: str) -> str:
    """Returns why a path is no mount point of its own, empty when it is one."""
    at = mount_point(c, volume)
    return "" if at == volume else f"{volume} is not mounted: it is on {at or 'nothing'}"
