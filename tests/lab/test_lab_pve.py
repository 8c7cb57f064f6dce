"""Proxmox's stand-ins: they lose, keep, warn and fail as the real programs do."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import loopkit.lab.pve
from loopkit.lab.lab import Lab, run_line
from loopkit.lab.machine import Machine
from loopkit.lab.pve import zstandard
from loopkit.lab.pve.schedule import NotEmulated, next_run
from loopkit.lab.pve.section import read_sections, write_sections

JOBS = "/etc/pve/jobs.cfg"
DUMPS = "/tank/backups/vzdump/dump"


@pytest.fixture
def pve(hosts: Lab) -> Machine:
    return hosts.machines["pve"]


def get(pve: Machine, path: str) -> Any:
    status, printed, complaint = run_line(pve, "root", f"pvesh get {path} --output-format json")
    assert status == 0, complaint
    return json.loads(printed)


@pytest.mark.parametrize(
    ("text", "found", "warnings"),
    [
        ("x: a\n\tvmid 1\n\nx: b\n\tvmid 2\n\n", {"a": {"vmid": "1"}, "b": {"vmid": "2"}}, 0),
        # Without the empty line a header is no header, and the first value stays.
        ("vzdump: a\n\tvmid 1\nvzdump: b\n\tvmid 2\n\n", {"a": {"vmid": "1"}}, 2),
        ("vzdump: a\r\n\tvmid 1\r\n\r\nvzdump: b\r\n\tvmid 2\r\n", {"a": {"vmid": "1"}}, 3),
        ("vzdump: a\n\tvmid 1\n\t\nvzdump: b\n\tvmid 2\n", {"a": {"vmid": "1"}}, 3),
        ("vzdump: a\n\t# why\n    vmid 1\n", {"a": {"vmid": "1"}}, 0),
        ("vzdump: a\n\tvmid 1\n\tvmid 2\n", {"a": {"vmid": "1"}}, 1),
        ("vzdump: a\n\tvmid 1\n\nvzdump: a\n\tvmid 2\n", {"a": {"vmid": "2"}}, 0),
        ("vzdump: a\nvmid 1\n", {"a": {}}, 1),
        ("vzdump: a\n\tall\n", {"a": {"all": ""}}, 0),
        ("stray\n", {}, 1),
    ],
)  # fmt: skip
def test_a_section_file_is_read_by_proxmox_rules(
    text: str, found: dict[str, dict[str, str]], warnings: int
) -> None:
    sections, warned = read_sections(text, JOBS)
    assert {id: section.properties for id, section in sections.items()} == found
    assert len(warned) == warnings, warned


def test_a_rewrite_loses_comments_and_orders_properties() -> None:
    text = "# top\nvzdump: a\n\tvmid 1\n\t# why\n\tcomment x\n    schedule 02:00\n\tall 1\n\n"
    sections, _ = read_sections(text, JOBS)
    assert write_sections(sections) == (
        "vzdump: a\n\tcomment x\n\tschedule 02:00\n\tall 1\n\tvmid 1\n\n"
    )


def test_setting_vmid_drops_all_exclude_pool_comments_and_unknown_settings(pve: Machine) -> None:
    text = (
        "# kept by hand\nvzdump: night\n\tschedule 02:00\n\tall 1\n\texclude 203\n"
        "\tmaxfiles 2\n\tstorage tank-backups\n\n"
    )
    pve.files.write(JOBS, text.encode())
    status, printed, complaint = run_line(
        pve, "root", "pvesh set /cluster/backup/night --vmid 200,204"
    )
    assert (status, printed) == (0, b"")
    assert b"unexpected property 'maxfiles'" in complaint
    assert pve.files.text(JOBS) == (
        "vzdump: night\n\tschedule 02:00\n\tstorage tank-backups\n\tvmid 200,204\n\n"
    )


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("set /cluster/backup/backup-nightly --vmid 200,x", "vmid: invalid format"),
        ("set /cluster/backup/backup-nightly --digest 1", "digest: property is not defined"),
        ("set /cluster/backup/backup-nightly --maxfiles 1", "maxfiles: property is not defined"),
        ("set /cluster/backup/backup-nightly", "no options specified"),
        ("set /cluster/backup/none --vmid 200", "no such vzdump job"),
        ("get /cluster/backup/none --output-format json", "No such job 'none'"),
        ("get /nothing --output-format json", "No 'get' handler defined"),
    ],
)
def test_a_wrong_call_changes_nothing_and_says_why(
    pve: Machine, arguments: str, words: str
) -> None:
    before = pve.files.read(JOBS)
    status, _, complaint = run_line(pve, "root", f"pvesh {arguments}")
    assert status == 255
    assert words in complaint.decode()
    assert pve.files.read(JOBS) == before
    assert not pve.files.exists("/etc/pve/priv/lock/file-jobs_cfg")


def test_the_job_is_shown_with_its_next_run_in_the_nodes_zone(pve: Machine) -> None:
    (job,) = get(pve, "/cluster/backup")
    assert job["vmid"] == "200,201,202,203,204"
    assert "maxfiles" not in job
    local = pve.local_time(job["next-run"])
    assert (local.hour, local.minute) == (2, 0)
    assert 0 < job["next-run"] - pve.now() <= 25 * 3600


def test_guests_outside_every_job_are_named_templates_too(pve: Machine) -> None:
    assert [row["vmid"] for row in get(pve, "/cluster/backup-info/not-backed-up")] == [
        205, 206, 207, 209, 210, 9000,
    ]  # fmt: skip
    run_line(pve, "root", "pvesh set /cluster/backup/backup-nightly --enabled 0 --vmid 205")
    missing = {row["vmid"] for row in get(pve, "/cluster/backup-info/not-backed-up")}
    assert 205 not in missing, "a job that is not enabled counts"


def test_a_disk_that_is_left_out_is_named_with_the_reason(pve: Machine) -> None:
    guests = json.loads(pve.files.text(GUESTS))
    guests[0]["disks"].append(
        {"id": "scsi1", "volume": "tank:vm-200-disk-1", "gigabytes": 1, "backup": 0}
    )
    pve.files.write(GUESTS, json.dumps(guests).encode())
    found = get(pve, "/cluster/backup/backup-nightly/included_volumes")
    disks = {disk["id"]: disk for disk in found["children"][0]["children"]}
    assert (disks["scsi0"]["included"], disks["scsi1"]["included"]) == (True, False)
    assert disks["scsi1"]["reason"] == "backup=no"


GUESTS = "/var/lib/lab/guests.json"


def test_vzdump_leaves_archive_log_and_notes_and_takes_guests_by_number(pve: Machine) -> None:
    status, printed, _ = run_line(pve, "root", "vzdump 206,205 --storage tank-backups")
    assert status == 0
    order = re.findall(rb"Starting Backup of VM (\d+)", printed)
    assert order == [b"205", b"206"]
    names = [name for name in pve.files.names(DUMPS) if "-205-" in name]
    assert [name.partition(".")[2] for name in names] == ["log", "vma.zst", "vma.zst.notes"]
    assert "INFO: Finished Backup of VM 205" in pve.files.text(f"{DUMPS}/{names[0]}")
    assert zstandard.decompress(pve.files.read(f"{DUMPS}/{names[1]}")).startswith(b"VMA\0")


def test_a_vmid_without_guest_fails_the_job_and_not_the_others(pve: Machine) -> None:
    status, printed, complaint = run_line(pve, "root", "vzdump 205 299 --storage tank-backups")
    assert (status, complaint) == (255, b"job errors\n")
    assert b"ERROR: Backup of VM 299 failed - unable to find VM '299'" in printed
    assert b"INFO: Finished Backup of VM 205" in printed
    assert b"INFO: Backup job finished with errors" in printed
    assert get(pve, "/cluster/tasks")[0]["status"] == "job errors"


def test_a_full_disk_leaves_no_archive_under_the_final_name(pve: Machine) -> None:
    pve.files.full = ("/tank",)
    status, printed, _ = run_line(pve, "root", "vzdump 205 --storage tank-backups")
    assert status == 255
    assert b"No space left on device" in printed
    assert not [name for name in pve.files.names(DUMPS) if "-205-" in name]


@pytest.mark.parametrize(
    ("retention", "left"), [("keep-last=2", 2), ("keep-all=1", 4), ("keep-daily=3", 3)]
)
def test_older_backups_are_pruned_by_the_storages_retention(
    pve: Machine, retention: str, left: int
) -> None:
    text = pve.files.text("/etc/pve/storage.cfg").replace("keep-all=1", retention)
    pve.files.write("/etc/pve/storage.cfg", text.encode())
    assert run_line(pve, "root", "vzdump 204 --storage tank-backups")[0] == 0
    kept = [name for name in pve.files.names(DUMPS) if re.search(r"-204-.*\.zst$", name)]
    assert len(kept) == left


def test_the_world_has_three_good_nights_and_none_from_the_future(pve: Machine) -> None:
    for vmid in range(200, 205):
        found = [n for n in pve.files.names(DUMPS) if re.search(rf"-{vmid}-.*\.zst$", n)]
        assert len(found) == 3
        for name in found:
            assert pve.files.status(f"{DUMPS}/{name}").mtime <= pve.now()
        newest = pve.files.status(f"{DUMPS}/{found[-1]}").mtime
        assert pve.now() - newest < 26 * 3600


@pytest.mark.parametrize(
    ("event", "next_hour"),
    [("02:00", 2), ("daily", 0), ("mon..sun 04:00", 4), ("*-*-* 05:00:00", 5)],
)
def test_calendar_events_come_in_the_zone_of_the_node(event: str, next_hour: int) -> None:
    from datetime import datetime
    from zoneinfo import ZoneInfo

    zone = ZoneInfo("America/Adak")
    moment = datetime.fromtimestamp(next_run(event, 1_770_000_000.0, zone), zone)
    assert (moment.hour, moment.minute) == (next_hour, 0)
    assert 0 < moment.timestamp() - 1_770_000_000 <= 86400


def test_a_calendar_event_that_is_not_known_is_no_guess() -> None:
    with pytest.raises(NotEmulated):
        next_run("*/2:00", 0.0, None)


def test_archives_are_real_zstandard_and_one_flipped_bit_is_found(tmp_path: Path) -> None:
    content = os.urandom(300_000)
    frame = zstandard.compress(content)
    assert zstandard.decompress(frame) == content
    broken = bytearray(frame)
    broken[150_000] ^= 1
    for damaged in (bytes(broken), frame[:-1], frame[:1000], b""):
        with pytest.raises(zstandard.Corrupt):
            zstandard.decompress(damaged)
    if not shutil.which("zstd"):
        pytest.skip("zstd is not installed: there is nothing to compare with")
    for data, sound in ((frame, True), (bytes(broken), False), (frame[:-1], False)):
        (tmp_path / "file.zst").write_bytes(data)
        ran = subprocess.run(["zstd", "-tq", str(tmp_path / "file.zst")], check=False)
        assert (ran.returncode == 0) is sound


def test_copied_alone_the_stand_ins_serve_a_real_host(tmp_path: Path) -> None:
    package = Path(loopkit.lab.pve.__file__).parent
    shutil.copytree(package, tmp_path / "pve")
    ran = subprocess.run(
        [sys.executable, "-S", "-m", "pve", "pveversion"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.stdout.startswith("pve-manager/9."), ran.stderr
