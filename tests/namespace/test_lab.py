"""The namespace lab itself: real hosts, apart from the machine, gone without a trace."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.namespace import kernel
from tests.namespace import lab as control
from tests.namespace.fixtures import NamespaceLab
from tests.namespace.hosts import HOSTS, PYTHONPATH

REAL_PROGRAMS = ("sshd", "cron", "rsync", "sqlite3", "zstd", "psql", "sudo")


def machine_state() -> tuple[str, str]:
    """Returns what the machine's own network and mount table say."""
    links = subprocess.run(["ip", "-o", "link"], capture_output=True, text=True, check=True)
    names = "\n".join(line.split(":")[1] for line in links.stdout.splitlines())
    return names, Path("/proc/self/mountinfo").read_text()


def runs(pid: int) -> bool:
    """Returns whether a process runs; one that only waits to be reaped does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


@pytest.mark.parametrize("host", HOSTS)
def test_every_host_answers_over_openssh_with_its_own_name_and_user(
    lab: NamespaceLab, host: str
) -> None:
    answer = lab.ssh(host, "hostname; id -un; sudo -n id -un; cat /etc/timezone")
    spec = HOSTS[host]
    assert answer.stdout.split("\n")[:4] == [host, spec.user, "root", spec.zone], answer.stderr


def test_a_lab_stands_in_seconds_once_its_templates_are_made(
    standing_lab: NamespaceLab, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    started = time.monotonic()
    with control.up(tmp_path / "lab", stay=False):
        took = time.monotonic() - started
        control.down(tmp_path / "lab")
    with capsys.disabled():
        print(f"\nfour hosts stood after {took:.1f} s")
    assert took < 30  # on a busy machine; docs/namespace-lab.md has the figure of a quiet one


def test_a_lab_adds_nothing_to_the_machine_and_leaves_nothing(tmp_path: Path) -> None:
    if reason := control.why_not():
        pytest.skip(reason)
    before = machine_state()
    with control.up(tmp_path / "lab", stay=False):
        hosts = [host["pid"] for host in control.status(tmp_path / "lab")["hosts"].values()]
        during = machine_state()
        control.down(tmp_path / "lab")
    assert before == during == machine_state()
    assert not (tmp_path / "lab").exists()
    assert not [pid for pid in hosts if runs(pid)]


def test_two_labs_stand_side_by_side_with_the_same_addresses(
    lab: NamespaceLab, fresh_lab: NamespaceLab
) -> None:
    lab.shell("nas", "echo first > /tmp/whose")
    fresh_lab.shell("nas", "echo second > /tmp/whose")
    assert lab.ssh("nas", "cat", "/tmp/whose").stdout == "first\n"
    assert fresh_lab.ssh("nas", "cat", "/tmp/whose").stdout == "second\n"


def test_when_its_owner_is_killed_everything_of_the_lab_dies_with_it(tmp_path: Path) -> None:
    if reason := control.why_not():
        pytest.skip(reason)
    script = (
        "import sys, time; from pathlib import Path; from tests.namespace import lab;"
        "lab.up(Path(sys.argv[1]), stay=False); print('up', flush=True); time.sleep(600)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, tmp_path / "lab"],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": PYTHONPATH},
    ) as owner:
        assert owner.stdout
        assert owner.stdout.readline() == "up\n"
        described = control.status(tmp_path / "lab")
        pids = [described["pid"], *(host["pid"] for host in described["hosts"].values())]
        ended = [os.pidfd_open(pid) for pid in pids]
        owner.send_signal(signal.SIGKILL)
    assert all(kernel.await_end(process, seconds=30) for process in ended)


def test_hosts_cannot_write_to_the_machine_or_see_its_homes(lab: NamespaceLab) -> None:
    assert lab.on("pve", "touch", "/usr/bin/planted").returncode != 0
    assert lab.shell("pve", "ls -A /home").split() == []
    assert "id_ed25519" in lab.shell("pve", "ls /root/.ssh")
    assert lab.on("pve", "test", "-e", Path(__file__)).returncode != 0


def test_the_tools_on_the_hosts_are_the_real_ones(lab: NamespaceLab) -> None:
    for program in REAL_PROGRAMS:
        where = lab.shell("infra-core", f"command -v {program}").strip()
        assert where.startswith("/usr/"), program
        assert not where.startswith("/usr/local/"), program
    rows = lab.shell("infra-core", "sudo -u postgres psql -Atc 'table secrets' infisical")
    assert len(rows.splitlines()) == 4000
    assert lab.ssh("pve", "ssh ronadmin@nas hostname").stdout == "nas\n"


def test_vaultwarden_keeps_rows_in_the_wal_that_a_plain_copy_misses(lab: NamespaceLab) -> None:
    count = "'select count(*) from ciphers'"
    data = "/opt/stacks/vaultwarden/vw-data"
    live = lab.shell("infra-core", f"sqlite3 {data}/db.sqlite3 {count}")
    copied = lab.shell(
        "infra-core", f"cp {data}/db.sqlite3 /tmp/copy.db; sqlite3 /tmp/copy.db {count}"
    )
    assert (live, copied) == ("500\n", "0\n")


def test_the_volume_of_the_nas_is_a_mount_and_pve_lies_in_adak(lab: NamespaceLab) -> None:
    assert lab.shell("nas", "findmnt -no TARGET --target /volume1/backups") == "/volume1\n"
    assert lab.shell("pve", "readlink /etc/localtime") == "/usr/share/zoneinfo/America/Adak\n"
