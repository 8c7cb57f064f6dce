"""What a person is told when something cannot be: what, where, why, and a command that helps."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.commands.desk import Desk

LOOP = "LOOP-BACKUP-STABILIZATION-20260208"
DOCUMENT = f"loops/{LOOP}.md"

PASTED = [
    ("resolve BACKUP P0 --as done --reason x", "P0 is pending, so it cannot be resolved"),
    ("reopen BACKUP P0 --reason x", "P0 is pending, so it cannot be reopened"),
    ("reopen BACKUP --reason x", f"{LOOP} is open, so it cannot be reopened"),
    ("close BACKUP", "P0, P1, P2, P3, P4, P5 not done"),
    ("mark BACKUP", "which phase, and what is it now?"),
    ("mark BACKUP P0 nonsense", "'nonsense' is no status of a phase"),
    ("mark BACKUP P0 done --at tomorrow", "'tomorrow' is not a time"),
    ("list --state nope", "'nope' is no state of a loop"),
    ("-C nowhere list", "nowhere is no folder"),
    ("show NOPE", "no loop is called 'NOPE'"),
    ("show BACKUP P9", "has no phase 'P9'"),
]


@pytest.mark.parametrize(("typed", "said"), PASTED, ids=[typed for typed, _ in PASTED])
def test_what_cannot_be_is_told_with_a_command_that_works(
    typed: str, said: str, tmp_path: Path
) -> None:
    desk = Desk.fresh(tmp_path)
    refused = desk.loop(*typed.split(), code=None)
    assert (refused.code, refused.out) == (2, "")
    assert said in refused.err
    helps = next(line for line in refused.err.splitlines() if line.startswith("  try   "))
    words = helps.removeprefix("  try   ").split()
    if words[0] == "loop":
        desk.loop(*words[1:])
    else:
        subprocess.run(words, check=True, capture_output=True)
    assert desk.git("status", "--porcelain") == ""


def test_a_wrong_file_is_opened_at_its_line_by_the_command_that_helps(tmp_path: Path) -> None:
    desk = Desk.fresh(tmp_path)
    (desk.root / DOCUMENT).write_bytes(b"# X\n\n> **Status:** open\xff\n")
    refused = desk.loop("show", DOCUMENT, code=2)
    assert refused.err.splitlines()[-1] == f"  try   ${{EDITOR:-vi}} +3 {DOCUMENT}"
    (desk.root / "loopkit.toml").write_text("lab = [\n")
    assert "${EDITOR:-vi} " in desk.loop("list", code=2).err


def test_hosts_of_a_lab_that_was_never_started_are_not_looked_for(tmp_path: Path) -> None:
    refused = Desk.fresh(tmp_path).loop("advance", "BACKUP", code=2)
    assert refused.err.splitlines()[-1] == "  try   loop lab up"


@pytest.mark.parametrize(
    ("phase", "why"), [("P0", "its plan is "), ("P1", "nothing of it could run now")]
)
def test_a_plan_that_nobody_made_cannot_be_approved(phase: str, why: str, tmp_path: Path) -> None:
    desk = Desk.fresh(tmp_path)
    (desk.root / "loopkit.toml").write_text('zone = "UTC"\n')
    refused = desk.loop("approve", "BACKUP", phase, "--reason", "x", "--plan", "abc", code=2)
    assert f"'abc' is no plan of {phase} now" in refused.err
    assert why in refused.err


def test_a_closed_loop_says_so_when_it_is_closed_again(tmp_path: Path) -> None:
    desk = Desk.fresh(tmp_path)
    desk.loop("mark", "BACKUP", "--status", "closed")
    assert f"{LOOP} is closed already" in desk.loop("close", "BACKUP", code=2).err


def test_one_document_is_counted_as_one(tmp_path: Path) -> None:
    desk = Desk.fresh(tmp_path)
    assert desk.loop("check", DOCUMENT).out.startswith("1 document: 0 errors, ")


def test_a_listing_says_what_a_loop_waits_for(tmp_path: Path) -> None:
    lines = Desk.fresh(tmp_path).loop("list").out.splitlines()
    assert "next P2  waits for P2; " in lines[0]


def test_a_workspace_without_runbooks_says_that_it_has_no_capabilities(tmp_path: Path) -> None:
    (tmp_path / "loops").mkdir()
    listed = Desk(tmp_path).loop("cap", "list")
    assert listed.out == "No capabilities here: no runbook offers one.\n"


def test_the_demo_says_what_it_lacks_before_it_makes_anything(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "loopkit.ui.cli", "demo", "show"]
    env = {"PATH": str(tmp_path), "HOME": str(tmp_path)}
    ran = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True)
    assert ran.returncode == 2
    assert "the demo needs git, which is not installed" in ran.stderr
    assert not (tmp_path / "show").exists()


def test_a_phase_that_may_not_run_says_what_it_waits_for(tmp_path: Path) -> None:
    desk = Desk.fresh(tmp_path)
    assert "P0 is not done" in desk.loop("advance", "BACKUP", "--phase", "P1", code=2).err
    refused = desk.loop("advance", "BACKUP", "--phase", "P2", "--item", "9", code=2)
    assert "it has no such item; it has 207 (AI), " in refused.err


def test_the_next_command_fits_a_loop_without_runbooks_and_one_that_is_closed(
    tmp_path: Path,
) -> None:
    desk = Desk.fresh(tmp_path)
    ready = desk.loop("advance", "AI-CONSOLIDATION").out.splitlines()
    assert "loop mark LOOP-AI-CONSOLIDATION-20260208 P2 done " in ready[-1]
    desk.loop("mark", "AI-CONSOLIDATION", "--status", "closed")
    closed = desk.loop("advance", "AI-CONSOLIDATION").out.splitlines()
    assert "loop log LOOP-AI-CONSOLIDATION-20260208 " in closed[-1]
    assert "the loop is closed" in desk.loop("plan", "AI-CONSOLIDATION").out
