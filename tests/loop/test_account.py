"""Reading is an account: every line has an owner, and what looks like the plan is read or told."""

from __future__ import annotations

import pytest
from hypothesis import given

from loopkit.loop.model import UnreadKind
from loopkit.loop.parse.account import OwnerKind
from loopkit.loop.parse.reader import LoopFile, read
from loopkit.markdown.source import Source
from tests.mutated_documents import run
from tests.unrelated_documents import documents
from tests.written_markdown import texts

HEAD = "# Kiln\n\n> **Status:** open\n\n## Phases\n\n"
TABLE = "| Phase | Scope | Status |\n|---|---|---|\n"

EVERYTHING = """\
# Kiln

> **Status:** open
> **Owner:** Mira

Words about it.

## Phases

| Phase | Scope | Depends | Status |
|-------|-------|---------|--------|
| P0 | Look | None | done |
| P1 | Fire | P0 | pending |

| P2 | Sell | P1 | pending |

## P1: Fire

Depends on P0, of course.

| Rack | Condition | Status |
|------|-----------|--------|
| 7 | A visit | done |

## Success criteria

- Nothing cracked

## Non-goals

- Glazing

## Classes

| Class | Threshold | Racks |
|-------|-----------|-------|
| small | 26h | 1, 2 |

## P0 — Closeout Evidence

Seen.

## Other things

- [ ] Sweep the floor
"""

EXPLAINED = """\
prose           1  # Kiln
                2
header          3  > **Status:** open
header          4  > **Owner:** Mira
                5
prose           6  Words about it.
                7
prose           8  ## Phases
                9
phase          10  | Phase | Scope | Depends | Status |
phase          11  |-------|-------|---------|--------|
phase P0       12  | P0 | Look | None | done |
phase P1       13  | P1 | Fire | P0 | pending |
               14
unread         15  | P2 | Sell | P1 | pending |
               16
phase P1       17  ## P1: Fire
               18
prose P1       19  Depends on P0, of course.
               20
phase          21  | Rack | Condition | Status |
phase          22  |------|-----------|--------|
item P1 7      23  | 7 | A visit | done |
               24
prose          25  ## Success criteria
               26
criterion      27  - Nothing cracked
               28
prose          29  ## Non-goals
               30
non-goal       31  - Glazing
               32
prose          33  ## Classes
               34
prose          35  | Class | Threshold | Racks |
prose          36  |-------|-----------|-------|
threshold      37  | small | 26h | 1, 2 |
               38
evidence P0    39  ## P0 — Closeout Evidence
               40
evidence P0    41  Seen.
               42
prose          43  ## Other things
               44
unread         45  - [ ] Sweep the floor
"""


def file_of(text: str) -> LoopFile:
    return read(Source(text), "loops/LOOP-KILN-20260301.md")


def told(text: str) -> list[tuple[int, str]]:
    """Returns what is reported as unread: the line, and the code of the finding."""
    return [(f.line, f.code) for f in file_of(text).loop.findings if f.code in set(UnreadKind)]


# ── Who owns each line ───────────────────────────────────────────────────────


def test_the_account_says_in_the_margin_who_owns_each_line() -> None:
    lines = file_of(EVERYTHING).explain()
    margins = [" ".join(filter(None, (each.owner, each.of))) for each in lines]
    width = max(map(len, margins))
    shown = (f"{m:{width}} {x.line:5}  {x.text}" for m, x in zip(margins, lines, strict=True))
    assert "\n".join(line.rstrip() for line in shown) + "\n" == EXPLAINED


def test_a_gate_in_the_text_of_a_phase_owns_its_line() -> None:
    file = file_of(f"{HEAD}### P0: Look\n\n### P1: Fire\n\nWords.\n\nDepends on P0.\n")
    owner = file.account[12]
    assert owner is not None
    assert (owner.kind, owner.of) == (OwnerKind.GATE, "P1")


@given(texts())
def test_every_line_with_text_has_an_owner_and_no_other_line_has(text: str) -> None:
    file = file_of(text)
    lines = [file.source.line_text(n) for n in range(1, file.source.line_count + 1)]
    assert [owner is not None for owner in file.account] == [bool(x.strip()) for x in lines]
    assert len(file.explain()) == len(lines)


@given(texts())
def test_what_is_unread_has_its_place_and_a_finding_there(text: str) -> None:
    loop = file_of(text).loop
    found = {(finding.line, finding.code) for finding in loop.findings}
    assert {(each.line, each.kind) for each in loop.unread} <= found
    assert all(1 <= each.line <= each.last_line for each in loop.unread)


# ── What looks like a phase ──────────────────────────────────────────────────

LISTED = "- P0: Look\n- P1: Fire\n"
HEADED = "### P0: Look\n\n### P1: Fire\n\n"


@pytest.mark.parametrize(
    ("below", "line"),
    [
        (f"{TABLE}| P0 | Look | done |\n| | Fire | open |\n", 10),
        (f"{TABLE}| P0 | Look | done |\n\n| P1 | Fire | open |\n", 11),
        (f"{TABLE}| P0 | Look | done |\n\n|  | Fire | open |\n", 11),
        (f"{LISTED}- Sell\n", 9),
        (f"{LISTED}\n  P2: Sell\n", 10),
        (f"{LISTED}\nP2: Sell\n", 10),
        (f"{LISTED}\np2 sell\n", 10),
        (f"{LISTED}\n<details>\n- P2: Sell\n</details>\n", 11),
        (f"{LISTED}\n**Phase 2: Sell**\n", 10),
        (f"{HEADED}###P2: Sell\n", 11),
        (f"{HEADED}###\u00a0P2: Sell\n", 11),
        (f"{HEADED}> ### P2: Sell\n", 11),
        (f"{HEADED}### Sell\n", 11),
        (f"{HEADED}### Sell\n\n### P3: Count\n", 11),
        (f"{HEADED}Text.\n\n    ### P2: Sell\n", 13),
        ("P0 Look (near): words.\n\nP1 Fire (far): words.\n\nSell (far): words.\n", 11),
        ("1. Look\n2. Fire\n_3. Sell_\n", 9),
        ("1. Look — done\n2. Fire\nSell — open\n", 9),
        ("<table><tr><td>P0</td><td>done</td></tr></table>\n", 7),
    ],
)
def test_a_line_like_the_phases_that_was_not_read_is_an_error(below: str, line: int) -> None:
    loop = file_of(HEAD + below).loop
    errors = [f.line for f in loop.findings if f.code == "unread" and f.severity == "error"]
    assert errors == [line]


@pytest.mark.parametrize(
    ("below", "missing", "line"),
    [
        ("- P0: Look\n- P2: Sell\n", "P1", 8),
        ("### Phase 1: Look\n\n### Phase 3: Sell\n", "Phase 2", 9),
        (f"{TABLE}| T-1 | Look | open |\n| T-3 | Sell | open |\n", "T-2", 10),
    ],
)
def test_a_gap_in_the_numbering_is_told_where_it_is(below: str, missing: str, line: int) -> None:
    (lost,) = file_of(HEAD + below).loop.unread
    assert (lost.text, lost.line, lost.kind) == (missing, line, UnreadKind.PHASE)


@pytest.mark.parametrize(
    "below",
    [
        f"{TABLE}| P0 | Look | done |\n| P1 | Fire | open |\n| **Total** | | 50% |\n",
        f"{TABLE}| **Near** | | |\n| P0 | Look | done |\n| **Far** | | |\n| P1 | Fire | |\n",
        f"{LISTED}\nP1 is the long one.\n",
        f"{LISTED}\n```\n- P2: Sell\n```\n",
        f"{LISTED}\n<!-- - P2: Sell -->\n",
        f"{LISTED}\n## Evidence\n\n- P7 of another loop\n",
        f"{LISTED}\n## Risks\n\n| Risk | Status |\n|---|---|\n| Rain | open |\n",
        f"{HEADED}#### P1.1 — The small ones\n\n#### P1.2 — The big ones\n",
        f"{HEADED}### Notes\n\nNone.\n",
        "### P0: Look\n\nText.\n\n### Between the two\n\nText.\n\n### P1: Fire\n",
        "- P0: Look\n- P9: Sell\n",
        "1. Look at every single one of the racks and write down what you see\nin the book\n",
    ],
)
def test_what_is_surely_no_phase_is_not_told(below: str) -> None:
    assert told(HEAD + below) == []


def test_a_heading_a_level_off_that_goes_on_with_the_numbers_is_read() -> None:
    loop = file_of(f"{HEAD}### P0: Look\n\n### P1: Fire\n\n#### P2: Sell\n\nText.\n").loop
    assert [phase.id for phase in loop.phases] == ["P0", "P1", "P2"]


def test_boxes_that_nothing_read_are_an_error_and_a_table_of_how_things_are_a_note() -> None:
    text = f"{HEAD}{LISTED}\n## Later\n\n- [ ] Sweep\n\n| Tool | Status |\n|---|---|\n| a | b |\n"
    loop = file_of(text).loop
    found = [(f.line, f.severity) for f in loop.findings if f.code == "unread-section"]
    assert found == [(12, "error"), (14, "info")]


def test_boxes_of_criteria_and_of_the_work_of_a_phase_are_read() -> None:
    text = (
        f"{HEAD}### P0: Look\n\n- [ ] near\n\n**Done when:**\n\n- [ ] seen\n\n"
        "## Acceptance criteria\n\n- [ ] warm\n"
    )
    assert told(text) == []


@pytest.mark.parametrize("of", ["207 (AI)", "Closeout", "West wing (2nd floor) (B)"])
def test_the_evidence_of_an_item_with_brackets_in_its_name_is_no_detail_of_its_phase(
    of: str,
) -> None:
    evidence = f"\n## P0 — {of} Evidence (2026-02-09)\n\nSeen.\n"
    rows = "| P0 | Look | open |\n| P1 | Fire | open |\n"
    details = "\n## Details\n\n### P0\n\n| VM | Condition |\n|---|---|\n| 207 (AI) | LOOP-A |\n"
    text = f"{HEAD}{TABLE}{rows}{details}"
    before, after = file_of(text).loop, file_of(text + evidence).loop
    assert [item.key for item in before.phases[0].items] == ["207 (AI)"]
    assert after.phases[0].items == before.phases[0].items


# ── Merges that nobody settled ───────────────────────────────────────────────


def test_nothing_between_conflict_markers_is_a_phase() -> None:
    rows = "| P0 | Look | done |\n<<<<<<< HEAD\n| P1 | Fire | done |\n=======\n"
    text = f"{HEAD}{TABLE}{rows}| P1 | Fire | open |\n>>>>>>> other\n"
    loop = file_of(text).loop
    assert [phase.id for phase in loop.phases] == ["P0"]
    (torn,) = loop.unread
    assert (torn.kind, torn.line, torn.last_line) == (UnreadKind.CONFLICT, 10, 14)
    assert ("conflict-markers", "error") in [(f.code, f.severity) for f in loop.findings]


def test_a_rule_of_equal_signs_is_no_conflict() -> None:
    assert told("Kiln\n=======\n\n## Phases\n\n- P0: Look\n- P1: Fire\n") == []


# ── Documents without phases ─────────────────────────────────────────────────


def test_a_document_without_phases_says_what_was_looked_for_and_what_came_near() -> None:
    text = "# Kiln\n\n> **Status:** open\n\n## Racks\n\n- R1: near\n"
    (finding,) = [f for f in file_of(text).loop.findings if f.code == "no-phases"]
    assert finding.line == 7
    assert "`Phase 1`" in finding.message
    assert "the list in line 7 (R1)" in finding.message


def test_a_second_numbering_is_named_as_another_plan() -> None:
    text = f"{HEAD}### W0: Fire\n\n### W1: Cool\n\n## Visit\n\n### Step 0: Go\n\n### Step 1: Look\n"
    (finding,) = [f for f in file_of(text).loop.findings if f.code == "other-plan"]
    assert (finding.line, finding.severity) == (13, "info")


@pytest.mark.parametrize(
    "text",
    [
        "# Change the proxy\n\n## Step 1: Stop it\n\nText.\n\n## Step 2: Start it\n",
        "# Platforms\n\n## Tier 1\n\n- a\n\n## Tier 2\n\n- b\n",
        "# Severities\n\n- P0: wakes somebody\n- P1: waits\n",
        "# Standards\n\n| RFC | Status |\n|---|---|\n| RFC 1149 | done |\n| RFC 2549 | done |\n",
        "# Readme\n\n- [x] fast\n- [ ] small\n",
    ],
)
def test_instructions_and_lists_of_other_things_are_no_plan(text: str) -> None:
    loop = read(Source(text), "page.md").loop
    assert not loop.is_plan
    assert loop.phases == ()
    assert [f for f in loop.findings if f.severity != "info"] == []


def test_instructions_under_a_header_of_a_loop_are_its_phases() -> None:
    text = "# Change\n\n**Status:** open\n\n## Step 1: Stop it\n\n## Step 2: Start it\n"
    assert [phase.id for phase in read(Source(text), "a.md").loop.phases] == ["Step 1", "Step 2"]


def test_no_unrelated_document_is_taken_for_a_plan() -> None:
    loops = [read(Source(text), f"{name}.md").loop for name, text in documents(120, 3)]
    assert [loop.title for loop in loops if loop.is_plan] == []
    severities = {finding.severity for loop in loops for finding in loop.findings}
    assert severities == {"info"}


# ── Damage ───────────────────────────────────────────────────────────────────


def test_whatever_happens_to_a_line_no_phase_is_silently_gone() -> None:
    figures = run(count=250, seed=20260301)
    assert figures.gone == []
    assert figures.changed == []
    assert figures.read > 100
    assert figures.told > 40


def test_a_table_in_the_evidence_of_a_phase_is_not_taken_for_work() -> None:
    rows = f"{HEAD}{TABLE}| P0 | Look | done |\n\n"
    heads = "## P0 — Evidence (2026-02-09)\n\n### Guests\n\n"
    guests = f"{heads}| VM | Status |\n|---|---|\n| 7 | pending |\n"
    assert told(rows + guests) == []
    assert told(rows + guests.replace("P0 — Evidence", "Leftovers")) != []
