"""The lab's clock: what cron and the backup job do while it is moved, by their own rules."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from lab.hosts import Standing
from loopkit.lab import control
from loopkit.lab.cron import BadLine, entries_of, read_entries
from loopkit.lab.filesystem import Attributes
from loopkit.lab.lab import Lab, run_line
from loopkit.lab.machine import Machine

DUMPS = "/tank/backups/vzdump/dump"
DAY = 86400


def put(machine: Machine, path: str, text: str, mode: int = 0o644, owner: str = "root") -> None:
    machine.files.write(path, text.encode())
    machine.files.set_attributes(path, Attributes(mode, owner, owner))


def dumps(machine: Machine, vmid: int) -> list[str]:
    return [n for n in machine.files.names(DUMPS) if re.search(rf"-{vmid}-.*\.vma\.zst$", n)]


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
