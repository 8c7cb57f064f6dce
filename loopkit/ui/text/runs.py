"""The text of what ran and what was written: steps, verdicts, diffs, the last three lines."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import RenderableType
from rich.text import Text

from loopkit.commands.results import Advanced, RanPhase, Verified, Written
from loopkit.loop.outcome import Result, StepOutcome, target_name
from loopkit.ui.printable import printable
from loopkit.ui.text.gates import phase_gates
from loopkit.ui.text.pieces import (
    ANSWER_WORDS,
    changed_lines,
    command_line,
    diff_text,
    goal_rows,
    grid,
    headline,
    short,
    word,
)


def advanced_text(result: Advanced, verbose: bool) -> Iterable[RenderableType]:
    """Returns what ran and what is waited for, then the commit and the next command."""
    for line in result.recovered:
        yield Text(printable(line), style="yellow")
    for ran in result.ran:
        yield from ran_text(ran, verbose)
    if not result.ran:
        yield headline(result.loop)
        for phase in result.waiting:
            yield Text(printable(f"{phase.phase.id} {phase.phase.title}   {phase.state}"))
            yield from phase_gates(phase, result.now)
    for line in result.declined:
        yield Text(printable(f"Not run: {line}"))
    for id in result.no_runbook:
        yield Text(printable(f"{id} is ready, and no runbook is bound to it: a person does it."))
    if not result.ran:
        yield Text("Nothing was run, nothing was written.")
    if result.commit:
        yield Text(f"Commit    {result.commit}")
    if result.next_command:
        yield Text("Next    ").append_text(command_line(result.next_command, result.next_when))


def ran_text(ran: RanPhase, verbose: bool) -> Iterable[RenderableType]:
    """Returns the steps of one run, what it wrote, and where its evidence is."""
    outcome = ran.outcome
    name = target_name(ran.phase, ran.item)
    lab = f"   lab: {outcome.lab}" if outcome.lab else ""
    yield Text(printable(f"{name} {ran.title}{lab}"), style="bold")
    yield grid(step_rows(outcome.steps), indent=2)
    helps = dict.fromkeys(s.help for s in outcome.steps if s.help and not s.result.is_good)
    yield Text(printable(f"{name}: ") + _verdict_line(outcome.result, outcome.steps))
    for help in helps:
        yield command_line(help)
    for path in ran.written:
        yield Text(printable(f"Wrote     {path}"))
    if ran.diff:
        lines = changed_lines(ran.diff)
        yield diff_text(lines if verbose else short(lines), "  ")
    yield Text(printable(f"Evidence  {ran.receipt}"))


def _verdict_line(result: Result, steps: tuple[StepOutcome, ...]) -> str:
    passed = sum(step.result.is_good for step in steps)
    unknown = sum(step.result is Result.UNKNOWN for step in steps)
    match result:
        case Result.OK:
            return "done, nothing had to be changed"
        case Result.CHANGED:
            return "done"
        case Result.UNKNOWN:
            return (
                f"not done: {passed} of {len(steps)} steps passed, {unknown} could not be "
                "answered. Unknown is not a pass."
            )
        case _:
            return f"{result.value}: {passed} of {len(steps)} steps passed"


def written_text(result: Written) -> Iterable[RenderableType]:
    """Returns what a verb of a person wrote."""
    yield Text(printable(result.what))
    if result.diff:
        yield Text(printable(f"Wrote     {result.path}"))
        yield diff_text(short(changed_lines(result.diff)))
    else:
        yield Text("Nothing in the document changed.")
    if result.verified:
        yield grid(verdict_rows(result.verified), indent=2)
    if result.receipt:
        yield Text(printable(f"Evidence  {result.receipt}"))
    if result.commit:
        yield Text(f"Commit    {result.commit}")
    if result.next_command:
        yield Text("Next    ").append_text(command_line(result.next_command))


def verified_text(result: Verified) -> Iterable[RenderableType]:
    """Returns a verdict a criterion, and the steps of each phase looked at again."""
    yield headline(result.loop)
    yield grid(verdict_rows(result), indent=2)
    for outcome in result.phases:
        name = target_name(outcome.phase, outcome.item)
        yield Text(printable(f"{name}   {outcome.result.value}"), style="bold")
        yield grid(step_rows(outcome.steps), indent=2)
    for help in dict.fromkeys(v.help for v in result.criteria if v.help):
        yield command_line(help)
    if result.receipt:
        yield Text(printable(f"Evidence  {result.receipt}"))


def verdict_rows(result: Verified) -> Iterable[tuple[object, ...]]:
    """Returns criteria as cells, each with who vouches for it, then what nothing checks."""
    path = result.loop.path
    for v in result.criteria:
        said = ANSWER_WORDS[v.answer] if v.how == "checked" else v.how
        yield (
            word(said),
            v.criterion.text,
            v.waived or v.seen,
            v.host,
            f"{path}:{v.criterion.place.line}",
        )
    yield from goal_rows(path, result.non_goals)


def step_rows(steps: Iterable[StepOutcome]) -> Iterable[tuple[object, ...]]:
    """Returns steps as cells: host, name, result, seconds, what was seen or why not."""
    kept: list[StepOutcome] = []
    for step in steps:
        if step.name.startswith("Non-Goal: ") and step.result is Result.OK:
            kept.append(step)
            continue
        seconds = Text(f"{step.seconds:.1f}s", style="dim")
        said = step.reason or step.seen
        yield (step.host, step.name, word(step.result.value), seconds, said)
    if kept:
        names = {step.name for step in kept}
        hosts = ", ".join(dict.fromkeys(step.host for step in kept))
        yield (hosts, "Non-Goals", word("ok"), "", f"{len(names)} stand as at the start")
