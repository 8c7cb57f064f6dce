"""Changes -> edits in the author's own style, proved by reading the new bytes back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import reduce
from itertools import groupby
from typing import assert_never

from loopkit.errors import DocumentChanged, ReadBackFailed
from loopkit.loop.change import AddEvidence, Change, SetItemStatus, SetLoopStatus, SetPhaseStatus
from loopkit.loop.edit.cells import set_cell
from loopkit.loop.edit.current_text import place_of, said, wanted
from loopkit.loop.edit.echoes import with_echoes
from loopkit.loop.edit.evidence import evidence_ways, own_heading
from loopkit.loop.edit.expected import checkbox_of, difference, item_index, phase_index
from loopkit.loop.edit.header import header_ways
from loopkit.loop.edit.lookup import find_cell
from loopkit.loop.edit.permission import check_writable
from loopkit.loop.edit.status import box_marks, is_stated_by_kin, note_forms, tick, ways
from loopkit.loop.model import Item, Phase, PhaseStatus
from loopkit.loop.outcome import CellUpdate
from loopkit.loop.parse.reader import LoopFile, read
from loopkit.markdown import render
from loopkit.markdown.source import Edit

Edits = tuple[Edit, ...]


def rewrite(file: LoopFile, changes: Sequence[Change]) -> LoopFile:
    """Returns the file with the changes made, and not a byte more.

    A note that no spelling keeps from being read as something else is left out.

    Raises:
        UnknownPhase: a change names a phase or item that the loop does not have.
        Refused: it names one that stands twice, or the document holds a merge nobody settled.
        ReadBackFailed: the new bytes would mean anything but the intended loop.
    """
    for change in changes:
        _check(file, change)
    for are_cells, batch in groupby(changes, key=lambda change: isinstance(change, CellUpdate)):
        file = (_made_at_once if are_cells else _made_in_turn)(file, tuple(batch))
    return file


def rebase(read: LoopFile, now: LoopFile, changes: Sequence[Change]) -> LoopFile:
    """Returns `now` with changes made that were decided on `read`; other edits of it stay.

    Raises:
        DocumentChanged: what a change would replace says something else than when it was read.
        ReadBackFailed: the new bytes would mean anything but the intended loop.
    """
    for change in changes:
        theirs = said(now, change)
        if said(read, change) != theirs:
            raise DocumentChanged(
                f"{place_of(change)} was changed while this ran",
                where=now.loop.path,
                ours=wanted(change),
                theirs=theirs,
                help=f"loop show {now.loop.id}",
            )
    return rewrite(now, changes)


def _made_at_once(file: LoopFile, changes: Sequence[Change]) -> LoopFile:
    """Returns the file with changes made that go to a place each, read back once for all."""
    edits = tuple(edit for change in changes for edit in next(_ways(file, change)))
    # Two that name one cell are made in turn: the later one has the last word.
    if edits and len({edit.span for edit in edits}) == len(edits):
        after = read(file.source.splice(edits), file.loop.path)
        if not any(_wrong(file, after, change) for change in changes):
            return after
    return _made_in_turn(file, changes)


def _made_in_turn(file: LoopFile, changes: Sequence[Change]) -> LoopFile:
    return reduce(_made, changes, file)


def _made(file: LoopFile, change: Change) -> LoopFile:
    """Returns the file after the first way to make a change that reads back as meant."""
    why = "the document has no place for it"
    for attempt in (change, *_without_note(change)):
        for edits in _ways(file, attempt):
            if not edits:
                return file
            after = read(file.source.splice(edits), file.loop.path)
            wrong = _wrong(file, after, attempt)
            if not wrong:
                return after
            why = wrong
    raise ReadBackFailed(
        f"setting {place_of(change)} would not read back as meant",
        where=file.source.name or file.loop.path,
        why=why,
        help=f"loop show {file.loop.id}",
    )


def _check(file: LoopFile, change: Change) -> None:
    """Refuses a change of what stands twice, or of a document that is torn."""
    match change:
        case SetItemStatus():
            check_writable(file, change.phase, change.item)
        case SetPhaseStatus() | AddEvidence():
            check_writable(file, change.phase)
        case SetLoopStatus() | CellUpdate():
            check_writable(file)
        case _:
            assert_never(change)


def _without_note(change: Change) -> tuple[Change, ...]:
    match change:
        case SetPhaseStatus() | SetItemStatus() if change.note:
            return (replace(change, note=""),)
        case _:
            return ()


def _ways(file: LoopFile, change: Change) -> Iterator[Edits]:
    """Yields edits that may make a change, the likeliest first; none at all if it is so."""
    match change:
        case SetPhaseStatus():
            return _phase_ways(file, change)
        case SetItemStatus():
            return _item_ways(file, change)
        case SetLoopStatus():
            return header_ways(file, change)
        case AddEvidence():
            file.loop.require_phase(change.phase)
            return evidence_ways(file, change)
        case CellUpdate():
            return iter([_cell_edits(file, change)])
        case _:
            assert_never(change)


def _wrong(before: LoopFile, after: LoopFile, change: Change) -> str:
    """Returns why the file read back is not the intended one, empty when it is."""
    was, now = ([phase.id for phase in file.loop.phases] for file in (before, after))
    if was != now:
        return f"its phases would be {', '.join(now) or 'none'}, not {', '.join(was) or 'none'}"
    if isinstance(change, AddEvidence) and own_heading(after, change) is None:
        return "what stands before it is not closed: a fence, a comment or front matter"
    if not isinstance(change, AddEvidence) and next(_ways(after, change), ()):
        return "it would not say so when it is read again"
    return difference(before, after, change)


# ── Each kind of change ──────────────────────────────────────────────────────


def _phase_ways(file: LoopFile, change: SetPhaseStatus) -> Iterator[Edits]:
    at = phase_index(file.loop, file.loop.require_phase(change.phase).id)
    phase = file.loop.phases[at]
    entry = file.layout.phases[at]
    sites = file.layout.echoes[at] if file.layout.echoes else ()
    said = _says(phase, change) and not is_stated_by_kin(file, entry)
    made = iter([()]) if said else ways(file, entry, change)
    return (with_echoes(file, change, sites, edits) for edits in made)


def _item_ways(file: LoopFile, change: SetItemStatus) -> Iterator[Edits]:
    at = phase_index(file.loop, file.loop.require_phase(change.phase).id)
    phase = file.loop.phases[at]
    index = item_index(phase, change.item)
    if index < 0:
        return iter([_box_edits(file, at, change)])
    item = phase.items[index]
    if _says(item, change):
        return iter([()])
    return ways(file, file.layout.items[at][index], change)


def _says(now: Phase | Item, change: SetPhaseStatus | SetItemStatus) -> bool:
    """Returns whether a status says this already; without a new note, an old one may stay."""
    text = now.status_text or ""
    unsaid = now.status_text is None and change.status is PhaseStatus.UNKNOWN
    if now.status is not change.status or unsaid or change.word.casefold() not in text.casefold():
        return False
    forms = [form for form in note_forms(change.note) if form] or [""]
    return any(f in text for form in forms for f in (form, render.escape_pipes(form)))


def _box_edits(file: LoopFile, at: int, change: SetItemStatus) -> Edits:
    """Returns the tick of one checkbox under a phase's heading.

    Raises:
        UnknownPhase: there is no such item.
    """
    box = checkbox_of(file, at, change.item)
    if box is None:
        raise file.loop.unknown_item(file.loop.phases[at], change.item)
    return tick((box,), box_marks(file).get(change.status, " "))


def _cell_edits(file: LoopFile, change: CellUpdate) -> Edits:
    cell = find_cell(file.document, change)
    value = render.cell(change.value)
    return () if cell is None or cell.text == value else (set_cell(file.source, cell, value),)
