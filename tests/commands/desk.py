"""A workspace as an operator has it: its folder, the lab, and the command typed in it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from loopkit.commands.lab.demo import DOCUMENT, make_workspace

SHARED = Path(__file__).resolve().parents[3] / "shared"
MEDIA = "loops/LOOP-MEDIA-STACK-SPLIT-20260208.md"


@dataclass(frozen=True)
class Said:
    """What a command came to."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass(frozen=True)
class Desk:
    """A workspace, with `HOME` empty and nobody to ask."""

    root: Path

    @classmethod
    def fresh(cls, folder: Path) -> Desk:
        make_workspace(folder / "work")
        (folder / "home").mkdir()
        return cls(folder / "work")

    @property
    def document(self) -> Path:
        return self.root / DOCUMENT

    @property
    def media(self) -> Path:
        return self.root / MEDIA

    def loop(self, *argv: str, code: int | None = 0, **env: str) -> Said:
        done = self._run([sys.executable, "-m", "loopkit.ui.cli", *argv], env)
        said = Said(done.returncode, done.stdout, done.stderr)
        assert code is None or said.code == code, f"{said.code}\n{said.out}\n{said.err}"
        return said

    def git(self, *argv: str) -> str:
        done = self._run(["git", "--no-pager", *argv], {})
        assert done.returncode == 0, done.stderr
        return done.stdout

    def files(self) -> dict[str, bytes]:
        """Returns every file that git would keep, by path."""
        names = self.git("ls-files", "-z", "--cached", "--others", "--exclude-standard")
        found = (self.root / name for name in names.split("\0") if name)
        return {str(p): p.read_bytes() for p in found if p.is_file()}

    def _run(self, argv: list[str], env: dict[str, str]) -> subprocess.CompletedProcess[str]:
        kept = {k: os.environ[k] for k in ("PATH", "LANG", "TMPDIR") if k in os.environ}
        home = {"HOME": str(self.root.parent / "home"), "LOOP_NO_INPUT": "1", **kept, **env}
        return subprocess.run(
            argv, cwd=self.root, env=home, capture_output=True, text=True, check=False
        )


def verdicts(said: Said, phase: str) -> dict[str, str]:
    """Returns the verdict on each item of a phase, by its key, from `loop why --json`."""
    found = next(p for p in said.json["phases"] if p["id"] == phase)
    return {item["key"]: item["gates"][0]["verdict"] for item in found["items"]}
