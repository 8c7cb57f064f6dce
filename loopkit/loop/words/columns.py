"""Which column of a table says what."""

from __future__ import annotations

import re

from loopkit.markdown.document import Piece, Table

_STATUS = re.compile(r"status|state|progress", re.IGNORECASE)
_WAITS = re.compile(
    r"depend(?:s|ency|encies|ent)?(?: on)?|blocked(?: by)?|blockers?|prereq(?:uisite)?s?"
    r"|requires|requirements?|after|gates?|gated? (?:on|by)|waits? (?:for|on)|needs",
    re.IGNORECASE,
)
_REQUIREMENTS = re.compile(r"requirements?", re.IGNORECASE)
_ID = re.compile(r"[`*]*[A-Z][A-Za-z]*(?:-[A-Z]+)*-?\d+(?:\.\d+)*[`*]*")
_CONDITION = re.compile(
    r"(?:gat(?:e|ing) |go |entry )?conditions?|gates?|gated (?:on|by)|depend(?:s on|ency|encies)"
    r"|waits? (?:for|on)|blocked (?:by|on)",
    re.IGNORECASE,
)
_PHASE = re.compile(
    r"(?:phase|step|task|stage|wave|tier|milestone)s?(?: ?(?:#|id|no\.?))?", re.IGNORECASE
)
_TITLES = (
    "scope", "description", "action", "title", "name", "task", "summary", "objective", "goal",
    "what", "work", "deliverable", "details", "focus", "actions", "activity",
)  # fmt: skip


def names(table: Table) -> tuple[str, ...]:
    """Returns the headers of a table's columns, without emphasis."""
    return tuple(cell.text.strip("*_`: ") for cell in table.header.cells)


def status_column(headers: tuple[str, ...]) -> int | None:
    """Returns the column that states a status: the one called Status before any like it."""
    exact = next((i for i, name in enumerate(headers) if name.casefold() == "status"), None)
    if exact is not None:
        return exact
    return next((i for i, name in enumerate(headers) if i and _STATUS.fullmatch(name)), None)


def waiting_columns(headers: tuple[str, ...]) -> tuple[int, ...]:
    """Returns the columns that say what a phase waits for."""
    return tuple(i for i, name in enumerate(headers) if i and _WAITS.fullmatch(name))


def waiting_in(table: Table) -> tuple[int, ...]:
    """Returns the columns of a table that say what a phase waits for, by what stands in them.

    One called Requirements may hold the ids of requirements, which are listed elsewhere and gate
    nothing: it does unless it names phases of its own table, or says more than ids.
    """
    headers = names(table)
    return tuple(
        i
        for i in waiting_columns(headers)
        if not _REQUIREMENTS.fullmatch(headers[i]) or not _only_foreign_ids(table, i)
    )


def _only_foreign_ids(table: Table, column: int) -> bool:
    rows = [row.cells for row in table.rows if row.cells]
    own = {cells[0].text.strip("*_`[] ").casefold() for cells in rows}
    texts = [piece.text for cells in rows if (piece := cell(cells, column))]
    ids = [id for text in texts for id in re.split(r"[,;\s]+", text.strip("—–- ")) if id]
    return bool(ids) and all(_ID.fullmatch(id) and id.casefold() not in own for id in ids)


def condition_column(headers: tuple[str, ...]) -> int | None:
    """Returns the column of a gating checklist that says what each item waits for."""
    return next((i for i, name in enumerate(headers) if i and _CONDITION.fullmatch(name)), None)


def title_column(headers: tuple[str, ...]) -> int | None:
    """Returns the column that says what a phase is about, None when only its first can."""
    taken = {0, status_column(headers), *waiting_columns(headers)}
    lowered = [name.casefold() for name in headers]
    for wanted in _TITLES:
        if wanted in lowered and lowered.index(wanted) not in taken:
            return lowered.index(wanted)
    return next((i for i in range(len(headers)) if i not in taken), None)


def lists_phases(headers: tuple[str, ...]) -> bool:
    """Returns whether the first column is called Phase, Step or Task."""
    return len(headers) > 1 and _PHASE.fullmatch(headers[0]) is not None


def after_number(headers: tuple[str, ...]) -> tuple[str, ...]:
    """Returns the headers less a first column that only counts: `#`, `ID`, `No.`."""
    return headers[1:] if headers[:1] and headers[0].casefold() in ("#", "id", "no.") else headers


def cell(row: tuple[Piece, ...], column: int | None) -> Piece | None:
    """Returns the cell of a row, None where the row is too short."""
    return row[column] if column is not None and column < len(row) else None
