"""What a command costs: how often it parses, gathers, plans and reads the receipts of its loop."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from loopkit.lab import control
from tests.commands.desk import Desk
from tests.commands.test_adversary_runbooks import p0, workspace

pytest.importorskip("asyncssh", reason="the lab extra is not installed")

COUNTING = Path(__file__).parent / "counting.py"


def counted(desk: Desk, *argv: str) -> Counter[str]:
    """Runs a command that succeeds, and returns how often it did what."""
    report = desk.root.parent / "report.json"
    env = {"HOME": str(desk.root.parent / "home"), "PATH": os.environ["PATH"]}
    done = subprocess.run(
        [sys.executable, COUNTING, report, *argv],
        cwd=desk.root,
        env={**env, "LOOP_NO_INPUT": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return Counter(json.loads(report.read_text()))


def readings(desk: Desk, seen: Counter[str]) -> int:
    """Returns how often the receipts that stood before were read, or their folder listed."""
    of_receipts = [key for key in seen if str(desk.root / "loops" / "receipts") in key]
    assert of_receipts
    return max(seen[key] for key in of_receipts)


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk.fresh(tmp_path)
    desk.loop("lab", "up")
    try:
        yield desk
    finally:
        control.down(desk.root / ".loopkit" / "lab")


def test_an_advanced_phase_parses_each_document_once_and_each_edit_once(lab: Desk) -> None:
    lab.loop("mark", "BACKUP", "P5", "pending", "--note", "a receipt to read")
    for phase in ("P0", "P1"):  # P1 writes evidence and cells of a checklist as well
        seen = counted(lab, "advance", "BACKUP", "--phase", phase, "-y")
        assert seen["parse"] <= 6
        assert (seen["gather"], seen["make_plan"]) == (2, 2)  # before the run, and after
        assert readings(lab, seen) <= 2


def test_a_phase_that_waits_is_decided_once(lab: Desk) -> None:
    seen = counted(lab, "advance", "AI-CONSOLIDATION")
    assert (seen["gather"], seen["make_plan"]) == (1, 1)


def test_a_reading_verb_reads_each_document_once_and_gathers_once(tmp_path: Path) -> None:
    desk = Desk.fresh(tmp_path)
    for argv in (("why", "BACKUP"), ("list",), ("show", "BACKUP")):
        seen = counted(desk, *argv)
        assert seen["parse"] <= 3
        assert seen["gather"] <= 1
        documents = [f"open {path.resolve()}" for path in (desk.root / "loops").glob("LOOP-*.md")]
        assert {seen[document] for document in documents} == {1}


def test_a_status_set_by_hand_costs_one_reading_and_one_edit(tmp_path: Path) -> None:
    desk = workspace(tmp_path, p0())
    assert counted(desk, "mark", "X", "P1", "done", "--note", "seen on the host")["parse"] <= 3
    assert counted(desk, "mark", "X", "--status", "blocked")["parse"] <= 3


def test_a_document_that_someone_writes_during_a_run_is_read_again(tmp_path: Path) -> None:
    prose = "lambda c: (put(c), rewrite('## Phases', 'Some prose.\\n\\n## Phases'))"
    desk = workspace(tmp_path, p0(change=prose))
    seen = counted(desk, "advance", "X", "--phase", "P0", "-y")
    assert seen["parse"] == 4  # as it was, as someone left it, its cell, its evidence
    text = (desk.root / "loops" / "LOOP-X.md").read_text()
    assert "Some prose." in text
    assert "| P0 | Flip | None | done |" in text
