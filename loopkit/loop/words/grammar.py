"""Words <-> values: statuses, durations, dates, and the words for nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone

from loopkit.loop.model import LoopStatus, PhaseStatus

_PHASE_WORDS: Mapping[PhaseStatus, str] = {
    PhaseStatus.DONE: "done|completed?|verified|closed|fixed|finished|shipped|resolved|passed"
    "|✅|✔️?|✓|☑️?",
    PhaseStatus.PENDING: "pending|open|to-?do|ready|not[ -](?:started|yet|done)"
    "|incomplete|planned|queued|waiting|⬜|☐",
    PhaseStatus.IN_PROGRESS: r"in[ _-]progress|active|partial|wip|ongoing|running|started"
    r"|\d{1,3} ?%|🔄|🚧",
    PhaseStatus.BLOCKED: "blocked|parked|on[ -]hold|paused|⏸️?",
    PhaseStatus.FAILED: "failed|❌",
    PhaseStatus.SKIPPED: "deferred|superseded|skipped|no longer applicable|not applicable|n/a"
    "|cancell?ed|dropped|descoped",
    PhaseStatus.UNKNOWN: "unknown",
}

_LOOP_WORDS: Mapping[LoopStatus, str] = {
    LoopStatus.OPEN: "open|active|executing|in[ _-]progress|started|ongoing|running"
    "|reopened|closing",
    LoopStatus.PLANNED: "planned|planning|proposed|draft|pending|ready|queued",
    LoopStatus.BLOCKED: "blocked|parked|paused|on[ -]hold",
    LoopStatus.CLOSED: "closed|completed?|done|finished|resolved",
    LoopStatus.DEFERRED: "deferred",
    LoopStatus.SUPERSEDED: "superseded|rolled[ -]into[ -]parent",
}


def _any(words: Mapping[PhaseStatus, str] | Mapping[LoopStatus, str]) -> re.Pattern[str]:
    named = (f"(?P<{status.name}>{pattern})" for status, pattern in words.items())
    return re.compile(rf"(?<![^\W_])(?:{'|'.join(named)})(?![^\W_])", re.IGNORECASE)


_PHASE = _any(_PHASE_WORDS)
_LOOP = _any(_LOOP_WORDS)
_BLOCKED_NOTE = re.compile(r"\(\s*blocked\b", re.IGNORECASE)
_MARKUP = " \t*_`~\"'"

_NOTHING = re.compile(
    r"[*_~`\"'(\[ \t]*(?:(?:none|nothing|n/a|nil|null)(?![\w-])(?![ \t]+of\b)"
    r"|(?:no|-{1,3}|—|–|\[\])?[*_~`\"')\] \t]*$|[—–][ \t]*\()",
    re.IGNORECASE,
)
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


def status_match(text: str) -> re.Match[str] | None:
    """Returns where the first word for a phase's status stands."""
    return _PHASE.search(text)


def matched_status(found: re.Match[str]) -> PhaseStatus:
    """Returns the status that a match of `status_match` means."""
    status = PhaseStatus[found.lastgroup or "UNKNOWN"]
    if found.group().endswith("%"):
        share = int(found.group().rstrip(" %"))
        return {0: PhaseStatus.PENDING, 100: PhaseStatus.DONE}.get(share, status)
    if status is PhaseStatus.IN_PROGRESS and _BLOCKED_NOTE.search(found.string, found.end()):
        return PhaseStatus.BLOCKED
    return status


def phase_status(text: str | None) -> PhaseStatus:
    """Returns the status that the first status word of a cell or note means."""
    found = status_match(text) if text else None
    return matched_status(found) if found else PhaseStatus.UNKNOWN


def loop_status(text: str | None) -> LoopStatus:
    """Returns what a header's status means: its first word decides, a note may follow."""
    found = _LOOP.match((text or "").lstrip(_MARKUP))
    return LoopStatus[found.lastgroup or "UNKNOWN"] if found else LoopStatus.UNKNOWN


def plain(text: str) -> str:
    """Returns a value without quotes, emphasis, code marks and the white space around it."""
    return text.strip(_MARKUP)


def says_nothing(text: str) -> bool:
    """Returns whether a cell or field says none: `None (remote)`, `—`, `_(none — X closed)_`."""
    return _NOTHING.match(text) is not None


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
