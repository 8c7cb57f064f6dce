"""Plays the demo on a terminal: each command as it would be typed, and what it prints."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from rich.text import Text

from loopkit.commands.demo import ACTS, NEXT, Act, make_workspace
from loopkit.commands.records import Message
from loopkit.errors import Failed
from loopkit.ui.pieces import console

Main = Callable[[list[str]], int]


def play(folder: Path, main: Main) -> Message:
    """Makes the workspace, plays every act in it, and says how to go on.

    Raises:
        Failed: an act ended otherwise than it should; the workspace stays to be looked at.
    """
    make_workspace(folder)
    before = Path.cwd()
    os.chdir(folder)
    try:
        for act in ACTS:
            _play(act, main)
    finally:
        os.chdir(before)
    lines = ("", "Everything is there to play with:", f"  cd {shlex.quote(str(folder))}")
    return Message("demo", (*lines, *(f"  {command}" for command in NEXT)))


def _play(act: Act, main: Main) -> None:
    out = console()
    if act.why:
        out.print(Text(f"\n# {act.why}", style="cyan"))
    out.print(Text(f"$ {act.program} {shlex.join(act.argv)}", style="bold"))
    sys.stdout.flush()
    if act.program == "loop":
        code = main([*act.argv])
    else:
        code = subprocess.run(["git", "--no-pager", *act.argv], check=False).returncode
    if code != act.exit_code:
        raise Failed(
            f"`{act.program} {shlex.join(act.argv)}` ended with {code}",
            where=str(Path.cwd()),
            why=f"the demo expects {act.exit_code} here",
            help=f"loop -C {shlex.quote(str(Path.cwd()))} list",
        )
