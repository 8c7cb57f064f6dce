"""What is seen while phases run: a live tree on a terminal, one plain line an event elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import datetime
from typing import assert_never

from rich.console import Console
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from loopkit.commands.results import PlannedPhase
from loopkit.commands.session import Question
from loopkit.effects.run.events import (
    Event,
    PhaseEnded,
    PhaseStarted,
    StepChanging,
    StepEnded,
    StepStarted,
)
from loopkit.loop.outcome import Result, StepOutcome, target_name
from loopkit.ui.printable import printable
from loopkit.ui.streams import silence
from loopkit.ui.text.pieces import STYLES, console


class Quiet:
    """Shows nothing, so it cannot ask about what would run either."""

    def event(self, event: Event) -> None:
        """Tells nobody."""

    def ask(self, question: Question) -> bool:
        """Asks a person what needs nothing to be shown first; the rest is no."""
        return question.about is None and _confirm(question.text)

    def stop(self) -> None:
        """Leaves nothing on the screen that would be redrawn."""


class Lines(Quiet):
    """One line an event, with the time that the workspace goes by; for logs and pipes."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now

    def event(self, event: Event) -> None:
        """Prints what just happened on standard error."""
        line = _line(event)
        if line:
            _tell(f"{self._now():%H:%M:%S} {printable(line)}\n")


class Tree(Quiet):
    """A phase with its steps, each with its host and how it stands, redrawn as it goes."""

    def __init__(self) -> None:
        self._console = console(sys.stderr)
        self._live: Live | None = None
        self._title = ""
        self._rows: dict[tuple[str, str], StepOutcome | str] = {}

    def event(self, event: Event) -> None:
        """Redraws the tree."""
        match event:
            case PhaseStarted():
                self._begin(event)
            case StepStarted():
                self._rows[event.name, event.host] = "looking"
            case StepChanging():
                self._rows[event.name, event.host] = "changing"
            case StepEnded():
                self._rows[event.outcome.name, event.outcome.host] = event.outcome
            case PhaseEnded():
                self.stop()
                return
            case _:
                assert_never(event)
        if self._live is not None:
            self._live.update(self._drawn())

    def ask(self, question: Question) -> bool:
        """Asks a person, and shows what would run."""
        self.stop()
        return _ask(self._console, question)

    def stop(self) -> None:
        """Takes the tree away: how the phase ended is printed at the end."""
        if self._live is not None:
            self._live.stop()
        self._live = None

    def _begin(self, event: PhaseStarted) -> None:
        name = target_name(event.phase, event.item)
        self._title = f"{name} {event.title}" + ("   read-only" if event.read_only else "")
        self._rows = dict.fromkeys(event.steps, "")
        self._live = Live(
            self._drawn(), console=self._console, transient=True, refresh_per_second=8
        )
        self._live.start()

    def _drawn(self) -> Table:
        table = Table.grid(padding=(0, 2, 0, 0))
        table.add_row(Text(printable(self._title), style="bold"))
        for (name, host), state in self._rows.items():
            table.add_row(Text(f"  {printable(host)}"), Text(printable(name)), *_cells(state))
        return table


def _cells(state: StepOutcome | str) -> tuple[Text | Spinner, ...]:
    if isinstance(state, StepOutcome):
        word = state.result.value
        return Text(word, style=STYLES.get(word, "")), Text(printable(state.seen))
    if state:
        return Spinner("line", text=state), Text("")
    return Text("·"), Text("")


def _line(event: Event) -> str:
    match event:
        case PhaseStarted():
            name = target_name(event.phase, event.item)
            return f"{name} {event.title}"
        case StepStarted():
            return ""
        case StepChanging():
            return f"  {event.host}  {event.name}  changing ({event.seen})"
        case StepEnded():
            o = event.outcome
            if o.name.startswith("Non-Goal: ") and o.result is Result.OK:
                return ""
            return f"  {o.host}  {o.name}  {o.result.value}  {o.reason or o.seen}"
        case PhaseEnded():
            return f"{event.outcome.phase} {event.outcome.result.value}"
        case _:
            assert_never(event)


class Asking(Quiet):
    """Shows nothing while phases run, but can ask."""

    def ask(self, question: Question) -> bool:
        """Asks a person, and shows what would run."""
        return _ask(console(sys.stderr), question)


def display(is_quiet: bool, now: Callable[[], datetime]) -> Quiet:
    """Returns the display that fits: none, a live tree, or lines."""
    if is_quiet:
        return Asking() if _both_are_terminals() else Quiet()
    return Tree() if sys.stderr.isatty() else Lines(now)


def _ask(out: Console, question: Question) -> bool:
    if question.about is not None:
        _show(out, question.about)
    return _confirm(question.text)


def _show(out: Console, phase: PlannedPhase) -> None:
    name = target_name(phase.phase, phase.item)
    out.print(Text(printable(f"{name} {phase.title} changes {', '.join(phase.hosts)}:")))
    for step in phase.steps:
        verb = "change" if step.changes else "look at"
        out.print(Text(printable(f"  {verb}  {step.host}: {step.name}")))


def _confirm(question: str) -> bool:
    """Asks a yes-or-no question on the terminal; anything but yes is no."""
    _tell(f"{printable(question)} [y/N] ")
    return sys.stdin.readline().strip().casefold() in ("y", "yes")


def _tell(text: str) -> None:
    """Prints on standard error; a reader that has gone, or a full disk, stops no run."""
    try:
        print(text, end="", file=sys.stderr, flush=True)
    except OSError:
        silence(sys.stderr)


def _both_are_terminals() -> bool:
    return sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty()
