"""The Non-Goals as invariants: read before and after a change, compared with the first run."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from loopkit.effects.evidence.history import INVARIANT, VALUE
from loopkit.effects.run.step import Stage, Trouble, cleaned
from loopkit.errors import RecordFailed
from loopkit.loop.model import Loop, NonGoal
from loopkit.loop.outcome import Result, StepOutcome
from loopkit.registry import BoundInvariant, comparable
from loopkit.runbook import Seen


@dataclass
class Watch:
    """The invariants of a loop during one run; `before` holds what was read first."""

    stage: Stage
    loop: Loop
    bound: Sequence[BoundInvariant]
    baseline: Mapping[str, Any]
    before: dict[str, Any] = field(default_factory=dict)
    captured: bool = False

    def guard(self) -> Trouble | None:
        """Reads every invariant before the first change; none may be broken or unknown."""
        if self.captured:
            return None
        outcomes = self.check()
        self.captured = True
        bad = next((o for o in outcomes if o.result is not Result.OK), None)
        if bad is None:
            return None
        result = Result.UNKNOWN if bad.result is Result.UNKNOWN else Result.REFUSED
        return Trouble(result, f"nothing was changed: {bad.reason}", bad.help)

    def check(self) -> tuple[StepOutcome, ...]:
        """Reads every invariant and compares it with the value of the loop's first run."""
        return tuple(self._check(each) for each in self.bound)

    def _check(self, bound: BoundInvariant) -> StepOutcome:
        goal = _goal(self.loop, bound)
        return self.stage.perform(
            f"Non-Goal: {goal.text}", bound.host, lambda: self._compare(bound, goal), shown=False
        )

    def _compare(self, bound: BoundInvariant, goal: NonGoal) -> StepOutcome:
        key, where = comparable(bound.non_goal), f"{self.loop.path}:{goal.place.line}"
        seen = self.stage.look(
            self.stage.hosts[bound.host],
            lambda host: Seen(True, "read", facts={VALUE: bound.function(host)}),
        )
        name = f"Non-Goal: {goal.text}"
        if isinstance(seen, Trouble):
            reason = f"{where}: {goal.text!r} cannot be checked: {seen.reason}"
            return StepOutcome(name, bound.host, Result.UNKNOWN, "nothing", reason, seen.help)
        value = json.loads(json.dumps(cleaned(seen.facts[VALUE], self.stage.redact)))
        return self._judge(bound, goal, key, where, value)

    def _judge(
        self, bound: BoundInvariant, goal: NonGoal, key: str, where: str, value: Any
    ) -> StepOutcome:
        first = self.baseline.get(key, self.before.setdefault(key, value))
        broken = _difference(bound, first, value)
        return StepOutcome(
            name=f"Non-Goal: {goal.text}",
            host=bound.host,
            result=Result.FAILED if broken else Result.OK,
            seen=_short(value),
            reason=f"{where}: {goal.text!r} is broken: {broken}" if broken else "",
            help=f"loop log {self.loop.id}" if broken else "",
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
        said = bound.allow(first, value)
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
