"""Phases that are headings: `### P0 — …`, `## Step 2: …`, and what stands under them."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from loopkit.loop.model import PhaseStatus
from loopkit.loop.parse.candidates import Draft, counted
from loopkit.loop.parse.fields import WAITING, fields_in, meaning
from loopkit.loop.parse.layout import HeadingEntry, Meaning, StatusForm, StatusSite
from loopkit.loop.parse.lines import Labelled, read_line
from loopkit.loop.parse.outline import Section
from loopkit.loop.words.grammar import phase_status
from loopkit.markdown.document import (
    Field,
    Heading,
    ListBlock,
    ListItem,
    Node,
    Paragraph,
    Piece,
    Quote,
    Rule,
)
from loopkit.markdown.source import Source, Span

_EVIDENCE = re.compile(
    r"\b(?:evidence|results?|receipts?|findings|report|outcomes?|notes?|proof|summary)"
    r"[ \t]*(?:[(\[—–:-].*)?$",
    re.IGNORECASE,
)

Found = tuple[Section, Labelled]


def labelled_sections(sections: Sequence[Section]) -> Iterator[Found]:
    """Yields the sections whose heading begins with a label."""
    for section in sections:
        if labelled := read_line(section.heading.text):
            yield section, labelled


def is_evidence(labelled: Labelled) -> bool:
    """Returns whether a heading tells of what was done: `P5 — Closeout Evidence (2026-02-09)`."""
    return _EVIDENCE.search(labelled.stated.title.text) is not None


def heading_drafts(
    sections: Sequence[Section], rank: Callable[[Section], int]
) -> tuple[Draft, ...]:
    """Returns the phases of the group of headings that best looks like phases.

    A group are labelled headings of one level under one heading; `rank` says how well that
    heading announces phases, below 0 that it announces something else.
    """
    groups: dict[tuple[int, int], list[Found]] = {}
    for section, labelled in labelled_sections(sections):
        if rank(section) < 0 or (rank(section) == 0 and is_evidence(labelled)):
            continue
        parent = section.parents[-1].lines[0] if section.parents else 0
        groups.setdefault((parent, section.heading.level), []).append((section, labelled))
    fit = [g for g in map(_first_of_each, groups.values()) if len(g) > 1 or rank(g[0][0]) > 0]
    if not fit:
        return ()
    best = max(fit, key=lambda group: (rank(group[0][0]), len(group) > 1))
    return tuple(_draft(section, labelled) for section, labelled in best)


def _first_of_each(group: Sequence[Found]) -> list[Found]:
    """Returns the headings of a group less those that repeat an id, or only tell its evidence."""
    seen: dict[tuple[str, str], Found] = {}
    for section, labelled in group:
        seen.setdefault(counted(labelled.id), (section, labelled))
    return list(seen.values())


def _draft(section: Section, labelled: Labelled) -> Draft:
    stated = labelled.stated
    boxes = tuple(i for i in _items(section) if i.checkbox)
    site, status = stated.site, stated.status
    text = site.piece.text if site else None
    if site is None and (field := field_under(section, Meaning.STATUS)):
        site, status = StatusSite(field.value, StatusForm.FIELD), phase_status(field.value.text)
        text = field.value.text
    if site is None and boxes and _only_boxes(section):
        ticked = sum(1 for item in boxes if item.checked)
        site, status = _boxes_site(boxes), _boxes_status(ticked, len(boxes))
        text = f"checkboxes {ticked}/{len(boxes)}"
    below = section.heading.lines[1] + 1, section.last_line
    waits = tuple(f.value for f in fields_under(section) if meaning(f.name) in WAITING)
    return Draft(
        id=labelled.id,
        title=stated.title,
        line=section.heading.lines[0],
        span=section.heading.text.span,
        entry=HeadingEntry(section.heading, stated.title, below, boxes, site),
        site=site,
        status=status,
        status_text=text,
        waits=waits or None,
        titled=True,
        section=section,
    )


def _items(section: Section) -> Iterator[ListItem]:
    for node in section.whole:
        if isinstance(node, ListBlock):
            yield from node.items


def _only_boxes(section: Section) -> bool:
    """Returns whether every item of the lists under a heading has a checkbox."""
    return all(item.checkbox for item in _items(section) if item.depth == 0)


def _boxes_site(boxes: tuple[ListItem, ...]) -> StatusSite | None:
    first = boxes[0].checkbox
    return StatusSite(first, StatusForm.CHECKBOXES) if first else None


def _boxes_status(ticked: int, count: int) -> PhaseStatus:
    if ticked == count:
        return PhaseStatus.DONE
    return PhaseStatus.IN_PROGRESS if ticked else PhaseStatus.PENDING


def fields_under(section: Section) -> Iterator[Field]:
    """Yields the fields of a phase's own text: `**Dependency:** P1`, `- **Status:** done`."""
    for node in section.body:
        if isinstance(node, Paragraph):
            for piece in node.pieces:
                yield from fields_in(piece, "bold")
        elif isinstance(node, ListBlock):
            for item in node.items:
                if item.depth == 0:  # a field of a nested item speaks of the item above it
                    yield from fields_in(item.text, "list")
        elif isinstance(node, Rule):
            return


def field_under(section: Section, wanted: Meaning) -> Field | None:
    """Returns the first field of a phase's own text that says this."""
    return next((f for f in fields_under(section) if meaning(f.name) is wanted), None)


# ── Prose ────────────────────────────────────────────────────────────────────

_ASIDE = re.compile(
    r"\b(?:evidence|results?|receipts?|log|history|outcomes?|roll[ -]?back|changelog|criteria"
    r"|verification|validation|references?)\b",
    re.IGNORECASE,
)
_NO_PROSE = re.compile(r"[ \t]*(?:$|```|~~~|[>|])")


@dataclass(frozen=True, slots=True)
class Prose:
    """Running text; `task` says that it is an item with a box, or a counted one: work to do."""

    text: Piece
    task: bool = False


def prose_under(
    source: Source, section: Section, labels: Collection[tuple[str, str]], own: str
) -> Iterator[Prose]:
    """Yields the running text under a phase's heading, what is about other phases left out."""
    reading = True
    for node in section.whole:
        if isinstance(node, Heading):
            labelled = read_line(node.text)
            label = counted(labelled.id) if labelled else counted(own)
            of_another = label in labels and label != counted(own)
            reading = not of_another and not _ASIDE.search(node.text.text)
        elif reading:
            yield from _prose_of(source, node)


def prose_of_items(source: Source, items: Sequence[ListItem]) -> Iterator[Prose]:
    """Yields the text of items of one list, each with the lines that it goes on in."""
    for item, following in pairwise((*items, None)):
        if item is not None and item.text.text and not _is_field(item.text, "list"):
            last = min(following.lines[0] - 1, item.lines[1]) if following else item.lines[1]
            is_counted = item.marker.text[-1:] in (".", ")")
            task = is_counted or item.checkbox is not None
            yield Prose(_going_on(source, item.text, last), task)


def lines_of_prose(source: Source, pieces: Sequence[Piece]) -> Iterator[Prose]:
    """Yields the text of some lines of a paragraph, less those that are fields."""
    lines: list[Piece] = []
    for piece in pieces:
        if _is_field(piece, "bold"):
            yield from _joined(source, lines)
            lines = []
        else:
            lines.append(piece)
    yield from _joined(source, lines)


def _prose_of(source: Source, node: Node) -> Iterator[Prose]:
    match node:
        case Paragraph():
            yield from lines_of_prose(source, node.pieces)
        case Quote():
            yield from _joined(source, [p for p in node.pieces if not _states(p)])
        case ListBlock():
            yield from prose_of_items(source, node.items)


def _is_field(piece: Piece, style: str) -> bool:
    return ":" in piece.text and any(
        meaning(field.name) is not Meaning.OTHER for field in fields_in(piece, style)
    )


def _states(piece: Piece) -> bool:
    return any(meaning(field.name) is Meaning.STATUS for field in fields_in(piece, "quote"))


def _joined(source: Source, lines: Sequence[Piece]) -> Iterator[Prose]:
    """Yields lines as one text, so that a sentence may go on in the next."""
    if lines:
        start, end = lines[0].span.start, lines[-1].span.end
        yield Prose(Piece(source.text[start:end], Span(start, end), lines[0].line))


def _going_on(source: Source, first: Piece, last: int) -> Piece:
    end = first.span.end
    for line in range(first.line + 1, last + 1):
        if _NO_PROSE.match(source.line_text(line)):
            break
        end = source.line_span(line).end
    return Piece(source.text[first.span.start : end], Span(first.span.start, end), first.line)
