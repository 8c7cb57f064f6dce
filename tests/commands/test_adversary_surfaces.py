"""Terminals that are closed, full, gone or not UTF-8, and what is typed on them."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.commands.desk import Desk
from tests.commands.test_adversary_runbooks import LOOP, cells, p0, workspace

DOCUMENT = LOOP.replace("Flip", "Flïp — ✓ 漢")


def shell(desk: Desk, command: str, **env: str) -> subprocess.CompletedProcess[bytes]:
    """Runs a line of bash in the workspace; `loop` is the command."""
    home = {"HOME": str(desk.root.parent / "home"), "PATH": os.environ["PATH"], **env}
    line = f'loop() {{ {sys.executable} -m loopkit.ui.cli "$@"; }}; {command}'
    return subprocess.run(
        ["bash", "-c", line], cwd=desk.root, env=home, capture_output=True, check=False
    )


def add_title(desk: Desk, title: str) -> None:
    path = desk.root / "loops" / "LOOP-X.md"
    path.write_text(path.read_text().replace("Flip", title))


@pytest.mark.parametrize("command", ["list", "show X", "show X --json", "check"])
def test_a_reader_that_goes_is_no_failure(tmp_path: Path, command: str) -> None:
    desk = workspace(tmp_path, p0())
    said = shell(desk, f"loop {command} | true; exit ${{PIPESTATUS[0]}}")
    assert (said.returncode, said.stderr) == (0, b"")


@pytest.mark.parametrize(
    "way", ["2>&1 | true", "2>/dev/full", ">&- 2>&-", "2> >(true)", "2>&1 | head -1"]
)
def test_a_run_goes_to_its_end_though_nobody_reads_of_it(tmp_path: Path, way: str) -> None:
    desk = workspace(tmp_path, p0())
    said = shell(desk, f"loop advance X --phase P0 -y {way}; exit ${{PIPESTATUS[0]}}")
    assert said.returncode == 0
    assert cells(desk)["P0"] == "done"
    assert not list(desk.root.rglob("*.jsonl"))


def test_an_output_that_does_not_fit_on_the_disk_is_said(tmp_path: Path) -> None:
    desk = workspace(tmp_path, p0())
    for command in ("list", "list --json"):
        said = shell(desk, f"loop {command} >/dev/full")
        assert said.returncode == 1
        assert b"No space left" in said.stderr
        assert b"Traceback" not in said.stderr


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
@pytest.mark.parametrize("command", ["list", "show X", "why X", "plan X", "advance X -y", "check"])
def test_a_terminal_that_is_not_utf_8_gets_escapes(
    tmp_path: Path, command: str, encoding: str
) -> None:
    desk = workspace(tmp_path, p0(), DOCUMENT)
    env = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    said = shell(desk, f"loop {command}", PYTHONIOENCODING=encoding, **env)
    assert (said.returncode, b"Traceback" in said.stderr) == (0, False)
    shown = said.stdout.decode(encoding)
    assert "Fl" not in shown or {"ascii": r"Fl\xefp"}.get(encoding, "Flïp") in shown


def test_a_reason_in_utf_8_is_kept_whole_in_any_locale(tmp_path: Path) -> None:
    desk = workspace(tmp_path, p0())
    env = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    assert shell(desk, "loop skip X P1 --reason 'später — 漢'", **env).returncode == 0
    (receipt,) = (desk.root / "loops" / "receipts").rglob("*.json")
    assert json.loads(receipt.read_text())["reason"] == "später — 漢"


@pytest.mark.parametrize("reason", ["''", "' '", r"$'\xff'"])
def test_a_reason_that_says_nothing_or_is_no_text_is_refused(tmp_path: Path, reason: str) -> None:
    desk = workspace(tmp_path, p0())
    said = shell(desk, f"loop skip X P1 --reason {reason}")
    assert said.returncode == 2
    assert cells(desk)["P1"] == "pending"


def test_what_is_typed_wrong_reaches_no_terminal_raw(tmp_path: Path) -> None:
    desk = workspace(tmp_path, p0())
    for command in ("list $'\\e]0;x\\a'", "show $'\\e[31m'", "$'\\e[31m'"):
        said = shell(desk, f"loop {command}")
        assert said.returncode == 2
        assert b"\x1b" not in said.stdout + said.stderr


def test_nothing_new_is_writable_by_the_world(tmp_path: Path) -> None:
    desk = workspace(tmp_path, p0())
    (desk.root / "loops" / "LOOP-X.md").chmod(0o600)
    said = shell(desk, "umask 000; loop advance X --phase P0 -y && loop skip X P1 --reason no")
    assert said.returncode == 0, said.stderr
    found = [p for p in desk.root.rglob("*") if p.lstat().st_mode & stat.S_IWOTH]
    assert found == []
    assert stat.S_IMODE((desk.root / "loops" / "LOOP-X.md").stat().st_mode) == 0o600


def test_one_line_of_a_commit_holds_one_line(tmp_path: Path) -> None:
    desk = workspace(tmp_path, p0())
    shell(desk, "git init -q; git config user.name a; git config user.email a@b")
    said = shell(desk, "loop skip X P1 --commit --reason $'one\\ntwo\\e[31m'")
    assert said.returncode == 0, said.stderr
    subject = shell(desk, "git log --format=%s").stdout
    assert subject == b"LOOP-X-20260101: P1 skipped: one two [31m\n"
