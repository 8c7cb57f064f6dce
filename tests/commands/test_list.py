"""Listing and showing loops, in a workspace and without one."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from loopkit.commands.lab.demo import DOCUMENT
from tests.commands.desk import Desk


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk.fresh(tmp_path)


def test_a_bare_loop_lists_what_is_open_with_what_may_run(desk: Desk) -> None:
    rows = {row["id"]: row for row in desk.loop("--json").json["loops"]}
    backup = rows["LOOP-BACKUP-STABILIZATION-20260208"]
    assert backup["next"] == ["P0"]
    assert (backup["done"], backup["total"]) == (0, 6)


def test_any_unique_part_of_an_id_finds_a_loop(desk: Desk) -> None:
    for name in ("backup", "LOOP-BACKUP-STABILIZATION", "stabilization-20260208", DOCUMENT):
        assert desk.loop("show", name, "--json").json["id"] == "LOOP-BACKUP-STABILIZATION-20260208"


def test_an_ambiguous_name_lists_its_candidates(desk: Desk) -> None:
    said = desk.loop("show", "20260208", "--json", code=2)
    assert said.out == ""
    assert "LOOP-MEDIA-STACK-SPLIT-20260208" in said.err


def test_a_document_is_shown_without_any_workspace(desk: Desk, tmp_path: Path) -> None:
    alone = tmp_path / "alone"
    alone.mkdir()
    shutil.copy(desk.document, alone / "some.md")
    done = subprocess.run(
        [sys.executable, "-m", "loopkit.ui.cli", "show", "some.md", "--json"],
        cwd=alone,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert '"LOOP-BACKUP-STABILIZATION-20260208"' in done.stdout
    assert [p.name for p in alone.iterdir()] == ["some.md"]


ALONE = """\
# LOOP-X-20260101

> **Status:** open

## Phases

| Phase | Scope | Status |
|---|---|---|
| P0 | Look | **DONE** |
| P1 | Do | unknown (outcome lost) |
"""

BY_HAND = {
    "mark some.md P1 done": "| P1 | Do | **DONE** |",
    "skip some.md P1 --reason no": "| P1 | Do | **SKIPPED** (no) |",
    "reopen some.md P0 --reason no": "| P0 | Look | PENDING |",
    "resolve some.md P1 --as done --reason seen": "| P1 | Do | **DONE** |",
}


@pytest.mark.parametrize("typed", BY_HAND)
def test_a_status_is_stated_without_any_workspace_and_leaves_nothing_else(
    tmp_path: Path, typed: str
) -> None:
    (tmp_path / "some.md").write_text(ALONE)
    said = Desk(tmp_path).loop(*typed.split())
    assert said.code == 0
    assert BY_HAND[typed] in (tmp_path / "some.md").read_text()
    assert [p.name for p in tmp_path.iterdir()] == ["some.md"]


def test_a_loop_is_closed_without_any_workspace_and_leaves_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "some.md").write_text(ALONE.replace("unknown (outcome lost)", "**DONE**"))
    Desk(tmp_path).loop("close", "some.md")
    assert "> **Status:** closed" in (tmp_path / "some.md").read_text()
    assert [p.name for p in tmp_path.iterdir()] == ["some.md"]


@pytest.mark.parametrize(
    ("word", "written"),
    [("done", "Erledigt"), ("in-progress", "In Arbeit"), ("parked", "Parked"), ("60%", "60%")],
)
def test_a_mark_speaks_the_documents_language_and_keeps_a_word_of_ones_own(
    tmp_path: Path, word: str, written: str
) -> None:
    alone = tmp_path / "plan.md"
    alone.write_text(
        "# Umzug\n\n> **Status:** offen\n\n## Phases\n\n"
        "| Phase | Titel | Status |\n|---|---|---|\n| P0 | Kisten | Erledigt |\n"
        "| P1 | Wagen | Offen |\n"
    )
    argv = [sys.executable, "-m", "loopkit.ui.cli", "mark", "plan.md", "P1", word]
    done = subprocess.run(argv, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert f"| P1 | Wagen | {written} |" in alone.read_text()


def test_invalid_utf8_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "bad.md").write_bytes(b"# LOOP-X\n\n\xff\n")
    argv = [sys.executable, "-m", "loopkit.ui.cli", "show", "bad.md", "--json"]
    done = subprocess.run(argv, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert "bad.md:3" in done.stderr


def test_words_in_the_header_hold_every_phase_until_a_person_says_so(desk: Desk) -> None:
    text = desk.media.read_text()
    assert "> **Blocked By:** none" in text
    held = text.replace("> **Blocked By:** none", "> **Blocked By:** window not booked")
    desk.media.write_text(held)
    why = desk.loop("why", "MEDIA", "P2", "--json").json["phases"][0]
    assert ("manual", "not_met") in [(g["kind"], g["verdict"]) for g in why["gates"]]
    desk.loop("approve", "MEDIA", "P2", "--gate", "window not booked", "--reason", "booked")
    why = desk.loop("why", "MEDIA", "P2", "--json").json["phases"][0]
    assert ("manual", "met") in [(g["kind"], g["verdict"]) for g in why["gates"]]
