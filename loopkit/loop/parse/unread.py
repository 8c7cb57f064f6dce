"""What looks like a part of the plan and was not read."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise

from loopkit.loop.model import PhaseStatus, Place, Unread, UnreadKind
from loopkit.loop.parse.bodies import states, tells_status
from loopkit.loop.parse.candidates import Container, Listed, Shape, label_of
from loopkit.loop.parse.choice import Choice, tells_evidence
from loopkit.loop.parse.inline_status import stated_in_title
from loopkit.loop.parse.outline import Covered, Lines, Section
from loopkit.loop.words.columns import names
from loopkit.loop.words.grammar import phase_status
from loopkit.loop.words.labels import (
    Label,
    begins_label,
    kindred,
    label_written,
    left_out,
    place_of,
)
from loopkit.loop.words.language import Column, Topic
from loopkit.loop.words.vocabulary import columns_named
from loopkit.markdown.document import (
    Document,
    Node,
    Opaque,
    Paragraph,
    Piece,
    Table,
)
from loopkit.markdown.pieces import OpaqueKind
from loopkit.markdown.scan import line_piece

_SHOWN = 80
# What Markdown does not read, and its author may have meant to be read.
_UNHEARD = (OpaqueKind.CODE, OpaqueKind.HTML)
_FULL = 60
_TORN = "one side of a merge that nobody settled: nothing between the markers is read"
_UNLABELLED = {
    Shape.TABLE: "a row of the table of phases whose first cells name no phase",
    Shape.LIST: "an item of the list of phases without a label like {}",
    Shape.HEADING: "a heading among the phases without a label like {}",
    Shape.PARAGRAPH: "a line among the phases without a label like {}",
}
_COUNTED = re.compile(r"(?:[^\w\n]|_){0,8}(?:[0-9.]{1,9}[ \t\u00a0]+)?[0-9]{1,3}[.)][ \t\u00a0]")
_RULED = re.compile(r"[\s|:-]+")
_CELL = re.compile(r"<t[hd]\b[^>]*>(.*?)(?=</?t|$)", re.IGNORECASE | re.DOTALL)
_LEFT = (PhaseStatus.PENDING, PhaseStatus.IN_PROGRESS, PhaseStatus.BLOCKED, PhaseStatus.FAILED)
# Said alone of a machine or a service these are no work in progress.
_OF_A_THING = re.compile(r"\W*(?:running|active|open|ready|planned)\W*", re.IGNORECASE)
_TAG = re.compile(r"<[^>]*>")


@dataclass(frozen=True)
class Lost:
    """Finds what resembles the phases that were chosen, and is none of them."""

    document: Document
    sections: Sequence[Section]
    containers: Sequence[Container]
    choice: Choice
    torn: Sequence[Lines]
    owned: Sequence[Lines]
    """The lines of what describes a phase: its details, what stands under its heading."""

    def unread(self) -> tuple[Unread, ...]:
        """Returns what was not read, in the order of the file, each line once."""
        found = [
            replace(self._lost(first, _TORN, UnreadKind.CONFLICT), lines=last - first + 1)
            for first, last in self.torn
        ]
        if self.choice.phases:
            found += self._siblings()
            found += self._rows()
            found += self._labelled()
            found += self._sections()
        found += self._html()
        found += self._gaps(found) if self.choice.phases else ()
        first: dict[int, Unread] = {}
        for each in found:
            first.setdefault(each.line, each)
        return tuple(first[line] for line in sorted(first))

    # ── The family of the phases ─────────────────────────────────────────────

    def _is_lost(self, label: Label) -> bool:
        """Returns whether a label is of the phases' family, and none of the phases has it."""
        return label.number not in self.choice.numbers and any(
            kindred(label.family, family) for family in self.choice.families
        )

    def _lost(self, line: int, why: str, kind: UnreadKind = UnreadKind.PHASE) -> Unread:
        piece = line_piece(self.document.source, line)
        place = Place(line, self.document.source.column_of(piece.span.start), piece.span)
        return Unread(place, piece.text[:_SHOWN], why, kind)

    # ── What is to be seen beside them ───────────────────────────────────────

    def _siblings(self) -> Iterator[Unread]:
        """Yields the rows, items and headings among the phases that no label names."""
        for box in self.choice.containers:
            why = _UNLABELLED[box.shape].format(self._example)
            left = self._headings(box) if box.shape is Shape.HEADING else box.left
            yield from (self._lost(piece.line, why) for piece in left)
            if box.numbered:
                yield from self._uncounted(box)

    def _uncounted(self, box: Container) -> Iterator[Unread]:
        """Yields what Markdown takes for a part of something else, and may be the next item."""
        why = "Markdown reads it as a part of what stands above it"
        for node in (member.node for member in box.members):
            inner = node.item.inner if isinstance(node, Listed) else ()
            for piece in inner[0].pieces if inner and isinstance(inner[0], Paragraph) else ():
                if stated_in_title(piece).site or not self._wraps(piece):
                    yield self._lost(piece.line, why)
        for piece in (piece for node in box.section.deep for piece in self._opaque(node)):
            if _COUNTED.match(piece.text):
                yield self._lost(piece.line, why)

    def _wraps(self, piece: Piece) -> bool:
        """Returns whether a line goes on from the one above: it is indented, or that is full."""
        line, above = (self.document.source.line_text(piece.line - n) for n in (0, 1))
        return not _COUNTED.match(piece.text) and (line[:1].isspace() or len(above) >= _FULL)

    @property
    def _example(self) -> str:
        return self.choice.phases[0].id

    def _headings(self, box: Container) -> Iterator[Piece]:
        """Yields the headings that may be a phase: in a gap, with a status, or under `Phases`."""
        parents = box.section.parents
        announced = bool(parents) and Topic.PHASES in parents[-1].topics and len(parents) > 1
        lines = [member.line for member in box.members]
        for piece in box.left:
            section = self._section_of(piece.line)
            place = bisect_left(lines, piece.line)
            between = 0 < place < len(lines)
            missing = between and left_out(box.members[place - 1].label, box.members[place].label)
            if section is None or section.topics:
                continue
            if missing or (announced and not between) or states(section):
                yield piece

    def _labelled(self) -> Iterator[Unread]:
        """Yields the lines that begin with a label of the family that no phase has."""
        why = f"it begins with a label like {self._example}, and no phase was read from it"
        expression = begins_label(self.choice.families)
        if expression is None:
            return
        source = self.document.source
        for found in expression.finditer(source.text):
            label = label_written(source.text, found.end())
            if label is None or not self._is_lost(label):
                continue
            line = source.line_of(found.end())
            if not self._is_claimed(line, label):
                yield self._lost(line, why)

    def _is_claimed(self, line: int, label: Label) -> bool:
        """Returns whether a line with a label is of something that is surely no phase."""
        if line in self.choice.lines or line in self._silent:
            return True
        section = self._section_of(line)
        return section is not None and (section.stance < 0 or self._is_part(section, label))

    def _is_part(self, section: Section, label: Label) -> bool:
        """Returns whether a label counts the parts of the phase it stands under: `P1.1`."""
        phase = next((p for p in (section, *section.parents) if p.line in self.choice.lines), None)
        if phase is None or phase.label is None or any("." in n for n in self.choice.numbers):
            return False
        return label.number.startswith(f"{phase.label.number}.")

    def _section_of(self, line: int) -> Section | None:
        place = bisect_right(self.sections, line, key=lambda section: section.line) - 1
        return self.sections[place] if place >= 0 else None

    @cached_property
    def _silent(self) -> Covered:
        """Returns the lines of fences, remarks, front matter and torn merges: they say nothing."""
        front = self.document.front_matter
        nodes = (node for section in self.sections for node in section.deep)
        found = [n.lines for n in nodes if isinstance(n, Opaque) and n.kind not in _UNHEARD]
        return Covered([*found, *self.torn, *([front.lines] if front else ())])

    def _sections(self) -> Iterator[Unread]:
        """Yields the boxes and the tables with a status that belong to no phase."""
        chosen = {id(box.table or box.block) for box in self.choice.containers}
        chosen |= {id(box.table or box.block) for box in self.containers if self._repeats(box)}
        owned = Covered(self.owned)
        for section in self.sections:
            if section.stance < 0 or Topic.HEADER in section.topics or section.line in owned:
                continue
            # What a run left below `## P0 — Evidence` says how hosts stand, and is read by people.
            if any(_is_evidence(each) for each in (section, *section.parents)):
                continue
            for node in section.body:
                if id(node) not in chosen and (why := tells_status(node)):
                    first, last = node.lines
                    lost = self._lost(first, why, UnreadKind.SECTION)
                    yield replace(lost, lines=last - first + 1, is_work=_tells_work(node))

    def _repeats(self, box: Container) -> bool:
        """Returns whether a table or list says again what stands elsewhere of the phases."""
        return all(member.key[1] in self.choice.numbers for member in box.members)

    # ── What Markdown reads otherwise than its author meant ──────────────────

    def _rows(self) -> Iterator[Unread]:
        """Yields the lines with pipes that belong to no table."""
        lines = {box.section.line for box in self.choice.containers if box.table}
        why = "a row of no table: a blank line, or a lost head, cuts it off"
        for section in self.sections:
            for node in section.deep if section.stance >= 0 else ():
                pieces = [p for p in self._loose(node) if not _RULED.fullmatch(p.text)]
                if section.line in lines or any(label_of(p.text[1:]) for p in pieces):
                    yield from (self._lost(piece.line, why) for piece in pieces)

    def _loose(self, node: Node) -> Iterator[Piece]:
        """Yields the lines of a paragraph, or of HTML, that begin with a pipe."""
        pieces = node.pieces if isinstance(node, Paragraph) else self._opaque(node)
        return (piece for piece in pieces if piece.text.startswith("|"))

    def _opaque(self, node: Node) -> Iterator[Piece]:
        """Yields the lines of indented code and of HTML, which may be meant to be read."""
        if isinstance(node, Opaque) and node.kind in _UNHEARD:
            source = self.document.source
            yield from (line_piece(source, n) for n in range(node.lines[0], node.lines[1] + 1))

    def _html(self) -> Iterator[Unread]:
        """Yields the tables in HTML that speak of phases."""
        source = self.document.source
        nodes = (node for section in self.sections for node in section.deep)
        for node in nodes:
            if not isinstance(node, Opaque) or node.kind is not OpaqueKind.HTML:
                continue
            text = source.text[source.starts[node.lines[0] - 1] : source.ends[node.lines[1] - 1]]
            cells = [_TAG.sub("", cell) for cell in _CELL.findall(text)]
            if any(label_of(cell) or Column.PHASE in columns_named(cell) for cell in cells):
                yield self._lost(node.lines[0], "a table in HTML, which is not read")

    def _gaps(self, found: Sequence[Unread]) -> Iterator[Unread]:
        """Yields the phases that follow a gap in the numbering that no other line explains."""
        lines = sorted(each.line for each in found)
        read = {place_of(number) for number in self.choice.numbers}
        for before, after in pairwise(self.choice.phases):
            missing = set(left_out(before.label, after.label)) - read
            explained = bisect_left(lines, after.line) > bisect_left(lines, before.line)
            if missing and not explained:
                lost = after.id.replace(after.key[1], str(min(missing)))
                why = f"{after.id} follows {before.id}, and nothing was read between them"
                yield replace(self._lost(after.line, why), text=lost)


def _tells_work(node: Node) -> bool:
    """Returns whether a block tells of work: with boxes, or a row that says it is not done.

    A table beside the plan says how things are, too: `| 200 | web | running |`.
    """
    if not isinstance(node, Table):
        return True
    kinds = [columns_named(name) for name in names(node)]
    columns = [n for n, kind in enumerate(kinds) if kind & {Column.STATUS, Column.DONE}]
    cells = (row.cells[n].text for row in node.rows for n in columns if n < len(row.cells))
    return any(phase_status(text) in _LEFT and not _OF_A_THING.fullmatch(text) for text in cells)


def _is_evidence(section: Section) -> bool:
    label = section.label
    return label is not None and tells_evidence(section.title[label.end :])
