"""Each fault of the lab, as OpenSSH's own client meets it: broken, then mended."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest

from tests.namespace.faults import FAULTS
from tests.namespace.fixtures import NamespaceLab
from tests.namespace.hosts import HERE

DUMPS = "/tank/backups/vzdump/dump"


@dataclass(frozen=True, slots=True)
class Case:
    """A fault, a command sent while it holds, and what comes of it."""

    fault: str
    command: str
    exited: int
    says: str
    """A pattern that stands in what was printed, errors included."""


NO_ANSWER = r"timed out|No route to host"
CASES = (
    Case("link-down", "true", 255, NO_ANSWER),
    Case("blackhole", "true", 255, NO_ANSWER),
    Case("refuse", "true", 255, "Connection refused"),
    Case("sshd-hang", "true", 255, "timed out during banner exchange|timed out"),
    Case("loss", "echo through", 0, "through"),
    Case("slow", "head -c 20000 /dev/zero | tr '\\0' x", 0, "x{20000}"),
    Case("auth", "true", 255, "Permission denied"),
    Case("perms", "true", 255, "Permission denied"),
    Case("hostkey", "true", 255, "HOST IDENTIFICATION HAS CHANGED"),
    Case("disk-full", f"head -c 200000 /dev/zero > {DUMPS}/big", 1, "No space left on device"),
    Case("read-only", "touch /etc/pve/jobs.cfg", 1, "Read-only file system"),
    Case("evil-files", f"ls {DUMPS}", 0, r"\| P5 \| Verify \| P3 \+ P4 \| \*\*done\*\* \|"),
    Case("noisy-rc", "echo asked", 0, r"^\*\*\* Welcome \| to \| pve \*\*\*\nasked\n"),
    Case("banner", "echo asked", 0, r"\| P1 \| Add \| P0 \| \*\*done\*\* \|"),
    Case("tz", "date +%z", 0, r"\+0545"),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.fault)
def test_a_fault_shows_and_heals(lab: NamespaceLab, case: Case) -> None:
    lab.fault("pve", case.fault)
    broken = lab.ssh("pve", case.command, errors="replace")
    lab.heal("pve")
    assert broken.returncode == case.exited, broken.stderr
    assert re.search(case.says, broken.stdout + broken.stderr), broken.stdout + broken.stderr
    assert lab.ssh("pve", "echo mended").stdout == "mended\n"


@pytest.mark.parametrize("prefix", ["", "sudo -n -- "])
def test_a_clock_that_is_off_shows_under_sudo_too(lab: NamespaceLab, prefix: str) -> None:
    right = int(lab.ssh("pve", f"{prefix}date +%s").stdout)
    lab.fault("pve", "clock", "-259200")
    wrong = int(lab.ssh("pve", f"{prefix}date +%s").stdout)
    assert right - 259200 <= wrong < right - 258000
    assert int(lab.ssh("nas", "date +%s").stdout) >= right


@pytest.mark.parametrize("fault", ["sshd-kill-session", "kill-shell"])
def test_a_running_command_can_be_killed_in_two_ways(lab: NamespaceLab, fault: str) -> None:
    # The command waits for a file that is never written: only the fault ends it.
    waiting = "echo started; while [ ! -e /tmp/never ]; do sleep 0.05; done"
    with lab.ssh_started("pve", waiting) as client:
        assert client.stdout
        assert client.stdout.readline() == "started\n"
        lab.fault("pve", fault)
        assert client.wait(timeout=30) == 255
    assert lab.ssh("pve", "echo again").stdout == "again\n"


def test_every_fault_is_shown_by_a_test() -> None:
    shown = {case.fault for case in CASES} | {"clock", "sshd-kill-session", "kill-shell"}
    assert shown == set(FAULTS)


def test_the_documentation_has_every_fault_with_its_meaning_and_argument() -> None:
    page = (HERE.parents[1] / "docs/namespace-lab.md").read_text()
    for name, fault in FAULTS.items():
        shown = f"`{fault.default}` " if fault.default else ""
        assert f"| {name} | {fault.meaning} | {shown}|" in page
