"""Changes: what an edit should make a document say."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from loopkit.loop.model import LoopStatus, PhaseStatus
from loopkit.loop.outcome import Block, CellUpdate


@dataclass(frozen=True, slots=True)
class SetPhaseStatus:
    """A phase becomes `status`; `note` follows in parentheses, an old note goes.

    `word` is the word to write where a person chose one that means this status: `parked`.
    """

    phase: str
    status: PhaseStatus
    note: str = ""
    word: str = ""


@dataclass(frozen=True, slots=True)
class SetItemStatus:
    """An item of a phase becomes `status`; a checklist without a Status column gets one, once."""

    phase: str
    item: str
    status: PhaseStatus
    note: str = ""
    word: str = ""


@dataclass(frozen=True, slots=True)
class SetLoopStatus:
    """The header becomes `status`, in every header that states one; `on` is the closing day.

    `word` is the word to write where a person chose one that means this status: `active`.
    """

    status: LoopStatus
    on: date | None = None
    word: str = ""


@dataclass(frozen=True, slots=True)
class AddEvidence:
    """Evidence in a section of its own: `## P5 — Closeout Evidence (2026-02-09)`."""

    phase: str
    title: str
    on: date
    blocks: tuple[Block, ...]


Change = SetPhaseStatus | SetItemStatus | SetLoopStatus | AddEvidence | CellUpdate
