"""Every `loop …` command that runbooks and their library suggest is one that the parser takes."""

from __future__ import annotations

import ast
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from loopkit.runbook import PhaseStatus
from tests.runbooks.bench import LOOP, bench
from tests.runbooks.books import ROOT

SOURCES = sorted(
    path
    for folder in ("runbooks", "loopkit/facts", "loopkit/operations")
    for path in (ROOT / folder).rglob("*.py")
)


def texts(path: Path) -> Iterator[tuple[int, str]]:
    """Returns the texts of a file with their lines; a value that is filled in becomes one word."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    inside = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr)
              for part in node.values}  # fmt: skip
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            if id(node) not in inside:
                yield node.lineno, node.value
        elif isinstance(node, ast.JoinedStr):
            parts = [p.value if isinstance(p, ast.Constant) else "VALUE" for p in node.values]
            yield node.lineno, "".join(map(str, parts))


COMMANDS = {
    f"{path.relative_to(ROOT)}:{line}": text
    for path in SOURCES
    for line, text in texts(path)
    if text.startswith("loop ")
}


@pytest.mark.parametrize("place", COMMANDS)
def test_a_suggested_command_is_understood_when_it_is_pasted(place: str, tmp_path: Path) -> None:
    words = shlex.split(COMMANDS[place])
    # Where there is no workspace, whatever is understood ends there, and nothing is done.
    argv = [sys.executable, "-m", "loopkit.ui.cli", *words[1:]]
    done = subprocess.run(argv, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "usage:" not in done.stderr
    assert "there is no workspace here" in done.stderr


def test_what_is_suggested_for_a_job_file_that_someone_changed_takes_the_audit_up_again(
    tmp_path: Path,
) -> None:
    with bench(tmp_path / "work") as lab:

        def loop(*words: str) -> str:
            argv = [sys.executable, "-m", "loopkit.ui.cli", *words]
            done = subprocess.run(argv, cwd=lab.root, capture_output=True, text=True, check=False)
            return done.stdout + done.stderr

        loop("advance", "BACKUP", "--phase", "P0", "--yes")
        lab.edit("pve", "/etc/pve/jobs.cfg", lambda text: text.replace("200,201,", "201,"))
        said = loop("advance", "BACKUP", "--phase", "P1", "--yes")
        assert "is not as the last phase left it" in said
        (command,) = re.findall(r"^  loop (reopen .*)$", said, re.MULTILINE)
        loop(*shlex.split(command))
        assert lab.workspace.load(LOOP).loop.require_phase("P0").status is PhaseStatus.PENDING


def test_the_commands_are_found() -> None:
    assert len(COMMANDS) >= 4
    assert any(text.startswith("loop reopen ") for text in COMMANDS.values())
