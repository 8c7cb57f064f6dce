"""The lab's server: it comes up, is told things, and never outlives what it was started for."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from hashlib import sha256
from pathlib import Path

import asyncssh
import paramiko
import pytest

from loopkit.errors import SettingsError, UsageError
from loopkit.lab import control
from tests.lab.hosts import Standing

HOSTS = {"pve": "root", "nas": "ronadmin", "infra-core": "ubuntu", "docker-host": "docker-host"}


def is_gone(pid: int) -> bool:
    """Returns whether a process has ended, also while nobody has asked how."""
    try:
        return ") Z " in Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return True


@pytest.mark.parametrize("host", HOSTS)
def test_each_host_answers_as_itself_over_ssh(standing: Standing, host: str) -> None:
    result = standing.run(host, "hostname; whoami")
    assert result.stdout.split() == [host, HOSTS[host]]


def test_a_command_keeps_its_exit_status_and_both_outputs_apart(standing: Standing) -> None:
    result = standing.run("pve", "sh -c 'echo out; echo err >&2; exit 7'")
    assert (result.stdout, result.stderr, result.exited) == ("out\n", "err\n", 7)


def test_standard_input_arrives_whole_and_its_end_is_seen(standing: Standing) -> None:
    content = os.urandom(600_000)
    assert standing.send("pve", "sha256sum", content).split()[0].decode() == (
        sha256(content).hexdigest()
    )
    assert standing.send("pve", "wc -c", content) == b"600000\n"
    assert standing.send("pve", "echo unread", b"a few bytes") == b"unread\n"


def test_eight_megabytes_of_output_arrive_whole(standing: Standing) -> None:
    received = standing.send("pve", "head -c 8000000 /dev/zero", b"")
    assert len(received) == 8_000_000


def test_twenty_connections_at_once_are_all_answered(standing: Standing) -> None:
    answers: list[str] = []

    def ask(number: int) -> None:
        host = list(HOSTS)[number % 4]
        answers.append(standing.run(host, f"echo {number} on; hostname").stdout)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == sorted(f"{n} on\n{list(HOSTS)[n % 4]}\n" for n in range(20))


def test_files_put_by_sftp_are_the_users_and_are_read_back(standing: Standing) -> None:
    with standing.connect("infra-core") as connection:
        sftp = connection.sftp()
        with sftp.open("note.txt", "w") as stream:
            stream.write("by sftp\n")
        sftp.posix_rename("note.txt", "kept.txt")
        seen = connection.run("stat -c %U /home/ubuntu/kept.txt; cat kept.txt", hide=True)
        sftp.close()
    assert seen.stdout == "ubuntu\nby sftp\n"


def test_another_key_and_another_user_are_refused(standing: Standing, tmp_path: Path) -> None:
    key = tmp_path / "other"
    asyncssh.generate_private_key("ssh-ed25519").write_private_key(str(key))
    key.chmod(0o600)
    stranger = standing.connect("pve", user="nobody")
    with pytest.raises(paramiko.AuthenticationException), stranger:
        stranger.open()
    connection = standing.connect("pve")
    connection.connect_kwargs["key_filename"] = str(key)
    with pytest.raises(paramiko.AuthenticationException), connection:
        connection.open()


def test_up_on_a_lab_that_is_up_changes_nothing(standing: Standing) -> None:
    before = standing.record
    assert control.up(standing.directory) is None
    assert standing.record == before


def test_a_request_without_the_token_is_refused(standing: Standing) -> None:
    address = ("127.0.0.1", standing.record["control"])
    with socket.create_connection(address, 5) as connection:
        connection.sendall(json.dumps({"do": "down", "token": "guess"}).encode() + b"\n")
        reply = json.loads(connection.makefile("rb").readline())
    assert reply == {"error": "wrong token"}
    assert control.is_up(standing.directory)


def test_only_its_owner_can_read_the_token_and_the_keys(standing: Standing) -> None:
    for name in ("lab.json", "keys/client", "keys/pve"):
        assert (standing.directory / name).stat().st_mode & 0o077 == 0


def test_a_host_or_fault_that_there_is_not_is_named_with_those_there_are(
    standing: Standing,
) -> None:
    with pytest.raises(UsageError, match=r"no host 'pvee'.*pve, nas, infra-core, docker-host"):
        control.fault(standing.directory, "pvee", "down")
    with pytest.raises(UsageError, match=r"no fault 'dwn'; there are down, link-down"):
        control.fault(standing.directory, "pve", "dwn")
    with pytest.raises(UsageError, match="skew needs a number, not 'soon'"):
        control.fault(standing.directory, "pve", "skew", "soon")


def test_the_clock_does_not_move_backward(standing: Standing) -> None:
    with pytest.raises(UsageError, match="only moves forward"):
        control.clock(standing.directory, -1)


def test_down_leaves_no_process_and_up_finds_the_same_hosts_again(tmp_path: Path) -> None:
    control.up(tmp_path / "lab")
    before = json.loads((tmp_path / "lab/lab.json").read_text())
    known = (tmp_path / "lab/known_hosts").read_text()
    (tmp_path / "lab/hosts/pve/root/note").write_text("kept")
    control.down(tmp_path / "lab")
    assert is_gone(before["pid"])
    assert not control.is_up(tmp_path / "lab")
    control.up(tmp_path / "lab")
    after = json.loads((tmp_path / "lab/lab.json").read_text())
    control.down(tmp_path / "lab")
    assert after["hosts"] == before["hosts"]
    assert (tmp_path / "lab/known_hosts").read_text() == known
    assert (tmp_path / "lab/hosts/pve/root/note").read_text() == "kept"


def test_the_server_ends_when_its_standard_input_closes(tmp_path: Path) -> None:
    process = control.up(tmp_path / "lab", stay=False)
    assert process is not None
    assert process.stdin is not None
    with process:
        process.stdin.close()
        assert process.wait(10) == 0


def test_the_server_ends_when_its_directory_is_gone(tmp_path: Path) -> None:
    process = control.up(tmp_path / "lab", stay=False)
    assert process is not None
    with process:
        shutil.rmtree(tmp_path / "lab")
        assert process.wait(10) == 0


def test_status_of_a_folder_without_a_lab_is_down(tmp_path: Path) -> None:
    assert control.status(tmp_path) == {"up": False, "hosts": {}}


def test_a_lab_comes_up_in_seconds(tmp_path: Path) -> None:
    began = time.monotonic()
    with Standing(tmp_path / "lab"):
        took = time.monotonic() - began
    # Measured at 0.5 s alone on two cores; the bound leaves room for a machine that is busy.
    assert took < 5


def test_without_asyncssh_the_levers_load_and_say_what_to_install(tmp_path: Path) -> None:
    program = (
        "import sys\n"
        "sys.modules['asyncssh'] = None\n"
        "import importlib.util as util\n"
        "real = util.find_spec\n"
        "util.find_spec = lambda name, *rest: None if name == 'asyncssh' else real(name, *rest)\n"
        "from pathlib import Path\n"
        "from loopkit.lab import control\n"
        "try:\n"
        f"    control.up(Path({str(tmp_path)!r}))\n"
        "except Exception as error:\n"
        "    print(type(error).__name__, error.help)\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    install = f"{sys.executable} -m pip install asyncssh tzdata"
    assert ran.stdout == f"{SettingsError.__name__} {install}\n", ran.stderr
