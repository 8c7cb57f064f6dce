"""docs/library.md: every example is run, in order, in one workspace, and prints what it says."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from loopkit.lab import control
from tests.commands.desk import Desk

pytest.importorskip("asyncssh", reason="the lab extra is not installed")

PAGE = Path(__file__).resolve().parent.parent / "docs" / "library.md"
EXAMPLE = re.compile(
    r"^```python\n(.*?)^```\n(?:\n```text\n(.*?)^```\n)?", re.DOTALL | re.MULTILINE
)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk.fresh(tmp_path)
    desk.loop("lab", "up")
    try:
        yield desk
    finally:
        control.down(desk.root / ".loopkit" / "lab")


def run(desk: Desk, example: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", example],
        cwd=desk.root,
        env={"HOME": str(desk.root.parent / "home"), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr


def test_every_example_of_the_page_prints_what_the_page_says(desk: Desk) -> None:
    examples = EXAMPLE.findall(PAGE.read_text())
    assert len(examples) == PAGE.read_text().count("```python")
    assert [run(desk, example) for example, _ in examples] == [said for _, said in examples]
