"""`loop show`: a loop as it was read."""

from __future__ import annotations

from loopkit.commands.results import Shown
from loopkit.effects.runbooks import reference_for, references
from loopkit.effects.workspace import Workspace
from loopkit.loop.model import Loop


def show_loop(workspace: Workspace, name: str, phase: str | None = None) -> Shown:
    """Returns a loop, or one phase of it, with the runbooks that are bound to it."""
    loop = workspace.load(name).loop
    only = loop.require_phase(phase) if phase else None
    return Shown(loop, bound_phases(workspace, loop), only)


def bound_phases(workspace: Workspace, loop: Loop) -> dict[str, str]:
    """Returns `module:function` by phase id, without importing a runbook."""
    known = references(workspace.settings.runbooks)
    found = {phase.id: reference_for(known, loop.id, phase.id) for phase in loop.phases}
    return {id: reference for id, reference in found.items() if reference}
