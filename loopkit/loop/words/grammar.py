"""Words <-> values: statuses, durations, dates, and the words for nothing."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone

from loopkit.loop.model import LoopStatus, PhaseStatus
from loopkit.loop.words.status import read_loop_status, read_status
from loopkit.loop.words.vocabulary import names_nothing

_MARKUP = " \t*_`~\"'"

_NOTHING = re.compile(
    r"[*_~`\"'(\[ \t]*(?:(?:none|nothing|n/a|nil|null)(?![\w-])(?![ \t]+of\b)"
    r"|(?:no|-{1,3}|—|–|\[\])?[*_~`\"')\] \t]*$|[—–][ \t]*\()",
    re.IGNORECASE,
)
_NOTE = re.compile(r"[(（\[—–,;，；]")
_UNIT_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_DURATION = re.compile(
    r"(?<![\w.])(\d{1,6}(?:\.\d{1,3})?)[ -]?"
    r"(s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?|w|weeks?)(?!\w)",
    re.IGNORECASE,
)
_DATE = re.compile(
    r"(\d{4}-\d{2}-\d{2})(?:(?:[T ]|[ ]after[ ])(\d{1,2}:\d{2}(?::\d{2})?)"
    r"[ ]?(Z|[+-]\d{2}:?\d{2}|[A-Z]{3,4}(?!\w))?)?"
)
_ZONES: dict[str | None, int] = {
    "Z": 0,
    "UTC": 0,
    "GMT": 0,
    "EST": -5,
    "EDT": -4,
    "CST": -6,
    "CDT": -5,
}
_ZONES |= {"MST": -7, "MDT": -6, "PST": -8, "PDT": -7, "CET": 1, "CEST": 2}


def phase_status(text: str | None) -> PhaseStatus:
    """Returns the status of a phase that a text states, unknown where none for certain."""
    found = read_status(text) if text else None
    return found.status if found else PhaseStatus.UNKNOWN


def loop_status(text: str | None) -> LoopStatus:
    """Returns the status of a loop that a text states, unknown where none for certain."""
    found = read_loop_status(text) if text else None
    return found.status if found else LoopStatus.UNKNOWN


def plain(text: str) -> str:
    """Returns a value without quotes, emphasis, code marks and the white space around it."""
    return text.strip(_MARKUP)


def says_nothing(text: str) -> bool:
    """Returns whether a cell or field says none: `None (remote)`, `—`, `keine`."""
    return _NOTHING.match(text) is not None or names_nothing(_NOTE.split(text, maxsplit=1)[0])


def duration(text: str) -> timedelta | None:
    """Returns the first duration in a text: `24h`, `72 hours`, `14-day`."""
    found = _DURATION.search(text)
    if found is None:
        return None
    return timedelta(seconds=float(found[1]) * _UNIT_SECONDS[found[2][0].lower()])


def moment(text: str) -> datetime | None:
    """Returns the first point of time in a text; naive where the text names no zone."""
    found = _DATE.search(text)
    if found is None:
        return None
    try:
        at = datetime.fromisoformat(f"{found[1]}T{(found[2] or '00:00').rjust(5, '0')}")
    except ValueError:
        return None
    return at.replace(tzinfo=_zone(found[3]))


def _zone(name: str | None) -> timezone | None:
    if name in _ZONES:
        return timezone(timedelta(hours=_ZONES[name]))
    if name is None or name[0] not in "+-":
        return None
    hours, minutes = int(name[1:3]), int(name[-2:])
    offset = timedelta(hours=min(hours, 23), minutes=min(minutes, 59))
    return timezone(-offset if name[0] == "-" else offset)


def first_date(text: str) -> str:
    """Returns the date or time at which a header's value begins, else the whole value."""
    value = plain(text)
    found = _DATE.match(value)
    return found.group().rstrip() if found else value
