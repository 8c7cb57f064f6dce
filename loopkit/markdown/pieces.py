"""The pieces of a Markdown document: what `parse` gives, each with its span in the source."""

from __future__ import annotations

from dataclasses import dataclass, field

from loopkit.markdown.scan import Piece, split_cells
from loopkit.markdown.source import Source, Span

NOWHERE = Span(0, 0)


@dataclass(frozen=True, slots=True)
class Field:
    """A named value of a header or footer: `> **Status:** open`, `status: open`, `_Closed: D_`.

    `style` is one of quote, yaml, bold, list, table, heading, footer. In YAML the piece of the
    value has its quotes; `name_span` is the name alone, without bold or colon.
    """

    name: str
    value: Piece
    style: str
    line: int
    name_span: Span = NOWHERE


@dataclass(frozen=True, slots=True)
class Heading:
    """An ATX or setext heading; `lines` are its first and last line."""

    level: int
    text: Piece
    lines: tuple[int, int]
    top: bool = True
    """False inside a quote or a list item."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table: one line, split into cells when it is asked for them."""

    source: Source = field(repr=False)
    line: int
    span: Span

    @property
    def cells(self) -> tuple[Piece, ...]:
        """Returns the cells, as many as the row was written with (at most 1,000)."""
        return split_cells(self.source, self.span, self.line)


@dataclass(frozen=True, slots=True)
class Table:
    """A GFM table."""

    header: Row
    delimiter: Row
    rows: tuple[Row, ...]
    lines: tuple[int, int]
    top: bool = True


@dataclass(frozen=True, slots=True)
class ListItem:
    """An item of a list; `text` is the first line after the marker and any checkbox."""

    marker: Piece
    """`-`, `*`, `1.` …"""
    checkbox: Piece | None
    """`[ ]` or `[x]`, in either case."""
    text: Piece
    lines: tuple[int, int]
    depth: int = 0
    """0 for an item of a top-level list, 1 for an item of a list in it, …"""

    @property
    def checked(self) -> bool | None:
        """Returns whether it is ticked, None without a checkbox."""
        return None if self.checkbox is None else self.checkbox.text[1] in "xX"


@dataclass(frozen=True, slots=True)
class ListBlock:
    """A top-level list with every item in it, nested ones too, in the order of the file."""

    ordered: bool
    items: tuple[ListItem, ...]
    lines: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph at the top level, one piece a line."""

    pieces: tuple[Piece, ...]
    lines: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Quote:
    """A top-level block quote, one piece a line of prose, `>` and white space left out."""

    pieces: tuple[Piece, ...]
    lines: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Rule:
    """A thematic break at the top level."""

    lines: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Opaque:
    """A fence, indented code or HTML: nothing in it is a phase, a field or a gate."""

    lines: tuple[int, int]


Node = Heading | Table | ListBlock | Paragraph | Quote | Rule | Opaque


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """YAML between `---` lines at the top; `fault` says why it is not valid YAML, if so."""

    fields: tuple[Field, ...]
    lines: tuple[int, int]
    fault: str = ""
    fault_line: int = 0


@dataclass(frozen=True)
class Document:
    """The top-level pieces of a document in the order of the file.

    Only pieces at the top level are given, as these alone can be state: a table in a quote or
    in a list item is never one of phases.
    """

    source: Source
    front_matter: FrontMatter | None
    nodes: tuple[Node, ...]
    too_deep: bool = False
    """Containers are nested beyond the limit, so what follows them may not have been read."""
