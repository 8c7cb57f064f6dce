"""`loop resolve`: a person says what a phase came to whose outcome is unknown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from loopkit.commands.moves import move_phase
from loopkit.commands.results import Written
from loopkit.commands.writing import Actor, change_by_hand
from loopkit.effects.evidence.approvals import record_mark
from loopkit.effects.evidence.histories import Histories
from loopkit.effects.evidence.receipt import Kind, Receipt
from loopkit.effects.workspace import Workspace
from loopkit.loop.change import Change, SetItemStatus, SetPhaseStatus
from loopkit.loop.machine import phase_status
from loopkit.loop.model import PhaseStatus, target_name
from loopkit.loop.outcome import Result
from loopkit.loop.parse.reader import LoopFile

RESULTS = {"done": Result.CHANGED, "failed": Result.FAILED, "not-run": Result.REFUSED}


def resolve(
    workspace: Workspace,
    name: str,
    phase: str,
    item: str | None,
    resolution: str,
    reason: str,
    actor: Actor,
) -> Written:
    """Ends the unknown: `done`, `failed` or `not-run` (it may run again).

    Raises:
        Refused: the outcome is not unknown.
    """
    asked = _Resolution(workspace, phase, item, resolution, reason, actor)
    subject = target_name(phase, item)
    what = f"{subject} resolved as {resolution}: {reason}"
    return change_by_hand(workspace, name, actor, asked.changes, asked.record, what)


@dataclass(frozen=True, slots=True)
class _Resolution:
    """What a person says, and how it is written and recorded."""

    workspace: Workspace
    phase: str
    item: str | None
    resolution: str
    reason: str
    actor: Actor

    def status(self, file: LoopFile) -> PhaseStatus:
        found = file.loop.require_phase(self.phase)
        item = found.item(self.item) if self.item else None
        trigger = "resolve_" + self.resolution.replace("-", "_")
        return phase_status(move_phase(file.loop, found, trigger, item))

    def changes(self, file: LoopFile) -> Sequence[Change]:
        id, status = file.loop.require_phase(self.phase).id, self.status(file)
        if self.item is not None:
            return [SetItemStatus(id, self.item, status)]
        return [SetPhaseStatus(id, status)]

    def record(self, file: LoopFile, before: str, after: str) -> Receipt:
        return record_mark(
            Histories(self.workspace),
            file.loop.id,
            file.loop.require_phase(self.phase).id,
            self.status(file).value,
            who=self.actor.who,
            reason=self.reason,
            item=self.item,
            path=file.loop.path,
            document_before=before,
            document_after=after,
            kind=Kind.RESOLVE,
            result=RESULTS[self.resolution],
        )
