"""The lab's clock: what cron and the backup job do while it is moved, by their own rules."""

from __future__ import annotations

import json
import re
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from loopkit.lab import control
from loopkit.lab.cron import BadLine, Ticker, entries_of, read_entries
from loopkit.lab.filesystem import Attributes
from loopkit.lab.lab import Lab, open_lab, run_line
from loopkit.lab.machine import Machine
from tests.lab.hosts import Standing

DUMPS = "/tank/backups/vzdump/dump"
TASKS = "/var/lib/lab/tasks.json"
DAY = 86400


def put(machine: Machine, path: str, text: str, mode: int = 0o644, owner: str = "root") -> None:
    machine.files.write(path, text.encode())
    machine.files.set_attributes(path, Attributes(mode, owner, owner))


def dumps(machine: Machine, vmid: int) -> list[str]:
    return [n for n in machine.files.names(DUMPS) if re.search(rf"-{vmid}-.*\.vma\.zst$", n)]


def still(folder: Path) -> Lab:
    """Returns a lab whose time passes only when a test says so."""
    return open_lab(folder / "lab", real=lambda: 0.0)


def running(machine: Machine) -> int:
    return sum("endtime" not in task for task in json.loads(machine.files.text(TASKS)))


def test_a_day_brings_one_dump_of_each_guest_in_the_job_at_its_local_time(hosts: Lab) -> None:
    pve = hosts.machines["pve"]
    run_line(pve, "root", "pvesh set /cluster/backup/backup-nightly --vmid 200,205")
    before = {vmid: len(dumps(pve, vmid)) for vmid in (200, 204, 205)}
    hosts.night.move(DAY)
    after = {vmid: len(dumps(pve, vmid)) - count for vmid, count in before.items()}
    assert after == {200: 1, 204: 0, 205: 1}
    newest = dumps(pve, 200)[-1]
    assert newest.endswith("-02_00_00.vma.zst")
    finished = pve.local_time(pve.files.status(f"{DUMPS}/{newest}").mtime)
    assert finished.strftime("%H:%M:%S") == "02:04:16", "64 GB took their time"


def test_a_day_runs_a_script_of_cron_once_at_its_time_as_its_user(hosts: Lab) -> None:
    nas = hosts.machines["nas"]
    put(
        nas,
        "/usr/local/bin/job.sh",
        '#!/bin/sh\necho "$(whoami) $(date +%H:%M) $PATH" >> /tmp/ran\n',
        0o755,
    )
    put(nas, "/etc/cron.d/job", "# nightly\n45 2 * * * root /usr/local/bin/job.sh\n")
    hosts.night.move(DAY)
    assert nas.files.text("/tmp/ran") == "root 02:45 /usr/bin:/bin\n"
    assert nas.files.status("/tmp/ran").mtime <= nas.now()
    hosts.night.move(2 * DAY)
    assert nas.files.text("/tmp/ran").count("\n") == 3


def test_what_a_job_prints_becomes_mail(hosts: Lab) -> None:
    nas = hosts.machines["nas"]
    put(nas, "/etc/cron.d/loud", "0 * * * * root echo loud; no-such-program\n")
    hosts.night.move(3600)
    assert nas.files.text("/var/mail/root") == ("loud\nno-such-program: not emulated in this lab\n")


@pytest.mark.parametrize(
    ("name", "text", "mode", "owner"),
    [
        ("job.sh", "* * * * * root true\n", 0o644, "root"),
        ("job~", "* * * * * root true\n", 0o644, "root"),
        ("job", "* * * * * root true", 0o644, "root"),
        ("job", "* * * * * true\n", 0o644, "root"),
        ("job", "* * * * * root true\n", 0o666, "root"),
        ("job", "* * * * * root true\n", 0o644, "ronadmin"),
        ("job", "61 * * * * root true\n", 0o644, "root"),
        ("job", "* * * * * nobody-here true\n", 0o644, "root"),
    ],
)
def test_cron_passes_over_files_as_debians_does(
    hosts: Lab, name: str, text: str, mode: int, owner: str
) -> None:
    nas = hosts.machines["nas"]
    put(nas, f"/etc/cron.d/{name}", text, mode, owner)
    assert entries_of(nas) == []
    put(nas, "/etc/cron.d/good", "* * * * * root true\n")
    assert len(entries_of(nas)) == 1


def test_a_percent_sign_ends_the_command(hosts: Lab) -> None:
    nas = hosts.machines["nas"]
    put(nas, "/etc/cron.d/cut", "0 0 * * * root cat > /tmp/in%first%second\n")
    put(nas, "/etc/cron.d/kept", "0 0 * * * root date +\\%H > /tmp/hour\n")
    hosts.night.move(DAY)
    assert nas.files.text("/tmp/in") == "first\nsecond\n"
    assert nas.files.text("/tmp/hour") == "00\n"


@pytest.mark.parametrize(
    ("line", "at", "due"),
    [
        ("*/15 * * * *", "2026-02-08 10:45", True),
        ("*/15 * * * *", "2026-02-08 10:46", False),
        ("0 2 * * mon-fri", "2026-02-09 02:00", True),
        ("0 2 * * mon-fri", "2026-02-08 02:00", False),
        ("0 2 * * 7", "2026-02-08 02:00", True),
        ("0 2 13 * 5", "2026-02-13 02:00", True),
        ("0 2 1 * 0", "2026-02-08 02:00", True),
        ("0 2 1 jan *", "2026-01-01 02:00", True),
        ("5-10/5,30 * * * *", "2026-02-08 10:10", True),
        ("@daily", "2026-02-08 00:00", True),
        ("@daily", "2026-02-08 00:01", False),
    ],
)
def test_the_five_fields_mean_what_crontab_says(line: str, at: str, due: bool) -> None:
    (entry,) = read_entries(f"{line} root true\n")
    assert entry.is_due(datetime.fromisoformat(at).replace(tzinfo=ZoneInfo("UTC"))) is due


def test_a_file_with_a_wrong_line_is_refused_whole() -> None:
    with pytest.raises(BadLine, match="Missing newline"):
        read_entries("0 1 * * * root true")
    with pytest.raises(BadLine, match="bad field"):
        read_entries("0 25 * * * root true\n")


def minutes_of(line: str, zone: str, since: str, until: str) -> list[str]:
    """Returns the local times at which cron runs a line, minute after minute."""
    (entry,) = read_entries(f"{line} root true\n")
    ticker, place, ran = Ticker(), ZoneInfo(zone), []
    first, last = (datetime.fromisoformat(text).replace(tzinfo=place) for text in (since, until))
    for at in range(int(first.timestamp()), int(last.timestamp()), 60):
        local = datetime.fromtimestamp(at, place)
        ran += [f"{local:%d %H:%M %Z}" for _ in ticker.due([entry], local)]
    return ran


@pytest.mark.parametrize(
    ("line", "ran"),
    [
        ("45 2 * * *", ["07 02:45 EST", "08 03:00 EDT"]),
        ("0 2,3 * * *", ["07 02:00 EST", "07 03:00 EST", "08 03:00 EDT", "08 03:00 EDT"]),
        ("30 1 * * *", ["07 01:30 EST", "08 01:30 EST"]),
        ("50 * 8 * *", [*(f"08 {h:02d}:50 E{'S' if h < 3 else 'D'}T" for h in (0, 1, 3))]),
        ("*/30 2 * * *", ["07 02:00 EST", "07 02:30 EST"]),
    ],
)
def test_what_spring_skips_is_run_right_after_unless_it_follows_the_clock(
    line: str, ran: list[str]
) -> None:
    assert minutes_of(line, "America/New_York", "2026-03-07", "2026-03-08 04:00") == ran


@pytest.mark.parametrize(
    ("line", "ran"),
    [
        ("30 1 * * *", ["01 01:30 EDT"]),
        ("15 2 * * *", ["01 02:15 EST"]),
        ("0 * * * *", ["01 00:00 EDT", "01 01:00 EDT", "01 01:00 EST", "01 02:00 EST"]),
        ("@hourly", ["01 00:00 EDT", "01 01:00 EDT", "01 01:00 EST", "01 02:00 EST"]),
    ],
)
def test_what_autumn_repeats_is_not_run_again_unless_it_follows_the_clock(
    line: str, ran: list[str]
) -> None:
    assert minutes_of(line, "America/New_York", "2026-11-01", "2026-11-01 03:00") == ran


def test_a_clock_that_was_wrong_by_hours_makes_up_for_nothing() -> None:
    (entry,) = read_entries("30 4 * * * root true\n")
    ticker = Ticker()
    assert ticker.due([entry], datetime(2026, 2, 9, 1, 0)) == []
    assert ticker.due([entry], datetime(2026, 2, 9, 9, 0)) == []
    assert ticker.due([entry], datetime(2026, 2, 9, 4, 30)) == [entry]


@pytest.mark.parametrize(
    ("begin", "stamps"),
    [
        ("2026-03-08T05:00-10:00", ["03_07-02_00_00", "03_08-03_00_00", "03_09-02_00_00"]),
        ("2026-11-01T05:00-10:00", ["10_31-02_00_00", "11_01-02_00_00", "11_02-02_00_00"]),
    ],
)
def test_the_job_runs_once_a_night_when_the_clocks_change(
    tmp_path: Path, begin: str, stamps: list[str]
) -> None:
    lab = open_lab(tmp_path / "lab", datetime.fromisoformat(begin), real=lambda: 0.0)
    lab.night.move(DAY)
    assert [name[21:35] for name in dumps(lab.machines["pve"], 200)][-3:] == stamps


def test_a_dump_has_its_name_when_it_is_whole(tmp_path: Path) -> None:
    lab = still(tmp_path)
    pve, base = lab.machines["pve"], "vzdump-qemu-200-2026_02_10-02_00_00"
    lab.night.move(DAY - 3.5 * 3600)
    assert [n for n in pve.files.names(DUMPS) if n.startswith(base)] == [f"{base}.vma.dat"]
    assert running(pve) == 1
    half = pve.files.status(f"{DUMPS}/{base}.vma.dat")
    assert half.mtime == pve.now()
    lab.night.move(4 * 60 + 15)
    assert not pve.files.exists(f"{DUMPS}/{base}.vma.zst")
    lab.night.move(1)
    names = [n for n in pve.files.names(DUMPS) if n.startswith(base)]
    assert names == [f"{base}.log", f"{base}.vma.zst", f"{base}.vma.zst.notes"]
    assert pve.files.status(f"{DUMPS}/{base}.vma.zst").mtime == pve.now()
    assert pve.files.status(f"{DUMPS}/{base}.vma.zst").size > half.size
    lab.night.move(3600)
    assert running(pve) == 0


def test_a_backup_breaks_off_with_its_host_and_is_not_made_up_for(tmp_path: Path) -> None:
    lab = still(tmp_path)
    pve = lab.machines["pve"]
    before = dumps(pve, 204)
    lab.night.move(DAY - 3.5 * 3600)
    pve.halted.set()
    lab.night.move(3600)
    assert [n for n in pve.files.names(DUMPS) if n.endswith(".dat")]
    assert json.loads(pve.files.text(TASKS))[0]["status"] == "unexpected status"
    lab.night.move(DAY)
    pve.halted.clear()
    lab.night.move(3600)
    assert dumps(pve, 204) == before
    lab.night.move(DAY)
    assert len(dumps(pve, 204)) == len(before) + 1


def test_a_backup_that_the_lab_was_stopped_in_has_ended_when_it_comes_up_again(
    tmp_path: Path,
) -> None:
    lab = still(tmp_path)
    lab.night.move(DAY - 3.5 * 3600)
    assert running(lab.machines["pve"]) == 1
    lab.save()
    again = open_lab(tmp_path / "lab", real=lambda: 0.0)
    assert running(again.machines["pve"]) == 0
    assert again.clock.now() == lab.clock.now()


def test_a_host_that_is_off_sleeps_through_the_night(hosts: Lab) -> None:
    pve = hosts.machines["pve"]
    before = dumps(pve, 200)
    pve.halted.set()
    hosts.night.move(DAY)
    assert dumps(pve, 200) == before


def test_moving_the_clock_of_a_running_lab_moves_every_host_and_the_file(tmp_path: Path) -> None:
    with Standing(tmp_path / "lab") as standing:
        ahead = float((tmp_path / "lab/clock").read_text())
        before = int(standing.run("nas", "date +%s").stdout)
        count = len(standing.run("pve", f"ls {DUMPS}").stdout.split())
        control.clock(standing.directory, DAY)
        after = int(standing.run("docker-host", "date +%s").stdout)
        assert DAY <= after - before < DAY + 60
        assert float((tmp_path / "lab/clock").read_text()) == pytest.approx(ahead + DAY, abs=1e-3)
        assert len(standing.run("pve", f"ls {DUMPS}").stdout.split()) == count + 15
    with Standing(tmp_path / "lab") as standing:
        again = int(standing.run("nas", "date +%s").stdout)
        assert again - before >= DAY, "the clock stays moved when the lab comes up again"
