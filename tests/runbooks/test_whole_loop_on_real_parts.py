"""The whole loop on the namespace lab: real sshd, rsync, cron, PostgreSQL, sqlite3 and zstd."""

from __future__ import annotations

import json
from typing import Any

from namespace.fixtures import NamespaceLab

LOOP = "LOOP-BACKUP-STABILIZATION"
MEDIA = "LOOP-MEDIA-STACK-SPLIT"
DAY = 24 * 3600.0


def test_the_loop_runs_from_its_audit_to_its_closing(fresh_lab: NamespaceLab) -> None:
    lab = fresh_lab
    document = lab.root / "loops/LOOP-BACKUP-STABILIZATION-20260208.md"

    # The audit, then all that becomes ready; the first sync is a job, and is taken up again.
    before = lab.trees()
    said(lab, "advance", LOOP)
    assert lab.changed_since(before) == {}
    until_done(lab, ["P0", "P1", "P3", "P4"])
    assert "| 205 | observability | running | YES | enabled |" in document.read_text()
    assert "Evaluated, decision pending: a person" in document.read_text()

    # A second run of what is done finds nothing to do, on any host.
    before = lab.trees()
    said(lab, "advance", LOOP, "--to-the-end", "--yes")
    assert lab.changed_since(before) == {}

    # A person says that deployment is done; only 207 has got there, so P2 holds at 1 of 3.
    said(lab, "approve", LOOP, "P2", "--reason", "each VM once its loop got there")
    said(lab, "advance", LOOP, "--to-the-end", "--yes")
    assert "in progress (1 of 3)" in document.read_text()
    for phase in ("P2", "P3"):
        said(lab, "mark", MEDIA, phase, "done")
    said(lab, "advance", LOOP, "--to-the-end", "--yes")
    assert states(lab)["P2"] == "done"

    # Before the first night nothing is verified, and nothing is closed.
    refused = lab.loop("close", LOOP)
    assert refused.returncode != 0
    assert "P5 is pending (wait 24h for first run)" in refused.stderr
    assert states(lab)["P5"] == "pending"

    # A night of every mechanism. Then the closing changes the lines that a person changed.
    lab.clock(DAY + 3600)
    opened = document.read_text().split("\n")
    said(lab, "advance", LOOP)
    said(lab, "close", LOOP)
    closed = document.read_text().split("\n")
    gone = [line for line in opened if line not in closed]
    assert gone == [
        "> **Status:** open",
        "| P5 | Verify + closeout | P3 + P4 | pending (wait 24h for first run) |",
    ]
    assert "### vzdump Coverage: 10/10 VMs, all with 1 or more backups" in closed
    assert "### App-level backups: operational" in closed
    assert "### Offsite sync: proven working" in closed
    assert "### Drift gate: D19 PASS (13/13 total)" in closed
    assert said(lab, "cap", "run", "backup.status").count(" OK ") == 13


def test_a_dump_that_pg_dump_could_not_finish_is_never_stamped(fresh_lab: NamespaceLab) -> None:
    lab = fresh_lab
    until_done(lab, ["P0", "P1", "P3"])
    script, stamp = "/usr/local/bin/infisical-backup.sh", "/var/lib/loopkit/infisical-backup.stamp"
    proved = lab.shell("infra-core", f"cat {stamp}")
    copies = lab.shell("nas", "ls /volume1/backups/apps/infisical")
    lab.shell("infra-core", "printf '#!/bin/sh\\necho half; exit 1\\n' > /usr/local/bin/pg_dump")
    lab.shell("infra-core", "chmod 755 /usr/local/bin/pg_dump")
    assert lab.on("infra-core", script).returncode != 0
    assert lab.shell("infra-core", f"cat {stamp}") == proved
    lab.shell("infra-core", "printf '#!/bin/sh\\necho half\\n' > /usr/local/bin/pg_dump")
    ended = lab.on("infra-core", script)
    assert ended.returncode == 1
    assert "the dump is not complete" in ended.stderr
    assert lab.shell("nas", "ls /volume1/backups/apps/infisical") == copies


def test_a_sync_that_is_cut_leaves_no_half_file_under_a_final_name(
    fresh_lab: NamespaceLab,
) -> None:
    lab = fresh_lab
    until_done(lab, ["P0", "P1", "P4"])
    source, there = "/tank/backups/vzdump/dump", "/volume1/backups/proxmox/vzdump"
    name = "vzdump-qemu-200-2099_01_01-02_00_00"
    lab.shell("pve", f"head -c 9000000 /dev/urandom > {source}/{name}.vma.zst")
    line = "2099-01-01 02:00:09 INFO: Finished Backup of VM 200 (00:00:09)"
    lab.shell("pve", f"echo '{line}' > {source}/{name}.log")
    lab.fault("nas", "disk-full", there)
    ended = lab.on("pve", "/usr/local/bin/vzdump-offsite-sync.sh")
    assert ended.returncode == 1
    assert "no proved copy of VM 200" in ended.stderr
    assert f"{name}.vma.zst" not in lab.shell("nas", f"ls {there}")
    lab.heal("nas")


def test_a_node_without_pvesh_gets_one_line_edited_under_its_lock(fresh_lab: NamespaceLab) -> None:
    lab = fresh_lab
    until_done(lab, ["P0"])
    before = lab.shell("pve", "cat /etc/pve/jobs.cfg")
    lab.shell("pve", "mv $(command -v pvesh) /root/pvesh; mkdir /etc/pve/priv/lock/file-jobs_cfg")
    held = lab.loop("advance", LOOP, "--phase", "P1", "--yes")
    assert held.returncode == 1
    assert "file-jobs_cfg" in held.stdout
    assert lab.shell("pve", "cat /etc/pve/jobs.cfg") == before
    lab.shell("pve", "rmdir /etc/pve/priv/lock/file-jobs_cfg")
    until_done(lab, ["P1"])
    edited = before.replace("vmid 200,201,202,203,204", "vmid 200,201,202,203,204,205,206")
    assert lab.shell("pve", "cat /etc/pve/jobs.cfg") == edited
    assert lab.shell("pve", "ls -A /etc/pve/priv/lock") == ""


def said(lab: NamespaceLab, *argv: str) -> str:
    """Returns what the command printed; it must end well."""
    done = lab.loop(*argv)
    assert done.returncode == 0, f"{argv}: {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def states(lab: NamespaceLab) -> dict[str, str]:
    """Returns the status of each phase."""
    shown: dict[str, Any] = json.loads(said(lab, "show", LOOP, "--json"))
    return {phase["id"]: phase["status"] for phase in shown["phases"]}


def until_done(lab: NamespaceLab, phases: list[str]) -> None:
    """Advances until these phases are done; a long job may take a few looks."""
    for _ in range(10):
        for phase in phases:
            if states(lab)[phase] != "done":
                said(lab, "advance", LOOP, "--phase", phase, "--yes")
        if all(states(lab)[phase] == "done" for phase in phases):
            return
    raise AssertionError(f"{states(lab)}")
