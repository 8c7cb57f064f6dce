"""The demo, from its first command to its closing, and what its history says."""

from __future__ import annotations

import re
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from loopkit.commands.lab.demo import DOCUMENT
from loopkit.lab import control
from loopkit.lab.world import BEGINS
from tests.commands.desk import Desk

pytest.importorskip("asyncssh", reason="the lab extra is not installed")

DATE = re.compile(r"\b20\d\d-\d\d-\d\d\b")


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Desk, str]:
    folder = tmp_path_factory.mktemp("demo")
    (folder / "home").mkdir()
    desk = Desk(folder / "work")
    said = subprocess.run(
        [sys.executable, "-m", "loopkit.ui.cli", "demo", "work"],
        cwd=folder,
        env={"HOME": str(folder / "home"), "PATH": "/usr/bin:/bin"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    control.down(desk.root / ".loopkit" / "lab")
    assert said.returncode == 0, said.stdout[-3000:] + said.stderr[-3000:]
    return desk, said.stdout


def changed(desk: Desk, commit: str) -> list[str]:
    """Returns the lines of the document that a commit took and gave."""
    diff = desk.git("show", "--format=", "-U0", commit, "--", DOCUMENT)
    lines = diff.split("\n")
    return [x for x in lines if x[:1] in ("+", "-") and not x.startswith(("+++", "---"))]


def test_closing_changes_only_what_a_person_would(demo: tuple[Desk, str]) -> None:
    lines = changed(demo[0], "HEAD")
    gone = [line for line in lines if line.startswith("-")]
    assert [g[1:10] for g in gone] == ["> **Statu", "| P5 | Ve"]
    came = [line[1:] for line in lines if line.startswith("+")]
    assert "> **Status:** closed" in came
    assert sum(bool(re.fullmatch(r"> \*\*Closed:\*\* \d{4}-\d\d-\d\d", x)) for x in came) == 1
    assert sum(bool(re.fullmatch(r"_Closed: \d{4}-\d\d-\d\d_", x)) for x in came) == 1
    row = next(x for x in came if x.startswith("| P5 |"))
    assert row.endswith("| done |")
    headings = [x for x in came if x.startswith("## ")]
    assert len(headings) == 1
    assert re.fullmatch(r"## P5 — Closeout Evidence \(\d{4}-\d\d-\d\d\)", headings[0])
    start = came.index(headings[0])
    outside = {
        "> **Status:** closed",
        row,
        *(x for x in came if "Closed:" in x),
    }
    assert outside == {x for x in came[:start] if x} | {came[-1]}


def test_every_phase_is_done_and_the_loop_is_closed(demo: tuple[Desk, str]) -> None:
    loop = demo[0].loop("show", "BACKUP", "--json").json
    assert loop["status"] == "closed"
    assert {p["id"]: p["status"] for p in loop["phases"]} == dict.fromkeys(
        ("P0", "P1", "P2", "P3", "P4", "P5"), "done"
    )


def test_the_evidence_says_that_it_comes_from_a_lab_and_holds(demo: tuple[Desk, str]) -> None:
    assert "lab" in demo[0].document.read_text().split("Closeout Evidence")[1].casefold()
    demo[0].loop("check", "--evidence", DOCUMENT)
    assert {entry["lab"] for entry in demo[0].loop("log", "BACKUP", "--json").json["entries"]} == {
        "built-in"
    }


def test_the_working_tree_is_clean_in_the_end(demo: tuple[Desk, str]) -> None:
    assert demo[0].git("status", "--porcelain") == ""


def test_it_showed_why_p2_held_and_what_p5_waited_for(demo: tuple[Desk, str]) -> None:
    out = demo[1]
    assert "1 of 3" in out
    assert "wait 24h" in out
    assert out.index("1 of 3") < out.index("lab clock")


def test_whatever_it_dates_is_dated_by_the_labs_clock(demo: tuple[Desk, str]) -> None:
    desk, out = demo
    days = {str(BEGINS.date() + timedelta(days=n)) for n in range(-2, 4)}
    stamps = [datetime.fromisoformat(x) for x in desk.git("log", "--format=%aI%n%cI").split()]
    assert min(stamps) == BEGINS
    assert {str(stamp.date()) for stamp in stamps} <= days
    receipts = [p.read_text() for p in (desk.root / "loops/receipts").rglob("*") if p.is_file()]
    assert receipts
    dated = {found for text in (out, *receipts) for found in DATE.findall(text)}
    assert dated <= days


def test_a_demo_that_cannot_begin_then_leaves_no_folder_behind(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "loopkit.ui.cli", "-C", str(tmp_path), "demo", "--begin"]
    for moment, why in (("2026-02-09T10:30", "zone"), ("1970-01-01T00:00Z", "between")):
        said = subprocess.run([*command, moment], capture_output=True, text=True, check=False)
        assert said.returncode == 2
        assert why in said.stderr
        assert list(tmp_path.iterdir()) == []
