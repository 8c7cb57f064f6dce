"""The header and the footer of a document: front matter, quotes, bold lines, lists, tables."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile

from loopkit.loop.parse.fields import fields_in, meaning
from loopkit.loop.parse.inline_status import part
from loopkit.loop.parse.layout import HeaderField, Meaning
from loopkit.loop.words.columns import names
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

_FOOTER = re.compile(r"([*_]{1,2})([A-Za-z][\w /-]{0,40}):[ \t]*(?!\1)(.*?)[ \t]*\1[ \t]*$")
_STATUS_HEADING = re.compile(r"(?:Loop[ \t]+)?Status[ \t]*(?::|—|–|-)[ \t]*(?=\S)", re.IGNORECASE)
_FIELD_TABLE = {"field", "key", "attribute", "property", "item", "meta", "metadata"}


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


def read_header(document: Document) -> Header:
    """Returns the fields of the front matter, the header, headings that state, and the footer."""
    front = document.front_matter.fields if document.front_matter else ()
    fields = [*front, *_head(document.nodes), *_headings(document.nodes), *_foot(document.nodes)]
    return Header(tuple(HeaderField(field, meaning(field.name)) for field in fields))


def _head(nodes: Sequence[Node]) -> Iterator[Field]:
    """Yields the fields above the first section."""
    head = list(takewhile(lambda node: not _begins_section(node), nodes))
    for node in head:
        match node:
            case Quote():
                yield from _lines(node.pieces, "quote")
            case Paragraph():
                yield from _lines(node.pieces, "bold")
            case ListBlock():
                items = (item.text for item in node.items if item.depth == 0)
                yield from _lines(items, "list")
            case Table():
                yield from _field_table(node)
    for node in takewhile(lambda node: not _begins_section(node), nodes[len(head) + 1 :]):
        if isinstance(node, Table) and [n.casefold() for n in names(node)] == ["field", "value"]:
            yield from _field_table(node)


def _begins_section(node: Node) -> bool:
    return isinstance(node, Heading) and node.level > 1


def _lines(pieces: Iterator[Piece] | Sequence[Piece], style: str) -> Iterator[Field]:
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
