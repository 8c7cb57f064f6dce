"""At any half hour that a lab begins at, in both seasons and when the clocks change: all holds."""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from shutil import rmtree
from zoneinfo import ZoneInfo

import pytest

from loopkit.commands.lab.demo import acts
from loopkit.lab.filesystem import Filesystem
from loopkit.lab.furnish import first_night
from loopkit.lab.lab import Lab, open_lab
from loopkit.lab.night import Night
from loopkit.lab.world import is_dumping
from tests.demo_hours import DAYS, moments
from tests.runbooks.indoors import House

DUMPS = "/tank/backups/vzdump/dump"
TASKS = "/var/lib/lab/tasks.json"
STAMP = "%Y_%m_%d-%H_%M_%S"
IN_JOB = {200, 201, 202, 203, 204}


@pytest.mark.parametrize("day", DAYS)
def test_it_begins_after_three_good_nights_maybe_in_the_fourth(tmp_path: Path, day: str) -> None:
    lab = open_lab(tmp_path / "lab", next(moments(day)), real=lambda: 0.0)
    for begin in moments(day):
        files = begun_again(lab, begin)
        names = files.names(DUMPS)
        assert all(files.status(f"{DUMPS}/{name}").mtime <= begin.timestamp() for name in names)
        nights = Counter(int(name[12:15]) for name in names if good(files, name))
        under_way = [task for task in json.loads(files.text(TASKS)) if "endtime" not in task]
        unfinished = [name for name in names if name.endswith(".dat")]
        assert len(under_way) == len(unfinished) <= is_dumping(begin)
        assert nights.keys() == IN_JOB
        assert set(nights.values()) <= ({3, 4} if under_way else {3})
        newest = max(name[16:35] for name in names if name.endswith(".zst"))
        age = begin - datetime.strptime(newest, STAMP).replace(tzinfo=ZoneInfo("America/Adak"))
        assert timedelta() < age < timedelta(hours=26)


def begun_again(lab: Lab, begin: datetime) -> Filesystem:
    """Gives pve the nights before a moment in place of those that it has, as in a new lab."""
    pve = lab.machines["pve"]
    pve.files.remove_tree(DUMPS)
    pve.files.make_directory(DUMPS)
    pve.files.remove(TASKS)
    lab.clock.move(begin.timestamp() - lab.clock.now())
    Night(lab.machines, lab.clock, lab.save, first_night(pve, lab.clock.now())).catch_up()
    return pve.files


def good(files: Filesystem, name: str) -> bool:
    """Returns whether this is a dump whose log says that it came to its end."""
    if not name.endswith(".vma.zst"):
        return False
    log = files.text(f"{DUMPS}/{name.removesuffix('.vma.zst')}.log")
    return "INFO: Finished Backup of VM" in log


@pytest.mark.parametrize("first", range(len(DAYS)), ids=DAYS)
def test_the_loop_can_be_closed_from_there_as_the_demo_does(tmp_path: Path, first: int) -> None:
    """Takes a half hour of every six hours, another one on each kind of day."""
    for begin in list(moments([*DAYS][first]))[2 * first :: 12]:
        house = House.at(tmp_path / f"{begin:%H%M}", begin)
        house.closes_the_loop()
        assert house.wrong("backup.status") == []
        assert house.wrong("backup.drift") == []
        rmtree(house.root)


def test_the_demo_lets_the_dumps_be_finished_before_it_goes_on() -> None:
    spans = {}
    for hour in ("05:30", "02:00", "00:30", "22:30"):
        begin = datetime.fromisoformat(f"2026-01-14T{hour}-10:00")
        spans[hour] = [act.argv[2] for act in acts(begin) if act.argv[:2] == ("lab", "clock")]
    assert spans == {
        "05:30": ["26h", "26h"],
        "02:00": ["1h", "26h", "26h"],
        "00:30": ["27h", "26h"],
        "22:30": ["26h", "27h"],
    }
