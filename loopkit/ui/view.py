"""The JSON record of each command: the contract that other programs rely on.

Fields are only ever added. Taking one away, or changing its type, means a new SCHEMA_VERSION.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, assert_never

from loopkit.commands.records import (
    Advanced,
    CapabilityList,
    CapabilityRun,
    Checked,
    Explained,
    Listing,
    Logged,
    LoopRow,
    Message,
    Planned,
    PlannedPhase,
    RanPhase,
    Record,
    Shown,
    Verified,
    Written,
)
from loopkit.loop.model import (
    Finding,
    Gate,
    Item,
    Loop,
    LoopClosed,
    LoopReached,
    Manual,
    Phase,
    PhaseDone,
    PhaseOutcome,
    StepOutcome,
    TimePassed,
    Verdict,
)
from loopkit.loop.plan import PhasePlan

SCHEMA_VERSION = 1


def to_json(record: Record) -> str:
    """Returns one JSON document, ASCII only, so that no text in it can reach a terminal raw."""
    return json.dumps({"schema_version": SCHEMA_VERSION, **view(record)}, indent=2)


def view(record: Record) -> dict[str, Any]:
    """Returns a record as `kind` and its fields."""
    match record:
        case Listing():
            return {"kind": "loops", "loops": [_row(row) for row in record.rows]}
        case Shown():
            return {"kind": "loop", **loop_view(record.loop, record.runbooks, record.phase)}
        case Explained():
            return {
                "kind": "why",
                **_head(record.loop),
                "now": _time(record.now),
                "notes": list(record.notes),
                "phases": [_explained(phase) for phase in record.phases],
            }
        case Planned():
            return {
                "kind": "plan",
                **_head(record.loop),
                "phases": [_planned(phase) for phase in record.phases],
                "waiting": [_explained(phase) for phase in record.waiting],
            }
        case Advanced():
            return _advanced(record)
        case Written():
            return {
                "kind": "written",
                "loop": record.loop,
                "path": record.path,
                "what": record.what,
                "diff": record.diff,
                "receipt": record.receipt,
                "commit": record.commit or None,
                "next_command": record.next_command or None,
            }
        case Verified():
            return _verified(record)
        case Checked():
            return {
                "kind": "check",
                "fixed": list(record.fixed),
                "files": [
                    {"path": file.path, "findings": [_finding(f) for f in file.findings]}
                    for file in record.files
                ],
            }
        case Logged():
            return {
                "kind": "log",
                "loop": record.loop,
                "entries": [
                    {
                        "at": _time(entry.at),
                        "kind": entry.kind,
                        "phase": entry.phase,
                        "item": entry.item,
                        "result": entry.result,
                        "who": entry.who,
                        "what": entry.what,
                        "receipt": entry.receipt,
                        "lab": entry.lab or None,
                    }
                    for entry in record.entries
                ],
            }
        case CapabilityList():
            return {
                "kind": "capabilities",
                "capabilities": [
                    {"name": row.name, "summary": row.summary, "where": row.where}
                    for row in record.rows
                ],
            }
        case CapabilityRun():
            return {
                "kind": "capability",
                "name": record.name,
                "ok": record.report.ok,
                "rows": [
                    {"name": row.name, "state": row.state, "seen": row.text, "ok": row.ok}
                    for row in record.report.rows
                ],
            }
        case Message():
            return {"kind": record.kind, "lines": list(record.lines), **record.data}
        case _:
            assert_never(record)


def loop_view(loop: Loop, runbooks: Mapping[str, str], only: Phase | None) -> dict[str, Any]:
    """Returns a loop as json.md gives it; `runbooks` maps phase ids to `module:function`."""
    phases = loop.phases if only is None else (only,)
    return {
        **_head(loop),
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
            {"text": c.text, "validation": c.validation, "line": c.place.line}
            for c in loop.criteria
        ],
        "non_goals": [{"text": g.text, "line": g.place.line} for g in loop.non_goals],
        "thresholds": [
            {"name": t.name, "seconds": t.limit.total_seconds(), "line": t.place.line}
            for t in loop.thresholds
        ],
        "findings": [_finding(finding) for finding in loop.findings],
    }


def _head(loop: Loop) -> dict[str, Any]:
    return {"id": loop.id, "path": loop.path}


def _row(row: LoopRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "path": row.path,
        "status": row.status,
        "done": row.done,
        "total": row.total,
        "next": list(row.next),
        "waits_for": list(row.waits_for),
        "error": row.error or None,
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
    return {
        "key": item.key,
        "line": item.place.line,
        "status": item.status.value,
        "status_text": item.status_text,
        "gates": [gate_view(gate) for gate in item.gates],
    }


def gate_view(gate: Gate) -> dict[str, Any]:
    """Returns a gate with its kind, text and line, and what is special to its kind."""
    head = {"text": gate.text, "line": gate.place.line}
    match gate:
        case PhaseDone():
            return {"kind": "phase", **head, "phase": gate.phase}
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
                "until": _time(gate.until),
            }
        case Manual():
            return {"kind": "manual", **head}
        case _:
            assert_never(gate)


def _verdict(verdict: Verdict) -> dict[str, Any]:
    return {
        **gate_view(verdict.gate),
        "verdict": verdict.answer.value,
        "seen": verdict.seen,
        "reason": verdict.reason,
        "where": verdict.where or None,
        "opens_at": _time(verdict.opens_at),
        "help": verdict.help or None,
    }


def _explained(phase: PhasePlan) -> dict[str, Any]:
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


def _planned(phase: PlannedPhase) -> dict[str, Any]:
    return {
        "phase": phase.phase,
        "item": phase.item,
        "title": phase.title,
        "runbook": phase.runbook or None,
        "hosts": list(phase.hosts),
        "steps": [
            {"name": s.name, "host": s.host, "changes": s.changes, "seen": s.probed or None}
            for s in phase.steps
        ],
        "diff": phase.diff,
        "hash": phase.hash,
        "note": phase.note or None,
    }


def _advanced(record: Advanced) -> dict[str, Any]:
    return {
        "kind": "advance",
        **_head(record.loop),
        "ran": [_ran(ran) for ran in record.ran],
        "waiting": [_explained(phase) for phase in record.waiting],
        "declined": list(record.declined),
        "no_runbook": list(record.no_runbook),
        "recovered": list(record.recovered),
        "commit": record.commit or None,
        "next_command": record.next_command or None,
        "next_when": record.next_when or None,
    }


def _ran(ran: RanPhase) -> dict[str, Any]:
    return {
        **outcome_view(ran.outcome),
        "title": ran.title,
        "receipt": ran.receipt,
        "written": list(ran.written),
        "diff": ran.diff,
    }


def outcome_view(outcome: PhaseOutcome) -> dict[str, Any]:
    """Returns how a phase ended, step by step."""
    return {
        "phase": outcome.phase,
        "item": outcome.item,
        "result": outcome.result.value,
        "run_id": outcome.run_id,
        "lab": outcome.lab or None,
        "started": _time(outcome.started),
        "ended": _time(outcome.ended),
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


def _verified(record: Verified) -> dict[str, Any]:
    return {
        "kind": "verify",
        **_head(record.loop),
        "criteria": [
            {
                "text": v.criterion.text,
                "line": v.criterion.place.line,
                "verdict": v.answer.value,
                "seen": v.seen,
                "host": v.host or None,
                "help": v.help or None,
                "waived": v.waived or None,
            }
            for v in record.criteria
        ],
        "phases": [outcome_view(outcome) for outcome in record.phases],
        "findings": [_finding(finding) for finding in record.findings],
        "receipt": record.receipt or None,
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "line": finding.line,
        "column": finding.column,
        "code": finding.code,
        "severity": finding.severity,
        "message": finding.message,
        "mend": finding.mend or None,
    }


def _time(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat(timespec="seconds")
