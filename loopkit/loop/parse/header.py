"""The header and the footer of a document, and named values in a line: `**Status:** open`."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile

from loopkit.loop.parse.inline_status import part
from loopkit.loop.parse.layout import HeaderField, Meaning
from loopkit.loop.parse.outline import Section
from loopkit.loop.words.columns import names
from loopkit.loop.words.language import Topic
from loopkit.loop.words.vocabulary import meaning_named
from loopkit.markdown.document import (
    Document,
    Field,
    Heading,
    ListBlock,
    Node,
    Paragraph,
    Piece,
    Quote,
    Rule,
    Table,
)

_NAME = r"[^\W\d_][\w /()-]{0,40}?"
_BOLD = re.compile(
    rf"(?:\*\*|__)[ \t]*({_NAME})[ \t]?(?:[:：][ \t]*(?:\*\*|__)|(?:\*\*|__)[ \t]*[:：])"
)
_WHOLLY_BOLD = re.compile(rf"(?:\*\*|__)({_NAME})[ \t]?[:：][ \t]*([^*]+)(?:\*\*|__)$")
_PLAIN = re.compile(rf"(?:[-*+][ \t]+)?({_NAME})[ \t]?(?::(?:[ \t]+|$)|：)")
_BETWEEN = " \t|·•,;"

_FOOTER = re.compile(r"([*_]{1,2})([^\W\d_][\w /-]{0,40}):[ \t]*(?!\1)(.*?)[ \t]*\1[ \t]*$")
_STATUS_HEADING = re.compile(r"(?:Loop[ \t]+)?Status[ \t]*(?::|—|–|-)[ \t]*(?=\S)", re.IGNORECASE)
_FIELD_TABLE = {"field", "key", "attribute", "property", "item", "meta", "metadata"}

WAITING = (Meaning.DEPENDS_ON, Meaning.BLOCKED_BY)
"""What a field says that names what a phase waits for."""


def meaning(name: str) -> Meaning:
    """Returns what a field of this name says."""
    return meaning_named(name)


def fields_in(line: Piece, style: str) -> Iterator[Field]:
    """Yields the fields of a line: bold ones, else a plain one whose name is known."""
    if ":" not in line.text and "：" not in line.text:
        return
    found = list(_BOLD.finditer(line.text))
    for place, match in enumerate(found):
        last = place + 1 == len(found)
        end = len(line.text) if last else found[place + 1].start()
        # A backslash at the end of a line is a line break, and no part of the value.
        text = line.text[:end].rstrip("\\" if last else _BETWEEN)
        value = part(line, match.end(), len(text))
        yield _field(line, match, value, style)
    if found:
        return
    if whole := _WHOLLY_BOLD.fullmatch(line.text):
        yield _field(line, whole, part(line, *whole.span(2)), style)
    elif (plain := _PLAIN.match(line.text)) and meaning(plain[1]) is not Meaning.OTHER:
        yield _field(line, plain, part(line, plain.end(), len(line.text)), style)


def _field(line: Piece, found: re.Match[str], value: Piece, style: str) -> Field:
    name = part(line, *found.span(1))
    return Field(name.text, value, style, line.line, name.span)


def fields_under(nodes: Iterable[Node]) -> Iterator[Field]:
    """Yields the fields of a phase's own text: `**Dependency:** P1`, `> Status: done`."""
    for node in nodes:
        match node:
            case Paragraph():
                for piece in node.pieces:
                    yield from fields_in(piece, "bold")
            case Quote():
                for piece in node.pieces:
                    yield from fields_in(piece, "quote")
            case ListBlock():
                for item in node.items:
                    if item.depth == 0:  # a field of a nested item speaks of the item above it
                        yield from fields_in(item.text, "list")
            case Rule():
                return


@dataclass(frozen=True)
class Header:
    """Every field of a document's head and foot, with what it says."""

    fields: tuple[HeaderField, ...]

    def first(self, *meanings: Meaning) -> Field | None:
        """Returns the first field of the first of these meanings that has one."""
        for wanted in meanings:
            for named in self.fields:
                if named.meaning is wanted and named.field.value.text:
                    return named.field
        return None

    def all(self, *meanings: Meaning) -> tuple[Field, ...]:
        """Returns the fields of these meanings, in the order of the file."""
        return tuple(f.field for f in self.fields if f.meaning in meanings)


def read_header(document: Document, sections: Sequence[Section], phases: Collection[int]) -> Header:
    """Returns the fields of the front matter, the header, headings that state, and the footer.

    `phases` are the lines of phases: where one is a heading, the header ends.
    """
    front = document.front_matter.fields if document.front_matter else ()
    nodes = document.nodes
    fields = [
        *front,
        *_head(nodes, phases),
        *_overview(sections, phases),
        *_headings(nodes),
        *_foot(nodes),
    ]
    return Header(tuple(HeaderField(field, meaning(field.name)) for field in fields))


def _head(nodes: Sequence[Node], phases: Collection[int]) -> Iterator[Field]:
    """Yields the fields above the first section."""

    def goes_on(node: Node) -> bool:
        if not isinstance(node, Heading):
            return True
        return node.level == 1 and node.lines[0] not in phases

    head = list(takewhile(goes_on, nodes))
    for node in head:
        yield from _fields_of(node)
    for node in takewhile(goes_on, nodes[len(head) + 1 :]):
        if isinstance(node, Table) and [n.casefold() for n in names(node)] == ["field", "value"]:
            yield from _field_table(node)


def _fields_of(node: Node) -> Iterator[Field]:
    """Yields the fields of one block."""
    match node:
        case Quote():
            yield from _lines(node.pieces, "quote")
        case Paragraph():
            yield from _lines(node.pieces, "bold")
        case ListBlock():
            yield from _lines((i.text for i in node.items if i.depth == 0), "list")
        case Table():
            yield from _field_table(node)


def _overview(sections: Sequence[Section], phases: Collection[int]) -> Iterator[Field]:
    """Yields what a section called Overview, Status or the like says of the loop itself."""
    for section in takewhile(lambda section: section.line not in phases, sections):
        if not section.is_just(Topic.HEADER):
            continue
        for node in section.body:
            fields = _fields_of(node)
            yield from (field for field in fields if meaning(field.name) is not Meaning.OTHER)


def _lines(pieces: Iterable[Piece], style: str) -> Iterator[Field]:
    for piece in pieces:
        yield from fields_in(piece, style)


def _field_table(table: Table) -> Iterator[Field]:
    headers = names(table)
    rows = [row.cells for row in table.rows]
    if len(headers) != 2:
        return
    if headers[0].casefold() not in _FIELD_TABLE and meaning(headers[0]) is Meaning.OTHER:
        known = [cells for cells in rows if cells and meaning(_bare(cells[0])) is not Meaning.OTHER]
        if not known:
            return
    for name, value in (cells[:2] for cells in [table.header.cells, *rows] if len(cells) > 1):
        yield Field(_bare(name), value, "table", name.line, name.span)


def _bare(cell: Piece) -> str:
    return cell.text.strip("*_`: ")


def _headings(nodes: Sequence[Node]) -> Iterator[Field]:
    """Yields `## Status: closed`."""
    for node in nodes:
        if isinstance(node, Heading) and node.level <= 2:
            found = _STATUS_HEADING.match(node.text.text)
            if found:
                name = part(node.text, 0, len("Status"))
                value = part(node.text, found.end(), len(node.text.text))
                yield Field("Status", value, "heading", node.lines[0], name.span)


def _foot(nodes: Sequence[Node]) -> Iterator[Field]:
    """Yields `_Created: D_` from the last paragraphs of the document."""
    tail = list(takewhile(lambda node: isinstance(node, Paragraph | Rule), reversed(nodes)))
    for node in reversed(tail):
        for piece in node.pieces if isinstance(node, Paragraph) else ():
            if found := _FOOTER.match(piece.text):
                name, value = part(piece, *found.span(2)), part(piece, *found.span(3))
                yield Field(name.text, value, "footer", piece.line, name.span)
