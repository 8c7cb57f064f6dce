"""What text is made of: aligned columns, coloured words, diffs, times; safe on any terminal."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TextIO

from rich.console import Console
from rich.table import Table
from rich.text import Text

from loopkit.commands.results import GoalCheck
from loopkit.loop.model import Loop, PhaseStatus
from loopkit.loop.snapshot import Answer
from loopkit.loop.unread import left_unread
from loopkit.ui.printable import printable

ANSWER_WORDS = {Answer.MET: "met", Answer.NOT_MET: "not met", Answer.UNKNOWN: "unknown"}
STYLES = {
    "met": "green",
    "not met": "yellow",
    "unknown": "bold magenta",
    "ok": "green",
    "changed": "cyan",
    "waiting": "yellow",
    "refused": "bold yellow",
    "failed": "bold red",
    "waived": "yellow",
    "attested": "green",
    "nobody looked": "bold magenta",
    "not checked": "yellow",
    "error": "bold red",
    "warning": "yellow",
    "info": "dim",
}


def console(stream: TextIO | None = None) -> Console:
    """Returns a console that honours NO_COLOR and CLICOLOR, and wraps nothing when piped."""
    stream = stream or sys.stdout
    live = stream.isatty()
    colour = os.environ.get("CLICOLOR") != "0" and "NO_COLOR" not in os.environ
    forced = os.environ.get("CLICOLOR_FORCE", "0") != "0"
    return Console(
        file=stream,
        highlight=False,
        markup=False,
        emoji=False,
        soft_wrap=not live,
        no_color=not colour,
        force_terminal=True if forced else None,
        width=None if live else 10_000,
    )


def grid(rows: Iterable[tuple[object, ...]], indent: int = 0) -> Table:
    """Returns aligned columns; strings are made printable, Text is taken as it is."""
    table = Table.grid(padding=(0, 2, 0, 0))
    cells = [[c if isinstance(c, Text) else Text(printable(str(c))) for c in row] for row in rows]
    for number in range(max((len(row) for row in cells), default=0)):
        table.add_column(overflow="fold", no_wrap=number == 0)
    for row in cells:
        if indent:
            row[0] = Text(" " * indent).append_text(row[0])
        table.add_row(*row)
    return table


def stays_whole(piece: object) -> bool:
    """Returns whether a piece is a line that no width may break or cut."""
    return isinstance(piece, Text) and bool(piece.no_wrap)


def counted(number: int, noun: str) -> str:
    """Returns a number of things: `1 document`, `3 documents`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def goal_rows(path: str, checks: Iterable[GoalCheck]) -> Iterable[tuple[object, ...]]:
    """Returns the Non-Goals that no invariant is bound to, as cells: nobody knows of them."""
    for each in checks:
        if not each.checked:
            yield (word("not checked"), each.goal.text, "", "", f"{path}:{each.goal.place.line}")


def word(word: str) -> Text:
    """Returns a word in its colour; the word itself says the same."""
    return Text(word, style=STYLES.get(word, ""))


def command_line(command: str, note: str = "") -> Text:
    """Returns a command to paste, and when it helps."""
    text = Text("  ").append(printable(command), style="bold")
    return text.append(f"      {printable(note)}") if note else text


def diff_text(diff: str, indent: str = "  ") -> Text:
    """Returns a diff in colour, each line made printable."""
    styles = {"+": "green", "-": "red", "@": "dim"}
    text = Text()
    for line in diff.splitlines():
        text.append(f"{indent}{printable(line)}\n", style=styles.get(line[:1], ""))
    text.rstrip()
    return text


def changed_lines(diff: str) -> str:
    """Returns only the lines that go and come, as a reviewer looks at them."""
    return "\n".join(
        f"{line[0]} {line[1:]}"
        for line in diff.splitlines()
        if line[:1] in ("+", "-") and not line.startswith(("+++", "---"))
    )


def headline(loop: Loop, tail: str = "") -> Text:
    """Returns the line above all of a loop: its id, how much is done, and what is next."""
    done = sum(phase.status is PhaseStatus.DONE for phase in loop.phases)
    text = Text(printable(loop.id), style="bold")
    left = len(left_unread(loop))
    unread = f", {left} unread" if left else ""
    text.append(f"   {done} of {len(loop.phases)} done{unread}", style="not bold")
    return text.append(f"   {printable(tail)}", style="not bold") if tail else text


def when(at: datetime, now: datetime) -> str:
    """Returns a time in words that need no clock: `2026-02-09 12:42 EST, in 5h31m`."""
    local = at.astimezone(now.tzinfo)
    return f"{local:%Y-%m-%d %H:%M %Z}, {_distance(at - now)}"


def _distance(wait: timedelta) -> str:
    minutes = int(abs(wait).total_seconds() // 60)
    days, hours, minutes = minutes // 1440, minutes // 60 % 24, minutes % 60
    text = f"{days}d{hours:02}h" if days else f"{hours}h{minutes:02}m" if hours else f"{minutes}m"
    return f"in {text}" if wait > timedelta() else f"{text} ago"


def short(diff: str, most: int = 24) -> str:
    """Returns the first `most` lines of a diff, and how many more there are."""
    lines = diff.splitlines()
    if len(lines) <= most:
        return diff
    return "\n".join([*lines[:most], f"  … {len(lines) - most} more lines (git diff)"])
