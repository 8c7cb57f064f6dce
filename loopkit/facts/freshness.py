"""Whether what is made again and again is there, young and sound: one verdict, never a guess."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from loopkit.facts.files import Entry
from loopkit.facts.units import size_text, span_text

RUN_LIMIT = 24 * 3600
"""Seconds that writing one copy may take: its name says the start, its file time the end."""


class FreshnessState(StrEnum):
    """What is known of the newest copy."""

    OK = "OK"
    STALE = "STALE"  # older than it may be
    MISSING = "MISSING"  # the host answered, and there is nothing
    ERROR = "ERROR"  # there is something, and it cannot be right
    UNKNOWN = "UNKNOWN"  # the host could not be asked


@dataclass(frozen=True, slots=True)
class Copy:
    """A file that is one of many; `taken` is when its name says that it was started."""

    entry: Entry
    taken: float


@dataclass(frozen=True, slots=True)
class Freshness:
    """The verdict on copies, with one line for people and what it rests on."""

    state: FreshnessState
    text: str
    newest: Copy | None = None
    earlier: tuple[Copy, ...] = ()
    age: float | None = None

    @property
    def ok(self) -> bool | None:
        """Returns True, False, or None when it is not known."""
        return None if self.state is FreshnessState.UNKNOWN else self.state is FreshnessState.OK


def judge_freshness(
    copies: Sequence[Copy], *, now: float, limit: timedelta, min_bytes: int, place: str
) -> Freshness:
    """Returns the verdict on copies, by the clock of the host that has them.

    `place` is where they were looked for.
    """
    if not copies:
        return Freshness(FreshnessState.MISSING, f"no_matches for {place}")
    ordered = sorted(copies, key=lambda copy: copy.taken)
    newest, earlier = ordered[-1], tuple(ordered[:-1])
    age = now - newest.taken
    state, text = _judge(newest, now, limit.total_seconds(), min_bytes)
    return Freshness(state, text, newest, earlier, age)


def _judge(newest: Copy, now: float, limit: float, min_bytes: int) -> tuple[FreshnessState, str]:
    name, age = newest.entry.name, now - newest.taken
    fault = _fault(newest, now, min_bytes)
    if fault:
        return FreshnessState.ERROR, f"{name}: {fault}"
    if age > limit:
        text = f"newest is {span_text(age)} old, limit {span_text(limit)} ({name})"
        return FreshnessState.STALE, text
    size = size_text(newest.entry.size)
    return FreshnessState.OK, f"newest {span_text(age)} old, {size} ({name})"


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
