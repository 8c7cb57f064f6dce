"""P0 to P5 on the built-in lab, in the state that the real loop found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pytest

from loopkit.loop.outcome import CellUpdate, PhaseOutcome, Result
from loopkit.runbook import Report
from tests.runbooks.bench import LOOP, Bench, bench, results, trouble
from tests.runbooks.books import ROOT

ITEMS = ("207 (AI)", "209 (download-stack)", "210 (streaming-stack)")
GOOD = (Result.OK, Result.CHANGED)
SEED = ROOT.parent / f"shared/seed/{LOOP}.md"
INVENTORY = "runbooks/backup.inventory.yaml"


@dataclass(frozen=True)
class Story:
    """What came of each phase, run in order on one lab: the first time, and once more."""

    first: Mapping[str, PhaseOutcome]
    again: Mapping[str, PhaseOutcome]
    stood: Mapping[str, bool]
    """Whether hosts and inventory were the same before and after each second run."""
    jobs_cfg: str
    inventory: str
    states: Mapping[str, str]
    too_early: PhaseOutcome
    closeout: PhaseOutcome
    closeout_changed_nothing: bool
    drift: Report
    on_the_seed: PhaseOutcome | None
    """P5 with the document that the project was asked for in place of ours."""


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with bench(tmp_path_factory.mktemp("phases") / "work") as made:
        yield made


@pytest.fixture(scope="module")
def story(lab: Bench) -> Story:
    steps = {"P0": None, "P1": None, "P2": ITEMS[0], "P3": None, "P4": None}
    first: dict[str, PhaseOutcome] = {}
    again: dict[str, PhaseOutcome] = {}
    stood: dict[str, bool] = {}
    untouched = trees(lab)
    for phase, item in steps.items():
        first[phase] = to_the_end(lab, phase, item)
        stood["audit"] = stood.get("audit", trees(lab) == untouched)
        before = trees(lab)
        again[phase] = lab.run(phase, item)
        stood[phase] = trees(lab) == before
    jobs_cfg, inventory = lab.read("pve", "/etc/pve/jobs.cfg"), read_inventory(lab)
    too_early, states = lab.run("P5"), lab.states("backup.status")
    for item in ITEMS[1:]:
        lab.run("P2", item)
    lab.clock(25)
    before = trees(lab)
    closeout = lab.run("P5")
    return Story(
        first, again, stood, jobs_cfg, inventory, states, too_early, closeout,
        trees(lab) == before, lab.capability("backup.drift"), closeout_of_the_seed(lab),
    )  # fmt: skip


def closeout_of_the_seed(lab: Bench) -> PhaseOutcome | None:
    ours = lab.root / f"loops/{LOOP}.md"
    kept = ours.read_bytes()
    if not SEED.is_file():
        return None
    ours.write_bytes(SEED.read_bytes())
    try:
        return lab.run("P5")
    finally:
        ours.write_bytes(kept)


def to_the_end(lab: Bench, phase: str, item: str | None) -> PhaseOutcome:
    """Runs a phase until it waits no more: its long job ends by itself."""
    for _ in range(20):
        outcome = lab.run(phase, item)
        if outcome.result is not Result.WAITING:
            return outcome
    raise AssertionError(f"{phase} still waits")


def trees(lab: Bench) -> dict[str, str]:
    return {**lab.trees(), "workspace": read_inventory(lab)}


def read_inventory(lab: Bench) -> str:
    return (lab.root / INVENTORY).read_text(encoding="utf-8")


def updates(outcome: PhaseOutcome) -> set[CellUpdate]:
    return {update for step in outcome.steps for update in step.updates}


def test_the_audit_records_what_stands_and_changes_nothing(story: Story) -> None:
    facts = {k: v for step in story.first["P0"].steps for k, v in step.facts.items()}
    assert story.first["P0"].result is Result.OK
    assert facts["vmids"] == [200, 201, 202, 203, 204]
    assert facts["retention"] == "keep-all=1"
    assert facts["schedule"]["zone"] == "America/Adak"
    assert "does not exist" in facts["seen"]["vm-200-docker-host-offsite"]
    assert story.stood["audit"]


def test_205_and_206_join_the_job_and_nothing_leaves_it(story: Story) -> None:
    outcome = story.first["P1"]
    assert results(outcome)["205 and 206 in the vzdump job"] is Result.CHANGED
    assert "vmid 200,201,202,203,204,205,206,207\n" in story.jobs_cfg
    wanted = {CellUpdate("vzdump Job Coverage", v, "In vzdump?", "YES") for v in ("205", "206")}
    assert updates(outcome) == wanted


def test_a_gated_vm_joins_the_job_and_its_target_is_enabled(story: Story) -> None:
    assert story.first["P2"].result is Result.CHANGED
    assert "enabled: true  # when LOOP-AI-CONSOLIDATION has reached P1\n" in story.inventory
    for held in ("LOOP-MEDIA-STACK-SPLIT has reached P2", "LOOP-MEDIA-STACK-SPLIT has reached P3"):
        assert f"enabled: false  # when {held}\n" in story.inventory


def test_applications_get_dumps_that_are_proved_and_restored(story: Story) -> None:
    restored = next(s for s in story.first["P3"].steps if "scratch database" in s.name)
    assert int(restored.facts["restored"]["secrets"]) > 0
    assert story.states["app-infisical"] == story.states["app-vaultwarden"] == "OK"


def test_mint_postgres_is_left_to_a_person(story: Story) -> None:
    step = next(s for s in story.first["P3"].steps if s.name == "mint-postgres evaluated")
    assert step.result is Result.OK
    assert "decision pending: a person" in step.seen


def test_the_offsite_sync_copies_what_is_stable_and_proves_it(story: Story) -> None:
    assert story.first["P4"].result is Result.CHANGED
    assert story.states["vm-200-docker-host-offsite"] == "OK"
    assert story.states["vm-204-infra-core-offsite"] == "OK"
    assert "vm-207-ai-consolidation-offsite" not in story.states


@pytest.mark.parametrize("phase", ["P0", "P1", "P2", "P3", "P4"])
def test_a_second_run_changes_nothing_on_any_host(story: Story, phase: str) -> None:
    assert set(results(story.again[phase]).values()) == {Result.OK}
    assert story.stood[phase]


def test_before_the_first_night_nothing_is_called_verified(story: Story) -> None:
    assert story.too_early.result is Result.FAILED
    assert "MISSING" in trouble(story.too_early).seen


def test_after_a_night_of_every_mechanism_all_is_verified(story: Story) -> None:
    # These runs do not write the document, so only its own table can still be wrong.
    bad = [s.name for s in story.closeout.steps if s.result not in GOOD]
    assert bad == ["D19 drift gate"]
    assert updates(story.closeout) == set()
    assert story.closeout_changed_nothing


def test_the_drift_gate_names_the_line_that_the_document_is_wrong_in(story: Story) -> None:
    rows = {row.name: row for row in story.drift.rows}
    assert rows["VM 205"].state == "DIFFERS"
    assert "line 29 of the document says NO" in rows["VM 205"].text
    assert rows["VM 201"].state == "EXTRA"


def test_the_seed_is_verified_though_its_table_says_how_it_was(story: Story) -> None:
    if story.on_the_seed is None:
        pytest.skip(f"{SEED} is not there")
    assert set(results(story.on_the_seed).values()) == {Result.OK}


def test_an_unreachable_nas_is_unknown_and_never_missing(lab: Bench, story: Story) -> None:
    lab.fault("nas", "down")
    try:
        report = lab.capability("backup.status")
    finally:
        lab.heal("nas")
    states = {row.name: row.state for row in report.rows}
    assert {states[n] for n in states if n.startswith("app-") or n.endswith("offsite")} == {
        "UNKNOWN"
    }
    assert report.ok is None


def test_an_unmounted_volume_is_found_by_name_and_nothing_is_written_below_it(
    lab: Bench, story: Story
) -> None:
    lab.fault("nas", "unmount", "/volume1")
    try:
        report, outcome = lab.capability("backup.status"), lab.run("P3")
    finally:
        lab.heal("nas")
    seen = {row.name: row for row in report.rows}["app-infisical"]
    assert seen.state == "ERROR"
    assert "/volume1 of nas is not mounted" in seen.text
    assert "not mounted" in trouble(outcome).seen + trouble(outcome).reason
    assert Result.CHANGED not in results(outcome).values()
