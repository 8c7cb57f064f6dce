"""`loop close`: one verdict a criterion, then the header and the footer; refuses otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from loopkit.commands.moves import move_loop
from loopkit.commands.results import CriterionVerdict, Verified, Written
from loopkit.commands.verify import verify_loop
from loopkit.commands.writing import Actor, digest, hold, save, told
from loopkit.effects.evidence.approvals import record_mark
from loopkit.effects.evidence.histories import Histories
from loopkit.effects.evidence.receipt import Kind, Receipt
from loopkit.effects.workspace import Workspace
from loopkit.errors import Refused
from loopkit.loop.edit.writer import rewrite
from loopkit.loop.machine import LoopState, follow, loop_status
from loopkit.loop.model import Answer, Loop
from loopkit.loop.parse.reader import LoopFile
from loopkit.loop.plan import settle_closing


def close(
    workspace: Workspace,
    name: str,
    *,
    waive: tuple[str, ...],
    reason: str,
    actor: Actor,
) -> Written | Verified:
    """Closes a loop whose phases are done and whose criteria are met or waived by name.

    Returns the verdicts, with their exit status, when a criterion is not met.

    Raises:
        Refused: a phase is still open, the loop is closed already, or a waiver says nothing.
    """
    _may_close(workspace.load(name).loop, waive, reason)
    with hold(workspace, workspace.load(name).loop.id, actor):
        file = workspace.load(name)
        _may_close(file.loop, waive, reason)
        checked = verify_loop(workspace, file.loop, phases=False)
        verified = _waived(checked, waive, reason, actor)
        if verified.exit_code:
            follow(LoopState.CLOSING, "refuse")
            return verified
        today = workspace.now().astimezone(workspace.settings.zone).date()
        after = rewrite(file, settle_closing(file.loop, today))
        receipt = _recorded(workspace, file, after, verified, reason, actor)
        save(workspace, file, after)
    what = f"closed, {len(verified.criteria)} criteria met or waived"
    return told(workspace, actor, file, after, receipt, what, f"loop log {file.loop.id}")


def _recorded(
    workspace: Workspace,
    file: LoopFile,
    after: LoopFile,
    verified: Verified,
    reason: str,
    actor: Actor,
) -> Receipt:
    return record_mark(
        Histories(workspace),
        file.loop.id,
        "",
        loop_status(follow(LoopState.CLOSING, "confirm")).value,
        who=actor.who,
        reason=reason,
        path=file.loop.path,
        document_before=digest(file),
        document_after=digest(after),
        kind=Kind.CLOSE,
        notes=tuple(_note(verdict) for verdict in verified.criteria),
    )


def _may_close(loop: Loop, waive: Sequence[str], reason: str) -> None:
    move_loop(loop, "close")
    left = [phase for phase in loop.phases if not phase.status.is_settled]
    if left:
        raise Refused(
            f"{loop.id} cannot be closed: {', '.join(p.id for p in left)} not done",
            where=f"{loop.path}:{left[0].place.line}",
            why=f"{left[0].id} is {left[0].status_text or 'not stated'}",
            help=f"loop why {loop.id} {left[0].id}",
        )
    if waive and not reason.strip():
        raise Refused(
            "a waiver says why",
            why="--reason TEXT is kept in the receipt, beside who waived it",
            help="loop close --help",
        )
    for text in waive:
        if not any(_names(text, c.text) for c in loop.criteria):
            raise Refused(
                f"{loop.id} has no criterion {text!r}",
                where=loop.path,
                why="it has " + "; ".join(c.text for c in loop.criteria),
                help=f"loop verify {loop.id}",
            )


def _waived(verified: Verified, waive: Sequence[str], reason: str, actor: Actor) -> Verified:
    return replace(
        verified,
        criteria=tuple(
            replace(v, waived=f"waived by {actor.who}: {reason}")
            if v.answer is not Answer.MET and any(_names(w, v.criterion.text) for w in waive)
            else v
            for v in verified.criteria
        ),
    )


def _names(text: str, criterion: str) -> bool:
    return text.casefold().strip() == criterion.casefold().strip()


def _note(verdict: CriterionVerdict) -> str:
    return f"{verdict.criterion.text}: {verdict.waived or f'{verdict.answer}: {verdict.seen}'}"
