"""Where a status goes that was never written: as the siblings have theirs, else after the title."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from loopkit.loop.edit.style import CLOSING, Wanted, joint
from loopkit.loop.parse.layout import (
    HeadingEntry,
    ListEntry,
    ParagraphEntry,
    PhaseEntry,
    StatusForm,
    TableEntry,
)
from loopkit.loop.parse.reader import LoopFile
from loopkit.markdown.document import Heading, Piece
from loopkit.markdown.source import Edit, Source, Span

Edits = tuple[Edit, ...]
Line = HeadingEntry | ListEntry | ParagraphEntry

BESIDE = (StatusForm.SUFFIX, StatusForm.PREFIX, StatusForm.FIELD)
"""The forms of a status that stands in words or signs beside what it is about."""
_BRACKETS = "".join([*CLOSING, *CLOSING.values()])


def new_ways(file: LoopFile, entry: PhaseEntry, wanted: Wanted) -> Iterator[Edits]:
    """Yields a status in the siblings' field or before the title as they have it, else after."""
    if isinstance(entry, TableEntry):
        return
    if edit := _as_siblings(file, entry, wanted):
        yield (edit,)
    text = wanted.text("")
    lead = joint(text, wanted)
    within = wanted.text("", dashed=True)
    for end in _line_ends(entry):
        at = Span(end, end)
        yield (Edit(at, f"{lead}{text}"),)
        yield (Edit(at, f" ({within.strip(_BRACKETS)})"),)
        yield (Edit(at, f"{lead}{within}"),)
    yield (_inserted(entry.title.span.start, f"{text} — "),)


def _inserted(at: int, text: str) -> Edit:
    return Edit(Span(at, at), text)


def _as_siblings(file: LoopFile, entry: Line, wanted: Wanted) -> Edit | None:
    """Returns the edit that states it where all the siblings do that state theirs in words."""
    forms = {k.form for k in wanted.kin if k.form in BESIDE}
    if StatusForm.SUFFIX in forms:
        return None
    if isinstance(entry, HeadingEntry) and (field := _field(file, entry, wanted)):
        return field
    models = (e for e in file.layout.phases if e.status and e.status.form is StatusForm.PREFIX)
    model = next(models, None)
    same = isinstance(model, Line) and type(model) is type(entry)
    return _led(file.source, entry, model, wanted) if same and isinstance(model, Line) else None


# ── Before the label, or before the title ────────────────────────────────────


def _led(source: Source, entry: Line, model: Line, wanted: Wanted) -> Edit:
    """Returns the status where another has it, with what joins that to what follows."""
    text = wanted.text("", StatusForm.PREFIX)
    site = model.status.piece.span if model.status else model.title.span
    if site.start != _whole(model).span.start:
        after = source.text[site.end : model.title.span.start]
        return _inserted(entry.title.span.start, f"{text}{after}")
    rest = source.text[site.end : model.title.span.start]
    blank = rest[: len(rest) - len(rest.lstrip())]
    return _inserted(_whole(entry).span.start, f"{text}{blank}")


def _whole(entry: Line) -> Piece:
    """Returns the line of an entry, its label included."""
    match entry:
        case ListEntry():
            return entry.item.text
        case HeadingEntry():
            return entry.heading.text
        case ParagraphEntry():
            return entry.paragraph.pieces[0]
        case _:
            assert_never(entry)


# ── In a field below ─────────────────────────────────────────────────────────


def _field(file: LoopFile, entry: HeadingEntry, wanted: Wanted) -> Edit | None:
    """Returns the line that the siblings state their status in, below this heading."""
    model = next(_with_field(file), None)
    if model is None:
        return None
    source, (heading, value) = file.source, model
    start, line = source.line_span(heading.lines[1]).end, source.line_span(value.line)
    between = source.text[start : value.span.start]
    after = source.text[value.span.end : line.end]
    at = source.line_span(entry.heading.lines[1]).end
    return _inserted(at, f"{between}{wanted.text(value.text, StatusForm.FIELD)}{after}")


def _with_field(file: LoopFile) -> Iterator[tuple[Heading, Piece]]:
    """Yields the headings with a status that stands in the line below, or the one after that."""
    for entry in file.layout.phases:
        if isinstance(entry, HeadingEntry) and entry.status:
            piece, heading = entry.status.piece, entry.heading
            near = 0 < piece.line - heading.lines[1] <= 2
            if near and entry.status.form is StatusForm.FIELD:
                yield heading, piece


# ── After the title ──────────────────────────────────────────────────────────


def _line_ends(entry: Line) -> tuple[int, ...]:
    match entry:
        case ListEntry():
            return _ends(entry.item.text, entry.title)
        case HeadingEntry():
            return _ends(entry.heading.text, entry.title)
        case ParagraphEntry():
            return _ends(entry.paragraph.pieces[-1], entry.title)
        case _:
            assert_never(entry)


def _ends(*pieces: Piece) -> tuple[int, ...]:
    return tuple(dict.fromkeys(piece.span.end for piece in pieces))
