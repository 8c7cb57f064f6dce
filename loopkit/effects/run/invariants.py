"""The Non-Goals as invariants: read before and after a change, compared with the first run."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from threading import Lock
from typing import Any

from loopkit.effects.evidence.history import INVARIANT, VALUE
from loopkit.effects.run.answers import cleaned
from loopkit.effects.run.results import Trouble
from loopkit.effects.run.step import RunContext, StepRunner
from loopkit.errors import RecordFailed
from loopkit.loop.model import Loop, NonGoal
from loopkit.loop.outcome import Result, StepOutcome
from loopkit.registry import BoundInvariant, comparable
from loopkit.runbook import Host, Seen


class Invariants:
    """The invariants of a loop during one run, which must not break any of them."""

    def __init__(
        self,
        context: RunContext,
        loop: Loop,
        bound: Sequence[BoundInvariant],
        baseline: Mapping[str, Any],
    ) -> None:
        self._context = context
        self._loop = loop
        self._bound = bound
        self._first_values = dict(baseline)
        self._lock = Lock()
        self._barrier: Trouble | None = None
        self._asked = False

    @property
    def hosts(self) -> tuple[str, ...]:
        """Returns the hosts that they are read on."""
        return tuple(bound.host for bound in self._bound)

    def barrier(self) -> Trouble | None:
        """Reads every invariant before the first change; none may be broken or unknown.

        Of two steps that come to their first change at once, one reads and the other waits for
        what it read: a value that a change already touched is no value to compare with.
        """
        with self._lock:
            if not self._asked:
                self._barrier = _barrier(self.check())
                self._asked = True
            return self._barrier

    def check(self) -> tuple[StepOutcome, ...]:
        """Reads every invariant and compares it with the value of the loop's first run."""
        return tuple(
            InvariantCheck(self._context, self._loop, bound, self._first_values).run()
            for bound in self._bound
        )


def _barrier(outcomes: Iterable[StepOutcome]) -> Trouble | None:
    bad = next((o for o in outcomes if o.result is not Result.OK), None)
    if bad is None:
        return None
    result = Result.UNKNOWN if bad.result is Result.UNKNOWN else Result.REFUSED
    return Trouble(result, f"nothing was changed: {bad.reason}", bad.help)


class InvariantCheck(StepRunner):
    """Reads one invariant and compares it with `first_values`, adding to them what is new."""

    announced = False

    def __init__(
        self,
        context: RunContext,
        loop: Loop,
        bound: BoundInvariant,
        first_values: dict[str, Any],
    ) -> None:
        goal = _goal(loop, bound)
        super().__init__(context, f"Non-Goal: {goal.text}", bound.host)
        self._bound = bound
        self._first_values = first_values
        self._line = f"{loop.path}:{goal.place.line}: {goal.text!r}"
        self._help = f"loop log {loop.id}"

    def attempt(self) -> StepOutcome:
        """Reads the value once and judges it."""
        seen = self.look(self._read)
        if isinstance(seen, Trouble):
            unknown = Trouble(
                Result.UNKNOWN, f"{self._line} cannot be checked: {seen.reason}", seen.help
            )
            return self.troubled(unknown)
        # As JSON gives it back: the first value comes out of a receipt, where a tuple is a list.
        value = json.loads(json.dumps(cleaned(seen.facts[VALUE], self.context.redact)))
        return self._judge(value)

    def _read(self, host: Host) -> Seen:
        return Seen(True, "read", facts={VALUE: self._bound.function(host)})

    def _judge(self, value: Any) -> StepOutcome:
        key = comparable(self._bound.non_goal)
        broken = _difference(self._bound, self._first_values.setdefault(key, value), value)
        return StepOutcome(
            name=self.name,
            host=self.host_name,
            result=Result.FAILED if broken else Result.OK,
            seen=_short(value),
            reason=f"{self._line} is broken: {broken}" if broken else "",
            help=self._help if broken else "",
            facts={INVARIANT: key, VALUE: value},
        )


def _goal(loop: Loop, bound: BoundInvariant) -> NonGoal:
    start = comparable(bound.non_goal)
    return next(goal for goal in loop.non_goals if comparable(goal.text).startswith(start))


def _difference(bound: BoundInvariant, first: Any, value: Any) -> str:
    """Returns why a value breaks its invariant; empty when it does not."""
    if first == value:
        return ""
    if bound.allow is None:
        return f"it was {_short(first)} and is {_short(value)}"
    try:
        said: object = bound.allow(first, value)
    except (RecordFailed, KeyboardInterrupt):
        raise
    # A comparison that cannot be made allows nothing.
    except BaseException as error:
        return f"was {_short(first)}, is {_short(value)}; allow() raised {error!r}"
    if isinstance(said, str):
        return said
    return f"was {_short(first)}, is {_short(value)}; allow() returned {said!r}, which is no text"


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 120 else f"{text[:117]}…"
