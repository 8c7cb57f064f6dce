"""What goes offsite: what is stable, what fits, and why nothing arrived."""

from __future__ import annotations

from datetime import datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loopkit.facts import Entry, Listing, Load, fill_window
from tests.runbooks.books import INVENTORY, module

plan = module("offsite_plan")
dumps = module("pve.dumps")
TARGET = module("backup_inventory").parse(INVENTORY, "i").target("vm-200-docker-host-offsite")
GB = 10**9


def night(day: int, *, finished: bool = True, minutes: int = 10) -> object:
    entry = Entry("f", 100, 0.0, "/d/x")
    log = dumps.LogVerdict(finished, (), minutes * 60)
    return plan.Night(entry, datetime(2026, 2, day, 2, 0), log)


def test_a_vm_of_186_gb_takes_34_hours_and_is_left_out_of_the_night() -> None:
    loads = {
        200: Load(186 * GB),
        204: Load(4 * GB, first=True),
        210: Load(19 * GB),
    }
    chosen = fill_window(loads, bytes_per_second=1_500_000, window=14 * 3600)
    assert chosen.chosen == (204, 210)
    assert chosen.left_out == {200: "it alone takes 34h, the window is 14h"}


def test_what_would_fit_alone_is_left_out_for_what_goes_before_it_and_says_so() -> None:
    loads = {200: Load(40 * GB, first=True), 204: Load(50 * GB)}
    chosen = fill_window(loads, bytes_per_second=1_500_000, window=14 * 3600)
    assert chosen.chosen == (200,)
    assert chosen.left_out == {204: "it takes 9h15m, and 6h35m of the window of 14h are left"}


@given(
    st.dictionaries(st.integers(100, 120), st.builds(Load, st.integers(0, 10**12), st.booleans()))
)
def test_what_is_chosen_fits_and_nothing_is_lost_from_sight(loads: dict[int, Load]) -> None:
    chosen = fill_window(loads, bytes_per_second=1_500_000, window=14 * 3600)
    assert chosen.seconds <= 14 * 3600
    assert set(chosen.chosen) | set(chosen.left_out) == set(loads)
    assert not set(chosen.chosen) & set(chosen.left_out)


@pytest.mark.parametrize(
    ("nights", "good"),
    [
        ([], 0),
        ([night(7), night(8), night(9)], 3),
        ([night(6), night(8), night(9)], 2),
        ([night(7), night(8, finished=False), night(9)], 1),
        ([night(7), night(8), night(9, finished=False)], 0),
    ],
)
def test_stable_means_good_nights_without_a_gap_up_to_the_last(
    nights: list[object], good: int
) -> None:
    assert plan.good_nights(nights) == good


@pytest.mark.parametrize(
    ("at", "hit"), [(time(9, 0), False), (time(2, 30), True), (time(1, 59), False)]
)
def test_a_sync_in_the_middle_of_the_dumps_is_seen(at: time, hit: bool) -> None:
    begun = datetime(2026, 2, 9, 2, 0)
    assert plan.overlaps((begun, begun + timedelta(hours=2, minutes=17)), at) is hit


def test_a_run_over_midnight_still_hits_the_early_hours() -> None:
    begun = datetime(2026, 2, 9, 23, 0)
    assert plan.overlaps((begun, begun + timedelta(hours=4)), time(2, 0))


@pytest.mark.parametrize(
    ("at", "window", "hours"),
    [(time(9, 0), 14, 21), (time(3, 0), 14, 15), (time(1, 30), 14, 37.5), (time(9, 0), 20, 27)],
)
def test_a_copy_is_behind_its_dump_by_its_wait_and_its_way(
    at: time, window: int, hours: float
) -> None:
    begun = datetime(2026, 2, 9, 2, 0)
    assert plan.longest_lag(begun, at, timedelta(hours=window)) == timedelta(hours=hours)


def test_a_run_that_is_under_way_does_not_shorten_the_measured_one() -> None:
    nights = {200: (night(8), night(9)), 204: (night(8, minutes=50),)}
    found = plan.OffsitePlan("/d", fill_window({}, bytes_per_second=1, window=1), {}, nights)
    assert found.run_ends == (datetime(2026, 2, 8, 2, 0), datetime(2026, 2, 8, 2, 50))


def listing(*names: str, fault: str = "") -> object:
    if fault:
        return Listing({}, {TARGET.path: fault})
    entries = tuple(Entry("f", 1, 0.0, f"{TARGET.path}/{name}") for name in names)
    return Listing({TARGET.path: entries}, {})


@pytest.mark.parametrize(
    ("seen", "installed", "cause"),
    [
        (listing(fault="it does not exist"), False, "the directory does not exist"),
        (listing(fault="it cannot be read: permission denied"), False, "cannot be read"),
        (listing(), True, "the directory is empty"),
        (listing(), False, "nothing syncs"),
        (listing("dump-200.vma.zst"), True, "other names"),
        (listing("vzdump-qemu-200-2026_02_09-02_00_00.vma.zst"), False, "nothing makes new ones"),
    ],
)
def test_the_causes_of_no_matches_are_told_apart(seen: object, installed: bool, cause: str) -> None:
    assert cause in plan.why_nothing(seen, TARGET, installed)
