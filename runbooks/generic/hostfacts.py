"""Small facts of a host: its clock and zone, files, mounts and space. One command each."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from loopkit.runbook import Host, Seen, Step

SKEW_REFUSED = 60
"""Seconds by which a host's clock may differ from the controller's."""

# NUL ends a record and the path comes last, so that no file name can be taken for another one.
FIND_FORMAT = r"%y\t%s\t%T@\t%p\0"


@dataclass(frozen=True, slots=True)
class Entry:
    """A file or directory; `mtime` is in seconds since 1970."""

    type: str
    size: int
    mtime: float
    path: str

    @property
    def name(self) -> str:
        """Returns the last part of its path."""
        return self.path.rsplit("/", 1)[-1]


@dataclass(frozen=True, slots=True)
class Listing:
    """What directories hold; `faults` says of each that could not be read why."""

    entries: Mapping[str, tuple[Entry, ...]]
    faults: Mapping[str, str]

    def files(self, directory: str) -> tuple[Entry, ...]:
        """Returns the plain files of one directory."""
        return tuple(e for e in self.entries.get(directory, ()) if e.type == "f")


def list_directories(c: Host, directories: Iterable[str]) -> Listing:
    """Lists several directories by one command; a missing one is a fault, not an error."""
    wanted = sorted(set(directories))
    if not wanted:
        return Listing({}, {})
    argv = ("find", *wanted, "-maxdepth", "1", "-printf", FIND_FORMAT)
    reply = c.read(*argv, ok=(0, 1), timeout=120)
    return parse_listing(wanted, reply.stdout, reply.stderr)


def parse_listing(directories: Sequence[str], stdout: str, stderr: str) -> Listing:
    """Reads the answer of `find` for these directories."""
    found = [entry for record in stdout.split("\0") if (entry := _entry(record))]
    entries: dict[str, tuple[Entry, ...]] = {}
    faults: dict[str, str] = {}
    for directory in directories:
        own = next((e for e in found if e.path == directory), None)
        if own is None:
            faults[directory] = "it does not exist"
        elif own.type != "d":
            faults[directory] = "it is no directory"
        elif _denied(directory, stderr):
            faults[directory] = "it cannot be read: permission denied"
        else:
            inside = (e for e in found if e.path.rpartition("/")[0] == directory.rstrip("/"))
            entries[directory] = tuple(sorted(inside, key=lambda e: e.path))
    return Listing(entries, faults)


def _entry(record: str) -> Entry | None:
    parts = record.split("\t", 3)
    if len(parts) != 4 or not parts[1].isdecimal():
        return None
    return Entry(parts[0], int(parts[1]), float(parts[2]), parts[3])


def _denied(directory: str, stderr: str) -> bool:
    quoted = re.escape(directory)
    return re.search(rf"[‘'`]{quoted}['’]: Permission denied", stderr) is not None


PINS = {"hostname": ("hostname",), "machine_id": ("cat", "/etc/machine-id")}
"""What the `identity` of a host in hosts.yaml may pin, and the command that tells it."""


def identity_fault(c: Host) -> str:
    """Returns why a host is not the one that hosts.yaml pins; empty when nothing speaks against."""
    for fact, argv in PINS.items():
        meant = _pinned(c).get(fact, "")
        said = c.read(*argv).stdout.strip() if meant else ""
        if said != meant:
            return f"its {fact} is {said!r}, and hosts.yaml says {meant!r}"
    return ""


def identity_step(host: str) -> Step:
    """Returns the step that no change comes before: the host is the one that is meant."""
    return Step(f"{host} is the host that is meant", _identified, host=host)


def _identified(c: Host) -> Seen:
    fault = identity_fault(c)
    pinned = ", ".join(_pinned(c).values())
    return Seen(not fault, fault or pinned or "hosts.yaml pins nothing of it")


def _pinned(c: Host) -> dict[str, str]:
    return {str(fact): str(value) for fact, value in (c.facts.get("identity") or {}).items()}


def epoch(c: Host) -> int:
    """Returns the host's own time, in whole seconds since 1970."""
    return int(c.read("date", "+%s").stdout)


def skew(c: Host) -> int:
    """Returns by how many seconds the host's clock is ahead of the controller's."""
    return round(epoch(c) - c.now())


def zone_name(c: Host) -> str:
    """Returns the host's time zone, such as America/New_York; empty when it cannot be told."""
    link = c.read("readlink", "/etc/localtime", ok=(0, 1)).stdout.strip()
    return link.partition("/zoneinfo/")[2]


def zone(c: Host) -> ZoneInfo | None:
    """Returns the host's time zone, None when it cannot be told."""
    name = zone_name(c)
    try:
        return ZoneInfo(name) if name else None
    except (KeyError, ValueError, OSError):
        return None


def text_of(c: Host, path: str) -> str | None:
    """Returns a file's text, None when there is no such file."""
    reply = c.read("cat", path, ok=(0, 1))
    if reply.ok:
        return reply.stdout
    return None if "No such file" in reply.stderr else c.read("cat", path).stdout


def sha256_of(c: Host, paths: Sequence[str]) -> dict[str, str]:
    """Returns the SHA-256 of each file that is there."""
    if not paths:
        return {}
    reply = c.read("sha256sum", "--", *paths, ok=(0, 1), timeout=3600)
    # sha256sum puts a backslash before a line whose name it had to escape: such a name is not ours.
    pairs = (line.split("  ", 1) for line in reply.lines if not line.startswith("\\"))
    return {pair[1]: pair[0] for pair in pairs if len(pair) == 2}


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


def mounted_at(c: Host, path: str) -> str:
    """Returns the mount point that holds a path, empty when the path does not exist."""
    reply = c.read("findmnt", "-n", "-o", "TARGET,SOURCE,FSTYPE", "-T", path, ok=(0, 1))
    return reply.stdout.split()[0] if reply.stdout.split() else ""


def size_text(size: float) -> str:
    """Returns bytes as people write them: 185G, 4.0G, 28K."""
    for unit in ("", "K", "M", "G", "T"):
        if size < 1024 or unit == "T":
            return f"{size:.0f}{unit}" if size >= 10 or not unit else f"{size:.1f}{unit}"
        size /= 1024
    raise AssertionError("not reached: T takes every size")


def span_text(seconds: float) -> str:
    """Returns a time span in exact minutes: 26h54m, 12m, 40s."""
    whole = int(seconds)
    if whole < 60:
        return f"{whole}s"
    hours, minutes = divmod(whole // 60, 60)
    return f"{hours}h{minutes:02d}m" if hours else f"{minutes}m"
