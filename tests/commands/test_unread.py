"""What was not read is counted, shown and refused: nothing is closed on half a reading."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.commands.desk import Desk

HEAD = "# LOOP-X-20260101\n\n> **Status:** open\n\n"
PLAN = HEAD + (
    "## Phases\n\n| Phase | Scope | Status |\n|---|---|---|\n"
    "| P0 | Look | done |\n| P1 | Do | done |\n| P2 | Check | done |\n"
)
LOST_ROW = PLAN + "\n| P3 | Tell people | pending |\n"
BOXES = PLAN + "\n## Left over\n\n- [ ] order the cable\n"
WAITS = HEAD + (
    "## Phase 1: Look\n\nStatus: done\n\n## Phase 2: Do\n\nStatus: pending\n\nDepends on Phase 9.\n"
)
TORN = PLAN.replace(
    "| P2 | Check | done |\n",
    "<<<<<<< ours\n| P2 | Check | done |\n=======\n| P2 | Check | pending |\n>>>>>>> theirs\n",
)
TWICE = PLAN + "| P1 | Do it again | pending |\n"
INVENTORY = PLAN + "\n## Hosts\n\n| VM | Name | Status |\n|---|---|---|\n| 200 | web | running |\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "loops").mkdir()
    (tmp_path / "loopkit.toml").write_text('zone = "UTC"\n')
    (tmp_path / "home").mkdir()
    return tmp_path


def desk_with(root: Path, text: str, name: str = "x.md") -> Desk:
    (root / "loops" / name).write_text(text)
    return Desk(root)


def untouched(desk: Desk, text: str) -> bool:
    return (desk.root / "loops/x.md").read_text() == text and not list(
        desk.root.rglob("receipts/**/*.json")
    )


def test_what_was_not_read_is_counted_beside_the_phases(root: Path) -> None:
    desk = desk_with(root, LOST_ROW)
    assert "3/3 +1 unread" in desk.loop("list").out
    row = desk.loop("list", "--json").json["loops"][0]
    assert (row["done"], row["total"], row["unread"]) == (3, 3, 1)
    assert "3 of 3 done, 1 unread" in desk.loop("show", "X").out


def test_show_says_which_line_was_not_read_and_why(root: Path) -> None:
    desk = desk_with(root, LOST_ROW)
    out = desk.loop("show", "X").out
    assert out.count("loops/x.md:13") == 1
    assert "| P3 | Tell people | pending |" in out
    unread = desk.loop("show", "X", "--json").json["unread"]
    assert [(u["line"], u["kind"], u["text"]) for u in unread] == [
        (13, "unread", "| P3 | Tell people | pending |")
    ]
    assert unread[0]["why"]


@pytest.mark.parametrize(
    ("text", "place"),
    [(LOST_ROW, 13), (BOXES, 15), (TORN, 11)],
    ids=["row", "boxes", "torn"],
)
def test_a_loop_is_not_closed_while_something_of_it_was_not_read(
    root: Path, text: str, place: int
) -> None:
    desk = desk_with(root, text)
    said = desk.loop("close", "X", code=2)
    assert f"loops/x.md:{place}" in said.err
    assert untouched(desk, text)
    help = next(line for line in said.err.splitlines() if line.startswith("  try"))
    assert help.split()[1:] == ["loop", "check", "loops/x.md"]
    assert f"loops/x.md:{place}:" in desk.loop(*help.split()[2:], code=1).out


def test_the_command_that_helps_names_the_document_from_where_one_stands(root: Path) -> None:
    desk_with(root, BOXES)
    here = Desk(root / "loops")
    said = here.loop("close", "X", code=2)
    assert "loop check x.md" in said.err
    assert "unread-section" in here.loop("check", "x.md", code=1).out


def test_a_table_that_says_how_things_are_holds_nothing_up(root: Path) -> None:
    desk = desk_with(root, INVENTORY)
    assert "unread-section" in desk.loop("check", "loops/x.md", "-v").out
    assert "unread" not in desk.loop("list").out
    desk.loop("close", "X")


@pytest.mark.parametrize("status", ["pending", "in progress", "blocked"])
def test_a_table_with_work_that_is_not_done_holds_the_closing(root: Path, status: str) -> None:
    desk = desk_with(root, INVENTORY.replace("running", status))
    desk.loop("check", "loops/x.md", code=1)
    assert "loops/x.md:15" in desk.loop("close", "X", code=2).err


def test_a_dependency_that_names_nothing_is_an_error_and_unread(root: Path) -> None:
    desk = desk_with(root, WAITS)
    assert "unread-dependency" in desk.loop("check", "loops/x.md", code=1).out
    assert "+1 unread" in desk.loop("list").out


def test_a_document_that_looks_like_a_plan_and_has_no_phases_is_an_error(root: Path) -> None:
    text = HEAD + "## Phases\n\n<table><tr><td>Phase 1</td><td>done</td></tr></table>\n"
    desk = desk_with(root, text)
    out = desk.loop("check", "loops/x.md", code=1).out
    assert "no-phases" in out


MOVES = (
    ("mark", "X", "P1", "pending"),
    ("reopen", "X", "P1", "--reason", "again"),
    ("advance", "X", "-y"),
    ("advance", "X", "--phase", "P1", "-y"),
)


@pytest.mark.parametrize("typed", MOVES, ids=" ".join)
def test_nothing_is_marked_or_run_between_the_marks_of_a_conflict(
    root: Path, typed: tuple[str, ...]
) -> None:
    desk = desk_with(root, TORN)
    said = desk.loop(*typed, code=2)
    assert "loops/x.md:11" in said.err
    assert untouched(desk, TORN)


@pytest.mark.parametrize("typed", MOVES, ids=" ".join)
def test_an_id_that_stands_twice_is_refused_and_both_lines_are_named(
    root: Path, typed: tuple[str, ...]
) -> None:
    desk = desk_with(root, TWICE)
    said = desk.loop(*typed, code=2)
    assert "10" in said.err
    assert "12" in said.err
    assert untouched(desk, TWICE)


def test_a_loop_itself_is_not_marked_while_a_merge_is_not_settled(root: Path) -> None:
    desk = desk_with(root, TORN)
    desk.loop("mark", "X", "--status", "closed", code=2)
    assert untouched(desk, TORN)


def test_a_phase_whose_id_stands_once_may_be_marked_beside_one_that_stands_twice(
    root: Path,
) -> None:
    desk = desk_with(root, TWICE)
    desk.loop("mark", "X", "P2", "pending")
    assert "| P2 | Check | pending |" in (root / "loops/x.md").read_text()


OTHER = (
    "# LOOP-Y-20260101\n\n> **Status:** open\n\n## Phases\n\n"
    "| Phase | Scope | Dependency | Status |\n|---|---|---|---|\n| P0 | Go | {} | pending |\n"
)


@pytest.mark.parametrize(
    ("text", "gate", "verdict"),
    [
        (PLAN.replace("open", "closed"), "LOOP-X", "met"),
        (LOST_ROW.replace("open", "closed"), "LOOP-X", "unknown"),
        (LOST_ROW, "LOOP-X reaches P3", "unknown"),
        (PLAN, "LOOP-X reaches P2", "met"),
        (TORN, "LOOP-X reaches P1+", "unknown"),
    ],
)
def test_a_gate_that_rests_on_what_was_not_read_is_unknown(
    root: Path, text: str, gate: str, verdict: str
) -> None:
    desk_with(root, text)
    desk = desk_with(root, OTHER.format(gate), "y.md")
    gates = desk.loop("why", "Y", "P0", "--json").json["phases"][0]["gates"]
    assert [g["verdict"] for g in gates] == [verdict]


def test_an_order_of_work_with_an_unread_phase_in_it_is_not_known(root: Path) -> None:
    text = PLAN.replace("| P2 | Check | done |", "| | Tell people | |\n| P2 | Check | pending |")
    desk = desk_with(root, text)
    assert "+1 unread" in desk.loop("list").out
    gates = desk.loop("why", "X", "P2", "--json").json["phases"][0]["gates"]
    assert [(g["kind"], g["verdict"]) for g in gates] == [("order", "unknown")]
    desk.loop("approve", "X", "P2", "--reason", "the row is a remark")
    gates = desk.loop("why", "X", "P2", "--json").json["phases"][0]["gates"]
    assert [(g["kind"], g["verdict"]) for g in gates] == [("order", "met")]


def unrelated(chance: random.Random) -> str:
    """Returns a document that is no plan: a table of RFCs, a changelog, a page with boxes."""
    n = chance.randint(1, 9000)
    return chance.choice(
        (
            f"# RFCs\n\n| RFC | Title | Status |\n|---|---|---|\n| RFC {n} | URLs | Standard |\n",
            f"# Changelog\n\n## [1.{n}.0] - 2025-02-03\n\n### Added\n\n- caches (#{n})\n",
            f"# tool{n}\n\n## Features\n\n- [x] quick\n- [ ] small\n\n## Install\n\n1. Clone it.\n",
        )
    )


def test_what_is_no_plan_is_a_count_at_the_end_of_the_list(root: Path) -> None:
    chance = random.Random(7)
    for number in range(500):
        (root / "loops" / f"page-{number:03}.md").write_text(unrelated(chance))
    desk = desk_with(root, PLAN)
    for typed in ((), ("list",)):
        lines = desk.loop(*typed).out.splitlines()
        assert len(lines) == 2
        assert "LOOP-X" in lines[0]
        assert lines[1].startswith("500 documents are no plans")
    said = desk.loop("list", "--json").json
    assert (len(said["loops"]), said["no_plans"]["count"]) == (1, 500)
    assert said["no_plans"]["paths"][0] == "loops/page-000.md"
    assert len(said["no_plans"]["paths"]) == 500
