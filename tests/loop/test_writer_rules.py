"""One status in two places, work and criteria apart, and no edit where an id could mean two."""

from __future__ import annotations

import pytest

from loopkit.errors import Refused
from loopkit.loop.change import (
    AddEvidence,
    Change,
    SetItemStatus,
    SetLoopStatus,
    SetPhaseStatus,
)
from loopkit.loop.edit.permission import check_writable
from loopkit.loop.edit.writer import rewrite
from loopkit.loop.model import LoopStatus, PhaseStatus
from loopkit.loop.outcome import CellUpdate
from tests.loop.shapes import DAY, changed, loop_file, rewritten

DONE, PENDING = PhaseStatus.DONE, PhaseStatus.PENDING

# ── One status, two places ───────────────────────────────────────────────────

ROW_AND_HEADING = """\
# Kiln

**Status:** open

| Phase | Title | Status |
|-------|-------|--------|
| Phase 1 | Bricks | ✅ Completed |
| Phase 2 | Mortar | ⏳ Pending |

## Phase 1: Bricks (DONE)

## Phase 2: Mortar (PENDING)
"""


def test_a_row_and_a_heading_both_say_the_new_status_each_as_its_kin_do() -> None:
    assert changed(ROW_AND_HEADING, SetPhaseStatus("Phase 2", DONE)) == [
        "-| Phase 2 | Mortar | ⏳ Pending |",
        "+| Phase 2 | Mortar | ✅ Completed |",
        "-## Phase 2: Mortar (PENDING)",
        "+## Phase 2: Mortar (DONE)",
    ]


def test_the_place_that_says_otherwise_is_set_right_and_the_other_stays() -> None:
    text = ROW_AND_HEADING.replace("⏳ Pending", "✅ Completed (2026-03-02)")
    assert changed(text, SetPhaseStatus("Phase 2", DONE)) == [
        "-## Phase 2: Mortar (PENDING)",
        "+## Phase 2: Mortar (DONE)",
    ]
    codes = [finding.code for finding in loop_file(text).loop.findings]
    assert "status-conflict" in codes
    after = loop_file(rewritten(text, SetPhaseStatus("Phase 2", DONE)))
    assert "status-conflict" not in [finding.code for finding in after.loop.findings]


@pytest.mark.parametrize(
    ("before", "status", "after"),
    [
        ("- [ ] P1: Lay — pending", DONE, "- [x] P1: Lay — DONE"),
        ("- [x] P1: Lay — DONE", PENDING, "- [ ] P1: Lay — PENDING"),
        ("- [ ] P1: Lay — pending", PhaseStatus.BLOCKED, "- [ ] P1: Lay — BLOCKED"),
        ("- [x] P1: Lay — DONE", PhaseStatus.SKIPPED, "- [ ] P1: Lay — SKIPPED"),
    ],
)
def test_a_box_and_its_word_agree(before: str, status: PhaseStatus, after: str) -> None:
    text = f"> **Status:** open\n\n## Phases\n\n- [x] P0: Cut — DONE\n{before}\n"
    assert changed(text, SetPhaseStatus("P1", status)) == [f"-{before}", f"+{after}"]


def test_two_headers_say_the_same_though_they_did_not_before() -> None:
    text = "---\nstatus: open\n---\n\n# Kiln\n\n> **Status:** BLOCKED\n"
    assert changed(text, SetLoopStatus(LoopStatus.CLOSED)) == [
        "-status: open",
        "+status: closed",
        "-> **Status:** BLOCKED",
        "+> **Status:** CLOSED",
    ]


# ── Work and criteria ────────────────────────────────────────────────────────

LABELS = (
    "**Success criteria:**",
    "**Acceptance**",
    "Acceptance criteria:",
    "#### Acceptance",
    "#### Go/No-Go",
    "**Go/No-Go:**",
    "#### Verification",
    "**Verification:**",
    "#### Definition of Done",
    "**Definition of Done**:",
    "**Exit criteria**",
    "- Acceptance:",
    "***Acceptance***",
    "#### Phase 1 acceptance criteria",
    "**DoD:**",
    "**Exit gate**",
    "**Sign-off:**",
    "<details><summary>Acceptance</summary>",
    "**Abnahmekriterien:**",
    "**Critères d'acceptation :**",
    "**验收标准：**",
)


@pytest.mark.parametrize("label", LABELS)
@pytest.mark.parametrize("status", [DONE, PENDING, PhaseStatus.SKIPPED, PhaseStatus.IN_PROGRESS])
@pytest.mark.parametrize("work", ["", "- [ ] pack\n- [x] label\n\n", "1. Pack.\n\n"])
@pytest.mark.parametrize("stated", ["", " (PENDING)", " — DONE", "\n\n**Status:** Not started"])
def test_no_edit_of_a_phase_changes_a_criterion(
    label: str, status: PhaseStatus, work: str, stated: str
) -> None:
    indent = "  " if label.startswith("- ") else ""
    criteria = f"{label}\n\n{indent}- [ ] it answers\n{indent}- [x] it is fast\n"
    text = f"# Kiln\n\n**Status:** open\n\n## Phase 1: Move{stated}\n\n{work}{criteria}\n"
    text += "## Phase 2: Rest\n"
    after = loop_file(rewritten(text, SetPhaseStatus("Phase 1", status)))
    assert criteria in after.source.text
    assert after.loop.phases[0].status is status


def test_a_step_that_is_called_like_a_criterion_is_work() -> None:
    text = "# Kiln\n\n**Status:** open\n\n## Phase 1: Move\n\n## Phase 2: Verification\n\n"
    measured = changed(f"{text}- [ ] measure it\n", SetPhaseStatus("Phase 2", DONE))
    assert measured[1:] == ["+- [x] measure it"]


STATED = (
    "# Kiln\n\n**Status:** open\n\n## Phase 1: Bench{first}\n\n- [x] saw\n\n"
    "## Phase 2: Field{second}\n\n- [x] plough\n- [ ] sow\n"
)


@pytest.mark.parametrize(
    ("first", "second", "removed", "added"),
    [
        (" (DONE)", " (PENDING)", "## Phase 2: Field (PENDING)", "## Phase 2: Field (DONE)"),
        (" ✅", " ⏳", "## Phase 2: Field ⏳", "## Phase 2: Field ✅"),
        (
            "\n\n**Status:** Done",
            "\n\n**Status:** Open",
            "**Status:** Open",
            "**Status:** Done",
        ),
    ],
)
def test_where_a_line_states_the_status_the_work_below_is_not_ticked(
    first: str, second: str, removed: str, added: str
) -> None:
    text = STATED.format(first=first, second=second)
    assert changed(text, SetPhaseStatus("Phase 2", DONE)) == [f"-{removed}", f"+{added}"]


@pytest.mark.parametrize(
    ("first", "added"),
    [
        (" (DONE)", ["-## Phase 2: Field", "+## Phase 2: Field (DONE)"]),
        (" ✅", ["-## Phase 2: Field", "+## Phase 2: Field ✅"]),
        ("\n\n**Status:** Done", ["+**Status:** Done", "+"]),
        ("", ["-- [ ] sow", "+- [x] sow"]),
    ],
)
def test_a_status_that_was_derived_is_stated_as_the_siblings_have_theirs(
    first: str, added: list[str]
) -> None:
    assert changed(STATED.format(first=first, second=""), SetPhaseStatus("Phase 2", DONE)) == added


def test_a_status_goes_before_the_label_where_the_siblings_have_theirs() -> None:
    text = "# Kiln\n\n**Status:** open\n\n## ✅ Phase 1: Bench\n\n## Phase 2: Field\n"
    assert changed(text, SetPhaseStatus("Phase 2", DONE))[1:] == ["+## ✅ Phase 2: Field"]
    assert changed(text, SetPhaseStatus("Phase 2", PENDING))[1:] == ["+## ⏳ Phase 2: Field"]
    worded = "> **Status:** open\n\n## Phases\n\n- P0: DONE -- cut\n- P1: lay\n"
    assert changed(worded, SetPhaseStatus("P1", DONE))[1:] == ["+- P1: DONE -- lay"]


@pytest.mark.parametrize(
    ("rows", "status", "written"),
    [
        (("yes", "no"), DONE, "yes"),
        (("no", "No"), DONE, "yes"),
        (("ja", "nein"), DONE, "ja"),
        (("Nein", "Nein"), DONE, "Ja"),
        (("x", ""), DONE, "x"),
        (("2026-03-01", ""), DONE, "done"),
        (("yes", "yes"), PENDING, "no"),
        (("yes", "no"), PhaseStatus.SKIPPED, "skipped"),
    ],
)
def test_a_column_that_asks_is_answered_as_its_other_rows_are(
    rows: tuple[str, str], status: PhaseStatus, written: str
) -> None:
    head = "> **Status:** open\n\n## Phases\n\n| Done? | Phase | Scope |\n|--|--|--|\n"
    text = head + "".join(f"| {cell} | P{n} | cut |\n" for n, cell in enumerate(rows))
    assert changed(text, SetPhaseStatus("P1", status))[1:] == [f"+| {written} | P1 | cut |"]


TASKS = """\
# Kiln

**Status:** open

## Phase 1: Cut

- [x] T001 Saw
- [ ] T002 Plane

## Phase 2: Lay

- [ ] T003 Sand
"""


@pytest.mark.parametrize(
    ("status", "note", "written"),
    [
        (DONE, "", "- [x] T002 Plane"),
        (PhaseStatus.SKIPPED, "", "- [-] T002 Plane"),
        (PhaseStatus.SKIPPED, "flat", "- [-] T002 Plane — SKIPPED (flat)"),
    ],
)
def test_a_task_is_marked_by_its_box_which_its_phase_counts(
    status: PhaseStatus, note: str, written: str
) -> None:
    change = SetItemStatus("Phase 1", "T002", status, note)
    assert changed(TASKS, change) == ["-- [ ] T002 Plane", f"+{written}"]
    assert loop_file(rewritten(TASKS, change)).loop.phases[0].status is DONE


# ── What could be meant twice ────────────────────────────────────────────────

TWICE = """\
# Kiln

> **Status:** open

## Phases

| Phase | Scope | Status |
|-------|-------|--------|
| P0 | Cut | done |
| P1 | Lay | pending |
| p1 | Fire | pending |
"""
TORN = """\
# Kiln

> **Status:** open

## Phases

- P0: Cut — done
<<<<<<< ours
- P1: Lay — done
=======
- P1: Lay — blocked
>>>>>>> theirs
"""


@pytest.mark.parametrize(
    "change",
    [
        SetPhaseStatus("P1", DONE),
        SetItemStatus("P1", "1", DONE),
        AddEvidence("P1", "Evidence", DAY, ()),
    ],
    ids=["status", "item", "evidence"],
)
def test_an_id_that_stands_twice_is_refused_with_both_lines(change: Change) -> None:
    with pytest.raises(Refused) as caught:
        rewrite(loop_file(TWICE, "loops/kiln.md"), [change])
    told = str(caught.value)
    assert "loops/kiln.md:10" in told
    assert "loops/kiln.md:11" in told
    assert caught.value.help == "loop check loops/kiln.md"


def test_the_other_phases_of_a_document_with_a_double_id_may_change() -> None:
    assert changed(TWICE, SetPhaseStatus("P0", PENDING))[1:] == ["+| P0 | Cut | pending |"]
    check_writable(loop_file(TWICE), "P0")


@pytest.mark.parametrize(
    "change",
    [
        SetPhaseStatus("P0", PENDING),
        SetLoopStatus(LoopStatus.CLOSED),
        AddEvidence("P0", "Evidence", DAY, ()),
        CellUpdate("Racks", "A", "Power", "dual"),
    ],
    ids=["status", "loop", "evidence", "cell"],
)
def test_nothing_is_written_into_a_document_with_conflict_markers(change: Change) -> None:
    with pytest.raises(Refused, match="merge that nobody settled") as caught:
        rewrite(loop_file(TORN, "loops/kiln.md"), [change])
    assert caught.value.where == "loops/kiln.md:8"
    assert "lines 8 to 12" in caught.value.why


def test_whether_a_document_may_be_changed_can_be_asked_before_anything_is_done() -> None:
    with pytest.raises(Refused):
        check_writable(loop_file(TORN))
    with pytest.raises(Refused):
        check_writable(loop_file(TWICE), "p1")
    check_writable(loop_file(TWICE))


def test_a_plan_whose_first_heading_is_its_first_phase_can_be_marked() -> None:
    text = "## Phase 1: Call (DONE)\n\n## Phase 2: Visit\n"
    header = "**Status:** open\n\n"
    change = SetPhaseStatus("Phase 2", DONE)
    assert changed(header + text, change)[1:] == ["+## Phase 2: Visit (DONE)"]
    assert changed(text, change)[1:] == ["+## Phase 2: Visit (DONE)"]
