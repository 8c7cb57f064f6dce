"""vzdump's file names and logs."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.runbooks.books import module

dumps = module("pve.dumps")
NAME = "vzdump-qemu-204-2026_02_09-02_00_01.vma.zst"


def test_a_name_says_which_guest_and_when() -> None:
    assert dumps.parse_name(NAME) == dumps.DumpName(204, datetime(2026, 2, 9, 2, 0, 1))


@pytest.mark.parametrize(
    "name",
    [
        NAME.replace(".vma.zst", ".log"),
        NAME + ".notes",
        NAME + ".protected",
        NAME.replace(".vma.zst", ".vma.dat"),
        NAME.replace("02_09", "02_30"),
        NAME + "\n",
        NAME + " | **done** |",
        "x" + NAME,
        "vzdump-qemu-204-2026_02_09-02_00_01",
    ],
)
def test_what_is_no_finished_dump_is_none(name: str) -> None:
    assert dumps.parse_name(name) is None


@given(st.text(max_size=60))
def test_any_name_is_read_without_raising(name: str) -> None:
    assert dumps.parse_name(name) is None or name.startswith("vzdump-")


def test_a_file_that_is_still_written_names_its_guest() -> None:
    assert dumps.leftover_of(NAME.replace(".vma.zst", ".vma.dat")) == 204
    assert dumps.leftover_of("vzdump-qemu-204-2026_02_09-02_00_01.tmp") == 204
    assert dumps.leftover_of(NAME) is None


def test_the_log_lies_beside_it() -> None:
    assert dumps.log_name(NAME) == "vzdump-qemu-204-2026_02_09-02_00_01.log"


def test_a_log_that_finished_tells_how_long_it_took() -> None:
    lines = [
        "2026-02-09 02:00:01 INFO: Starting Backup of VM 204 (qemu)",
        "2026-02-09 02:02:12 INFO: Finished Backup of VM 204 (00:02:11)",
    ]
    log = dumps.read_log(lines, 204)
    assert (log.finished, log.errors, log.seconds, log.fault) == (True, (), 131, "")


def test_a_log_with_an_error_is_no_proof_even_if_it_finished() -> None:
    lines = [
        "2026-02-09 02:00:01 ERROR: Backup of VM 204 failed - no space left",
        "2026-02-09 02:02:12 INFO: Finished Backup of VM 204 (00:02:11)",
    ]
    assert "no space left" in dumps.read_log(lines, 204).fault


def test_the_end_of_another_guest_proves_nothing() -> None:
    lines = ["2026-02-09 02:02:12 INFO: Finished Backup of VM 205 (00:02:11)"]
    assert dumps.read_log(lines, 204).fault == "its log does not say that it finished"


@pytest.mark.parametrize(
    ("size", "earlier", "plausible"),
    [(100, [], None), (100, [100, 110, 90], True), (40, [100, 110, 90], False), (50, [100], False)],
)
def test_a_dump_of_half_the_usual_size_is_not_plausible(
    size: int, earlier: list[int], plausible: bool | None
) -> None:
    assert dumps.is_plausible(size, earlier) is plausible


def test_in_the_hour_that_comes_twice_the_file_time_tells_which_is_meant() -> None:
    zone = ZoneInfo("America/New_York")
    name = dumps.DumpName(204, datetime(2026, 11, 1, 1, 30))
    first = datetime(2026, 11, 1, 1, 30, tzinfo=zone, fold=0).timestamp()
    second = datetime(2026, 11, 1, 1, 30, tzinfo=zone, fold=1).timestamp()
    assert dumps.started_at(name, first + 60, zone) == first
    assert dumps.started_at(name, second + 60, zone) == second
