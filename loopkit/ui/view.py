"""The JSON result of each command: the contract that other programs rely on.

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
    CommandResult,
    CriterionVerdict,
    Explained,
    GoalCheck,
    Listing,
    LogEntry,
    Logged,
    LoopRow,
    Message,
    Planned,
    PlannedPhase,
    RanPhase,
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


def to_json(result: CommandResult) -> str:
    """Returns one JSON document, ASCII only, so that no text in it can reach a terminal raw."""
    return json.dumps({"schema_version": SCHEMA_VERSION, **view(result)}, indent=2)


def view(result: CommandResult) -> dict[str, Any]:
    """Returns a result as `kind` and its fields."""
    match result:
        case Listing():
            return _listing(result)
        case Shown():
            return {"kind": "loop", **loop_view(result.loop, result.runbooks, result.phase)}
        case Explained():
            return _explained(result)
        case Planned():
            return _plan(result)
        case Advanced():
            return _advanced(result)
        case Written():
            return _written(result)
        case Verified():
            return _verified(result)
        case Checked():
            files = [_checked(file) for file in result.files]
            return {"kind": "check", "fixed": list(result.fixed), "files": files}
        case Logged():
            entries = [_entry(entry) for entry in result.entries]
            return {"kind": "log", "loop": result.loop, "entries": entries}
        case CapabilityList():
            return _capabilities(result)
        case CapabilityRun():
            return _capability(result)
        case Message():
            return {"kind": result.kind, "lines": list(result.lines), **result.data}
        case _:
            assert_never(result)


def _listing(result: Listing) -> dict[str, Any]:
    others = {"count": len(result.no_plans), "paths": list(result.no_plans)}
    return {"kind": "loops", "loops": [_row(row) for row in result.rows], "no_plans": others}


def _row(row: LoopRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "path": row.path,
        "status": row.status,
        "done": row.done,
        "total": row.total,
        "unread": row.unread,
        "next": list(row.next),
        "waits_for": list(row.waits_for),
        "error": row.error or None,
    }


def _explained(result: Explained) -> dict[str, Any]:
    return {
        "kind": "why",
        **head(result.loop),
        "now": time_text(result.now),
        "notes": list(result.notes),
        "phases": [explained_view(phase) for phase in result.phases],
    }


def _plan(result: Planned) -> dict[str, Any]:
    return {
        "kind": "plan",
        **head(result.loop),
        "phases": [_planned(phase) for phase in result.phases],
        "waiting": [explained_view(phase) for phase in result.waiting],
        "non_goals": _goals(result.non_goals),
        "notes": list(result.notes),
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


def _advanced(result: Advanced) -> dict[str, Any]:
    return {
        "kind": "advance",
        **head(result.loop),
        "ran": [_ran(ran) for ran in result.ran],
        "waiting": [explained_view(phase) for phase in result.waiting],
        "declined": list(result.declined),
        "no_runbook": list(result.no_runbook),
        "recovered": list(result.recovered),
        "commit": result.commit or None,
        "next_command": result.next_command or None,
        "next_when": result.next_when or None,
    }


def _ran(ran: RanPhase) -> dict[str, Any]:
    return {
        **outcome_view(ran.outcome),
        "title": ran.title,
        "receipt": ran.receipt,
        "written": list(ran.written),
        "diff": ran.diff,
    }


def _written(result: Written) -> dict[str, Any]:
    return {
        "kind": "written",
        "loop": result.loop,
        "path": result.path,
        "what": result.what,
        "diff": result.diff,
        "receipt": result.receipt or None,
        "commit": result.commit or None,
        "next_command": result.next_command or None,
        "criteria": [_criterion(each) for each in result.verified.criteria]
        if result.verified
        else None,
        "non_goals": _goals(result.verified.non_goals) if result.verified else None,
    }


def _criterion(verdict: CriterionVerdict) -> dict[str, Any]:
    given = verdict.attested
    return {
        "text": verdict.criterion.text,
        "line": verdict.criterion.place.line,
        "verdict": verdict.answer.value,
        "how": verdict.how,
        "seen": verdict.seen,
        "host": verdict.host or None,
        "help": verdict.help or None,
        "waived": verdict.waived or None,
        "attested": {
            "who": given.who,
            "at": time_text(given.at),
            "reason": given.reason,
            "receipt": given.receipt,
        }
        if given
        else None,
    }


def _goals(checks: tuple[GoalCheck, ...]) -> list[dict[str, Any]]:
    return [
        {"text": each.goal.text, "line": each.goal.place.line, "checked": each.checked}
        for each in checks
    ]


def _verified(result: Verified) -> dict[str, Any]:
    return {
        "kind": "verify",
        **head(result.loop),
        "criteria": [_criterion(each) for each in result.criteria],
        "non_goals": _goals(result.non_goals),
        "phases": [outcome_view(outcome) for outcome in result.phases],
        "findings": [finding_view(finding) for finding in result.findings],
        "receipt": result.receipt or None,
    }


def _checked(file: CheckedFile) -> dict[str, Any]:
    lines = [
        {"line": each.line, "owner": each.owner or None, "of": each.of or None, "text": each.text}
        for each in file.lines
    ]
    found = [finding_view(finding) for finding in file.findings]
    return {"path": file.path, "findings": found, "lines": lines or None}


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


def _capabilities(result: CapabilityList) -> dict[str, Any]:
    rows = [{"name": r.name, "summary": r.summary, "where": r.where} for r in result.rows]
    return {"kind": "capabilities", "capabilities": rows}


def _capability(result: CapabilityRun) -> dict[str, Any]:
    return {
        "kind": "capability",
        "name": result.name,
        "ok": result.report.ok,
        "rows": [
            {"name": row.name, "state": row.state, "seen": row.text, "ok": row.ok}
            for row in result.report.rows
        ],
    }
