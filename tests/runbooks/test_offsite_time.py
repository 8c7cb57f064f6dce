"""When the offsite copy leaves: after the dumps, and early enough for what is asked of its age."""

from __future__ import annotations

from pathlib import Path

import pytest

from loopkit.runbook import Refusal
from tests.runbooks.indoors import House

INVENTORY = "runbooks/backup.inventory.yaml"


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ('at: "09:00"', 'at: "02:05"', "02:05 falls into the vzdump run, measured from 02:00 to"),
        ('at: "09:00"', 'at: "23:30"', "takes 14h is 35h30m behind its dump, and its limit allows"),
        ("window_hours: 14", "window_hours: 18", "takes 18h is 25h00m behind its dump"),
    ],
)
def test_a_time_that_cannot_be_right_is_refused_before_it_is_installed(
    tmp_path: Path, old: str, new: str, why: str
) -> None:
    house = House.at(tmp_path / "work")
    path = house.root / INVENTORY
    path.write_text(path.read_text().replace(old, new))
    for phase in ("P0", "P1"):
        house.does(phase)
    with pytest.raises(Refusal, match=why):
        house.does("P4")
    assert not house.lab.machines["pve"].files.exists("/etc/cron.d/vzdump-offsite-sync")
