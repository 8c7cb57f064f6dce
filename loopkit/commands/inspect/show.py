"""`loop show`: a loop as it was read."""

from __future__ import annotations

from dataclasses import dataclass

from loopkit.commands.results import Shown
from loopkit.commands.session import Session
from loopkit.effects.runbooks import reference_for, references
from loopkit.loop.model import Loop


@dataclass(frozen=True, slots=True)
class ShowRequest:
    """A loop, or one phase of it."""

    loop: str
    phase: str | None = None


def show_loop(session: Session, request: ShowRequest) -> Shown:
    """Returns a loop, or one phase of it, with the runbooks that are bound to it."""
    loop = session.file(request.loop).loop
    only = loop.require_phase(request.phase) if request.phase else None
    return Shown(loop, bound_phases(session, loop), only)


def bound_phases(session: Session, loop: Loop) -> dict[str, str]:
    """Returns `module:function` by phase id, without importing a runbook."""
    known = references(session.workspace.settings.runbooks)
    found = {phase.id: reference_for(known, loop.id, phase.id) for phase in loop.phases}
    return {id: reference for id, reference in found.items() if reference}
