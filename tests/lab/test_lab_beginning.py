"""When a lab begins: at a moment that is stated, whatever the machine's own clock says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from loopkit.errors import UsageError
from loopkit.lab import control
from loopkit.lab.lab import Lab, open_lab, run_line
from loopkit.lab.world import BEGINS
from tests.lab.hosts import Standing

LEAP_DAY = datetime(2028, 2, 29, 20, tzinfo=UTC)
HOUR = timedelta(hours=1)


def seconds_since(begin: datetime, lab: Lab) -> float:
    return lab.clock.now() - begin.timestamp()


def test_a_new_lab_begins_at_the_stated_moment_on_every_host(hosts: Lab) -> None:
    assert 0 <= seconds_since(BEGINS, hosts) < HOUR.total_seconds()
    said = {run_line(m, "root", "date -u +%F")[1] for m in hosts.machines.values()}
    assert said == {b"2026-02-09\n"}


@pytest.mark.parametrize("machine", [datetime(1999, 12, 31, tzinfo=UTC), LEAP_DAY])
def test_the_clock_of_the_machine_does_not_matter(tmp_path: Path, machine: datetime) -> None:
    lab = open_lab(tmp_path / "lab", real=machine.timestamp)
    assert seconds_since(BEGINS, lab) == 0
    written = {p.stat().st_mtime for p in (tmp_path / "lab/hosts").rglob("*.vma.zst")}
    assert written
    assert max(written) < BEGINS.timestamp()


def test_a_lab_begins_where_it_is_told_to_and_its_nights_lie_before(tmp_path: Path) -> None:
    lab = open_lab(tmp_path / "lab", LEAP_DAY)
    assert 0 <= seconds_since(LEAP_DAY, lab) < HOUR.total_seconds()
    names = lab.machines["pve"].files.names("/tank/backups/vzdump/dump")
    assert {n[16:26] for n in names} == {"2028_02_27", "2028_02_28", "2028_02_29"}


def test_the_clock_of_a_lab_that_was_stopped_goes_on(tmp_path: Path) -> None:
    with Standing(tmp_path / "lab") as first:
        before = control.status(first.directory)["now"]
    with Standing(tmp_path / "lab") as again:
        after = control.status(again.directory)["now"]
    assert before < after < before + HOUR.total_seconds()


def test_when_it_begins_is_said_once(tmp_path: Path) -> None:
    with (
        Standing(tmp_path / "lab") as lab,
        pytest.raises(UsageError, match="has begun already") as refused,
    ):
        control.up(lab.directory, begin=LEAP_DAY)
    assert refused.value.help == f"loop lab down && rm -r {tmp_path / 'lab'}"


@pytest.mark.parametrize(
    "begin", [datetime(2026, 2, 9, 10, 30), datetime(1970, 1, 1, tzinfo=UTC)], ids=str
)
def test_a_moment_that_no_lab_can_begin_at_is_refused(tmp_path: Path, begin: datetime) -> None:
    with pytest.raises(UsageError, match="cannot begin at"):
        control.up(tmp_path / "lab", begin=begin)
    assert not (tmp_path / "lab").exists()
