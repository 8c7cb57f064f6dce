"""Times as people type them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo

from loopkit.errors import UsageError


def moment(text: str | datetime, zone: tzinfo) -> datetime:
    """Returns a time; one without a zone is in the workspace's, a day alone is its noon.

    Raises:
        UsageError: it is not ISO 8601.
    """
    if isinstance(text, datetime):
        return text if text.tzinfo else text.replace(tzinfo=zone)
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise UsageError(
            f"{text!r} is not a time",
            why="it is written as ISO 8601: 2026-02-09 or "
            "2026-02-09T12:42 or 2026-02-09T12:42-05:00",
            help="date -Iseconds",
        ) from error
    if len(text) == len("2026-02-09"):
        at = at.replace(hour=12)
    return at if at.tzinfo else at.replace(tzinfo=zone)


def instant(text: str) -> datetime:
    """Returns a time that says its own zone.

    Raises:
        UsageError: it is not ISO 8601, or without a zone: it could mean several moments.
    """
    at = moment(text, UTC)
    if datetime.fromisoformat(text).tzinfo is None:
        raise UsageError(
            f"{text!r} does not say its zone",
            why="without one it is another moment on every host; 2026-02-09T10:30-05:00 says it",
            help="date -Iseconds",
        )
    return at


def span(text: str) -> timedelta:
    """Returns a span of time that was typed as 24h, 90m or 2d.

    Raises:
        UsageError: it is none.
    """
    units = {"m": "minutes", "h": "hours", "d": "days"}
    number, unit = text[:-1], text[-1:]
    try:
        return timedelta(**{units[unit]: float(number)})
    except (KeyError, ValueError, OverflowError) as error:
        raise UsageError(
            f"{text!r} is not a span of time",
            why="it is a number and m, h or d",
            help="loop lab clock 24h",
        ) from error
