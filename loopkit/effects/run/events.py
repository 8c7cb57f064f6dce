"""What a run reports while it happens, for a live display; no decision rests on it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from loopkit.loop.outcome import PhaseOutcome, StepOutcome


@dataclass(frozen=True, slots=True)
class PhaseStarted:
    """A phase, or one item of it, begins with these steps: (name, host) each."""

    phase: str
    title: str
    item: str | None
    read_only: bool
    steps: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class StepStarted:
    """A step begins to look."""

    name: str
    host: str


@dataclass(frozen=True, slots=True)
class StepChanging:
    """A look said no, and its step is about to change the host."""

    name: str
    host: str
    seen: str


@dataclass(frozen=True, slots=True)
class StepEnded:
    """A step ended; an invariant too, under the words of its Non-Goal."""

    outcome: StepOutcome


@dataclass(frozen=True, slots=True)
class PhaseEnded:
    """Every step that could run did."""

    outcome: PhaseOutcome


Event = PhaseStarted | StepStarted | StepChanging | StepEnded | PhaseEnded
OnEvent = Callable[[Event], None]


def quiet(event: Event) -> None:
    """Reports to nobody."""
