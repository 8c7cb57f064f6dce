"""What a run did so far: its steps by number, and the commands that each of them sent.

A running phase adds to it as it goes, and so does the reader of a journal that was left behind:
the receipt of a run is made of it either way.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime

from loopkit.effects.evidence.receipt import Command, Output, Receipt, StepRecord
from loopkit.loop.outcome import Result, StepOutcome

OUTSIDE = 0
"""The number that commands stand under which no step sent: a phase's function sent them."""


@dataclass
class StepTrace:
    """One step: `outcome` is None until it ended, `commands` are by their numbers."""

    name: str
    host: str
    commands: dict[int, Command] = field(default_factory=dict)
    outcome: StepOutcome | None = None

    @property
    def changes(self) -> list[Command]:
        """Returns the commands of it that may have changed a host."""
        return [command for command in self.commands.values() if command.changing]

    def record(self) -> StepRecord:
        """Returns the step as it stands in a receipt; it is unknown when it did not end."""
        return StepRecord(self.outcome or _cut_short(self), tuple(self.commands.values()))


@dataclass
class Trace:
    """A run; `result` is None while it did not come to its end."""

    begun: Receipt
    steps: dict[int, StepTrace] = field(default_factory=dict)
    ended: list[int] = field(default_factory=list)
    """The numbers of the steps that ended, in the order of their ends."""
    senders: dict[int, int] = field(default_factory=dict)
    """The number of the step that sent each command."""
    result: Result | None = None
    exit_code: int = 0
    document_after: str = ""

    # ── What happens ─────────────────────────────────────────────────────

    def step_began(self, number: int, name: str, host: str) -> None:
        """Adds a step."""
        self.steps[number] = StepTrace(name, host)

    def step_ended(self, number: int, outcome: StepOutcome) -> None:
        """Adds how a step came out."""
        self.steps[number].outcome = outcome
        self.ended.append(number)

    def sent(self, step: int, number: int, command: Command) -> None:
        """Adds a command of a step."""
        if step == OUTSIDE and OUTSIDE not in self.steps:
            self.step_began(OUTSIDE, "outside any step", "")
        self.steps[step].commands[number] = command
        self.senders[number] = step

    def replied(
        self, number: int, exited: int, stdout: Output, stderr: Output, seconds: float
    ) -> None:
        """Adds the end of a command."""
        commands = self.steps[self.senders[number]].commands
        commands[number] = replace(
            commands[number], exited=exited, stdout=stdout, stderr=stderr, seconds=seconds
        )

    def run_ended(self, result: Result, exit_code: int, document_after: str) -> None:
        """Adds what the run came to, and the hash of the document as it means to leave it."""
        self.result, self.exit_code, self.document_after = result, exit_code, document_after

    # ── What it adds up to ───────────────────────────────────────────────

    @property
    def is_empty(self) -> bool:
        """Returns whether nothing happened in it yet."""
        return not self.steps and self.result is None

    def command(self, number: int) -> Command:
        """Returns a command by its number."""
        return self.steps[self.senders[number]].commands[number]

    def changes_sent(self, step: int | None = None) -> int:
        """Returns how many changes a step sent so far, or without it the whole run."""
        steps = self.steps.values() if step is None else [self.steps[step]]
        return sum(len(each.changes) for each in steps)

    def outcomes(self) -> tuple[StepOutcome, ...]:
        """Returns how each step that ended came out, in the order of their ends."""
        return tuple(record.outcome for record in self._ended_records())

    def receipt(self, ended: datetime) -> Receipt:
        """Returns the receipt of this run; what was under way when it stopped is unknown."""
        left = tuple(step.record() for step in self.steps.values() if step.outcome is None)
        steps = self._ended_records() + left
        in_doubt = any(record.outcome.sent for record in steps)
        return replace(
            self.begun,
            ended=max(ended, self.begun.started),
            steps=steps,
            result=self.result or Result.UNKNOWN,
            exit_code=self.exit_code if self.result else (5 if in_doubt else 4),
            document_after=self.document_after,
            reason="" if self.result else "the run was cut short, and recovered from its journal",
        )

    def _ended_records(self) -> tuple[StepRecord, ...]:
        return tuple(self.steps[number].record() for number in self.ended)


def _cut_short(step: StepTrace) -> StepOutcome:
    unanswered = [command for command in step.changes if command.exited is None]
    if unanswered:
        reason = (
            f"the run ended after this was sent and before its end was seen: {_line(unanswered)}"
        )
    elif step.changes:
        reason = f"the run ended before the step looked again after: {_line(step.changes)}"
    else:
        reason = "the run ended while this step only looked"
    return StepOutcome(
        name=step.name,
        host=step.host,
        result=Result.UNKNOWN,
        seen="the run was cut short",
        reason=reason,
        sent=bool(step.changes),
    )


def _line(commands: list[Command]) -> str:
    return f"{' '.join(commands[-1].argv)} on {commands[-1].host}"
