"""Ways to make a phase or an item say a status, the likeliest first; reading back decides."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import assert_never

from loopkit.loop.edit.cells import (
    add_status_column,
    is_within_header,
    set_cell,
    set_status_cell,
)
from loopkit.loop.edit.style import Kin, Style, kin_of, lead_at, lead_of, phase_style
from loopkit.loop.model import PhaseStatus
from loopkit.loop.parse.layout import (
    HeadingEntry,
    ListEntry,
    ParagraphEntry,
    PhaseEntry,
    StatusForm,
    StatusSite,
    TableEntry,
)
from loopkit.loop.parse.reader import LoopFile
from loopkit.markdown import render
from loopkit.markdown.document import ListItem, Piece
from loopkit.markdown.source import Edit, Source, Span

Edits = tuple[Edit, ...]

_WORDS_LIMIT = 80
# What stands there says something else too, so a status of its own goes beside it.
_NOT_ITS_OWN = (StatusForm.WITHIN, StatusForm.DERIVED)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A status to be written: its note as Markdown, and how the document's others look."""

    status: PhaseStatus
    note: str
    kin: tuple[Kin, ...]

    def text(self, old: str, default: str, dashed: bool = False) -> str:
        """Returns the status in the author's style, with its note, `dashed` where that must be."""
        style = phase_style(self.status, self.kin, old, Style(default))
        style = replace(style, dashed=True) if dashed else style
        return style.text(self.note)

    def cell(self, old: str) -> str:
        """Returns the status as a cell of a table."""
        return render.escape_pipes(self.text(old, "done"))


def ways(file: LoopFile, entry: PhaseEntry, status: PhaseStatus, note: str) -> Iterator[Edits]:
    """Yields edits that may make an entry say a status."""
    kin = kin_of(file)
    for form in note_forms(note):
        yield from _ways(file, entry, Wanted(status, form, kin))


def note_forms(note: str) -> tuple[str, ...]:
    """Returns a note as it may be written: as prose, as code, and as its words alone."""
    words = " ".join(re.findall(r"[\w.,%]+", note))[:_WORDS_LIMIT]
    forms = render.line(note, render.CELL_LIMIT), render.code(note), words
    return tuple(dict.fromkeys(forms))


def _ways(file: LoopFile, entry: PhaseEntry, wanted: Wanted) -> Iterator[Edits]:
    site = entry.status
    if isinstance(entry, TableEntry) and (site is None or site.form in _NOT_ITS_OWN):
        yield from _new_cell(file.source, entry, wanted)
    elif site is None or site.form in _NOT_ITS_OWN:
        yield from _new(file.source, entry, wanted)
    else:
        yield from _replaced(file.source, entry, site, wanted)


def _new_cell(source: Source, entry: TableEntry, wanted: Wanted) -> Iterator[Edits]:
    if entry.status_column is not None:
        yield (set_status_cell(source, entry.row, entry.status_column, wanted.cell("")),)
    elif is_within_header(entry.table):
        yield tuple(add_status_column(source, entry.table, entry.row, wanted.cell("")))


def _replaced(
    source: Source, entry: PhaseEntry, site: StatusSite, wanted: Wanted
) -> Iterator[Edits]:
    old = site.piece
    match site.form:
        case StatusForm.CELL:
            yield (set_cell(source, old, wanted.cell(old.text)),)
        case StatusForm.CHECKBOX | StatusForm.CHECKBOXES:
            yield from _ticked(source, entry, wanted)
        case (
            StatusForm.SUFFIX
            | StatusForm.PREFIX
            | StatusForm.FIELD
            | (StatusForm.WITHIN | StatusForm.DERIVED)
        ):
            boxes = _box_edits(source, entry, wanted.status)
            yield (*boxes, _in_place(source, site, wanted))
            gone = Edit(_with_lead(source, site), "")
            fresh = (edits for edits in _new(source, entry, wanted) if _apart(gone, edits))
            yield from ((*boxes, gone, *edits) for edits in fresh)
        case _:
            assert_never(site.form)


def _apart(gone: Edit, edits: Edits) -> bool:
    """Returns whether none of these edits stands inside what goes."""
    return all(not gone.span.start < edit.span.start < gone.span.end for edit in edits)


def _in_place(source: Source, site: StatusSite, wanted: Wanted) -> Edit:
    """Returns the edit of a status where it stands, with what leads to it if brackets go."""
    old, text = site.piece, wanted.text(site.piece.text, "DONE")
    if site.form is not StatusForm.SUFFIX or _bracketed(old.text) == _bracketed(text):
        return Edit(old.span, text)
    fresh = " " if _bracketed(text) else lead_of(wanted.kin)
    return Edit(_with_lead(source, site), f"{fresh}{text}")


def _with_lead(source: Source, site: StatusSite) -> Span:
    """Returns the span of a status with what joins it to its title, on either side."""
    span = site.piece.span
    if site.form is StatusForm.SUFFIX:
        return Span(span.start - len(lead_at(source, site.piece)), span.end)
    rest = source.text[span.end : source.line_span(site.piece.line).end]
    return Span(span.start, span.end + len(rest) - len(rest.lstrip(" \t")))


def _bracketed(text: str) -> bool:
    return text.startswith(("(", "["))


def _ticked(source: Source, entry: PhaseEntry, wanted: Wanted) -> Iterator[Edits]:
    """Yields ticks alone where they say it all, else with the status in words beside them."""
    boxes = _box_edits(source, entry, wanted.status)
    said_by_boxes = wanted.status in (PhaseStatus.DONE, PhaseStatus.PENDING)
    if said_by_boxes and not wanted.note:
        yield boxes
    yield from ((*boxes, *edits) for edits in _new(source, entry, wanted))
    # Where a box is an item of the phase, it says what the item says, and stays.
    yield from _new(source, entry, wanted)


def _box_edits(source: Source, entry: PhaseEntry, status: PhaseStatus) -> Edits:
    """Returns the ticks that belong to a status: every box for done, none for pending."""
    match entry:
        case ListEntry():
            return tick((entry.item,), status is PhaseStatus.DONE)
        case HeadingEntry() if status is PhaseStatus.DONE:
            return tick(entry.checkboxes, True)
        case HeadingEntry() if status is PhaseStatus.PENDING:
            return tick(entry.checkboxes, False)
        case HeadingEntry() | ParagraphEntry() | TableEntry():
            return ()
        case _:
            assert_never(entry)


def tick(items: tuple[ListItem, ...], done: bool) -> Edits:
    """Returns the edits that tick or clear the checkboxes of these items."""
    return tuple(
        Edit(Span(item.checkbox.span.start + 1, item.checkbox.span.end - 1), "x" if done else " ")
        for item in items
        if item.checkbox is not None and item.checked is not done
    )


def _new(source: Source, entry: PhaseEntry, wanted: Wanted) -> Iterator[Edits]:
    """Yields a status at the end of the line, then one before the title."""
    text = wanted.text("", "DONE")
    lead = " " if _bracketed(text) else lead_of(wanted.kin)
    within = wanted.text("", "DONE", dashed=True)
    for end in _line_ends(entry):
        at = Span(end, end)
        yield (Edit(at, f"{lead}{text}"),)
        yield (Edit(at, f" ({within.strip('()[]')})"),)
        yield (Edit(at, f"{lead}{within}"),)
    if isinstance(entry, HeadingEntry | ListEntry | ParagraphEntry):
        start = entry.title.span.start
        yield (Edit(Span(start, start), f"{text} — "),)


def _line_ends(entry: PhaseEntry) -> tuple[int, ...]:
    match entry:
        case ListEntry():
            return _ends(entry.item.text, entry.title)
        case HeadingEntry():
            return _ends(entry.heading.text, entry.title)
        case ParagraphEntry():
            return _ends(entry.paragraph.pieces[-1], entry.title)
        case TableEntry():
            return ()
        case _:
            assert_never(entry)


def _ends(*pieces: Piece) -> tuple[int, ...]:
    return tuple(dict.fromkeys(piece.span.end for piece in pieces))
