"""What people decided: approvals, attestations, statuses set by hand, unknowns resolved."""

from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import datetime

from loopkit.effects.evidence.histories import Histories
from loopkit.effects.evidence.history import History
from loopkit.effects.evidence.receipt import Kind, Receipt
from loopkit.errors import Refused
from loopkit.loop.outcome import Result
from loopkit.loop.snapshot import Approval


def new_id() -> str:
    """Returns the id of a run or of a receipt: short enough to say, and never given twice."""
    return secrets.token_hex(4)


def record_approval(
    histories: Histories,
    loop_id: str,
    phase: str,
    *,
    approved: bool,
    who: str,
    reason: str,
    item: str | None = None,
    gate: str = "",
    plan_hash: str = "",
    expires: datetime | None = None,
) -> Receipt:
    """Records a person's answer to a manual gate, or, with `plan_hash`, to that very plan.

    Raises:
        Refused: it says not who, or it would have expired already.
    """
    now = histories.home.now()
    if not who.strip():
        raise Refused("an approval says who gave it", help="loop approve … --as NAME")
    if expires is not None and expires <= now:
        raise Refused("this approval would have expired already", why=f"it ends {expires}")
    return histories.append(
        replace(
            _event(histories, Kind.APPROVAL, loop_id, who, reason, phase, item),
            gate=gate,
            approved=approved,
            plan_hash=plan_hash,
            expires=expires,
        )
    )


def record_attestation(
    histories: Histories, loop_id: str, criterion: str, *, who: str, reason: str
) -> Receipt:
    """Records that a person vouches for a criterion, by its text as it stands now.

    Raises:
        Refused: it says not who, or not why.
    """
    if not who.strip():
        raise Refused("an attestation says who gave it", help="loop attest … --as NAME")
    if not reason.strip():
        raise Refused("an attestation says why", help="loop attest --help")
    event = _event(histories, Kind.ATTEST, loop_id, who, reason, "", None)
    return histories.append(replace(event, criterion=criterion))


def attestations(history: History) -> dict[str, Receipt]:
    """Returns what people vouched for, by the criterion's text as it stood; the last of each."""
    return {r.criterion: r for r in history.receipts if r.kind is Kind.ATTEST}


def approvals(history: History, now: datetime) -> tuple[Approval, ...]:
    """Returns the answers to manual gates that hold now: the last word on each, not expired.

    They are in the order in which they were given, whatever the clock said then.
    An approval serves once: the run that finishes its phase, or its item, uses it up.
    """
    last: dict[tuple[str, str | None, str], Receipt] = {}
    for receipt in history.receipts:
        if receipt.kind is Kind.APPROVAL and not receipt.plan_hash:
            last.pop((receipt.phase, receipt.item, receipt.gate), None)
            last[(receipt.phase, receipt.item, receipt.gate)] = receipt
        for key in [key for key, given in last.items() if _uses_up(receipt, given)]:
            del last[key]
    return tuple(as_approval(given) for given in last.values() if not expired(given, now))


def approval_of_plan(
    history: History, phase: str, plan_hash: str, now: datetime, *, runner: str, four_eyes: bool
) -> Receipt:
    """Returns the approval that lets exactly this plan run once.

    Raises:
        Refused: there is none, the plan changed since, or it was used, rejected or has expired;
            or `four_eyes` is asked and the approver is the one who runs.
    """
    given = _on_plans(history, phase)
    ask = f"loop approve {history.loop} {phase} --plan {plan_hash} --reason TEXT"
    if not given:
        raise Refused(f"nobody approved this plan of {phase}", help=ask)
    last = given[-1]
    why = _not_usable(last, plan_hash, history.used_approvals, now, runner, four_eyes)
    if why:
        raise Refused(f"the approval by {last.who} does not let {phase} run", why=why, help=ask)
    return last


def is_rejected(history: History, phase: str, plan_hash: str) -> bool:
    """Returns whether the last word on exactly this plan is that it may not run."""
    words = [r.approved for r in _on_plans(history, phase) if r.plan_hash == plan_hash]
    return bool(words) and not words[-1]


def _on_plans(history: History, phase: str) -> list[Receipt]:
    """Returns the answers to plans of a phase."""
    given = (r for r in history.receipts if r.kind is Kind.APPROVAL and r.is_of(phase))
    return [receipt for receipt in given if receipt.plan_hash]


def _uses_up(receipt: Receipt, approval: Receipt) -> bool:
    return receipt.succeeded and receipt.covers(approval.phase, approval.item)


def expired(receipt: Receipt, now: datetime) -> bool:
    """Returns whether an approval's time is over."""
    return receipt.expires is not None and receipt.expires <= now


def as_approval(receipt: Receipt) -> Approval:
    """Returns an approval's receipt as gates know it."""
    return Approval(
        loop=receipt.loop,
        phase=receipt.phase,
        item=receipt.item,
        gate=receipt.gate,
        approved=receipt.approved is True,
        who=receipt.who,
        at=receipt.ended,
        reason=receipt.reason,
        receipt=receipt.name,
    )


def record_mark(
    histories: Histories,
    loop_id: str,
    phase: str,
    status: str,
    *,
    who: str,
    reason: str,
    item: str | None = None,
    at: datetime | None = None,
    path: str = "",
    document_before: str = "",
    document_after: str = "",
    kind: Kind = Kind.MARK,
    result: Result | None = None,
    notes: tuple[str, ...] = (),
) -> Receipt:
    """Records a status that a person set, as made by hand; `at` is when it came true.

    Kinds `resolve`, `reopen` and `close` are recorded likewise; an empty `phase` is the loop.
    """
    event = _event(histories, kind, loop_id, who, reason, phase, item)
    return histories.append(
        replace(
            event,
            status=status,
            result=result,
            started=at or event.started,
            ended=at or event.ended,
            path=path,
            document_before=document_before,
            document_after=document_after,
            notes=notes,
        )
    )


def _event(
    histories: Histories,
    kind: Kind,
    loop_id: str,
    who: str,
    reason: str,
    phase: str,
    item: str | None,
) -> Receipt:
    now = histories.home.now()
    return Receipt(
        kind=kind,
        loop=loop_id,
        phase=phase,
        item=item,
        who=who,
        reason=reason,
        started=now,
        ended=now,
        lab=histories.home.lab_kind,
        run_id=new_id(),
    )


def _not_usable(
    approval: Receipt,
    plan_hash: str,
    used: frozenset[str],
    now: datetime,
    runner: str,
    four_eyes: bool,
) -> str:
    if not approval.approved:
        return f"they rejected it: {approval.reason}"
    if approval.plan_hash != plan_hash:
        return f"it is for plan {approval.plan_hash[:12]}, and the plan is now {plan_hash[:12]}"
    if approval.name in used:
        return "it was used already, and serves once"
    if expired(approval, now):
        return f"it was good until {approval.expires}"
    if four_eyes and approval.who == runner:
        return f"{runner} would run what {runner} approved; the settings ask for two people"
    return ""
