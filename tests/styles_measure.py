"""Measures the reader on the plans of `tests/styles`: `python -m tests.styles_measure`.

They are twenty plans in twenty styles, with what a careful person reads in each beside them in
`expected.toml`. Prints a line for each plan, and what is not as expected.
"""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Iterator, Mapping
from difflib import ndiff
from pathlib import Path
from typing import Any

from loopkit.errors import ReadBackFailed
from loopkit.loop.change import SetItemStatus, SetPhaseStatus
from loopkit.loop.edit.writer import rewrite
from loopkit.loop.model import Loop, Manual, Phase, PhaseStatus, TimePassed, UnreadKind
from loopkit.loop.parse.reader import LoopFile, read
from loopkit.markdown.source import Source

STYLES = Path(__file__).parent / "styles"
_WORD = re.compile(r"(?:phase|step)[ -]*", re.IGNORECASE)
_MARKS = re.compile(r"[\W_]+")


def expected() -> Mapping[str, Mapping[str, Any]]:
    """Returns what is expected of each plan, by its name."""
    return tomllib.loads((STYLES / "expected.toml").read_text("utf-8"))


def file_of(name: str) -> LoopFile:
    """Returns a plan as it is read."""
    path = f"{name}.md"
    return read(Source.decode((STYLES / path).read_bytes(), path), path)


def wrong(name: str, want: Mapping[str, Any]) -> tuple[str, ...]:
    """Returns what is read otherwise than expected, as lines for people."""
    loop = file_of(name).loop
    return (*_header(loop, want), *_phases(loop, want), *_mark(name, want))


def _header(loop: Loop, want: Mapping[str, Any]) -> Iterator[str]:
    seen = {"status": str(loop.status), "owner": loop.owner, "created": loop.created}
    for key, value in seen.items():
        if value != want.get(key):
            yield f"{key} is {value!r}, not {want.get(key)!r}"


def _phases(loop: Loop, want: Mapping[str, Any]) -> Iterator[str]:
    """Yields the differences of phases; what `unread` allows may be reported instead."""
    told = {each.line for each in loop.unread if each.kind is not UnreadKind.SECTION}
    by_id = {_bare(phase.id): phase for phase in loop.phases}
    order = [_bare(each["id"]) for each in want["phases"]]
    extra = [phase.id for phase in loop.phases if _bare(phase.id) not in order]
    if extra or [_bare(p.id) for p in loop.phases] != [id for id in order if id in by_id]:
        yield f"phases are {', '.join(p.id for p in loop.phases)}, not {', '.join(order)}"
    for each in want["phases"]:
        phase = by_id.get(_bare(each["id"]))
        if phase is not None:
            yield from _phase(phase, each)
        elif each.get("line") not in told:
            yield f"{each['id']} is gone, and nothing says so"
    allowed = {each["line"] for each in want["phases"] if "line" in each}
    for line in sorted(told - allowed):
        yield f"line {line} is told as unread"


def _phase(phase: Phase, want: Mapping[str, Any]) -> Iterator[str]:
    kinds = [type(gate) for gate in phase.gates]
    seen = {
        "title": _plain(phase.title),
        "status": str(phase.status),
        "after": [_bare(id) for id in phase.depends_on],
        "wait": kinds.count(TimePassed),
        "person": kinds.count(Manual),
    }
    wanted = {
        "title": _plain(want["title"]),
        "status": want["status"],
        "after": [_bare(id) for id in want.get("after", [])],
        "wait": want.get("wait", 0),
        "person": want.get("person", 0),
    }
    for key, value in seen.items():
        if value != wanted[key]:
            yield f"{phase.id}: {key} is {value!r}, not {wanted[key]!r}"


def _mark(name: str, want: Mapping[str, Any]) -> Iterator[str]:
    """Yields what an edit writes otherwise than its author would."""
    mark = want.get("mark")
    if mark is None:
        return
    file, status = file_of(name), PhaseStatus(mark["as"])
    phase = file.loop.phase(mark["phase"])
    inside = next((p for p in file.loop.phases if p.item(mark["phase"])), None)
    if phase is not None:
        change: SetPhaseStatus | SetItemStatus = SetPhaseStatus(phase.id, status)
    elif inside is not None:
        change = SetItemStatus(inside.id, mark["phase"], status)
    else:
        yield f"there is no {mark['phase']} to be marked"
        return
    try:
        after = rewrite(file, [change])
    except ReadBackFailed as error:
        yield f"marking {mark['phase']} is refused: {error}"
        return
    old, new = file.source.text.split("\n"), after.source.text.split("\n")
    fresh = [line[2:] for line in ndiff(old, new) if line.startswith("+ ")]
    if fresh != mark["becomes"]:
        yield f"marking {mark['phase']} writes {fresh}, not {mark['becomes']}"


def _bare(id: str) -> str:
    return _WORD.sub("", id).casefold().strip()


def _plain(text: str) -> str:
    return _MARKS.sub(" ", text.casefold()).strip()


def main() -> int:
    """Prints what is right and wrong; exits 1 where anything is wrong."""
    faults = {name: wrong(name, want) for name, want in expected().items()}
    for name, found in faults.items():
        print(f"{'right' if not found else 'WRONG'}  {name}")
        for line in found:
            print(f"         {line}")
    right = sum(not found for found in faults.values())
    print(f"{right} of {len(faults)} plans are read, and marked, as a careful person does")
    return 0 if right == len(faults) else 1


if __name__ == "__main__":
    sys.exit(main())
