"""Finds a cell of a table as evidence names it: by heading, first cell and column."""

from __future__ import annotations

from collections.abc import Iterator

from loopkit.loop.outcome import CellUpdate
from loopkit.markdown.document import Document, Heading, Piece, Row, Table


def find_cell(document: Document, update: CellUpdate) -> Piece | None:
    """Returns the cell that an update speaks of, None when the document has no such cell."""
    for table in _tables_under(document, update.section):
        column = _index(table.header, update.column)
        row = next((r for r in table.rows if r.cells and _is(r.cells[0], update.row)), None)
        if column is not None and row is not None and column < len(row.cells):
            return row.cells[column]
    return None


def _tables_under(document: Document, section: str) -> Iterator[Table]:
    """Yields the tables whose nearest heading begins with this text."""
    wanted, inside = _plain(section), False
    for node in document.nodes:
        if isinstance(node, Heading):
            inside = _plain(node.text.text).startswith(wanted)
        elif isinstance(node, Table) and inside:
            yield node


def _index(header: Row, name: str) -> int | None:
    return next((i for i, cell in enumerate(header.cells) if _is(cell, name)), None)


def _is(cell: Piece, text: str) -> bool:
    return _plain(cell.text) == _plain(text)


def _plain(text: str) -> str:
    return text.strip("*_` ").casefold()
