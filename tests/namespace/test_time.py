"""Time passes on the hosts only when the lab says so, and what is due then is done."""

from __future__ import annotations

import time
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from loopkit.lab.cron import read_entries
from tests.namespace import cron
from tests.namespace import lab as control
from tests.namespace.fixtures import NamespaceLab

DAY = 86400
ENTRY = """\
SHELL=/bin/sh
# every night at 03:15 by the host's own clock
15 3 * * * root date +\\%H:\\%M > /var/backups/$(date +\\%F).txt
15 3 * * * root echo $HOME $PATH $LOGNAME > /var/backups/surroundings
"""


def at(text: str, zone: str) -> float:
    """Returns the seconds since 1970 of a local time."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("15 3 * * *", ["2026-03-07 03:15", "2026-03-08 03:15", "2026-03-09 03:15"]),
        ("30 2 * * *", ["2026-03-07 02:30", "2026-03-08 03:00", "2026-03-09 02:30"]),  # skipped
        ("0 */12 8 * *", ["2026-03-08 00:00", "2026-03-08 12:00"]),
        ("5 1 * * 1-5", ["2026-03-09 01:05"]),
        ("5 1 7 * 1", ["2026-03-07 01:05", "2026-03-09 01:05"]),
    ],
)
def test_cron_entries_are_due_by_local_time(line: str, expected: list[str]) -> None:
    zone = "America/New_York"
    (entry,) = read_entries(f"{line} root true\n")
    since, until = at("2026-03-06 12:00", zone), at("2026-03-09 12:00", zone)
    found = list(cron.due(entry, since, until, ZoneInfo(zone)))
    assert found == [at(text, zone) for text in expected]


def test_two_nights_run_their_cron_entries_with_files_of_their_own_time(
    fresh_lab: NamespaceLab,
) -> None:
    fresh_lab.shell("infra-core", "cat > /etc/cron.d/nightly", input=ENTRY)
    control.clock(fresh_lab.directory, 2 * DAY)
    written = fresh_lab.shell("infra-core", "cd /var/backups; stat -c '%n %Y' 20*.txt; cat 20*.txt")
    *files, first, second = written.splitlines()
    assert (first, second) == ("03:15", "03:15")
    for name, mtime in (line.split() for line in files):
        due = at(name.removesuffix(".txt") + " 03:15", "America/New_York")
        assert abs(int(mtime) - due) < 60
    surroundings = fresh_lab.shell("infra-core", "cat /var/backups/surroundings")
    assert surroundings == "/root /usr/bin:/bin root\n"


def test_controller_and_hosts_agree_on_a_moved_clock(fresh_lab: NamespaceLab) -> None:
    control.clock(fresh_lab.directory, DAY)
    control.clock(fresh_lab.directory, DAY)
    ahead = float((fresh_lab.directory / "clock").read_text())
    assert ahead == pytest.approx(2 * DAY, abs=60)
    for host in ("pve", "nas", "infra-core", "docker-host"):
        seen = int(fresh_lab.ssh(host, "sudo -n date +%s").stdout)
        assert seen == pytest.approx(time.time() + ahead, abs=30), host


def test_the_cron_daemon_itself_runs_what_lies_in_cron_d(lab: NamespaceLab) -> None:
    entry = "* * * * * root echo $(hostname) > /tmp/ran\n"
    lab.shell("nas", "mkfifo /tmp/ran; cat > /etc/cron.d/soon", input=entry)
    # Its minutes are seconds here; reading the pipe waits for the entry.
    script = """
        stop() {
            daemon=$(cat /run/crond.pid)
            kill $daemon
            while [ -e /proc/$daemon ]; do sleep 0.01; done
        }
        stop
        timeout 60 faketime -f '+0 x60' cron -f > /dev/null 2>&1 &
        timeout 50 cat /tmp/ran
        rm /etc/cron.d/soon /tmp/ran
        stop
        cron > /dev/null 2>&1
    """
    assert lab.shell("nas", script, timeout=60) == "nas\n"


def test_the_vzdump_job_runs_at_its_hour_in_the_zone_of_its_node(fresh_lab: NamespaceLab) -> None:
    listed = "cd /tank/backups/vzdump/dump; stat -c '%n %Y' vzdump-qemu-204-*.vma.zst"
    before = fresh_lab.shell("pve", listed).splitlines()
    control.clock(fresh_lab.directory, DAY)
    (added,) = sorted(set(fresh_lab.shell("pve", listed).splitlines()) - set(before))
    name, mtime = added.split()
    started = datetime.strptime(name, "vzdump-qemu-204-%Y_%m_%d-%H_%M_%S.vma.zst")
    assert started.hour == 2
    took = float(mtime) - started.replace(tzinfo=ZoneInfo("America/Adak")).timestamp()
    assert 0 <= took < 3600
    assert (
        fresh_lab.on("pve", "sh", "-c", "zstd -tq /tank/backups/vzdump/dump/*.zst").returncode == 0
    )
