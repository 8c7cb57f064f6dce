"""What a run came to: results, outcomes of steps and phases, and the evidence they leave."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


def target_name(phase: str, item: str | None = None) -> str:
    """Returns how a phase, or an item of it, is written for people: `P2`, `P2 207 (AI)`."""
    return f"{phase} {item}" if item else phase


# ── Evidence: what a run writes into the document ────────────────────────────
# Texts are raw, as a host printed them: render.py escapes, nothing else does.


@dataclass(frozen=True, slots=True)
class TableBlock:
    """A small table under its own `###` heading."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class ListBlock:
    """Bullets under their own `###` heading; no items gives the heading alone."""

    title: str
    items: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TextBlock:
    """A paragraph."""

    text: str


Block = TableBlock | ListBlock | TextBlock


@dataclass(frozen=True, slots=True)
class CellUpdate:
    """A cell of a table of the document that the evidence speaks of.

    The table is found by `section` (its nearest heading, from the start of the heading's
    text), the row by its first cell, the column by its header. A table, row or column that
    is not there is no error: the document does not speak of it, and nothing is written.
    """

    section: str
    row: str
    column: str
    value: str


# ── Outcomes: what happened when a phase ran ────────────────────────────────


class Result(StrEnum):
    """How a step, an item or a phase ended."""

    OK = "ok"  # was so already, nothing changed
    CHANGED = "changed"  # was not so, was changed, and was seen to be so
    WAITING = "waiting"  # started, and not finished yet: a long job
    REFUSED = "refused"  # the runbook or an invariant forbade it, nothing changed
    FAILED = "failed"  # it is not so, and that is certain
    UNKNOWN = "unknown"  # it may or may not be so

    @property
    def is_good(self) -> bool:
        """Returns whether it is so, and was seen to be so: ok, or changed."""
        return self in (Result.OK, Result.CHANGED)


@dataclass(frozen=True, slots=True)
class StepOutcome:
    """What one step did on one host."""

    name: str
    host: str
    result: Result
    seen: str
    """One line: what was seen last."""
    reason: str = ""
    """Why it is not ok, for people; empty when it is."""
    help: str = ""
    """One command that helps, when it is not ok."""
    seconds: float = 0.0
    blocks: tuple[Block, ...] = ()
    updates: tuple[CellUpdate, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)
    """JSON values, kept in the receipt: a baseline, hashes, sizes."""
    sent: bool = False
    """A change was sent whose effect was not seen: only a look, or a person, can tell."""


@dataclass(frozen=True, slots=True)
class PhaseOutcome:
    """What a run of a phase, or of one item of it, came to."""

    phase: str
    result: Result
    steps: tuple[StepOutcome, ...]
    item: str | None = None
    run_id: str = ""
    started: datetime | None = None
    ended: datetime | None = None
    lab: str = ""
    """The kind of lab it ran on; empty on real hosts."""
    exit_code: int = 0
