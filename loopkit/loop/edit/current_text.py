"""What a document says at the place that a change would write, and what the change would say."""

from __future__ import annotations

from typing import assert_never

from loopkit.loop.change import AddEvidence, Change, SetItemStatus, SetLoopStatus, SetPhaseStatus
from loopkit.loop.edit.expected import item_index, phase_index
from loopkit.loop.edit.lookup import find_cell
from loopkit.loop.model import Item, Phase
from loopkit.loop.outcome import CellUpdate
from loopkit.loop.parse.reader import LoopFile


def said(file: LoopFile, change: Change) -> str:
    """Returns what a document says there now; empty where it has no such place."""
    loop = file.loop
    match change:
        case SetPhaseStatus():
            at = phase_index(loop, change.phase)
            return _text(loop.phases[at]) if at >= 0 else ""
        case SetItemStatus():
            at = phase_index(loop, change.phase)
            index = item_index(loop.phases[at], change.item) if at >= 0 else -1
            return _text(loop.phases[at].items[index]) if index >= 0 else ""
        case SetLoopStatus():
            return " ".join(part for part in (loop.status_text, loop.closed) if part)
        case CellUpdate():
            cell = find_cell(file.document, change)
            return cell.text if cell else ""
        case AddEvidence():
            return ""
        case _:
            assert_never(change)


def _text(part: Phase | Item) -> str:
    return part.status_text or str(part.status)


def wanted(change: Change) -> str:
    """Returns what a change would make the document say there."""
    match change:
        case SetPhaseStatus() | SetItemStatus():
            return f"{change.status} ({change.note})" if change.note else str(change.status)
        case SetLoopStatus():
            return f"{change.status} {change.on or ''}".strip()
        case CellUpdate():
            return change.value
        case AddEvidence():
            return change.title
        case _:
            assert_never(change)


def place_of(change: Change) -> str:
    """Returns the place that a change writes, in a person's words."""
    match change:
        case SetPhaseStatus():
            return f"the status of {change.phase}"
        case SetItemStatus():
            return f"the status of {change.item} in {change.phase}"
        case SetLoopStatus():
            return "the status of the loop"
        case CellUpdate():
            return f"the cell {change.column} of {change.row}"
        case AddEvidence():
            return f"the evidence of {change.phase}"
        case _:
            assert_never(change)
