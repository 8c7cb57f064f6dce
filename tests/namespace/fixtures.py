"""Fixtures on the namespace lab; where it cannot stand, its tests are skipped with the reason."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from subprocess import CompletedProcess, Popen
from typing import Any, TypeVar

import pytest

from loopkit.commands.lab.demo import make_workspace
from tests.namespace import lab as control
from tests.namespace.hosts import HOSTS

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class NamespaceLab:
    """A lab that is up."""

    directory: Path

    @property
    def root(self) -> Path:
        """Returns the workspace that it is the lab of."""
        return self.directory.parents[1]

    def loop(self, *argv: str, **options: Any) -> CompletedProcess[str]:
        """Runs the command `loop` in the workspace; nobody is there to ask."""
        program = [sys.executable, "-m", "loopkit.ui.cli", *argv]
        home = {"HOME": str(self.directory), "LOOP_NO_INPUT": "1", "PATH": os.environ["PATH"]}
        return control.run(self.directory, program, cwd=self.root, env=home, **options)

    def on(self, host: str, *argv: str | Path, **options: Any) -> CompletedProcess[str]:
        """Runs a command on a host as root, not over SSH."""
        return control.run(self.directory, argv, on=host, **options)

    def shell(self, host: str, script: str, **options: Any) -> str:
        """Returns what a shell script prints on a host; it must succeed."""
        done = self.on(host, "sh", "-ec", script, **options)
        assert done.returncode == 0, f"{script!r} on {host}: {done.returncode} {done.stderr}"
        return done.stdout

    def ssh(self, host: str, *argv: str, **options: Any) -> CompletedProcess[str]:
        """Runs a command by OpenSSH's own client, from the controller's side."""
        return control.run(self.directory, [*self._client(), host, *argv], **options)

    def ssh_started(self, host: str, command: str) -> Popen[str]:
        """Starts a command by OpenSSH's client, and does not wait for it."""
        return control.start(self.directory, [*self._client(), host, command])

    def _client(self) -> list[str | Path]:
        config = self.directory / "ssh_config"
        return ["ssh", "-F", config, "-o", "ConnectTimeout=5", "-o", "BatchMode=yes"]

    def run(self, argv: Sequence[str | Path], **options: Any) -> CompletedProcess[str]:
        """Runs a command on the controller's side, where the hosts can be reached."""
        return control.run(self.directory, argv, **options)

    def inside(self, work: Callable[[], T]) -> T:
        """Returns what `work` returns, called in this process where the hosts can be reached."""
        return control.inside(self.directory, work)

    def fault(self, host: str, name: str, arg: str = "") -> None:
        """Breaks one thing."""
        control.fault(self.directory, host, name, arg)

    def clock(self, seconds: float) -> None:
        """Lets time pass."""
        control.clock(self.directory, seconds)

    def trees(self) -> dict[str, frozenset[str]]:
        """Returns what the hosts keep, a line a file: whatever changes on a host shows in it."""
        return {host: frozenset(self._tree(host).splitlines()) for host in HOSTS}

    def changed_since(self, before: dict[str, frozenset[str]]) -> dict[str, list[str]]:
        """Returns the lines of files that are not as they were, by host; empty when all are."""
        now = self.trees()
        return {
            host: sorted(before[host] ^ now[host]) for host in HOSTS if before[host] != now[host]
        }

    def _tree(self, host: str) -> str:
        databases = "psql -XAtU postgres -d postgres -c 'SELECT datname, oid FROM pg_database'"
        return self.shell(host, f"python3 /lab/tree.py; ! [ -e /lab/postgres ] || {databases}")

    def heal(self, host: str = "") -> None:
        """Mends a host, or all of them."""
        for name in [host] if host else HOSTS:
            control.heal(self.directory, name)


@pytest.fixture(scope="session")
def standing_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NamespaceLab]:
    """One lab a worker, for tests that leave the hosts as they found them."""
    yield from stand(tmp_path_factory)


@pytest.fixture
def lab(standing_lab: NamespaceLab) -> Iterator[NamespaceLab]:
    """The worker's lab, healed after the test."""
    yield standing_lab
    standing_lab.heal()


@pytest.fixture
def fresh_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NamespaceLab]:
    """A lab of the test's own, as the real loop found it."""
    yield from stand(tmp_path_factory)


def stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NamespaceLab]:
    """Yields a lab in a workspace of its own, and takes it down."""
    if reason := control.why_not():
        pytest.skip(reason)
    root = tmp_path_factory.mktemp("namespace") / "work"
    make_workspace(root)
    with (root / "loopkit.toml").open("a") as settings:
        settings.write("connect_timeout = 4\n")
    directory = root / ".loopkit" / "lab"
    with control.up(directory, stay=False):
        yield NamespaceLab(directory)
        control.down(directory)
