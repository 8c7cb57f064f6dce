"""The text that people read: each record as a few aligned lines."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TextIO, assert_never

from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from loopkit.commands.records import (
    Advanced,
    CapabilityList,
    CapabilityRun,
    Checked,
    Explained,
    Listing,
    Logged,
    Message,
    Planned,
    PlannedPhase,
    RanPhase,
    Record,
    Shown,
    Verified,
    Written,
)
from loopkit.loop.model import Answer, Loop, PhaseStatus, Result, StepOutcome, Verdict
from loopkit.loop.plan import PhasePlan
from loopkit.ui.plain import printable, printable_lines

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


def show(record: Record, verbose: bool = False) -> None:
    """Prints a record on standard output; in a pipe no line ends in blanks."""
    out = console()
    if out.is_terminal:
        for piece in render(record, verbose):
            out.print(piece)
        return
    with out.capture() as captured:
        for piece in render(record, verbose):
            out.print(piece)
    lines = captured.get().split("\n")
    sys.stdout.write("\n".join(line.rstrip() for line in lines))


def render(record: Record, verbose: bool = False) -> Iterable[RenderableType]:
    """Returns what to print of a record, piece by piece."""
    match record:
        case Listing():
            return _listing(record)
        case Shown():
            return _shown(record)
        case Explained():
            return _explained(record)
        case Planned():
            return _planned(record)
        case Advanced():
            return _advanced(record, verbose)
        case Written():
            return _written(record)
        case Verified():
            return _verified(record)
        case Checked():
            return _checked(record)
        case Logged():
            return _logged(record)
        case CapabilityList():
            return [_grid((row.name, row.summary, row.where) for row in record.rows)]
        case CapabilityRun():
            return _capability(record)
        case Message():
            return [Text(printable_lines(line)) for line in record.lines]
        case _:
            assert_never(record)


# ── pieces ───────────────────────────────────────────────────────────────────


def _grid(rows: Iterable[tuple[object, ...]], indent: int = 0) -> Table:
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


def _word(word: str) -> Text:
    return Text(word, style=STYLES.get(word, ""))


def _command(command: str, note: str = "") -> Text:
    text = Text("  ").append(printable(command), style="bold")
    return text.append(f"      {printable(note)}") if note else text


def _diff(diff: str, indent: str = "  ") -> Text:
    styles = {"+": "green", "-": "red", "@": "dim"}
    text = Text()
    for line in diff.splitlines():
        text.append(f"{indent}{printable(line)}\n", style=styles.get(line[:1], ""))
    text.rstrip()
    return text


def _changed_lines(diff: str) -> str:
    """Returns only the lines that go and come, as a reviewer looks at them."""
    return "\n".join(
        f"{line[0]} {line[1:]}"
        for line in diff.splitlines()
        if line[:1] in "+-" and not line.startswith(("+++", "---"))
    )


def _headline(loop: Loop, tail: str = "") -> Text:
    done = sum(phase.status is PhaseStatus.DONE for phase in loop.phases)
    text = Text(printable(loop.id), style="bold")
    text.append(f"   {done} of {len(loop.phases)} done", style="not bold")
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


def _verdict_row(verdict: Verdict, now: datetime, name: str = "") -> tuple[object, ...]:
    opens = f"opens {when(verdict.opens_at, now)}" if verdict.opens_at else ""
    said = "; ".join(part for part in (verdict.seen, opens or verdict.reason) if part)
    label = f"{name}: {verdict.gate.text}" if name else verdict.gate.text
    return (_word(ANSWER_WORDS[verdict.answer]), label, said, verdict.where)


def _phase_gates(phase: PhasePlan, now: datetime) -> Iterable[RenderableType]:
    rows = [_verdict_row(verdict, now) for verdict in phase.verdicts]
    rows += [
        _verdict_row(verdict, now, key)
        for key, verdicts in phase.item_verdicts.items()
        for verdict in verdicts
    ]
    if rows:
        yield _grid(rows, indent=2)
    for note in phase.notes:
        yield Text(f"  note: {printable(note)}")
    verdicts = (*phase.verdicts, *(v for vs in phase.item_verdicts.values() for v in vs))
    helps = dict.fromkeys(v.help for v in verdicts if v.help and v.answer is not Answer.MET)
    for help in helps:
        yield _command(help)


# ── records ──────────────────────────────────────────────────────────────────


def _listing(record: Listing) -> Iterable[RenderableType]:
    if not record.rows:
        yield Text("No loops here.")
        return
    yield _grid(
        (
            Text(row.status or "error", style="" if row.status else "bold red"),
            row.id or row.path,
            f"{row.done}/{row.total}",
            ("next " + " ".join(row.next)) if row.next else "",
            row.error or "; ".join(row.waits_for),
        )
        for row in record.rows
    )


def _shown(record: Shown) -> Iterable[RenderableType]:
    loop = record.loop
    phases = loop.phases if record.phase is None else (record.phase,)
    yield _headline(loop, loop.status_text or loop.status.value)
    yield Text(printable(f"{loop.title}   {loop.path}"))
    yield _grid(
        (
            (
                phase.id,
                phase.status.value,
                phase.title,
                ", ".join(gate.text for gate in phase.gates),
                record.runbooks.get(phase.id, ""),
                f"{loop.path}:{phase.place.line}",
            )
            for phase in phases
        ),
        indent=2,
    )
    for finding in loop.findings:
        yield Text(printable(f"  {loop.path}:{finding.line} {finding.code} {finding.message}"))


def _explained(record: Explained) -> Iterable[RenderableType]:
    ready = [phase.phase for phase in record.phases if phase.ready]
    tail = "next: " + ", ".join(f"{p.id} {p.title}" for p in ready) if ready else ""
    yield _headline(record.loop, tail)
    for note in record.notes:
        yield Text(printable(note))
    for phase in record.phases:
        yield Text(printable(f"{phase.phase.id} {phase.phase.title}   {phase.state}"), style="bold")
        yield from _phase_gates(phase, record.now)


def _planned(record: Planned) -> Iterable[RenderableType]:
    yield _headline(record.loop)
    for phase in record.phases:
        yield from _planned_phase(phase)
    for waiting in record.waiting:
        yield Text(printable(f"{waiting.phase.id} {waiting.phase.title}   {waiting.state}"))
        yield from _phase_gates(waiting, record.now)
    if not record.phases:
        yield Text("Nothing would run.")


def _planned_phase(phase: PlannedPhase) -> Iterable[RenderableType]:
    name = f"{phase.phase} {phase.item}" if phase.item else phase.phase
    hosts = ", ".join(phase.hosts)
    yield Text(printable(f"{name} {phase.title}   on {hosts}   {phase.runbook}"), style="bold")
    yield _grid(
        (
            (step.host, "changes" if step.changes else "looks", step.name, step.probed)
            for step in phase.steps
        ),
        indent=2,
    )
    if phase.note:
        yield Text(f"  note: {printable(phase.note)}")
    if phase.diff:
        yield Text("  would write")
        yield _diff(_changed_lines(phase.diff), "    ")
    yield Text(f"  plan {phase.hash}", style="dim")


def _step_rows(steps: Iterable[StepOutcome]) -> Iterable[tuple[object, ...]]:
    kept: list[StepOutcome] = []
    for step in steps:
        if step.name.startswith("Non-Goal: ") and step.result is Result.OK:
            kept.append(step)
            continue
        seconds = Text(f"{step.seconds:.1f}s", style="dim")
        said = step.reason or step.seen
        yield (step.host, step.name, _word(step.result.value), seconds, said)
    if kept:
        names = {step.name for step in kept}
        hosts = ", ".join(dict.fromkeys(step.host for step in kept))
        yield (hosts, "Non-Goals", _word("ok"), "", f"{len(names)} stand as at the start")


def _advanced(record: Advanced, verbose: bool) -> Iterable[RenderableType]:
    for line in record.recovered:
        yield Text(printable(line), style="yellow")
    for ran in record.ran:
        yield from _ran(ran, verbose)
    if not record.ran:
        yield _headline(record.loop)
        for phase in record.waiting:
            yield Text(printable(f"{phase.phase.id} {phase.phase.title}   {phase.state}"))
            yield from _phase_gates(phase, record.now)
    for line in record.declined:
        yield Text(printable(f"Not run: {line}"))
    for id in record.no_runbook:
        yield Text(printable(f"{id} is ready, and no runbook is bound to it: a person does it."))
    if not record.ran:
        yield Text("Nothing was run, nothing was written.")
    if record.commit:
        yield Text(f"Commit    {record.commit}")
    if record.next_command:
        yield Text("Next    ").append_text(_command(record.next_command, record.next_when))


def _ran(ran: RanPhase, verbose: bool) -> Iterable[RenderableType]:
    outcome = ran.outcome
    name = f"{ran.phase} {ran.item}" if ran.item else ran.phase
    lab = f"   lab: {outcome.lab}" if outcome.lab else ""
    yield Text(printable(f"{name} {ran.title}{lab}"), style="bold")
    yield _grid(_step_rows(outcome.steps), indent=2)
    helps = dict.fromkeys(s.help for s in outcome.steps if s.help and s.result not in _FINE)
    yield Text(printable(f"{name}: ") + _verdict_line(outcome.result, outcome.steps))
    for help in helps:
        yield _command(help)
    for path in ran.written:
        yield Text(printable(f"Wrote     {path}"))
    if ran.diff:
        lines = _changed_lines(ran.diff)
        yield _diff(lines if verbose else _short(lines), "  ")
    yield Text(printable(f"Evidence  {ran.receipt}"))


_FINE = (Result.OK, Result.CHANGED)


def _verdict_line(result: Result, steps: tuple[StepOutcome, ...]) -> str:
    passed = sum(step.result in _FINE for step in steps)
    unknown = sum(step.result is Result.UNKNOWN for step in steps)
    match result:
        case Result.OK:
            return "done, everything was so already"
        case Result.CHANGED:
            return "done"
        case Result.UNKNOWN:
            return (
                f"not done: {passed} of {len(steps)} steps passed, {unknown} could not be "
                "answered. Unknown is not a pass."
            )
        case _:
            return f"{result.value}: {passed} of {len(steps)} steps passed"


def _short(diff: str, most: int = 24) -> str:
    lines = diff.splitlines()
    if len(lines) <= most:
        return diff
    return "\n".join([*lines[:most], f"  … {len(lines) - most} more lines (git diff)"])


def _written(record: Written) -> Iterable[RenderableType]:
    yield Text(printable(record.what))
    if record.diff:
        yield Text(printable(f"Wrote     {record.path}"))
        yield _diff(_short(_changed_lines(record.diff)))
    else:
        yield Text("Nothing in the document changed.")
    if record.receipt:
        yield Text(printable(f"Evidence  {record.receipt}"))
    if record.commit:
        yield Text(f"Commit    {record.commit}")
    if record.next_command:
        yield Text("Next    ").append_text(_command(record.next_command))


def _verified(record: Verified) -> Iterable[RenderableType]:
    yield _headline(record.loop)
    yield _grid(
        (
            (
                _word("waived" if v.waived else ANSWER_WORDS[v.answer]),
                v.criterion.text,
                v.waived or v.seen,
                v.host,
                f"{record.loop.path}:{v.criterion.place.line}",
            )
            for v in record.criteria
        ),
        indent=2,
    )
    for outcome in record.phases:
        yield Text(printable(f"{outcome.phase}   {outcome.result.value}"), style="bold")
        yield _grid(_step_rows(outcome.steps), indent=2)
    for help in dict.fromkeys(v.help for v in record.criteria if v.help):
        yield _command(help)
    if record.receipt:
        yield Text(printable(f"Evidence  {record.receipt}"))


def _checked(record: Checked) -> Iterable[RenderableType]:
    for path in record.fixed:
        yield Text(printable(f"{path}: mended"))
    for file in record.files:
        for finding in file.findings:
            place = f"{file.path}:{finding.line}:{finding.column}"
            yield (
                Text(f"{printable(place)} ")
                .append_text(_word(finding.severity))
                .append(f" {finding.code} {printable(finding.message)}")
            )
            if finding.mend:
                yield Text(f"    {printable(finding.mend)}", style="dim")
    errors = sum(f.severity == "error" for file in record.files for f in file.findings)
    yield Text(f"{len(record.files)} documents, {errors} errors")


def _logged(record: Logged) -> Iterable[RenderableType]:
    if not record.entries:
        yield Text(printable(f"{record.loop} has no receipts."))
        return
    yield _grid(
        (
            f"{entry.at:%Y-%m-%d %H:%M:%SZ}" if entry.at else "",
            entry.kind,
            f"{entry.phase} {entry.item}" if entry.item else entry.phase,
            _word(entry.result),
            entry.who,
            entry.what + (f"   lab: {entry.lab}" if entry.lab else ""),
            entry.receipt,
        )
        for entry in record.entries
    )


def _capability(record: CapabilityRun) -> Iterable[RenderableType]:
    words = {True: "ok", False: "failed", None: "unknown"}
    yield _grid(
        (row.name, Text(row.state, style=STYLES[words[row.ok]]), row.text)
        for row in record.report.rows
    )
    good = sum(row.ok is True for row in record.report.rows)
    yield Text(f"{record.name}: {good} of {len(record.report.rows)} ok")
