"""Ways to make a phase or an item say a status, the likeliest first; reading back decides."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import assert_never

from loopkit.loop.change import SetItemStatus, SetPhaseStatus
from loopkit.loop.edit.answers import answer_of
from loopkit.loop.edit.cells import (
    add_status_column,
    is_within_header,
    set_cell,
    set_status_cell,
)
from loopkit.loop.edit.style import (
    CLOSING,
    Kin,
    Style,
    alike,
    cased,
    kin_of,
    language_of,
    lead_at,
    lead_of,
    phase_style,
)
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
from loopkit.loop.words.language import Language
from loopkit.loop.words.signs import BOXES
from loopkit.markdown import render
from loopkit.markdown.document import Heading, ListItem, Piece
from loopkit.markdown.source import Edit, Source, Span

Edits = tuple[Edit, ...]

_WORDS_LIMIT = 80
# What stands there says something else too, so a status of its own goes beside it.
_NOT_ITS_OWN = (StatusForm.WITHIN, StatusForm.DERIVED)
_BESIDE = (StatusForm.SUFFIX, StatusForm.PREFIX, StatusForm.FIELD)
_OF_PARTS = (StatusForm.CHECKBOXES, StatusForm.DERIVED)
# A status that has its place for itself needs no brackets.
_ALONE = (StatusForm.CELL, StatusForm.FIELD)
_BRACKETS = "".join([*CLOSING, *CLOSING.values()])


@dataclass(frozen=True, slots=True)
class Wanted:
    """A status to be written: its note as Markdown, its word if a person chose one, and its kin."""

    status: PhaseStatus
    note: str
    word: str
    kin: tuple[Kin, ...]
    language: Language

    def text(self, old: str, form: StatusForm = StatusForm.SUFFIX, dashed: bool = False) -> str:
        """Returns the status in the author's style, with its note, `dashed` where that must be."""
        kin = alike(self.kin, form, self.status)
        default = Style("done" if form is StatusForm.CELL else "DONE")
        style = phase_style(self.status, kin, old, default, self.language)
        if form in _ALONE and not any(_bracketed(k.site.piece.text) for k in kin if k.form is form):
            style = replace(style, opening="")
        if self.word:
            style = replace(style, word=cased(self.word, style.word))
        return replace(style, dashed=dashed or style.dashed).text(self.note)

    def cell(self, old: str) -> str:
        """Returns the status as a cell of a table."""
        return render.escape_pipes(self.text(old, StatusForm.CELL))


def wanted_by(file: LoopFile, change: SetPhaseStatus | SetItemStatus, note: str) -> Wanted:
    """Returns the status that a change wants, with a note as it may be written."""
    return Wanted(change.status, note, change.word, kin_of(file), language_of(file))


def ways(
    file: LoopFile, entry: PhaseEntry, change: SetPhaseStatus | SetItemStatus
) -> Iterator[Edits]:
    """Yields edits that may make an entry say a status."""
    for note in note_forms(change.note):
        yield from _ways(file, entry, wanted_by(file, change, note))


def is_stated_by_kin(file: LoopFile, entry: PhaseEntry) -> bool:
    """Returns whether an entry's status follows from its parts where its siblings state theirs."""
    derived = entry.status is not None and entry.status.form in _OF_PARTS
    return derived and any(e.status and e.status.form in _BESIDE for e in file.layout.phases)


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
        yield from _new(file, entry, wanted)
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
                yield from _new(file, entry, wanted)
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
            fresh = (edits for edits in _new(file, entry, wanted) if _apart(gone, edits))
            yield from ((*boxes, gone, *edits) for edits in fresh)
        case _:
            assert_never(site.form)


def _apart(gone: Edit, edits: Edits) -> bool:
    """Returns whether none of these edits stands inside what goes."""
    return all(not gone.span.start < edit.span.start < gone.span.end for edit in edits)


def in_place(source: Source, site: StatusSite, wanted: Wanted) -> Edit:
    """Returns the edit of a status where it stands, with what leads to it if brackets go."""
    old, text = site.piece, wanted.text(site.piece.text, site.form)
    if site.form is not StatusForm.SUFFIX or _bracketed(old.text) == _bracketed(text):
        return Edit(old.span, text)
    fresh = _lead(text, wanted)
    return Edit(_with_lead(source, site), f"{fresh}{text}")


def _with_lead(source: Source, site: StatusSite) -> Span:
    """Returns the span of a status with what joins it to its title, on either side."""
    span = site.piece.span
    if site.form is StatusForm.SUFFIX:
        return Span(span.start - len(lead_at(source, site.piece)), span.end)
    rest = source.text[span.end : source.line_span(site.piece.line).end]
    return Span(span.start, span.end + len(rest) - len(rest.lstrip(" \t")))


def _bracketed(text: str) -> bool:
    return text.startswith(tuple(CLOSING))


def _lead(text: str, wanted: Wanted) -> str:
    """Returns what joins a status to the title before it; wide brackets need no blank."""
    if _bracketed(text):
        return " " if text.isascii() or text[0] in "([" else ""
    return lead_of(wanted.kin, text)


# ── Boxes ────────────────────────────────────────────────────────────────────


def _ticked(file: LoopFile, entry: PhaseEntry, wanted: Wanted) -> Iterator[Edits]:
    """Yields marks alone where they say it all, else with the status in words beside them."""
    boxes = _box_edits(file, entry, wanted.status)
    alone = isinstance(entry, ListEntry) and wanted.status in box_marks(file)
    said_by_boxes = alone or wanted.status in (PhaseStatus.DONE, PhaseStatus.PENDING)
    if said_by_boxes and not wanted.note and not wanted.word:
        yield boxes
    yield from ((*boxes, *edits) for edits in _new(file, entry, wanted))
    # Where a box is an item of the phase, it says what the item says, and stays.
    yield from _new(file, entry, wanted)


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


# ── A new status ─────────────────────────────────────────────────────────────


def _new(file: LoopFile, entry: PhaseEntry, wanted: Wanted) -> Iterator[Edits]:
    """Yields a status in the siblings' field or before the title as they have it, else after."""
    text = wanted.text("")
    lead = _lead(text, wanted)
    within = wanted.text("", dashed=True)
    if isinstance(entry, HeadingEntry) and (field := _field(file, entry, wanted)):
        yield (field,)
    yield from _led(file, entry, wanted)
    for end in _line_ends(entry):
        at = Span(end, end)
        yield (Edit(at, f"{lead}{text}"),)
        yield (Edit(at, f" ({within.strip(_BRACKETS)})"),)
        yield (Edit(at, f"{lead}{within}"),)
    if isinstance(entry, HeadingEntry | ListEntry | ParagraphEntry):
        start = entry.title.span.start
        yield (Edit(Span(start, start), f"{text} — "),)


def _led(file: LoopFile, entry: PhaseEntry, wanted: Wanted) -> Iterator[Edits]:
    """Yields a status before the label or the title, where the siblings have theirs there."""
    forms = {k.form for k in wanted.kin}
    whole = _line_of(entry)
    if whole is None or isinstance(entry, TableEntry) or forms & {*_BESIDE} != {StatusForm.PREFIX}:
        return
    for model in file.layout.phases:
        line = _line_of(model)
        if line and model.status and model.status.form is StatusForm.PREFIX:
            site = model.status.piece.span
            first = site.start == line.span.start
            at = whole.span.start if first else entry.title.span.start
            joint = file.source.text[site.end : line.span.end]
            if not first and not isinstance(model, TableEntry):
                joint = file.source.text[site.end : model.title.span.start]
            elif first:
                joint = joint[: len(joint) - len(joint.lstrip())]
            yield (Edit(Span(at, at), f"{wanted.text('', StatusForm.PREFIX)}{joint}"),)
            return


def _line_of(entry: PhaseEntry) -> Piece | None:
    match entry:
        case ListEntry():
            return entry.item.text
        case HeadingEntry():
            return entry.heading.text
        case ParagraphEntry() | TableEntry():
            return None
        case _:
            assert_never(entry)


def _field(file: LoopFile, entry: HeadingEntry, wanted: Wanted) -> Edit | None:
    """Returns the line that the siblings state their status in, below this heading."""
    model = next(_with_field(file), None)
    if model is None or any(k.form is StatusForm.SUFFIX for k in wanted.kin):
        return None
    source, (heading, value) = file.source, model
    start, line = source.line_span(heading.lines[1]).end, source.line_span(value.line)
    between = source.text[start : value.span.start]
    after = source.text[value.span.end : line.end]
    at = source.line_span(entry.heading.lines[1]).end
    return Edit(Span(at, at), f"{between}{wanted.text(value.text, StatusForm.FIELD)}{after}")


def _with_field(file: LoopFile) -> Iterator[tuple[Heading, Piece]]:
    """Yields the headings with a status that stands in the line below, or the one after that."""
    for entry in file.layout.phases:
        if isinstance(entry, HeadingEntry) and entry.status:
            piece, heading = entry.status.piece, entry.heading
            near = 0 < piece.line - heading.lines[1] <= 2
            if near and entry.status.form is StatusForm.FIELD:
                yield heading, piece


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
