"""The JSON record of each command: the contract that other programs rely on.

Fields are only ever added. Taking one away, or changing its type, means a new SCHEMA_VERSION.
"""

from __future__ import annotations

import json
from typing import Any, assert_never

from loopkit.commands.results import (
    Advanced,
    CapabilityList,
    CapabilityRun,
    Checked,
    CheckedFile,
    Explained,
    Listing,
    LogEntry,
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
from loopkit.ui.view_loop import (
    explained_view,
    finding_view,
    head,
    loop_view,
    outcome_view,
    time_text,
)

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
            return _explained(record)
        case Planned():
            return _plan(record)
        case Advanced():
            return _advanced(record)
        case Written():
            return _written(record)
        case Verified():
            return _verified(record)
        case Checked():
            files = [_checked(file) for file in record.files]
            return {"kind": "check", "fixed": list(record.fixed), "files": files}
        case Logged():
            entries = [_entry(entry) for entry in record.entries]
            return {"kind": "log", "loop": record.loop, "entries": entries}
        case CapabilityList():
            return _capabilities(record)
        case CapabilityRun():
            return _capability(record)
        case Message():
            return {"kind": record.kind, "lines": list(record.lines), **record.data}
        case _:
            assert_never(record)


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


def _explained(record: Explained) -> dict[str, Any]:
    return {
        "kind": "why",
        **head(record.loop),
        "now": time_text(record.now),
        "notes": list(record.notes),
        "phases": [explained_view(phase) for phase in record.phases],
    }


def _plan(record: Planned) -> dict[str, Any]:
    return {
        "kind": "plan",
        **head(record.loop),
        "phases": [_planned(phase) for phase in record.phases],
        "waiting": [explained_view(phase) for phase in record.waiting],
        "notes": list(record.notes),
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
        **head(record.loop),
        "ran": [_ran(ran) for ran in record.ran],
        "waiting": [explained_view(phase) for phase in record.waiting],
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


def _written(record: Written) -> dict[str, Any]:
    return {
        "kind": "written",
        "loop": record.loop,
        "path": record.path,
        "what": record.what,
        "diff": record.diff,
        "receipt": record.receipt or None,
        "commit": record.commit or None,
        "next_command": record.next_command or None,
    }


def _verified(record: Verified) -> dict[str, Any]:
    return {
        "kind": "verify",
        **head(record.loop),
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
        "findings": [finding_view(finding) for finding in record.findings],
        "receipt": record.receipt or None,
    }


def _checked(file: CheckedFile) -> dict[str, Any]:
    return {"path": file.path, "findings": [finding_view(f) for f in file.findings]}


def _entry(entry: LogEntry) -> dict[str, Any]:
    return {
        "at": time_text(entry.at),
        "kind": entry.kind,
        "phase": entry.phase,
        "item": entry.item,
        "result": entry.result,
        "who": entry.who,
        "what": entry.what,
        "receipt": entry.receipt,
        "lab": entry.lab or None,
    }


def _capabilities(record: CapabilityList) -> dict[str, Any]:
    rows = [{"name": r.name, "summary": r.summary, "where": r.where} for r in record.rows]
    return {"kind": "capabilities", "capabilities": rows}


def _capability(record: CapabilityRun) -> dict[str, Any]:
    return {
        "kind": "capability",
        "name": record.name,
        "ok": record.report.ok,
        "rows": [
            {"name": row.name, "state": row.state, "seen": row.text, "ok": row.ok}
            for row in record.report.rows
        ],
    }
