"""`loop show`: a loop as it was read."""

from __future__ import annotations

from loopkit.commands.results import Shown
from loopkit.effects.runbooks import reference_for, references
from loopkit.effects.workspace import Workspace
from loopkit.errors import UnknownPhase
from loopkit.loop.model import Loop, Phase


def show_loop(workspace: Workspace, name: str, phase: str | None = None) -> Shown:
    """Returns a loop, or one phase of it, with the runbooks that are bound to it."""
    loop = workspace.load(name).loop
    only = find_phase(loop, phase) if phase else None
    return Shown(loop, bound_phases(workspace, loop), only)


def bound_phases(workspace: Workspace, loop: Loop) -> dict[str, str]:
    """Returns `module:function` by phase id, without importing a runbook."""
    known = references(workspace.settings.runbooks)
    found = {phase.id: reference_for(known, loop.id, phase.id) for phase in loop.phases}
    return {id: reference for id, reference in found.items() if reference}


def find_phase(loop: Loop, id: str) -> Phase:
    """Returns the phase of this id.

    Raises:
        UnknownPhase: the loop has none.
    """
    phase = loop.phase(id)
    if phase is None:
        raise UnknownPhase(
            f"{loop.id} has no phase {id!r}",
            where=loop.path,
            known=tuple(p.id for p in loop.phases),
            help=f"loop show {loop.id}",
        )
    return phase
