"""docs/format.md says what is read of each shape: every example of it is read, and compared."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from loopkit.loop.model import (
    AnyDone,
    Gate,
    InOrder,
    Loop,
    LoopClosed,
    LoopReached,
    Manual,
    Phase,
    PhaseDone,
    TimePassed,
    Unresolved,
)
from loopkit.loop.parse.reader import read
from loopkit.markdown.source import Source

PAGE = Path(__file__).parent.parent / "docs" / "format.md"
_EXAMPLE = re.compile(r"^````markdown\n(.*?)^````\n+^```text\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)


def examples() -> Sequence[object]:
    """Returns each document of the page with what the page says is read of it."""
    page = PAGE.read_text("utf-8")
    found = []
    for number, match in enumerate(_EXAMPLE.finditer(page), 1):
        heading = _HEADING.findall(page[: match.start()])[-1]
        found.append(pytest.param(match[1], match[2], id=f"{number} {heading}"))
    return found


@pytest.mark.parametrize(("document", "expected"), examples())
def test_the_page_says_what_is_read(document: str, expected: str) -> None:
    loop = read(Source(document), "loops/LOOP-EXAMPLE-20260301.md").loop
    assert describe(loop) == expected


def test_the_page_has_an_example_of_every_shape() -> None:
    assert len(examples()) >= 12
    assert PAGE.read_text("utf-8").count("````markdown") == len(examples())


def describe(loop: Loop) -> str:
    """Returns a loop as the page writes it: one line for the header, one a phase and item."""
    lines = [_header(loop)]
    for phase in loop.phases:
        lines.append(_phase(phase))
        lines += [f"     {i.key}: {i.status}{_waits(i.gates)}" for i in phase.items]
    lines += [f"line {f.line} {f.code}" for f in loop.findings if f.severity != "info"]
    return "\n".join(lines) + "\n"


def _header(loop: Loop) -> str:
    facts = {"created": loop.created, "closed": loop.closed, "owner": loop.owner}
    said = [f"{name} {value}" for name, value in facts.items() if value]
    said += [f"blocked by {gate.loop}" for gate in loop.blocked_by]
    said += [f"held by {gate.text!r}" for gate in loop.holds]
    return ", ".join([str(loop.status), *said])


def _phase(phase: Phase) -> str:
    return f"{phase.id} | {phase.title} | {phase.status}{_waits(phase.gates)}"


def _waits(gates: tuple[Gate, ...]) -> str:
    return " | waits for " + ", ".join(map(_gate, gates)) if gates else ""


def _gate(gate: Gate) -> str:
    match gate:
        case PhaseDone():
            return gate.phase
        case LoopReached():
            return f"{gate.loop} {gate.phase}{' or later' if gate.or_later else ''}"
        case TimePassed():
            return f"{gate.wait}" if gate.until is None else f"{gate.until:%Y-%m-%d %H:%M %Z}"
        case Manual():
            return f"a person: {gate.text}"
        case AnyDone():
            return " or ".join(gate.phases)
        case Unresolved():
            return f"what cannot be told: {gate.text}"
        case InOrder():
            return f"all before, up to {gate.phase}"
        case LoopClosed():
            return f"{gate.loop} closed"
