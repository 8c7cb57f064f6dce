"""Loops made by hand, as short as the tests about them need."""

from __future__ import annotations

from loopkit.loop.model import (
    Gate,
    Item,
    Loop,
    LoopClosed,
    LoopStatus,
    Phase,
    PhaseStatus,
    Place,
    phases_named,
)


def phase(
    id: str,
    status: str | None = "pending",
    *gates: Gate,
    items: tuple[Item, ...] = (),
    line: int = 1,
    states_needs: bool = False,
) -> Phase:
    """Returns a phase whose status is written `status`, note and all; None states nothing."""
    stated = states_needs or any(phases_named(gate) for gate in gates)
    place, title = Place(line), f"Scope of {id}"
    return Phase(id, title, read(status), status, gates, place, items, states_needs=stated)


def item(key: str, status: str | None, *gates: Gate, line: int = 1) -> Item:
    """Returns an item of a gating checklist."""
    return Item(key, key, read(status), status, gates, Place(line))


def loop(
    id: str,
    *phases: Phase,
    status: LoopStatus = LoopStatus.OPEN,
    status_text: str | None = None,
    blocked_by: tuple[LoopClosed, ...] = (),
    path: str = "",
    in_order: bool = False,
) -> Loop:
    """Returns a loop whose document is `loops/ID.md` unless `path` says otherwise."""
    text = str(status) if status_text is None else status_text
    return Loop(
        id=id,
        path=path or f"loops/{id}.md",
        title=id,
        status=status,
        status_text=text,
        status_place=Place(3),
        owner=None,
        severity=None,
        created=None,
        closed=None,
        blocked_by=blocked_by,
        phases=phases,
        in_order=in_order,
    )


def read(status: str | None) -> PhaseStatus:
    """Returns the status that a text begins with."""
    words = {s.value.replace("_", " "): s for s in PhaseStatus}
    return next((s for w, s in words.items() if (status or "").startswith(w)), PhaseStatus.UNKNOWN)
