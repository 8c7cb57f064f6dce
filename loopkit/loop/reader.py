"""Document -> Loop: reads what people really write."""

from __future__ import annotations

from dataclasses import dataclass

from loopkit.loop.layout import Layout
from loopkit.loop.model import Loop
from loopkit.markdown.document import Document
from loopkit.markdown.source import Source


@dataclass(frozen=True)
class LoopFile:
    """One loop document: its text, its pieces, and what they mean."""

    document: Document
    loop: Loop
    layout: Layout

    @property
    def source(self) -> Source:
        """Returns the text as it was read."""
        return self.document.source


def read(source: Source, path: str) -> LoopFile:
    """Reads a document as a careful person would; never raises, faults become findings."""
    raise NotImplementedError
