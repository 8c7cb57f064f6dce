"""The backup loop on real machines: from opening to closing, as a person would go through it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.namespace.fixtures import NamespaceLab

DAY = 86400
LOOP = "LOOP-BACKUP-STABILIZATION"
DOCUMENT = "loops/LOOP-BACKUP-STABILIZATION-20260208.md"
MEDIA = "LOOP-MEDIA-STACK-SPLIT"
OPERATOR = ("--as", "an operator")


class Operator:
    """A person at the controller, who types one command after the other."""

    def __init__(self, lab: NamespaceLab) -> None:
        self.lab = lab

    def says(self, *argv: str, code: int = 0) -> str:
        """Runs a command, which must exit with `code`, and returns what it printed."""
        done = self.lab.loop(*argv, *OPERATOR)
        assert done.returncode == code, f"{argv}\n{done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def advances(self, *argv: str, code: int = 0) -> str:
        """Advances the backup loop; what changes hosts is allowed."""
        return self.says("advance", LOOP, "--yes", *argv, code=code)

    def goes_through(self, phase: str) -> None:
        """Brings a phase to its end, as many runs as that takes."""
        for _ in range(40):
            self.advances("--phase", phase)
            if self.status(phase) == "done":
                return
        pytest.fail(f"{phase} is {self.status(phase)}")

    def status(self, phase: str) -> str:
        """Returns the status of a phase."""
        shown = json.loads(self.says("show", LOOP, "--json"))
        return str(next(p["status"] for p in shown["phases"] if p["id"] == phase))

    @property
    def document(self) -> str:
        """Returns the loop document."""
        return (self.lab.root / DOCUMENT).read_text()

    def writes(self, document: str) -> None:
        """Edits the loop document by hand."""
        (self.lab.root / DOCUMENT).write_text(document)


def job(lab: NamespaceLab) -> dict[str, Any]:
    """Returns the vzdump job as Proxmox tells it."""
    told = lab.shell("pve", "pvesh get /cluster/backup --output-format json 2>/dev/null")
    (found,) = json.loads(told)
    return dict(found)


def nothing_changed(told: str) -> bool:
    """Returns whether every step that `advance` tells of was so already."""
    steps = [line for line in told.partition("Wrote")[0].splitlines() if line.startswith("  ")]
    return bool(steps) and not any(re.search(r"  changed  ", line) for line in steps)


def test_the_backup_loop_from_opening_to_closing(fresh_lab: NamespaceLab) -> None:
    lab, operator = fresh_lab, Operator(fresh_lab)
    as_found = job(lab)

    # P0 looks and changes nothing.
    before = lab.trees()
    operator.advances("--phase", "P0")
    assert lab.changed_since(before) == {}

    # A backup runs: P1 is refused until it has ended.
    lab.shell("pve", "cat > /var/lib/lab/tasks.json", input=RUNNING_TASK)
    refused = operator.advances("--phase", "P1", code=1)
    assert "a vzdump runs now" in refused
    assert job(lab) == as_found
    lab.shell("pve", "rm /var/lib/lab/tasks.json")
    operator.advances("--phase", "P1")
    assert job(lab)["vmid"] == "200,201,202,203,204,205,206"
    assert {**job(lab), "vmid": ""} == {**as_found, "vmid": ""}

    # The volume of the NAS is not mounted: nothing is written under its mount point.
    lab.shell("nas", "umount /volume1")
    refused = operator.advances("--phase", "P3", code=1)
    assert "/volume1" in refused
    assert lab.shell("nas", "ls -A /volume1") == ""
    lab.shell("nas", "/lab/start-host")
    operator.advances("--phase", "P3")
    assert "decision pending: a person" in operator.document

    # The first sync is a job of its own, which a later run comes back to.
    operator.goes_through("P4")

    # P2 is a person's decision, and opens one VM at a time.
    operator.advances("--phase", "P2", code=2)
    assert f"loop approve {LOOP}" in operator.says("why", LOOP, "P2")
    operator.says("approve", LOOP, "P2", "--reason", "each VM once its loop got there")
    operator.advances("--phase", "P2")
    assert "in progress (1 of 3)" in operator.document
    assert job(lab)["vmid"].endswith("206,207")

    # Nothing is ready: nothing is written. Closing is refused.
    waiting = operator.document
    assert "opens" in operator.advances()
    assert operator.document == waiting
    operator.says("close", LOOP, code=2)
    assert operator.document == waiting

    # Nights go by, and the other loop gets on.
    lab.clock(DAY)
    for phase in ("P2", "P3"):
        operator.says("mark", MEDIA, phase, "done", "--note", "the other team says so")
    operator.advances("--phase", "P2")
    lab.clock(DAY)
    operator.advances("--phase", "P5")
    operator.says("close", LOOP)

    tells_the_whole_story(operator, as_found)


def test_the_second_run_of_every_phase_changes_nothing_on_any_host(
    fresh_lab: NamespaceLab,
) -> None:
    lab, operator = fresh_lab, Operator(fresh_lab)
    for phase in ("P0", "P1", "P3", "P4"):
        operator.goes_through(phase)
        once = lab.trees()
        operator.says("reopen", LOOP, phase, "--reason", "again")
        again = operator.advances("--phase", phase)
        assert lab.changed_since(once) == {}, phase
        assert nothing_changed(again)
    operator.says("approve", LOOP, "P2", "--reason", "deployed")
    operator.advances("--phase", "P2")
    once = lab.trees()
    row = next(line for line in operator.document.splitlines() if line.startswith("| 207 (AI)"))
    by_hand = row.replace("| done |", "| pending |")
    operator.writes(operator.document.replace(row, by_hand))
    again = operator.advances("--phase", "P2")
    assert lab.changed_since(once) == {}
    assert nothing_changed(again)


def tells_the_whole_story(operator: Operator, as_found: dict[str, Any]) -> None:
    """Compares the closing document and the receipts with what the hosts say."""
    lab, document = operator.lab, operator.document
    assert re.search(r"^> \*\*Status:\*\* closed$", document, re.MULTILINE)
    assert all(operator.status(phase) == "done" for phase in ("P0", "P1", "P2", "P3", "P4", "P5"))
    now = job(lab)
    assert now["vmid"] == "200,201,202,203,204,205,206,207,209,210"
    assert {key: now[key] for key in ("schedule", "storage", "enabled")} == {
        key: as_found[key] for key in ("schedule", "storage", "enabled")
    }
    assert "prune-backups" not in now
    status = operator.says("cap", "run", "backup.status")
    assert "13 of 13 ok" in status
    newest = lab.shell("pve", "ls -t /tank/backups/vzdump/dump/*.zst | head -1").strip()
    assert Path(newest).name.split("-")[2] == "210"
    assert "vzdump Coverage: 10/10 VMs" in document
    operator.says("check", "--evidence", DOCUMENT)
    receipts = [json.loads(path.read_text()) for path in (lab.root / "loops").rglob("*.json")]
    assert {receipt["lab"] for receipt in receipts} == {"namespace"}
    assert no_secret_is_in(lab)


def no_secret_is_in(lab: NamespaceLab) -> bool:
    """Returns whether the database's password is in no file of the workspace and of the NAS."""
    password = lab.shell("infra-core", "cut -d: -f5 /root/.pgpass").strip()
    assert password
    kept = [p.read_bytes() for p in lab.root.rglob("*") if p.is_file() and "lab" not in p.parts]
    on_hosts = lab.on("infra-core", "grep", "-rl", password, "/etc/cron.d", "/usr/local", "/home")
    return on_hosts.stdout == "" and not any(password.encode() in content for content in kept)


RUNNING_TASK = json.dumps(
    [
        {
            "upid": "UPID:pve:00000001:vzdump::root@pam:",
            "node": "pve",
            "type": "vzdump",
            "id": "",
            "user": "root@pam",
            "starttime": 1,
        }
    ]
)
