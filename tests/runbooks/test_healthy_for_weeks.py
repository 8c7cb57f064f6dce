"""What ships is right on a healthy system: what the closed loop asks is answered OK for weeks."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from tests.runbooks.books import REGISTRY
from tests.runbooks.indoors import LOOP, House

STEP = 1 / 6
WEEK = 7 * 24
PHASES = (
    *(("P0", ""), ("P1", ""), ("P2", "207"), ("P2", "209"), ("P2", "210")),
    *(("P3", ""), ("P4", ""), ("P5", "")),
)
SYNC = "/usr/local/bin/vzdump-offsite-sync.sh"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def closed(folder: Path, begin: str = "2026-02-09T10:30-05:00") -> House:
    house = House.at(folder / "work", at(begin))
    house.closes_the_loop()
    return house


def troubles(house: House, hours: float) -> list[str]:
    """Returns what status and drift found wrong, asked every ten minutes."""
    found = []
    for _ in range(round(hours / STEP)):
        house.passes(STEP)
        wrong = house.wrong("backup.status") + house.wrong("backup.drift")
        found += [f"{house.now():%F %H:%M} {one}" for one in wrong]
    return found


@pytest.mark.parametrize("week", [0, 1])
def test_status_and_drift_say_nothing_but_ok_for_two_weeks(tmp_path: Path, week: int) -> None:
    house = House.at(tmp_path / "work")
    # What is kept has no bearing here, and every listing is of all that is.
    storage, files = "/etc/pve/storage.cfg", house.lab.machines["pve"].files
    files.write(storage, files.read(storage).replace(b"keep-all=1", b"keep-last=4"))
    house.closes_the_loop()
    house.passes(week * WEEK)
    assert troubles(house, WEEK) == []


@pytest.mark.parametrize("begin", ["2026-03-05T10:30-05:00", "2026-10-29T10:30-04:00"])
def test_status_and_drift_say_nothing_but_ok_when_the_clocks_change(
    tmp_path: Path, begin: str
) -> None:
    house = closed(tmp_path, begin)
    offset = house.now().utcoffset()
    assert troubles(house, 48) == []
    assert house.now().utcoffset() != offset


def test_the_done_phases_and_the_criteria_stand_on_every_later_day(tmp_path: Path) -> None:
    house = closed(tmp_path)
    for _ in range(14):
        house.passes(24.5)
        assert [one for phase in PHASES for one in house.not_so(*phase)] == []
        seen = [c.function(house.host(c.host)) for c in REGISTRY.criteria if c.loop in LOOP]
        assert [one.text for one in seen if not one.so] == []
    assert len(seen) == 5


def test_a_vm_that_became_stable_since_is_told_and_joins_when_the_phase_is_opened_again(
    tmp_path: Path,
) -> None:
    house = closed(tmp_path)
    house.passes(24)
    assert house.not_so("P4") == []
    (fits,) = [s for _, s in house.steps("P4") if s.name.startswith("what fits")]
    assert fits.look(house.host("pve")).text.endswith(
        "VM 207 became stable since, for the next run of P4"
    )
    row = "| P4 | Offsite sync (pve → NAS over Tailscale) | P1 | done |"
    house.marks(row, row.replace("done", "pending"))
    house.does("P4")
    assert "vmids='200 204 207'" in house.host("pve").read("cat", SYNC).stdout
    states = {row.name: row.state for row in house.report("backup.status").rows}
    assert states["vm-207-ai-consolidation-offsite"] == "OK"


def test_while_the_night_is_at_it_its_own_file_is_told_and_the_last_one_counts(
    tmp_path: Path,
) -> None:
    house = closed(tmp_path)
    while house.now().strftime("%H:%M") != "02:10":
        house.passes(STEP)
    rows = {row.name: row for row in house.report("backup.status").rows}
    assert [name for name, row in rows.items() if "unfinished" in row.text] == ["vm-202-legacy"]
    assert {row.state for row in rows.values()} == {"OK"}
