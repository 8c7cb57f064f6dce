"""The cell of a column `Done?`: yes, no, or the mark that its other rows have."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from loopkit.loop.edit.style import cased
from loopkit.loop.model import PhaseStatus
from loopkit.loop.parse.layout import TableEntry
from loopkit.loop.words.columns import cell, read_done
from loopkit.loop.words.language import Column
from loopkit.loop.words.vocabulary import answer, columns_named, languages, split


def answer_of(entry: TableEntry, status: PhaseStatus) -> str:
    """Returns what a row's `Done?` says of a status, empty where another column states it."""
    at = entry.status_column
    header = cell(entry.table.header.cells, at)
    if header is None or columns_named(header.text) & {Column.STATUS, Column.DONE} != {Column.DONE}:
        return ""
    cells = [found.text for row in entry.table.rows if (found := cell(row.cells, at))]
    alike = [text for text in cells if read_done(text) is status and not text[:1].isdigit()]
    if alike:
        return Counter(alike).most_common(1)[0][0]
    return _translated(cells, status)


def _translated(cells: Sequence[str], status: PhaseStatus) -> str:
    """Returns yes for no, and no for yes, in the language and the case of the other rows."""
    if status not in (PhaseStatus.DONE, PhaseStatus.PENDING):
        return ""
    for text in (text for text in cells if answer(text) is not None):
        for language in languages():
            yes, no = split(language.yes), split(language.no)
            if text.casefold() in (*yes, *no):
                return cased((yes if status is PhaseStatus.DONE else no)[0], text)
    return ""
