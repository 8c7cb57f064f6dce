"""Writes hostile host output into documents as evidence, and reads them again: a command.

    python -m tests.hostile --count 100000

Whatever a host printed, the document must mean what it meant before, with every byte that stood
there. The outputs are made from a seed, so a run can be had again.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from loopkit.errors import ReadBackFailed
from loopkit.loop.change import AddEvidence, SetPhaseStatus
from loopkit.loop.edit.writer import rewrite
from loopkit.loop.model import Loop, PhaseStatus
from loopkit.loop.outcome import Block, ListBlock, TableBlock, TextBlock
from loopkit.loop.parse.reader import LoopFile, read
from loopkit.markdown.source import Source

DOCUMENTS = {
    "table": """# LOOP-A-20260301

> **Status:** open
> **Created:** 2026-03-01

---

## Phases

| Phase | Scope | Dependency | Status |
|---|---|---|---|
| P0 | look | None | **done** |
| P5 | leap | P0 | pending (wait 24h) |

---

_Created: 2026-03-01_
""",
    "headings": """---
status: open
created: 2026-03-01
---

# LOOP-A-20260301

### P0 — look (DONE)

Seen.

### P5 — leap

- [ ] near
- [x] far
""",
    "list": """# LOOP-A-20260301

**Status:** open

## Steps

- [x] P0 look
- [ ] P5 leap
""",
    "paragraphs": """# LOOP-A-20260301

- **Status:** open

## Plan

P0 Look (local): all of it.

P5 Leap (remote): far.
""",
}

FRAGMENTS = (
    "| P5 | **done** |", "|", "\\|", "\\", "\n", "\r\n", "\r", "\n\n", "\t", "    ", "`", "``",
    "```", "~~~", "```\n| P5 | done |\n```", "<!--", "-->", "<!-- P5 done -->", "<details>",
    "</details>", "<script>", "<p>", "# P5 — Leap (DONE)", "## Phases", "### P5: DONE",
    "## Status: closed", "===", "---", "***", "- [x] P5 leap", "- P5: leap — DONE", "1. P5 done",
    "P5 Leap (remote): DONE", "P9 New: pending", "Step 7: DONE", "**P5** done",
    "> **Status:** closed", "**Status:** closed", "- **Closed:** 2026-01-01", "status: closed",
    "---\nstatus: closed\n---", "_Closed: 2026-01-01_",
    "| Phase | Status |\n|---|---|\n| P5 | done |", "| Status | closed |", "Success Criteria",
    "Phases", "Steps", "Non-Goals", "| VM | Condition | Actions |", "[x]: http://example.org",
    "[x]", "![i](http://x)", "\x1b[31m", "\x1b]8;;http://x\x07", "\x9b2J", "\x00", "\x07", "\x08",
    "\x7f", "\x85", "\u2028", "\u2029", "\x0b", "\x0c", "\u202e", "\u2066", "\u200b", "\ufeff",
    "\ud800", "\udcff", "\ufffd", "日本", "👩‍👩‍👧", "é", "&#124;", "&lt;!--", "{{", "$x$", "OK",
    "pve", "10.0.0.2:/volume1", "2026-02-09 02:00 (185G)", "`keep-last=2`", "100%", "->",
    "(wait 24h)", "LOOP-B-20260101",
)  # fmt: skip

ON = date(2026, 3, 14)


@dataclass
class Figures:
    """What a run found."""

    written: int = 0
    refused: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    shapes: Counter[str] = field(default_factory=Counter)


def text(chance: random.Random) -> str:
    """Returns what a hostile host may print."""
    parts = [chance.choice(FRAGMENTS) for _ in range(chance.randint(0, 6))]
    if chance.random() < 0.2:
        parts.append("".join(chr(chance.randrange(0x110000)) for _ in range(chance.randint(1, 8))))
    if chance.random() < 0.002:
        parts.append(chance.choice(FRAGMENTS) * 20_000)
    return chance.choice(("", " ", "\n")).join(parts)


def block(chance: random.Random) -> Block:
    """Returns a block of evidence with hostile text in every place."""
    kind = chance.randrange(3)
    if kind == 0:
        return TextBlock(text(chance))
    if kind == 1:
        return ListBlock(text(chance), tuple(text(chance) for _ in range(chance.randint(0, 3))))
    width = chance.randint(1, 3)
    rows = [tuple(text(chance) for _ in range(width)) for _ in range(chance.randint(0, 3))]
    return TableBlock(text(chance), tuple(text(chance) for _ in range(width)), tuple(rows))


def change_of(phase: str, chance: random.Random) -> AddEvidence | SetPhaseStatus:
    """Returns evidence, or now and then a status with a note, of hostile text."""
    if chance.random() < 0.25:
        return SetPhaseStatus(phase, PhaseStatus.BLOCKED, text(chance))
    return AddEvidence(phase, "Evidence", ON, tuple(block(chance) for _ in range(2)))


def state(loop: Loop, changed: str) -> object:
    """Returns what a loop says of itself and its phases, without places and what was changed."""
    phases = [
        (p.id, p.title, p.items)
        if p.id == changed
        else (p.id, p.title, p.items, p.status, p.status_text, len(p.gates))
        for p in loop.phases
    ]
    rest = (loop.criteria, loop.non_goals, loop.thresholds, loop.blocked_by)
    return loop.id, loop.status, loop.created, loop.closed, phases, rest


def attack(files: dict[str, LoopFile], chance: random.Random, figures: Figures) -> None:
    """Writes one hostile piece of evidence and looks at what the document then says."""
    shape = chance.choice(sorted(files))
    file = files[shape]
    phase = file.loop.phases[-1].id
    change = change_of(phase, chance)
    try:
        after = rewrite(file, [change]).source
    except ReadBackFailed as error:
        figures.refused.append(f"{shape}: {error} {change!r}"[:2_000])
        return
    figures.written += 1
    figures.shapes[shape] += 1
    again = read(Source.decode(after.encode()), file.loop.path).loop
    noted = isinstance(change, SetPhaseStatus)
    same = state(again, phase if noted else "") == state(file.loop, phase if noted else "")
    told = again.phases[-1].status is (
        PhaseStatus.BLOCKED if noted else file.loop.phases[-1].status
    )
    if not (same and told and _kept(file.source.text, after.text, noted)):
        figures.wrong.append(f"{shape}: {change!r}"[:2_000])


def _kept(before: str, after: str, noted: bool) -> bool:
    """Returns whether the old lines all stand there, but for the one that a note is in."""
    old, new = before.split("\n"), after.split("\n")
    head = next((i for i, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), len(old))
    rest = old[head + noted :]
    return not rest or new[-len(rest) :] == rest


def run(count: int, seed: int) -> Figures:
    """Returns the figures of so many attacks."""
    files = {name: read(Source(made, name), name) for name, made in DOCUMENTS.items()}
    files = {name: file for name, file in files.items() if file.loop.phases}
    figures, chance = Figures(), random.Random(seed)
    for _ in range(count):
        attack(files, chance, figures)
    return figures


def lines(figures: Figures, seconds: float) -> Iterator[str]:
    """Yields the report."""
    yield f"{figures.written} written and read back to the same loop in {seconds:.0f} s"
    yield "  " + ", ".join(f"{name} {count}" for name, count in sorted(figures.shapes.items()))
    yield f"{len(figures.refused)} refused, nothing written"
    yield f"{len(figures.wrong)} wrong"
    yield from (*figures.refused[:5], *figures.wrong[:5])


def main() -> int:
    """Runs the attacks that the options ask for; exits 1 when a document was changed by one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    begun = time.monotonic()
    figures = run(options.count, options.seed)
    print("\n".join(lines(figures, time.monotonic() - begun)).encode(errors="replace").decode())
    return 1 if figures.wrong or figures.refused else 0


if __name__ == "__main__":
    sys.exit(main())
