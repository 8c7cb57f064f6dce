"""Ways to make a phase or an item say a status, the likeliest first; reading back decides."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import assert_never

from loopkit.loop.change import SetItemStatus, SetPhaseStatus
from loopkit.loop.edit.answers import answer_of
from loopkit.loop.edit.cells import (
    add_status_column,
    is_within_header,
    set_cell,
    set_status_cell,
)
from loopkit.loop.edit.fresh import BESIDE, new_ways
from loopkit.loop.edit.style import Wanted, is_bracketed, joint, lead_at, wanted_by
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
from loopkit.loop.words.signs import BOXES
from loopkit.markdown import render
from loopkit.markdown.document import ListItem
from loopkit.markdown.source import Edit, Source, Span

Edits = tuple[Edit, ...]

_WORDS_LIMIT = 80
# What stands there says something else too, so a status of its own goes beside it.
_NOT_ITS_OWN = (StatusForm.WITHIN, StatusForm.DERIVED)
_OF_PARTS = (StatusForm.CHECKBOXES, StatusForm.DERIVED)


def ways(
    file: LoopFile, entry: PhaseEntry, change: SetPhaseStatus | SetItemStatus
) -> Iterator[Edits]:
    """Yields edits that may make an entry say a status."""
    for note in note_forms(change.note):
        yield from _ways(file, entry, wanted_by(file, change, note))


def is_stated_by_kin(file: LoopFile, entry: PhaseEntry) -> bool:
    """Returns whether an entry's status follows from its parts where its siblings state theirs."""
    derived = entry.status is not None and entry.status.form in _OF_PARTS
    return derived and any(e.status and e.status.form in BESIDE for e in file.layout.phases)


def note_forms(note: str) -> tuple[str, ...]:
    """Returns a note as it may be written: as prose, as code, and as its words alone."""
    words = " ".join(re.findall(r"[\w.,%]+", note))[:_WORDS_LIMIT]
    forms = render.line(note, render.CELL_LIMIT), render.code(note), words
    return tuple(dict.fromkeys(forms))


def _ways(file: LoopFile, entry: PhaseEntry, wanted: Wanted) -> Iterator[Edits]:
    site = entry.status
    if isinstance(entry, TableEntry) and (answer := _answer(file.source, entry, wanted)):
        yield (answer,)
    if isinstance(entry, TableEntry) and (site is None or site.form in _NOT_ITS_OWN):
        yield from _new_cell(file.source, entry, wanted)
    elif site is None or site.form in _NOT_ITS_OWN:
        yield from new_ways(file, entry, wanted)
    else:
        yield from _replaced(file, entry, site, wanted)


def _answer(source: Source, entry: TableEntry, wanted: Wanted) -> Edit | None:
    """Returns the edit of a `Done?`, which has no room for a note or a word of one's own."""
    text = "" if wanted.note or wanted.word else answer_of(entry, wanted.status)
    column = entry.status_column
    return set_status_cell(source, entry.row, column, text) if text and column is not None else None


def _new_cell(source: Source, entry: TableEntry, wanted: Wanted) -> Iterator[Edits]:
    if entry.status_column is not None:
        yield (set_status_cell(source, entry.row, entry.status_column, wanted.cell("")),)
    elif is_within_header(entry.table):
        yield tuple(add_status_column(source, entry.table, entry.row, wanted.cell("")))


def _replaced(
    file: LoopFile, entry: PhaseEntry, site: StatusSite, wanted: Wanted
) -> Iterator[Edits]:
    old = site.piece
    match site.form:
        case StatusForm.CELL:
            yield (set_cell(file.source, old, wanted.cell(old.text)),)
        case StatusForm.CHECKBOX | StatusForm.CHECKBOXES:
            if is_stated_by_kin(file, entry):
                yield from new_ways(file, entry, wanted)
            yield from _ticked(file, entry, wanted)
        case (
            StatusForm.SUFFIX
            | StatusForm.PREFIX
            | StatusForm.FIELD
            | (StatusForm.WITHIN | StatusForm.DERIVED)
        ):
            # Boxes below a heading that states its status are work, and say what they say.
            boxes = _box_edits(file, entry, wanted.status) if isinstance(entry, ListEntry) else ()
            yield (*boxes, in_place(file.source, site, wanted))
            gone = Edit(_with_lead(file.source, site), "")
            fresh = (edits for edits in new_ways(file, entry, wanted) if _apart(gone, edits))
            yield from ((*boxes, gone, *edits) for edits in fresh)
        case _:
            assert_never(site.form)


def _apart(gone: Edit, edits: Edits) -> bool:
    """Returns whether none of these edits stands inside what goes."""
    return all(not gone.span.start < edit.span.start < gone.span.end for edit in edits)


def in_place(source: Source, site: StatusSite, wanted: Wanted) -> Edit:
    """Returns the edit of a status where it stands, with what leads to it if brackets go."""
    old, text = site.piece, wanted.text(site.piece.text, site.form)
    if site.form is not StatusForm.SUFFIX or is_bracketed(old.text) == is_bracketed(text):
        return Edit(old.span, text)
    fresh = joint(text, wanted)
    return Edit(_with_lead(source, site), f"{fresh}{text}")


def _with_lead(source: Source, site: StatusSite) -> Span:
    """Returns the span of a status with what joins it to its title, on either side."""
    span = site.piece.span
    if site.form is StatusForm.SUFFIX:
        return Span(span.start - len(lead_at(source, site.piece)), span.end)
    rest = source.text[span.end : source.line_span(site.piece.line).end]
    return Span(span.start, span.end + len(rest) - len(rest.lstrip(" \t")))


# ── Boxes ────────────────────────────────────────────────────────────────────


def _ticked(file: LoopFile, entry: PhaseEntry, wanted: Wanted) -> Iterator[Edits]:
    """Yields marks alone where they say it all, else with the status in words beside them."""
    boxes = _box_edits(file, entry, wanted.status)
    alone = isinstance(entry, ListEntry) and wanted.status in box_marks(file)
    said_by_boxes = alone or wanted.status in (PhaseStatus.DONE, PhaseStatus.PENDING)
    if said_by_boxes and not wanted.note and not wanted.word:
        yield boxes
    yield from ((*boxes, *edits) for edits in new_ways(file, entry, wanted))
    # Where a box is an item of the phase, it says what the item says, and stays.
    yield from new_ways(file, entry, wanted)
    yield from _signed(file, entry, wanted)


def _signed(file: LoopFile, entry: PhaseEntry, wanted: Wanted) -> Iterator[Edits]:
    """Yields a mark that no other box has: where boxes alone are counted, a word is not heard."""
    mark = next((mark for mark, status in BOXES.items() if status is wanted.status), "")
    if mark and isinstance(entry, ListEntry):
        box = tick((entry.item,), mark)
        if wanted.note or wanted.word:
            yield from ((*box, *edits) for edits in new_ways(file, entry, wanted))
        yield box


def _box_edits(file: LoopFile, entry: PhaseEntry, status: PhaseStatus) -> Edits:
    """Returns the marks that belong to a status: every box for done, none for pending."""
    marks = box_marks(file)
    match entry:
        case ListEntry():
            return tick((entry.item,), marks.get(status, " "))
        case HeadingEntry() if status in (PhaseStatus.DONE, PhaseStatus.PENDING):
            return tick(entry.checkboxes, marks[status])
        case HeadingEntry() | ParagraphEntry() | TableEntry():
            return ()
        case _:
            assert_never(entry)


def box_marks(file: LoopFile) -> Mapping[PhaseStatus, str]:
    """Returns the marks that a document puts into boxes: `x` or `X` for done, ` ` for pending."""
    marks = {PhaseStatus.DONE: "x", PhaseStatus.PENDING: " "}
    for entry in file.layout.phases:
        items = entry.checkboxes if isinstance(entry, HeadingEntry) else ()
        items = entry.block.items if isinstance(entry, ListEntry) else items
        for mark in (item.checkbox.text[1:-1] for item in items if item.checkbox):
            marks[BOXES.get(mark, PhaseStatus.PENDING)] = mark
    return marks


def tick(items: tuple[ListItem, ...], mark: str) -> Edits:
    """Returns the edits that put a mark into the checkboxes of these items."""
    return tuple(
        Edit(Span(item.checkbox.span.start + 1, item.checkbox.span.end - 1), mark)
        for item in items
        if item.checkbox is not None and item.checkbox.text[1:-1].casefold() != mark.casefold()
    )
