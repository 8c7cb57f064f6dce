"""The order of a document as the order of work: when it counts, how it is decided and opened."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from loopkit.loop.gates import phase_verdicts
from loopkit.loop.index import Index
from loopkit.loop.model import Answer, InOrder, Loop, Manual, Phase, PhaseDone, Place
from loopkit.loop.parse.reader import read
from loopkit.loop.plan import held_by_failure, make_plan
from loopkit.loop.snapshot import Approval, Snapshot
from loopkit.markdown.source import Source
from tests.loop.handmade import loop, phase

NOW = datetime(2026, 2, 9, 12, 11, tzinfo=UTC)


def read_loop(text: str) -> Loop:
    """Returns what a document means."""
    return read(Source(text), "loops/LOOP-X.md").loop


def facts(own: Loop, **more: object) -> Snapshot:
    return Snapshot(NOW, Index({own.path: own}), **more)  # type: ignore[arg-type]


def ready(own: Loop, **more: object) -> list[str]:
    return [p.phase.id for p in make_plan(own, facts(own, **more)).ready]


PLAIN = "> **Status:** open\n\n## Phases\n\n- P0: A\n- P1: B\n- P2: C\n"
COLUMN = (
    "> **Status:** open\n\n## Phases\n\n| Phase | Scope | Depends on |\n|---|---|---|\n"
    "| P0 | A | |\n| P1 | B | |\n"
)


# ── When it counts ───────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "counts"),
    [
        (PLAIN, True),
        (COLUMN, False),
        (PLAIN.replace("C\n", "C (after P0)\n"), False),
        (PLAIN + "  - needs P1\n", False),
        (PLAIN + "  - Depends on: none\n", False),
        (PLAIN + "  - Depends on: LOOP-ROOF\n", True),
        (PLAIN + "  - Depends on: the vendor\n", True),
        (PLAIN + "  - Depends on Phase 9\n", True),
        (PLAIN + "  - wait 24h\n", True),
        (PLAIN.replace("C\n", "C — pending (after P0)\n"), True),
        (PLAIN.replace("open\n", "open\n> **Depends on:** LOOP-ROOF\n", 1), True),
        (PLAIN.replace("open\n", "open\n> **Order:** any\n", 1), False),
        (PLAIN.replace("open\n", "open\n> **Order:** any order will do\n", 1), False),
        (PLAIN.replace("open\n", "open\n> **Order:** as written\n", 1), True),
        ("---\nstatus: open\norder: any\n---\n\n## Phases\n\n- P0: A\n- P1: B\n", False),
    ],
)
def test_the_order_counts_where_nothing_is_said_of_which_phase_waits_for_which(
    text: str, counts: bool
) -> None:
    assert read_loop(text).in_order is counts


def test_a_phase_says_what_it_waits_for_by_a_cell_a_field_or_a_sentence_and_not_by_a_note() -> None:
    own = read_loop(
        "## Phases\n\n| Phase | Scope | Depends on | Notes | Status |\n|---|---|---|---|---|\n"
        "| P0 | A | | | |\n| P1 | B | none | | |\n| P2 | C | P0 | | |\n| P3 | D | a visit | | |\n"
        "| P4 | E | | after P0 | |\n| P5 | F | | | pending (after P0) |\n"
    )
    stated = [p.id for p in own.phases if p.states_needs]
    assert stated == ["P1", "P2", "P3", "P4"]


# ── How it is decided ────────────────────────────────────────────────────────


def test_the_phases_of_a_plain_list_become_ready_one_after_the_other() -> None:
    assert ready(read_loop(PLAIN)) == ["P0"]
    assert ready(read_loop(PLAIN.replace("A\n", "A — done\n"))) == ["P1"]
    assert ready(read_loop(PLAIN.replace("A\n", "A — failed\n"))) == ["P0"]


def test_the_gate_names_the_phase_before_and_is_no_dependency() -> None:
    own = read_loop(PLAIN)
    (first, _, last) = (phase_verdicts(own, p, facts(own)) for p in own.phases)
    assert first == ()
    (found,) = last
    assert isinstance(found.gate, InOrder)
    assert (found.gate.phase, found.gate.text) == ("P1", "after P1, as the document has it")
    assert (own.phases[2].depends_on, own.phases[2].gates) == ((), ())


def of_last(*phases: Phase, **more: object) -> tuple[Answer, str, str]:
    """Returns the answer of the last phase's order gate, what was seen and why."""
    own = loop("LOOP-X", *phases, in_order=True)
    found = phase_verdicts(own, own.phases[-1], facts(own, **more))[-1]
    return found.answer, found.seen, found.reason


@pytest.mark.parametrize(
    ("statuses", "answer", "seen"),
    [
        (("done", "done"), Answer.MET, "P1 done"),
        (("skipped", "done"), Answer.MET, "P1 done"),
        (("done", "skipped"), Answer.MET, "P1 skipped"),
        (("done", "pending"), Answer.NOT_MET, "P1 pending"),
        (("pending", "done"), Answer.NOT_MET, "P0 pending"),
        (("failed", "skipped"), Answer.NOT_MET, "P0 failed"),
        (("done", None), Answer.UNKNOWN, "P1 states no status"),
        ((None, "done"), Answer.UNKNOWN, "P0 states no status"),
    ],
)
def test_every_phase_before_has_to_be_settled_as_it_is_written_now(
    statuses: tuple[str | None, ...], answer: Answer, seen: str
) -> None:
    before = (phase(f"P{n}", status) for n, status in enumerate(statuses))
    assert of_last(*before, phase("P2"))[:2] == (answer, seen)


def test_what_a_lab_alone_has_shown_lets_nothing_real_begin() -> None:
    answer, _, reason = of_last(
        phase("P0", "done"), phase("P1", "done"), phase("P2"), lab_only={("LOOP-X", "P0"): ()}
    )
    assert (answer, "in a lab only" in reason) == (Answer.NOT_MET, True)


def test_the_words_say_that_the_order_is_implied_and_where_to_look() -> None:
    own = loop("LOOP-X", phase("P0", "failed", line=7), phase("P1"), in_order=True)
    (found,) = phase_verdicts(own, own.phases[1], facts(own))
    assert "no phase states what it waits for" in found.reason
    assert (found.where, found.help) == ("loops/LOOP-X.md:7", "loop why LOOP-X P0")


def test_the_order_makes_no_circle_with_what_is_stated_elsewhere() -> None:
    own = read_loop(PLAIN)
    assert Index({own.path: own}).cycles() == ()
    assert [f.code for f in own.findings] == []


def test_a_phase_that_is_not_there_twice_is_still_found_in_its_order() -> None:
    own = read_loop(PLAIN.replace("- P2: C\n", "- P1: C\n"))
    assert ready(own) == ["P0"]


# ── How it is opened ─────────────────────────────────────────────────────────


def test_the_settings_of_a_workspace_switch_it_off() -> None:
    own = read_loop(PLAIN)
    assert ready(own, any_order=True) == ["P0", "P1", "P2"]
    assert phase_verdicts(own, own.phases[1], facts(own, any_order=True)) == ()


def approved(gate: str, *, yes: bool = True, of: str = "P1") -> Approval:
    return Approval("LOOP-X", of, gate, yes, "Mira", NOW, "they share nothing", receipt="a.json")


ORDER = "after P0, as the document has it"


@pytest.mark.parametrize(
    ("given", "opened"),
    [
        (approved(ORDER), True),
        (approved(""), False),
        (approved("a visit"), False),
        (approved(ORDER, yes=False), False),
        (approved(ORDER, of="P2"), False),
    ],
)
def test_a_person_opens_it_by_its_words_and_by_nothing_else(given: Approval, opened: bool) -> None:
    own = loop("LOOP-X", phase("P0"), phase("P1"), phase("P2"), in_order=True)
    (found,) = phase_verdicts(own, own.phases[1], facts(own, approvals=(given,)))
    assert isinstance(found.gate, InOrder)
    assert (found.answer is Answer.MET) is opened
    if opened:
        assert (found.reason, found.where) == ("they share nothing", "a.json")


def test_an_opened_gate_lets_only_its_own_phase_begin() -> None:
    own = loop("LOOP-X", phase("P0"), phase("P1"), phase("P2"), in_order=True)
    assert ready(own, approvals=(approved(ORDER),)) == ["P0", "P1"]


# ── After a failure ──────────────────────────────────────────────────────────


def held(own: Loop, *failed: str) -> list[str]:
    """Returns the phases that a failure keeps from being begun."""
    return [p.id for p in own.phases if held_by_failure(own, p, failed)]


def test_a_failure_holds_what_comes_after_it_and_says_nothing_of_what_it_waits_for() -> None:
    own = loop("LOOP-X", *(phase(f"P{n}") for n in range(4)))
    assert held(own, "P1") == ["P2", "P3"]
    assert held(own, "p0") == ["P1", "P2", "P3"]
    assert held(own) == []
    assert held_by_failure(own, own.phases[3], ("P2", "P1")) == "P1"


def test_a_failure_holds_nothing_of_which_the_document_says_what_it_waits_for() -> None:
    here = Place(1)
    own = loop(
        "LOOP-X",
        phase("P0", "done"),
        phase("P1"),
        phase("P2", "pending", PhaseDone("P0", "P0", here)),
        phase("P3", "pending", states_needs=True),
        phase("P4", "pending", Manual("a visit", here)),
    )
    assert held(own, "P1") == ["P4"]
