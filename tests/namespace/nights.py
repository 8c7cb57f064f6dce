"""Time that passes: what cron and the vzdump job would have done, done, then the clocks moved."""

from __future__ import annotations

from pathlib import Path


def pass_time(directory: Path, seconds: float) -> None:
    raise NotImplementedError
