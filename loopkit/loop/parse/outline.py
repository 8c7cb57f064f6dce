"""The headings of a document and what stands under each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from loopkit.markdown.document import Document, Heading, Node


@dataclass(frozen=True)
class Section:
    """A heading with its own nodes, up to the next heading of any level.

    `whole` are the nodes up to the next heading of the same or a higher level, the last of
    whose lines is `last_line`; `parents` are the headings it stands under, the nearest last.
    """

    heading: Heading
    body: tuple[Node, ...]
    whole: tuple[Node, ...]
    last_line: int
    parents: tuple[Heading, ...]

    @property
    def title(self) -> str:
        """Returns the text of the heading."""
        return self.heading.text.text

    @property
    def under(self) -> str:
        """Returns the text of the heading it stands under, empty at the top."""
        return self.parents[-1].text.text if self.parents else ""


def outline(document: Document) -> tuple[Section, ...]:
    """Returns the sections of a document in the order of the file."""
    nodes = document.nodes
    headings = [(i, node) for i, node in enumerate(nodes) if isinstance(node, Heading)]
    starts = [at for at, _ in headings] + [len(nodes)]
    ends = _ends(headings, len(nodes))
    parents: list[Heading] = []
    sections = []
    for (at, heading), following, end in zip(headings, starts[1:], ends, strict=True):
        while parents and parents[-1].level >= heading.level:
            parents.pop()
        last = nodes[end].lines[0] - 1 if end < len(nodes) else document.source.line_count
        body, whole = nodes[at + 1 : following], nodes[at + 1 : end]
        sections.append(Section(heading, body, whole, last, tuple(parents)))
        parents.append(heading)
    return tuple(sections)


def _ends(headings: Sequence[tuple[int, Heading]], count: int) -> list[int]:
    """Returns where each section ends: at the next heading that is not below its own."""
    ends = [count] * len(headings)
    waiting: list[int] = []
    for place, (at, heading) in enumerate(headings):
        while waiting and headings[waiting[-1]][1].level >= heading.level:
            ends[waiting.pop()] = at
        waiting.append(place)
    return ends
