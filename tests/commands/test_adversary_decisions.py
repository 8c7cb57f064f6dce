"""Decisions that were taken back, reworded, outdated; commits that could never be made."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.commands.test_adversary_runbooks import LOOP, cells, p0, workspace

MANUAL = LOOP.replace("| Look | None |", "| Look | Physical visit |")


def test_a_plan_that_was_rejected_does_not_run_with_yes(tmp_path: Path) -> None:
    desk = workspace(tmp_path, p0())
    plan = desk.loop("plan", "X", "--json").json["phases"][0]["hash"]
    desk.loop("reject", "X", "P0", "--plan", plan, "--reason", "not before Monday")
    said = desk.loop("advance", "X", "--phase", "P0", "-y", code=2)
    assert "not before Monday" in said.err
    assert not (desk.root / "flag").exists()
    desk.loop("approve", "X", "P0", "--plan", plan, "--reason", "it is Monday")
    desk.loop("advance", "X", "--phase", "P0", "-y")
    assert cells(desk)["P0"] == "done"


def test_an_old_receipt_is_not_applied_over_what_was_said_since(tmp_path: Path) -> None:
    desk = workspace(tmp_path, p0())
    ran = desk.loop("advance", "X", "--phase", "P0", "-y", "--json").json["ran"][0]
    desk.loop("reopen", "X", "P0", "--reason", "it was undone by hand")
    said = desk.loop("apply", ran["receipt"], code=2)
    assert "not the last word" in said.err
    assert cells(desk)["P0"] == "pending"


def test_an_approval_answers_the_gate_that_was_read_and_no_other(tmp_path: Path) -> None:
    desk = workspace(tmp_path, p0(), MANUAL)
    desk.loop("approve", "X", "P1", "--reason", "I was there")
    assert desk.loop("why", "X", "P1", "--json").json["phases"][0]["gates"][0]["verdict"] == "met"
    document = desk.root / "loops" / "LOOP-X.md"
    document.write_text(MANUAL.replace("Physical visit", "Physical visit + Sign-off by the board"))
    gates = desk.loop("why", "X", "P1", "--json").json["phases"][0]["gates"]
    assert [gate["verdict"] for gate in gates] == ["met", "not_met"]


def test_an_approval_without_a_gate_answers_each_that_stands_there(tmp_path: Path) -> None:
    both = MANUAL.replace("Physical visit", "Physical visit + Sign-off by the board")
    desk = workspace(tmp_path, p0(), both)
    desk.git("init", "-q")
    desk.git("config", "user.name", "ada")
    desk.git("config", "user.email", "ada@localhost")
    desk.loop("approve", "X", "P1", "--reason", "both", "--commit")
    gates = desk.loop("why", "X", "P1", "--json").json["phases"][0]["gates"]
    assert [gate["verdict"] for gate in gates] == ["met", "met"]
    assert len(desk.git("ls-files", "loops/receipts").splitlines()) == 2


def test_the_last_word_on_a_gate_is_the_last_one_given_whatever_the_clock_says(
    tmp_path: Path,
) -> None:
    desk = workspace(tmp_path, p0(), MANUAL)
    (desk.root / "loopkit.toml").write_text('zone = "UTC"\nlab = ".loopkit/lab"\n')
    lab = desk.root / ".loopkit" / "lab"
    lab.mkdir(parents=True)
    (lab / "clock").write_text("86400")
    desk.loop("approve", "X", "P1", "--reason", "yes")
    (lab / "clock").write_text("0")
    desk.loop("reject", "X", "P1", "--reason", "no, wait")
    gate = desk.loop("why", "X", "P1", "--json").json["phases"][0]["gates"][0]
    assert gate["verdict"] == "not_met"


@pytest.mark.parametrize("trouble", ["no repository", "nobody", "ignored", "merging"])
def test_a_commit_that_cannot_be_made_is_refused_before_anything_runs(
    tmp_path: Path, trouble: str
) -> None:
    desk = workspace(tmp_path, p0())
    if trouble != "no repository":
        desk.git("init", "-q", "-b", "main")
        desk.git("config", "user.useConfigOnly", "true")
    if trouble in ("ignored", "merging"):
        desk.git("config", "user.name", "ada")
        desk.git("config", "user.email", "ada@localhost")
    if trouble == "ignored":
        (desk.root / ".gitignore").write_text("receipts/\n")
    if trouble == "merging":
        desk.git("commit", "-q", "--allow-empty", "-m", "one")
        desk.git("branch", "other")
        desk.git("commit", "-q", "--allow-empty", "-m", "two")
        desk.git("checkout", "-q", "other")
        desk.git("commit", "-q", "--allow-empty", "-m", "three")
        desk.git("merge", "-q", "--no-commit", "--no-ff", "main")
    before = (desk.root / "loops" / "LOOP-X.md").read_bytes()
    said = desk.loop("advance", "X", "--phase", "P0", "-y", "--commit", code=2)
    assert "--commit" in said.err
    assert not (desk.root / "flag").exists()
    assert (desk.root / "loops" / "LOOP-X.md").read_bytes() == before
    assert not list(desk.root.rglob("*.json"))


def test_a_damaged_receipt_of_another_loop_leaves_its_gate_unknown(tmp_path: Path) -> None:
    gated = LOOP.replace("| Look | None |", "| Look | LOOP-Y reaches P0 |")
    desk = workspace(tmp_path, p0(), gated)
    other = LOOP.replace("LOOP-X", "LOOP-Y").replace("pending", "done")
    (desk.root / "loops" / "LOOP-Y.md").write_text(other)
    receipts = desk.root / "loops" / "receipts" / "LOOP-Y-20260101"
    receipts.mkdir(parents=True)

    def verdict() -> str:
        gates = desk.loop("why", "X", "P1", "--json").json["phases"][0]["gates"]
        return str(gates[0]["verdict"])

    assert verdict() == "met"
    (receipts / "20260101T000000Z-P0-0badc0de.json").write_text("{ half of it")
    assert verdict() == "unknown"
    assert "0badc0de" in desk.loop("why", "X", "P1").out
    assert "is ready" not in desk.loop("advance", "X", "--phase", "P1", "-y", code=2).out
