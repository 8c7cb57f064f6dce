"""Phases as they stand in the document, before anything is known of the others."""

from __future__ import annotations

from dataclasses import dataclass

from loopkit.loop.model import PhaseStatus
from loopkit.loop.parse.layout import PhaseEntry, StatusSite
from loopkit.loop.parse.outline import Section
from loopkit.loop.words.labels import family, number
from loopkit.markdown.document import Piece
from loopkit.markdown.source import Span


@dataclass(frozen=True)
class Draft:
    """One phase as written.

    `waits` are the cells or values that say what it waits for, None where the shape has no such
    place; `titled` says that its title may name a condition: `… (requires a visit)`.
    """

    id: str
    title: Piece
    line: int
    span: Span
    entry: PhaseEntry
    site: StatusSite | None
    status: PhaseStatus
    status_text: str | None
    waits: tuple[Piece, ...] | None = None
    titled: bool = False
    section: Section | None = None


def counted(id: str) -> tuple[str, str]:
    """Returns what makes two labels the same phase: `P3`, `Phase 3` and `phase 3` do."""
    return family(id), number(id)
