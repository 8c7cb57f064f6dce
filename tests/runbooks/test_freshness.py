"""One verdict a target, in exact seconds, and never a guess."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loopkit.facts import Copy, Entry, judge_freshness

NOW = 1_770_000_000
DAY = timedelta(hours=26)


def copy(age: float, size: int = 1000, mtime: float | None = None) -> Copy:
    taken = NOW - age
    entry = Entry("f", size, taken + 60 if mtime is None else mtime, f"/d/dump-{age}")
    return Copy(entry, taken)


def state(*copies: Copy, limit: timedelta = DAY, min_bytes: int = 10) -> str:
    verdict = judge_freshness(copies, now=NOW, limit=limit, min_bytes=min_bytes, place="/d/*")
    return str(verdict.state)


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(26 * 3600 - 1, "OK"), (26 * 3600, "OK"), (26 * 3600 + 1, "STALE"), (26.9 * 3600, "STALE")],
)
def test_a_threshold_is_exact_to_the_second(seconds: float, expected: str) -> None:
    assert state(copy(seconds)) == expected


def test_a_time_in_the_future_is_an_error_and_not_age_zero() -> None:
    assert state(copy(-1)) == "ERROR"
    assert state(copy(100, mtime=NOW + 1)) == "ERROR"


def test_nothing_is_missing() -> None:
    assert state() == "MISSING"


def test_an_empty_file_is_an_error() -> None:
    assert state(copy(60, size=0)) == "ERROR"
    assert state(copy(60, size=20), min_bytes=200) == "ERROR"


def test_a_name_and_a_file_time_that_do_not_fit_are_an_error() -> None:
    assert state(copy(40 * 3600, mtime=NOW - 60), limit=timedelta(hours=48)) == "ERROR"
    assert state(copy(3600, mtime=NOW - 7200)) == "ERROR"


def test_the_newest_by_name_counts_however_they_are_listed() -> None:
    verdict = judge_freshness(
        [copy(60), copy(3 * 86400), copy(86400)], now=NOW, limit=DAY, min_bytes=1, place="/d/*"
    )
    assert verdict.age == 60
    assert [c.taken for c in verdict.earlier] == [NOW - 3 * 86400, NOW - 86400]


@given(st.integers(60, 10**7), st.integers(1, 10**4))
def test_ok_means_within_the_limit_and_stale_means_beyond(age: int, hours: int) -> None:
    expected = "OK" if age <= hours * 3600 else "STALE"
    assert state(copy(age), limit=timedelta(hours=hours)) == expected
