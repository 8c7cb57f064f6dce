"""When a schedule comes round next, in UTC, through DST nights."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loopkit.facts import next_run

NEW_YORK, ADAK = ZoneInfo("America/New_York"), ZoneInfo("America/Adak")


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_two_in_adak_is_seven_in_new_york() -> None:
    after = utc("2026-02-08 18:00")
    assert next_run("02:00", after, ADAK) == utc("2026-02-09 12:00")
    assert next_run("02:00", after, NEW_YORK) == utc("2026-02-09 07:00")


def test_a_time_that_the_spring_night_skips_runs_an_hour_later_by_the_clock() -> None:
    assert next_run("02:30", utc("2026-03-08 06:00"), NEW_YORK) == utc("2026-03-08 07:30")


def test_a_time_that_the_autumn_night_repeats_runs_the_first_time() -> None:
    assert next_run("01:30", utc("2026-11-01 04:00"), NEW_YORK) == utc("2026-11-01 05:30")
    assert next_run("01:30", utc("2026-11-01 05:30"), NEW_YORK) == utc("2026-11-02 06:30")


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        ("daily", "2026-02-10 00:00"),
        ("hourly", "2026-02-09 11:00"),
        ("weekly", "2026-02-16 00:00"),
        ("sat 22:30", "2026-02-14 22:30"),
        ("mon..fri 09:00", "2026-02-10 09:00"),
        ("1,13:15", "2026-02-09 13:15"),
        ("*:0/20", "2026-02-09 10:20"),
        ("*/6:00", "2026-02-09 12:00"),
    ],
)
def test_events_that_people_write(event: str, expected: str) -> None:
    # 2026-02-09 is a Monday.
    assert next_run(event, utc("2026-02-09 10:00"), UTC) == utc(expected)


@pytest.mark.parametrize(
    "event", ["", "2:60", "25:00", "tomorrow", "*-*-1 02:00", "02:00:00", "*/0"]
)
def test_what_is_not_understood_is_not_guessed(event: str) -> None:
    assert next_run(event, utc("2026-02-09 10:00"), UTC) is None


@given(
    st.integers(0, 23),
    st.integers(0, 59),
    st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1)),
    st.sampled_from(["America/New_York", "America/Adak", "Europe/Berlin", "Asia/Kolkata", "UTC"]),
)
def test_a_daily_event_comes_within_a_day_and_an_hour_and_only_after(
    hour: int, minute: int, moment: datetime, zone: str
) -> None:
    after = moment.replace(tzinfo=UTC)
    run = next_run(f"{hour}:{minute:02d}", after, ZoneInfo(zone))
    assert run is not None
    assert timedelta(0) < run - after <= timedelta(hours=25)
    assert run.astimezone(ZoneInfo(zone)).minute == minute
