"""What goes wrong with real parts: PostgreSQL, rsync, and a node without pvesh."""

from __future__ import annotations

import json
import shlex
from typing import Any

from loopkit.facts import parse_stamps
from loopkit.operations import Destination, RsyncPush
from tests.namespace.fixtures import NamespaceLab

LOOP = "LOOP-BACKUP-STABILIZATION"


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


def test_a_push_of_the_library_copies_the_newest_file_of_each_name_and_proves_it(
    fresh_lab: NamespaceLab,
) -> None:
    lab = fresh_lab
    to = Destination("ronadmin@nas", "/volume1/backups/apps")
    text = RsyncPush("/var/tmp/reports", ["disk", "net"], to).script("report-copy")
    lab.shell("infra-core", "mkdir -p /var/tmp/reports")
    for name in ("disk-20260208.txt", "disk-20260209.txt", "net-20260209.txt"):
        lab.shell("infra-core", f"echo {name} > /var/tmp/reports/{name}")
    lab.shell("infra-core", f"printf %s {shlex.quote(text)} > /var/tmp/report-copy.sh")
    ended = lab.on("infra-core", "sh", "/var/tmp/report-copy.sh")
    assert (ended.returncode, ended.stderr) == (0, "")
    stamps = parse_stamps(lab.shell("infra-core", "cat /var/lib/loopkit/report-copy.stamp"))
    assert [stamp.file for stamp in stamps] == ["disk-20260209.txt", "net-20260209.txt"]
    for stamp in stamps:
        there = lab.shell("nas", f"sha256sum {to.path}/{stamp.file}")
        assert there.split()[0] == stamp.sha256


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
