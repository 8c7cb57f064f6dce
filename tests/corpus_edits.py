"""Replays edits that people made to loop documents and compares the lines: a command.

    python -m tests.corpus_edits ../shared/corpus

Each operation of an `edit.json` is one change; the line it gives must be the person's line.
"""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from loopkit.errors import LoopkitError
from loopkit.loop.change import Change, SetItemStatus, SetLoopStatus, SetPhaseStatus
from loopkit.loop.edit.lookup import find_cell
from loopkit.loop.edit.writer import rewrite
from loopkit.loop.model import LoopStatus, PhaseStatus
from loopkit.loop.outcome import CellUpdate
from loopkit.loop.parse.reader import LoopFile, read
from loopkit.loop.words.grammar import loop_status, phase_status
from loopkit.markdown.source import Source

HEADER, BODY = "header", "body"


@dataclass(frozen=True)
class Replay:
    """One operation of one edit: what came of it."""

    edit: str
    kind: str
    op: str
    identical: bool | None
    """None when no change of loopkit's says this."""
    reason: str = ""
    one_line: bool = False
    """The person changed one line of the document, and nothing else."""


def replay(directory: Path) -> Iterator[Replay]:
    """Yields one result an operation of an edit."""
    told = json.loads((directory / "edit.json").read_text())
    before = Source.decode((directory / "before.md").read_bytes(), told["file"])
    after = Source.decode((directory / "after.md").read_bytes(), told["file"])
    file = read(before, told["file"])
    one_line = sum((Counter(_lines(after)) - Counter(_lines(before))).values()) == 1
    for op in told["edits"]:
        kind = HEADER if op["op"] in ("set_field", "insert_field") else BODY
        yield replace(_replay(directory.name, kind, op, file, after), one_line=one_line)


def _replay(
    edit: str,
    kind: str,
    op: dict[str, Any],
    file: LoopFile,
    after: Source,
) -> Replay:
    name = f"{op['op']} {op.get('name') or op.get('phase') or op.get('row') or op.get('item')}"
    change = _change(op, file)
    if change is None:
        return Replay(edit, kind, name, None, "loopkit has no such change")
    try:
        made = rewrite(file, [change])
    except LoopkitError as error:
        return Replay(edit, kind, name, False, str(error).replace("\n", " "))
    wrong = _unlike(file.source, made.source, after, op)
    return Replay(edit, kind, name, not wrong, wrong)


def _unlike(before: Source, made: Source, after: Source, op: dict[str, Any]) -> str:
    """Returns how our lines differ from the person's, empty when they do not."""
    ours = Counter(_lines(made)) - Counter(_lines(before))
    theirs = Counter(_lines(after)) - Counter(_lines(before))
    extra = ours - theirs
    if extra:
        return "ours " + " / ".join(extra)
    if op["op"] == "insert_field" and not _same_place(made, after, ours):
        return f"another place: {' / '.join(ours)}"
    return "" if ours else "ours changed nothing"


def _same_place(made: Source, after: Source, lines: Counter[str]) -> bool:
    """Returns whether each of these lines stands below the same line in both."""
    return all(_above(made, line) == _above(after, line) for line in lines)


def _above(source: Source, line: str) -> str:
    lines = _lines(source)
    return re.sub(r":.*", "", lines[lines.index(line) - 1])


def _lines(source: Source) -> list[str]:
    return [source.line_text(n) for n in range(1, source.line_count + 1)]


# ── Operations as changes ────────────────────────────────────────────────────


def _change(op: dict[str, Any], file: LoopFile) -> Change | None:
    match op["op"]:
        case "set_field" if op["name"].lower() == "status":
            status = loop_status(op["to"])
            word = re.split(r"[ (]", op["to"])[0].lower()
            return SetLoopStatus(status, word="" if status is LoopStatus.CLOSED else word)
        case "insert_field" if op["name"].lower() in ("closed", "closed_at"):
            return SetLoopStatus(LoopStatus.CLOSED, date.fromisoformat(op["to"].strip('"')[:10]))
        case "set_phase_status":
            return SetPhaseStatus(op["phase"], phase_status(op["to_raw"]), _note(op["to_raw"]))
        case "set_checkbox":
            return _checkbox(op, file)
        case "set_table_status":
            update = CellUpdate(op["section"].lstrip("# "), op["row"], op["column"], op["to_raw"])
            # Some people rename a column and refill it; to loopkit that is another table.
            return update if find_cell(file.document, update) else None
        case _:
            return None


def _note(text: str) -> str:
    """Returns what follows the status word: inside parentheses, or with its own dash."""
    found = re.search(r"[A-Za-z]+\**\s+\((.*)\)$", text) or re.search(
        r"[A-Za-z]\**\s+(— .*)$", text
    )
    return found[1] if found else ""


def _checkbox(op: dict[str, Any], file: LoopFile) -> Change | None:
    status = PhaseStatus.DONE if op["to_raw"] == "[x]" else PhaseStatus.PENDING
    for phase, entry in zip(file.loop.phases, file.layout.phases, strict=True):
        boxes = getattr(entry, "checkboxes", ())
        if any(box.text.text == op["item"] for box in boxes):
            return SetItemStatus(phase.id, op["item"], status)
    named = op["phase"] and file.loop.phase(op["phase"])
    return SetPhaseStatus(named.id, status) if named else None


# ── The command ──────────────────────────────────────────────────────────────


def replay_all(corpus: Path) -> list[Replay]:
    """Returns every result of every edit of a corpus."""
    return [found for edit in sorted((corpus / "edits").iterdir()) for found in replay(edit)]


def summary(results: list[Replay]) -> Iterator[str]:
    """Yields the lines of the report: totals, then each that is not identical."""
    for kind in (HEADER, BODY):
        of = [r for r in results if r.kind == kind and r.identical is not None]
        same = sum(bool(r.identical) for r in of)
        yield f"{kind:8} {same} of {len(of)} identical ({same / max(len(of), 1):.1%})"
    alone = [r for r in results if r.one_line and r.kind == HEADER and r.identical is not None]
    yield f"one-line header edits {sum(bool(r.identical) for r in alone)} of {len(alone)} identical"
    for result in results:
        if not result.identical:
            word = "outside " if result.identical is None else "DIFFERENT"
            yield f"{result.edit} {word} {result.op}: {result.reason}"


def main() -> int:
    """Prints the report; exits 1 when a body edit in twenty is not identical."""
    results = replay_all(Path(sys.argv[1]))
    print("\n".join(summary(results)))
    body = [r for r in results if r.kind == BODY and r.identical is not None]
    return 0 if sum(bool(r.identical) for r in body) >= 0.95 * len(body) else 1


if __name__ == "__main__":
    sys.exit(main())
