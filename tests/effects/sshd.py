"""A real OpenSSH server on loopback, for tests of the connection."""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from loopkit.effects.run.hosts import Hosts, StepHosts
from loopkit.effects.run.recorder import Journal, StepRecorder
from loopkit.effects.settings import Settings
from loopkit.effects.ssh.transport import SshTransport

SSHD = shutil.which("sshd", path="/usr/sbin:/usr/bin:/sbin") or ""
MISSING = (
    "" if SSHD and shutil.which("ssh-keygen") and os.geteuid() == 0 else "needs sshd, run as root"
)

_CONFIG = """\
Port {port}
ListenAddress 127.0.0.1
HostKey {folder}/host_ed25519
HostKey {folder}/host_rsa
PidFile {folder}/sshd.pid
AuthorizedKeysFile {folder}/authorized_keys
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PrintMotd no
PrintLastLog no
MaxStartups 100:30:200
MaxSessions 50
SetEnv HOME={folder}/home
{more}
"""


@dataclass
class Sshd:
    """One server; its log says who ran what."""

    folder: Path
    port: int
    process: subprocess.Popen[bytes] | None = None
    more: str = ""
    files: list[Path] = field(default_factory=list)

    def start(self) -> None:
        """Starts the server, and waits until it listens."""
        config = self.folder / "sshd_config"
        config.write_text(_CONFIG.format(port=self.port, folder=self.folder, more=self.more))
        Path("/run/sshd").mkdir(exist_ok=True)
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [SSHD, "-D", "-e", "-f", str(config)],
                stdin=subprocess.DEVNULL,
                stderr=log,
                start_new_session=True,
                preexec_fn=_end_with_us,
            )
        over = time.monotonic() + 10
        while time.monotonic() < over:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.01)
        raise RuntimeError((self.folder / "log").read_text())

    def stop(self) -> None:
        """Ends the listener and every session."""
        served = self.sessions()
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None
        for pid in served:
            _kill(pid, signal.SIGKILL)

    def sessions(self) -> list[int]:
        """Returns the processes that serve a connection each."""
        found = []
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                words = (stat.parent / "cmdline").read_bytes().split(b"\0")
                parent = int(stat.read_text().rpartition(")")[2].split()[1])
            except (OSError, ValueError, IndexError):
                continue
            if self.process and parent == self.process.pid and words[0].startswith(b"sshd:"):
                found.append(int(stat.parent.name))
        return found

    def send(self, signal_number: int) -> None:
        """Sends a signal to every session."""
        for pid in self.sessions():
            _kill(pid, signal_number)

    @property
    def public_key(self) -> str:
        """Returns its ed25519 key: type and base64."""
        return " ".join((self.folder / "host_ed25519.pub").read_text().split()[:2])

    @property
    def rsa_key(self) -> str:
        """Returns its RSA key."""
        return " ".join((self.folder / "host_rsa.pub").read_text().split()[:2])

    def new_keys(self) -> None:
        """Gives the server new host keys, as an attacker or a new installation would."""
        self.stop()
        _host_keys(self.folder)
        self.start()


def _end_with_us() -> None:
    """Has the server killed when the tests are: a killed process runs no `finally`."""
    death_signal = 1
    ctypes.CDLL(None).prctl(death_signal, signal.SIGKILL)


def _kill(pid: int, number: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, number)


def _host_keys(folder: Path) -> None:
    for kind in ("ed25519", "rsa"):
        make_key(folder / f"host_{kind}", kind)


def make_key(path: Path, kind: str = "ed25519", passphrase: str = "") -> str:
    """Makes a key pair and returns its public line."""
    path.unlink(missing_ok=True)
    subprocess.run(
        ["ssh-keygen", "-q", "-t", kind, "-N", passphrase, "-f", str(path)],
        check=True,
        stdin=subprocess.DEVNULL,
    )
    return path.with_name(path.name + ".pub").read_text()


def free_port() -> int:
    """Returns a port of loopback that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(folder: Path, more: str = "") -> Iterator[Sshd]:
    """Runs a server whose only user key is `folder/id`."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "home").mkdir(exist_ok=True)
    _host_keys(folder)
    (folder / "authorized_keys").write_text(make_key(folder / "id"))
    server = Sshd(folder, free_port(), more=more)
    server.start()
    try:
        yield server
    finally:
        server.stop()


@dataclass
class Bench:
    """A workspace whose hosts are such servers."""

    root: Path
    server: Sshd
    ssh: str = ""
    known: str = ""
    yaml: str = "hosts:\n  pve: {role: hypervisor}\n"
    seconds: float = 5.0

    def __post_init__(self) -> None:
        self.root.mkdir(parents=True, exist_ok=True)
        self.known = self.known or f"[127.0.0.1]:{self.server.port} {self.server.public_key}\n"
        self.ssh = self.ssh or self.entry("pve")
        self.write()

    def entry(self, name: str, server: Sshd | None = None, more: str = "") -> str:
        """Returns an ssh_config block for a host."""
        server = server or self.server
        return (
            f"Host {name}\n  HostName 127.0.0.1\n  Port {server.port}\n  User root\n"
            f"  IdentityFile {server.folder / 'id'}\n  IdentitiesOnly yes\n  {more}\n"
        )

    def write(self) -> None:
        """Writes the files as they are stated now."""
        (self.root / "ssh_config").write_text(self.ssh)
        (self.root / "known_hosts").write_text(self.known)
        (self.root / "hosts.yaml").write_text(self.yaml)

    @property
    def settings(self) -> Settings:
        """Returns settings that name the files of this bench, and no other."""
        return Settings(
            root=self.root,
            loops=self.root / "loops",
            runbooks=self.root / "runbooks",
            receipts=self.root / "loops" / "receipts",
            hosts=self.root / "hosts.yaml",
            ssh_config=self.root / "ssh_config",
            known_hosts=(self.root / "known_hosts",),
            connect_timeout=self.seconds,
        )

    def now(self) -> datetime:
        """Returns the time."""
        return datetime.now(UTC)

    @contextmanager
    def hosts(
        self,
        journal: Journal | None = None,
        *,
        declared: frozenset[tuple[str, ...]] = frozenset(),
        read_only: bool = False,
    ) -> Iterator[StepHosts]:
        """Opens the hosts over SSH, as the only step of a run sees them."""
        transport = SshTransport(self.settings)
        with Hosts(self, transport, declared=declared, read_only=read_only) as opened:
            yield opened.for_step(StepRecorder(journal))
