"""Readings of a host, and what follows from them; what a runbook may use is `__all__`.

    from loopkit import facts

    def how_full(c: Host) -> Seen:
        space = facts.space(c, "/volume1")
        return Seen(space.percent_free > 10, f"{space.percent_free}% free")

A reading takes the host that a look is given, sends a command that only reads, and returns what
was said, or that it was not: an unreadable directory is never an empty one. What is computed
from readings takes no host and touches nothing. How each is used: docs/facts.md.
"""

from __future__ import annotations

from loopkit.facts.budget import Budget, Load, fill_window
from loopkit.facts.clock import MAX_SKEW, epoch, skew, zone, zone_name
from loopkit.facts.cron import CronEntry, cron_entries, cron_faults
from loopkit.facts.disks import Space, mount_fault, mount_point, space
from loopkit.facts.files import (
    Entry,
    Listing,
    Permissions,
    listing,
    parse_listing,
    permissions,
    sha256,
    text,
)
from loopkit.facts.freshness import RUN_LIMIT, Copy, Freshness, FreshnessState, judge_freshness
from loopkit.facts.identity import hostname, identity_fault, pinned
from loopkit.facts.schedule import next_run
from loopkit.facts.stamp import (
    STATE_DIRECTORY,
    Stamp,
    counts_path,
    parse_counts,
    parse_stamps,
    proved,
    restored_path,
    stamp_path,
    stamps,
)
from loopkit.facts.units import size_text, span_text

__all__ = [
    "MAX_SKEW",
    "RUN_LIMIT",
    "STATE_DIRECTORY",
    "Budget",
    "Copy",
    "CronEntry",
    "Entry",
    "Freshness",
    "FreshnessState",
    "Listing",
    "Load",
    "Permissions",
    "Space",
    "Stamp",
    "counts_path",
    "cron_entries",
    "cron_faults",
    "epoch",
    "fill_window",
    "hostname",
    "identity_fault",
    "judge_freshness",
    "listing",
    "mount_fault",
    "mount_point",
    "next_run",
    "parse_counts",
    "parse_listing",
    "parse_stamps",
    "permissions",
    "pinned",
    "proved",
    "restored_path",
    "sha256",
    "size_text",
    "skew",
    "space",
    "span_text",
    "stamp_path",
    "stamps",
    "text",
    "zone",
    "zone_name",
]
