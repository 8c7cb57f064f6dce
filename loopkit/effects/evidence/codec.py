"""Receipts as JSON: schema version 1, sorted, readable in a diff, sealed by a hash."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, assert_never

from loopkit.effects.evidence.receipt import (
    SCHEMA_VERSION,
    Command,
    Kind,
    Link,
    Output,
    Receipt,
    StepRecord,
    VerdictRecord,
)
from loopkit.loop.outcome import (
    Block,
    CellUpdate,
    ListBlock,
    Result,
    StepOutcome,
    TableBlock,
    TextBlock,
)


def to_bytes(receipt: Receipt) -> bytes:
    """Returns the bytes of a receipt's file.

    Only ASCII is written: what a host printed cannot move a terminal's cursor from here.
    """
    record = receipt_to_json(receipt)
    sealed = record | {"seal": _seal(record)}
    return (json.dumps(sealed, indent=2, sort_keys=True) + "\n").encode("ascii")


def from_bytes(raw: bytes) -> Receipt:
    """Reads a receipt's file; the seal is not checked here (see `is_sealed`).

    Raises:
        ValueError, KeyError, TypeError, AttributeError: it is no receipt of a version known here.
    """
    record = json.loads(raw)
    if record["schema_version"] != SCHEMA_VERSION:
        raise ValueError(f"schema_version {record['schema_version']!r} is not {SCHEMA_VERSION}")
    return receipt_from_json(record)


def is_sealed(raw: bytes) -> bool:
    """Returns whether a receipt's content is what was sealed when it was written."""
    record = json.loads(raw)
    seal = record.pop("seal", None)
    return bool(seal == _seal(record))


def blocks_to_json(block: Block) -> dict[str, Any]:
    """Returns a block of evidence as JSON, told apart by `block`."""
    match block:
        case TableBlock():
            return {"block": "table"} | asdict(block)
        case ListBlock():
            return {"block": "list"} | asdict(block)
        case TextBlock():
            return {"block": "text"} | asdict(block)
        case _:
            assert_never(block)


def outcome_to_json(step: StepOutcome) -> dict[str, Any]:
    """Returns a step's outcome as JSON, evidence and facts with it."""
    return {
        "name": step.name,
        "host": step.host,
        "result": str(step.result),
        "seen": step.seen,
        "reason": step.reason,
        "help": step.help,
        "seconds": round(step.seconds, 3),
        "sent": step.sent,
        "facts": dict(step.facts),
        "blocks": [blocks_to_json(block) for block in step.blocks],
        "updates": [asdict(update) for update in step.updates],
    }


def outcome_from_json(record: Mapping[str, Any]) -> StepOutcome:
    """Reads what `outcome_to_json` wrote."""
    return StepOutcome(
        name=record["name"],
        host=record["host"],
        result=Result(record["result"]),
        seen=record["seen"],
        reason=record["reason"],
        help=record["help"],
        seconds=record["seconds"],
        sent=record["sent"],
        facts=record["facts"],
        blocks=tuple(_block(block) for block in record["blocks"]),
        updates=tuple(CellUpdate(**update) for update in record["updates"]),
    )


def command_to_json(command: Command) -> dict[str, Any]:
    """Returns a command as JSON."""
    return asdict(command) | {"argv": list(command.argv), "seconds": round(command.seconds, 3)}


def command_from_json(record: Mapping[str, Any]) -> Command:
    """Reads what `command_to_json` wrote."""
    return Command(
        host=record["host"],
        argv=tuple(record["argv"]),
        changing=record["changing"],
        exited=record["exited"],
        stdout=_output(record["stdout"]),
        stderr=_output(record["stderr"]),
        seconds=record["seconds"],
    )


def time_to_json(at: datetime) -> str:
    """Returns a time in UTC, to the millisecond."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


_TEXTS = (
    "loop",
    "who",
    "phase",
    "status",
    "reason",
    "gate",
    "lab",
    "run_id",
    "path",
    "document_before",
    "document_after",
    "plan_hash",
    "runbook",
    "runbook_sha256",
)


# Written only where they say something, so that receipts from before they existed read alike.
_LATER_TEXTS = ("criterion",)


def receipt_to_json(receipt: Receipt) -> dict[str, Any]:
    """Returns a receipt's content as JSON, not sealed."""
    later = {name: text for name in _LATER_TEXTS if (text := getattr(receipt, name))}
    return (
        {name: getattr(receipt, name) for name in _TEXTS}
        | later
        | {
            "schema_version": SCHEMA_VERSION,
            "kind": str(receipt.kind),
            "item": receipt.item,
            "result": receipt.result and str(receipt.result),
            "exit_code": receipt.exit_code,
            "approved": receipt.approved,
            "started": time_to_json(receipt.started),
            "ended": time_to_json(receipt.ended),
            "expires": receipt.expires and time_to_json(receipt.expires),
            "steps": [_step_to_json(step) for step in receipt.steps],
            "verdicts": [asdict(verdict) for verdict in receipt.verdicts],
            "uses": list(receipt.uses),
            "notes": list(receipt.notes),
            "previous": [asdict(link) for link in receipt.previous],
        }
    )


def _step_to_json(step: StepRecord) -> dict[str, Any]:
    commands = [command_to_json(command) for command in step.commands]
    return outcome_to_json(step.outcome) | {"commands": commands}


def receipt_from_json(record: Mapping[str, Any]) -> Receipt:
    """Reads what `receipt_to_json` wrote."""
    texts: dict[str, Any] = {name: record[name] for name in _TEXTS}
    texts |= {name: record.get(name, "") for name in _LATER_TEXTS}
    return Receipt(
        **texts,
        kind=Kind(record["kind"]),
        item=record["item"],
        result=Result(record["result"]) if record["result"] else None,
        exit_code=record["exit_code"],
        approved=record["approved"],
        started=_time(record["started"]),
        ended=_time(record["ended"]),
        expires=_time(record["expires"]) if record["expires"] else None,
        steps=tuple(_step_from_json(step) for step in record["steps"]),
        verdicts=tuple(VerdictRecord(**verdict) for verdict in record["verdicts"]),
        uses=tuple(record["uses"]),
        notes=tuple(record["notes"]),
        previous=tuple(Link(**link) for link in record["previous"]),
    )


def _step_from_json(record: Mapping[str, Any]) -> StepRecord:
    commands = tuple(command_from_json(command) for command in record["commands"])
    return StepRecord(outcome_from_json(record), commands)


def _block(record: Mapping[str, Any]) -> Block:
    match record["block"]:
        case "table":
            rows = tuple(tuple(row) for row in record["rows"])
            return TableBlock(record["title"], tuple(record["columns"]), rows)
        case "list":
            return ListBlock(record["title"], tuple(record["items"]))
        case "text":
            return TextBlock(record["text"])
        case other:
            raise ValueError(f"no block is called {other!r}")


def _output(record: Mapping[str, Any] | None) -> Output | None:
    return Output(**record) if record else None


def _time(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError(f"{text!r} has no zone")
    return at


def _seal(record: Mapping[str, Any]) -> str:
    plain = json.dumps(record, sort_keys=True, separators=(",", ":"))
    return sha256(plain.encode("ascii")).hexdigest()
