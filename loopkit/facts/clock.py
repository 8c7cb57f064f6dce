"""A host's clock and time zone."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from loopkit.runbook import Host

MAX_SKEW = 60
"""Seconds by which a host's clock may differ from the controller's before no age can be told."""


def epoch(c: Host) -> int:
    """Returns the host's own time, in whole seconds since 1970."""
    return int(c.read("date", "+%s").stdout)


def skew(c: Host) -> int:
    """Returns by how many seconds the host's clock is ahead of the controller's."""
    return round(epoch(c) - c.now())


def zone_name(c: Host) -> str:
    """Returns the host's time zone, such as America/New_York; empty when it cannot be told."""
    link = c.read("readlink", "/etc/localtime", ok=(0, 1)).stdout.strip()
    return link.partition("/zoneinfo/")[2]


def zone(c: Host) -> ZoneInfo | None:
    """Returns the host's time zone, None when it cannot be told."""
    name = zone_name(c)
    try:
        return ZoneInfo(name) if name else None
    except (KeyError, ValueError, OSError):
        return None
