"""Snapshot -> Verdicts: whether a gate is met, not met or unknown, with what was seen and why.

Unknown never advances: a loop that is missing, ambiguous or unreadable, a phase whose status
nothing states, a time that nobody recorded.
"""

from __future__ import annotations

from dataclasses import replace
from shlex import quote
from typing import assert_never

from loopkit.loop.clock import time_passed
from loopkit.loop.index import Found, Order, find_loop, index_of
from loopkit.loop.machine import nothing_stated
from loopkit.loop.model import (
    AnyDone,
    Gate,
    InOrder,
    Item,
    Loop,
    LoopClosed,
    LoopReached,
    LoopStatus,
    Manual,
    Phase,
    PhaseDone,
    PhaseStatus,
    TimePassed,
    Unresolved,
)
from loopkit.loop.outcome import target_name
from loopkit.loop.snapshot import Answer, Snapshot, Verdict
from loopkit.loop.unread import doubted, is_torn, left_unread, unread_phases


def phase_verdicts(loop: Loop, phase: Phase, snapshot: Snapshot) -> tuple[Verdict, ...]:
    """Returns the verdict on each gate of a phase: the header's, its own, what order implies."""
    gates = (*loop.header_gates, *phase.gates, *order_gates(loop, phase, snapshot))
    return tuple(decide(gate, loop, phase, snapshot) for gate in gates)


def order_gates(loop: Loop, phase: Phase, snapshot: Snapshot) -> tuple[InOrder, ...]:
    """Returns the gate that the order of the document implies, none where it implies none."""
    if snapshot.any_order or not loop.in_order:
        return ()
    return index_of(snapshot).order(loop).implied(phase)


def item_verdicts(loop: Loop, phase: Phase, item: Item, snapshot: Snapshot) -> tuple[Verdict, ...]:
    """Returns the verdict on each gate of an item itself; the phase's gates hold beside them."""
    return tuple(decide(gate, loop, phase, snapshot, item) for gate in item.gates)


def decide(
    gate: Gate, loop: Loop, phase: Phase, snapshot: Snapshot, item: Item | None = None
) -> Verdict:
    """Returns the verdict on one gate of a phase, or of an item of it."""
    match gate:
        case PhaseDone():
            return _done(gate, gate.phase, loop, snapshot)
        case AnyDone():
            return _any_done(gate, loop, snapshot)
        case InOrder():
            return _in_order(gate, loop, phase, snapshot)
        case LoopClosed():
            return _loop_closed(gate, snapshot)
        case LoopReached():
            return _loop_reached(gate, snapshot)
        case TimePassed():
            return time_passed(gate, loop, phase, item, snapshot)
        case Manual():
            return _manual(gate, loop, phase, item, snapshot)
        case Unresolved():
            return _unresolved(gate, loop)
        case _:
            assert_never(gate)


# ── Another phase of the same loop ──────────────────────────────────────────


def _any_done(gate: AnyDone, loop: Loop, snapshot: Snapshot) -> Verdict:
    """Decides by the phase that says most: one that is done, else one that is not known."""
    verdicts = [_done(gate, id, loop, snapshot) for id in gate.phases]
    rank = [Answer.MET, Answer.UNKNOWN, Answer.NOT_MET]
    best = min(verdicts, key=lambda verdict: rank.index(verdict.answer))
    if best.answer is Answer.MET:
        return best
    others = "; ".join(dict.fromkeys(verdict.reason for verdict in verdicts))
    return replace(best, seen=", ".join(v.seen for v in verdicts), reason=others)


def _done(gate: PhaseDone | AnyDone, id: str, loop: Loop, snapshot: Snapshot) -> Verdict:
    same = index_of(snapshot).phases(loop).get(id.casefold(), ())
    if not same:
        return Verdict(
            gate,
            Answer.UNKNOWN,
            seen="nothing",
            reason=f"{loop.id} has no phase {id}",
            help=f"loop check {quote(loop.path)}",
            where=f"{loop.path}:{gate.place.line}",
        )
    if len({phase.status for phase in same}) > 1:
        return _contradiction(gate, loop, same)
    return _one_phase(gate, loop, same[0], snapshot)


def _one_phase(
    gate: PhaseDone | AnyDone | InOrder, loop: Loop, phase: Phase, snapshot: Snapshot
) -> Verdict:
    where = f"{loop.path}:{phase.place.line}"
    seen = f"{phase.id} {_said(phase)}"
    show = f"loop show {quote(loop.id)} {quote(phase.id)}"
    match phase.status:
        case PhaseStatus.DONE if (loop.id, phase.id) in snapshot.lab_only:
            reason = _in_lab_only(loop, phase, snapshot)
            return Verdict(gate, Answer.NOT_MET, seen, reason, help=show, where=where)
        case PhaseStatus.DONE:
            return Verdict(gate, Answer.MET, seen, f"{phase.id} is done", where=where)
        case PhaseStatus.SKIPPED:
            # Skipping is a person's decision not to do it: nobody will wait for it any more.
            reason = f"{phase.id} was skipped, so there is nothing to wait for"
            return Verdict(gate, Answer.MET, seen, reason, where=where)
        case PhaseStatus.UNKNOWN:
            reason = f"the status of {phase.id} is not known: {_why_unknown(phase)}"
            return Verdict(gate, Answer.UNKNOWN, seen, reason, help=show, where=where)
        case _:
            reason = f"{phase.id} is not done"
            help = f"loop why {quote(loop.id)} {quote(phase.id)}"
            return Verdict(gate, Answer.NOT_MET, seen, reason, help=help, where=where)


def _contradiction(gate: Gate, loop: Loop, same: tuple[Phase, ...]) -> Verdict:
    lines = ", ".join(f"{p.status} in line {p.place.line}" for p in same)
    return Verdict(
        gate,
        Answer.UNKNOWN,
        seen=f"{same[0].id} {lines}",
        reason=f"{loop.id} has {len(same)} phases {same[0].id} that say different things",
        help=f"loop check {quote(loop.path)}",
        where=f"{loop.path}:{same[0].place.line}",
    )


# ── The order of the document ───────────────────────────────────────────────


def _in_order(gate: InOrder, loop: Loop, phase: Phase, snapshot: Snapshot) -> Verdict:
    """Decides by the first phase before this one that is not settled, else by the last of them."""
    verdict = _one_phase(gate, loop, _first_open(loop, phase, snapshot), snapshot)
    if verdict.answer is Answer.MET:
        verdict = doubted(verdict, loop, unread_phases(loop, before=phase))
    if verdict.answer is Answer.MET:
        return verdict
    given = _manual(gate, loop, phase, None, snapshot)
    if given.answer is Answer.MET:
        return given
    why = "no phase states what it waits for, so their order counts (loop approve opens it)"
    return replace(verdict, reason=f"{verdict.reason}; {why}")


def _first_open(loop: Loop, phase: Phase, snapshot: Snapshot) -> Phase:
    order = index_of(snapshot).order(loop)
    at = order.at(phase)
    if order.first_unsettled < at:
        return order.phases[order.first_unsettled]
    # Nobody waits before a phase that is settled itself, so only the others ask the receipts.
    asked = () if phase.status.is_settled else order.phases[:at]
    in_lab = (p for p in asked if (loop.id, p.id) in snapshot.lab_only)
    return next(in_lab, order.phases[at - 1])


# ── Another loop ────────────────────────────────────────────────────────────


def _loop_closed(gate: LoopClosed, snapshot: Snapshot) -> Verdict:
    found = find_loop(gate.loop, index_of(snapshot), snapshot.unreadable)
    if found.loop is None:
        return _not_found(gate, found)
    other = found.loop
    line = other.status_place.line if other.status_place else 1
    answer, reason = _closed(other, snapshot)
    verdict = Verdict(
        gate,
        answer,
        seen=f"{other.id} {other.status_text or 'states no status'}",
        reason=reason,
        help="" if answer is Answer.MET else f"loop show {quote(other.id)}",
        where=f"{other.path}:{line}",
    )
    verdict = doubted(verdict, other, left_unread(other))
    return _on_evidence(verdict, other, snapshot)


def _closed(other: Loop, snapshot: Snapshot) -> tuple[Answer, str]:
    if any(finding.code == "header-conflict" for finding in other.findings):
        return Answer.UNKNOWN, f"the headers of {other.id} disagree about its status"
    match other.status:
        case LoopStatus.CLOSED if (other.id, "") in snapshot.lab_only:
            return Answer.NOT_MET, f"{other.id} was closed in a lab only, which opens no real gate"
        case LoopStatus.CLOSED:
            return Answer.MET, f"{other.id} is closed"
        case LoopStatus.DEFERRED | LoopStatus.SUPERSEDED:
            return Answer.NOT_MET, f"{other.id} is {other.status}, which is not closed"
        case LoopStatus.UNKNOWN:
            return Answer.UNKNOWN, f"the header of {other.id} states no status that is known"
        case _:
            return Answer.NOT_MET, f"{other.id} is not closed"


def _loop_reached(gate: LoopReached, snapshot: Snapshot) -> Verdict:
    found = find_loop(gate.loop, index_of(snapshot), snapshot.unreadable)
    if found.loop is None:
        return _not_found(gate, found)
    same = index_of(snapshot).phases(found.loop).get(gate.phase.casefold(), ())
    if not same:
        return Verdict(
            gate,
            Answer.UNKNOWN,
            seen="nothing",
            reason=f"{found.loop.id} has no phase {gate.phase}",
            help=f"loop show {quote(found.loop.id)}",
            where=f"{found.loop.path}:1",
        )
    if len({phase.status for phase in same}) > 1:
        return _contradiction(gate, found.loop, same)
    verdict = _reached(gate, found.loop, same[0], snapshot)
    if is_torn(found.loop) or (gate.or_later and verdict.answer is Answer.NOT_MET):
        verdict = doubted(verdict, found.loop, unread_phases(found.loop))
    return _on_evidence(verdict, found.loop, snapshot)


def _on_evidence(verdict: Verdict, other: Loop, snapshot: Snapshot) -> Verdict:
    """Keeps a gate shut while a receipt of the other loop is damaged: it may say otherwise."""
    why = snapshot.damaged.get(other.id, "") if verdict.answer is Answer.MET else ""
    if not why:
        return verdict
    help = f"loop check --evidence {quote(other.path)}"
    reason = f"{verdict.reason}, says the document; {why}"
    return replace(verdict, answer=Answer.UNKNOWN, reason=reason, help=help)


def _reached(gate: LoopReached, other: Loop, wanted: Phase, snapshot: Snapshot) -> Verdict:
    """Decides by the wanted phase and those after it: later in the order of the document."""
    order = index_of(snapshot).order(other) if gate.or_later else Order((wanted,))
    at = order.at(wanted)
    all_done = order.of_status_from(PhaseStatus.DONE, at)
    done = next((p for p in all_done if (other.id, p.id) not in snapshot.lab_only), None)
    silent = next(order.of_status_from(PhaseStatus.UNKNOWN, at), None)
    in_lab = next(order.of_status_from(PhaseStatus.DONE, at), None)
    seen = done or silent or in_lab or wanted
    help = f"loop show {quote(other.id)} {quote(seen.id)}"
    later = ", or a later phase," if gate.or_later else ""
    if done:
        answer, reason, help = Answer.MET, f"{done.id} of {other.id} is done", ""
    elif silent:
        reason = f"the status of {silent.id} of {other.id} is not known: {_why_unknown(silent)}"
        answer = Answer.UNKNOWN
    elif in_lab:
        reason = _in_lab_only(other, seen, snapshot, f" of {other.id}")
        answer = Answer.NOT_MET
    else:
        answer, reason = Answer.NOT_MET, f"{wanted.id}{later} of {other.id} is not done"
    where = f"{other.path}:{seen.place.line}"
    return Verdict(gate, answer, f"{seen.id} {_said(seen)}", reason, help=help, where=where)


def _not_found(gate: LoopClosed | LoopReached, found: Found) -> Verdict:
    return Verdict(
        gate, Answer.UNKNOWN, found.seen, found.reason, help=found.help, where=found.where
    )


# ── A person ────────────────────────────────────────────────────────────────


def _manual(
    gate: Manual | InOrder, loop: Loop, phase: Phase, item: Item | None, snapshot: Snapshot
) -> Verdict:
    answers = [a for a in snapshot.approvals if a.answers(gate, loop, phase, item)]
    where = f"{loop.path}:{gate.place.line}"
    if not answers:
        return Verdict(
            gate,
            Answer.NOT_MET,
            seen="no approval",
            reason="only a person opens this gate",
            help=_approve(gate, loop, phase, item),
            where=where,
        )
    last = max(answers, key=lambda a: a.at)
    on = last.at.astimezone(snapshot.now.tzinfo)
    said = "approved" if last.approved else "rejected"
    return Verdict(
        gate,
        Answer.MET if last.approved else Answer.NOT_MET,
        seen=f"{said} by {last.who}, {on:%Y-%m-%d %H:%M %Z}",
        reason=last.reason or f"{said} without a reason",
        help="" if last.approved else _approve(gate, loop, phase, item),
        where=last.receipt or where,
    )


def _approve(gate: Manual | InOrder, loop: Loop, phase: Phase, item: Item | None) -> str:
    of_item = f" --item {quote(item.key)}" if item else ""
    names = f"{quote(loop.id)} {quote(phase.id)}{of_item}"
    return f"loop approve {names} --reason {quote(gate.text)}"


# ── What nothing answers to ─────────────────────────────────────────────────


def _unresolved(gate: Unresolved, loop: Loop) -> Verdict:
    return Verdict(
        gate,
        Answer.UNKNOWN,
        seen=f"{gate.text!r}",
        reason=f"what it waits for cannot be told: {gate.why}",
        help=f"loop check {quote(loop.path)}",
        where=f"{loop.path}:{gate.place.line}",
    )


# ── Words ───────────────────────────────────────────────────────────────────


def _in_lab_only(loop: Loop, phase: Phase, snapshot: Snapshot, of_loop: str = "") -> str:
    items = snapshot.lab_only[loop.id, phase.id]
    name = target_name(phase.id, ", ".join(items)) + of_loop
    were = "were" if len(items) > 1 else "was"
    return f"{name} {were} done in a lab only, which opens no real gate"


def _said(phase: Phase) -> str:
    return phase.status_text or "states no status"


def _why_unknown(phase: Phase) -> str:
    if nothing_stated(phase.status_text):
        return "nothing is stated"
    return f"it says {phase.status_text!r}"
