"""Candidates that were chosen -> phases: their statuses, gates, details and items."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from loopkit.loop.conditions.cells import Conditions
from loopkit.loop.model import AnyDone, Gate, Item, Manual, Phase, PhaseDone, PhaseStatus, Place
from loopkit.loop.parse.bodies import Body, body_of, completed, texts_beside
from loopkit.loop.parse.candidates import Candidate, Container, Shape
from loopkit.loop.parse.choice import Choice, is_evidence
from loopkit.loop.parse.drafts import Draft, Echo, draft_of
from loopkit.loop.parse.inline_status import Stated, part, stated_in_cell
from loopkit.loop.parse.layout import (
    HeadingEntry,
    ItemEntry,
    PhaseEntry,
    StatusForm,
    StatusSite,
    TableEntry,
)
from loopkit.loop.parse.outline import Lines, Section
from loopkit.loop.words import columns
from loopkit.loop.words.durations import as_wait, soak_in
from loopkit.loop.words.grammar import says_nothing
from loopkit.loop.words.labels import kindred
from loopkit.loop.words.language import Topic
from loopkit.loop.words.references import PhaseIds
from loopkit.markdown.document import Row, Table
from loopkit.markdown.source import Source, Span

NO_PLACE = Place(0)
_NO_BODY = Body((), ())


@dataclass(frozen=True)
class Phases:
    """The phases of a document with where each stands, and where its items do.

    `echoes` are the other places that state a phase's status, with what they say; `sections` are
    those that describe a phase, its own heading's included.
    """

    phases: tuple[Phase, ...] = ()
    entries: tuple[PhaseEntry, ...] = ()
    items: tuple[tuple[ItemEntry, ...], ...] = ()
    echoes: tuple[tuple[Echo, ...], ...] = ()
    sections: tuple[Section | None, ...] = ()
    in_order: bool = False
    """Whether nothing says which phase waits for which."""

    @property
    def owned(self) -> tuple[Lines, ...]:
        """Returns the lines of the sections that describe phases."""
        return tuple((s.line, s.last_line) for s in self.sections if s)


def read_phases(source: Source, containers: Sequence[Container], choice: Choice) -> Phases:
    """Returns the chosen phases with all that the document says of them."""
    drafts = [draft_of(member) for member in choice.phases]
    again = _again(choice.phases, containers)
    drafts = [_with_details(d, again[i]) for i, d in enumerate(drafts)]
    lines = sorted(d.candidate.line for d in drafts if d.candidate.shape is Shape.HEADING)
    tables = {id(box.table): box for box in containers if box.table}
    bodies = [body_of(source, d.section, lines) if d.section else _NO_BODY for d in drafts]
    drafts = [completed(d, body, tables) for d, body in zip(drafts, bodies, strict=True)]
    drafts = [_stated_above(draft) for draft in drafts]
    ids = PhaseIds([draft.id for draft in drafts])
    work = _work(containers, choice.phases)
    said = _said(source, drafts, bodies, ids)
    phases, items = [], []
    for draft, body in zip(drafts, bodies, strict=True):
        conditions = Conditions(source, ids, draft.id)
        found = tuple(_items(draft, body, conditions, work))
        gates = tuple(said.get(draft.id.casefold(), ()))
        phases.append(_phase(draft, conditions, tuple(item for item, _ in found), gates))
        items.append(tuple(entry for _, entry in found))
    stated = any(p.states_needs for p in phases) or any(map(_has_column, drafts))
    return Phases(
        tuple(phases),
        tuple(draft.placed for draft in drafts),
        tuple(items),
        tuple(draft.echoes for draft in drafts),
        tuple(draft.section for draft in drafts),
        in_order=not stated,
    )


def _phase(
    draft: Draft, conditions: Conditions, items: tuple[Item, ...], said: tuple[Gate, ...]
) -> Phase:
    title, titled = conditions.gates_in_title(draft.title) if draft.titled else (draft.title, ())
    heading = draft.section.heading if draft.section else None
    own = isinstance(draft.entry, HeadingEntry)
    lasting = (*_waits(draft, conditions), *titled, *said)
    span = draft.span
    return Phase(
        id=draft.id,
        title=title.text.replace("\\|", "|"),
        status=draft.status,
        status_text=draft.status_text,
        gates=_once_each((*lasting, *_noted(draft, conditions))),
        place=Place(draft.candidate.line, conditions.source.column_of(span.start), span),
        items=items,
        details=conditions.place(heading.text) if heading and not own else None,
        states_needs=_states_needs(draft, lasting),
    )


def _waits(draft: Draft, conditions: Conditions) -> Iterator[Gate]:
    for piece in draft.waits:
        yield from conditions.gates(piece)


def _noted(draft: Draft, conditions: Conditions) -> Iterator[Gate]:
    """Yields what the note beside the status waits for, and the wait that a title is."""
    if draft.site and draft.status is not PhaseStatus.DONE:
        yield from conditions.gates_in_note(draft.site.piece)
    if soak := soak_in(draft.title.text):
        piece = part(draft.title, *soak)
        if wait := as_wait(piece, conditions.place(piece)):
            yield wait


def _states_needs(draft: Draft, lasting: tuple[Gate, ...]) -> bool:
    """Returns whether it is said which phases one waits for, be it none.

    What stands in the note of a status comes and goes with it, and settles no order of work.
    """
    if any(isinstance(gate, PhaseDone | AnyDone) for gate in lasting):
        return True
    filled = tuple(piece for piece in draft.waits if piece.text)
    return any(_has_column(draft) or says_nothing(piece.text) for piece in filled)


def _has_column(draft: Draft) -> bool:
    """Returns whether a phase is a row of a table with a column for what is waited for."""
    return draft.columns is not None and bool(draft.columns.waits)


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
    source: Source, drafts: Sequence[Draft], bodies: Sequence[Body], ids: PhaseIds
) -> Mapping[str, list[Gate]]:
    """Returns what sentences say that each phase waits for, by id in lower case."""
    found: dict[str, list[Gate]] = {}
    ends = (*(following.candidate.line for following in drafts[1:]), 0)
    for draft, body, end in zip(drafts, bodies, ends, strict=False):
        conditions = Conditions(source, ids, draft.id)
        for text in (*texts_beside(source, draft, end), *body.texts(source)):
            for id, gate in conditions.gates_in_text(text.text, task=text.task):
                found.setdefault(id.casefold(), []).append(gate)
    return found


# ── The same phase elsewhere ─────────────────────────────────────────────────


def _again(phases: Sequence[Candidate], containers: Sequence[Container]) -> list[list[Candidate]]:
    """Returns for each phase where else the document speaks of it, and not of its evidence."""
    chosen = {id(phase) for phase in phases}
    by_number: dict[str, list[int]] = defaultdict(list)
    for place, phase in enumerate(phases):
        by_number[phase.key[1]].append(place)
    found: list[list[Candidate]] = [[] for _ in phases]
    for container in containers:
        if _is_elsewhere(container):
            continue
        for member in container.members:
            if id(member) in chosen or (member.shape is Shape.HEADING and is_evidence(member)):
                continue
            for place in by_number.get(member.key[1], ())[:1]:
                if _is_same(member, phases[place]):
                    found[place].append(member)
    return found


def _is_elsewhere(container: Container) -> bool:
    """Returns whether a container says nothing of the phases: evidence, paragraphs, risks."""
    if container.shape is Shape.HEADING:
        return container.section.is_about(Topic.EVIDENCE)
    if container.shape is Shape.PARAGRAPH or container.numbered or container.section.stance < 0:
        return True
    return container.columns is not None and not container.columns.states


def _is_same(one: Candidate, phase: Candidate) -> bool:
    """Returns whether two candidates of one number are one phase."""
    if one.family and phase.family:
        return kindred(one.family, phase.family)
    words = [set(_words(each)) for each in (one, phase)]
    return bool(words[0] & words[1])


def _words(candidate: Candidate) -> Iterator[str]:
    """Yields the longer words beside an id: in its line, or in its row."""
    text = candidate.text.text
    if isinstance(candidate.node, Row):
        text = " ".join(each.text for each in candidate.node.cells)
    return (word for word in text.casefold().split() if len(word) > 3)


def _with_details(draft: Draft, again: Sequence[Candidate]) -> Draft:
    """Returns a phase with what other places state: its details, another list or table."""
    for member in again:
        other = draft_of(member)
        if draft.section is None:
            draft = replace(draft, section=other.section)
        draft = draft.saying(*other.said[:1])
    return draft


def _stated_above(draft: Draft) -> Draft:
    """Returns a row or item that states no status with that of the heading above it."""
    section = draft.candidate.section
    if draft.site or draft.candidate.shape is Shape.HEADING or section.status is None:
        return draft
    site = StatusSite(section.heading.text, StatusForm.DERIVED)
    return draft.saying(Stated(draft.title, site, section.status))


# ── Items ────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class _Work:
    """What may be the items of phases: the containers that hold no phase themselves."""

    by_node: Mapping[int, Sequence[Container]]
    phase_tables: Collection[int]
    phase_keys: Collection[tuple[str, str]]


def _work(containers: Sequence[Container], phases: Sequence[Candidate]) -> _Work:
    chosen = {id(phase) for phase in phases}
    by_node: dict[int, list[Container]] = defaultdict(list)
    tables = set()
    for container in containers:
        node = container.table or container.block
        if any(id(member) in chosen for member in container.members):
            tables.add(id(container.table))
        elif node is not None:
            by_node[id(node)].append(container)
    return _Work(by_node, tables, {phase.key for phase in phases})


def _items(
    draft: Draft, body: Body, conditions: Conditions, work: _Work
) -> Iterator[tuple[Item, ItemEntry]]:
    """Yields the rows of the gating tables below a phase; below a heading, labelled work too."""
    for node in body.work:
        if isinstance(node, Table):
            headers = columns.names(node)
            condition = columns.condition_column(headers)
            if condition is not None and id(node) not in work.phase_tables:
                yield from _gated(conditions, node, headers, condition)
                continue
        if isinstance(draft.entry, HeadingEntry):
            for container in work.by_node.get(id(node), ()):
                yield from _labelled(conditions, container, work)


def _labelled(
    conditions: Conditions, container: Container, work: _Work
) -> Iterator[tuple[Item, ItemEntry]]:
    """Yields the rows and items that a label names and that state a status."""
    for member in container.members:
        draft = draft_of(member)
        if draft.site is None or member.key in work.phase_keys:
            continue
        gates = (gate for piece in draft.waits for gate in conditions.gates(piece))
        item = Item(
            key=draft.id,
            text=draft.title.text.replace("\\|", "|"),
            status=draft.status,
            status_text=draft.status_text,
            gates=_once_each(tuple(gates)),
            place=_place(conditions.source, draft.span),
        )
        entry = draft.placed
        assert isinstance(entry, ItemEntry)
        yield item, entry


def _gated(
    conditions: Conditions, table: Table, headers: tuple[str, ...], condition: int
) -> Iterator[tuple[Item, TableEntry]]:
    """Yields the rows of a table that says on what condition each of them goes."""
    column = columns.status_column(headers)
    for row in table.rows:
        cells = row.cells
        if not cells or not cells[0].text:
            continue
        stating, waits = columns.cell(cells, column), columns.cell(cells, condition)
        stated = stated_in_cell(stating) if stating and stating.text.strip("—–- ") else None
        site = stated.site if stated else None
        text = columns.cell(cells, _text_column(headers, {0, condition, column}))
        item = Item(
            key=cells[0].text.replace("\\|", "|"),
            text=text.text if text else "",
            status=stated.status if stated else PhaseStatus.UNKNOWN,
            status_text=site.piece.text if site else None,
            gates=_once_each(conditions.gates(waits)) if waits else (),
            place=_place(conditions.source, row.span),
        )
        yield item, TableEntry(table, row, column, site)


def _text_column(headers: tuple[str, ...], taken: set[int | None]) -> int | None:
    return next((i for i in range(len(headers) - 1, 0, -1) if i not in taken), None)


def _place(source: Source, span: Span) -> Place:
    return Place(source.line_of(span.start), source.column_of(span.start), span)
