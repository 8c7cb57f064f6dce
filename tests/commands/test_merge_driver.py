"""Two branches of one loop, merged by real git with the driver installed as its help says."""

from __future__ import annotations

import sys
from itertools import combinations
from pathlib import Path

import pytest

from loopkit.commands.lab.demo import DOCUMENT
from tests.commands.desk import Desk

LOOP = "LOOP-BACKUP-STABILIZATION"
PAIRS = list(combinations(("P0", "P1", "P2", "P3", "P4", "P5"), 2))


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    desk = Desk.fresh(tmp_path_factory.mktemp("merge"))
    lines = desk.loop("merge-driver").out.splitlines()
    assert lines[0].startswith("git config merge.loop.driver ")
    # The line as printed, with this test's interpreter for the installed command.
    driver = f"{sys.executable} -m loopkit.ui.cli merge-driver %O %A %B %P"
    desk.git("config", "merge.loop.driver", driver)
    (desk.root / ".gitattributes").write_text("loops/*.md merge=loop\n")
    desk.git("add", ".gitattributes")
    desk.git("commit", "-q", "-m", "Merge loops by their meaning")
    return desk


def finish(desk: Desk, branch: str, phase: str, note: str = "") -> None:
    desk.git("checkout", "-q", "-b", branch, "main")
    desk.loop("mark", LOOP, phase, "done", "--note", note, "--commit")
    section = f"\n## {phase} — Evidence (2026-02-09)\n\n- seen on {branch}\n"
    text = desk.document.read_text()
    at = text.rindex("\n---\n")
    desk.document.write_text(text[:at] + section + text[at:])
    desk.git("commit", "-q", "-am", f"{phase} evidence")


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_two_finished_phases_merge_and_mean_both(desk: Desk, one: str, other: str) -> None:
    a, b = f"{one}-with-{other}", f"{other}-with-{one}"
    finish(desk, a, one)
    finish(desk, b, other)
    desk.git("merge", "-q", "--no-edit", a)
    phases = desk.loop("show", LOOP, "--json").json["phases"]
    done = {p["id"] for p in phases if p["status"] == "done"}
    assert done == {one, other}
    text = desk.document.read_text()
    assert text.count(f"seen on {a}") == 1
    assert text.count(f"seen on {b}") == 1
    assert "<<<<<<<" not in text
    checked = desk.loop("check", "--evidence", DOCUMENT, "--json", code=None).json
    codes = [f["code"] for file in checked["files"] for f in file["findings"]]
    assert not [code for code in codes if code.startswith("evidence")]


def test_two_claims_about_one_phase_conflict(desk: Desk, tmp_path: Path) -> None:
    finish(desk, "claims-a", "P1", "by one")
    desk.git("checkout", "-q", "-b", "claims-b", "main")
    desk.loop("mark", LOOP, "P1", "failed", "--note", "by another", "--commit")
    said = desk._run(["git", "merge", "--no-edit", "claims-a"], {})
    assert said.returncode == 1
    assert "<<<<<<<" in desk.document.read_text()
    desk.git("merge", "--abort")
