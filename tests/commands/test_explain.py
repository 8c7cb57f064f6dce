"""`loop check --explain`: an author sees who owns each line of a document."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
from pathlib import Path

import pytest

from tests.commands.desk import Desk
from tests.commands.test_unread import BOXES, PLAN, TORN, desk_with

TEXT = (
    PLAN
    + "\nSome prose.\n\n| P3 | Tell people | pending |\n"
    + "\n## Success Criteria\n\n- it answers\n\n## Non-Goals\n\n- no new hosts\n"
)
MARGIN = 24
"""The columns before the text of a line."""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "loops").mkdir()
    (tmp_path / "loopkit.toml").write_text('zone = "UTC"\n')
    (tmp_path / "home").mkdir()
    return tmp_path


def explained(desk: Desk, code: int = 0) -> list[str]:
    """Returns the lines of the account that a command printed, without its findings."""
    lines = desk.loop("check", "--explain", "loops/x.md", code=code).out.splitlines()
    count = (desk.root / "loops/x.md").read_text().count("\n")
    return lines[:count]


def test_each_line_of_a_document_stands_beside_who_owns_it(root: Path) -> None:
    lines = explained(desk_with(root, TEXT), code=1)
    owners = {int(line[:5]): line[5 : MARGIN - 2].strip() for line in lines}
    assert owners[3] == "header"
    assert owners[9] == "phase P0"
    assert owners[13] == "prose"
    assert owners[15] == "unread"
    assert owners[19] == "criterion"
    assert owners[23] == "non-goal"
    assert owners[2] == ""


def test_the_document_is_printed_whole_and_no_line_of_it_is_broken(root: Path) -> None:
    long = "A sentence of many words. " * 20
    text = TEXT.replace("Some prose.", long.strip())
    lines = explained(desk_with(root, text), code=1)
    assert [line[MARGIN:] for line in lines] == [x.rstrip() for x in text.splitlines()]


def test_why_a_line_was_not_read_stands_below(root: Path) -> None:
    out = desk_with(root, BOXES).loop("check", "--explain", "loops/x.md", code=1).out
    assert "loops/x.md:15:1 unread-section" in out
    assert out.splitlines()[-1].startswith("1 document: 1 error")


def test_both_sides_of_a_conflict_are_unread(root: Path) -> None:
    lines = explained(desk_with(root, TORN), code=1)
    assert [line[5 : MARGIN - 2].strip() for line in lines[10:15]] == ["unread"] * 5


def test_a_program_gets_the_same_as_lines(root: Path) -> None:
    desk = desk_with(root, TEXT)
    file = desk.loop("check", "--explain", "loops/x.md", "--json", code=1).json["files"][0]
    assert file["lines"][8] == {
        "line": 9,
        "owner": "phase",
        "of": "P0",
        "text": "| P0 | Look | done |",
    }
    assert file["lines"][1] == {"line": 2, "owner": None, "of": None, "text": ""}
    plain = desk.loop("check", "loops/x.md", "--json", code=1).json["files"][0]
    assert plain["lines"] is None


def test_nothing_in_a_document_moves_the_cursor(root: Path) -> None:
    evil = "\x1b[2J\u202eabc\x9b31m\ttab"
    desk = desk_with(root, TEXT.replace("Some prose.", evil))
    out = desk.loop("check", "--explain", "loops/x.md", code=1).out
    assert not [c for c in out if c in "\x1b\x9b\u202e\t"]
    assert "\\x1b[2J\\u202eabc\\x9b31m" in out


def test_it_takes_one_document_and_says_so(root: Path) -> None:
    desk = desk_with(root, TEXT)
    assert "--explain" in desk.loop("check", "--explain", code=2).err
    assert "--explain" in desk.loop("check", "--explain", "loops", code=2).err


def test_on_a_terminal_of_eighty_columns_a_line_is_still_one(root: Path) -> None:
    long = "word " * 60 + "end"
    desk_with(root, TEXT.replace("Some prose.", long))
    master, slave = pty.openpty()
    env = {"HOME": str(root / "home"), "PATH": os.environ["PATH"], "TERM": "dumb", "COLUMNS": "80"}
    argv = [sys.executable, "-m", "loopkit.ui.cli", "check", "--explain", "loops/x.md"]
    run = subprocess.Popen(argv, cwd=root, env=env, stdout=slave, stdin=slave, stderr=slave)
    os.close(slave)
    shown = b""
    while True:
        select.select([master], [], [])
        try:
            part = os.read(master, 65536)
        except OSError:  # Linux says so when the last writer has gone
            break
        if not part:
            break
        shown += part
    run.wait()
    os.close(master)
    assert long in shown.decode()
