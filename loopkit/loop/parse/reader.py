"""Document -> Loop: reads what people really write."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from posixpath import basename

from loopkit.loop.model import Loop, LoopClosed, Manual, Place, Unread, UnreadKind, Unresolved
from loopkit.loop.parse.account import Owner, owners
from loopkit.loop.parse.candidates import find_containers, without
from loopkit.loop.parse.choice import Choice, choose
from loopkit.loop.parse.criteria import read_criteria, read_non_goals, read_thresholds
from loopkit.loop.parse.findings import Reading, own_findings
from loopkit.loop.parse.header import Header, read_header
from loopkit.loop.parse.layout import Layout, Meaning
from loopkit.loop.parse.outline import outline, torn
from loopkit.loop.parse.phases import Phases, read_phases
from loopkit.loop.parse.unread import Lost
from loopkit.loop.words.grammar import first_date, loop_status, plain, says_nothing
from loopkit.loop.words.references import LOOP_ID, blocks_no_more, is_over
from loopkit.loop.words.waiting.said import said
from loopkit.markdown.document import Document, Field, Heading, parse
from loopkit.markdown.source import Source

# A header that says one of these is one of a loop.
_OF_A_LOOP = (Meaning.STATUS, Meaning.ID, Meaning.BLOCKED_BY)
_ANY_ORDER = re.compile(r"any\b|parallel\b|free\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class OwnedLine:
    """A line; `owner` is what it was read as, empty for a blank one, `of` the phase it is of."""

    line: int
    owner: str
    of: str
    text: str


@dataclass(frozen=True)
class LoopFile:
    """One loop document: its text, its pieces, and what they mean."""

    document: Document
    loop: Loop
    layout: Layout

    @cached_property
    def account(self) -> tuple[Owner | None, ...]:
        """Returns who owns each line, None for a blank one."""
        return owners(self.document, self.loop, self.layout)

    def explain(self) -> tuple[OwnedLine, ...]:
        """Returns the document line by line, with who owns each of them."""
        return tuple(
            OwnedLine(
                line,
                owner.kind.value if owner else "",
                owner.of if owner else "",
                self.source.line_text(line),
            )
            for line, owner in enumerate(self.account, 1)
        )

    @property
    def source(self) -> Source:
        """Returns the text as it was read."""
        return self.document.source


def read(source: Source, path: str) -> LoopFile:
    """Reads a document as a careful person would; never raises, faults become findings."""
    document = parse(source)
    sections = outline(document)
    conflicts = torn(source)
    containers = without(find_containers(sections), conflicts)
    choice = choose(containers)
    header = read_header(document, sections, choice.lines)
    if choice.is_plain and not header.first(*_OF_A_LOOP):
        choice = Choice((), (), choice.series)
    phases = read_phases(source, containers, choice)
    lost = Lost(document, sections, containers, choice, conflicts, phases.owned)
    loop = replace(
        _loop(document, header, phases, path),
        criteria=read_criteria(source, sections),
        non_goals=read_non_goals(source, sections),
        thresholds=read_thresholds(source, sections),
        unread=_unread(lost, phases),
    )
    layout = Layout(
        header.fields,
        phases.entries,
        phases.items,
        tuple(tuple(site for site, _ in echoes) for echoes in phases.echoes),
    )
    findings = own_findings(Reading(document, layout, phases, choice, loop))
    return LoopFile(document, replace(loop, findings=findings), layout)


def _unread(lost: Lost, phases: Phases) -> tuple[Unread, ...]:
    """Returns what was not read: lines like phases, and dependencies on nothing."""
    unresolved = [
        Unread(gate.place, gate.text, gate.why, UnreadKind.DEPENDENCY)
        for phase in phases.phases
        for gate in (*phase.gates, *(gate for item in phase.items for gate in item.gates))
        if isinstance(gate, Unresolved) and not phase.status.is_settled
    ]
    return tuple(sorted((*lost.unread(), *unresolved), key=lambda each: each.line))


def _loop(document: Document, header: Header, phases: Phases, path: str) -> Loop:
    status, owner = header.first(Meaning.STATUS), header.first(Meaning.OWNER)
    severity = header.first(Meaning.SEVERITY)
    return Loop(
        id=_id(document, header, phases, path),
        path=path,
        title=_title(document, header, phases),
        status=loop_status(status.value.text if status else None),
        status_text=_raw(status),
        status_place=_place(document.source, status) if status else None,
        owner=plain(owner.value.text) if owner else None,
        severity=plain(severity.value.text) if severity else None,
        created=_date(header.all(Meaning.CREATED)),
        closed=_date(header.all(Meaning.CLOSED)),
        blocked_by=tuple(_blockers(document.source, header.all(Meaning.BLOCKED_BY))),
        holds=tuple(_holds(document.source, header)),
        in_order=phases.in_order and not _any_order(header),
        phases=phases.phases,
    )


def _any_order(header: Header) -> bool:
    """Returns whether the header says that the order of the phases does not matter."""
    field = header.first(Meaning.ORDER)
    return field is not None and _ANY_ORDER.match(plain(field.value.text)) is not None


def _id(document: Document, header: Header, phases: Phases, path: str) -> str:
    """Returns the id that the header states, else that of the title, else that of the file."""
    for field in header.all(Meaning.ID):
        if value := plain(field.value.text):
            return value
    for text in (_heading(document, phases), basename(path)):
        if found := LOOP_ID.search(text):
            return found.group()
    return basename(path).split(".")[0]


def _title(document: Document, header: Header, phases: Phases) -> str:
    field = header.first(Meaning.TITLE)
    return plain(field.value.text) if field else _heading(document, phases)


def _heading(document: Document, phases: Phases) -> str:
    """Returns the first heading, unless it is one of a phase."""
    taken = {phase.place.line for phase in phases.phases}
    headings = (node for node in document.nodes if isinstance(node, Heading))
    return next((h.text.text for h in headings if h.lines[0] not in taken), "")


def _raw(field: Field | None) -> str | None:
    """Returns a field's value as written; the quotes of YAML are not part of it."""
    if field is None:
        return None
    return plain(field.value.text) if field.style == "yaml" else field.value.text


def _date(fields: tuple[Field, ...]) -> str | None:
    """Returns the first day that a header states, and only then one of the footer."""

    def rank(field: Field) -> tuple[bool, bool]:
        return field.style == "footer", not field.name.casefold().startswith(("created", "closed"))

    ranked = sorted(fields, key=rank)
    stated = (f.value.text for f in ranked if not says_nothing(f.value.text))
    return next((first_date(text) for text in stated), None)


def _place(source: Source, field: Field) -> Place:
    return Place(field.line, source.column_of(field.value.span.start), field.value.span)


def _blockers(source: Source, fields: tuple[Field, ...]) -> Iterator[LoopClosed]:
    """Yields the loops that still block: not `none (was LOOP-X)`, not `LOOP-X (resolved)`."""
    for field in fields:
        text, words = plain(field.value.text), said(field.value.text)
        if says_nothing(words):
            continue
        for found in LOOP_ID.finditer(words):
            if not blocks_no_more(words, found.end()):
                yield LoopClosed(found.group(), text, _place(source, field))


def _holds(source: Source, header: Header) -> Iterator[LoopClosed | Manual]:
    """Yields what else every phase waits for: words under Blocked By, a loop depended on."""
    for field in header.all(Meaning.BLOCKED_BY):
        text, words = plain(field.value.text), said(field.value.text)
        if not says_nothing(words) and not LOOP_ID.search(words) and not is_over(words):
            yield Manual(text, _place(source, field))
    yield from _blockers(source, header.all(Meaning.DEPENDS_ON))
