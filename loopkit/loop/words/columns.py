"""Which column of a table says what, by the names of the columns and by what stands in them."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache

from loopkit.loop.model import PhaseStatus
from loopkit.loop.words.grammar import phase_status
from loopkit.loop.words.labels import Label, label_in, numbered
from loopkit.loop.words.language import Column
from loopkit.loop.words.vocabulary import answer, columns_named
from loopkit.markdown.document import Piece, Table

# Enough rows to see what a column holds; a longer table says the same in the others.
_LOOKED_AT = 12
_FOREIGN_ID = re.compile(r"[`*]*[A-Z][A-Za-z]*(?:-[A-Z]+)*-?\d+(?:\.\d+)*[`*]*|[-—–]")
_REQUIREMENT = re.compile(r"require", re.IGNORECASE)
# A day and nothing beside it: `2026-02-09`, `Jan 2026`, `3.2.26`.
_DAY = re.compile(
    r"\d{4}-\d{2}(?:-\d{2})?(?:[T ][\d:]+Z?)?|[^\W\d_]{3,9}\.? (?:\d{1,2},? )?\d{4}"
    r"|\d{1,2}\.? [^\W\d_]{3,9}\.? \d{4}|\d{1,2}[./]\d{1,2}[./]\d{2,4}"
    r"|\d{4}年\d{1,2}月(?:\d{1,2}日)?"
)
_WORD = re.compile(r"[^\W\d_]{2}")
_TITLES = (
    "scope", "description", "action", "title", "name", "task", "summary", "objective", "goal",
    "what", "work", "deliverable", "details", "focus", "actions", "activity",
)  # fmt: skip

Cells = Sequence[str]


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of a table whose rows may be phases; `names` are their headers."""

    names: tuple[str, ...]
    id: int
    title: int | None
    status: int | None
    done: int | None
    """Where `Done?` says yes or no, or the day."""
    waits: tuple[int, ...]
    notes: int | None
    says_phase: bool
    """The column of the ids, or of the titles, is called Phase, Step, Task or the like."""
    labelled: float
    """The share of the rows whose id is a label, or a number."""

    @property
    def states(self) -> bool:
        """Returns whether the table has a place for a status."""
        return self.status is not None or self.done is not None


def columns_of(table: Table, *, announced: bool) -> Columns | None:
    """Returns what the columns of a table say, None where its rows can be no phases.

    `announced` says that the heading above names phases: there, a column that only counts will do.
    """
    headers = names(table)
    kinds = _kinds(headers)
    said = frozenset[Column]().union(*kinds)
    counted = announced and said & {Column.NUMBER, Column.STATUS, Column.DONE}
    if Column.PHASE not in said and not counted and not _begins_labelled(table):
        return None
    rows = [[cell.text for cell in row.cells] for row in table.rows[:_LOOKED_AT]]
    values = _Values(len(headers), rows)
    id = _id(kinds, values)
    taken = {id} if id is not None else set()
    status = _status(headers, kinds, values, taken)
    done = _named(kinds, Column.DONE, taken | {status}) if status is None else None
    taken |= {c for c in (status, done) if c is not None}
    if id is None:
        if status in (None, 0) or not values.differ(0) or kinds[0] & _NEVER_NAMES:
            return None
        id = 0
        taken.add(0)
    waits = tuple(
        i for i in range(len(headers)) if i not in taken and _waits(i, id, headers, kinds, values)
    )
    notes = _named(kinds, Column.NOTES, taken)
    title = _title(headers, kinds, values, taken | set(waits))
    labelled = values.share(id, lambda text: row_label(text) is not None)
    says_phase = any(Column.PHASE in kinds[column] for column in (id, title) if column is not None)
    return Columns(headers, id, title, status, done, waits, notes, says_phase, labelled)


@lru_cache(maxsize=1_024)
def _kinds(headers: tuple[str, ...]) -> tuple[frozenset[Column], ...]:
    return tuple(columns_named(name) for name in headers)


def names(table: Table) -> tuple[str, ...]:
    """Returns the headers of a table's columns, without emphasis."""
    return tuple(cell.text.strip("*_`: \u00a0") for cell in table.header.cells)


def cell(row: Sequence[Piece], column: int | None) -> Piece | None:
    """Returns the cell of a row, None where the row is too short."""
    return row[column] if column is not None and column < len(row) else None


def status_column(headers: Sequence[str]) -> int | None:
    """Returns the column that states a status: the one called Status before any like it."""
    kinds = _kinds(tuple(headers))
    found = [i for i, kind in enumerate(kinds) if i and Column.STATUS in kind]
    exact = [i for i in found if headers[i].casefold() == "status"]
    return next(iter(exact or found), None)


def condition_column(headers: Sequence[str]) -> int | None:
    """Returns the column of a gating checklist that says what each item waits for."""
    kinds = _kinds(tuple(headers))
    return next((i for i, kind in enumerate(kinds) if i and Column.CONDITION in kind), None)


def row_label(text: str) -> Label | None:
    """Returns the label of a cell: also a number or short code alone."""
    return label_in(text) or numbered(text)


_NEVER_NAMES = {Column.OWNER, Column.DATE, Column.EFFORT, Column.NOTES, Column.DEPENDS}
_NEVER_TITLES = _NEVER_NAMES | {Column.STATUS, Column.DONE}


def _begins_labelled(table: Table) -> bool:
    """Returns whether one of the first cells of the first row is a label."""
    cells = table.rows[0].cells[:2] if table.rows else ()
    return any(label_in(cell.text) for cell in cells)


class _Values:
    """The cells of a table, column by column; empty ones are left out."""

    def __init__(self, width: int, rows: Sequence[Cells]) -> None:
        self.rows = rows
        self._columns: list[list[str] | None] = [None] * width

    def of(self, column: int) -> list[str]:
        """Returns the cells of a column that hold anything."""
        found = self._columns[column]
        if found is None:
            found = [r[column] for r in self.rows if column < len(r) and r[column]]
            self._columns[column] = found
        return found

    def share(self, column: int, fits: Callable[[str], bool]) -> float:
        """Returns the share of a column's cells that fit."""
        cells = self.of(column)
        return sum(map(fits, cells)) / len(cells) if cells else 0.0

    def differ(self, column: int) -> bool:
        """Returns whether a column has several cells, and no two the same."""
        cells = self.of(column)
        return len(cells) > 1 and len(set(cells)) == len(cells)


def _id(kinds: Sequence[frozenset[Column]], values: _Values) -> int | None:
    """Returns the column of the ids: that of the labels before one that only counts."""
    named = [i for i, kind in enumerate(kinds) if kind & {Column.PHASE, Column.NUMBER}]
    named = [i for i in named if values.of(i)]
    for column in named:
        if values.share(column, lambda text: label_in(text) is not None) >= 0.6:
            return column
    for column in named:
        if Column.NUMBER in kinds[column] and values.share(column, _is_number) >= 0.6:
            return column
    if named and (Column.NUMBER not in kinds[named[0]] or len(named) == 1):
        return named[0] if named[0] < 2 or Column.TITLE not in kinds[named[0]] else None
    for column in range(min(2, len(kinds))):
        if (
            len(values.of(column)) > 1
            and values.share(column, lambda text: label_in(text) is not None) >= 0.6
        ):
            return column
    return None


def _is_number(text: str) -> bool:
    return row_label(text) is not None


def _status(
    names: Sequence[str], kinds: Sequence[frozenset[Column]], values: _Values, taken: set[int]
) -> int | None:
    """Returns the column that states a status: by its name, else by what stands in it."""
    named = [i for i, kind in enumerate(kinds) if Column.STATUS in kind and i not in taken]
    if len(named) > 1:
        return max(named, key=lambda i: (names[i].casefold() == "status", values.share(i, _states)))
    if named:
        return named[0]
    for column, kind in enumerate(kinds):
        if kind or column in taken or len(values.of(column)) < 2:
            continue
        if values.share(column, _states) >= 0.6:
            return column
    return None


def _states(text: str) -> bool:
    return phase_status(text) is not PhaseStatus.UNKNOWN


def _named(
    kinds: Sequence[frozenset[Column]], wanted: Column, taken: Collection[int | None]
) -> int | None:
    return next((i for i, kind in enumerate(kinds) if wanted in kind and i not in taken), None)


def _waits(
    column: int, id: int, names: Sequence[str], kinds: Sequence[frozenset[Column]], values: _Values
) -> bool:
    """Returns whether a column says what a row waits for.

    One called Requirements may hold the ids of requirements, which are listed elsewhere and gate
    nothing: it does unless it names phases of its own table, or says more than ids.
    """
    if Column.DEPENDS not in kinds[column]:
        return False
    if not _REQUIREMENT.match(names[column]):
        return True
    own = {label.id for text in values.of(id) if (label := row_label(text))}
    said = [one for text in values.of(column) for one in re.split(r"[,;\s]+", text) if one]
    return not said or any(one in own or not _FOREIGN_ID.fullmatch(one) for one in said)


def _title(
    names: Sequence[str],
    kinds: Sequence[frozenset[Column]],
    values: _Values,
    taken: Collection[int],
) -> int | None:
    """Returns the column that says what a row is about: never progress, dates or effort."""
    left = [i for i, kind in enumerate(kinds) if i not in taken and not _only(kind, _NEVER_TITLES)]
    phases = [i for i in left if Column.PHASE in kinds[i] and Column.TITLE not in kinds[i]]
    if phases:
        return phases[0]
    titled = [i for i in left if Column.TITLE in kinds[i]]
    rank = {name: place for place, name in enumerate(_TITLES)}
    if titled:
        return min(titled, key=lambda i: rank.get(names[i].casefold(), len(rank)))
    worded = (i for i in left if not values.of(i) or values.share(i, _has_word) >= 0.5)
    return next(worded, None)


def _only(kind: frozenset[Column], others: Collection[Column]) -> bool:
    return bool(kind) and kind <= set(others)


def _has_word(text: str) -> bool:
    return _WORD.search(text) is not None


def read_done(text: str) -> PhaseStatus:
    """Returns what a cell of a column `Done?` says: yes or no, a sign, a day; a blank is no."""
    bare = text.strip("*_` \t\u00a0-–—")
    said = answer(bare)
    if said is not None:
        return PhaseStatus.DONE if said else PhaseStatus.PENDING
    if bare.casefold() in ("", "x"):
        return PhaseStatus.DONE if bare else PhaseStatus.PENDING
    status = phase_status(text)
    if status is PhaseStatus.UNKNOWN and _DAY.fullmatch(bare):
        return PhaseStatus.DONE
    return status
