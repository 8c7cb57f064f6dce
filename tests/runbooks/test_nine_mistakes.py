"""Nine ways in which this loop went wrong unnoticed when people ran it by hand; each is noticed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from loopkit.effects.gather import gather
from loopkit.facts import Copy, Entry, Listing, judge_freshness
from loopkit.loop.outcome import Result
from loopkit.loop.plan import make_plan
from tests.runbooks.bench import LOOP, Bench, bench, results, trouble
from tests.runbooks.books import INVENTORY, ROOT, module

DOCUMENT = "loops/LOOP-BACKUP-STABILIZATION-20260208.md"
JOBS, STORAGE = "/etc/pve/jobs.cfg", "/etc/pve/storage.cfg"
DUMPS = "/tank/backups/vzdump/dump"
drift = module("backup_drift")
inventory_file = module("backup_inventory")
vzdump_jobs = module("pve.vzdump_jobs")
sectioncfg = module("pve.sectioncfg")
Guest = module("pve.cluster").Guest


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """A lab that was audited."""
    with bench(tmp_path_factory.mktemp("mistakes") / "work") as made:
        assert made.run("P0").result is Result.OK
        yield made


def test_1_retention_set_at_the_storage_in_the_middle_of_the_loop(lab: Bench) -> None:
    saved = lab.read("pve", STORAGE)
    lab.edit("pve", STORAGE, lambda text: text.replace("keep-all=1", "keep-last=2"))
    try:
        outcome = lab.run("P5")
    finally:
        lab.edit("pve", STORAGE, lambda _: saved)
    kept = next(s for s in outcome.steps if s.name.startswith("retention and schedule"))
    assert kept.result is Result.FAILED
    assert "keep-last=2, at the audit it was keep-all=1" in kept.seen + kept.reason


def test_2_the_nodes_zone_mended_so_that_every_schedule_moves(lab: Bench) -> None:
    link = ("ln", "-sfn")
    lab.send("pve", *link, "/usr/share/zoneinfo/America/New_York", "/etc/localtime")
    try:
        outcome = lab.run("P1")
    finally:
        lab.send("pve", *link, "/usr/share/zoneinfo/America/Adak", "/etc/localtime")
    reason = trouble(outcome).reason + trouble(outcome).seen
    assert "'America/Adak'" in reason
    assert "'America/New_York'" in reason
    assert Result.CHANGED not in results(outcome).values()


def test_3_a_vm_added_before_its_own_loop_got_there(lab: Bench) -> None:
    workspace = lab.workspace
    plan = make_plan(workspace.load(LOOP).loop, gather(workspace))
    p2 = next(phase for phase in plan.phases if phase.phase.id == "P2")
    open_gates = {
        key
        for key, verdicts in p2.item_verdicts.items()
        if all(v.answer == "met" for v in verdicts)
    }
    assert open_gates == {"207 (AI)"}
    saved = lab.read("pve", JOBS)
    lab.send("pve", "pvesh", "set", "/cluster/backup/backup-nightly", "--vmid",
             "200,201,202,203,204,209")  # fmt: skip
    try:
        outcome = lab.run("P1")
    finally:
        lab.edit("pve", JOBS, lambda _: saved)
    assert "[209], which nothing allows yet" in trouble(outcome).reason + trouble(outcome).seen


def test_4_one_fresh_file_that_would_speak_for_six_vms() -> None:
    inv = inventory_file.parse(INVENTORY, "i")
    offsite = [t for t in inv.targets if t.kind == "offsite"]
    assert all(target.vmid is not None and str(target.vmid) in target.glob for target in offsite)
    targets = module("backup_targets")
    loose = replace(offsite[0], glob="vzdump-qemu-*.vma.zst")
    names = ("vzdump-qemu-205-2026_02_09-02_00_00.vma.zst", "vzdump-qemu-x.vma.zst")
    entries = tuple(Entry("f", 9, 0.0, f"{loose.path}/{name}") for name in names)
    listing = Listing({loose.path: entries}, {})
    checked = targets.judge_target(loose, listing, 1_800_000_000, None, "")
    assert checked.verdict.state == "MISSING"


def test_5_a_vm_in_the_job_that_no_table_knows_and_running_ones_beyond_206(lab: Bench) -> None:
    assert lab.states("backup.drift")["VM 201"] == "EXTRA"
    criterion = next(b for b in lab.registry.criteria if b.text.startswith("All running VMs"))
    with lab.hosts() as hosts:
        seen = criterion.function(hosts["pve"])
    assert seen.so is False
    assert seen.text == "not in the job: 205,206,207,209,210"


def test_6_an_age_of_26_9_hours_and_a_file_from_the_future(lab: Bench) -> None:
    now, limit = 2_000_000_000, timedelta(hours=26)

    def state(age: float) -> str:
        copy = Copy(Entry("f", 100, now - age, "/d/x"), now - age)
        return str(judge_freshness([copy], now=now, limit=limit, min_bytes=1, place="").state)

    assert (state(26.9 * 3600), state(-1)) == ("STALE", "ERROR")
    assert lab.capability("backup.status").ok is False


def test_7_a_drift_gate_that_says_something_about_backups(lab: Bench) -> None:
    rows = {row.name: row for row in lab.capability("backup.drift").rows}
    assert rows["VM 205"].text == "vm-205-observability is enabled, and no enabled job names the VM"
    assert rows["VM 205"].ok is False


def test_8_the_vmid_line_of_another_section_and_a_backup_in_etc_pve(tmp_path: Path) -> None:
    other = (
        "vzdump: weekly\n\tschedule sat 05:00\n\tenabled 0\n\tstorage tank-backups\n\tvmid 900\n\n"
    )
    with bench(tmp_path / "work") as lab:
        lab.edit("pve", JOBS, lambda text: text.rstrip("\n") + "\n\n" + other)
        hosts_yaml = lab.root / "runbooks/hosts.yaml"
        named = "dump_storage: tank-backups\n    vzdump_job: backup-nightly"
        hosts_yaml.write_text(hosts_yaml.read_text().replace("dump_storage: tank-backups", named))
        lab.run("P0")
        listed = lab.send("pve", "ls", "-1", "/etc/pve")
        assert lab.run("P1").result is Result.CHANGED
        after = sectioncfg.parse(lab.read("pve", JOBS))
        assert after.sections["weekly"].get("vmid") == "900"
        assert after.sections["backup-nightly"].get("vmid") == "200,201,202,203,204,205,206"
        assert lab.send("pve", "ls", "-1", "/etc/pve") == listed


def test_9_thresholds_that_the_document_and_the_inventory_state_differently() -> None:
    inv = inventory_file.parse(INVENTORY, "i")
    raw = (ROOT / DOCUMENT).read_bytes()
    jobs = vzdump_jobs.jobs_of(sectioncfg.parse("vzdump: a\n\tvmid 200,202,203,204,205,206\n"))
    guests = {v: Guest(v, "x", True, False, 0) for v in (200, 202, 203, 204, 205, 206)}

    def classes(document: bytes, inventory: object) -> dict[str, str]:
        rows = drift.compare(jobs, guests, inventory, drift.claims_of(document, DOCUMENT))
        return {
            row.name: row.text for row in rows if row.state == "DIFFERS" and "class" in row.name
        }

    assert classes(raw, inv) == {}
    other = raw.replace(b"| important | 48h |", b"| important | 26h |")
    assert classes(other, inv) == {"class important": "the document says 26h, the inventory 48h"}
    demoted = inventory_file.parse(
        INVENTORY.replace(
            b"enabled: true\n    class: critical", b"enabled: true\n    class: important"
        ),
        "i",
    )
    assert "204" in classes(raw, demoted)["class critical"]


def test_a_dump_that_lies_by_its_file_time_is_an_error(lab: Bench) -> None:
    yesterday = datetime(2026, 2, 8, 2, 0)
    name = f"vzdump-qemu-203-{yesterday:%Y_%m_%d-%H_%M_%S}.vma.zst"
    targets = module("backup_targets")
    entry = Entry("f", 100, 1_790_000_000.0, f"{DUMPS}/{name}")
    copy = targets.copy_of(entry, ZoneInfo("America/Adak"))
    verdict = judge_freshness(
        [copy], now=1_790_000_060, limit=timedelta(days=900), min_bytes=1, place=""
    )
    assert verdict.state == "ERROR"
    assert "its name and its file time" in verdict.text
