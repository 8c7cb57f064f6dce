"""What a runbook gives back, checked: a pass is True itself, and nothing like it.

A runbook is someone's program. It may raise anything, `sys.exit()` included, and return anything;
what cannot be taken for an answer is none.
"""

from __future__ import annotations

import traceback
from collections.abc import Mapping

from loopkit.errors import LoopkitError
from loopkit.loop.outcome import CellUpdate, ListBlock, TableBlock, TextBlock
from loopkit.runbook import Job, Report, Row, Seen, Step

_LONGEST = 4000
"""Characters of one line for people; a host that prints a megabyte does not fill a document."""


def seen_of(given: object) -> Seen:
    """Returns what a look gave.

    Raises:
        TypeError: it is no answer; `so` decides what is done, and is never taken for more or
            less than it is.
    """
    if not isinstance(given, Seen):
        raise TypeError(f"the look returned {type(given).__name__}, not Seen")
    wrong = _wrong(given)
    if wrong:
        raise TypeError(f"the look returned a Seen whose {wrong}")
    return given


def report_of(given: object) -> Report:
    """Returns what a capability gave.

    Raises:
        TypeError: it is no report, or one that says nothing.
    """
    if not isinstance(given, Report):
        raise TypeError(f"it returned {type(given).__name__}, not a Report")
    rows = given.rows
    if not isinstance(rows, (tuple, list)) or not all(isinstance(row, Row) for row in rows):
        raise TypeError("it returned a Report whose rows are not all of type Row")
    strange = next((row.ok for row in rows if not _is_answer(row.ok)), None)
    if strange is not None:
        raise TypeError(f"it returned a Row whose ok is {strange!r}")
    if not rows:
        raise TypeError("it returned a Report without rows: nothing was looked at")
    return given


def fault_of_step(step: Step | Job) -> str:
    """Returns why a step cannot be run, empty when it can."""
    if not isinstance(step.name, str) or not step.name.strip():
        return f"a step is called {step.name!r}"
    if not isinstance(step.host, str):
        return f"the host of {step.name!r} is {step.host!r}"
    acts = (step.look, *((step.change, step.undo) if isinstance(step, Step) else ()))
    if not all(act is None or callable(act) for act in acts) or step.look is None:
        return f"{step.name!r} has a look, a change or an undo that cannot be called"
    return ""


def brief(text: str) -> str:
    """Returns a text cut to what people can read, with its length where it was longer."""
    if len(text) <= _LONGEST:
        return text
    return f"{text[:_LONGEST]}… ({len(text)} characters)"


def blame(error: BaseException) -> str:
    """Returns what a runbook raised, and where."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    raised = f"the runbook raised {type(error).__name__}: {error}"
    return f"{raised} ({frame.name}, line {frame.lineno})"


def why(error: BaseException) -> str:
    """Returns why an error stopped a runbook."""
    said = error.what if isinstance(error, LoopkitError) else str(error)
    return said or type(error).__name__


def _wrong(seen: Seen) -> str:
    if not _is_answer(seen.so):
        return f"so is {seen.so!r}: only True, False or None says whether it is so"
    if not isinstance(seen.text, str) or not isinstance(seen.help, str):
        return "text or help is no text"
    if not isinstance(seen.facts, Mapping):
        return "facts are no mapping"
    if not _all_of(seen.blocks, (TableBlock, ListBlock, TextBlock)):
        return "blocks are not all of a kind that can be shown"
    return "" if _all_of(seen.updates, (CellUpdate,)) else "updates are not all of cells"


def _is_answer(value: object) -> bool:
    return value is None or isinstance(value, bool)


def _all_of(given: object, kinds: tuple[type, ...]) -> bool:
    return isinstance(given, (tuple, list)) and all(isinstance(each, kinds) for each in given)
