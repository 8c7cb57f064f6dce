"""Who owns each line of a document: what was read of it, and as what."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from loopkit.loop.model import Loop
from loopkit.loop.parse.choice import tells_evidence
from loopkit.loop.parse.layout import HeadingEntry, Layout
from loopkit.loop.parse.outline import Section, outline
from loopkit.loop.words.language import Topic
from loopkit.markdown.document import Document


class OwnerKind(StrEnum):
    """What a line of a document is to the reader."""

    HEADER = "header"
    PHASE = "phase"
    ITEM = "item"
    GATE = "gate"
    CRITERION = "criterion"
    NON_GOAL = "non-goal"
    THRESHOLD = "threshold"
    EVIDENCE = "evidence"
    PROSE = "prose"
    UNREAD = "unread"


@dataclass(frozen=True, slots=True)
class Owner:
    """What owns a line; `of` is the phase that it belongs to, empty where it is none's."""

    kind: OwnerKind
    of: str = ""

    @property
    def margin(self) -> str:
        """Returns the owner as it stands in a margin: `phase P1`, `prose`."""
        return f"{self.kind} {self.of}".rstrip()


def owners(document: Document, loop: Loop, layout: Layout) -> tuple[Owner | None, ...]:
    """Returns who owns each line of a document, None for a blank one."""
    source = document.source
    lines = [source.line_text(line) for line in range(1, source.line_count + 1)]
    found: list[Owner | None] = [Owner(OwnerKind.PROSE) if text.strip() else None for text in lines]
    for first, last, owner in _claims(document, loop, layout):
        for line in range(max(first, 1), min(last, len(found)) + 1):
            if found[line - 1] is not None:
                found[line - 1] = owner
    return tuple(found)


Claim = tuple[int, int, Owner]


def _claims(document: Document, loop: Loop, layout: Layout) -> Iterator[Claim]:
    """Yields what claims which lines; a later claim is the more exact one."""
    yield from _section_claims(outline(document), loop, layout)
    front = document.front_matter
    yield (*(front.lines if front else (0, 0)), Owner(OwnerKind.HEADER))
    yield from ((f.field.line, f.field.line, Owner(OwnerKind.HEADER)) for f in layout.fields)
    for kind, places in (
        (OwnerKind.CRITERION, loop.criteria),
        (OwnerKind.NON_GOAL, loop.non_goals),
        (OwnerKind.THRESHOLD, loop.thresholds),
    ):
        yield from ((each.place.line, each.place.line, Owner(kind)) for each in places)
    for table in layout.tables:
        yield table.header.line, table.delimiter.line, Owner(OwnerKind.PHASE)
    yield from _phase_claims(loop, layout)
    yield from ((each.line, each.last_line, Owner(OwnerKind.UNREAD)) for each in loop.unread)


def _section_claims(sections: Sequence[Section], loop: Loop, layout: Layout) -> Iterator[Claim]:
    """Yields the lines below the headings of phases and of their details, and of evidence."""
    told = {phase.details.line: phase.id for phase in loop.phases if phase.details}
    entries = zip(loop.phases, layout.phases, strict=True)
    told |= {e.heading.lines[0]: p.id for p, e in entries if isinstance(e, HeadingEntry)}
    for section in sections:
        label, first, last = section.label, section.line, section.last_line
        if first in told:
            yield first + 1, last, Owner(OwnerKind.PROSE, told[first])
        elif label and tells_evidence(section.title[label.end :]):
            yield first, last, Owner(OwnerKind.EVIDENCE, label.id)
        elif Topic.EVIDENCE in section.topics:
            yield first, last, Owner(OwnerKind.EVIDENCE)


def _phase_claims(loop: Loop, layout: Layout) -> Iterator[Claim]:
    """Yields the lines of phases, of their items and gates, and of what states them again."""
    echoes = layout.echoes or ((),) * len(loop.phases)
    for phase, entry, again in zip(loop.phases, layout.phases, echoes, strict=True):
        own = Owner(OwnerKind.PHASE, phase.id)
        if phase.details:
            yield phase.details.line, phase.details.line, own
        if isinstance(entry, HeadingEntry):
            boxes = Owner(OwnerKind.ITEM, phase.id)
            yield from ((*box.lines, boxes) for box in entry.checkboxes)
        for item in phase.items:
            yield item.place.line, item.place.line, Owner(OwnerKind.ITEM, f"{phase.id} {item.key}")
        for gate in (*phase.gates, *(gate for item in phase.items for gate in item.gates)):
            if gate.place.line not in (phase.place.line, *(i.place.line for i in phase.items)):
                yield gate.place.line, gate.place.line, Owner(OwnerKind.GATE, phase.id)
        sites = [site.piece.line for site in (entry.status, *again) if site]
        yield from ((line, line, own) for line in (phase.place.line, *sites))
