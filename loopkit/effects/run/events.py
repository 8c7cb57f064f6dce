"""What a run tells while it happens, for a live display; no decision rests on it."""

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
    """A step saw that it is not so, and is about to change its host."""

    name: str
    host: str
    seen: str


@dataclass(frozen=True, slots=True)
class StepEnded:
    """A step came out; also an invariant, under the words of its Non-Goal."""

    outcome: StepOutcome


@dataclass(frozen=True, slots=True)
class PhaseEnded:
    """Every step that could run did."""

    outcome: PhaseOutcome


Event = PhaseStarted | StepStarted | StepChanging | StepEnded | PhaseEnded
OnEvent = Callable[[Event], None]


def quiet(event: Event) -> None:
    """Tells nobody."""
