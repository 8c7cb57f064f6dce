"""Names resolved, references followed, cycles found."""

from __future__ import annotations

import time

import pytest

from loopkit.errors import AmbiguousLoop, UnknownLoop
from loopkit.loop.index import Index
from loopkit.loop.model import Loop, LoopClosed, LoopReached, PhaseDone, Place
from tests.loop.handmade import item, loop, phase

HERE = Place(1)
BACKUP = loop("LOOP-BACKUP-STABILIZATION-20260208")
CALENDAR = loop("LOOP-BACKUP-CALENDAR-20260210")
MEDIA = loop("LOOP-MEDIA-20260208")
SPLIT = loop("LOOP-MEDIA-STACK-SPLIT-20260208")
FINISH = loop("LOOP-OL-SHOP-BASELINE-FINISH")


def index(*loops: Loop) -> Index:
    return Index({x.path: x for x in loops})


ALL = index(BACKUP, CALENDAR, MEDIA, SPLIT, FINISH)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("LOOP-BACKUP-STABILIZATION-20260208", BACKUP),
        ("LOOP-BACKUP-STABILIZATION", BACKUP),
        ("loop-backup-stabilization", BACKUP),
        ("stabil", BACKUP),
        ("LOOP-MEDIA", MEDIA),
        ("MEDIA-STACK", SPLIT),
        ("split-2026", SPLIT),
        ("finish", FINISH),
        ("20260210", CALENDAR),
    ],
)
def test_any_unique_part_of_an_id_names_the_loop(name: str, meant: Loop) -> None:
    assert ALL.resolve(name) is meant


def test_an_exact_id_wins_over_longer_ones_that_contain_it() -> None:
    short, long = loop("LOOP-A"), loop("LOOP-AB")
    assert index(long, short).resolve("loop-a") is short


def test_an_ambiguous_name_lists_its_candidates_and_a_command_that_works() -> None:
    with pytest.raises(AmbiguousLoop) as error:
        ALL.resolve("BACKUP")
    assert error.value.candidates == (CALENDAR.id, BACKUP.id)
    assert error.value.help == f"loop show {CALENDAR.id}"


def test_two_documents_of_one_id_are_ambiguous_by_their_paths() -> None:
    twins = loop("LOOP-A-20260101", path="a.md"), loop("LOOP-A-20260101", path="b.md")
    with pytest.raises(AmbiguousLoop) as error:
        index(*twins).resolve("LOOP-A-20260101")
    assert error.value.candidates == ("a.md", "b.md")
    assert "2 documents have the id LOOP-A-20260101" in error.value.what


def test_one_name_with_two_dates_is_ambiguous_by_its_ids() -> None:
    both = loop("LOOP-A-20260101"), loop("LOOP-A-20260202")
    with pytest.raises(AmbiguousLoop) as error:
        index(*both).resolve("LOOP-A")
    assert error.value.candidates == ("LOOP-A-20260101", "LOOP-A-20260202")


@pytest.mark.parametrize("name", ["LOOP-BACKUP-STABILISATION", "", "../x", "-rf"])
def test_a_name_that_nothing_has_is_unknown_and_a_near_one_is_offered(name: str) -> None:
    with pytest.raises(UnknownLoop) as error:
        ALL.resolve(name)
    near = "loop show LOOP-BACKUP-STABILIZATION-20260208"
    assert error.value.help == (near if name.startswith("LOOP") else "loop list")


@pytest.mark.parametrize(
    "id", ["LOOP-HA-2026-02-16", "LOOP-HA-20260216", "LOOP-HA-20260301-20260301"]
)
def test_a_date_is_left_out_however_the_id_writes_it(id: str) -> None:
    other = loop("LOOP-HA-DASHBOARD-20260215")
    found = loop(id)
    assert index(other, found).resolve("LOOP-HA") is found
    assert index(other, found).cited("LOOP-HA") == (found,)


def test_a_document_cites_a_beginning_of_an_id_and_never_its_middle() -> None:
    assert ALL.cited("LOOP-MEDIA-STACK") == (SPLIT,)
    assert ALL.cited("LOOP-BACKUP") == (CALENDAR, BACKUP)
    assert ALL.cited("MEDIA-STACK") == ()
    assert ALL.cited("") == ()


def needs(id: str) -> PhaseDone:
    return PhaseDone(id, id, HERE)


def test_a_cycle_within_a_loop_is_named_with_its_chain() -> None:
    x = loop("LOOP-X", phase("P0"), phase("P1", "pending", needs("P2")),
             phase("P2", "pending", needs("p1"), needs("P0")))  # fmt: skip
    assert index(x).cycles() == (("LOOP-X P1", "LOOP-X P2", "LOOP-X P1"),)


def test_a_phase_that_waits_for_itself_is_a_cycle() -> None:
    assert index(loop("LOOP-X", phase("P1", "pending", needs("P1")))).cycles() == (
        ("LOOP-X P1", "LOOP-X P1"),
    )


def test_a_cycle_across_loops_is_found_through_items_headers_and_dates_left_out() -> None:
    gate = LoopReached("LOOP-B", "P1", "LOOP-B reaches P1+", HERE)
    a = loop("LOOP-A-20260101", phase("P2", "pending", items=(item("207", None, gate),)))
    blocker = LoopClosed("LOOP-A", "LOOP-A", HERE)
    b = loop("LOOP-B-20260102", phase("P1"), blocked_by=(blocker,))
    assert index(a, b).cycles() == (
        ("LOOP-A-20260101", "LOOP-A-20260101 P2", "LOOP-B-20260102 P1", "LOOP-A-20260101"),
    )


def test_two_cycles_are_each_named_once_and_a_diamond_is_none() -> None:
    x = loop("LOOP-X", phase("A", "", needs("B")), phase("B", "", needs("A")),
             phase("C", "", needs("D")), phase("D", "", needs("C"), needs("A")))  # fmt: skip
    y = loop("LOOP-Y", phase("P0"), phase("P1", "", needs("P0")), phase("P2", "", needs("P0")),
             phase("P3", "", needs("P1"), needs("P2")))  # fmt: skip
    assert index(x, y).cycles() == (
        ("LOOP-X A", "LOOP-X B", "LOOP-X A"),
        ("LOOP-X C", "LOOP-X D", "LOOP-X C"),
    )


def test_a_reference_that_is_missing_or_ambiguous_makes_no_cycle() -> None:
    gates = LoopClosed("LOOP-NONE", "", HERE), LoopReached("LOOP-NONE", "P1", "", HERE), needs("P9")
    assert index(loop("LOOP-X", phase("P1", "", *gates))).cycles() == ()


def test_two_documents_of_one_id_make_no_cycle_between_them() -> None:
    one = loop("LOOP-X", phase("P1", "", needs("P2")), phase("P2"), path="a.md")
    two = loop("LOOP-X", phase("P1"), phase("P2", "", needs("P1")), path="b.md")
    assert index(one, two).cycles() == ()


def test_a_chain_of_100000_phases_is_followed_in_seconds_and_without_recursion() -> None:
    count = 100_000
    phases = (phase(f"P{n}", "", needs(f"P{(n + 1) % count}")) for n in range(count))
    started = time.process_time()
    (chain,) = index(loop("LOOP-X", *phases)).cycles()
    assert len(chain) == count + 1
    assert time.process_time() - started < 10
