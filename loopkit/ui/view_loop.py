"""The JSON of a loop: phases, gates, verdicts, outcomes, findings."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, assert_never

from loopkit.loop.machine import nothing_stated
from loopkit.loop.model import (
    AnyDone,
    Finding,
    Gate,
    InOrder,
    Item,
    Loop,
    LoopClosed,
    LoopReached,
    Manual,
    Phase,
    PhaseDone,
    PhaseStatus,
    TimePassed,
    Unread,
    Unresolved,
)
from loopkit.loop.outcome import PhaseOutcome, StepOutcome
from loopkit.loop.plan import PhasePlan
from loopkit.loop.snapshot import Verdict


def loop_view(loop: Loop, runbooks: Mapping[str, str], only: Phase | None) -> dict[str, Any]:
    """Returns a loop as json.md gives it; `runbooks` maps phase ids to `module:function`."""
    phases = loop.phases if only is None else (only,)
    return {
        **head(loop),
        "title": loop.title,
        "status": loop.status.value,
        "status_text": loop.status_text,
        "owner": loop.owner,
        "severity": loop.severity,
        "created": loop.created,
        "closed": loop.closed,
        "blocked_by": [gate.loop for gate in loop.blocked_by],
        "phases": [{**_phase(phase), "runbook": runbooks.get(phase.id)} for phase in phases],
        "criteria": [
            {
                "text": c.text,
                "validation": c.validation,
                "line": c.place.line,
                "ticked": c.ticked,
            }
            for c in loop.criteria
        ],
        "non_goals": [{"text": g.text, "line": g.place.line} for g in loop.non_goals],
        "thresholds": [
            {"name": t.name, "seconds": t.limit.total_seconds(), "line": t.place.line}
            for t in loop.thresholds
        ],
        "unread": [unread_view(each) for each in loop.unread],
        "findings": [finding_view(finding) for finding in loop.findings],
    }


def head(loop: Loop) -> dict[str, Any]:
    """Returns what names a loop in every record."""
    return {"id": loop.id, "path": loop.path}


def explained_view(phase: PhasePlan) -> dict[str, Any]:
    """Returns a phase with its state, and its gates with their verdicts."""
    return {
        **_phase(phase.phase),
        "state": phase.state.value,
        "ready": phase.ready,
        "look_first": phase.look_first,
        "gates": [_verdict(verdict) for verdict in phase.verdicts],
        "items": [
            {
                **_item(item),
                "ready": item in phase.items,
                "gates": [_verdict(v) for v in phase.item_verdicts.get(item.key, ())],
            }
            for item in phase.phase.items
        ],
        "notes": list(phase.notes),
    }


def outcome_view(outcome: PhaseOutcome) -> dict[str, Any]:
    """Returns how a phase ended, step by step."""
    return {
        "phase": outcome.phase,
        "item": outcome.item,
        "result": outcome.result.value,
        "run_id": outcome.run_id,
        "lab": outcome.lab or None,
        "started": time_text(outcome.started),
        "ended": time_text(outcome.ended),
        "steps": [_step(step) for step in outcome.steps],
    }


def _step(step: StepOutcome) -> dict[str, Any]:
    return {
        "name": step.name,
        "host": step.host,
        "result": step.result.value,
        "seen": step.seen,
        "reason": step.reason or None,
        "help": step.help or None,
        "seconds": round(step.seconds, 3),
        "facts": dict(step.facts),
    }


def _phase(phase: Phase) -> dict[str, Any]:
    return {
        "id": phase.id,
        "title": phase.title,
        "line": phase.place.line,
        "status": phase.status.value,
        "status_text": phase.status_text,
        "depends_on": list(phase.depends_on),
        "gates": [gate_view(gate) for gate in phase.gates],
        "items": [_item(item) for item in phase.items],
    }


def _item(item: Item) -> dict[str, Any]:
    # An entry of a checklist that says nothing has yet to be done.
    silent = item.status is PhaseStatus.UNKNOWN and nothing_stated(item.status_text)
    return {
        "key": item.key,
        "line": item.place.line,
        "status": PhaseStatus.PENDING.value if silent else item.status.value,
        "status_text": item.status_text,
        "gates": [gate_view(gate) for gate in item.gates],
    }


def gate_view(gate: Gate) -> dict[str, Any]:
    """Returns a gate with its kind, text and line, and what is special to its kind."""
    head = {"text": gate.text, "line": gate.place.line}
    match gate:
        case PhaseDone():
            return {"kind": "phase", **head, "phase": gate.phase}
        case AnyDone():
            return {"kind": "any", **head, "phases": list(gate.phases)}
        case InOrder():
            return {"kind": "order", **head, "phase": gate.phase, "implied": True}
        case LoopClosed():
            return {"kind": "loop", **head, "loop": gate.loop, "phase": None}
        case LoopReached():
            return {
                "kind": "loop",
                **head,
                "loop": gate.loop,
                "phase": gate.phase,
                "or_later": gate.or_later,
            }
        case TimePassed():
            return {
                "kind": "time",
                **head,
                "wait_seconds": gate.wait.total_seconds() if gate.wait else None,
                "until": time_text(gate.until),
            }
        case Manual():
            return {"kind": "manual", **head}
        case Unresolved():
            return {"kind": "unresolved", **head, "why": gate.why}
        case _:
            assert_never(gate)


def _verdict(verdict: Verdict) -> dict[str, Any]:
    return {
        **gate_view(verdict.gate),
        "verdict": verdict.answer.value,
        "seen": verdict.seen,
        "reason": verdict.reason,
        "where": verdict.where or None,
        "opens_at": time_text(verdict.opens_at),
        "help": verdict.help or None,
    }


def finding_view(finding: Finding) -> dict[str, Any]:
    """Returns a finding with its place and the line that mends it."""
    return {
        "line": finding.line,
        "column": finding.column,
        "code": finding.code,
        "severity": finding.severity,
        "message": finding.message,
        "mend": finding.mend or None,
    }


def unread_view(unread: Unread) -> dict[str, Any]:
    """Returns a passage that was not read: where it stands, what it says, what was looked for."""
    return {
        "line": unread.line,
        "last_line": unread.last_line,
        "kind": unread.kind.value,
        "text": unread.text,
        "why": unread.why,
        "is_work": unread.is_work,
    }


def time_text(at: datetime | None) -> str | None:
    """Returns a time as ISO 8601 with its zone, null where there is none."""
    return None if at is None else at.isoformat(timespec="seconds")
