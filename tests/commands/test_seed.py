"""The document that the project exists for, dropped into the workspace as it stands."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from pathlib import Path

import pytest

from loopkit.lab import control
from tests.commands.desk import SHARED, Desk

pytest.importorskip("asyncssh", reason="the lab extra is not installed")

LOOP = "LOOP-BACKUP-STABILIZATION"
MEDIA = "LOOP-MEDIA-STACK-SPLIT"
SEED = SHARED / "seed" / "LOOP-BACKUP-STABILIZATION-20260208.md"
CLOSED = SHARED / "corpus" / "edits" / "000" / "after.md"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    if not SEED.is_file():
        pytest.skip(f"{SEED} is not here")
    desk = Desk.fresh(tmp_path)
    desk.loop("lab", "up")
    try:
        yield desk
    finally:
        control.down(desk.root / ".loopkit" / "lab")


@pytest.fixture
def seed(desk: Desk) -> Desk:
    desk.document.write_bytes(SEED.read_bytes())
    return desk


def test_the_seed_waits_for_a_time_that_it_must_be_told(seed: Desk) -> None:
    before = seed.files()
    said = seed.loop("why", LOOP, "P5", "--json").json
    time = next(g for g in said["phases"][0]["gates"] if g["kind"] == "time")
    assert time["verdict"] == "unknown"
    assert "loop mark" in time["help"]
    assert "Nothing was run" in seed.loop("advance", LOOP, "-y").out
    assert seed.files() == before


def test_the_seed_counts_from_the_commit_that_last_changed_the_rows(seed: Desk) -> None:
    seed.git("add", "loops")
    seed.git("commit", "-q", "-m", "P3 and P4 done")
    said = seed.loop("why", LOOP, "P5", "--json").json
    time = next(g for g in said["phases"][0]["gates"] if g["kind"] == "time")
    assert time["verdict"] == "not_met"
    assert time["opens_at"]


def changes(before: str, after: str) -> list[str]:
    """Returns the lines that go and come, in order."""
    lines = difflib.ndiff(before.split("\n"), after.split("\n"))
    return [line for line in lines if line[0] in "+-"]


def test_after_the_wait_it_closes_by_the_lines_that_a_person_changed(desk: Desk) -> None:
    desk.loop("advance", LOOP, "--to-the-end", "-y")
    for phase in ("P2", "P3"):
        desk.loop("mark", MEDIA, phase, "done")
    desk.loop("approve", LOOP, "P2", "--reason", "each is deployed")
    desk.loop("advance", LOOP, "--to-the-end", "-y")
    desk.document.write_bytes(SEED.read_bytes())
    waiting = desk.loop("why", LOOP, "P5", "--json").json["phases"][0]
    assert [g["verdict"] for g in waiting["gates"]] == ["met", "met", "not_met"]
    assert "receipt" in next(g["seen"] for g in waiting["gates"] if g["kind"] == "time")
    desk.loop("lab", "clock", "49h")
    desk.loop("advance", LOOP)
    desk.loop("close", LOOP)
    ours = changes(SEED.read_text(), desk.document.read_text())
    person = [x for x in changes(SEED.read_text(), CLOSED.read_text()) if "Severity" not in x]
    assert [x for x in ours if x[0] == "-"] == [x for x in person if x[0] == "-"]
    assert shape(ours) == shape(person)


def shape(lines: list[str]) -> list[str]:
    """Returns the lines that came, days left out, evidence reduced to its heading."""
    came = [line[2:] for line in lines if line[0] == "+"]
    start = next(i for i, line in enumerate(came) if line.startswith("## P5"))
    heading = came[start].partition("(")[0]
    return [line.partition("20")[0] for line in (*came[:start], heading, came[-1])]
