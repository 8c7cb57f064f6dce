"""Every kind of gate, met, not met and unknown."""

from __future__ import annotations

import shlex
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from loopkit.loop.gates import decide, item_verdicts, phase_verdicts
from loopkit.loop.index import Index
from loopkit.loop.model import (
    AnyDone,
    Finding,
    Gate,
    Loop,
    LoopClosed,
    LoopReached,
    LoopStatus,
    Manual,
    Phase,
    PhaseDone,
    Place,
    TimePassed,
    Unresolved,
)
from loopkit.loop.snapshot import Answer, Approval, Snapshot, Verdict, When
from tests.loop.handmade import item, loop, phase

NEW_YORK = ZoneInfo("America/New_York")
NOW = datetime(2026, 2, 9, 12, 11, tzinfo=UTC).astimezone(NEW_YORK)
HERE = Place(60)


def facts(*loops: Loop, **more: object) -> Snapshot:
    return Snapshot(**{"now": NOW, "loops": Index({x.path: x for x in loops}), **more})  # type: ignore[arg-type]


def verdict(gate: Gate, *others: Loop, phases: tuple[Phase, ...] = (), **more: object) -> Verdict:
    last = phase("P5", "pending", gate, line=60)
    own = loop("LOOP-OWN-20260208", *phases, last)
    return decide(gate, own, last, facts(own, *others, **more))


# ── Phases of the same loop ─────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("status", "answer", "reason"),
    [
        ("done", Answer.MET, "P3 is done"),
        ("skipped (no need)", Answer.MET, "P3 was skipped"),
        ("pending", Answer.NOT_MET, "P3 is not done"),
        ("in progress", Answer.NOT_MET, "P3 is not done"),
        ("blocked", Answer.NOT_MET, "P3 is not done"),
        ("failed", Answer.NOT_MET, "P3 is not done"),
        (None, Answer.UNKNOWN, "nothing is stated"),
        ("unknown (run 3f9c)", Answer.UNKNOWN, "it says 'unknown (run 3f9c)'"),
    ],
)
def test_a_phase_gate_is_met_by_done_and_by_skipped_and_says_which(
    status: str | None, answer: Answer, reason: str
) -> None:
    found = verdict(PhaseDone("p3", "P3", HERE), phases=(phase("P3", status, line=58),))
    assert found.answer is answer
    assert reason in found.reason
    assert found.where == "loops/LOOP-OWN-20260208.md:58"
    assert bool(found.help) == (answer is not Answer.MET)


def test_a_phase_gate_on_a_phase_that_is_not_there_is_unknown() -> None:
    found = verdict(PhaseDone("P9", "P9", HERE))
    assert (found.answer, found.where) == (Answer.UNKNOWN, "loops/LOOP-OWN-20260208.md:60")
    assert "has no phase P9" in found.reason


def test_two_phases_of_one_id_that_disagree_are_unknown_and_both_lines_are_named() -> None:
    twice = phase("P3", "done", line=8), phase("P3", "pending", line=9)
    found = verdict(PhaseDone("P3", "P3", HERE), phases=twice)
    assert found.answer is Answer.UNKNOWN
    assert "done in line 8, pending in line 9" in found.seen


# ── One of several phases of the same loop ──────────────────────────────────

EITHER = AnyDone(("P1", "P2"), "P1 or P2", HERE)


@pytest.mark.parametrize(
    ("first", "second", "answer", "reason"),
    [
        ("pending", "done", Answer.MET, "P2 is done"),
        ("done", "pending", Answer.MET, "P1 is done"),
        (None, "done", Answer.MET, "P2 is done"),
        ("skipped", "pending", Answer.MET, "P1 was skipped"),
        ("failed", "pending", Answer.NOT_MET, "P1 is not done; P2 is not done"),
        ("failed", None, Answer.UNKNOWN, "P1 is not done; the status of P2 is not known"),
    ],
)
def test_one_of_several_phases_is_enough_and_an_unknown_one_leaves_it_unknown(
    first: str | None, second: str | None, answer: Answer, reason: str
) -> None:
    found = verdict(EITHER, phases=(phase("P1", first, line=8), phase("P2", second, line=9)))
    assert found.answer is answer
    assert reason in found.reason
    assert bool(found.help) == (answer is not Answer.MET)


def test_of_several_phases_one_that_is_not_there_leaves_it_unknown_until_another_is_done() -> None:
    gate = AnyDone(("P1", "P9"), "P1 or P9", HERE)
    assert verdict(gate, phases=(phase("P1", "pending"),)).answer is Answer.UNKNOWN
    assert verdict(gate, phases=(phase("P1", "done"),)).answer is Answer.MET


# ── What nothing answers to ─────────────────────────────────────────────────


def test_what_cannot_be_told_is_unknown_quotes_the_words_and_leads_to_the_check() -> None:
    own = loop("LOOP-X", path="loops/a b.md")
    gate = Unresolved("Depends on Phase 9", Place(7), "there is no Phase 9")
    found = decide(gate, own, phase("P1"), facts(own))
    assert (found.answer, found.seen) == (Answer.UNKNOWN, "'Depends on Phase 9'")
    assert found.reason == "what it waits for cannot be told: there is no Phase 9"
    assert found.where == "loops/a b.md:7"
    assert shlex.split(found.help) == ["loop", "check", "loops/a b.md"]


def test_no_approval_opens_what_cannot_be_told() -> None:
    gate = Unresolved("Wait a while", HERE, "no time")
    for words in ("", "Wait a while"):
        found = verdict(gate, approvals=(said(True, gate=words),))
        assert found.answer is Answer.UNKNOWN


# ── Other loops ─────────────────────────────────────────────────────────────

MEDIA = loop(
    "LOOP-MEDIA-20260208",
    phase("P0", "done", line=50),
    phase("P1", "**done**"[2:6], line=51),
    phase("P2", "pending", line=52),
    phase("P3", "pending", line=53),
)


def reached(id: str, *, or_later: bool = True, loop: str = "LOOP-MEDIA") -> LoopReached:
    return LoopReached(loop, id, f"{loop} reaches {id}+", HERE, or_later)


def with_statuses(**statuses: str | None) -> Loop:
    return loop("LOOP-MEDIA-20260208", *(phase(id, s) for id, s in statuses.items()))


@pytest.mark.parametrize(
    ("gate", "answer", "line"),
    [
        (reached("P0"), Answer.MET, 50),
        (reached("P1"), Answer.MET, 51),
        (reached("p1"), Answer.MET, 51),
        (reached("P2"), Answer.NOT_MET, 52),
        (reached("P3"), Answer.NOT_MET, 53),
    ],
)
def test_another_loops_phase_is_reached_once_it_is_done(
    gate: LoopReached, answer: Answer, line: int
) -> None:
    found = verdict(gate, MEDIA)
    assert (found.answer, found.where) == (answer, f"loops/LOOP-MEDIA-20260208.md:{line}")


def test_a_later_phase_reaches_an_earlier_one_but_only_where_or_later_is_said() -> None:
    other = with_statuses(P1="pending", P2="done")
    assert verdict(reached("P1"), other).answer is Answer.MET
    assert "P2 of LOOP-MEDIA-20260208 is done" in verdict(reached("P1"), other).reason
    assert verdict(reached("P1", or_later=False), other).answer is Answer.NOT_MET


def test_later_means_later_in_the_document_not_in_the_alphabet() -> None:
    other = with_statuses(P9="done", P1="pending")
    assert verdict(reached("P1"), other).answer is Answer.NOT_MET
    assert verdict(reached("P9"), other).answer is Answer.MET


@pytest.mark.parametrize(
    "statuses",
    [
        {"P1": None},
        {"P1": None, "P2": "pending"},
        {"P1": "pending", "P2": None},
        {"P1": "unknown (run 3f9c)", "P2": "pending"},
    ],
)
def test_a_silent_phase_that_may_be_the_one_leaves_it_unknown(
    statuses: dict[str, str | None],
) -> None:
    found = verdict(reached("P1"), with_statuses(**statuses))
    assert found.answer is Answer.UNKNOWN
    assert "is not known" in found.reason


def test_a_skipped_phase_of_another_loop_is_not_reached() -> None:
    assert verdict(reached("P1"), with_statuses(P1="skipped")).answer is Answer.NOT_MET


@pytest.mark.parametrize("gate", [reached("P1"), LoopClosed("LOOP-MEDIA", "LOOP-MEDIA", HERE)])
def test_a_loop_that_is_missing_ambiguous_or_unreadable_is_unknown_and_named(gate: Gate) -> None:
    twin = loop("LOOP-MEDIA-20260301", phase("P1", "done"), status=LoopStatus.CLOSED)
    path = "loops/LOOP-MEDIA-20260208.md"
    cases = {
        "no loop is called LOOP-MEDIA": verdict(gate),
        "could be LOOP-MEDIA-20260208": verdict(gate, MEDIA, twin),
        f"{path} cannot be read: not UTF-8": verdict(gate, unreadable={path: "not UTF-8"}),
    }
    for reason, found in cases.items():
        assert found.answer is Answer.UNKNOWN
        assert reason in found.reason
        assert found.help


def test_an_unreadable_document_that_may_be_meant_spoils_a_prefix_but_no_whole_id() -> None:
    hidden = {"loops/LOOP-MEDIA-STACK-20260301.md": "not UTF-8"}
    split = loop("LOOP-MEDIA-STACK-SPLIT-20260208", phase("P1", "done"))
    prefix = reached("P1", loop="LOOP-MEDIA-STACK")
    whole = reached("P1", loop="LOOP-MEDIA-STACK-SPLIT-20260208")
    assert verdict(prefix, split).answer is Answer.MET
    assert verdict(prefix, split, unreadable=hidden).answer is Answer.UNKNOWN
    assert verdict(whole, split, unreadable=hidden).answer is Answer.MET


def test_a_phase_that_the_other_loop_does_not_have_is_unknown() -> None:
    found = verdict(reached("P9"), MEDIA)
    assert found.answer is Answer.UNKNOWN
    assert "has no phase P9" in found.reason


@pytest.mark.parametrize(
    ("status", "answer", "reason"),
    [
        (LoopStatus.CLOSED, Answer.MET, "is closed"),
        (LoopStatus.OPEN, Answer.NOT_MET, "is not closed"),
        (LoopStatus.PLANNED, Answer.NOT_MET, "is not closed"),
        (LoopStatus.BLOCKED, Answer.NOT_MET, "is not closed"),
        (LoopStatus.DEFERRED, Answer.NOT_MET, "is deferred, which is not closed"),
        (LoopStatus.SUPERSEDED, Answer.NOT_MET, "is superseded, which is not closed"),
        (LoopStatus.UNKNOWN, Answer.UNKNOWN, "states no status that is known"),
    ],
)
def test_only_a_closed_loop_opens_a_loop_gate(
    status: LoopStatus, answer: Answer, reason: str
) -> None:
    found = verdict(LoopClosed("LOOP-X", "LOOP-X", HERE), loop("LOOP-X-20260101", status=status))
    assert found.answer is answer
    assert reason in found.reason
    assert found.where == "loops/LOOP-X-20260101.md:3"


def test_a_loop_whose_headers_disagree_is_not_known_to_be_closed() -> None:
    from dataclasses import replace

    torn = replace(
        loop("LOOP-X", status=LoopStatus.CLOSED),
        findings=(Finding(2, "header-conflict", "quote says closed, front matter says open"),),
    )
    assert verdict(LoopClosed("LOOP-X", "LOOP-X", HERE), torn).answer is Answer.UNKNOWN


def test_what_a_lab_alone_has_shown_opens_no_real_gate() -> None:
    own = (phase("P3", "done"),)
    shown = (("LOOP-OWN-20260208", "P3"), (MEDIA.id, "P1"), ("LOOP-X", ""))
    lab = {"lab_only": dict.fromkeys(shown, ())}
    closed = loop("LOOP-X", status=LoopStatus.CLOSED)
    for gate in (PhaseDone("P3", "P3", HERE), reached("P1"), LoopClosed("LOOP-X", "", HERE)):
        assert verdict(gate, MEDIA, closed, phases=own).answer is Answer.MET
        held = verdict(gate, MEDIA, closed, phases=own, **lab)
        assert held.answer is Answer.NOT_MET
        assert "in a lab only" in held.reason


def test_the_items_that_a_lab_alone_did_are_named() -> None:
    own = (phase("P3", "done"),)
    some = {("LOOP-OWN-20260208", "P3"): ("207", "209"), (MEDIA.id, "P1"): ("207",)}
    held = verdict(PhaseDone("P3", "P3", HERE), phases=own, lab_only=some)
    assert held.reason == "P3 207, 209 were done in a lab only, which opens no real gate"
    held = verdict(reached("P1"), MEDIA, lab_only=some)
    assert held.reason.startswith(f"P1 207 of {MEDIA.id} was done in a lab only")


# ── Time ────────────────────────────────────────────────────────────────────

WAIT = TimePassed("wait 24h for first run", HERE, wait=timedelta(hours=24))
P3_AT = datetime(2026, 2, 8, 17, 42, tzinfo=UTC)
BEFORE = (phase("P3", "done", line=58), phase("P4", "done", line=59))


def waiting(
    at: dict[str, datetime | None], *needs: str, before: tuple[Phase, ...] = BEFORE
) -> Verdict:
    gates: tuple[Gate, ...] = (*(PhaseDone(id, id, HERE) for id in needs), WAIT)
    last = phase("P5", "pending", *gates)
    own = loop("LOOP-OWN", *before, last)
    finished = {("LOOP-OWN", id): When(t, f"commit of {id}") for id, t in at.items()}
    return decide(WAIT, own, last, facts(own, finished=finished))


def test_a_wait_counts_from_the_latest_of_what_the_phase_waits_for() -> None:
    found = waiting({"P3": P3_AT, "P4": P3_AT - timedelta(days=3)}, "P3", "P4")
    assert found.answer is Answer.NOT_MET
    assert found.opens_at == P3_AT + timedelta(hours=24)
    assert found.seen == "P3 done 2026-02-08 12:42 EST (commit of P3)"
    assert found.reason == "opens 2026-02-09 12:42 EST, in 5h31m"
    assert found.where == "loops/LOOP-OWN.md:58"


def test_a_wait_is_over_at_its_very_second_and_not_one_before() -> None:
    day_ago = NOW.astimezone(UTC) - timedelta(hours=24)
    assert waiting({"P3": day_ago}, "P3").answer is Answer.MET
    assert waiting({"P3": day_ago + timedelta(seconds=1)}, "P3").answer is Answer.NOT_MET


def test_without_dependencies_a_wait_counts_from_the_latest_done_phase_before_it() -> None:
    found = waiting({"P3": P3_AT, "P4": P3_AT - timedelta(hours=5)})
    assert found.opens_at == P3_AT + timedelta(hours=24)


def test_a_wait_whose_start_nobody_recorded_is_unknown_and_says_how_to_state_it() -> None:
    found = waiting({"P3": P3_AT, "P4": None}, "P3", "P4")
    assert found.answer is Answer.UNKNOWN
    assert "loop mark LOOP-OWN P4 done --at TIME" in found.reason
    assert found.help == "loop mark LOOP-OWN P4 done --at 2026-02-09T12:11Z"
    assert "commit of P4" in found.seen
    assert waiting({}, "P3").answer is Answer.UNKNOWN


@pytest.mark.parametrize(
    ("status", "answer"), [("pending", Answer.NOT_MET), (None, Answer.UNKNOWN)]
)
def test_a_wait_has_not_begun_while_what_it_counts_from_is_not_done(
    status: str | None, answer: Answer
) -> None:
    found = waiting({"P3": P3_AT}, "P3", before=(phase("P3", status),))
    assert found.answer is answer
    assert found.opens_at is None
    assert "counts from when P3 is done" in found.reason


def test_of_several_alternatives_a_wait_counts_from_the_one_that_is_done() -> None:
    own = loop(
        "LOOP-OWN",
        phase("P3", "done"),
        phase("P4", "pending"),
        phase("P5", "pending", AnyDone(("P3", "P4"), "P3 or P4", HERE), WAIT),
    )
    at = {("LOOP-OWN", "P3"): When(P3_AT, "receipt 3f9c")}
    (_, found) = phase_verdicts(own, own.phases[2], facts(own, finished=at))
    assert found.opens_at == P3_AT + timedelta(hours=24)


def test_a_skipped_dependency_gives_a_wait_no_time_but_the_others_do() -> None:
    before = (phase("P3", "skipped"), phase("P4", "done"))
    assert waiting({"P4": P3_AT}, "P3", "P4", before=before).opens_at == P3_AT + WAIT.wait  # type: ignore[operator]
    assert waiting({}, "P3", before=before[:1]).answer is Answer.UNKNOWN


def test_a_wait_with_nothing_done_before_it_is_unknown() -> None:
    found = waiting({}, before=())
    assert found.answer is Answer.UNKNOWN
    assert "nothing says from when" in found.reason


def test_a_wait_is_counted_in_hours_that_passed_also_over_a_change_of_clocks() -> None:
    spring = datetime(2026, 3, 8, 1, 30, tzinfo=NEW_YORK)  # half an hour before the clocks change
    own = loop("LOOP-OWN", phase("P3", "done"), phase("P5", "pending", WAIT))
    known = {("LOOP-OWN", "P3"): When(spring, "receipt 3f9c")}
    found = decide(WAIT, own, own.phases[1], facts(own, finished=known))
    assert found.opens_at == datetime(2026, 3, 9, 6, 30, tzinfo=UTC)
    assert "2026-03-09 02:30 EDT" in found.reason


@pytest.mark.parametrize(
    ("until", "answer"),
    [
        (NOW, Answer.MET),
        (NOW + timedelta(minutes=1), Answer.NOT_MET),
        (datetime(2026, 2, 9, 7, 11), Answer.MET),
        (datetime(2026, 2, 9, 7, 12), Answer.NOT_MET),
    ],
)
def test_a_hold_opens_at_its_time_and_without_a_zone_that_is_the_operators(
    until: datetime, answer: Answer
) -> None:
    assert verdict(TimePassed("hold until", HERE, until=until)).answer is answer


def test_a_wait_that_names_no_time_is_unknown() -> None:
    assert verdict(TimePassed("soak", HERE)).answer is Answer.UNKNOWN


@pytest.mark.parametrize(
    ("left", "shown"),
    [
        (timedelta(days=3, hours=4, minutes=9), "in 3d4h"),
        (timedelta(hours=5, minutes=31), "in 5h31m"),
        (timedelta(minutes=12, seconds=5), "in 12m"),
        (timedelta(seconds=8), "in 8s"),
    ],
)
def test_what_is_left_is_said_as_people_say_it(left: timedelta, shown: str) -> None:
    assert verdict(TimePassed("hold", HERE, until=NOW + left)).reason.endswith(shown)


# ── People ──────────────────────────────────────────────────────────────────

VISIT = Manual("Physical visit", HERE)


def said(approved: bool, hours_ago: float = 1, **more: Any) -> Approval:
    given: dict[str, Any] = {
        **{"loop": "LOOP-OWN-20260208", "phase": "P5", "gate": "", "approved": approved},
        **{"who": "Mira", "at": NOW - timedelta(hours=hours_ago), "reason": "rack is open"},
    }
    return Approval(**{**given, **more})


def test_only_a_person_opens_a_manual_gate_and_the_help_is_the_command() -> None:
    found = verdict(VISIT)
    assert found.answer is Answer.NOT_MET
    assert shlex.split(found.help) == [
        *("loop", "approve", "LOOP-OWN-20260208", "P5", "--reason", "Physical visit")
    ]


def test_an_approval_opens_the_gate_and_says_who_when_and_why() -> None:
    found = verdict(VISIT, approvals=(said(True, receipt="a.json"),))
    assert (found.answer, found.reason) == (Answer.MET, "rack is open")
    assert found.seen == "approved by Mira, 2026-02-09 06:11 EST"
    assert found.where == "a.json"


def test_the_latest_word_wins_in_whatever_order_they_are_read() -> None:
    yes, no = said(True, 3), said(False, 2)
    for given in ((yes, no), (no, yes)):
        found = verdict(VISIT, approvals=given)
        assert found.answer is Answer.NOT_MET
        assert found.seen.startswith("rejected by Mira")
    assert verdict(VISIT, approvals=(no, said(True, 1))).answer is Answer.MET


@pytest.mark.parametrize(
    "other",
    [{"loop": "LOOP-X"}, {"phase": "P4"}, {"gate": "SSH to dev-tools"}, {"item": "207"}],
)
def test_an_approval_of_something_else_opens_nothing(other: dict[str, Any]) -> None:
    assert verdict(VISIT, approvals=(said(True, **other),)).answer is Answer.NOT_MET


def test_an_approval_of_a_phase_opens_no_gate_of_its_items() -> None:
    of = item("207 (AI)", None, VISIT)
    last = phase("P5", "pending", VISIT, items=(of,))
    own = loop("LOOP-OWN-20260208", last)
    whole, one = said(True), said(True, item="207 (AI)")
    (closed,) = item_verdicts(own, last, of, facts(own, approvals=(whole,)))
    assert closed.answer is Answer.NOT_MET
    assert "--item '207 (AI)'" in closed.help
    (opened,) = item_verdicts(own, last, of, facts(own, approvals=(one,)))
    assert opened.answer is Answer.MET
    (phases_own,) = phase_verdicts(own, last, facts(own, approvals=(one,)))
    assert phases_own.answer is Answer.NOT_MET


def test_hostile_names_stay_one_word_in_the_command_that_helps() -> None:
    own = loop("LOOP-X; rm -rf /", phase("P1 $(id)", "pending", Manual("a'b; reboot", HERE)))
    (found,) = phase_verdicts(own, own.phases[0], facts(own))
    assert shlex.split(found.help)[2:] == [
        *("LOOP-X; rm -rf /", "P1 $(id)", "--reason", "a'b; reboot")
    ]


def test_the_headers_blocker_gates_every_phase_before_its_own_gates() -> None:
    blocker = LoopClosed("LOOP-MEDIA", "LOOP-MEDIA", Place(4))
    own = loop("LOOP-OWN", phase("P1", "pending", VISIT), phase("P2"), blocked_by=(blocker,))
    first = phase_verdicts(own, own.phases[0], facts(own, MEDIA))
    second = phase_verdicts(own, own.phases[1], facts(own, MEDIA))
    assert [v.gate for v in first] == [blocker, VISIT]
    assert [v.answer for v in second] == [Answer.NOT_MET]
