"""What a change does to a document: the bytes that say something new, and no others."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from shapes import (
    ALL,
    BOTH,
    BOXES,
    DAY,
    HEADINGS,
    QUOTE,
    YAML,
    changed,
    diff,
    evidence,
    loop_file,
    rewritten,
)

from loopkit.errors import DocumentChanged, ReadBackFailed, UnknownPhase
from loopkit.loop.change import SetItemStatus, SetLoopStatus, SetPhaseStatus
from loopkit.loop.edit.writer import rebase, rewrite
from loopkit.loop.model import LoopStatus, PhaseStatus
from loopkit.loop.outcome import CellUpdate, ListBlock, TableBlock

DONE, PENDING, BLOCKED = PhaseStatus.DONE, PhaseStatus.PENDING, PhaseStatus.BLOCKED
CLOSED = SetLoopStatus(LoopStatus.CLOSED, DAY)


# ── A status in a table ──────────────────────────────────────────────────────


def test_a_cell_takes_the_word_and_bold_of_the_other_done_phases_and_loses_its_note() -> None:
    assert changed(QUOTE, SetPhaseStatus("P2", DONE)) == [
        "-| P2 | Move the switch | P1 | pending (wait 24h after labels) |",
        "+| P2 | Move the switch | P1 | **done** |",
    ]


def test_a_note_follows_in_parentheses_and_its_pipes_end_no_cell() -> None:
    change = SetPhaseStatus("P3", BLOCKED, "rack B | no answer, run 3f9c")
    assert changed(QUOTE, change)[1] == (
        r"+| P3 | Check and close | P1 + P2 | **blocked** (rack B \| no answer, run 3f9c) |"
    )


def test_notes_follow_a_dash_where_the_document_writes_them_so() -> None:
    text = QUOTE.replace("**done** (by hand)", "DONE — by hand").replace("**done** |", "DONE |")
    assert changed(text, SetPhaseStatus("P3", DONE, "all seen"))[1] == (
        "+| P3 | Check and close | P1 + P2 | DONE — all seen |"
    )


@pytest.mark.parametrize(
    ("old", "new"), [("pending", "done"), ("PENDING", "DONE"), ("Pending", "Done")]
)
def test_without_a_done_phase_the_case_is_that_of_the_old_status(old: str, new: str) -> None:
    text = f"# LOOP-A-20260301\n\n## Phases\n\n| Phase | Status |\n|---|---|\n| P0 | {old} |\n"
    assert changed(text, SetPhaseStatus("P0", DONE)) == [f"-| P0 | {old} |", f"+| P0 | {new} |"]


def test_a_table_without_a_status_column_gets_one_once() -> None:
    once = rewritten(BOTH, SetPhaseStatus("P0", DONE))
    assert diff(BOTH, once) == [
        "-| Phase | Scope |",
        "-|-------|-------|",
        "-| P0 | Look |",
        "+| Phase | Scope | Status |",
        "+|-------|-------|--------|",
        "+| P0 | Look | done |",
    ]
    assert changed(once, SetPhaseStatus("P1", DONE)) == ["-| P1 | Leap |", "+| P1 | Leap | done |"]


def test_a_column_is_not_added_where_a_cell_beyond_the_header_would_become_a_status() -> None:
    with pytest.raises(ReadBackFailed, match="no place"):
        rewritten(BOTH.replace("| P1 | Leap |", "| P1 | Leap | done |"), SetPhaseStatus("P0", DONE))


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (["Phase | Scope", "--- | ---", "P0 | Look"], ["Status", "------", "done"]),
        (["| Phase|Scope", "|:--|--:", "| P0|Look"], ["Status", "------", "done"]),
        (["|Phase|Scope|\t", "| :-: | --- | ", "|P0|Look|"], ["Status", "------", "done"]),
    ],
)
def test_a_column_is_added_to_tables_of_any_spelling(rows: list[str], expected: list[str]) -> None:
    text = "# LOOP-A-20260301\n\n## Phases\n\n" + "\n".join(rows) + "\n"
    after = loop_file(rewritten(text, SetPhaseStatus("P0", DONE)))
    table = after.layout.phases_table
    assert table is not None
    added = [row.cells[2].text for row in (table.header, table.delimiter, *table.rows)]
    assert added == expected
    kept = [
        line[: len(old.rstrip())]
        for old, line in zip(rows, after.source.text.split("\n")[4:], strict=False)
    ]
    assert kept == [row.rstrip() for row in rows]


# ── A status elsewhere ───────────────────────────────────────────────────────


def test_a_list_gets_its_status_where_the_list_puts_it() -> None:
    assert changed(YAML, SetPhaseStatus("Step 2", DONE, "12 rolls")) == [
        "-- Step 2: insulate the roof",
        "+- Step 2: insulate the roof — DONE (12 rolls)",
    ]
    assert changed(BOXES, SetPhaseStatus("P1", DONE)) == [
        "-- [ ] P1 Paint the shed",
        "+- [x] P1 Paint the shed",
    ]
    assert changed(BOXES, SetPhaseStatus("P0", PENDING)) == [
        "-- [x] P0 Clear the shed",
        "+- [ ] P0 Clear the shed",
    ]


def test_a_heading_gets_the_suffix_of_its_kin_or_else_its_boxes_ticked() -> None:
    assert changed(HEADINGS, SetPhaseStatus("P2", DONE)) == [
        "-### P2 — Fill",
        "+### P2 — Fill (DONE)",
    ]
    assert changed(HEADINGS, SetPhaseStatus("P1", DONE)) == [
        "-### P1 — Dig",
        "+### P1 — Dig (DONE)",
    ]
    assert changed(HEADINGS.replace(" (DONE)", ""), SetPhaseStatus("P1", DONE)) == [
        "-- [ ] the north side",
        "-- [ ] the south side",
        "+- [x] the north side",
        "+- [x] the south side",
    ]
    assert changed(HEADINGS, SetItemStatus("P1", "the south side", DONE)) == [
        "-- [ ] the south side",
        "+- [x] the south side",
    ]


CHECKLIST = QUOTE.replace(
    "## Non-Goals",
    """## Phase Details

### P2 — Move the switch

| Port | Condition | Actions |
|------|-----------|---------|
| 1 (uplink) | LOOP-WALL-20260101 reaches P1+ | Move it |
| 2 (desk) | LOOP-WALL-20260101 reaches P2+ | Move it |

---

## Non-Goals""",
)


def test_an_item_of_a_checklist_gets_a_status_of_its_own() -> None:
    once = rewritten(CHECKLIST, SetItemStatus("P2", "1 (uplink)", DONE))
    assert diff(CHECKLIST, once)[3:] == [
        "+| Port | Condition | Actions | Status |",
        "+|------|-----------|---------|--------|",
        "+| 1 (uplink) | LOOP-WALL-20260101 reaches P1+ | Move it | **done** |",
    ]
    assert changed(once, SetItemStatus("P2", "2 (desk)", DONE))[1:] == [
        "+| 2 (desk) | LOOP-WALL-20260101 reaches P2+ | Move it | **done** |"
    ]


# ── The header ───────────────────────────────────────────────────────────────


def test_closing_sets_the_status_the_day_below_created_and_the_footer() -> None:
    assert changed(QUOTE, CLOSED) == [
        "-> **Status:** open",
        "+> **Status:** closed",
        "+> **Closed:** 2026-03-14",
        "+_Closed: 2026-03-14_",
    ]


def test_front_matter_keeps_its_quoting_and_a_second_header_says_the_same() -> None:
    assert changed(YAML, CLOSED) == [
        "-status: active",
        '+closed: "2026-03-14"',
        "+status: closed",
    ]
    quoted = YAML.replace("status: active", "status: 'active'  # see below")
    assert "+status: 'closed'  # see below" in changed(quoted, CLOSED)
    assert changed(BOTH, CLOSED) == [
        "-status: open",
        "+status: closed",
        "+closed: 2026-03-14",
        "-> **Status:** open",
        "+> **Status:** closed",
    ]


def test_the_case_of_a_header_is_kept_and_a_chosen_word_is_written() -> None:
    assert changed(HEADINGS, SetLoopStatus(LoopStatus.BLOCKED))[1] == "+**Status:** BLOCKED"
    planned = YAML.replace("status: active", "status: planned")
    assert changed(planned, SetLoopStatus(LoopStatus.OPEN, word="active"))[1] == "+status: active"


@pytest.mark.parametrize("text", [QUOTE, YAML, BOTH])
def test_reopening_takes_back_what_closing_wrote(text: str) -> None:
    word = "active" if text is YAML else "open"
    assert rewritten(text, CLOSED, SetLoopStatus(LoopStatus.OPEN, word=word)) == text


def test_a_header_without_a_status_gets_one() -> None:
    text = "# LOOP-A-20260301\n\n> **Owner:** @mira\n"
    assert changed(text, SetLoopStatus(LoopStatus.CLOSED)) == ["+> **Status:** closed"]
    bare = "# LOOP-A-20260301\n\nSome words.\n"
    assert changed(bare, SetLoopStatus(LoopStatus.CLOSED)) == ["+", "+> **Status:** closed"]


# ── Cells and evidence ───────────────────────────────────────────────────────


def test_a_cell_that_the_evidence_speaks_of_is_set_and_one_that_is_not_there_is_no_error() -> None:
    update = CellUpdate("Racks", "A", "Labelled?", "YES")
    assert changed(QUOTE, update) == ["-| A | dual | **NO** |", "+| A | dual | YES |"]
    assert rewritten(QUOTE, CellUpdate("Racks", "C", "Labelled?", "YES")) == QUOTE
    assert rewritten(QUOTE, CellUpdate("Shelves", "A", "Labelled?", "YES")) == QUOTE


def test_cells_are_set_together_as_one_after_the_other_and_the_later_word_on_one_wins() -> None:
    a, b = (CellUpdate("Racks", rack, "Labelled?", "twice") for rack in "AB")
    assert rewritten(QUOTE, a, b) == rewritten(rewritten(QUOTE, a), b)
    later = CellUpdate("racks", "a", "labelled?", "after lunch")
    assert rewritten(QUOTE, a, later, b) == rewritten(rewritten(QUOTE, b), later)


def test_cells_that_are_there_already_change_no_byte() -> None:
    said = [CellUpdate("Racks", "A", "Power", "dual"), CellUpdate("Racks", "B", "Power", "single")]
    assert rewritten(QUOTE, *said) == QUOTE


def test_a_cell_update_may_not_change_a_phase() -> None:
    with pytest.raises(ReadBackFailed, match="P2"):
        rewritten(QUOTE, CellUpdate("Phases", "P2", "Status", "done"))


SECTION = """\
## P3 — Evidence (2026-03-14)

### Racks: 2 of 2

| Rack | Power |
|------|-------|
| A | dual |
| B | single |

Both were seen with `lsrack -v`.

### Switch: moved

- Port 1 -> rack A
- Port 2 -> rack B
"""


def test_evidence_is_a_section_before_the_footer_ruled_off_as_the_others_are() -> None:
    footer = "_Scope written by: mira_\n"
    assert rewritten(QUOTE, evidence("P3")) == QUOTE.replace(footer, f"{SECTION}\n---\n\n{footer}")


def test_evidence_ends_a_document_without_rules_and_footer() -> None:
    section = SECTION.replace("P3", "Step 2")
    assert rewritten(YAML, evidence("Step 2")) == f"{YAML}\n{section}"
    unended = YAML.removesuffix("\n")
    assert rewritten(unended, evidence("Step 2")) == f"{unended}\n\n{section}".removesuffix("\n")


def test_later_evidence_goes_below_the_earlier() -> None:
    twice = rewritten(YAML, evidence("Step 1"), evidence("Step 2"))
    assert twice.index("## Step 1 —") < twice.index("## Step 2 —")
    assert "rack B\n\n## Step 2" in twice


def test_evidence_of_a_phase_that_has_some_replaces_its_parts_and_adds_the_others() -> None:
    once = rewritten(QUOTE, evidence("P3"))
    again = evidence(
        "P3",
        TableBlock("Racks: 3 of 3", ("Rack", "Power"), (("C", "none"),)),
        ListBlock("Doors: shut"),
        on=date(2026, 3, 15),
    )
    expected = once.replace("(2026-03-14)", "(2026-03-15)").replace(
        "### Racks: 2 of 2", "### Racks: 3 of 3"
    )
    expected = expected.replace(
        "| A | dual |\n| B | single |\n\nBoth were seen with `lsrack -v`.", "| C | none |"
    )
    expected = expected.replace("-> rack B\n", "-> rack B\n\n### Doors: shut\n")
    assert rewritten(once, again) == expected


def test_evidence_of_an_item_with_a_bracket_in_its_name_is_no_detail_of_its_phase() -> None:
    change = evidence("P2", title="1 (uplink) Evidence")
    assert "## P2 — 1 (uplink) Evidence (2026-03-14)" in rewritten(CHECKLIST, change)
    assert len(loop_file(rewritten(CHECKLIST, change)).loop.phases[2].items) == 2


def test_evidence_is_not_written_into_a_fence_that_never_ends() -> None:
    text = YAML + "\n```\nleft open\n"
    with pytest.raises(ReadBackFailed, match="fence"):
        rewritten(text, evidence("Step 2"))


# ── Always ───────────────────────────────────────────────────────────────────

CHANGES = {
    "quote": (SetPhaseStatus("P3", DONE, "seen"), evidence("P3"), CLOSED),
    "yaml": (SetPhaseStatus("Step 2", DONE), evidence("Step 2"), CLOSED),
    "both": (SetPhaseStatus("P1", DONE), evidence("P1"), CLOSED),
    "headings": (SetPhaseStatus("P2", BLOCKED, "x"), evidence("P2"), CLOSED),
    "boxes": (SetPhaseStatus("P1", DONE), evidence("P1"), CLOSED),
}


@pytest.mark.parametrize("shape", ALL)
def test_no_change_gives_the_same_file_and_a_change_made_twice_the_same_bytes(shape: str) -> None:
    file = loop_file(ALL[shape])
    assert rewrite(file, []) is file
    once = rewrite(file, CHANGES[shape])
    assert once.source != file.source
    assert rewrite(once, CHANGES[shape]) is once


@pytest.mark.parametrize("shape", ALL)
@pytest.mark.parametrize("spelling", ["crlf", "bom", "unended"])
def test_line_ends_a_byte_order_mark_and_a_missing_last_newline_are_kept(
    shape: str, spelling: str
) -> None:
    def spelled(text: str) -> str:
        if spelling == "crlf":
            return text.replace("\n", "\r\n")
        return f"\ufeff{text}" if spelling == "bom" else text.removesuffix("\n")

    plain = rewritten(ALL[shape], *CHANGES[shape])
    assert rewritten(spelled(ALL[shape]), *CHANGES[shape]) == spelled(plain)


def test_a_phase_or_item_that_is_not_there_is_named_with_those_that_are() -> None:
    with pytest.raises(UnknownPhase, match="P0, P1, P2, P3"):
        rewritten(QUOTE, SetPhaseStatus("P9", DONE))
    with pytest.raises(UnknownPhase, match=r"1 \(uplink\), 2 \(desk\)"):
        rewritten(CHECKLIST, SetItemStatus("P2", "9", DONE))


# ── While a person edits ─────────────────────────────────────────────────────


def test_a_change_elsewhere_is_kept_and_a_change_of_the_same_cell_is_a_conflict() -> None:
    file = loop_file(QUOTE)
    edited = QUOTE.replace("Do NOT buy", "Do not buy").replace("P0 | Count", "P0 | Count all")
    done = [SetPhaseStatus("P2", DONE), evidence("P2")]
    kept = rebase(file, loop_file(edited), done).source.text
    assert kept == rewritten(edited, *done)
    clash = loop_file(QUOTE.replace("pending (wait 24h after labels)", "blocked (no ladder)"))
    with pytest.raises(DocumentChanged) as caught:
        rebase(file, clash, done)
    assert (caught.value.ours, caught.value.theirs) == ("done", "blocked (no ladder)")


# ── The document that loopkit was asked for ──────────────────────────────────

SHARED = Path(__file__).parents[2].parent / "shared"


@pytest.mark.skipif(not SHARED.is_dir(), reason="needs ../shared beside the checkout")
def test_closing_the_seed_changes_the_lines_that_its_author_changed() -> None:
    edit = SHARED / "corpus" / "edits" / "000"
    before, after = ((edit / f"{name}.md").read_text() for name in ("before", "after"))
    written = rewritten(
        before,
        SetPhaseStatus("P5", DONE),
        evidence("P5", title="Closeout Evidence", on=date(2026, 2, 9)),
        SetLoopStatus(LoopStatus.CLOSED, date(2026, 2, 9)),
    )
    person = after.replace("> **Severity:** high", "> **Severity:** medium")
    head, tail = "## P5 — Closeout Evidence (2026-02-09)", "\n---\n\n_Scope document"
    for text in (written, person):
        assert text.count(head) == text.count(tail) == 1
    assert written.split(head)[0] == person.split(head)[0]
    assert written.split(tail)[1] == person.split(tail)[1]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("- P1: fit — IN PROGRESS", "- P1: fit — DONE"),
        ("- P1: fit (PENDING)", "- P1: fit — DONE"),
        ("- **P1 Fit** — the lamp", "- **P1 Fit** — the lamp — DONE"),
        ("- P1: BLOCKED -- no ladder", "- P1: DONE -- no ladder"),
        ("- [ ] P1 fit", "- [x] P1 fit"),
    ],
)
def test_a_status_is_written_wherever_the_author_put_it(before: str, after: str) -> None:
    text = f"# LOOP-A-20260301\n\n## Phases\n\n- P0: look — DONE\n{before}\n"
    assert changed(text, SetPhaseStatus("P1", DONE)) == [f"-{before}", f"+{after}"]


def test_a_status_field_below_a_heading_is_set_in_place() -> None:
    head = "# LOOP-A-20260301\n\n> **Status:** open\n\n## Phases\n\n"
    text = head + "### P0: Look\n\n**Status:** **pending** (soon)\n"
    assert changed(text, SetPhaseStatus("P0", DONE)) == [
        "-**Status:** **pending** (soon)",
        "+**Status:** **done**",
    ]


def test_a_status_in_a_word_of_the_title_leaves_the_title() -> None:
    text = "# LOOP-A-20260301\n\n## Phases\n\n- P0: Deferred promotion\n"
    assert changed(text, SetPhaseStatus("P0", DONE))[1:] == ["+- P0: Deferred promotion — DONE"]


def test_a_header_in_one_line_keeps_to_that_line() -> None:
    text = "# LOOP-A-20260301\n\n**Status:** open | **Created:** 2026-03-01 | **Owner:** @mira\n"
    assert changed(text, CLOSED)[1:] == [
        "+**Status:** closed | **Created:** 2026-03-01 | **Closed:** 2026-03-14 | **Owner:** @mira"
    ]
    assert rewritten(text, CLOSED, SetLoopStatus(LoopStatus.OPEN)) == text
