"""What a candidate says by itself: its title, its status, and what it waits for."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from loopkit.loop.model import PhaseStatus
from loopkit.loop.parse.candidates import Candidate, Listed
from loopkit.loop.parse.header import WAITING, fields_in, meaning
from loopkit.loop.parse.inline_status import (
    Stated,
    moved,
    part,
    stated_in_cell,
    stated_in_title,
    tidy,
)
from loopkit.loop.parse.layout import (
    HeadingEntry,
    ListEntry,
    Meaning,
    ParagraphEntry,
    PhaseEntry,
    StatusForm,
    StatusSite,
    TableEntry,
)
from loopkit.loop.parse.outline import Section
from loopkit.loop.words.columns import Columns, cell, read_done
from loopkit.loop.words.grammar import phase_status
from loopkit.loop.words.labels import Label, label_in
from loopkit.loop.words.remembered import remembered
from loopkit.loop.words.signs import BOXES, SIGN_STATUS
from loopkit.markdown.document import Paragraph, Piece, Row, Table
from loopkit.markdown.source import Span

_CLOSERS = re.compile(r"(?:\*\*|__|[*_`~)]|\](?:\([^()\n]*\))?)*")
_LINK_END = re.compile(r"\](?:\([^()\n]*\))?[*_~`]*")
_NOTE = re.compile(r"[ \t]*([(\[])")
_WHOLE_LINK = re.compile(r"\[([^\[\]]+)\]\([^()]*\)")


Echo = tuple[StatusSite, PhaseStatus]
"""Another place that states a phase's status, and what it says."""


@dataclass(frozen=True)
class Draft:
    """One phase as written.

    `said` is what is said of its status, in the order of authority: the first is its status, the
    others echo it. `waits` are the cells or values that say what it waits for; `titled` says that
    its title may name a condition: `… (requires a visit)`.
    """

    candidate: Candidate
    entry: PhaseEntry
    """Where it stands; `placed` knows where its status stands too."""
    title: Piece
    said: tuple[Stated, ...]
    status: PhaseStatus = PhaseStatus.UNKNOWN
    """What is said without a place of its own: a row struck out."""
    waits: tuple[Piece, ...] = ()
    titled: bool = False
    section: Section | None = None
    columns: Columns | None = None
    text: str | None = None

    @property
    def id(self) -> str:
        """Returns the id of the phase."""
        return self.candidate.id

    @property
    def site(self) -> StatusSite | None:
        """Returns where its status stands."""
        return self.said[0].site if self.said else None

    @property
    def echoes(self) -> tuple[Echo, ...]:
        """Returns the other places that state its status."""
        return tuple((each.site, each.status) for each in self.said[1:] if each.site)

    @property
    def status_text(self) -> str | None:
        """Returns its status as written."""
        return self.text or (self.site.piece.text if self.site else None)

    @property
    def placed(self) -> PhaseEntry:
        """Returns where the phase stands, and where its status does."""
        return replace(self.entry, status=self.site) if self.site else self.entry

    @property
    def span(self) -> Span:
        """Returns the characters of the whole phase: its row, the text of its item or heading."""
        node = self.candidate.node
        return node.span if isinstance(node, Row) else self.candidate.text.span

    def saying(self, *more: Stated) -> Draft:
        """Returns the draft with what else is said of its status."""
        placed = tuple(each for each in more if each.site)
        if not placed:
            return self
        said = (*self.said, *placed)
        return replace(self, said=said, status=said[0].status)


def _told(*said: Stated) -> tuple[tuple[Stated, ...], PhaseStatus]:
    """Returns what is said in a place, and the status that it makes."""
    placed = tuple(each for each in said if each.site)
    return placed, (placed or said)[0].status


def draft_of(candidate: Candidate) -> Draft:
    """Returns what a candidate says by itself."""
    match candidate.node:
        case Row() if candidate.columns and candidate.table:
            return _row(candidate, candidate.node, candidate.table, candidate.columns)
        case Listed():
            return _item(candidate, candidate.node)
        case Section():
            return _heading(candidate, candidate.node)
        case Paragraph():
            return _paragraph(candidate, candidate.node)
        case _:
            raise AssertionError(candidate.shape)


# ── Rows ─────────────────────────────────────────────────────────────────────


def _row(candidate: Candidate, row: Row, table: Table, columns: Columns) -> Draft:
    cells = row.cells
    beside = _beside(candidate)
    titled = cell(cells, columns.title)
    if titled is None or (candidate.label and beside.title.text):
        titled = beside.title
    said = _row_status(cells, columns, beside, titled)
    waits = tuple(c for i in columns.waits if (c := cell(cells, i)) is not None)
    column = columns.status if columns.done is None else columns.done
    return Draft(
        candidate,
        TableEntry(table, row, column, None),
        said.title,
        *_told(said),
        waits=waits,
        columns=columns,
    )


def _beside(candidate: Candidate) -> Stated:
    """Returns what the first cell says beside the id."""
    cell = candidate.text
    if candidate.label is None or not candidate.family:
        return Stated(part(cell, len(cell.text), len(cell.text)))
    return read_line(cell)


def _row_status(
    cells: tuple[Piece, ...], columns: Columns, beside: Stated, titled: Piece
) -> Stated:
    if (when := cell(cells, columns.done)) and when.text:
        return Stated(titled, StatusSite(when, StatusForm.CELL), read_done(when.text))
    stating = cell(cells, columns.status)
    if stating is not None and stating.text.strip("—–- *_"):
        stated = stated_in_cell(stating)
        return Stated(titled, stated.site, stated.status)
    if columns.states:
        return Stated(titled)
    if beside.site:
        return Stated(titled, beside.site, beside.status)
    return stated_in_title(titled)


# ── Items ────────────────────────────────────────────────────────────────────


def _item(candidate: Candidate, listed: Listed) -> Draft:
    item = listed.item
    label = candidate.label if candidate.family else None
    stated = read_line(item.text) if label else unlabelled_line(item.text)
    fields = [field for nested in listed.nested for field in fields_in(nested.text, "list")]
    field = next((f for f in fields if meaning(f.name) is Meaning.STATUS), None)
    said = [stated]
    if field:
        said.append(field_says(field.value))
    if item.checkbox:
        site = StatusSite(item.checkbox, StatusForm.CHECKBOX)
        said.append(Stated(item.text, site, read_box(item.mark)))
    return Draft(
        candidate,
        ListEntry(listed.block, item, stated.title, None),
        stated.title,
        *_told(*said),
        waits=tuple(f.value for f in fields if meaning(f.name) in WAITING),
        titled=True,
    )


def read_box(mark: str | None) -> PhaseStatus:
    """Returns what a box with this mark says: `x` done, `/` in progress; nothing is pending."""
    unknown = SIGN_STATUS.get((mark or " ")[0], PhaseStatus.UNKNOWN)
    return BOXES.get(mark or " ", unknown)


def field_says(value: Piece) -> Stated:
    """Returns what a field called Status says."""
    return Stated(value, StatusSite(value, StatusForm.FIELD), phase_status(value.text))


# ── Headings and paragraphs ──────────────────────────────────────────────────


def _heading(candidate: Candidate, section: Section) -> Draft:
    assert candidate.label is not None
    stated = read_line(candidate.text)
    below = section.line_below, section.last_line
    entry = HeadingEntry(section.heading, stated.title, below, (), None)
    return Draft(candidate, entry, stated.title, *_told(stated), titled=True, section=section)


def _paragraph(candidate: Candidate, paragraph: Paragraph) -> Draft:
    """Returns the phase of `P0 Triage (local): …`: what stands before the colon is its title."""
    label, piece = candidate.label, candidate.text
    assert label is not None
    colon = piece.text.replace("：", ":").index(":", label.end)
    named = stated_in_title(_unwrapped(part(piece, label.end, colon)))
    after = stated_in_title(part(piece, colon + 1, len(piece.text)))
    said = named
    if not named.site and after.site and after.site.form is StatusForm.PREFIX:
        said = after
    entry = ParagraphEntry(paragraph, named.title, None)
    return Draft(candidate, entry, named.title, *_told(said), titled=True)


def _unwrapped(title: Piece) -> Piece:
    """Returns a title without the dash before it, or the brackets around the whole of it."""
    start = len(title.text) - len(title.text.lstrip(" \t—–-"))
    title = part(title, start, len(title.text))
    if title.text.startswith("(") and title.text.find(")") == len(title.text) - 1:
        return part(title, 1, len(title.text) - 1)
    return title


# ── Lines ────────────────────────────────────────────────────────────────────


def read_line(whole: Piece) -> Stated:
    """Returns the title and the status of a line that a label begins."""
    return moved(_line_says(whole.text), whole)


@remembered
def _line_says(text: str) -> Stated:
    """Returns what a line says, its pieces counted from the beginning of the line."""
    label, whole = label_in(text), Piece(text, Span(0, len(text)), 0)
    assert label is not None
    closing = _closing(text, label)
    stated = _bound(whole, label, *closing) if closing else _unbound(whole, label.end)
    lead = text[: label.start]
    return stated if stated.site or not lead.strip() else _led(whole, lead, stated)


def unlabelled_line(whole: Piece) -> Stated:
    """Returns the title and status of a line without label: `**Parallel Prep** — …`."""
    bold = re.match(r"\*\*|__", whole.text)
    close = whole.text.find(bold.group(), 2) if bold else -1
    if close < 0:
        return stated_in_title(whole)
    return _with_outer(whole, tidy(part(whole, 2, close)), close + 2)


def _closing(text: str, label: Label) -> tuple[int, int] | None:
    """Returns where the bold or the link ends that a label stands in with its title."""
    lead = text[: label.start]
    if lead.endswith("["):
        end = text.find("]", label.end)
        found = _LINK_END.match(text, end) if end >= 0 else None
        return found.span() if found else None
    for mark in ("**", "__", "~~"):
        if lead.endswith(mark):
            end = text.find(mark, label.end)
            return (end, end + len(mark)) if end >= 0 else None
    return None


def _unbound(whole: Piece, end: int) -> Stated:
    closed = _CLOSERS.match(whole.text, end)
    end = closed.end() if closed else end
    after, note = _skip_note(whole, end, len(whole.text))
    return _noted(stated_in_title(tidy(part(whole, after, len(whole.text)))), note)


def _bound(whole: Piece, label: Label, close: int, after: int) -> Stated:
    """Returns what a bold or linked label is followed by: the title inside, else outside."""
    end, note = _skip_note(whole, label.end, close)
    inner = tidy(part(whole, end, close))
    if inner.text:
        return _with_outer(whole, inner, after)
    end, outer_note = _skip_note(whole, after, len(whole.text))
    outer = tidy(part(whole, end, len(whole.text)))
    return _noted(stated_in_title(outer), note or outer_note)


def _with_outer(whole: Piece, title: Piece, after: int) -> Stated:
    """Returns a bold title with the status in it, or else in what follows it."""
    stated = stated_in_title(title)
    if stated.site:
        return stated
    # The dash or space before the description is kept, as it is what a status follows.
    outer = stated_in_title(Piece(whole.text[after:], part(whole, after, after).span, whole.line))
    return Stated(title, outer.site, outer.status)


def _skip_note(whole: Piece, end: int, limit: int) -> tuple[int, Piece | None]:
    """Skips a group right after the label that a colon closes: `P0 (GAP-7): …`."""
    found = _NOTE.match(whole.text, end, limit)
    if found is None:
        return end, None
    closed = whole.text.find(")" if found[1] == "(" else "]", found.end(), limit)
    if closed < 0:
        return end, None
    following = whole.text[closed + 1 : closed + 4].lstrip(" \t*_")
    if following[:1] not in (":", "：", "—", "–", "-"):
        return end, None
    return closed + 1, part(whole, found.start(), closed + 1)


def _noted(stated: Stated, note: Piece | None) -> Stated:
    """Returns the status that stands in the note after the label, if the line has no other."""
    if note is None or stated.site:
        return stated
    # A group must follow something to be one; the label stands before it.
    found = stated_in_title(Piece(f"x {note.text}", note.span, note.line))
    if found.site is None:
        return stated if stated.title.text else Stated(part(note, 1, len(note.text) - 1))
    return Stated(stated.title, StatusSite(note, StatusForm.SUFFIX), found.status)


def _led(whole: Piece, lead: str, stated: Stated) -> Stated:
    """Returns the status that stands before the label: `✅ P0 …`, `[DONE] P0 …`."""
    mark = part(whole, 0, len(lead.rstrip(" \t*_~`[(")))
    found = stated_in_title(Piece(f"{mark.text} x", mark.span, mark.line))
    if found.site is None and lead.rstrip().endswith("~~"):
        return Stated(stated.title, None, PhaseStatus.SKIPPED)
    if found.site is None or found.status is PhaseStatus.UNKNOWN:
        return stated
    return Stated(stated.title, StatusSite(mark, StatusForm.PREFIX), found.status)
