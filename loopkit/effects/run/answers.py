"""What a runbook gives back, checked and cleaned: a pass is True itself, and nothing like it.

A runbook is someone's program. It may raise anything, `sys.exit()` included, and return anything;
what cannot be taken for an answer is none.
"""

from __future__ import annotations

import json
import math
import traceback
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import datetime
from typing import Any

from loopkit.errors import LoopkitError
from loopkit.loop.outcome import CellUpdate, ListBlock, Result, TableBlock, TextBlock
from loopkit.runbook import Job, Report, Row, Seen, Step

_LONGEST = 4000
"""Characters of one line for people; a host that prints a megabyte does not fill a document."""


def seen_of(given: object) -> Seen:
    """Returns what a look gave.

    Raises:
        TypeError: it is no answer. `so` decides what is done, so that nothing which only looks
            like True or False (1, "no", a mock) counts.
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
    # Every row of none is fine, so a report without rows would pass for one that is.
    if not rows:
        raise TypeError("it returned a Report without rows: nothing was looked at")
    return given


def fault_of_step(step: Step | Job) -> str:
    """Returns why a step cannot be run, empty when it can."""
    if not isinstance(step.name, str) or not step.name.strip():
        return f"a step is called {step.name!r}"
    if not _is_a(step.host, str):
        return f"the host of {step.name!r} is {step.host!r}"
    own = (step.look, *((step.change, step.undo) if isinstance(step, Step) else ()))
    if not all(each is None or callable(each) for each in own) or step.look is None:
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


def cleaned(value: Any, redact: Callable[[str], str]) -> Any:
    """Returns a value with every text redacted, and as text what JSON cannot hold."""
    match value:
        case float() if not math.isfinite(value):
            return str(value)  # JSON has no word for it (RFC 8259, section 6)
        case Result() | bool() | int() | float() | None | datetime():
            return value
        case str():
            return redact(value)
        case Mapping():
            return {redact(str(k)): _cleaned_under(str(k), v, redact) for k, v in value.items()}
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


def _cleaned_under(key: str, value: Any, redact: Callable[[str], str]) -> Any:
    """Cleans a value with its name before it: `password` tells what the value alone does not."""
    if not isinstance(value, str):
        return cleaned(value, redact)
    pair = f"{key}={json.dumps(value)}"
    clean = redact(pair)
    hidden = clean != pair and clean.startswith(f"{key}=")
    return redact(clean[len(key) + 1 :].strip('"') if hidden else value)


def _wrong(seen: Seen) -> str:
    if not _is_answer(seen.so):
        return f"so is {seen.so!r}: only True, False or None is an answer"
    if not _is_a(seen.text, str) or not _is_a(seen.help, str):
        return "text or help is no text"
    if not _is_a(seen.facts, Mapping):
        return "facts are no mapping"
    if not _all_of(seen.blocks, (TableBlock, ListBlock, TextBlock)):
        return "blocks are not all of a kind that a document can hold"
    return "" if _all_of(seen.updates, (CellUpdate,)) else "updates are not all of cells"


def _is_answer(value: object) -> bool:
    # Not by truth: 1 and "no" are true, and a mock is whatever it is asked.
    return value is None or isinstance(value, bool)


def _is_a(value: object, kind: type) -> bool:
    # A runbook is checked by nobody, so a value may be other than its declared type says.
    return isinstance(value, kind)


def _all_of(given: object, kinds: tuple[type, ...]) -> bool:
    return isinstance(given, (tuple, list)) and all(isinstance(each, kinds) for each in given)
