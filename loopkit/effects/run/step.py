"""One step on one host: check, apply where the check fails, check again.

An unknown state is never changed, and never passes.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from time import monotonic

from loopkit.effects.run.answers import brief, cleaned, seen_of
from loopkit.effects.run.events import OnEvent, StepChanging, StepEnded, StepStarted, quiet
from loopkit.effects.run.hosts import Hosts
from loopkit.effects.run.recorder import Journal, StepRecorder
from loopkit.effects.run.results import Trouble, trouble_of_change, trouble_of_look
from loopkit.errors import LoopkitError, RecordFailed
from loopkit.loop.outcome import Result, StepOutcome
from loopkit.runbook import Apply, Host, Look, Seen, Step

Barrier = Callable[[], Trouble | None]
"""Called before a step changes anything; a trouble forbids the change."""


@dataclass(frozen=True, slots=True)
class RunContext:
    """What the steps of one run share; no step changes any of it."""

    hosts: Hosts
    journal: Journal | None = None
    """None for looks that leave no trace."""
    redact: Callable[[str], str] = str
    on_event: OnEvent = quiet
    resolve: str = ""
    """The command by which a person settles an outcome that is unknown."""


class StepRunner(ABC):
    """Runs one step on one host, with a recorder and a guard of its own.

    What differs between a step, a job, an invariant and a criterion is `attempt`.
    """

    announced = True
    """Whether a live display shows that the step begins."""

    def __init__(self, context: RunContext, name: str, host: str) -> None:
        self.context = context
        self.name = name
        self.host_name = host
        self.recorder = StepRecorder(context.journal)
        self.hosts = context.hosts.for_step(self.recorder)

    @abstractmethod
    def attempt(self) -> StepOutcome:
        """Does what the step is there for, and returns its outcome."""

    def run(self) -> StepOutcome:
        """Makes the attempt between its records; an interruption is recorded, and raised on."""
        began = monotonic()
        # From here on a connection that is lost is lost in this step, and not opened anew in
        # silence. A host that is not there is met again by the look, which says so.
        with suppress(LoopkitError):
            _ = self.host
        if self.announced:
            self.context.on_event(StepStarted(self.name, self.host_name))
        self.recorder.begin(self.name, self.host_name)
        try:
            outcome = self.attempt()
        except KeyboardInterrupt:
            self._end(self._interrupted(), began)
            raise
        return self._end(outcome, began)

    @cached_property
    def host(self) -> Host:
        """Returns the host of the step, its connection not yet open."""
        return self.hosts[self.host_name]

    @property
    def has_sent(self) -> bool:
        """Returns whether the step sent a change."""
        return self.recorder.changes_sent > 0

    # ── What an attempt is made of ───────────────────────────────────────────────────────────

    def look(self, look: Look) -> Seen | Trouble:
        """Returns what a look saw, or why it saw nothing that counts."""
        try:
            seen = look(self.host)
        except (RecordFailed, KeyboardInterrupt):
            raise
        # A runbook is someone's program: whatever it raises, sys.exit() too, nothing was seen.
        except BaseException as error:
            return trouble_of_look(error)
        return self._checked(seen)

    def change(self, apply: Apply) -> Trouble | None:
        """Sends a change; returns why it did not go through, None when it did."""
        try:
            with self.hosts.changing():
                apply(self.host)
        except (RecordFailed, KeyboardInterrupt):
            raise
        except BaseException as error:
            return trouble_of_change(error)
        return None

    def settle(self, look: Look, when_true: Result) -> StepOutcome | Seen:
        """Returns the outcome that a look settles, or what it saw where it clearly says no."""
        return self.settled_by(self.look(look), when_true)

    def settled_by(self, seen: Seen | Trouble, when_true: Result) -> StepOutcome | Seen:
        """Returns the outcome that is settled by what was seen, or that where it says no."""
        if isinstance(seen, Trouble):
            return self.troubled(seen)
        if seen.so is None:
            return self.outcome(Result.UNKNOWN, seen, f"it cannot be told: {seen.text}", seen.help)
        return self.outcome(when_true, seen) if seen.so else seen

    def outcome(self, result: Result, seen: Seen, reason: str = "", help: str = "") -> StepOutcome:
        """Returns an outcome with all that a look saw."""
        return StepOutcome(
            name=self.name,
            host=self.host_name,
            result=result,
            seen=seen.text,
            reason=reason,
            help=help,
            blocks=seen.blocks,
            updates=seen.updates,
            facts=seen.facts,
        )

    def failed(self, seen: Seen, reason: str, help: str = "") -> StepOutcome:
        """Returns the outcome of a step that is certainly not in place."""
        return self.outcome(Result.FAILED, seen, reason, help or seen.help)

    def troubled(
        self, trouble: Trouble, seen: Seen | None = None, *, sent: bool = False
    ) -> StepOutcome:
        """Returns the outcome of a step that met a trouble."""
        return StepOutcome(
            name=self.name,
            host=self.host_name,
            result=trouble.result,
            seen=seen.text if seen else "nothing",
            reason=trouble.reason,
            help=trouble.help,
            sent=sent,
        )

    # ── Records ──────────────────────────────────────────────────────────────────────────────

    def _checked(self, given: object) -> Seen | Trouble:
        """Returns what a look gave, if it is an answer that can be recorded."""
        redact = self.context.redact
        try:
            seen: Seen = cleaned(seen_of(given), redact)
            json.dumps(seen.facts)
        except TypeError as error:
            return Trouble(Result.UNKNOWN, redact(str(error)))
        except (ValueError, RecursionError) as error:
            reason = f"what the look saw cannot be recorded: {type(error).__name__}: {error}"
            return Trouble(Result.UNKNOWN, redact(reason))
        return seen

    def _interrupted(self) -> StepOutcome:
        sent = self.has_sent
        reason = "interrupted after a change was sent" if sent else "interrupted before any change"
        trouble = Trouble(Result.UNKNOWN, reason)
        return replace(self.troubled(trouble, sent=sent), seen="interrupted")

    def _end(self, outcome: StepOutcome, began: float) -> StepOutcome:
        clean: StepOutcome = cleaned(outcome, self.context.redact)
        timed = replace(
            clean,
            # Cut after it is redacted: half a secret is no known secret.
            seen=brief(clean.seen),
            reason=brief(clean.reason),
            help=brief(clean.help),
            seconds=round(monotonic() - began, 3),
        )
        self.recorder.end(timed)
        self.context.on_event(StepEnded(timed))
        return timed


class Check(StepRunner):
    """A look alone."""

    def __init__(self, context: RunContext, name: str, host: str, look: Look) -> None:
        super().__init__(context, name, host)
        self._look = look

    def attempt(self) -> StepOutcome:
        """Looks once."""
        found = self.settle(self._look, Result.OK)
        return found if isinstance(found, StepOutcome) else self.failed(found, found.text)


class CheckAndApply(StepRunner):
    """A look, a change where the look says no, and the look again.

    `doubt` names the run that sent this change and never saw its end; empty when none did.
    """

    def __init__(
        self, context: RunContext, step: Step, host: str, doubt: str, barrier: Barrier
    ) -> None:
        super().__init__(context, step.name, host)
        self._step = step
        self._doubt = doubt
        self._barrier = barrier

    def attempt(self) -> StepOutcome:
        """Looks, changes and looks again, as far as each result allows."""
        before = self.settle(self._step.look, Result.OK)
        if isinstance(before, StepOutcome):
            still_unknown = bool(self._doubt) and before.result is Result.UNKNOWN
            return replace(before, sent=still_unknown)
        if self._step.change is None:
            return self.failed(before, before.text)
        if self._doubt and not self._step.again:
            return self._doubtful(before)
        trouble = self._barrier()
        if trouble is not None:
            return self.troubled(trouble, before)
        text = brief(self.context.redact(before.text))
        self.context.on_event(StepChanging(self.name, self.host_name, text))
        return self._apply(self._step.change, before)

    def _apply(self, change: Apply, before: Seen) -> StepOutcome:
        trouble = self.change(change)
        if trouble and (trouble.result is Result.UNKNOWN or not self.has_sent):
            return self.troubled(trouble, before, sent=self.has_sent)
        after = self.settle(self._step.look, Result.CHANGED)
        if isinstance(after, Seen):
            why = trouble or Trouble(
                Result.FAILED, "the change was made, and it is still not in place"
            )
            return self.failed(after, why.reason, why.help)
        if after.result is Result.UNKNOWN:
            return replace(after, sent=True)
        note = f" (although: {trouble.reason})" if trouble else ""
        return replace(after, seen=after.seen + note)

    def _doubtful(self, seen: Seen) -> StepOutcome:
        reason = (
            f"run {self._doubt} sent this change and never saw its end; "
            f"now it is not in place: {seen.text}"
        )
        trouble = Trouble(Result.UNKNOWN, reason, self.context.resolve)
        return self.troubled(trouble, seen, sent=True)
