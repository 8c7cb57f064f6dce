"""Each way in which a host cannot be reached or trusted has one name, one place, one command."""

from __future__ import annotations

import os
import shlex
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from loopkit.effects.settings import Settings
from loopkit.effects.ssh.dial import connect_error
from loopkit.effects.ssh.sshconfig import Ways
from loopkit.effects.ssh.transport import SshTransport
from loopkit.errors import (
    AuthenticationFailed,
    HostError,
    HostKeyChanged,
    HostKeyRevoked,
    HostKeyUnknown,
    HostUnreachable,
    SettingsError,
)
from tests.effects.sshd import MISSING, Bench, Sshd, free_port, make_key, running

pytestmark = pytest.mark.skipif(bool(MISSING), reason=MISSING)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    with running(tmp_path_factory.mktemp("sshd")) as started:
        yield started


@pytest.fixture
def bench(server: Sshd, tmp_path: Path) -> Bench:
    return Bench(tmp_path / "workspace", server)


def refused(bench: Bench, seconds: float = 5) -> HostError:
    """Returns the error of a command that cannot be sent, and shows that none was."""
    bench.write()
    bench.seconds = seconds
    marker = bench.root / "ran"
    with (
        bench.hosts() as hosts,
        hosts.changing(),
        pytest.raises(HostError) as caught,
    ):
        hosts["pve"].change("touch", str(marker))
    assert not marker.exists()
    assert caught.value.host == "pve"
    assert caught.value.why
    return caught.value


def works(bench: Bench) -> bool:
    """Returns whether a command comes back."""
    bench.write()
    with bench.hosts() as hosts:
        return hosts["pve"].read("echo", "x").stdout == "x\n"


# ── Host keys ────────────────────────────────────────────────────────────────────────────────


def test_a_key_that_nobody_knows_is_refused_and_never_written(bench: Bench) -> None:
    bench.known = "# none\n"
    error = refused(bench)
    assert isinstance(error, HostKeyUnknown)
    assert error.where == str(bench.root / "known_hosts")
    assert error.help == f"ssh-keyscan -p {bench.server.port} 127.0.0.1 | ssh-keygen -lf -"
    assert (bench.root / "known_hosts").read_text() == "# none\n"


def test_the_command_that_helps_shows_the_fingerprint_that_was_refused(bench: Bench) -> None:
    bench.known = "# none\n"
    error = refused(bench)
    shown = subprocess.run(error.help, shell=True, capture_output=True, text=True).stdout
    assert error.why.split("SHA256:")[1].split(",")[0] in shown


def test_a_changed_key_is_refused_with_the_line_that_knows_better(
    bench: Bench, tmp_path: Path
) -> None:
    other = " ".join(make_key(tmp_path / "other").split()[:2])
    bench.known = f"# mine\n[127.0.0.1]:{bench.server.port} {other}\n"
    error = refused(bench)
    assert isinstance(error, HostKeyChanged)
    assert error.where == f"{bench.root / 'known_hosts'}:2"
    found = subprocess.run(shlex.split(error.help), capture_output=True, text=True, check=True)
    assert "line 2" in found.stdout


def test_a_revoked_key_is_refused_though_another_line_trusts_it(bench: Bench) -> None:
    bench.known += f"@revoked * {bench.server.public_key}\n"
    error = refused(bench)
    assert isinstance(error, HostKeyRevoked)
    assert error.where.endswith("known_hosts:2")


def test_a_certificate_authority_is_not_taken_for_a_key(bench: Bench) -> None:
    bench.known = f"@cert-authority * {bench.server.public_key}\n"
    error = refused(bench)
    assert isinstance(error, HostKeyUnknown)
    assert "certificate authority" in error.why


def test_a_key_without_its_port_or_for_another_host_is_not_known(bench: Bench) -> None:
    key = bench.server.public_key
    bench.known = f"127.0.0.1 {key}\n[127.0.0.2]:{bench.server.port} {key}\n"
    assert isinstance(refused(bench), HostKeyUnknown)


@pytest.mark.parametrize("names", ["[127.0.0.1]:*", "*,!other", "[127.0.0.?]:{port}", "hashed"])
def test_known_hosts_is_read_as_openssh_reads_it(bench: Bench, names: str) -> None:
    if names == "hashed":
        bench.write()
        path = bench.root / "known_hosts"
        subprocess.run(["ssh-keygen", "-H", "-f", str(path)], check=True, capture_output=True)
        bench.known = path.read_text()
        assert bench.known.startswith("|1|")
    else:
        bench.known = f"{names.format(port=bench.server.port)} {bench.server.public_key}\n"
    assert works(bench)


def test_a_negated_name_is_not_meant(bench: Bench) -> None:
    bench.known = f"*,![127.0.0.1]:{bench.server.port} {bench.server.public_key}\n"
    assert isinstance(refused(bench), HostKeyUnknown)


def test_a_host_with_keys_of_two_kinds_is_asked_for_the_known_one(bench: Bench) -> None:
    bench.known = f"[127.0.0.1]:{bench.server.port} {bench.server.rsa_key}\n"
    assert works(bench)


def test_either_of_two_keys_of_one_kind_is_known(bench: Bench, tmp_path: Path) -> None:
    old = " ".join(make_key(tmp_path / "old").split()[:2])
    bench.known = f"[127.0.0.1]:{bench.server.port} {old}\n" + bench.known
    assert works(bench)


def test_an_alias_for_keys_stands_for_host_and_port(bench: Bench) -> None:
    bench.ssh = bench.entry("pve", more="HostKeyAlias node-1")
    assert isinstance(refused(bench), HostKeyUnknown)
    bench.known = f"node-1 {bench.server.public_key}\n"
    assert works(bench)


def test_ssh_config_names_the_known_hosts_where_settings_name_none(bench: Bench) -> None:
    own = bench.root / "own_known_hosts"
    own.write_text(bench.known)
    bench.known = "# none\n"
    more = f"UserKnownHostsFile {own}\n  StrictHostKeyChecking no\n  GlobalKnownHostsFile none"
    bench.ssh = bench.entry("pve", more=more)
    bench.write()

    class Elsewhere(Bench):
        @property
        def settings(self) -> Settings:
            return replace(super().settings, known_hosts=())

    place = Elsewhere(bench.root, bench.server, bench.ssh, bench.known)
    with place.hosts() as hosts:
        assert hosts["pve"].read("true").ok
    own.write_text("")
    with place.hosts() as hosts, pytest.raises(HostKeyUnknown):
        hosts["pve"].read("true")


# ── Jump hosts ───────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[Sshd]:
    with running(tmp_path / "gate") as started:
        yield started


def through(bench: Bench, gate: Sshd) -> None:
    """Puts a jump host before the host, both keys known."""
    bench.ssh = bench.entry("gate", gate) + bench.entry("pve", more="ProxyJump gate")
    bench.known += f"[127.0.0.1]:{gate.port} {gate.public_key}\n"


def test_a_host_behind_a_jump_host_is_reached(bench: Bench, gate: Sshd) -> None:
    through(bench, gate)
    assert works(bench)
    assert "Accepted publickey" in (gate.folder / "log").read_text()


def test_the_key_of_a_jump_host_is_checked_too(bench: Bench, gate: Sshd) -> None:
    through(bench, gate)
    bench.known = f"[127.0.0.1]:{bench.server.port} {bench.server.public_key}\n"
    bench.write()
    with bench.hosts() as hosts, pytest.raises(HostKeyUnknown, match="gate") as caught:
        hosts["pve"].read("true")
    assert caught.value.host == "gate"


def test_the_key_behind_a_jump_host_is_checked_too(bench: Bench, gate: Sshd) -> None:
    through(bench, gate)
    bench.known = f"[127.0.0.1]:{gate.port} {gate.public_key}\n"
    assert isinstance(refused(bench), HostKeyUnknown)


def test_jump_hosts_are_passed_in_the_order_that_ssh_passes_them(
    bench: Bench, gate: Sshd, tmp_path: Path
) -> None:
    with running(tmp_path / "second") as second:
        through(bench, gate)
        bench.ssh = bench.ssh.replace("ProxyJump gate", "ProxyJump gate,second")
        bench.ssh += bench.entry("second", second)
        bench.known += f"[127.0.0.1]:{second.port} {second.public_key}\n"
        assert works(bench)
        last: Any = SshTransport(bench.settings).connection("pve")
        assert last.gateway.host == "127.0.0.1"
        assert last.gateway.port == second.port
        assert last.gateway.gateway.port == gate.port


def test_a_jump_host_that_cannot_go_on_says_so(bench: Bench, gate: Sshd) -> None:
    through(bench, gate)
    bench.ssh = bench.ssh.replace(f"Port {bench.server.port}", f"Port {free_port()}")
    error = refused(bench)
    assert isinstance(error, HostUnreachable)
    assert "jump host cannot reach pve" in str(error)


def test_a_jump_for_every_host_does_not_jump_to_itself_for_ever(bench: Bench) -> None:
    bench.ssh += f"Host *\n  ProxyJump 127.0.0.1:{bench.server.port}\n"
    assert works(bench)


def test_a_circle_of_jump_hosts_is_named(bench: Bench) -> None:
    bench.ssh = "Host pve\n  HostName a.invalid\n  ProxyJump b\n"
    bench.ssh += "Host b\n  HostName b.invalid\n  ProxyJump pve\n"
    bench.write()
    with bench.hosts() as hosts, pytest.raises(SettingsError, match="never ends"):
        hosts["pve"].read("true")


RELAY = """\
import os, socket, sys, threading

def pump(read, write):
    while data := read(65536):
        write(data)

far = socket.create_connection((sys.argv[1], int(sys.argv[2])))
threading.Thread(target=pump, args=(far.recv, lambda d: os.write(1, d)), daemon=True).start()
pump(lambda n: os.read(0, n), far.sendall)
"""


def test_a_command_can_stand_for_the_way_and_ends_with_the_connection(
    bench: Bench, tmp_path: Path
) -> None:
    relay = tmp_path / "relay.py"
    relay.write_text(RELAY)
    bench.ssh = bench.entry("pve", more=f"ProxyCommand {sys.executable} {relay} %h %p")
    assert works(bench)
    assert not _runs(relay)
    assert _nothing_is_left_to_reap()


def test_a_command_that_takes_no_end_is_killed_with_the_connection(
    bench: Bench, tmp_path: Path
) -> None:
    relay = tmp_path / "relay.py"
    relay.write_text(f"import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n{RELAY}")
    bench.ssh = bench.entry("pve", more=f"ProxyCommand {sys.executable} {relay} %h %p")
    assert works(bench)
    assert not _runs(relay)
    assert _nothing_is_left_to_reap()


def _nothing_is_left_to_reap() -> bool:
    ended = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    return ended is None


def _runs(program: Path) -> bool:
    listed = subprocess.run(["ps", "ax", "-o", "args="], capture_output=True, check=True)
    return str(program).encode() in listed.stdout


# ── Keys of the operator ─────────────────────────────────────────────────────────────────────


def with_identity(bench: Bench, key: Path, more: str = "") -> None:
    """Names another private key for the host."""
    bench.ssh = bench.entry("pve", more=more).replace(str(bench.server.folder / "id"), str(key))


def test_a_key_that_the_host_does_not_take_is_named(bench: Bench, tmp_path: Path) -> None:
    make_key(tmp_path / "stranger")
    with_identity(bench, tmp_path / "stranger")
    error = refused(bench)
    assert isinstance(error, AuthenticationFailed)
    assert error.where == f"{bench.root / 'ssh_config'}:1"
    assert str(tmp_path / "stranger") in error.why


def test_a_key_that_others_can_read_is_not_used(bench: Bench, tmp_path: Path) -> None:
    key = tmp_path / "id"
    shutil.copy(bench.server.folder / "id", key)
    key.chmod(0o644)
    with_identity(bench, key)
    error = refused(bench)
    assert isinstance(error, AuthenticationFailed)
    assert "can be read by others (mode 0644)" in error.why
    subprocess.run(shlex.split(error.help), check=True)
    assert works(bench)


def test_an_encrypted_key_without_an_agent_is_named(bench: Bench, tmp_path: Path) -> None:
    make_key(tmp_path / "locked", passphrase="horse staple")
    with_identity(bench, tmp_path / "locked")
    error = refused(bench)
    assert isinstance(error, AuthenticationFailed)
    assert "encrypted" in error.why


def test_a_key_that_is_not_there_and_none_at_all_are_named(bench: Bench, tmp_path: Path) -> None:
    with_identity(bench, tmp_path / "missing")
    assert "No such file" in refused(bench).why
    bench.ssh = f"Host pve\n  HostName 127.0.0.1\n  Port {bench.server.port}\n"
    assert "names no IdentityFile" in refused(bench).why


def test_the_agent_is_asked_only_where_ssh_config_names_it(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.ssh = f"Host pve\n  HostName 127.0.0.1\n  Port {bench.server.port}\n  User root\n"
    with _agent(tmp_path, bench.server.folder / "id") as agent:
        monkeypatch.setenv("SSH_AUTH_SOCK", agent)
        assert isinstance(refused(bench), AuthenticationFailed)
        bench.ssh += "  IdentityAgent SSH_AUTH_SOCK\n"
        assert works(bench)


@contextmanager
def _agent(folder: Path, key: Path) -> Iterator[str]:
    path = str(folder / "agent")
    with subprocess.Popen(["ssh-agent", "-D", "-a", path], stdout=subprocess.DEVNULL) as agent:
        over = time.monotonic() + 10
        while not os.path.exists(path) and time.monotonic() < over:
            time.sleep(0.01)
        environment = {**os.environ, "SSH_AUTH_SOCK": path}
        subprocess.run(["ssh-add", "-q", str(key)], check=True, env=environment)
        try:
            yield path
        finally:
            agent.terminate()


# ── The network ──────────────────────────────────────────────────────────────────────────────


def at_port(bench: Bench, port: int) -> None:
    """Moves the host to another port."""
    bench.ssh = bench.ssh.replace(f"Port {bench.server.port}", f"Port {port}")


def test_a_port_where_nothing_listens_is_a_refusal(bench: Bench) -> None:
    at_port(bench, free_port())
    error = refused(bench)
    assert isinstance(error, HostUnreachable)
    assert "refused the connection" in str(error)
    assert error.help == f"ssh -F {bench.root / 'ssh_config'} pve true"


def test_a_server_that_never_greets_is_given_up_in_time(bench: Bench) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        at_port(bench, silent.getsockname()[1])
        began = time.monotonic()
        error = refused(bench, seconds=1)
    assert isinstance(error, HostUnreachable)
    assert "no SSH greeting in 1 s" in str(error)
    assert time.monotonic() - began < 8


def test_a_link_that_takes_no_packets_is_given_up_in_time(bench: Bench) -> None:
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        at_port(bench, full.getsockname()[1])
        waiting = [_knock(full.getsockname()) for _ in range(4)]
        began = time.monotonic()
        error = refused(bench, seconds=1)
        for each in waiting:
            each.close()
    assert isinstance(error, HostUnreachable)
    assert "no answer in 1 s (connect)" in str(error)
    assert time.monotonic() - began < 8


def _knock(address: tuple[str, int]) -> socket.socket:
    """Fills one place in a queue of connections that nobody takes."""
    knocking = socket.socket()
    knocking.setblocking(False)
    knocking.connect_ex(address)
    return knocking


def test_something_that_is_no_ssh_server_is_named(bench: Bench) -> None:
    with socket.create_server(("127.0.0.1", 0)) as web:
        at_port(bench, web.getsockname()[1])
        threading.Thread(target=_answer, args=(web,), daemon=True).start()
        error = refused(bench, seconds=2)
    assert isinstance(error, HostUnreachable)


def _answer(web: socket.socket) -> None:
    taken, _ = web.accept()
    taken.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n" * 200)
    taken.close()


def test_a_name_without_an_address_is_named(tmp_path: Path) -> None:
    (tmp_path / "ssh_config").write_text("Host nas\n  HostName nas.invalid\n")
    way = Ways.read([tmp_path / "ssh_config"]).to("nas")
    said = socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    error = connect_error(way, "ssh nas true", 10, time.monotonic(), said)
    assert isinstance(error, HostUnreachable)
    assert "nas has no address" in str(error)
    assert error.where == f"{tmp_path / 'ssh_config'}:1"


# ── ssh_config ───────────────────────────────────────────────────────────────────────────────


def test_included_files_count_and_the_rest_stays_global(bench: Bench) -> None:
    (bench.root / "more").mkdir()
    (bench.root / "more" / "a.conf").write_text(bench.entry("pve").replace("User root", ""))
    bench.ssh = "Include more/*.conf\nUser root\n"
    assert works(bench)


@pytest.mark.parametrize(
    ("text", "where"),
    [("Host pve\n???\n", ":2"), ("Host a\n  Include x\n", ":2")],
)
def test_an_ssh_config_that_cannot_be_read_is_named_by_its_line(
    bench: Bench, text: str, where: str
) -> None:
    (bench.root / "x").write_text("Host b\n  Port 1\n")
    bench.ssh = text
    bench.write()
    with bench.hosts() as hosts, pytest.raises(SettingsError) as caught:
        hosts["pve"].read("true")
    assert caught.value.where == f"{bench.root / 'ssh_config'}{where}"


def test_a_missing_ssh_config_is_named(bench: Bench) -> None:
    (bench.root / "ssh_config").unlink()
    with bench.hosts() as hosts, pytest.raises(SettingsError, match="cannot be read"):
        hosts["pve"].read("true")


@pytest.mark.parametrize("allowed", [True, False])
def test_where_hosts_yaml_says_sudo_it_goes_before_every_command(
    tmp_path: Path, allowed: bool
) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    sudo = programs / "sudo"
    said = 'test "$1 $2" = "-n --" && shift 2 && exec env BY=sudo "$@"'
    sudo.write_text(
        f"#!/bin/sh\n{said if allowed else 'echo sudo: a password is required >&2; exit 1'}\n"
    )
    sudo.chmod(0o755)
    with running(tmp_path / "sshd") as server:
        home = server.folder / "home"
        (home / ".bashrc").write_text(f"PATH={programs}:$PATH\n")
        bench = Bench(tmp_path / "workspace", server, yaml="hosts:\n  pve: {sudo: true}\n")
        bench.write()
        if allowed:
            with bench.hosts() as hosts:
                assert hosts["pve"].read("printenv", "BY").stdout == "sudo\n"
        else:
            error = refused(bench)
            assert isinstance(error, AuthenticationFailed)
            assert error.why == "sudo: a password is required"
            assert error.help.endswith("pve sudo -n true")
