"""`loop why`: every gate with its answer, what was seen, when it can change and what opens it."""

from __future__ import annotations

from dataclasses import dataclass

from loopkit.commands.results import Explained
from loopkit.commands.session import Session


@dataclass(frozen=True, slots=True)
class WhyRequest:
    """A loop, or one phase of it."""

    loop: str
    phase: str | None = None


def explain(session: Session, request: WhyRequest) -> Explained:
    """Returns the verdicts on a loop's phases, or on one of them."""
    loop = session.file(request.loop).loop
    plan = session.plan(loop)
    only = loop.require_phase(request.phase) if request.phase else None
    wanted = tuple(p for p in plan.phases if only is None or p.phase == only)
    return Explained(loop, wanted, session.snapshot(loop).now, plan.notes)
