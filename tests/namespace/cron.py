"""When the entries of cron files are due, by the rules that the built-in lab's cron has."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, tzinfo

from loopkit.lab.cron import Entry, Ticker

_MINUTE = 60


def due(entry: Entry, since: float, until: float, zone: tzinfo) -> Iterator[float]:
    """Yields the times after `since`, up to `until`, at which cron would start it."""
    ticker = Ticker()
    for minute in range(int(since // _MINUTE + 1) * _MINUTE, int(until) + 1, _MINUTE):
        for _ in ticker.due([entry], datetime.fromtimestamp(minute, zone)):
            yield minute


def command(entry: Entry) -> str:
    """Returns what the shell is given, for a line that has no input after a `%`."""
    return entry.command.replace(r"\%", "%")
