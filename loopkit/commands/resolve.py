"""`loop resolve`: a person says what a phase came to whose outcome is unknown."""

from __future__ import annotations

from collections.abc import Sequence

from loopkit.commands.records import Written
from loopkit.commands.show import find_phase
from loopkit.commands.writing import Actor, change_by_hand
from loopkit.effects.approvals import record_mark
from loopkit.effects.receipt import Kind, Receipt
from loopkit.effects.workspace import Workspace
from loopkit.loop.machine import follow, phase_state, phase_status
from loopkit.loop.model import Change, Item, Phase, Result, SetItemStatus, SetPhaseStatus
from loopkit.loop.reader import LoopFile

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

    def target(file: LoopFile) -> Phase | Item:
        found = find_phase(file.loop, phase)
        return next((i for i in found.items if i.key == item), found)

    def status(file: LoopFile) -> str:
        trigger = "resolve_" + resolution.replace("-", "_")
        return phase_status(follow(phase_state(target(file)), trigger)).value

    def changes(file: LoopFile) -> Sequence[Change]:
        wanted = phase_status(
            follow(phase_state(target(file)), "resolve_" + resolution.replace("-", "_"))
        )
        id = find_phase(file.loop, phase).id
        if item is not None:
            return [SetItemStatus(id, item, wanted)]
        return [SetPhaseStatus(id, wanted)]

    def record(file: LoopFile, before: str, after: str) -> Receipt:
        return record_mark(
            workspace,
            file.loop.id,
            find_phase(file.loop, phase).id,
            status(file),
            who=actor.who,
            reason=reason,
            item=item,
            path=file.loop.path,
            document_before=before,
            document_after=after,
            kind=Kind.RESOLVE,
            result=RESULTS[resolution],
        )

    return change_by_hand(
        workspace, name, actor, changes, record, f"{phase} resolved as {resolution}: {reason}"
    )
