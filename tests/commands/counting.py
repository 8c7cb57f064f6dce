"""Runs one command in this process and counts what it did: `python counting.py REPORT ARGV…`.

Nothing is replaced: a profile hook sees each call of the functions that are counted, and an audit
hook sees each file that is opened and each folder that is listed.
"""

from __future__ import annotations

import json
import sys
import threading
from collections import Counter
from pathlib import Path
from types import FrameType
from typing import Any

from loopkit.effects.gather import gather
from loopkit.loop.plan import make_plan
from loopkit.markdown.document import parse
from loopkit.ui.cli import main

CALLS = {parse.__code__: "parse", gather.__code__: "gather", make_plan.__code__: "make_plan"}


def counted(argv: list[str]) -> tuple[int, Counter[str]]:
    """Runs a command; returns its exit status, and how often it did what."""
    seen: Counter[str] = Counter()

    def called(frame: FrameType, event: str, arg: Any) -> None:
        if event == "call" and frame.f_code in CALLS:
            seen[CALLS[frame.f_code]] += 1

    def audited(event: str, args: tuple[Any, ...]) -> None:
        if event in ("os.scandir", "os.listdir") and _is_path(args[0]):
            seen[f"list {Path(args[0]).resolve()}"] += 1
        if event == "open" and _is_path(args[0]) and not args[2] & 0o3:
            seen[f"open {Path(args[0]).resolve()}"] += 1

    sys.addaudithook(audited)
    threading.setprofile(called)
    sys.setprofile(called)
    try:
        return main(argv), seen
    finally:
        sys.setprofile(None)


def _is_path(given: object) -> bool:
    return isinstance(given, str | Path)


if __name__ == "__main__":
    code, found = counted(sys.argv[2:])
    Path(sys.argv[1]).write_text(json.dumps(found))
    sys.exit(code)
