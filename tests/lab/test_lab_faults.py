"""Each fault of the lab: what a client of real SSH gets, and that healing takes it back."""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import paramiko
import pytest

from loopkit.lab import control
from loopkit.lab.faults import FAULTS
from tests.lab.hosts import Standing

HOST = "pve"


@pytest.fixture
def lab(standing: Standing) -> Iterator[Standing]:
    yield standing
    for host in ("pve", "nas"):
        control.heal(standing.directory, host)
    assert standing.run(HOST, "echo well").stdout == "well\n"


def hurt(lab: Standing, name: str, arg: str = "", host: str = HOST) -> None:
    control.fault(lab.directory, host, name, arg)


@pytest.mark.parametrize("name", ["down", "refuse"])
def test_a_new_connection_is_refused(lab: Standing, name: str) -> None:
    hurt(lab, name)
    connection = lab.connect(HOST)
    with pytest.raises(paramiko.ssh_exception.NoValidConnectionsError), connection:
        connection.open()


def test_down_cuts_a_connection_that_stands_and_refuse_does_not(lab: Standing) -> None:
    with lab.connect(HOST) as connection:
        connection.open()
        hurt(lab, "refuse")
        assert connection.run("echo still", hide=True).stdout == "still\n"
        hurt(lab, "down")
        connection.client.get_transport().join(5)
        assert not connection.is_connected


@pytest.mark.parametrize("name", ["link-down", "sshd-hang"])
def test_a_new_connection_is_never_answered(lab: Standing, name: str) -> None:
    hurt(lab, name)
    connection = lab.connect(HOST)
    with pytest.raises(paramiko.SSHException), connection:
        connection.open()


def test_link_down_swallows_what_a_standing_connection_sends(lab: Standing) -> None:
    with lab.connect(HOST) as connection:
        connection.open()
        hurt(lab, "link-down")
        transport = connection.client.get_transport()
        with pytest.raises((paramiko.SSHException, socket.timeout)):
            transport.open_session(timeout=1)
        assert transport.is_active(), "nothing tells the client that the link is dead"


def test_no_key_is_accepted(lab: Standing) -> None:
    hurt(lab, "auth")
    connection = lab.connect(HOST)
    with pytest.raises(paramiko.AuthenticationException), connection:
        connection.open()


def test_another_host_key_is_shown(lab: Standing) -> None:
    hurt(lab, "hostkey")
    connection = lab.connect(HOST)
    with pytest.raises(paramiko.BadHostKeyException), connection:
        connection.open()


def test_a_slow_link_takes_its_time(lab: Standing) -> None:
    with lab.connect(HOST) as connection:
        connection.open()
        hurt(lab, "slow", "20000")
        began = time.monotonic()
        received = connection.run("head -c 10000 /dev/zero | base64", hide=True).stdout
        assert len(received) > 13_000
        assert time.monotonic() - began > 0.5


@pytest.mark.parametrize(("when", "took_effect"), [("before", False), ("after", True)])
def test_a_session_drops_before_or_after_the_command_took_effect(
    lab: Standing, when: str, took_effect: bool
) -> None:
    hurt(lab, "drop-session", f"{when} made-{when}")
    with lab.connect(HOST) as connection:
        assert connection.run("echo other", hide=True).ok, "it waits for the command it names"
        result = connection.run(f"mkdir /tmp/made-{when}", hide=True, warn=True)
        assert result.exited == -1
        connection.client.get_transport().join(5)
        assert not connection.is_connected
    assert lab.run(HOST, f"test -d /tmp/made-{when}").ok is took_effect


def test_a_shell_is_killed_and_the_connection_stands(lab: Standing) -> None:
    hurt(lab, "kill-shell", "hostname")
    with lab.connect(HOST) as connection:
        assert connection.run("hostname", hide=True, warn=True).exited == -1
        assert connection.is_connected
        assert connection.run("hostname", hide=True).stdout == "pve\n"


def test_a_full_disk_takes_no_byte_and_says_so(lab: Standing) -> None:
    hurt(lab, "disk-full", "/tank")
    result = lab.run(HOST, "echo x > /tank/file")
    assert result.exited == 1
    assert "No space left on device" in result.stderr
    assert lab.run(HOST, "echo x > /tmp/file").ok
    free = lab.run(HOST, "df -B1 --output=avail -- /tank/backups").stdout.split()
    assert free == ["Avail", "0"]


def test_a_read_only_place_can_be_read_and_not_changed(lab: Standing) -> None:
    hurt(lab, "read-only", "/etc/pve")
    result = lab.run(HOST, "pvesh set /cluster/backup/backup-nightly --vmid 200")
    assert result.exited != 0
    assert "Read-only file system" in result.stderr
    assert "200,201,202,203,204" in lab.run(HOST, "cat /etc/pve/jobs.cfg").stdout


def test_a_noisy_login_shell_prints_before_every_command(lab: Standing) -> None:
    hurt(lab, "noisy-rc", "Welcome!")
    assert lab.run(HOST, "echo answer").stdout == "Welcome!\nanswer\n"


def test_a_banner_is_shown_before_the_login_and_not_in_the_output(lab: Standing) -> None:
    hurt(lab, "banner", "keep out")
    with lab.connect(HOST) as connection:
        assert connection.run("echo answer", hide=True).stdout == "answer\n"
        assert connection.client.get_transport().get_banner() == b"keep out\n"


def test_evil_files_come_and_go(lab: Standing) -> None:
    hurt(lab, "evil-files", "/tmp/dump")
    seen = lab.run(HOST, "find /tmp/dump -type f -printf 'x'").stdout
    assert len(seen) == 8
    assert "| P5 | x | None | **done** |" in lab.run(HOST, "ls /tmp/dump").stdout
    control.heal(lab.directory, HOST)
    assert lab.run(HOST, "find /tmp/dump -type f").stdout == ""


def test_an_unmounted_volume_is_an_empty_folder_and_comes_back_whole(lab: Standing) -> None:
    hurt(lab, "unmount", "/volume1", "nas")
    where = "findmnt -n -o TARGET -T /volume1; ls /volume1"
    assert lab.run("nas", where).stdout == "/\n"
    lab.run("nas", "sh -c 'echo lost > /volume1/shadow'")
    control.heal(lab.directory, "nas")
    assert lab.run("nas", where).stdout == "/volume1\nbackups\n"


def test_a_wrong_clock_is_wrong_on_one_host_only(lab: Standing) -> None:
    hurt(lab, "skew", "-3600")
    wrong = int(lab.run(HOST, "date +%s").stdout)
    right = int(lab.run("nas", "date +%s").stdout)
    assert 3590 <= right - wrong <= 3610


def test_a_host_that_is_down_is_out_of_reach_for_its_neighbours_too(lab: Standing) -> None:
    hurt(lab, "down", host="nas")
    result = lab.run(HOST, "rsync -a /etc/hostname ronadmin@nas:/volume1/backups/")
    assert result.exited == 255
    assert "Connection timed out" in result.stderr
    control.heal(lab.directory, "nas")
    assert lab.run(HOST, "rsync -a /etc/hostname ronadmin@nas:/volume1/backups/").ok


def test_what_runs_on_a_host_ends_when_it_goes_down(lab: Standing) -> None:
    with lab.connect(HOST) as connection:
        connection.open()
        promise = connection.run("sleep 30; mkdir /tmp/late", hide=True, asynchronous=True)
        hurt(lab, "down")
        began = time.monotonic()
        with pytest.raises(Exception, match=r".*"):
            promise.join()
        assert time.monotonic() - began < 10
    control.heal(lab.directory, HOST)
    assert not lab.run(HOST, "test -e /tmp/late").ok


def test_status_names_the_faults_that_are_on(lab: Standing) -> None:
    hurt(lab, "noisy-rc", "hello")
    hosts = control.status(lab.directory)["hosts"]
    assert hosts[HOST]["faults"] == {"noisy-rc": "hello"}
    assert hosts["nas"]["faults"] == {}


def test_the_documentation_lists_every_fault_in_the_same_words() -> None:
    page = Path(__file__).parents[2] / "docs" / "lab.md"
    table = page.read_text().split("\n## Faults\n")[1].split("\n## ")[0]
    rows = dict(re.findall(r"^\| ([a-z-]+) \| (.*) \|$", table, re.MULTILINE))
    assert rows == FAULTS


def test_a_slow_job_keeps_its_caller_waiting_until_the_deadline(lab: Standing) -> None:
    hurt(lab, "slow-jobs", "30")
    result = lab.run(HOST, "timeout 0.3 rsync -a /etc/hostname ronadmin@nas:/volume1/backups/slow")
    assert result.exited == 124
    assert not lab.run("nas", "test -e /volume1/backups/slow").ok
