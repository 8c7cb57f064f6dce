"""What a change should make a loop mean, worked out from the old loop and the change alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from typing import Any, assert_never

from loopkit.loop.change import AddEvidence, Change, SetItemStatus, SetLoopStatus, SetPhaseStatus
from loopkit.loop.model import Gate, Item, Loop, LoopStatus, Phase, PhaseStatus, Place
from loopkit.loop.outcome import CellUpdate
from loopkit.loop.parse.bodies import all_say
from loopkit.loop.parse.drafts import read_box
from loopkit.loop.parse.layout import HeadingEntry, ListEntry, PhaseEntry, StatusForm, StatusSite
from loopkit.loop.parse.reader import LoopFile
from loopkit.markdown.document import ListItem


def difference(before: LoopFile, after: LoopFile, change: Change) -> str:
    """Returns in what `after` means something else than `before` with the change made.

    Places, findings and the wording of the changed status aside; empty when it means just that.
    """
    want, have = intended(before, change), _as_compared(after, change)
    return next(_differences(_placeless(want), _placeless(have)), "")


def intended(file: LoopFile, change: Change) -> Loop:
    """Returns the loop that a document should mean after a change."""
    loop = file.loop
    match change:
        case SetPhaseStatus():
            at = phase_index(loop, change.phase)
            site = file.layout.phases[at].status
            wanted = _worded(loop.phases[at], site, change.status)
            return _with_phase(loop, at, wanted)
        case SetItemStatus():
            return _with_item(file, change)
        case SetLoopStatus():
            return replace(
                loop, status=change.status, status_text=None, closed=_closed(loop, change)
            )
        case AddEvidence() | CellUpdate():
            return loop
        case _:
            assert_never(change)


def phase_index(loop: Loop, id: str) -> int:
    """Returns the index of the first phase of this id, letter case aside; -1 for none."""
    wanted = id.casefold()
    return next((i for i, p in enumerate(loop.phases) if p.id.casefold() == wanted), -1)


def item_index(phase: Phase, key: str) -> int:
    """Returns the index of the item of this key, letter case aside; -1 for none."""
    wanted = key.casefold()
    return next((i for i, item in enumerate(phase.items) if item.key.casefold() == wanted), -1)


def checkbox_of(file: LoopFile, at: int, text: str) -> ListItem | None:
    """Returns the item with a checkbox and this text under a phase's heading."""
    entry = file.layout.phases[at]
    boxes = entry.checkboxes if isinstance(entry, HeadingEntry) else ()
    return next((box for box in boxes if box.text.text == text), None)


def _as_compared(after: LoopFile, change: Change) -> Loop:
    """Returns the loop read back, less the words that the change was free to choose."""
    loop = after.loop
    match change:
        case SetPhaseStatus():
            at = phase_index(loop, change.phase)
            # A note may name what it waits for; without one, nothing new may be waited for.
            site = after.layout.phases[at].status if change.note else None
            return _with_phase(loop, at, _worded(loop.phases[at], site, loop.phases[at].status))
        case SetItemStatus():
            return _item_as_compared(after, change)
        case SetLoopStatus():
            day = change.on.isoformat() if change.on else ""
            dated = loop.closed is not None and bool(day) and loop.closed.startswith(day)
            return replace(loop, status_text=None, closed=day if dated else loop.closed)
        case AddEvidence() | CellUpdate():
            return loop
        case _:
            assert_never(change)


def _worded(phase: Phase, site: StatusSite | None, status: PhaseStatus) -> Phase:
    """Returns the phase without the words of its status, and the gates that stood in them."""
    return replace(phase, status=status, status_text=None, gates=_outside(phase.gates, site))


def _outside(gates: tuple[Gate, ...], site: StatusSite | None) -> tuple[Gate, ...]:
    if site is None:
        return gates
    span = site.piece.span
    return tuple(g for g in gates if not span.start <= g.place.span.start < span.end)


def _closed(loop: Loop, change: SetLoopStatus) -> str | None:
    if change.status is not LoopStatus.CLOSED:
        return None if loop.status is LoopStatus.CLOSED else loop.closed
    return change.on.isoformat() if change.on else loop.closed


def _with_phase(loop: Loop, at: int, phase: Phase) -> Loop:
    return replace(loop, phases=(*loop.phases[:at], phase, *loop.phases[at + 1 :]))


# ── Items ────────────────────────────────────────────────────────────────────


def _with_item(file: LoopFile, change: SetItemStatus) -> Loop:
    loop = file.loop
    at = phase_index(loop, change.phase)
    phase, index = loop.phases[at], item_index(loop.phases[at], change.item)
    if index < 0:
        ticked = replace(phase, status=_ticked(file, at, change), status_text=None)
        return _with_phase(loop, at, ticked)
    site = file.layout.items[at][index].status
    items = _items_worded(phase, index, site, change.status)
    derived = _of_its_parts(file, at, index, change.status)
    if derived is not None:
        phase = replace(phase, status=derived, status_text=None)
    return _with_phase(loop, at, replace(phase, items=items))


def _of_its_parts(file: LoopFile, at: int, index: int, status: PhaseStatus) -> PhaseStatus | None:
    """Returns what a phase says once an item of it does; None where it says so by itself."""
    entry, item = file.layout.phases[at], file.layout.items[at][index]
    if not _is_derived(entry):
        return None
    if isinstance(entry, HeadingEntry) and isinstance(item, ListEntry):
        boxes = entry.checkboxes
        return all_say([status if b is item.item else read_box(b.mark) for b in boxes])
    items = file.loop.phases[at].items
    return all_say([status if i == index else each.status for i, each in enumerate(items)])


def _is_derived(entry: PhaseEntry) -> bool:
    """Returns whether a phase's status is only what its boxes or rows make it."""
    forms = (StatusForm.CHECKBOXES, StatusForm.DERIVED)
    return entry.status is not None and entry.status.form in forms


def _item_as_compared(after: LoopFile, change: SetItemStatus) -> Loop:
    loop = after.loop
    at = phase_index(loop, change.phase)
    phase, index = loop.phases[at], item_index(loop.phases[at], change.item)
    if index < 0:
        return _with_phase(loop, at, replace(phase, status_text=None))
    site = after.layout.items[at][index].status if change.note else None
    items = _items_worded(phase, index, site, phase.items[index].status)
    text = None if _is_derived(after.layout.phases[at]) else phase.status_text
    return _with_phase(loop, at, replace(phase, items=items, status_text=text))


def _items_worded(
    phase: Phase, index: int, site: StatusSite | None, status: PhaseStatus
) -> tuple[Item, ...]:
    item = phase.items[index]
    gates = _outside(item.gates, site)
    worded = replace(item, status=status, status_text=None, gates=gates)
    return (*phase.items[:index], worded, *phase.items[index + 1 :])


def _ticked(file: LoopFile, at: int, change: SetItemStatus) -> PhaseStatus:
    """Returns what a heading's checkboxes say once one is ticked or cleared (docs/format.md)."""
    entry = file.layout.phases[at]
    if not isinstance(entry, HeadingEntry) or not _is_derived(entry):
        return file.loop.phases[at].status
    changed = checkbox_of(file, at, change.item)
    boxes = entry.checkboxes
    return all_say([change.status if b is changed else read_box(b.mark) for b in boxes])


# ── Comparing ────────────────────────────────────────────────────────────────


def _placeless(value: Any) -> Any:
    """Returns a record as plain data, without places and findings."""
    if isinstance(value, Place):
        return "somewhere"
    if isinstance(value, tuple):
        return [_placeless(part) for part in value]
    if is_dataclass(value):
        names = [f.name for f in fields(value) if f.name not in ("findings", "status_place")]
        shown = {name: _placeless(getattr(value, name)) for name in names}
        return {"": type(value).__name__, **shown}
    return value


def _differences(want: Any, have: Any, where: str = "") -> Iterator[str]:
    """Yields where two pieces of plain data differ, in a person's words."""
    if isinstance(want, dict) and isinstance(have, dict) and want.keys() == have.keys():
        for name in want:
            yield from _differences(want[name], have[name], f"{where} {name}".strip())
    elif isinstance(want, list) and isinstance(have, list) and len(want) == len(have):
        for index, (one, other) in enumerate(zip(want, have, strict=True)):
            name = one.get("id", index + 1) if isinstance(one, dict) else index + 1
            yield from _differences(one, other, f"{where} {name}".strip())
    elif want != have:
        yield f"{where}: {have!r} instead of {want!r}"
