"""One step: look, change if it is not so, look again. Unknown is never changed, never passed."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import datetime
from time import monotonic
from typing import Any, Protocol, TypeVar

from loopkit.effects.evidence.store import told
from loopkit.effects.run.answers import blame, brief, seen_of
from loopkit.effects.run.events import Event, StepChanging, StepEnded, StepStarted
from loopkit.effects.run.guard import Recorder
from loopkit.errors import (
    CommandFailed,
    HostError,
    LoopkitError,
    OutcomeUnknown,
    RecordFailed,
)
from loopkit.loop.outcome import Result, StepOutcome
from loopkit.runbook import Act, Host, Look, Refusal, Seen, Step

T = TypeVar("T")


class HostSet(Protocol):
    """The hosts of one run (`connection.Hosts`): only within `changing` may a host be changed."""

    def __getitem__(self, name: str) -> Host: ...

    def changing(self) -> AbstractContextManager[object]:
        """Lets commands change hosts; outside it they may only read."""
        ...

    def recording(self, recorder: Recorder | None) -> AbstractContextManager[object]:
        """Records what is sent within it by another recorder: that of the step that runs."""
        ...

    def close(self) -> None:
        """Closes every connection."""
        ...


class Records(Protocol):
    """Where steps are recorded: `journal.Run`, or nowhere."""

    def began(self, name: str, host: str) -> int:
        """Records that a step begins, and returns its number."""
        ...

    def step(self, number: int) -> Recorder | None:
        """Returns where the commands of a step are recorded."""
        ...

    def ended(self, number: int, outcome: StepOutcome) -> None:
        """Records how a step came out."""
        ...

    def changes_sent(self, number: int | None = None) -> int:
        """Returns how many changes a step sent so far, or without its number the whole run."""
        ...


class Unrecorded:
    """Records nothing: for looks that leave no trace."""

    def began(self, name: str, host: str) -> int:
        """Lets a step begin; none has a number."""
        return 0

    def step(self, number: int) -> None:
        """Returns None: no command is recorded."""

    def ended(self, number: int, outcome: StepOutcome) -> None:
        """Lets a step end."""

    def changes_sent(self, number: int | None = None) -> int:
        """Returns 0: nothing here may change a host."""
        return 0


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a look or a change came to no end that counts."""

    result: Result
    reason: str
    help: str = ""


Guard = Callable[[], Trouble | None]
"""Called once before a step changes anything; a trouble forbids the change."""


@dataclass(frozen=True, slots=True)
class Stage:
    """What steps share while a phase runs."""

    run: Records
    hosts: HostSet
    on_event: Callable[[Event], None]
    redact: Callable[[str], str]
    resolve: str = ""
    """The command by which a person says what an unknown outcome came to."""

    def look(self, host: Host, look: Look) -> Seen | Trouble:
        """Returns what a look saw, or why it saw nothing."""
        try:
            seen = look(host)
        except (RecordFailed, KeyboardInterrupt):
            raise
        # A runbook is someone's program: whatever it raises, sys.exit() too, nothing was seen.
        except BaseException as error:
            return _not_seen(error)
        return self._checked(seen)

    def change(self, host: Host, act: Act) -> Trouble | None:
        """Sends a change; returns why it did not come to its end, None when it did."""
        try:
            with self.hosts.changing():
                act(host)
        except (RecordFailed, KeyboardInterrupt):
            raise
        except BaseException as error:
            return _not_changed(error)
        return None

    def _checked(self, given: object) -> Seen | Trouble:
        """Returns what a look gave, if it is an answer that can be recorded."""
        try:
            seen: Seen = cleaned(seen_of(given), self.redact)
            json.dumps(seen.facts)
        except TypeError as error:
            return Trouble(Result.UNKNOWN, self.redact(str(error)))
        except (ValueError, RecursionError) as error:
            reason = f"what the look saw cannot be recorded: {type(error).__name__}: {error}"
            return Trouble(Result.UNKNOWN, self.redact(reason))
        return seen

    def perform(
        self, name: str, host: str, body: Callable[[], StepOutcome], *, shown: bool = True
    ) -> StepOutcome:
        """Runs the body of a step between its records; an interruption is recorded first."""
        began = monotonic()
        if shown:
            self.on_event(StepStarted(name, host))
        number = self.run.began(name, host)
        try:
            with self.hosts.recording(self.run.step(number)):
                outcome = body()
        except KeyboardInterrupt as interruption:
            sent = self.run.changes_sent(number) > 0
            self._end(number, _interrupted(name, host, sent), began)
            raise interruption
        return self._end(number, outcome, began)

    def _end(self, number: int, outcome: StepOutcome, began: float) -> StepOutcome:
        clean: StepOutcome = cleaned(outcome, self.redact)
        # Cut after it is redacted: half a secret is no known secret.
        seen, reason, help = brief(clean.seen), brief(clean.reason), brief(clean.help)
        seconds = round(monotonic() - began, 3)
        timed = replace(clean, seen=seen, reason=reason, help=help, seconds=seconds)
        self.run.ended(number, timed)
        self.on_event(StepEnded(timed))
        return timed


def run_step(stage: Stage, step: Step, host: Host, doubt: str, guard: Guard) -> StepOutcome:
    """Runs one step; `doubt` names the run whose change of this step was never seen to end."""
    return stage.perform(
        step.name, host.name, lambda: _look_and_change(stage, step, host, doubt, guard)
    )


def _look_and_change(stage: Stage, step: Step, host: Host, doubt: str, guard: Guard) -> StepOutcome:
    seen = stage.look(host, step.look)
    settled = settled_by(seen, step.name, host.name, Result.OK)
    if settled is not None:
        return replace(settled, sent=bool(doubt) and settled.result is Result.UNKNOWN)
    assert isinstance(seen, Seen)
    if step.change is None:
        return not_so(step.name, host.name, seen, seen.text)
    if doubt and not step.again:
        return _doubtful(stage, step, host, seen, doubt)
    barrier = guard()
    if barrier is not None:
        return troubled(step.name, host.name, barrier, seen)
    stage.on_event(StepChanging(step.name, host.name, brief(stage.redact(seen.text))))
    return _change_and_look(stage, step, host, seen, step.change)


def _change_and_look(stage: Stage, step: Step, host: Host, before: Seen, act: Act) -> StepOutcome:
    sent_before = stage.run.changes_sent()
    trouble = stage.change(host, act)
    sent = stage.run.changes_sent() > sent_before
    if trouble is not None and (not sent or trouble.result is Result.UNKNOWN):
        return troubled(step.name, host.name, trouble, before, sent=sent)
    after = stage.look(host, step.look)
    settled = settled_by(after, step.name, host.name, Result.CHANGED)
    if settled is not None and settled.result is Result.UNKNOWN:
        return replace(settled, sent=True)
    if settled is not None:
        note = f"{settled.seen} (although: {trouble.reason})" if trouble else settled.seen
        return replace(settled, seen=note)
    assert isinstance(after, Seen)
    why = trouble.reason if trouble else "the change was made, and it is still not so"
    return not_so(step.name, host.name, after, why, trouble.help if trouble else "")


def settled_by(seen: Seen | Trouble, name: str, host: str, when_so: Result) -> StepOutcome | None:
    """Returns the outcome that a look settles; None when it saw clearly that it is not so."""
    if isinstance(seen, Trouble):
        return troubled(name, host, seen)
    if seen.so is None:
        reason = f"it cannot be told: {seen.text}"
        return _outcome(name, host, Result.UNKNOWN, seen, reason, seen.help)
    return _outcome(name, host, when_so, seen) if seen.so else None


def not_so(name: str, host: str, seen: Seen, reason: str, help: str = "") -> StepOutcome:
    """Returns the outcome of a step that is certainly not so."""
    return _outcome(name, host, Result.FAILED, seen, reason, help or seen.help)


def troubled(
    name: str, host: str, trouble: Trouble, seen: Seen | None = None, *, sent: bool = False
) -> StepOutcome:
    """Returns the outcome of a step that met a trouble."""
    return StepOutcome(
        name=name,
        host=host,
        result=trouble.result,
        seen=seen.text if seen else "nothing",
        reason=trouble.reason,
        help=trouble.help,
        sent=sent,
    )


def cleaned(value: Any, redact: Callable[[str], str]) -> Any:
    """Returns a value with every text redacted, and what JSON cannot hold made plain."""
    match value:
        case float() if not math.isfinite(value):
            return str(value)  # JSON has no word for it
        case Result() | bool() | int() | float() | None | datetime():
            return value
        case str():
            return redact(value)
        case Mapping():
            return {redact(str(k)): _named(str(k), v, redact) for k, v in value.items()}
        case tuple():
            return tuple(cleaned(each, redact) for each in value)
        case list():
            return [cleaned(each, redact) for each in value]
        case set() | frozenset():
            return sorted((cleaned(each, redact) for each in value), key=json.dumps)
        case _ if is_dataclass(value) and not isinstance(value, type):
            own = {f.name: cleaned(getattr(value, f.name), redact) for f in fields(value)}
            return replace(value, **own)
        case _:
            return redact(str(value))


def _named(key: str, value: Any, redact: Callable[[str], str]) -> Any:
    """Cleans a value with its name before it: `password` tells what the value alone does not."""
    if not isinstance(value, str):
        return cleaned(value, redact)
    plain = f"{key}={json.dumps(value)}"
    shown = redact(plain)
    hidden = shown != plain and shown.startswith(f"{key}=")
    return redact(shown[len(key) + 1 :].strip('"') if hidden else value)


def _outcome(
    name: str, host: str, result: Result, seen: Seen, reason: str = "", help: str = ""
) -> StepOutcome:
    return StepOutcome(
        name=name,
        host=host,
        result=result,
        seen=seen.text,
        reason=reason,
        help=help,
        blocks=seen.blocks,
        updates=seen.updates,
        facts=seen.facts,
    )


def _doubtful(stage: Stage, step: Step, host: Host, seen: Seen, doubt: str) -> StepOutcome:
    reason = f"run {doubt} sent this change and never saw its end; now it is not so: {seen.text}"
    trouble = Trouble(Result.UNKNOWN, reason, stage.resolve)
    return troubled(step.name, host.name, trouble, seen, sent=True)


def _interrupted(name: str, host: str, sent: bool) -> StepOutcome:
    reason = "interrupted after a change was sent" if sent else "interrupted before any change"
    return StepOutcome(name, host, Result.UNKNOWN, "interrupted", reason, sent=sent)


def _not_seen(error: BaseException) -> Trouble:
    match error:
        case Refusal():
            return Trouble(Result.REFUSED, str(error.reason), str(error.help))
        case HostError() | OutcomeUnknown() | CommandFailed():
            return Trouble(Result.UNKNOWN, told(error), error.help)
        case LoopkitError():
            return Trouble(Result.REFUSED, told(error), error.help)
        case _:
            return Trouble(Result.UNKNOWN, blame(error))


def _not_changed(error: BaseException) -> Trouble:
    match error:
        case Refusal():
            return Trouble(Result.REFUSED, str(error.reason), str(error.help))
        case HostError() | OutcomeUnknown():
            return Trouble(Result.UNKNOWN, told(error), error.help)
        case CommandFailed():
            return Trouble(Result.FAILED, told(error), error.help)
        case LoopkitError():
            return Trouble(Result.REFUSED, told(error), error.help)
        case _:
            return Trouble(Result.FAILED, blame(error))
