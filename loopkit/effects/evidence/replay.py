"""What a journal says of its run, also when the run was killed or the last line is torn."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from loopkit.effects.evidence.codec import outcome_from_json, receipt_from_json
from loopkit.effects.evidence.receipt import Command, Output, Receipt, StepRecord
from loopkit.loop.outcome import Result, StepOutcome


@dataclass(frozen=True, slots=True)
class OpenStep:
    """A step that began and of which no end is recorded."""

    name: str
    host: str
    commands: tuple[Command, ...] = ()


@dataclass(frozen=True, slots=True)
class Journal:
    """A run as its journal tells it; `result` is None when the run did not come to its end."""

    path: Path
    begun: Receipt
    steps: tuple[StepRecord, ...] = ()
    open_steps: tuple[OpenStep, ...] = ()
    result: Result | None = None
    exit_code: int = 0
    document_after: str = ""
    receipt_name: str = ""

    def receipt(self, ended: datetime) -> Receipt:
        """Returns the receipt of this run; what was under way when it stopped is unknown."""
        cut_short = tuple(StepRecord(_cut_short(step), step.commands) for step in self.open_steps)
        sent = any(record.outcome.sent for record in (*self.steps, *cut_short))
        return replace(
            self.begun,
            ended=max(ended, self.begun.started),
            steps=self.steps + cut_short,
            result=self.result or Result.UNKNOWN,
            exit_code=self.exit_code if self.result else (5 if sent else 4),
            document_after=self.document_after,
            reason="" if self.result else "the run was cut short, and recovered from its journal",
        )


def read_journal(path: Path) -> Journal | None:
    """Reads a journal up to its first line that is not whole; None when it has no first line."""
    events: list[dict[str, Any]] = []
    for line in path.read_bytes().split(b"\n")[:-1]:
        try:
            event = json.loads(line)
        except ValueError:
            break
        if not isinstance(event, dict) or "event" not in event:
            break
        events.append(event)
    return fold(path, events) if events and events[0]["event"] == "begin" else None


def fold(path: Path, events: Iterable[Mapping[str, Any]]) -> Journal:
    """Returns what the events of a run add up to."""
    story = _Story()
    for event in events:
        story.add(event)
    return Journal(
        path=path,
        begun=receipt_from_json(story.begun),
        steps=tuple(StepRecord(o, tuple(commands.values())) for o, commands in story.ended),
        open_steps=tuple(
            OpenStep(name, host, tuple(commands.values())) for name, host, commands in story.open
        ),
        result=Result(story.end["result"]) if story.end else None,
        exit_code=story.end.get("exit_code", 0),
        document_after=story.end.get("document_after", ""),
        receipt_name=story.receipt_name,
    )


@dataclass
class _Story:
    """The fold's state: steps nest, as an invariant is read within the step that changes."""

    begun: Mapping[str, Any] = field(default_factory=dict)
    open: list[tuple[str, str, dict[int, Command]]] = field(default_factory=list)
    ended: list[tuple[StepOutcome, dict[int, Command]]] = field(default_factory=list)
    end: Mapping[str, Any] = field(default_factory=dict)
    receipt_name: str = ""

    def add(self, event: Mapping[str, Any]) -> None:
        match event["event"]:
            case "begin":
                self.begun = event["receipt"]
            case "began":
                self.open.append((event["name"], event["host"], {}))
            case "intent":
                self._commands()[event["number"]] = _command(event)
            case "replied":
                self._reply(event)
            case "ended":
                _, _, commands = self.open.pop()
                self.ended.append((outcome_from_json(event["outcome"]), commands))
            case "finished":
                self.end = event
            case "receipt":
                self.receipt_name = event["name"]

    def _commands(self) -> dict[int, Command]:
        if not self.open:
            self.open.append(("outside any step", "", {}))
        return self.open[-1][2]

    def _reply(self, event: Mapping[str, Any]) -> None:
        number = event["number"]
        for _, _, commands in self.open:
            if number in commands:
                commands[number] = replace(
                    commands[number],
                    exited=event["exited"],
                    stdout=Output(**event["stdout"]),
                    stderr=Output(**event["stderr"]),
                    seconds=event["seconds"],
                )


def _command(event: Mapping[str, Any]) -> Command:
    return Command(event["host"], tuple(event["argv"]), event["changing"])


def _cut_short(step: OpenStep) -> StepOutcome:
    changes = [command for command in step.commands if command.changing]
    unanswered = [command for command in changes if command.exited is None]
    if unanswered:
        reason = (
            f"the run ended after this was sent and before its end was seen: {_line(unanswered)}"
        )
    elif changes:
        reason = f"the run ended before the step looked again after: {_line(changes)}"
    else:
        reason = "the run ended while this step only looked"
    return StepOutcome(
        name=step.name,
        host=step.host,
        result=Result.UNKNOWN,
        seen="the run was cut short",
        reason=reason,
        sent=bool(changes),
    )


def _line(commands: list[Command]) -> str:
    return f"{' '.join(commands[-1].argv)} on {commands[-1].host}"
