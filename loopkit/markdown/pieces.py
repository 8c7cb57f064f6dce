"""The pieces of a Markdown document: what `parse` gives, each with its span in the source."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from loopkit.markdown.scan import Piece, split_cells
from loopkit.markdown.source import Source, Span

NOWHERE = Span(0, 0)
TICKS = ("x", "X", "✓", "✔", "✔️", "√", "☑")


@dataclass(frozen=True, slots=True)
class Field:
    """A named value of a header or footer: `> **Status:** open`, `status: open`, `_Closed: D_`.

    `style` is one of quote, yaml, bold, list, table, heading, footer. In YAML, and in TOML, which
    is called yaml here too, the piece of the value has its quotes; `name_span` is the name alone,
    without bold or colon.
    """

    name: str
    value: Piece
    style: str
    line: int
    name_span: Span = NOWHERE


class Heading(NamedTuple):
    """An ATX or setext heading; `lines` are its first and last line."""

    level: int
    text: Piece
    lines: tuple[int, int]
    top: bool = True
    """False inside a quote or a list item."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table: one line, split into cells when it is asked for them.

    In a quote or a list item `span` begins after the marks of those.
    """

    source: Source = field(repr=False)
    line: int
    span: Span
    _cells: list[tuple[Piece, ...]] = field(default_factory=list, repr=False, compare=False)

    @property
    def cells(self) -> tuple[Piece, ...]:
        """Returns the cells, as many as the row was written with (at most 1,000)."""
        if not self._cells:
            self._cells.append(split_cells(self.source, self.span, self.line))
        return self._cells[0]


@dataclass(frozen=True, slots=True)
class Table:
    """A GFM table."""

    header: Row
    delimiter: Row
    rows: tuple[Row, ...]
    lines: tuple[int, int]
    top: bool = True


class ListItem(NamedTuple):
    """An item of a list; `text` is the first line after the marker and any checkbox."""

    marker: Piece
    """`-`, `*`, `1.` …"""
    checkbox: Piece | None
    """`[ ]` or `[x]`, in either case; also `[~]`, `[-]`, `[!]` and the like, and `[]`."""
    text: Piece
    lines: tuple[int, int]
    depth: int = 0
    """0 for an item of a top-level list, 1 for an item of a list in it, …"""
    inner: tuple[Node, ...] = ()
    """What else stands in the item, other items left out: the further lines of its text first."""

    @property
    def mark(self) -> str | None:
        """Returns what stands between the brackets of its checkbox, None without one."""
        return None if self.checkbox is None else self.checkbox.text[1:-1]

    @property
    def checked(self) -> bool | None:
        """Returns whether it is ticked, None without a checkbox."""
        return None if self.checkbox is None else self.mark in TICKS


@dataclass(frozen=True, slots=True)
class ListBlock:
    """A list with every item in it, nested ones too, in the order of the file."""

    ordered: bool
    items: tuple[ListItem, ...]
    lines: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph, one piece a line."""

    pieces: tuple[Piece, ...]
    lines: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Quote:
    """A block quote with what stands in it; the pieces in it leave out its `>` marks."""

    nodes: tuple[Node, ...]
    lines: tuple[int, int]

    @property
    def pieces(self) -> tuple[Piece, ...]:
        """Returns its lines of prose, one piece each: none of a fence in it."""
        return tuple(prose(self.nodes))


@dataclass(frozen=True, slots=True)
class Rule:
    """A thematic break."""

    lines: tuple[int, int]


class OpaqueKind(StrEnum):
    """What makes a block opaque."""

    FENCE = "fence"
    CODE = "code"
    HTML = "html"
    REMARK = "remark"


@dataclass(frozen=True, slots=True)
class Opaque:
    """A fence, indented code or HTML: nothing in it is a phase, a field or a gate."""

    lines: tuple[int, int]
    kind: OpaqueKind = OpaqueKind.FENCE


Node = Heading | Table | ListBlock | Paragraph | Quote | Rule | Opaque


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """YAML between `---` lines or TOML between `+++` lines; `fault` says why it is not valid."""

    fields: tuple[Field, ...]
    lines: tuple[int, int]
    fault: str = ""
    fault_line: int = 0
    syntax: str = "YAML"


@dataclass(frozen=True)
class Document:
    """The top-level pieces of a document in the order of the file.

    What stands in a quote or in an item of a list is given with the quote or the item.
    """

    source: Source
    front_matter: FrontMatter | None
    nodes: tuple[Node, ...]
    too_deep: bool = False
    """Containers are nested beyond the limit, so what follows them may not have been read."""


def prose(nodes: Iterable[Node]) -> Iterator[Piece]:
    """Yields the lines of prose of some nodes, without the marks before them."""
    for node in nodes:
        match node:
            case Heading():
                yield node.text
            case Paragraph():
                yield from node.pieces
            case Table():
                for row in (node.header, node.delimiter, *node.rows):
                    yield Piece(row.source.cut(row.span), row.span, row.line)
            case ListBlock():
                for item in node.items:
                    yield item.text
                    yield from prose(item.inner)
            case Quote():
                yield from prose(node.nodes)
