"""Finds the phases of a document in the shape that its author gave them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from loopkit.loop.model import PhaseStatus
from loopkit.loop.parse.candidates import Draft
from loopkit.loop.parse.fields import WAITING, fields_in, meaning
from loopkit.loop.parse.headings import heading_drafts
from loopkit.loop.parse.inline_status import Stated, part, stated_in_cell, stated_in_title
from loopkit.loop.parse.layout import (
    ListEntry,
    Meaning,
    ParagraphEntry,
    StatusForm,
    StatusSite,
    TableEntry,
)
from loopkit.loop.parse.lines import read_line, unlabelled_line
from loopkit.loop.parse.outline import Section
from loopkit.loop.words import columns
from loopkit.loop.words.grammar import phase_status
from loopkit.loop.words.labels import label_at
from loopkit.markdown.document import ListBlock, ListItem, Paragraph, Piece, Row, Table

NAMES_PHASES = re.compile(
    r"\b(?:phases?|phasing|steps|tasks|waves|stages|tiers|milestones|workstreams"
    r"|(?:execution|implementation|work|rollout|delivery|migration) (?:plan|sequence|order))\b",
    re.IGNORECASE,
)
NOT_PHASES = re.compile(
    r"\b(?:evidence|receipts?|notes|results|commits?|log|history|details?|findings|outcomes?)\b",
    re.IGNORECASE,
)
_NUMBERED = re.compile(
    r"(?:(?:execution|implementation|rollout|delivery|migration|planned|proposed) )?"
    r"(?:phases|steps|phasing|waves|stages|tiers|milestones)(?: \(.*\))?",
    re.IGNORECASE,
)

_LINK = re.compile(r"\[([^\[\]]+)\]\([^()]*\)")


def find_drafts(sections: Sequence[Section]) -> tuple[Draft, ...]:
    """Returns the phases: a table of them, else a list, else headings, else paragraphs."""
    named = [s for s in sections if _names_phases(s)]
    return (
        _tables(named, strict=False)
        or _lists(named)
        or _tables(sections, strict=True)
        or heading_drafts(sections, _names_phases_above)
        or _paragraphs(named)
        or _paragraphs([s for s in sections if not NOT_PHASES.search(s.title)])
    )


def _names_phases(section: Section) -> bool:
    return bool(NAMES_PHASES.search(section.title)) and not NOT_PHASES.search(section.title)


def _names_phases_above(section: Section) -> int:
    """Returns how well the heading above says that phases follow; below 0 that none do."""
    for heading in reversed([h for h in section.parents if h.level > 1]):
        if NOT_PHASES.search(heading.text.text):
            return -1
        if NAMES_PHASES.search(heading.text.text):
            return 1
    return 0


# ── Tables ───────────────────────────────────────────────────────────────────


def _tables(sections: Sequence[Section], strict: bool) -> tuple[Draft, ...]:
    """Returns the rows of the first table of phases.

    With `strict` it may stand under any heading, so it must state statuses or dependencies, and
    its first cells must be labels.
    """
    for section in sections:
        for node in section.body:
            if isinstance(node, Table) and _lists_phases(node, strict):
                drafts = tuple(_rows(node))
                if drafts:
                    return drafts
    return ()


def _lists_phases(table: Table, strict: bool) -> bool:
    headers = columns.names(table)
    if not columns.lists_phases(headers if strict else columns.after_number(headers)):
        return False
    states = columns.status_column(headers) is not None or bool(columns.waiting_columns(headers))
    labelled = all(row.cells and read_line(row.cells[0]) for row in table.rows)
    # `Step | Command | Result` with bare numbers is a procedure, and no plan of phases.
    return (states and labelled) if strict else (states or labelled or headers[0] == "Phase")


def _rows(table: Table) -> Iterator[Draft]:
    headers = columns.names(table)
    status, title = columns.status_column(headers), columns.title_column(headers)
    waiting = columns.waiting_in(table)
    for row in table.rows:
        cells = row.cells
        if not cells or not cells[0].text.strip("*_` "):
            continue
        id, beside = _first_cell(cells[0])
        titled = columns.cell(cells, title) or beside
        stated = _row_status(cells, status, titled)
        waits = tuple(c for i in waiting if (c := columns.cell(cells, i)) is not None)
        yield Draft(
            id=id,
            title=stated.title,
            line=row.line,
            span=row.span,
            entry=TableEntry(table, row, status, stated.site),
            site=stated.site,
            status=stated.status,
            status_text=stated.site.piece.text if stated.site else None,
            waits=waits if waiting else None,
        )


def _first_cell(cell: Piece) -> tuple[str, Piece]:
    """Returns the id, and the title that may follow it: `P0 — Audit`."""
    if link := _LINK.fullmatch(cell.text):
        cell = part(cell, *link.span(1))
    labelled = read_line(cell)
    if labelled is None:
        return cell.text.strip("*_` "), part(cell, len(cell.text), len(cell.text))
    return labelled.id, labelled.stated.title


def _row_status(cells: tuple[Piece, ...], column: int | None, title: Piece) -> Stated:
    cell = columns.cell(cells, column)
    if column is None:
        return stated_in_title(title)
    if cell is None or not cell.text.strip("—–- "):
        return Stated(title)
    stated = stated_in_cell(cell)
    return Stated(title, stated.site, stated.status)


# ── Lists ────────────────────────────────────────────────────────────────────


def _lists(sections: Sequence[Section]) -> tuple[Draft, ...]:
    for section in sections:
        blocks = [node for node in section.body if isinstance(node, ListBlock)]
        items = [item for block in blocks for item in _with_nested(block)]
        labelled = [item for item in items if read_line(item.item.text)]
        all_ordered = all(block.ordered for block in blocks)
        # An ordered list counts its phases where some of its items have no other label.
        counts = all_ordered and len(labelled) < len(items)
        if labelled and len(labelled) * 2 >= len(items) and not counts:
            return tuple(map(_labelled_item, labelled))
        if items and all_ordered and _NUMBERED.fullmatch(section.title):
            return tuple(map(_numbered_item, items))
    return ()


@dataclass(frozen=True, slots=True)
class _Listed:
    """An item of a list, and the items nested in it."""

    block: ListBlock
    item: ListItem
    nested: list[ListItem]


def _with_nested(block: ListBlock) -> list[_Listed]:
    found: list[_Listed] = []
    for item in block.items:
        if item.depth == 0:
            found.append(_Listed(block, item, []))
        elif item.depth == 1:
            found[-1].nested.append(item)
    return found


def _labelled_item(listed: _Listed) -> Draft:
    labelled = read_line(listed.item.text)
    assert labelled is not None
    return _item(listed, labelled.id, labelled.stated)


def _numbered_item(listed: _Listed) -> Draft:
    id = listed.item.marker.text.rstrip(".)")
    return _item(listed, id, unlabelled_line(listed.item.text))


def _item(listed: _Listed, id: str, stated: Stated) -> Draft:
    item, site, status = listed.item, stated.site, stated.status
    fields = [field for nested in listed.nested for field in fields_in(nested.text, "list")]
    said = next((f for f in fields if meaning(f.name) is Meaning.STATUS), None)
    if site is None and said:
        site, status = StatusSite(said.value, StatusForm.FIELD), phase_status(said.value.text)
    if site is None and item.checkbox:
        site = StatusSite(item.checkbox, StatusForm.CHECKBOX)
        status = PhaseStatus.DONE if item.checked else PhaseStatus.PENDING
    return Draft(
        id=id,
        title=stated.title,
        line=item.lines[0],
        span=item.text.span,
        entry=ListEntry(listed.block, item, stated.title, site),
        site=site,
        status=status,
        status_text=site.piece.text if site else None,
        waits=tuple(f.value for f in fields if meaning(f.name) in WAITING) or None,
        titled=True,
    )


# ── Labelled paragraphs ──────────────────────────────────────────────────────


def _paragraphs(sections: Sequence[Section]) -> tuple[Draft, ...]:
    for section in sections:
        drafts = [
            draft
            for node in section.body
            if isinstance(node, Paragraph)
            for piece in node.pieces
            if (draft := _labelled_paragraph(node, piece))
        ]
        if len({draft.id for draft in drafts}) > 1:
            return tuple(drafts)
    return ()


_LABELLING = re.compile(r"(?:\*\*|__)?(?P<label>[^:]{2,80}?):(?:\*\*|__)?(?=[ \t]|$)")


def _labelled_paragraph(paragraph: Paragraph, piece: Piece) -> Draft | None:
    """Returns the phase of `P0 Triage (local): …`: what stands before the colon is its title."""
    found = _LABELLING.match(piece.text)
    label = label_at(piece.text, found.start("label")) if found else None
    if found is None or label is None:
        return None
    named = stated_in_title(_unwrapped(part(piece, label.end, found.end("label"))))
    after = stated_in_title(part(piece, found.end(), len(piece.text)))
    site, status = (named.site, named.status) if named.site else (None, PhaseStatus.UNKNOWN)
    if site is None and after.site and after.site.form is StatusForm.PREFIX:
        site, status = after.site, after.status
    return Draft(
        id=label.id,
        title=named.title,
        line=piece.line,
        span=piece.span,
        entry=ParagraphEntry(paragraph, named.title, site),
        site=site,
        status=status,
        status_text=site.piece.text if site else None,
        titled=True,
    )


def _unwrapped(title: Piece) -> Piece:
    """Returns a title without the dash before it, or the brackets around the whole of it."""
    start = len(title.text) - len(title.text.lstrip(" \t—–-"))
    title = part(title, start, len(title.text))
    if title.text.startswith("(") and title.text.find(")") == len(title.text) - 1:
        return part(title, 1, len(title.text) - 1)
    return title


__all__ = ["NAMES_PHASES", "NOT_PHASES", "Row", "find_drafts"]
