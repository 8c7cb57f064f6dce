"""The text of gates: why a phase may run or not, and what would run."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from rich.console import RenderableType
from rich.text import Text

from loopkit.commands.results import Explained, Planned, PlannedPhase
from loopkit.loop.outcome import target_name
from loopkit.loop.plan import PhasePlan
from loopkit.loop.snapshot import Answer, Verdict
from loopkit.ui.printable import printable
from loopkit.ui.text.pieces import (
    ANSWER_WORDS,
    changed_lines,
    command_line,
    diff_text,
    goal_rows,
    grid,
    headline,
    when,
    word,
)


def explained_text(result: Explained) -> Iterable[RenderableType]:
    """Returns every phase with its gates and their answers."""
    ready = [phase.phase for phase in result.phases if phase.ready]
    tail = "next: " + ", ".join(f"{p.id} {p.title}" for p in ready) if ready else ""
    yield headline(result.loop, tail)
    for note in result.notes:
        yield Text(printable(note))
    for phase in result.phases:
        yield Text(printable(f"{phase.phase.id} {phase.phase.title}   {phase.state}"), style="bold")
        yield from phase_gates(phase, result.now)


def planned_text(result: Planned) -> Iterable[RenderableType]:
    """Returns what would run, what it would write, and what waits for what."""
    yield headline(result.loop)
    for note in result.notes:
        yield Text(printable(note))
    for phase in result.phases:
        yield from _planned_phase(phase)
    for waiting in result.waiting:
        yield Text(printable(f"{waiting.phase.id} {waiting.phase.title}   {waiting.state}"))
        yield from phase_gates(waiting, result.now)
    if not result.phases:
        yield Text("Nothing would run.")
    yield grid(goal_rows(result.loop.path, result.non_goals), indent=2)


def _planned_phase(phase: PlannedPhase) -> Iterable[RenderableType]:
    name = target_name(phase.phase, phase.item)
    hosts = ", ".join(phase.hosts)
    on = f"   on {hosts}   {phase.runbook}" if phase.runbook else ""
    yield Text(printable(f"{name} {phase.title}{on}"), style="bold")
    yield grid(
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
        yield diff_text(changed_lines(phase.diff), "    ")
    if phase.hash:
        yield Text(f"  plan {phase.hash}", style="dim")


def verdict_row(verdict: Verdict, now: datetime, name: str = "") -> tuple[object, ...]:
    """Returns a verdict as cells: answer, gate, what was seen, where."""
    opens = _opens(verdict.opens_at, now) if verdict.opens_at else ""
    said = "; ".join(part for part in (verdict.seen, opens or verdict.reason) if part)
    label = f"{name}: {verdict.gate.text}" if name else verdict.gate.text
    return (word(ANSWER_WORDS[verdict.answer]), label, said, verdict.where)


def _opens(at: datetime, now: datetime) -> str:
    return f"{'opens' if at > now else 'open since'} {when(at, now)}"


def phase_gates(phase: PhasePlan, now: datetime) -> Iterable[RenderableType]:
    """Returns the gates of a phase and its items, and the commands that open them."""
    rows = [verdict_row(verdict, now) for verdict in phase.verdicts]
    rows += [
        verdict_row(verdict, now, key)
        for key, verdicts in phase.item_verdicts.items()
        for verdict in verdicts
    ]
    if rows:
        yield grid(rows, indent=2)
    for note in phase.notes:
        yield Text(f"  note: {printable(note)}")
    verdicts = (*phase.verdicts, *(v for vs in phase.item_verdicts.values() for v in vs))
    helps = dict.fromkeys(v.help for v in verdicts if v.help and v.answer is not Answer.MET)
    for help in helps:
        yield command_line(help)
