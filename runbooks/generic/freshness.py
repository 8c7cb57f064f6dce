"""Whether a backup is there, young enough and sound: one verdict a target, never a guess."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from fnmatch import fnmatchcase

from .hostfacts import Entry, Listing, size_text, span_text

RUN_LIMIT = 24 * 3600
"""Seconds that writing one backup may take: its name says the start, its file time the end."""


class State(StrEnum):
    """What is known of a target."""

    OK = "OK"
    STALE = "STALE"  # older than its class allows
    MISSING = "MISSING"  # the host answered, and there is nothing
    ERROR = "ERROR"  # there is something, and it cannot be right
    UNKNOWN = "UNKNOWN"  # the host could not be asked


@dataclass(frozen=True, slots=True)
class Copy:
    """A file that matches a target; `taken` is when its name says that it was started."""

    entry: Entry
    taken: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """The state of one target, with one line for people and what it rests on."""

    state: State
    text: str
    newest: Copy | None = None
    earlier: tuple[Copy, ...] = ()
    age: float | None = None

    @property
    def ok(self) -> bool | None:
        """Returns True, False, or None when it is not known."""
        return None if self.state is State.UNKNOWN else self.state is State.OK


def matching(listing: Listing, path: str, glob: str) -> tuple[Entry, ...]:
    """Returns the files of a directory that a target means; letter case counts."""
    return tuple(e for e in listing.files(path) if fnmatchcase(e.name, glob))


def judge(
    copies: Sequence[Copy], *, now: float, limit: timedelta, min_bytes: int, place: str
) -> Verdict:
    """Returns the verdict on the copies of one target, by the clock of the host that has them."""
    if not copies:
        return Verdict(State.MISSING, f"no_matches for {place}")
    ordered = sorted(copies, key=lambda copy: copy.taken)
    newest, earlier = ordered[-1], tuple(ordered[:-1])
    age = now - newest.taken
    fault = _fault(newest, now, min_bytes)
    if fault:
        return Verdict(State.ERROR, f"{newest.entry.name}: {fault}", newest, earlier, age)
    if age > limit.total_seconds():
        text = f"newest is {span_text(age)} old, limit {span_text(limit.total_seconds())}"
        return Verdict(State.STALE, f"{text} ({newest.entry.name})", newest, earlier, age)
    text = f"newest {span_text(age)} old, {size_text(newest.entry.size)} ({newest.entry.name})"
    return Verdict(State.OK, text, newest, earlier, age)


def _fault(newest: Copy, now: float, min_bytes: int) -> str:
    """Returns why a file cannot be what it seems, empty when it can."""
    written = int(newest.entry.mtime)
    if max(newest.taken, written) > now:
        return f"dated {span_text(max(newest.taken, written) - now)} in the future"
    if newest.entry.size < min_bytes:
        return f"only {newest.entry.size} bytes, at least {min_bytes} are needed"
    if not newest.taken - 1 <= written <= newest.taken + RUN_LIMIT:
        apart = span_text(abs(written - newest.taken))
        return f"its name and its file time are {apart} apart"
    return ""
