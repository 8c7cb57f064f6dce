"""Plays the demo on a terminal: each command as it would be typed, and what it prints."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from shutil import which

from rich.text import Text

from loopkit.commands.lab.demo import NEXT, Act, acts, beginning, dated, make_workspace
from loopkit.commands.results import Message
from loopkit.effects.workspace import find_workspace
from loopkit.errors import Failed
from loopkit.ui.text.pieces import console

Main = Callable[[list[str]], int]


def play(folder: Path, main: Main, begin: str = "") -> Message:
    """Makes the workspace, plays every act in it, and says how to go on.

    The lab begins at the moment `begin`, by its own clock; without one, where every lab does.

    Raises:
        UsageError: `begin` is no moment.
        Failed: an act ended otherwise than it should; the workspace stays to be looked at.
    """
    moment = beginning(begin)
    make_workspace(folder, moment)
    before = Path.cwd()
    os.chdir(folder)
    try:
        for act in acts(moment):
            _play(act, main)
    finally:
        os.chdir(before)
    lines = ("", "Everything is there to play with:", *_on_the_path())
    commands = (f"cd {shlex.quote(str(folder))}", *NEXT)
    return Message("demo", (*lines, *(f"  {command}" for command in commands)))


def _on_the_path() -> tuple[str, ...]:
    """Returns what makes `loop` a command of this shell, where it is none yet."""
    activate = Path(sys.prefix) / "bin" / "activate"
    if which("loop") or not activate.is_file():
        return ()
    return (f"  . {shlex.quote(str(activate))}",)


def _play(act: Act, main: Main) -> None:
    out = console()
    if act.why:
        out.print(Text(f"\n# {act.why}", style="cyan"))
    out.print(Text(f"$ {act.program} {shlex.join(act.argv)}", style="bold"))
    sys.stdout.flush()
    code = main([*act.argv]) if act.program == "loop" else _git(act.argv)
    if code != act.exit_code:
        raise Failed(
            f"`{act.program} {shlex.join(act.argv)}` ended with {code}",
            where=str(Path.cwd()),
            why=f"the demo expects {act.exit_code} here",
            help=f"loop -C {shlex.quote(str(Path.cwd()))} list",
        )


def _git(argv: tuple[str, ...]) -> int:
    """Runs git; what it commits is dated by the lab's clock, as loopkit's own commits are."""
    now = find_workspace(Path.cwd()).now()
    command = ["git", "--no-pager", *argv]
    return subprocess.run(command, check=False, env=dated(now)).returncode
