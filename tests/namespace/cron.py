"""When the entries of cron files are due: the plain part of crontab(5)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

_RANGES = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a file in cron.d."""

    fields: tuple[str, ...]
    user: str
    command: str

    def due(self, since: float, until: float, zone: tzinfo) -> Iterator[float]:
        """Yields the times after `since`, up to `until`, at which cron would start it."""
        wanted = [_numbers(*field) for field in zip(self.fields, _RANGES, strict=True)]
        any_day = "*" in (self.fields[2], self.fields[4])
        minute = int(since // 60 + 1) * 60
        while minute <= until:
            at = datetime.fromtimestamp(minute, UTC).astimezone(zone)
            day, weekday = at.day in wanted[2], at.isoweekday() % 7 in wanted[4]
            # crontab(5): when both day fields are restricted, either may match.
            on_day = day and weekday if any_day else day or weekday
            if at.minute in wanted[0] and at.hour in wanted[1] and at.month in wanted[3] and on_day:
                yield minute
            minute += int(timedelta(minutes=1).total_seconds())


def entries(text: str) -> tuple[tuple[Entry, ...], dict[str, str]]:
    """Returns the entries of a file in cron.d, and the variables that it sets."""
    found: list[Entry] = []
    variables: dict[str, str] = {}
    for line in text.split("\n"):
        words = line.split(maxsplit=6)
        if not words or words[0].startswith("#"):
            continue
        if "=" in words[0]:
            name, _, value = line.partition("=")
            variables[name.strip()] = value.strip().strip("'\"")
        else:
            found.append(Entry(tuple(words[:5]), words[5], words[6].replace(r"\%", "%")))
    return tuple(found), variables


def _numbers(field: str, limits: tuple[int, int]) -> frozenset[int]:
    numbers: set[int] = set()
    for part in field.split(","):
        span, _, step = part.partition("/")
        first, _, last = span.partition("-")
        low, high = limits if span == "*" else (int(first), int(last or first))
        numbers.update(range(low, high + 1, int(step or 1)))
    return frozenset(number % 7 if limits == (0, 7) else number for number in numbers)
