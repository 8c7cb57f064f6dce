"""The files of a host: what directories hold, texts, hashes, owners. One command each."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from loopkit.runbook import Host

# NUL ends a record and the path comes last, so that no file name can be taken for another one.
_FIND_FORMAT = r"%y\t%s\t%T@\t%p\0"


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

    def matching(self, directory: str, glob: str) -> tuple[Entry, ...]:
        """Returns the plain files of one directory whose name matches; letter case counts."""
        return tuple(e for e in self.files(directory) if fnmatchcase(e.name, glob))


def listing(c: Host, directories: Iterable[str]) -> Listing:
    """Lists several directories by one command; a missing one is a fault, not an error."""
    wanted = sorted(set(directories))
    if not wanted:
        return Listing({}, {})
    argv = ("find", *wanted, "-maxdepth", "1", "-printf", _FIND_FORMAT)
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


def text(c: Host, path: str) -> str | None:
    """Returns a file's text, None when there is no such file."""
    reply = c.read("cat", path, ok=(0, 1))
    if reply.ok:
        return reply.stdout
    return None if "No such file" in reply.stderr else c.read("cat", path).stdout


def sha256(c: Host, paths: Sequence[str]) -> dict[str, str]:
    """Returns the SHA-256 of each file that is there."""
    if not paths:
        return {}
    reply = c.read("sha256sum", "--", *paths, ok=(0, 1), timeout=3600)
    # sha256sum puts a backslash before a line whose name it had to escape: such a name is not ours.
    pairs = (line.split("  ", 1) for line in reply.lines if not line.startswith("\\"))
    return {pair[1]: pair[0] for pair in pairs if len(pair) == 2}


@dataclass(frozen=True, slots=True)
class Permissions:
    """Whose a file is, as `user:group`, and its mode."""

    owner: str
    mode: int

    def __str__(self) -> str:
        """Returns both as people write them: `root:root 755`."""
        return f"{self.owner} {self.mode:o}"


def permissions(c: Host, path: str) -> Permissions:
    """Returns whose a file is and what its mode is; one that is not there is an error."""
    owner, mode = c.read("stat", "-c", "%U:%G %a", "--", path).stdout.split()
    return Permissions(owner, int(mode, 8))
