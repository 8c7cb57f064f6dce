"""vzdump's files: their names, their logs, and how far a file can be trusted."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from statistics import median

_NAME = re.compile(
    r"vzdump-(?:qemu|lxc|openvz)-(?P<vmid>[1-9]\d{2,8})-"
    r"(?P<at>\d{4}_\d\d_\d\d-\d\d_\d\d_\d\d)\.(?:vma|tar)(?:\.(?:zst|gz|lzo))?\Z"
)
_LEFTOVER = re.compile(r"vzdump-(?:qemu|lxc|openvz)-(?P<vmid>\d+)-.*\.(?:vma\.dat|tar\.dat|tmp)\Z")
_FINISHED = re.compile(r"INFO: Finished Backup of VM (\d+) \((\d+):(\d\d):(\d\d)\)\s*\Z")


@dataclass(frozen=True, slots=True)
class DumpName:
    """What the name of a finished dump says; `started` is the node's local time, without zone."""

    vmid: int
    started: datetime


def parse_name(name: str) -> DumpName | None:
    """Reads a dump's file name; None for logs, notes, and files that are not finished."""
    match = _NAME.match(name)
    if match is None:
        return None
    try:
        return DumpName(int(match["vmid"]), datetime.strptime(match["at"], "%Y_%m_%d-%H_%M_%S"))
    except ValueError:
        return None


def leftover_of(name: str) -> int | None:
    """Returns the VMID of a file that vzdump is still writing, or left behind when it crashed."""
    match = _LEFTOVER.match(name)
    return None if match is None else int(match["vmid"])


def log_name(name: str) -> str:
    """Returns the name of the log beside a dump."""
    return re.sub(r"\.(?:vma|tar)(?:\.(?:zst|gz|lzo))?\Z", ".log", name)


def started_at(name: DumpName, mtime: float, zone: tzinfo) -> float:
    """Returns when a dump was started, in seconds since 1970.

    In the hour that a DST night repeats, the one nearer to the file's own time is meant.
    """
    both = [name.started.replace(tzinfo=zone, fold=fold).timestamp() for fold in (0, 1)]
    return min(both, key=lambda at: abs(mtime - at))


@dataclass(frozen=True, slots=True)
class LogVerdict:
    """What the log of one dump says."""

    finished: bool
    errors: tuple[str, ...]
    seconds: int = 0

    @property
    def fault(self) -> str:
        """Returns why the dump is not proved by its log, empty when it is."""
        if self.errors:
            return f"its log has an error: {self.errors[0]}"
        return "" if self.finished else "its log does not say that it finished"


def read_log(lines: Iterable[str], vmid: int) -> LogVerdict:
    """Reads the lines of a log that tell how one guest's dump ended."""
    kept = list(lines)
    errors = tuple(line[line.index("ERROR:") :].strip() for line in kept if "ERROR:" in line)
    ends = [match for match in map(_FINISHED.search, kept) if match and int(match[1]) == vmid]
    took = [int(m[2]) * 3600 + int(m[3]) * 60 + int(m[4]) for m in ends]
    return LogVerdict(bool(ends), errors, sum(took))


def is_plausible(size: int, earlier: Sequence[int]) -> bool | None:
    """Returns whether a dump is more than half the median of the last five before it.

    None for the first one: there is nothing to compare it with.
    """
    return size > median(earlier[-5:]) / 2 if earlier else None
