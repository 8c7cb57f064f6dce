"""When a job's calendar event comes next, in the node's local time."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, tzinfo

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_EVENT = re.compile(
    r"(?:(?P<days>[a-z.,]+)\s+)?(?:\*-\*-\*\s+)?(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::00)?"
)
_NAMED = {"daily": "00:00", "weekly": "mon 00:00"}


class NotEmulated(ValueError):
    """A calendar event of a form that the lab does not know."""


def next_run(event: str, after: float, zone: tzinfo | None) -> float:
    """Returns the first time after `after` that an event such as `02:00` or `sat 04:30` names.

    `zone` None is the zone of the machine this runs on. A local time that a change of the clocks
    skips comes as much later as the clocks were moved.

    Raises:
        NotEmulated: another form of calendar event.
    """
    found = _EVENT.fullmatch(_NAMED.get(event, event).strip().lower())
    if not found:
        raise NotEmulated(f"calendar event not emulated in this lab: {event}")
    days = _weekdays(found["days"])
    start = datetime.fromtimestamp(after, zone)
    for ahead in range(9):
        day = (start + timedelta(days=ahead)).date()
        at = datetime(day.year, day.month, day.day, int(found["hour"]), int(found["minute"]))
        moment = at.replace(tzinfo=zone).timestamp()
        if moment > after and day.weekday() in days:
            return moment
    raise NotEmulated(f"calendar event not emulated in this lab: {event}")


def _weekdays(text: str | None) -> frozenset[int]:
    if not text:
        return frozenset(range(7))
    days: set[int] = set()
    for part in text.split(","):
        first, dots, last = part.partition("..")
        names = [name[:3] for name in ((first, last) if dots else (first, first))]
        if any(name not in _DAYS for name in names):
            raise NotEmulated(f"calendar event not emulated in this lab: {text}")
        low, high = (_DAYS.index(name) for name in names)
        days.update(range(low, high + 1))
    return frozenset(days)
