"""Reads thirty inputs that no author writes, and says how long each took: a command.

    python -m tests.pathological

Each is read in less than a second. A document comes from strangers as well: no input may take more
than its size in time.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping

from loopkit.loop.parse.reader import read
from loopkit.markdown.source import Source

LIMIT = 1.0
HEAD = "# LOOP-A-20260101\n\n> **Status:** open\n\n## Phases\n\n"
TABLE = HEAD + "| Phase | Scope | Depends | Status |\n|---|---|---|---|\n"
MEGABYTE = 1_000_000


def _rows(count: int, row: str) -> str:
    return "".join(row.format(n=n, before=n - 1) for n in range(count))


def _nested(count: int, item: str) -> str:
    return "".join("  " * (n % 50) + item.format(n=n) for n in range(count))


INPUTS: Mapping[str, Callable[[], str]] = {
    "10,000 rows": lambda: TABLE + _rows(10_000, "| P{n} | scope | P{before} | done |\n"),
    "10,000 rows without a label": lambda: TABLE + _rows(10_000, "| | scope {n} | | done |\n"),
    "10,000 rows cut off": lambda: TABLE + "\n" + _rows(10_000, "| P{n} | scope | | done |\n"),
    "10,000 rows of one id": lambda: TABLE + "| P1 | scope | P0 | done |\n" * 10_000,
    "2,000 tables": lambda: HEAD + "| Phase | Status |\n|---|---|\n| P1 | done |\n\n" * 2_000,
    "a row of 100,000 cells": lambda: TABLE + "| P1 " * 100_000 + "|\n",
    "5,000 nested boxes": lambda: HEAD + _nested(5_000, "- [ ] P{n} box\n"),
    "5,000 flat boxes": lambda: HEAD + _rows(5_000, "- [x] P{n} box\n"),
    "5,000 odd boxes": lambda: HEAD + _rows(5_000, "- [?] P{n} box\n"),
    "5,000 items without a label": lambda: HEAD + "- P1: a\n" + "- box\n" * 5_000,
    "5,000 numbered items": lambda: HEAD + _rows(5_000, "{n}. **Title** — done\n"),
    "4,000 headings": lambda: HEAD + _rows(4_000, "### P{n}: x\n\nDepends on P{before}.\n\n"),
    "4,000 headings of one id": lambda: HEAD + "### P1: x\n\n" * 4_000,
    "4,000 headings without a label": lambda: HEAD + "### P1: x\n\n" + "### x\n\n" * 4_000,
    "2,000 sections in six levels": lambda: _rows(2_000, "###### P{n}: x\n## Phases {n}\n"),
    "4,000 phases seen again": lambda: (
        HEAD + _rows(4_000, "- P{n}: x\n") + _rows(4_000, "\n#### P{n}: x — DONE\n")
    ),
    "10,000 near labels": lambda: HEAD + "- P0: a\n\n" + _rows(10_000, "P{n}x and Phse {n}:\n\n"),
    "10,000 lost labels": lambda: HEAD + "- P1: a\n\n" + _rows(10_000, "p{n} words\n\n"),
    "one line of labels": lambda: HEAD + "- P0: " + "P1 Phase 2 " * 90_000 + "\n",
    "one line of signs": lambda: HEAD + "- P0: " + "✅ " * 300_000 + "\n",
    "one line of brackets": lambda: HEAD + "- P0: " + "(done " * 150_000 + "\n",
    "one line of stars": lambda: HEAD + "- **P0" + "*" * MEGABYTE + "\n",
    "one line of digits": lambda: HEAD + "- P" + "1" * MEGABYTE + "\n",
    "one line of spaces": lambda: HEAD + "- P0" + " " * MEGABYTE + "x\n",
    "one line of words": lambda: HEAD + "- P0: " + "not done yet " * 75_000 + "\n",
    "one cell of a megabyte": lambda: f"{TABLE}| P0 | x | P1 | {'done, ' * 160_000} |\n",
    "one condition of a megabyte": lambda: f"{TABLE}| P0 | x | {'P1 and ' * 140_000} | y |\n",
    "5,000 quotes": lambda: HEAD + _rows(5_000, "> - [ ] P{n} x\n"),
    "5,000 tables in HTML": lambda: HEAD + "<table><tr><td>P1</td></tr></table>\n\n" * 5_000,
    "5,000 merges": lambda: TABLE + "<<<<<<< a\n| P1 |\n=======\n| P2 |\n>>>>>>> b\n" * 5_000,
    "20,000 fields": lambda: "> **Status:** open\n" * 20_000,
    "a megabyte of TOML": lambda: "+++\n" + 'a = "b"\n' * 120_000 + "+++\n",
}


def seconds(text: str) -> float:
    """Returns how long a text takes to be read."""
    begun = time.process_time()
    read(Source(text), "LOOP-A-20260101.md")
    return time.process_time() - begun


def main() -> int:
    """Prints the time of each input; exits 1 where one takes more than a second."""
    slow = 0
    for name, make in INPUTS.items():
        text = make()
        taken = seconds(text)
        slow += taken > LIMIT
        print(
            f"{'SLOW ' if taken > LIMIT else ''}{taken:6.2f} s  {len(text):9,} characters  {name}"
        )
    print(f"{len(INPUTS) - slow} of {len(INPUTS)} in less than {LIMIT:.0f} s")
    return 1 if slow else 0


if __name__ == "__main__":
    sys.exit(main())
