"""Small loop documents, one a shape, and how to change them in tests."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from difflib import unified_diff

from loopkit.loop.change import AddEvidence, Change
from loopkit.loop.edit.writer import rewrite
from loopkit.loop.outcome import Block, ListBlock, TableBlock, TextBlock
from loopkit.loop.parse.reader import LoopFile, read
from loopkit.markdown.source import Source

DAY = date(2026, 3, 14)

QUOTE = """\
# LOOP-CELLAR-20260301

> **Status:** open
> **Owner:** @mira
> **Created:** 2026-03-01
> **Severity:** low

---

## Current State

### Racks (as of 2026-03-01)

| Rack | Power | Labelled? |
|------|-------|-----------|
| A | dual | **NO** |
| B | single | YES |

---

## Phases

| Phase | Scope | Dependency | Status |
|-------|-------|------------|--------|
| P0 | Count the racks | None | **done** |
| P1 | Label them | P0 | **done** (by hand) |
| P2 | Move the switch | P1 | pending (wait 24h after labels) |
| P3 | Check and close | P1 + P2 | pending |

---

## Non-Goals

- Do NOT buy anything

---

_Scope written by: mira_
_Created: 2026-03-01_
"""

YAML = """\
---
loop_id: LOOP-ATTIC-20260301
created: "2026-03-01"
status: active
owner: "@mira"
---

# Attic

## Phases
- Step 1: sweep the floor — DONE
- Step 2: insulate the roof
- Step 3: sign off

## Notes
Nothing yet.
"""

BOTH = """\
---
status: open
created: 2026-03-01
---

# LOOP-BARN-20260301

> **Status:** open
> **Created:** 2026-03-01

## Phases

| Phase | Scope |
|-------|-------|
| P0 | Look |
| P1 | Leap |
"""

HEADINGS = """\
# LOOP-YARD-20260301

**Status:** OPEN
**Created:** 2026-03-01

## Phases

### P0 — Survey (DONE)

Seen.

### P1 — Dig

- [ ] the north side
- [ ] the south side

### P2 — Fill

To be said.
"""

BOXES = """\
# LOOP-SHED-20260301

- **Status:** open

## Steps

- [x] P0 Clear the shed
- [ ] P1 Paint the shed
"""

ALL = {"quote": QUOTE, "yaml": YAML, "both": BOTH, "headings": HEADINGS, "boxes": BOXES}


def loop_file(text: str, name: str = "loops/LOOP-X.md") -> LoopFile:
    """Returns a document as it is read."""
    return read(Source(text, name), name)


def rewritten(text: str, *changes: Change) -> str:
    """Returns the text of a document after changes."""
    return rewrite(loop_file(text), changes).source.text


def diff(before: str, after: str) -> list[str]:
    """Returns the lines that went, with `-`, and came, with `+`."""
    lines = unified_diff(before.split("\n"), after.split("\n"), n=0, lineterm="")
    return [line for line in lines if line[:1] in "+-" and line[:3] not in ("+++", "---")]


def changed(text: str, *changes: Change) -> list[str]:
    """Returns the lines that changes take away and bring."""
    return diff(text, rewritten(text, *changes))


def evidence(phase: str, *blocks: Block, title: str = "Evidence", on: date = DAY) -> AddEvidence:
    """Returns evidence of a phase: by default a table, a sentence and a list."""
    ordinary: Sequence[Block] = (
        TableBlock("Racks: 2 of 2", ("Rack", "Power"), (("A", "dual"), ("B", "single"))),
        TextBlock("Both were seen with `lsrack -v`."),
        ListBlock("Switch: moved", ("Port 1 -> rack A", "Port 2 -> rack B")),
    )
    return AddEvidence(phase, title, on, tuple(blocks or ordinary))
