"""Success criteria, non-goals and thresholds: what a loop promises and must leave alone."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from loopkit.loop.model import Criterion, NonGoal, Place, Threshold
from loopkit.loop.parse.outline import Section
from loopkit.loop.words import columns
from loopkit.loop.words.durations import duration
from loopkit.markdown.document import ListBlock, ListItem, Piece, Row, Table
from loopkit.markdown.source import Source

_CRITERIA = (
    re.compile(r"success criteria", re.IGNORECASE),
    re.compile(r"(?:acceptance|exit|completion|closing|done) criteria", re.IGNORECASE),
)
_NON_GOALS = re.compile(r"non-?[ ]?goals|out[ -]of[ -]scope|not in scope", re.IGNORECASE)
_VALIDATION = re.compile(
    r"validation|verification|verify|check|evidence|proof|how.*|measure|test", re.IGNORECASE
)
_THRESHOLD = re.compile(r"thresholds?|limit|max(?:imum)? age|rpo", re.IGNORECASE)


def read_criteria(source: Source, sections: Sequence[Section]) -> tuple[Criterion, ...]:
    """Returns the rows or bullets under Success Criteria, else under a heading like it."""
    for names in _CRITERIA:
        for section in sections:
            if names.match(section.title) and (found := tuple(_criteria(source, section))):
                return found
    return ()


def _criteria(source: Source, section: Section) -> Iterator[Criterion]:
    for table in (node for node in section.whole if isinstance(node, Table)):
        headers = columns.names(table)
        validation = next((i for i, n in enumerate(headers) if i and _VALIDATION.match(n)), 1)
        first = 1 if headers[:1] == ("#",) else 0
        for row in table.rows:
            cells = row.cells
            text, how = columns.cell(cells, first), columns.cell(cells, validation)
            if text and text.text:
                how_text = how.text if how and validation != first else ""
                yield Criterion(_shown(text), how_text, _place(source, row))
    for item in _bullets(section):
        ticked = item.checkbox is not None and "x" in item.checkbox.text.casefold()
        yield Criterion(item.text.text, "", _place(source, item), ticked)


def read_non_goals(source: Source, sections: Sequence[Section]) -> tuple[NonGoal, ...]:
    """Returns the bullets under Non-Goals."""
    return tuple(
        NonGoal(item.text.text, _place(source, item))
        for section in sections
        if _NON_GOALS.match(section.title)
        for item in _bullets(section)
    )


def read_thresholds(source: Source, sections: Sequence[Section]) -> tuple[Threshold, ...]:
    """Returns the rows of the first table that gives each class a limit of time."""
    for section in sections:
        for table in (node for node in section.body if isinstance(node, Table)):
            headers = columns.names(table)
            limit = next((i for i, n in enumerate(headers) if _THRESHOLD.fullmatch(n)), None)
            if limit and (found := tuple(_thresholds(source, table, limit))):
                return found
    return ()


def _thresholds(source: Source, table: Table, limit: int) -> Iterator[Threshold]:
    for row in table.rows:
        cells = row.cells
        age = duration(cells[limit].text) if limit < len(cells) else None
        members = next((c.text for i, c in enumerate(cells) if i not in (0, limit)), "")
        if age is not None:
            yield Threshold(_shown(cells[0]), age, members, _place(source, row))


def _bullets(section: Section) -> Iterator[ListItem]:
    for node in section.whole:
        if isinstance(node, ListBlock):
            yield from (item for item in node.items if item.depth == 0 and item.text.text)


def _shown(cell: Piece) -> str:
    return cell.text.replace("\\|", "|")


def _place(source: Source, piece: Row | ListItem) -> Place:
    span = piece.span if isinstance(piece, Row) else piece.text.span
    return Place(source.line_of(span.start), source.column_of(span.start), span)
