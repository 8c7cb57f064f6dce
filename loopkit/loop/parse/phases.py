"""Drafts -> phases: their gates, the details that describe them, and their checklists."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, pairwise

from loopkit.loop.conditions.cells import Conditions
from loopkit.loop.model import AnyDone, Gate, Item, Manual, Phase, PhaseDone, PhaseStatus, Place
from loopkit.loop.parse.candidates import Draft, counted
from loopkit.loop.parse.fields import WAITING, meaning
from loopkit.loop.parse.headings import (
    Prose,
    field_under,
    fields_under,
    is_evidence,
    labelled_sections,
    lines_of_prose,
    prose_of_items,
    prose_under,
)
from loopkit.loop.parse.inline_status import part, stated_in_cell
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
from loopkit.loop.parse.lines import Labelled
from loopkit.loop.parse.outline import Section
from loopkit.loop.parse.shapes import find_drafts
from loopkit.loop.words import columns
from loopkit.loop.words.durations import as_wait, soak_in
from loopkit.loop.words.grammar import phase_status, says_nothing
from loopkit.loop.words.references import PhaseIds
from loopkit.markdown.document import ListItem, Row, Table
from loopkit.markdown.source import Source

NO_PLACE = Place(0)


@dataclass(frozen=True)
class Phases:
    """The phases of a document with where each stands, and where its items do."""

    phases: tuple[Phase, ...]
    entries: tuple[PhaseEntry, ...]
    items: tuple[tuple[TableEntry, ...], ...]
    details: Mapping[str, tuple[Section, Labelled]]
    in_order: bool = False
    """Whether nothing says which phase waits for which."""


def read_phases(source: Source, sections: Sequence[Section]) -> Phases:
    """Returns the phases of a document."""
    drafts = find_drafts(sections)
    details = _details(drafts, sections)
    drafts = tuple(_with_details(draft, details.get(draft.id)) for draft in drafts)
    ids = PhaseIds([draft.id for draft in drafts])
    tables = {id(d.entry.table): d.entry.table for d in drafts if isinstance(d.entry, TableEntry)}
    waiting = {key: columns.waiting_in(table) for key, table in tables.items()}
    said = _said(source, drafts, ids, waiting)
    phases, all_items = [], []
    for draft in drafts:
        conditions = Conditions(source, ids, draft.id)
        items = tuple(_items(conditions, draft.section, tables.keys()))
        gates = tuple(said.get(draft.id.casefold(), ()))
        has_column = bool(_columns_of(draft, waiting))
        own = tuple(item for item, _ in items)
        phases.append(_phase(draft, conditions, own, gates, has_column=has_column))
        all_items.append(tuple(entry for _, entry in items))
    stated = any(p.states_needs for p in phases) or any(waiting.values())
    entries = tuple(draft.entry for draft in drafts)
    return Phases(tuple(phases), entries, tuple(all_items), details, in_order=not stated)


def _phase(
    draft: Draft,
    conditions: Conditions,
    items: tuple[Item, ...],
    said: tuple[Gate, ...],
    *,
    has_column: bool,
) -> Phase:
    title, titled = conditions.gates_in_title(draft.title) if draft.titled else (draft.title, ())
    heading = draft.section.heading if draft.section else None
    own = isinstance(draft.entry, HeadingEntry)
    lasting = (*_waits(draft, conditions), *titled, *said)
    return Phase(
        id=draft.id,
        title=title.text.replace("\\|", "|"),
        status=draft.status,
        status_text=draft.status_text,
        gates=_once_each((*lasting, *_noted(draft, conditions))),
        place=Place(draft.line, conditions.source.column_of(draft.span.start), draft.span),
        items=items,
        details=conditions.place(heading.text) if heading and not own else None,
        states_needs=_states_needs(draft, lasting, has_column),
    )


def _waits(draft: Draft, conditions: Conditions) -> Iterator[Gate]:
    for piece in draft.waits or ():
        yield from conditions.gates(piece)


def _noted(draft: Draft, conditions: Conditions) -> Iterator[Gate]:
    """Yields what the note beside the status waits for, and the wait that a title is."""
    if draft.site and draft.status is not PhaseStatus.DONE:
        yield from conditions.gates_in_note(draft.site.piece)
    if soak := soak_in(draft.title.text):
        piece = part(draft.title, *soak)
        if wait := as_wait(piece, conditions.place(piece)):
            yield wait


def _states_needs(draft: Draft, lasting: tuple[Gate, ...], has_column: bool) -> bool:
    """Returns whether it is said which phases one waits for, be it none.

    What stands in the note of a status comes and goes with it, and settles no order of work.
    """
    if any(isinstance(gate, PhaseDone | AnyDone) for gate in lasting):
        return True
    filled = tuple(piece for piece in draft.waits or () if piece.text)
    return any(has_column or says_nothing(piece.text) for piece in filled)


def _columns_of(draft: Draft, waiting: Mapping[int, tuple[int, ...]]) -> tuple[int, ...]:
    """Returns the columns of a phase's table that say what is waited for."""
    entry = draft.entry
    return waiting[id(entry.table)] if isinstance(entry, TableEntry) else ()


def _once_each(gates: tuple[Gate, ...]) -> tuple[Gate, ...]:
    """Returns the gates less those that say again what an earlier one says."""
    if len(gates) < 2:
        return gates
    first: dict[Gate, Gate] = {}
    for gate in gates:
        # A person's gate is its wording; what the others wait for stands in their other fields.
        words = gate.text if isinstance(gate, Manual) else ""
        first.setdefault(replace(gate, place=NO_PLACE, text=words), gate)
    return tuple(first.values())


# ── Sentences ────────────────────────────────────────────────────────────────


def _said(
    source: Source,
    drafts: Sequence[Draft],
    ids: PhaseIds,
    waiting: Mapping[int, tuple[int, ...]],
) -> Mapping[str, list[Gate]]:
    """Returns what sentences say that each phase waits for, by id in lower case."""
    found: dict[str, list[Gate]] = {}
    labels = {counted(draft.id) for draft in drafts}
    for draft, following in pairwise((*drafts, None)):
        if draft is None:
            continue
        conditions = Conditions(source, ids, draft.id)
        until = following.line if following else 0
        written = _written(source, draft, _columns_of(draft, waiting), until)
        below = prose_under(source, draft.section, labels, draft.id) if draft.section else ()
        for prose in chain(written, below):
            for id, gate in conditions.gates_in_text(prose.text, task=prose.task):
                found.setdefault(id.casefold(), []).append(gate)
    return found


def _written(source: Source, draft: Draft, waiting: tuple[int, ...], until: int) -> Iterator[Prose]:
    """Yields the text where a phase itself stands: its title, its row, what is below its item."""
    yield Prose(draft.title)
    match draft.entry:
        case TableEntry(_, row, status):
            taken = {0, status, *waiting}
            cells = (c for i, c in enumerate(row.cells) if i not in taken and c != draft.title)
            yield from map(Prose, cells)
        case ListEntry(block, item):
            yield from prose_of_items(source, _nested(block.items, item))
        case ParagraphEntry(paragraph, title):
            first = title.line - paragraph.pieces[0].line
            ends = until - title.line if until > title.line else len(paragraph.pieces)
            yield from lines_of_prose(source, paragraph.pieces[first : first + ends])


def _nested(items: Sequence[ListItem], item: ListItem) -> Sequence[ListItem]:
    """Returns the items below one of their list; they stand in the order of their lines."""
    first = bisect_right(items, item.lines[0], key=lambda other: other.lines[0])
    end = bisect_right(items, item.lines[1], key=lambda other: other.lines[0])
    return items[first:end]


# ── Details ──────────────────────────────────────────────────────────────────


def _details(
    drafts: Sequence[Draft], sections: Sequence[Section]
) -> Mapping[str, tuple[Section, Labelled]]:
    """Returns the first heading that describes each phase, and is not evidence of it."""
    ids = {counted(draft.id): draft.id for draft in reversed(drafts)}
    found: dict[str, tuple[Section, Labelled]] = {}
    for section, labelled in labelled_sections(sections):
        id = ids.get(counted(labelled.id))
        if id is not None and not is_evidence(labelled):
            found.setdefault(id, (section, labelled))
    return found


def _with_details(draft: Draft, details: tuple[Section, Labelled] | None) -> Draft:
    """Returns a phase of a table or list with what its details state and it does not."""
    if draft.section or details is None:
        return draft
    section, labelled = details
    draft = replace(draft, section=section)
    if draft.waits is None:
        waits = tuple(f.value for f in fields_under(section) if meaning(f.name) in WAITING)
        draft = replace(draft, waits=waits or None)
    if draft.site is not None:
        return draft
    site, status = labelled.stated.site, labelled.stated.status
    if site is None and (field := field_under(section, Meaning.STATUS)):
        site, status = StatusSite(field.value, StatusForm.FIELD), phase_status(field.value.text)
    if site is None:
        return draft
    entry = replace(draft.entry, status=site)
    return replace(draft, entry=entry, site=site, status=status, status_text=site.piece.text)


# ── Items ────────────────────────────────────────────────────────────────────


def _items(
    conditions: Conditions, section: Section | None, taken: Collection[int]
) -> Iterator[tuple[Item, TableEntry]]:
    """Yields the rows of the gating tables under a phase's details."""
    for node in section.whole if section else ():
        if not isinstance(node, Table) or id(node) in taken:
            continue
        headers = columns.names(node)
        condition = columns.condition_column(headers)
        if condition is None:
            continue
        for row in node.rows:
            if row.cells and row.cells[0].text:
                yield _item(conditions, node, row, headers, condition)


def _item(
    conditions: Conditions, table: Table, row: Row, headers: tuple[str, ...], condition: int
) -> tuple[Item, TableEntry]:
    cells, column = row.cells, columns.status_column(headers)
    cell, waits = columns.cell(cells, column), columns.cell(cells, condition)
    stated = stated_in_cell(cell) if cell and cell.text.strip("—–- ") else None
    site = stated.site if stated else None
    text = columns.cell(cells, _text_column(headers, {0, condition, column}))
    item = Item(
        key=cells[0].text.replace("\\|", "|"),
        text=text.text if text else "",
        status=stated.status if stated else PhaseStatus.UNKNOWN,
        status_text=site.piece.text if site else None,
        gates=_once_each(conditions.gates(waits)) if waits else (),
        place=Place(row.line, conditions.source.column_of(row.span.start), row.span),
    )
    return item, TableEntry(table, row, column, site)


def _text_column(headers: tuple[str, ...], taken: set[int | None]) -> int | None:
    return next((i for i in range(len(headers) - 1, 0, -1) if i not in taken), None)
