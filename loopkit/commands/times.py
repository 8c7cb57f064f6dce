"""Times as people type them."""

from __future__ import annotations

from datetime import UTC, date, datetime, tzinfo

from loopkit.errors import UsageError


def moment(text: str, zone: tzinfo) -> datetime:
    """Returns a time; one without a zone is in the workspace's, a day alone is its noon.

    Raises:
        UsageError: it is not ISO 8601.
    """
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


def day(text: str | None, now: datetime, zone: tzinfo) -> date:
    """Returns the day that a text names, today in the workspace's zone without one."""
    return (moment(text, zone) if text else now).astimezone(zone).date()
