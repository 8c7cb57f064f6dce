"""What an installed script leaves behind: which copies it proved, and how many rows it counted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from loopkit.facts.files import sha256, text
from loopkit.runbook import Host

STATE_DIRECTORY = "/var/lib/loopkit"
"""Where installed scripts keep what they leave behind."""


def stamp_path(job: str) -> str:
    """Returns where a script leaves its stamps."""
    return f"{STATE_DIRECTORY}/{job}.stamp"


def counts_path(job: str) -> str:
    """Returns where a script leaves the row counts of its last snapshot, a line a table."""
    return f"{STATE_DIRECTORY}/{job}.counts"


def restored_path(job: str) -> str:
    """Returns where a script leaves those of its last restore test: its file, a line a table."""
    return f"{STATE_DIRECTORY}/{job}.restored"


@dataclass(frozen=True, slots=True)
class Stamp:
    """One line that a script leaves after a proved copy; `at` is in seconds since 1970."""

    file: str
    bytes: int
    sha256: str
    at: int


def stamps(c: Host, job: str) -> tuple[Stamp, ...]:
    """Returns the copies that the last run of a script proved; none when it never ran."""
    return parse_stamps(text(c, stamp_path(job)) or "")


def parse_stamps(content: str) -> tuple[Stamp, ...]:
    """Reads the stamps of a script; a line that is none is left out."""
    rows = (line.split("\t") for line in content.split("\n"))
    return tuple(
        Stamp(row[0], int(row[1]), row[2], int(row[3]))
        for row in rows
        if len(row) == 4 and row[1].strip().isdecimal() and row[3].isdecimal()
    )


def proved(found: Iterable[Stamp], other: Host, directory: str) -> tuple[Stamp, ...]:
    """Returns the stamps whose file lies in a directory of another host with the same hash."""
    by_path = {f"{directory}/{stamp.file}": stamp for stamp in found}
    there = sha256(other, list(by_path))
    return tuple(stamp for path, stamp in by_path.items() if there.get(path) == stamp.sha256)


def parse_counts(content: str) -> dict[str, tuple[int, ...]]:
    """Reads lines of a name and whole numbers, such as row counts: `TABLE TAB LIVE TAB COPY`."""
    rows = (line.split("\t") for line in content.split("\n"))
    return {
        row[0]: tuple(int(n) for n in row[1:])
        for row in rows
        if len(row) > 1 and all(n.strip().isdecimal() for n in row[1:])
    }
