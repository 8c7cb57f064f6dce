"""When a schedule comes round next: the calendar events of systemd timers and Proxmox jobs.

The subset that people write: `02:00`, `mon..fri 22:30`, `sat 1,13:15`, `*:0/30`, `daily`.
Anything else is not understood, and said to be so, rather than guessed.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, tzinfo

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_NAMED = {"hourly": "*:00", "daily": "00:00", "weekly": "mon 00:00"}
_EVENT = re.compile(r"(?:([a-z.,]+)\s+)?(?:(\S+):)?([\d*/,.]+)\Z")


def next_run(event: str, after: datetime, zone: tzinfo) -> datetime | None:
    """Returns the first run after a moment, in UTC; None when the event is not understood.

    A local time that a DST night skips runs as much later as the clock jumped; one that it
    repeats runs the first time.
    """
    match = _EVENT.match(_NAMED.get(event.strip().lower(), event.strip().lower()))
    if match is None:
        return None
    days = _weekdays(match[1])
    hours = _values(match[2] or "*", 24) if match[2] or ":" in event else _values(match[3], 24)
    minutes = _values(match[3], 60) if match[2] else frozenset({0})
    if not (days and hours and minutes):
        return None
    return _first(days, hours, minutes, after, zone)


def _first(
    days: frozenset[int],
    hours: frozenset[int],
    minutes: frozenset[int],
    after: datetime,
    zone: tzinfo,
) -> datetime | None:
    start = after.astimezone(zone).date() - timedelta(days=1)
    for offset in range(9):
        day = start + timedelta(days=offset)
        if day.weekday() in days:
            runs = (_in_utc(day, hour, minute, zone) for hour in hours for minute in minutes)
            later = [run for run in runs if run > after]
            if later:
                return min(later)
    return None


def _in_utc(day: date, hour: int, minute: int, zone: tzinfo) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone).astimezone(UTC)


def _weekdays(text: str | None) -> frozenset[int]:
    if text is None:
        return frozenset(range(7))
    found: set[int] = set()
    for part in text.split(","):
        first, _, last = part.partition("..")
        if first not in _DAYS or (last and last not in _DAYS):
            return frozenset()
        start, end = _DAYS.index(first), _DAYS.index(last or first)
        found |= set(range(start, end + 1)) if start <= end else set()
    return frozenset(found)


def _values(text: str, below: int) -> frozenset[int]:
    found: set[int] = set()
    for part in text.split(","):
        match = re.fullmatch(r"(\*|\d+)(?:\.\.(\d+))?(?:/(\d+))?", part)
        if match is None or match[3] == "0":
            return frozenset()
        first = 0 if match[1] == "*" else int(match[1])
        last = int(match[2]) if match[2] else below - 1 if match[1] == "*" or match[3] else first
        found |= set(range(first, last + 1, int(match[3] or 1)))
    return frozenset(found) if found and max(found) < below else frozenset()
