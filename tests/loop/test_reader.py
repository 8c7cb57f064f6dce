"""What a document means, shape by shape."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from loopkit.loop.model import (
    AnyDone,
    Loop,
    LoopClosed,
    LoopReached,
    LoopStatus,
    Manual,
    PhaseDone,
    PhaseStatus,
    TimePassed,
)
from loopkit.loop.parse.reader import LoopFile, read
from loopkit.markdown.source import Source

TABLE = "## Phases\n\n| Phase | Scope | Dependency | Status |\n|---|---|---|---|\n"


def file_of(text: str, path: str = "loops/LOOP-KILN-20260301.scope.md") -> LoopFile:
    return read(Source(text), path)


def loop_of(text: str) -> Loop:
    return file_of(text).loop


def gates_of(cell: str) -> list[object]:
    """Returns the gates of the last of four phases, whose Dependency cell is this."""
    rows = "".join(f"| P{i} | x | | |\n" for i in range(3))
    loop = loop_of(f"{TABLE}{rows}| P3 | x | {cell} | pending |\n")
    return [_short(gate) for gate in loop.phases[-1].gates]


def _short(gate: object) -> object:
    match gate:
        case PhaseDone(phase=phase):
            return phase
        case AnyDone():
            return "|".join(gate.phases)
        case LoopReached():
            return (gate.loop, gate.phase, gate.or_later)
        case LoopClosed():
            return (gate.loop,)
        case TimePassed():
            return gate.wait or gate.until
        case Manual():
            return f"?{gate.text}"
    return gate


# ── Header ───────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("> **Status:** Open", LoopStatus.OPEN),
        ("> **Status**: _in-progress_ since May", LoopStatus.OPEN),
        ("> Status: executing", LoopStatus.OPEN),
        ("**Status:** draft | **Owner:** @mira", LoopStatus.PLANNED),
        ("__Status:__ blocked by rain", LoopStatus.BLOCKED),
        ("- **Status:** Completed (early)", LoopStatus.CLOSED),
        ("| Field | Value |\n|---|---|\n| Status | **done** |", LoopStatus.CLOSED),
        ("---\nstatus: 'superseded'\n---", LoopStatus.SUPERSEDED),
        ("> **Status:** rolled-into-parent", LoopStatus.SUPERSEDED),
        ("# Kiln\n\nText.\n\n## Status: deferred", LoopStatus.DEFERRED),
        ("> **Status:** authoritative", LoopStatus.UNKNOWN),
        ("# Kiln", LoopStatus.UNKNOWN),
        ("# Kiln\n\n## Later\n\n> **Status:** open", LoopStatus.UNKNOWN),
        ("```\n> **Status:** open\n```", LoopStatus.UNKNOWN),
        ("> ```\n> **Status:** open\n> ```", LoopStatus.UNKNOWN),
    ],
)
def test_a_status_is_read_in_any_header(text: str, status: LoopStatus) -> None:
    assert loop_of(text + "\n").status is status


def test_the_raw_status_is_kept_as_written() -> None:
    assert loop_of("> **Status:** **Closing** (two left)\n").status_text == "**Closing** (two left)"
    assert loop_of('---\nstatus: "open"\n---\n').status_text == "open"
    assert loop_of("# Kiln\n").status_text is None


def test_created_is_preferred_to_opened_and_the_header_to_the_footer() -> None:
    loop = loop_of(
        "> **Opened:** 2026-03-01\n> **Created:** 2026-02-01\n\n---\n\n_Created: 2025-01-01_\n"
    )
    assert loop.created == "2026-02-01"
    assert loop_of("> **Opened:** 2026-03-01\n").created == "2026-03-01"


def test_closed_is_read_from_the_footer_when_no_header_states_it() -> None:
    assert loop_of("# Kiln\n\n## End\n\ntext\n\n_Closed: 2026-03-09_\n").closed == "2026-03-09"
    assert loop_of("---\nclosed_at: 2026-03-08T10:00Z\n---\n").closed == "2026-03-08T10:00Z"
    assert loop_of("> **Closed:** 2026-02-28 (all met)\n").closed == "2026-02-28"
    assert loop_of("> **Closed:** —\n").closed is None


@pytest.mark.parametrize(
    ("value", "loops", "holds"),
    [
        ("none", [], []),
        ("_(none — LOOP-A closed)_", [], []),
        ("none (P4 blocked by LOOP-A)", [], []),
        ("—", [], []),
        ("LOOP-A (resolved)", [], []),
        ("LOOP-A — closed", [], []),
        ("LOOP-A-20260101", ["LOOP-A-20260101"], []),
        ("LOOP-A (done), LOOP-B", ["LOOP-B"], []),
        ("the glazier has no date", [], ["the glazier has no date"]),
    ],
)
def test_only_a_live_blocker_blocks(value: str, loops: list[str], holds: list[str]) -> None:
    loop = loop_of(f"> **Blocked By:** {value}\n")
    assert [gate.loop for gate in loop.blocked_by] == loops
    assert [gate.text for gate in loop.holds] == holds


def test_the_id_is_that_of_the_header_else_the_title_else_the_file() -> None:
    assert (
        loop_of("---\nloop_id: LOOP-A-20260101\n---\n# LOOP-B-20260101\n").id == "LOOP-A-20260101"
    )
    assert loop_of("# Scope of LOOP-B-20260101\n").id == "LOOP-B-20260101"
    assert loop_of("# Kiln\n").id == "LOOP-KILN-20260301"
    assert file_of("# Kiln\n", "notes/kiln.plan.md").loop.id == "kiln"


# ── Phases ───────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("cell", "status"),
    [
        ("**done** (early)", PhaseStatus.DONE),
        ("VERIFIED — soak passed, ready to remove", PhaseStatus.DONE),
        ("✅", PhaseStatus.DONE),
        ("100%", PhaseStatus.DONE),
        ("80%", PhaseStatus.IN_PROGRESS),
        ("PARTIAL (one left)", PhaseStatus.IN_PROGRESS),
        ("active", PhaseStatus.IN_PROGRESS),
        ("active (blocked on LOOP-A)", PhaseStatus.BLOCKED),
        ("Parked", PhaseStatus.BLOCKED),
        ("**NOT STARTED**", PhaseStatus.PENDING),
        ("READY once the paint is dry", PhaseStatus.PENDING),
        ("TODO", PhaseStatus.PENDING),
        ("DEFERRED to LOOP-A", PhaseStatus.SKIPPED),
        ("no longer applicable", PhaseStatus.SKIPPED),
        ("failed", PhaseStatus.FAILED),
        ("unknown", PhaseStatus.UNKNOWN),
        ("see below", PhaseStatus.UNKNOWN),
        ("", PhaseStatus.UNKNOWN),
    ],
)
def test_the_first_status_word_of_a_cell_decides(cell: str, status: PhaseStatus) -> None:
    phase = loop_of(f"{TABLE}| P0 | x | | {cell} |\n").phases[0]
    assert phase.status is status
    assert phase.status_text == (cell or None)


@pytest.mark.parametrize(
    ("line", "id", "title", "status"),
    [
        ("- P0: Fire it", "P0", "Fire it", PhaseStatus.UNKNOWN),
        ("- P0: Fire it — DONE (twice)", "P0", "Fire it", PhaseStatus.DONE),
        ("- P0: Fire it -- **IN PROGRESS**", "P0", "Fire it", PhaseStatus.IN_PROGRESS),
        ("- P0: Fire it → **done**", "P0", "Fire it", PhaseStatus.DONE),
        ("- P0: Fire it (DONE)", "P0", "Fire it", PhaseStatus.DONE),
        ("- P0: Fire it (BLOCKED — 100% of it)", "P0", "Fire it", PhaseStatus.BLOCKED),
        ("- P0: Fire it [SKIPPED]", "P0", "Fire it", PhaseStatus.SKIPPED),
        ("- P0: BLOCKED (no gas) -- Fire it", "P0", "Fire it", PhaseStatus.BLOCKED),
        ("- P0: [DONE] Fire it", "P0", "Fire it", PhaseStatus.DONE),
        ("- P0 (DONE): Fire it", "P0", "Fire it", PhaseStatus.DONE),
        ("- ✅ P0: Fire it", "P0", "Fire it", PhaseStatus.DONE),
        ("- P0: Fire it ✅", "P0", "Fire it", PhaseStatus.DONE),
        ("- [x] P0 Fire it", "P0", "Fire it", PhaseStatus.DONE),
        ("- [ ] P0 Fire it", "P0", "Fire it", PhaseStatus.PENDING),
        ("- [ ] P0 Fire it — DONE", "P0", "Fire it", PhaseStatus.DONE),
        ("- **P0:** Fire it — **DONE**", "P0", "Fire it", PhaseStatus.DONE),
        ("- **P0 Firing** — all of it", "P0", "Firing", PhaseStatus.UNKNOWN),
        ("- **P0 Firing (deferred)** — all", "P0", "Firing", PhaseStatus.SKIPPED),
        ("- **P0 Firing** — DONE", "P0", "Firing", PhaseStatus.DONE),
        ("- **P0 (GAP-1):** Fire it", "P0", "Fire it", PhaseStatus.UNKNOWN),
        ("- **C0 - Firing**", "C0", "Firing", PhaseStatus.UNKNOWN),
        ("- Step 1b:  Fire it", "Step 1b", "Fire it", PhaseStatus.UNKNOWN),
        ("- Step-0: Fire it", "Step-0", "Fire it", PhaseStatus.UNKNOWN),
        ("- ~~P0: Fire it~~ (skipped)", "P0", "Fire it", PhaseStatus.SKIPPED),
        ("- P0: Complete the audit", "P0", "Complete the audit", PhaseStatus.UNKNOWN),
        ("- P0: Look — complete rewrite", "P0", "Look — complete rewrite", PhaseStatus.UNKNOWN),
        ("- P0: Open the door (optional)", "P0", "Open the door (optional)", PhaseStatus.UNKNOWN),
    ],
)
def test_a_line_gives_id_title_and_status(
    line: str, id: str, title: str, status: PhaseStatus
) -> None:
    (phase,) = loop_of(f"## Phases\n\n{line}\n").phases
    assert (phase.id, phase.title, phase.status) == (id, title, status)


def test_an_ordered_list_counts_its_phases_unless_every_item_has_a_label() -> None:
    mixed = "## Phases\n\n1. **P0 Base** — a\n2. **Cut** — b\n"
    assert [(p.id, p.title) for p in loop_of(mixed).phases] == [("1", "P0 Base"), ("2", "Cut")]
    all_labelled = "## Phases\n\n1. P0 Base\n2. P1 Cut\n"
    assert [(p.id, p.title) for p in loop_of(all_labelled).phases] == [
        ("P0", "Base"),
        ("P1", "Cut"),
    ]


def test_nested_items_may_state_a_phase() -> None:
    text = (
        "## Phases\n\n- P0: Fire\n  - Status: **done**\n- P1: Cool\n  - Depends on: P0\n  - hot\n"
    )
    fire, cool = loop_of(text).phases
    assert (fire.status, cool.status) == (PhaseStatus.DONE, PhaseStatus.UNKNOWN)
    assert cool.depends_on == ("P0",)


def test_a_column_that_only_counts_may_stand_before_the_phases() -> None:
    table = "| # | Phase | Status |\n|---|---|---|\n| 1 | [Fire](#fire) | done |\n"
    (phase,) = loop_of(f"## Phases\n\n{table}").phases
    assert (phase.id, phase.title, phase.status) == ("1", "[Fire](#fire)", PhaseStatus.DONE)


def test_a_numbered_list_is_phases_only_where_the_heading_says_so() -> None:
    assert loop_of("## Triage Steps\n\n1. [ ] wait\n2. [ ] look\n").phases == ()
    assert loop_of("## Goals\n\n1. warm\n2. dry\n").phases == ()


def test_headings_of_evidence_do_not_repeat_a_phase() -> None:
    text = "## Phases\n\n### P0 — Fire — DONE\n\n### P1 — Cool\n\n### P0 — Closeout Evidence\n"
    assert [(p.id, p.line) for p in _places(loop_of(text))] == [("P0", 3), ("P1", 5)]
    assert loop_of("## Receipts\n\n### P0 (baseline)\n\n### P1 (end)\n").phases == ()


class _Placed:
    def __init__(self, id: str, line: int) -> None:
        self.id, self.line = id, line


def _places(loop: Loop) -> list[_Placed]:
    return [_Placed(phase.id, phase.place.line) for phase in loop.phases]


def test_of_two_numberings_the_one_under_the_heading_for_phases_counts() -> None:
    visit, waves = "### Step 0: Go\n\n### Step 1: Look\n\n", "### W0: Fire\n\n### W1: Cool\n"
    text = f"## Visit\n\n{visit}## Waves\n\n{waves}"
    assert [phase.id for phase in loop_of(text).phases] == ["W0", "W1"]


def test_the_phases_under_one_heading_may_be_labelled_in_several_ways() -> None:
    text = "## Phases\n\n### S0: Fire\n\n### S1: Cool\n\n### P2: Sell\n"
    assert [phase.id for phase in loop_of(text).phases] == ["S0", "S1", "P2"]


def test_checkboxes_under_a_heading_are_its_status_only_when_it_states_none() -> None:
    text = (
        "## Phases\n\n### P0: A\n- [x] a\n- [x] b\n\n### P1: B\n- [ ] a\n\n"
        "### P2: C\n- [x] a\n- [ ] b\n\n### P3: D — DONE\n- [ ] a\n\n"
        "### P4: E\n- [x] a\n- note\n\n### P5: F\n- **Status:** failed\n- [ ] a\n"
    )
    assert [str(phase.status) for phase in loop_of(text).phases] == [
        "done", "pending", "in_progress", "done", "unknown", "failed",
    ]  # fmt: skip


def test_a_fence_holds_no_phase() -> None:
    text = f"# Kiln\n\n```\n{TABLE}| P0 | x | | done |\n```\n\n## Phases\n\n- P1: real\n"
    assert [phase.id for phase in loop_of(text).phases] == ["P1"]


def test_a_table_of_phases_has_a_first_column_that_says_so() -> None:
    assert loop_of("## Phases\n\n| VM | Status |\n|---|---|\n| P0 | done |\n").phases == ()
    assert loop_of("## Receipts\n\n| Phase | Receipt |\n|---|---|\n| P0 | x |\n").phases == ()
    assert loop_of("## Order\n\n| Step | Command |\n|---|---|\n| 1 | ls |\n").phases == ()


def test_the_columns_of_a_table_are_found_by_name() -> None:
    table = "| Task | File | Action | State |\n|---|---|---|---|\n| T1 | a.md | Mend | DONE |\n"
    text = f"## Tasks\n\n{table}"
    (phase,) = loop_of(text).phases
    assert (phase.id, phase.title, phase.status) == ("T1", "Mend", PhaseStatus.DONE)


def test_details_state_what_the_table_does_not() -> None:
    text = (
        "## Phases\n\n| Phase | Scope |\n|---|---|\n| P0 | Fire |\n| P1 | Cool |\n\n"
        "## P0: Fire — DONE\n\n## P1: Cool\n\n**Dependency:** P0\n"
    )
    fire, cool = loop_of(text).phases
    assert (fire.status, cool.depends_on) == (PhaseStatus.DONE, ("P0",))
    assert fire.details is not None
    assert fire.details.line == 8


def test_a_ragged_row_is_still_a_phase() -> None:
    loop = loop_of(f"{TABLE}| P0 | Fire |\n| P1 | Cool | P0 | done | extra |\n")
    assert [(p.title, str(p.status)) for p in loop.phases] == [
        ("Fire", "unknown"),
        ("Cool", "done"),
    ]


# ── Gates ────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("cell", "gates"),
    [
        ("None", []),
        ("—", []),
        ("-", []),
        ("n/a", []),
        ("None (remote)", []),
        ("P0", ["P0"]),
        ("P0 + P1", ["P0", "P1"]),
        ("P0+P1", ["P0", "P1"]),
        ("P0, P1 and P2", ["P0", "P1", "P2"]),
        ("P0-P2", ["P0", "P1", "P2"]),
        ("P0 – P2", ["P0", "P1", "P2"]),
        ("P2 done", ["P2"]),
        ("After P1", ["P1"]),
        ("Phase 1", ["P1"]),
        ("Phases 1 and 2", ["P1", "P2"]),
        ("all previous phases", ["P0", "P1", "P2"]),
        ("P1 (all online)", ["P1", "?all online"]),
        ("P9", ["P9"]),
        ("`P1` + **P2**", ["P1", "P2"]),
        ("P1 (done)", ["P1"]),
        ("P1 or P2", ["P1|P2"]),
        ("LOOP-A, P2", [("LOOP-A",), "P2"]),
        ("LOOP-A and P2", [("LOOP-A",), "P2"]),
        ("LOOP-A", [("LOOP-A",)]),
        ("Blocked by LOOP-A-20260101", [("LOOP-A-20260101",)]),
        ("LOOP-A (resolved)", []),
        ("LOOP-A reaches P1+", [("LOOP-A", "P1", True)]),
        ("LOOP-A P2 done", [("LOOP-A", "P2", False)]),
        ("P2 of LOOP-A", [("LOOP-A", "P2", False)]),
        ("LOOP-A reaches P1+ + P0", [("LOOP-A", "P1", True), "P0"]),
        ("Physical visit", ["?Physical visit"]),
        ("SSH to dev + NAS reachable", ["?SSH to dev", "?NAS reachable"]),
        ("Blocked by the glazier", ["?the glazier"]),
        ("No rain forecast", ["?No rain forecast"]),
        ("Physical visit, P2", ["?Physical visit", "P2"]),
        ("wait 24h for first run", [timedelta(hours=24)]),
        ("Soak (72h)", [timedelta(hours=72)]),
        ("P1 + 2 day soak", ["P1", timedelta(days=2)]),
        ("24h after P1", [timedelta(hours=24), "P1"]),
        ("hold until 2026-02-12T14:38Z", [datetime(2026, 2, 12, 14, 38, tzinfo=UTC)]),
        (
            "not before 2026-02-12 03:30 EST",
            [datetime(2026, 2, 12, 3, 30, tzinfo=timezone(timedelta(hours=-5)))],
        ),
        ("until 2026-02-12", [datetime(2026, 2, 12)]),
    ],
)
def test_a_dependency_cell_is_read_as_gates(cell: str, gates: list[object]) -> None:
    assert gates_of(cell) == gates


@pytest.mark.parametrize(
    ("cell", "gates"),
    [
        ("pending (wait 24h for first run)", [timedelta(hours=24)]),
        ("READY once the paint + the glue are dry", ["?the paint + the glue are dry"]),
        ("blocked (GAP-9)", ["?GAP-9"]),
        ("active (blocked on LOOP-A)", [("LOOP-A",)]),
        ("deferred — requires a new kiln", ["?requires a new kiln"]),
        ("pending (after P0)", ["P0"]),
        ("pending until LOOP-A closes", [("LOOP-A",)]),
        ("done (waited 24h, requires nothing)", []),
        ("DEFERRED to LOOP-A", []),
        ("OPEN — rolled in from LOOP-A", []),
    ],
)
def test_the_note_beside_a_status_may_be_a_gate(cell: str, gates: list[object]) -> None:
    loop = loop_of(f"{TABLE}| P0 | x | | |\n| P1 | x | | {cell} |\n")
    assert [_short(gate) for gate in loop.phases[-1].gates] == gates


def test_a_heading_may_say_what_it_waits_for() -> None:
    text = (
        "## Phases\n\n### P0: Fire\n\n### P1: Cool (requires a visit)\n\n### P2: Sell (after P0)\n"
    )
    _, cool, sell = loop_of(text).phases
    assert (cool.title, [_short(g) for g in cool.gates]) == ("Cool", ["?requires a visit"])
    assert (sell.title, [_short(g) for g in sell.gates]) == ("Sell", ["P0"])


def test_a_title_that_is_a_soak_is_a_wait() -> None:
    (phase,) = loop_of(f"{TABLE}| P0 | Soak (72h) + remove | None | pending |\n").phases
    assert [_short(gate) for gate in phase.gates] == [timedelta(hours=72)]
    assert phase.title == "Soak (72h) + remove"


def test_a_gating_table_makes_items_with_their_own_gates() -> None:
    text = (
        f"{TABLE}| P0 | Racks | None | pending |\n\n## Phase Details\n\n### P0 — Racks\n\n"
        "| Rack | Condition | Actions | Status |\n|---|---|---|---|\n"
        "| 7 (north) | LOOP-A reaches P1+ | Move | done |\n| 9 | Visit | Move | |\n\n"
        "### P1 — Other\n\n| Rack | Condition |\n|---|---|\n| no | no |\n"
    )
    (phase,) = loop_of(text).phases
    assert [(i.key, i.text, str(i.status)) for i in phase.items] == [
        ("7 (north)", "Move", "done"), ("9", "Move", "unknown"),
    ]  # fmt: skip
    assert [_short(g) for i in phase.items for g in i.gates] == [("LOOP-A", "P1", True), "?Visit"]
    assert phase.gates == ()


# ── What else a loop says ────────────────────────────────────────────────────


def test_criteria_non_goals_and_thresholds_are_read() -> None:
    loop = loop_of(
        "## Success Criteria\n\n| Criteria | Validation |\n|---|---|\n| All warm | `thermo` |\n\n"
        "## Non-Goals\n\n- Do NOT repaint\n\n"
        "## Classes\n\n| Class | Threshold | Racks |\n|---|---|---|\n| critical | 26h | 1, 2 |\n"
    )
    assert [(c.text, c.validation) for c in loop.criteria] == [("All warm", "`thermo`")]
    assert [goal.text for goal in loop.non_goals] == ["Do NOT repaint"]
    assert [(t.name, t.limit, t.members) for t in loop.thresholds] == [
        ("critical", timedelta(hours=26), "1, 2")
    ]


def test_criteria_may_be_bullets_under_a_heading_like_it() -> None:
    loop = loop_of("## Acceptance Criteria\n\n1. [x] warm\n2. [ ] dry\n")
    assert [criterion.text for criterion in loop.criteria] == ["warm", "dry"]


def test_a_bold_status_in_the_last_line_is_not_cut_in_its_middle() -> None:
    loop = loop_of("# LOOP-X\n\nText.\n\n---\n\n**Status:** **done**\n")
    assert loop.status_text != "** **done"


@pytest.mark.parametrize(
    "cited",
    [
        "LOOP-A (resolved)",
        "LOOP-A (cleared)",
        "LOOP-A (was closed)",
        "LOOP-A — closed",
        "LOOP-A -- done",
        "**LOOP-A** [completed]",
        "LOOP-A (lifted 2026-03-01)",
    ],
)
def test_what_blocks_no_more_is_the_same_in_the_header_and_in_a_cell(cited: str) -> None:
    assert gates_of(cited) == []
    assert loop_of(f"# Kiln\n\n> **Blocked By:** {cited}\n").header_gates == ()


@pytest.mark.parametrize("cited", ["LOOP-A", "LOOP-A closed", "LOOP-A done", "LOOP-A (not closed)"])
def test_what_still_blocks_is_the_same_in_the_header_and_in_a_cell(cited: str) -> None:
    assert gates_of(cited) == [("LOOP-A",)]
    gates = loop_of(f"# Kiln\n\n> **Blocked By:** {cited}\n").header_gates
    assert [type(gate) for gate in gates] == [LoopClosed]
