"""Counts what Python reads of a folder, as the interpreter itself reports it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass
class Readings:
    """How often a folder was listed, and files in it were opened to be read."""

    folder: Path
    listed: int = 0
    opened: int = 0


_watched: list[Readings] = []


def _audit(event: str, args: tuple[object, ...]) -> None:
    if not _watched or event not in ("os.scandir", "os.listdir", "open"):
        return
    if not isinstance(args[0], str | Path):
        return
    path = Path(args[0]).absolute()
    for each in _watched:
        if event != "open":
            each.listed += path == each.folder
        elif path.parent == each.folder and path.is_file():
            flags = args[2]
            each.opened += isinstance(flags, int) and not flags & (os.O_WRONLY | os.O_RDWR)


# A hook cannot be taken away again, so there is one for all tests.
sys.addaudithook(_audit)


@contextmanager
def readings(folder: Path) -> Iterator[Readings]:
    """Counts what is read of a folder while the block runs."""
    found = Readings(folder.absolute())
    _watched.append(found)
    try:
        yield found
    finally:
        _watched.remove(found)
