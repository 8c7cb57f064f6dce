"""Advancing the shipped loop on the built-in lab, with hosts that fail and come back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from loopkit.lab import control
from tests.commands.desk import Desk

pytest.importorskip("asyncssh", reason="the lab extra is not installed")

LOOP = "LOOP-BACKUP-STABILIZATION"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk.fresh(tmp_path)
    desk.loop("lab", "up")
    try:
        yield desk
    finally:
        control.down(desk.root / ".loopkit" / "lab")


def states(desk: Desk) -> dict[str, str]:
    return {p["id"]: p["status"] for p in desk.loop("show", LOOP, "--json").json["phases"]}


def test_p0_writes_its_evidence_and_changes_no_host(desk: Desk) -> None:
    said = desk.loop("advance", LOOP, "--phase", "P0", "--json").json
    assert [ran["result"] for ran in said["ran"]] == ["ok"]
    assert states(desk)["P0"] == "done"
    assert (desk.root / said["ran"][0]["receipt"]).is_file()


def test_a_phase_that_changes_hosts_is_not_run_unless_someone_allows_it(desk: Desk) -> None:
    desk.loop("advance", LOOP)
    before = desk.files()
    said = desk.loop("advance", LOOP, "--json").json
    assert said["ran"] == []
    assert said["declined"]
    assert desk.files() == before
    assert desk.loop("advance", LOOP, "--detailed-exitcode", code=9).code == 9


def test_a_dead_nas_leaves_p3_standing_and_p4_undone(desk: Desk) -> None:
    desk.loop("advance", LOOP, "--phase", "P0")
    desk.loop("advance", LOOP, "--phase", "P1", "-y")
    desk.loop("advance", LOOP, "--phase", "P3", "-y")
    desk.loop("lab", "fault", "nas", "down")
    said = desk.loop("advance", LOOP, "--phase", "P4", "-y", code=4)
    assert "nas" in said.out
    assert states(desk)["P3"] == "done"
    assert states(desk)["P4"] not in ("done", "pending")
    desk.loop("lab", "heal", "nas")
    healed = desk.loop("advance", LOOP, "-y", "--json").json
    assert [ran["phase"] for ran in healed["ran"]] == ["P4"]
    while states(desk)["P4"] == "in_progress":  # the first sync is a job of its own
        desk.loop("advance", LOOP, "-y")
    assert states(desk)["P4"] == "done"


def test_a_second_advance_writes_nothing_and_says_what_it_waits_for(desk: Desk) -> None:
    desk.loop("advance", LOOP, "--to-the-end", "-y")
    while states(desk)["P4"] == "in_progress":
        desk.loop("advance", LOOP, "-y")
    before = desk.files()
    said = desk.loop("advance", LOOP, "-y")
    assert "wait 24h" in said.out
    assert "Nothing was run, nothing was written." in said.out
    assert desk.files() == before


def test_a_phase_marked_by_hand_is_recorded_as_such(desk: Desk) -> None:
    desk.loop("--as", "ada", "mark", LOOP, "P0", "done", "--note", "seen on paper")
    entry = desk.loop("log", LOOP, "--json").json["entries"][-1]
    assert (entry["kind"], entry["who"], entry["phase"]) == ("mark", "ada", "P0")


def test_closing_is_refused_while_a_phase_is_open(desk: Desk) -> None:
    before = desk.files()
    said = desk.loop("close", LOOP, code=2)
    assert "P0" in said.err
    assert ".md:" in said.err
    assert desk.files() == before


def test_a_host_that_is_not_the_one_that_is_meant_is_never_changed(desk: Desk) -> None:
    desk.loop("advance", LOOP)
    hosts = desk.root / "runbooks" / "hosts.yaml"
    text = hosts.read_text()
    hosts.write_text(text.replace("identity: {hostname: pve}", "identity: {hostname: pve2}"))
    jobs = desk.root / ".loopkit" / "lab" / "hosts" / "pve" / "etc" / "pve" / "jobs.cfg"
    before = jobs.read_bytes()
    said = desk.loop("advance", LOOP, "-y", code=1)
    assert "its hostname is 'pve', and hosts.yaml says 'pve2'" in said.out
    assert jobs.read_bytes() == before
