"""Where the things that a loop means stand in its document: what the writer edits.

`Layout.phases[i]` is where `loop.phases[i]` stands, `Layout.items[i][j]` where its item `j` does.
Every piece is exact: cutting its span from the source gives its text.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from loopkit.loop.words.language import Meaning as Meaning
from loopkit.markdown.document import (
    Field,
    Heading,
    ListBlock,
    ListItem,
    Paragraph,
    Piece,
    Row,
    Table,
)


class StatusForm(StrEnum):
    """How an author put a status beside what it is about."""

    CELL = "cell"  # the whole cell of a Status column, note and bold with it
    SUFFIX = "suffix"  # `… — DONE (note)`, `… (DONE)`, `… [DONE]`, `… ✅`: last in the line
    PREFIX = "prefix"  # `P0: COMPLETE -- …`, `✅ P0 …`: before the title or before the id
    WITHIN = "within"  # a word of the title itself: `Deferred promotion`, `… blocked by …`
    FIELD = "field"  # the value of a `**Status:** done` line under the heading or the item
    CHECKBOX = "checkbox"  # the phase's own `[ ]` or `[x]`
    CHECKBOXES = "checkboxes"  # those of the list under its heading; the piece is the first one


@dataclass(frozen=True, slots=True)
class StatusSite:
    """The characters that state a status.

    In a CELL the piece is the whole cell. In a SUFFIX or PREFIX it is the status with its note,
    bold and brackets (`**done** (prior session)`, `(DONE)`), and neither the ` — ` that leads to
    it nor the title. In a CHECKBOX it is `[ ]` with its brackets.
    """

    piece: Piece
    form: StatusForm


@dataclass(frozen=True, slots=True)
class TableEntry:
    """A phase or an item that is a row.

    `status_column` is the index of the Status column, None without one. A ragged row may be
    shorter than that: `status` is then None, and the cell has to be made.
    """

    table: Table
    row: Row
    status_column: int | None
    status: StatusSite | None


@dataclass(frozen=True, slots=True)
class ListEntry:
    """A phase that is an item of a list; `title` is where its title stands."""

    block: ListBlock
    item: ListItem
    title: Piece
    status: StatusSite | None


@dataclass(frozen=True, slots=True)
class HeadingEntry:
    """A phase that is a heading; `body` is its first and last line below the heading.

    `checkboxes` are the items with a checkbox in its body, nested ones too; `body` is empty
    when its last line is before its first.
    """

    heading: Heading
    title: Piece
    body: tuple[int, int]
    checkboxes: tuple[ListItem, ...]
    status: StatusSite | None


@dataclass(frozen=True, slots=True)
class ParagraphEntry:
    """A phase that is a labelled paragraph: `P0 Triage (local): …`."""

    paragraph: Paragraph
    title: Piece
    status: StatusSite | None


PhaseEntry = TableEntry | ListEntry | HeadingEntry | ParagraphEntry


@dataclass(frozen=True, slots=True)
class HeaderField:
    """A field with its meaning; `field.style` says where it stands, `footer` for the footer."""

    field: Field
    meaning: Meaning


@dataclass(frozen=True)
class Layout:
    """Where everything stands.

    `fields` holds every field of front matter, header and footer in the order of the file, of
    any style; a status in two headers is there twice. An edit of a status changes all of
    `stating(Meaning.STATUS)`. `echoes[i]` are the other places that state the status of phase
    `i`: a row beside its heading, a box beside its word.
    """

    fields: tuple[HeaderField, ...]
    phases: tuple[PhaseEntry, ...]
    items: tuple[tuple[TableEntry, ...], ...]
    echoes: tuple[tuple[StatusSite, ...], ...] = ()

    def stating(self, meaning: Meaning) -> tuple[Field, ...]:
        """Returns the fields that say this, in the order of the file."""
        return tuple(f.field for f in self.fields if f.meaning is meaning)

    @property
    def phases_table(self) -> Table | None:
        """Returns the table whose rows are the phases, None for any other shape."""
        first = self.phases[0] if self.phases else None
        return first.table if isinstance(first, TableEntry) else None
