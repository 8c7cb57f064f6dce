"""What each fault of a real host comes to: one named error that says what, why and what helps."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Event
from typing import TypeVar

import pytest

from loopkit.effects.run.hosts import Hosts, StepHosts
from loopkit.effects.run.recorder import StepRecorder
from loopkit.effects.ssh.transport import SshTransport
from loopkit.effects.workspace import find_workspace
from loopkit.errors import (
    AuthenticationFailed,
    CommandFailed,
    CommandKilled,
    CommandTimedOut,
    ConnectionLost,
    HostKeyChanged,
    HostUnreachable,
    LoopkitError,
)
from loopkit.runbook import Host
from tests.namespace.fixtures import NamespaceLab

T = TypeVar("T")

DEADLINE = 30
"""Seconds after which an answer is too late, whatever it says."""


@dataclass(frozen=True, slots=True)
class Case:
    """A fault of pve, and the error that it comes to."""

    fault: str
    error: type[LoopkitError]
    exit_code: int
    says: tuple[str, ...]
    """Words that the error has, in what or why."""
    helps: str
    """A word of the command that it names."""


NOT_SENT = (
    Case("link-down", HostUnreachable, 4, ("pve", "10.213.7.11 port 22"), "ssh -F"),
    Case("blackhole", HostUnreachable, 4, ("gave no answer in 4 s (connect)",), "ssh -F"),
    Case("refuse", HostUnreachable, 4, ("refused the connection", "nothing listens"), "ssh -F"),
    Case("sshd-hang", HostUnreachable, 4, ("no SSH greeting in 4 s", "stuck"), "ssh -F"),
    Case("auth", AuthenticationFailed, 4, ("takes none of our keys", "root offered"), "ssh"),
    Case("perms", AuthenticationFailed, 4, ("takes none of our keys", "root offered"), "ssh"),
    Case("hostkey", HostKeyChanged, 4, ("another key", "known:", "shown:"), "ssh-keygen -l -F"),
)
WHILE_IT_RAN = (
    Case("link-down", ConnectionLost, 5, ("was lost", "no sign of life for 12 s"), "ssh -F"),
    Case("blackhole", ConnectionLost, 5, ("was lost", "no sign of life for 12 s"), "ssh -F"),
    Case("sshd-kill-session", ConnectionLost, 5, ("was lost", "it was closed"), "ssh -F"),
    Case("kill-shell", CommandKilled, 5, ("a signal on pve", "the connection stands"), "ssh -F"),
)
HARMLESS = ("loss", "slow", "noisy-rc", "banner", "tz", "clock")


@contextmanager
def hosts(lab: NamespaceLab) -> Iterator[StepHosts]:
    """The hosts of the lab's workspace, as a run has them."""
    workspace = find_workspace(lab.root)
    with Hosts(workspace, SshTransport(workspace.settings)) as found:
        yield found.for_step(StepRecorder())


def in_time(lab: NamespaceLab, work: Callable[[Host], T]) -> T:
    """Returns what work on a host returns, or raises what it raises, before the deadline."""

    def connected() -> T:
        with hosts(lab) as found, found.changing():
            return work(found["pve"])

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(lab.inside, connected).result(timeout=DEADLINE)


def check(lab: NamespaceLab, case: Case, error: LoopkitError) -> None:
    """Compares an error with its row of the table, and tries the command that it names."""
    assert type(error) is case.error
    assert error.exit_code == case.exit_code
    told = f"{error.what} {error.why}"
    assert all(words in told for words in case.says), told
    assert case.helps in error.help
    tried = lab.run(["timeout", "5", "bash", "-c", error.help], cwd=lab.root)
    assert "not found" not in tried.stderr
    assert "usage" not in tried.stderr.casefold()


@pytest.mark.parametrize("case", NOT_SENT, ids=lambda case: case.fault)
def test_a_fault_before_the_session_stands_is_certainly_not_sent(
    lab: NamespaceLab, case: Case
) -> None:
    lab.fault("pve", case.fault)
    with pytest.raises(LoopkitError) as caught:
        in_time(lab, lambda c: c.change("touch", "/tmp/sent"))
    check(lab, case, caught.value)
    lab.heal()
    assert lab.on("pve", "test", "-e", "/tmp/sent").returncode == 1
    assert in_time(lab, lambda c: c.read("hostname").stdout) == "pve\n"


@pytest.mark.parametrize("case", WHILE_IT_RAN, ids=lambda case: case.fault)
def test_a_fault_while_a_change_runs_leaves_it_unknown(lab: NamespaceLab, case: Case) -> None:
    lab.shell("pve", "rm -f /tmp/begun; mkfifo /tmp/begun")
    broken = Event()

    def break_once_begun() -> None:
        lab.shell("pve", "cat /tmp/begun", timeout=DEADLINE)
        lab.fault("pve", case.fault)
        broken.set()

    with ThreadPoolExecutor(1) as breaker:
        begun = breaker.submit(break_once_begun)
        script = "echo > /tmp/begun; sleep 120"
        with pytest.raises(LoopkitError) as caught:
            in_time(lab, lambda c: c.change("sh", "-c", script))
        begun.result(timeout=DEADLINE)
    assert broken.is_set()
    check(lab, case, caught.value)


@pytest.mark.parametrize("fault", HARMLESS)
def test_a_fault_that_does_no_harm_changes_no_reply(lab: NamespaceLab, fault: str) -> None:
    lab.fault("pve", fault)
    reply = in_time(lab, lambda c: c.read("cat", "/etc/hostname"))
    assert (reply.exited, reply.stdout, reply.stderr) == (0, "pve\n", "")


def test_a_command_past_its_deadline_is_unknown_and_ended_on_the_host(lab: NamespaceLab) -> None:
    with pytest.raises(CommandTimedOut) as caught:
        in_time(lab, lambda c: c.change("sleep", "3217", timeout=1))
    assert caught.value.exit_code == 5
    assert "still running on pve after 1 s" in caught.value.what
    assert "3217" not in lab.shell("pve", "ps -eo args=")


@pytest.mark.parametrize(
    ("fault", "path", "why"),
    [
        ("disk-full", "/srv/full/big.bin", "No space left on device"),
        ("read-only", "/srv/fixed/big.bin", "Read-only file system"),
    ],
)
def test_a_disk_that_takes_nothing_is_a_failure_that_leaves_no_part(
    lab: NamespaceLab, fault: str, path: str, why: str
) -> None:
    folder = path.rpartition("/")[0]
    lab.shell("pve", f"mkdir -p {folder}")
    lab.fault("pve", fault, folder)
    with pytest.raises(CommandFailed, match=why) as caught:
        in_time(lab, lambda c: c.put(path, bytes(200_000)))
    assert caught.value.exit_code == 1
    assert lab.shell("pve", f"ls -A {folder}") == ""


def test_names_that_try_to_be_something_else_come_as_they_are(lab: NamespaceLab) -> None:
    lab.fault("pve", "evil-files", "/srv/evil")
    listed = in_time(lab, lambda c: c.read("find", "/srv/evil", "-printf", r"%p\0").stdout)
    names = listed.split("\0")
    assert "/srv/evil/-rf" in names
    assert any("\n| P5 | Verify | P3 + P4 | **done** |\n" in name for name in names)
    assert any("\x1b]0;title\x07" in name for name in names)


def test_a_lost_connection_is_not_opened_again_behind_a_runs_back(lab: NamespaceLab) -> None:
    def lose(c: Host) -> tuple[str, str]:
        assert c.read("hostname").ok
        lab.fault("pve", "sshd-kill-session")
        with pytest.raises(LoopkitError) as first:
            c.change("touch", "/tmp/first")
        with pytest.raises(LoopkitError) as second:
            c.change("touch", "/tmp/second")
        return type(first.value).__name__, str(second.value)

    first, second = in_time(lab, lose)
    assert first in ("ConnectionLost", "HostUnreachable")
    assert "was lost earlier" in second
    assert lab.on("pve", "test", "-e", "/tmp/second").returncode == 1


def test_a_hundred_megabytes_come_quickly_and_are_hashed_whole(lab: NamespaceLab) -> None:
    began = time.monotonic()
    argv = ("head", "-c", str(100 * 1024**2), "/dev/zero")
    reply = in_time(lab, lambda c: c.read(*argv))
    assert reply.truncated
    assert reply.size == 100 * 1024**2
    print(f"100 MB in {time.monotonic() - began:.1f} s")
