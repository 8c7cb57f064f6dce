"""The text that people read: each result as a few aligned lines."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import assert_never

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from loopkit.commands.results import (
    Advanced,
    CapabilityList,
    CapabilityRun,
    Checked,
    CommandResult,
    Explained,
    Listing,
    Logged,
    LoopRow,
    Message,
    Planned,
    Shown,
    Verified,
    Written,
)
from loopkit.loop.model import Loop
from loopkit.loop.outcome import target_name
from loopkit.loop.unread import left_unread
from loopkit.ui.printable import printable, printable_lines
from loopkit.ui.text.checked import checked_text
from loopkit.ui.text.gates import explained_text, planned_text
from loopkit.ui.text.pieces import (
    STYLES,
    console,
    counted,
    grid,
    headline,
    stays_whole,
    word,
)
from loopkit.ui.text.runs import advanced_text, verified_text, written_text


def show(result: CommandResult, verbose: bool = False) -> None:
    """Prints a result on standard output; in a pipe no line ends in blanks."""
    out = console()
    if out.is_terminal:
        for piece in _filled(result, verbose):
            out.print(piece, soft_wrap=stays_whole(piece) or None)
        return
    with out.capture() as captured:
        for piece in _filled(result, verbose):
            out.print(piece)
    lines = captured.get().split("\n")
    sys.stdout.write("\n".join(line.rstrip() for line in lines))


def _filled(result: CommandResult, verbose: bool) -> Iterable[RenderableType]:
    """Returns what there is to print: a table of no rows would be an empty line."""
    pieces = render(result, verbose)
    return (piece for piece in pieces if not isinstance(piece, Table) or piece.row_count)


def render(result: CommandResult, verbose: bool = False) -> Iterable[RenderableType]:
    """Returns what to print of a result, piece by piece."""
    match result:
        case Listing():
            return _listing(result)
        case Shown():
            return _loop(result)
        case Explained():
            return explained_text(result)
        case Planned():
            return planned_text(result)
        case Advanced():
            return advanced_text(result, verbose)
        case Written():
            return written_text(result)
        case Verified():
            return verified_text(result)
        case Checked():
            return checked_text(result, verbose)
        case Logged():
            return _logged(result)
        case CapabilityList():
            return _capabilities(result)
        case CapabilityRun():
            return _capability(result)
        case Message():
            return [Text(printable_lines(line)) for line in result.lines]
        case _:
            assert_never(result)


def _listing(result: Listing) -> Iterable[RenderableType]:
    if not result.rows:
        yield Text("No loops here.")
    yield grid(
        (
            Text(row.status or "error", style="" if row.status else "bold red"),
            row.id or row.path,
            f"{row.done}/{row.total}" + (f" +{row.unread} unread" if row.unread else ""),
            ("next " + " ".join(row.next)) if row.next else "",
            row.error or _waits(row),
        )
        for row in result.rows
    )
    if count := len(result.no_plans):
        are = "is no plan" if count == 1 else "are no plans"
        yield Text(f"{counted(count, 'document')} {are}")


def _waits(row: LoopRow) -> str:
    return f"waits for {'; '.join(row.waits_for)}" if row.waits_for else ""


def _loop(result: Shown) -> Iterable[RenderableType]:
    loop = result.loop
    phases = loop.phases if result.phase is None else (result.phase,)
    yield headline(loop, loop.status_text or loop.status.value)
    yield Text(printable(f"{loop.title}   {loop.path}"))
    if not phases:
        yield Text("  No phases were found in it.")
    yield grid(
        (
            (
                phase.id,
                phase.status.value,
                phase.title,
                ", ".join(gate.text for gate in phase.gates),
                result.runbooks.get(phase.id, ""),
                f"{loop.path}:{phase.place.line}",
            )
            for phase in phases
        ),
        indent=2,
    )
    for item in result.phase.items if result.phase else ():
        gates = ", ".join(gate.text for gate in item.gates)
        yield Text(printable(f"    {item.key}   {item.status.value}   {gates}"))
    if result.phase is None:
        yield from _bullets("Success criteria", [c.text for c in loop.criteria])
        yield from _bullets("Non-goals", [goal.text for goal in loop.non_goals])
    yield from _unread(loop)
    told = {(each.line, each.kind.value) for each in loop.unread}
    for finding in loop.findings:
        if (finding.line, finding.code) not in told:
            yield Text(printable(f"  {loop.path}:{finding.line} {finding.code} {finding.message}"))


def _unread(loop: Loop) -> Iterable[RenderableType]:
    left = left_unread(loop)
    if left:
        yield Text("Not read", style="bold")
    for each in left:
        yield Text(printable(f"  {loop.path}:{each.line} {each.text}"))
        yield Text(printable(f"    {each.why}"), style="dim")


def _bullets(title: str, texts: list[str]) -> Iterable[RenderableType]:
    if texts:
        yield Text(title, style="bold")
    for text in texts:
        yield Text(printable(f"  {text}"))


def _logged(result: Logged) -> Iterable[RenderableType]:
    if not result.entries:
        yield Text(printable(f"{result.loop} has no receipts."))
        return
    yield grid(
        (
            f"{entry.at:%Y-%m-%d %H:%M:%SZ}" if entry.at else "",
            entry.kind,
            target_name(entry.phase, entry.item),
            word(entry.result),
            entry.who,
            entry.what + (f"   lab: {entry.lab}" if entry.lab else ""),
            entry.receipt,
        )
        for entry in result.entries
    )


def _capabilities(result: CapabilityList) -> Iterable[RenderableType]:
    if not result.rows:
        yield Text("No capabilities here: no runbook offers one.")
        return
    yield grid((row.name, row.summary, row.where) for row in result.rows)


def _capability(result: CapabilityRun) -> Iterable[RenderableType]:
    words = {True: "ok", False: "failed", None: "unknown"}
    good = sum(row.ok is True for row in result.report.rows)
    count = f"{good} of {len(result.report.rows)} ok"
    if result.nagios:
        state = {0: "OK", 2: "CRITICAL", 3: "UNKNOWN"}[result.exit_code]
        yield Text(f"{result.name} {state} - {count}")
    yield grid(
        (row.name, Text(row.state, style=STYLES[words[row.ok]]), row.text)
        for row in result.report.rows
    )
    if not result.nagios:
        yield Text(f"{result.name}: {count}")
