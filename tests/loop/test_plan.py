"""What may run now, and why not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from loopkit.loop.index import Index
from loopkit.loop.machine import PhaseState
from loopkit.loop.model import (
    Loop,
    LoopClosed,
    LoopReached,
    LoopStatus,
    Manual,
    Phase,
    PhaseDone,
    Place,
    TimePassed,
)
from loopkit.loop.plan import PhasePlan, Plan, make_plan
from loopkit.loop.snapshot import Answer, Approval, Snapshot
from tests.loop.handmade import item, loop, phase

NOW = datetime(2026, 2, 9, 12, 11, tzinfo=UTC)
HERE = Place(1)


def facts(*loops: Loop) -> Snapshot:
    return Snapshot(NOW, Index({x.path: x for x in loops}))


def plan(*phases: Phase, status: LoopStatus = LoopStatus.OPEN, text: str | None = None) -> Plan:
    own = loop("LOOP-OWN", *phases, status=status, status_text=text)
    return make_plan(own, facts(own))


def one(*phases: Phase, id: str) -> PhasePlan:
    return next(p for p in plan(*phases).phases if p.phase.id == id)


def needs(id: str) -> PhaseDone:
    return PhaseDone(id, id, HERE)


def ready(of: Plan) -> list[str]:
    return [p.phase.id for p in of.ready]


def test_what_has_no_open_gate_may_run_side_by_side() -> None:
    found = plan(
        phase("P0", "done"),
        phase("P1", "pending", needs("P0")),
        phase("P2", "pending", needs("P0")),
        phase("P3", "pending", needs("P1"), needs("P2")),
    )
    assert ready(found) == ["P1", "P2"]
    assert [p.state for p in found.phases] == ["done", "ready", "ready", "pending"]


@pytest.mark.parametrize(
    ("status", "state", "runs"),
    [
        ("done", PhaseState.DONE, False),
        ("skipped", PhaseState.SKIPPED, False),
        ("pending", PhaseState.READY, True),
        (None, PhaseState.READY, True),
        ("failed (run 3f9c77aa)", PhaseState.READY, True),
        ("failed by hand", PhaseState.READY, True),
        ("in progress (running on pve, run 3f9c77aa)", PhaseState.READY, True),
        ("blocked (nas not reached, run 3f9c77aa)", PhaseState.READY, True),
        ("blocked (parts ordered)", PhaseState.BLOCKED, False),
        ("unknown (outcome lost on pve, run 3f9c77aa)", PhaseState.UNKNOWN, False),
        ("no idea", PhaseState.UNKNOWN, False),
    ],
)
def test_which_written_statuses_may_run_with_every_gate_met(
    status: str | None, state: PhaseState, runs: bool
) -> None:
    found = one(phase("P0", status), id="P0")
    assert (found.state, found.ready) == (state, runs)
    assert found.look_first == (state is PhaseState.UNKNOWN)


def test_no_status_runs_while_a_gate_is_shut_or_unknown() -> None:
    for gate in (Manual("Physical visit", HERE), TimePassed("soak", HERE), needs("P9")):
        for status in ("pending", None, "failed", "in progress", "blocked (run 3f9c77aa)"):
            found = one(phase("P0", status, gate), id="P0")
            assert not found.ready
            assert found.state is not PhaseState.READY
        assert not one(phase("P0", "unknown (run 3f9c77aa)", gate), id="P0").look_first


def test_notes_say_what_was_not_stated_lost_or_written_by_a_person() -> None:
    assert one(phase("P0", None), id="P0").notes == ("nothing was stated about its status",)
    (lost,) = one(phase("P0", "unknown (run 3f9c77aa)"), id="P0").notes
    assert "loop resolve LOOP-OWN P0 --as done|failed|not-run" in lost
    (held,) = one(phase("P0", "blocked (parts ordered)"), id="P0").notes
    assert "blocked (parts ordered)" in held
    assert "loop mark LOOP-OWN P0 pending" in held
    assert "its steps look before" in one(phase("P0", "in progress"), id="P0").notes[0]
    assert one(phase("P0", "in progress (run 3f9c77aa)"), id="P0").notes == ()
    assert one(phase("P0", "pending"), id="P0").notes == ()
    assert one(phase("P0", "done"), id="P0").notes == ()


@pytest.mark.parametrize(
    ("status", "text", "runs", "note"),
    [
        (LoopStatus.OPEN, "open", True, ""),
        (LoopStatus.UNKNOWN, "", True, "the header states no status"),
        (LoopStatus.UNKNOWN, "simmering", False, "'simmering', which is no status"),
        (LoopStatus.PLANNED, "draft", False, "loop mark LOOP-OWN --status open"),
        (LoopStatus.BLOCKED, "blocked", False, "not by what"),
        (LoopStatus.CLOSED, "closed", False, "the loop is closed"),
        (LoopStatus.DEFERRED, "deferred", False, "the loop is deferred"),
        (LoopStatus.SUPERSEDED, "superseded", False, "the loop is superseded"),
    ],
)
def test_the_header_decides_whether_anything_runs(
    status: LoopStatus, text: str, runs: bool, note: str
) -> None:
    found = plan(phase("P0"), phase("P1", "unknown (run 3f9c77aa)"), status=status, text=text)
    assert bool(found.ready) is runs
    assert any(each.look_first for each in found.phases) is runs
    assert note in " ".join(found.notes)
    assert found.loop.id == "LOOP-OWN"


@pytest.mark.parametrize("header", [LoopStatus.OPEN, LoopStatus.BLOCKED])
@pytest.mark.parametrize(("other", "runs"), [(LoopStatus.OPEN, False), (LoopStatus.CLOSED, True)])
def test_the_headers_blocker_holds_every_phase_until_it_is_closed(
    header: LoopStatus, other: LoopStatus, runs: bool
) -> None:
    blocker = LoopClosed("LOOP-X", "LOOP-X", HERE)
    own = loop("LOOP-OWN", phase("P0"), phase("P1"), status=header, blocked_by=(blocker,))
    found = make_plan(own, facts(own, loop("LOOP-X", status=other)))
    assert ready(found) == (["P0", "P1"] if runs else [])
    said = "the header says blocked; each phase waits for what it names"
    assert found.notes == ((said,) if header is LoopStatus.BLOCKED else ())
    (of_header,) = found.phases[0].verdicts
    assert of_header.answer is (Answer.MET if runs else Answer.NOT_MET)


# ── An id that stands twice ─────────────────────────────────────────────────


def test_of_two_phases_with_one_id_and_one_status_only_the_first_may_run() -> None:
    first, second = plan(phase("P1", line=4), phase("p1", line=9)).phases
    assert (first.ready, first.notes) == (True, ())
    assert (second.ready, second.look_first) == (False, False)
    assert second.notes == ("p1 stands in lines 4, 9, and which one is meant cannot be told",)


def test_of_two_phases_with_one_id_and_other_statuses_neither_may_run() -> None:
    for statuses in (("pending", "failed"), ("pending", "done"), ("unknown", "pending")):
        lines = [phase("P1", s, line=n) for s, n in zip(statuses, (4, 9), strict=True)]
        for found in plan(*lines).phases:
            assert (found.ready, found.look_first) == (False, False)
            if found.state is not PhaseState.DONE:
                assert "P1 stands in lines 4, 9" in found.notes[0]


# ── A gating checklist ──────────────────────────────────────────────────────

AI = LoopReached("LOOP-AI", "P1", "LOOP-AI reaches P1+", HERE)
MEDIA = LoopReached("LOOP-MEDIA", "P2", "LOOP-MEDIA reaches P2+", HERE)
AI_LOOP = loop("LOOP-AI-20260208", phase("P0", "done"), phase("P1", "done"))
MEDIA_LOOP = loop("LOOP-MEDIA-20260208", phase("P1", "done"), phase("P2", "pending"))
SILENT = loop("LOOP-MEDIA-20260208", phase("P1", None), phase("P2", None))


def checklist(
    first: str | None, second: str | None, status: str = "pending", other: Loop = MEDIA_LOOP
) -> PhasePlan:
    items = item("207 (AI)", first, AI), item("209", second, MEDIA)
    own = loop("LOOP-OWN", phase("P1", "done"), phase("P2", status, needs("P1"), items=items))
    return make_plan(own, facts(own, AI_LOOP, other)).phases[1]


def keys(found: PhasePlan) -> list[str]:
    return [i.key for i in found.items]


def test_a_phase_with_items_is_ready_for_those_whose_gates_are_met() -> None:
    found = checklist(None, None)
    assert found.ready
    assert keys(found) == ["207 (AI)"]
    answers = {key: [v.answer for v in vs] for key, vs in found.item_verdicts.items()}
    assert answers == {"207 (AI)": [Answer.MET], "209": [Answer.NOT_MET]}
    assert [verdict.answer for verdict in found.verdicts] == [Answer.MET]
    assert (found.lost_items, found.notes) == ((), ())


def test_an_item_that_a_person_began_is_said_and_of_its_phase_it_is_not() -> None:
    found = checklist("in progress", None, "in progress")
    assert [note.partition(":")[0] for note in found.notes] == ["207 (AI)"]
    assert "its steps look before they change anything" in found.notes[0]


def test_the_gates_of_an_item_are_those_of_its_own_loop_and_phase() -> None:
    visit = Manual("Physical visit", HERE)
    items = item("207", None, needs("P1")), item("209", None, visit)
    own = loop("LOOP-OWN", phase("P1", "done"), phase("P2", items=items))
    found = make_plan(own, facts(own)).phases[1]
    assert keys(found) == ["207"]
    word = Approval("LOOP-OWN", "P2", "", True, "ann", NOW, "went there", item="209")
    found = make_plan(own, replace(facts(own), approvals=(word,))).phases[1]
    assert keys(found) == ["207", "209"]


def test_a_phase_that_a_person_holds_runs_none_of_its_items() -> None:
    found = checklist(None, None, "blocked (parts ordered)")
    assert (found.ready, found.look_first, found.items) == (False, False, ())


def test_at_one_of_two_nothing_is_ready_until_the_next_gate_opens() -> None:
    found = checklist("done", None, "in progress (1 of 2)")
    assert (found.ready, found.state, keys(found)) == (False, PhaseState.WAITING, [])


def test_silent_phases_of_the_other_loop_leave_the_items_unknown_and_nothing_runs() -> None:
    found = checklist("done", None, "in progress (1 of 2)", SILENT)
    assert [v.answer for v in found.item_verdicts["209"]] == [Answer.UNKNOWN]
    assert not found.ready


def test_the_phases_own_gate_holds_every_item() -> None:
    own = loop("LOOP-OWN", phase("P1"), phase("P2", "", needs("P1"), items=(item("207", None),)))
    found = make_plan(own, facts(own)).phases[1]
    assert (found.ready, found.items, found.lost_items) == (False, (), ())


def test_a_lost_item_is_looked_at_and_never_run_while_the_others_go_on() -> None:
    lost = "unknown (outcome lost on pve, run 3f9c77aa)"
    found = checklist(lost, None, "in progress (0 of 2)")
    assert (found.ready, found.look_first) == (False, True)
    assert [i.key for i in found.lost_items] == ["207 (AI)"]
    assert "loop resolve LOOP-OWN P2 --item '207 (AI)' --as" in found.notes[0]
    done_media = loop("LOOP-MEDIA-20260208", phase("P1", "done"), phase("P2", "done"))
    found = checklist(lost, None, "in progress (0 of 2)", done_media)
    assert (found.ready, keys(found)) == (True, ["209"])


def test_of_a_lost_phase_only_items_whose_gates_are_met_are_looked_at() -> None:
    found = checklist(None, None, "unknown (run 3f9c77aa)")
    assert (found.ready, found.look_first, found.items) == (False, True, ())
    assert [i.key for i in found.lost_items] == ["207 (AI)"]


def test_a_phase_whose_items_are_all_done_asks_for_the_word_and_runs_nothing() -> None:
    found = checklist("done", "skipped")
    assert not found.ready
    assert "every item is done, the phase is not: loop mark LOOP-OWN P2 done" in found.notes


def test_a_done_phase_with_silent_items_stays_done() -> None:
    found = checklist(None, None, "done")
    assert (found.ready, found.look_first, found.state) == (False, False, PhaseState.DONE)
