"""Sizes and time spans as people write them."""

from __future__ import annotations


def size_text(size: float) -> str:
    """Returns bytes as people write them: 185G, 4.0G, 28K."""
    for unit in ("", "K", "M", "G", "T"):
        if size < 1024 or unit == "T":
            return f"{size:.0f}{unit}" if size >= 10 or not unit else f"{size:.1f}{unit}"
        size /= 1024
    raise AssertionError("not reached: T takes every size")


def span_text(seconds: float) -> str:
    """Returns a time span in exact minutes: 26h54m, 12m, 40s."""
    whole = int(seconds)
    if whole < 60:
        return f"{whole}s"
    hours, minutes = divmod(whole // 60, 60)
    return f"{hours}h{minutes:02d}m" if hours else f"{minutes}m"
