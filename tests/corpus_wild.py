"""Measures the reader on plans of others: `python -m tests.corpus_wild ../shared/corpus-wild`.

Each small document has beside it what a careful reader reads, other fair readings, whether a
finding does as well, and edits with the exact text that they may leave. Prints what is otherwise.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from loopkit.loop.model import Loop, LoopClosed, LoopReached, Manual, Phase
from loopkit.loop.parse.reader import read
from loopkit.markdown.source import Source

LOOP = Path(sys.executable).with_name("loop")
# These say nothing of how a document was read.
_USUAL = {"no-status", "no-receipt"}
_LINK = re.compile(r"\[([^\[\]]*)\]\([^()]*\)")
_WORD = re.compile(r"(?:phase|step)[ -]*")
_TITLE = 25


@dataclass(frozen=True)
class Case:
    """One document: what is read, and written, otherwise than expected."""

    name: str
    family: str
    read: tuple[str, ...]
    written: tuple[str, ...]

    @property
    def is_right(self) -> bool:
        """Returns whether it is read and edited as expected."""
        return not self.read and not self.written


def cases(folder: Path) -> Iterator[Case]:
    """Yields every document of a folder, compared with `expected.json` in it."""
    expected = json.loads((folder / "expected.json").read_text("utf-8"))
    for name, want in expected.items():
        source = Source.decode((folder / name).read_bytes(), name)
        read_wrong = tuple(_differences(read(source, name).loop, want))
        written = [fault for edit in want["edits"] for fault in _edit(folder / name, edit)]
        yield Case(name, want["family"], read_wrong, tuple(written))


# ── Reading ──────────────────────────────────────────────────────────────────


def _differences(loop: Loop, want: Mapping[str, Any]) -> Iterator[str]:
    seen = {
        "status": str(loop.status), "owner": loop.owner, "created": loop.created,
        "closed": loop.closed,
    }  # fmt: skip
    for key, value in seen.items():
        allowed = want[key] if isinstance(want[key], list) else [want[key]]
        if _plain(value) not in map(_plain, allowed):
            yield f"{key} is {value!r}, not {want[key]!r}"
    if want.get("or_finding") and {finding.code for finding in loop.findings} - _USUAL:
        return
    readings = [want["phases"], *want.get("alternatives", [])]
    yield from min((tuple(_of_phases(loop, each)) for each in readings), key=len)


def _of_phases(loop: Loop, want: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    if [_id(phase.id) for phase in loop.phases] != [_id(each["id"]) for each in want]:
        names = ", ".join(phase.id for phase in loop.phases) or "none"
        yield f"phases are {names}, not {', '.join(each['id'] for each in want)}"
        return
    for phase, each in zip(loop.phases, want, strict=True):
        for key, (seen, wanted) in _compared(phase, each).items():
            if seen != wanted:
                yield f"{phase.id}: {key} is {seen!r}, not {wanted!r}"


def _compared(phase: Phase, want: Mapping[str, Any]) -> Mapping[str, tuple[object, object]]:
    """Returns what is read and what is expected of a phase, by what it is."""
    loops = [gate for gate in phase.gates if isinstance(gate, LoopClosed | LoopReached)]
    person = [gate for gate in phase.gates if isinstance(gate, Manual)]
    return {
        "title": (_plain(phase.title)[:_TITLE], _plain(want["title"])[:_TITLE]),
        "status": (str(phase.status), want["status"]),
        "phases": (sorted(map(_id, phase.depends_on)), sorted(map(_id, want["depends_on"]))),
        "loops": (len(loops), len(want.get("external_depends", []))),
        "a person's gates": (len(person), len(want.get("manual_gates", []))),
    }


def _plain(text: str | None) -> str:
    return re.sub(r"[\W_]+", " ", _LINK.sub(r"\1", text or "").casefold()).strip()


def _id(text: str) -> str:
    bare = re.sub(r"[*`~\u00a0]+", " ", text).strip().casefold()
    return _WORD.sub("", bare, count=1).strip()


# ── Writing ──────────────────────────────────────────────────────────────────


def _edit(document: Path, edit: Mapping[str, Any]) -> Iterator[str]:
    """Yields what `loop mark` writes otherwise than expected, in a folder of its own."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / document.name
        before = document.read_bytes()
        file.write_bytes(before)
        argv = [str(LOOP), "mark", document.name, *edit["args"]]
        done = subprocess.run(argv, cwd=folder, capture_output=True, text=True, check=False)
        after = file.read_bytes()
    words = " ".join(edit["args"])
    if edit.get("refused"):
        if done.returncode == 0 or after != before:
            yield f"mark {words} was not refused"
    elif done.returncode:
        yield f"mark {words} was refused: {done.stderr.strip()[:120]}"
    elif after.decode() not in edit["after"]:
        fresh = sorted(set(after.decode().split("\n")) - set(before.decode().split("\n")))
        yield f"mark {words} writes {fresh}"


def main(arguments: Sequence[str]) -> int:
    """Prints every document that is not right, and how many are."""
    folder = Path(arguments[0] if arguments else "../shared/corpus-wild")
    found = list(cases(folder))
    for case in found:
        if not case.is_right:
            print(f"! {case.name} [{case.family}]", *case.read, *case.written, sep="\n    ")
    right = sum(case.is_right for case in found)
    read_right = sum(not case.read for case in found)
    print(f"{right} of {len(found)} right ({read_right} read right)")
    return 0 if right == len(found) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
