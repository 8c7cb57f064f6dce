"""Reads the journal that a run left behind, also one that was killed or whose last line is torn."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from loopkit.effects.evidence.codec import outcome_from_json, receipt_from_json
from loopkit.effects.evidence.receipt import Command, Output
from loopkit.effects.evidence.trace import OUTSIDE, Trace
from loopkit.loop.outcome import Result


def read_journal(path: Path) -> Trace | None:
    """Reads a journal up to its first line that is not whole; None when it has no first line."""
    events = _whole_lines(path.read_bytes())
    begun = next(events, None)
    if begun is None or begun["event"] != "begin":
        return None
    return _replay(Trace(receipt_from_json(begun["receipt"])), events)


def _whole_lines(raw: bytes) -> Iterator[Mapping[str, Any]]:
    for line in raw.split(b"\n")[:-1]:
        try:
            event = json.loads(line)
        except ValueError:
            return
        if not isinstance(event, dict) or "event" not in event:
            return
        yield event


def _replay(trace: Trace, events: Iterable[Mapping[str, Any]]) -> Trace:
    open_steps = [OUTSIDE]
    for event in events:
        # Before steps had numbers they only nested, and an event was of the one begun last.
        step = event.get("step", open_steps[-1])
        match event["event"]:
            case "began":
                step = event.get("step", len(trace.steps) + 1)
                open_steps.append(step)
                trace.step_began(step, event["name"], event["host"])
            case "intent":
                command = Command(event["host"], tuple(event["argv"]), event["changing"])
                trace.sent(step, event["number"], command)
            case "replied":
                _reply(trace, event)
            case "ended":
                open_steps.remove(step)
                trace.step_ended(step, outcome_from_json(event["outcome"]))
            case "finished":
                trace.run_ended(
                    Result(event["result"]), event["exit_code"], event.get("document_after", "")
                )
    return trace


def _reply(trace: Trace, event: Mapping[str, Any]) -> None:
    trace.replied(
        event["number"],
        event["exited"],
        Output(**event["stdout"]),
        Output(**event["stderr"]),
        event["seconds"],
    )
