"""`loop why`: every gate with its answer, what was seen, when it can change and what opens it."""

from __future__ import annotations

from loopkit.commands.results import Explained
from loopkit.effects.gather import gather
from loopkit.effects.workspace import Workspace
from loopkit.loop.plan import make_plan


def explain(workspace: Workspace, name: str, phase: str | None = None) -> Explained:
    """Returns the verdicts on a loop's phases, or on one of them."""
    loop = workspace.load(name).loop
    snapshot = gather(workspace, loop)
    plan = make_plan(loop, snapshot)
    only = loop.require_phase(phase) if phase else None
    wanted = tuple(p for p in plan.phases if only is None or p.phase == only)
    return Explained(loop, wanted, snapshot.now.astimezone(workspace.settings.zone), plan.notes)
