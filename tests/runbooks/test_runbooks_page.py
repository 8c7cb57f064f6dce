"""docs/runbooks.md, followed as a new user would: its files saved, its commands typed."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

from tests.runbooks.bench import bench
from tests.runbooks.books import ROOT

PAGE = (ROOT / "docs/runbooks.md").read_text(encoding="utf-8")


def block(language: str) -> str:
    found = re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    assert len(found) == 1, f"{len(found)} blocks of {language}"
    return str(found[0])


def typed(line: str, root: Path) -> subprocess.CompletedProcess[str]:
    words = shlex.split(line)
    argv = [sys.executable, "-m", "loopkit.ui.cli", *words[1:]] if words[0] == "loop" else words
    home = {"HOME": str(root), "LOOP_NO_INPUT": "1", "PATH": os.environ["PATH"]}
    return subprocess.run(argv, cwd=root, env=home, capture_output=True, text=True, check=False)


def test_a_new_users_first_runbook_runs_to_its_closing(tmp_path: Path) -> None:
    with bench(tmp_path / "work") as lab:
        document = lab.root / "loops/LOOP-DISK-REPORT-20260301.md"
        document.write_text(block("markdown"), encoding="utf-8")
        (lab.root / "runbooks/disk_report.py").write_text(block("python"), encoding="utf-8")
        for line in block("console").splitlines():
            done = typed(line.removeprefix("$ "), lab.root)
            assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"
        assert "| P1 | Install the nightly report | P0 | done |" in document.read_text()
        assert "> **Status:** closed" in document.read_text()
        assert "/usr/bin/df -h /" in lab.read("infra-core", "/etc/cron.d/disk-report")
        check = typed("loop check loops/LOOP-DISK-REPORT-20260301.md", lab.root)
        assert check.returncode == 0, check.stdout
        lab.fault("infra-core", "down")
        assert typed("loop verify DISK-REPORT", lab.root).returncode == 4


def test_every_module_that_the_page_names_is_there() -> None:
    names = re.findall(r"`(pve\.\w+)`", PAGE)
    assert len(names) > 5
    for name in names:
        assert (ROOT / "runbooks" / f"{name.replace('.', '/')}.py").is_file(), name
