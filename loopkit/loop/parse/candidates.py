"""Everything that could be a phase, container by container, before any of it is chosen."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import NamedTuple

from loopkit.loop.parse.outline import NEVER, Covered, Lines, Section
from loopkit.loop.words.columns import Columns, columns_of, row_label
from loopkit.loop.words.labels import Label, label_in
from loopkit.loop.words.phrases import fold
from loopkit.loop.words.vocabulary import is_total
from loopkit.markdown.document import ListBlock, ListItem, Node, Paragraph, Piece, Row, Table

# `P1+P2 …`, `P0-P3 …`, `P1/P2 …` speak of several phases and label none.
_SEVERAL = re.compile(r"[*_`]*[ \t]?(?:[+/&,]|(?:-|–|to|and)[ \t]?[A-Z]?\d)[ \t]?")
_COLON = re.compile(r"[^:：]{0,78}[:：](?:\*\*|__)?(?=[ \t]|$)")
_NO_NAME = "*_`~ \t\u00a0—–-"


class Shape(StrEnum):
    """What an author makes phases of."""

    TABLE = "table"
    LIST = "list"
    HEADING = "heading"
    PARAGRAPH = "paragraph"


@dataclass(slots=True)
class Listed:
    """An item of a list, and the items nested right in it."""

    block: ListBlock
    item: ListItem
    nested: list[ListItem] = field(default_factory=list, compare=False)


class Candidate(NamedTuple):
    """Something that could be a phase; `label` is None for a row that has a name alone."""

    shape: Shape
    id: str
    label: Label | None
    text: Piece
    """What the label begins: a cell, an item, a heading, a line."""
    line: int
    section: Section
    """The one that it stands in; that of a heading is its own."""
    node: Row | Listed | Section | Paragraph
    table: Table | None = None
    columns: Columns | None = None

    @property
    def family(self) -> str:
        """Returns what the label counts, empty for a number or a name."""
        return self.label.family if self.label else ""

    @property
    def key(self) -> tuple[str, str]:
        """Returns what makes two candidates of one family the same phase."""
        return (self.label.family, self.label.number) if self.label else ("", fold(self.id))


@dataclass(frozen=True)
class Container:
    """Candidates that stand side by side: in one table, one list, under one heading.

    `left` are its other members, which carry no label.
    """

    shape: Shape
    section: Section
    members: tuple[Candidate, ...]
    left: tuple[Piece, ...] = ()
    level: int = 0
    """The level of the headings, or the depth of the items."""
    table: Table | None = None
    block: ListBlock | None = None
    columns: Columns | None = None
    numbered: bool = False
    """Its members are counted by the list, and have no labels of their own."""


def find_containers(sections: Sequence[Section]) -> tuple[Container, ...]:
    """Returns every container of a document, those of headings last."""
    found: list[Container] = []
    for section in sections:
        if section.stance <= NEVER:
            continue
        for node in section.deep:
            match node:
                case Table():
                    found += _of_table(section, node)
                case ListBlock():
                    found += _of_list(section, node)
        found += _of_paragraphs(section)
    return (*found, *_of_headings(sections))


def without(containers: Iterable[Container], torn: Sequence[Lines]) -> tuple[Container, ...]:
    """Returns the containers without what stands in some lines."""
    if not torn:
        return tuple(containers)
    lines = Covered(torn)
    kept = (
        replace(box, members=tuple(m for m in box.members if m.line not in lines))
        for box in containers
    )
    return tuple(box for box in kept if box.members)


def label_of(text: str) -> Label | None:
    """Returns the label that a line begins with, unless it speaks of several phases."""
    return _single(text, label_in(text))


def _single(text: str, label: Label | None) -> Label | None:
    return None if label is None or _SEVERAL.match(text, label.end) else label


# ── Tables ───────────────────────────────────────────────────────────────────


def _of_table(section: Section, table: Table) -> Iterator[Container]:
    columns = columns_of(table, announced=section.stance > 0)
    if columns is None:
        return
    members, left = [], []
    for row in table.rows:
        cells = row.cells
        cell = cells[columns.id] if columns.id < len(cells) else None
        label = row_label(cell.text) if cell else None
        name = label.id if label else cell.text.strip(_NO_NAME) if cell else ""
        if label is None and (_heads_rows(cells) or any(is_total(each.text) for each in cells[:2])):
            continue
        if cell and name:
            place = (label, cell, row.line, section, row, table, columns)
            members.append(Candidate(Shape.TABLE, name, *place))
        elif any(each.text for each in cells):
            left.append(Piece("", row.span, row.line))
    if members:
        yield Container(
            Shape.TABLE, section, tuple(members), tuple(left), table=table, columns=columns
        )


def _heads_rows(cells: Sequence[Piece]) -> bool:
    """Returns whether a row is but a heading of those below it: one cell alone, in bold."""
    filled = [cell.text for cell in cells if cell.text]
    return len(filled) == 1 and filled[0].startswith(("**", "__"))


# ── Lists ────────────────────────────────────────────────────────────────────


def _of_list(section: Section, block: ListBlock) -> Iterator[Container]:
    """Yields the lists of a block: the top one, and those in one item of it."""
    lists: dict[int, list[Listed]] = {}
    path: list[Listed] = []
    for item in block.items:
        del path[item.depth :]
        listed = Listed(block, item)
        if path:
            path[-1].nested.append(item)
        lists.setdefault(id(path[-1]) if path else 0, []).append(listed)
        path.append(listed)
    for items in lists.values():
        if container := _list(section, items):
            yield container


def _list(section: Section, items: Sequence[Listed]) -> Container | None:
    level, block = items[0].item.depth, items[0].block
    labels = [label_of(listed.item.text.text) for listed in items]
    ordered = all(listed.item.marker.text[0].isdigit() for listed in items)
    # An ordered list counts its phases where some of its items have no other label.
    if ordered and not all(labels):
        if level or not section.names_phases:
            return None
        numbered = tuple(_numbered(section, listed) for listed in items)
        return Container(Shape.LIST, section, numbered, level=level, block=block, numbered=True)
    pairs = list(zip(items, labels, strict=True))
    members = tuple(_item(section, listed, label) for listed, label in pairs if label)
    left = tuple(listed.item.text for listed, label in pairs if not label)
    return Container(Shape.LIST, section, members, left, level, block=block) if members else None


def _item(section: Section, listed: Listed, label: Label) -> Candidate:
    item = listed.item
    return Candidate(Shape.LIST, label.id, label, item.text, item.lines[0], section, listed)


def _numbered(section: Section, listed: Listed) -> Candidate:
    item = listed.item
    id = item.marker.text.rstrip(".)")
    label = Label(id, 0, 0, "", id)
    return Candidate(Shape.LIST, id, label, item.text, item.lines[0], section, listed)


# ── Headings ─────────────────────────────────────────────────────────────────


def _of_headings(sections: Sequence[Section]) -> Iterator[Container]:
    """Yields the labelled headings of one level under one heading."""
    groups: dict[tuple[int, int], list[Section]] = {}
    for section in sections:
        if section.line:
            parent = section.parents[-1].line if section.parents else 0
            groups.setdefault((parent, section.heading.level), []).append(section)
    for (_, level), siblings in groups.items():
        labels = [_single(section.title, section.label) for section in siblings]
        pairs = list(zip(siblings, labels, strict=True))
        members = tuple(_heading(section, label) for section, label in pairs if label)
        left = tuple(section.heading.text for section, label in pairs if not label)
        if members:
            yield Container(Shape.HEADING, members[0].section, members, left, level)


def _heading(section: Section, label: Label) -> Candidate:
    text = section.heading.text
    return Candidate(Shape.HEADING, label.id, label, text, section.line, section, section)


# ── Labelled paragraphs ──────────────────────────────────────────────────────


def _of_paragraphs(section: Section) -> Iterator[Container]:
    members, left = [], []
    for node in section.body:
        for piece in node.pieces if isinstance(node, Paragraph) else ():
            label = label_in(piece.text)
            if _COLON.match(piece.text, label.end if label else 0) is None:
                continue
            if label:
                members.append(_line(section, node, piece, label))
            elif section.stance > 0:
                left.append(piece)
    if members:
        yield Container(Shape.PARAGRAPH, section, tuple(members), tuple(left))


def _line(section: Section, paragraph: Node, piece: Piece, label: Label) -> Candidate:
    """Returns the phase of `P0 Triage (local): …`: what stands before the colon is its title."""
    assert isinstance(paragraph, Paragraph)
    return Candidate(Shape.PARAGRAPH, label.id, label, piece, piece.line, section, paragraph)
