"""`loop demo`: a workspace of its own, and the acts that take its loop from opening to closing."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from loopkit.commands.times import instant
from loopkit.errors import Refused, SettingsError
from loopkit.lab.control import check_beginning, check_extra
from loopkit.lab.world import BEGINS, is_dumping

LOOP = "LOOP-BACKUP-STABILIZATION"
DOCUMENT = "loops/LOOP-BACKUP-STABILIZATION-20260208.md"
MEDIA = "LOOP-MEDIA-STACK-SPLIT"
_HOUR = timedelta(hours=1)

SETTINGS = """\
# A workspace of loopkit; docs/real-hosts.md says what changes for real hosts.
lab = ".loopkit/lab"
zone = "America/New_York"
"""


@dataclass(frozen=True, slots=True)
class Act:
    """One thing that the demo does: why, and the words typed after `loop` or `git`."""

    why: str
    argv: tuple[str, ...]
    program: str = "loop"
    exit_code: int = 0


def _loop(why: str, *argv: str) -> Act:
    return Act(why, argv)


def _git(why: str, *argv: str) -> Act:
    return Act(why, argv, program="git")


# A day of 25 hours, and an hour for what began in it.
_DAY = ("lab", "clock", "26h")


def _pass(why: str) -> Act:
    return Act(why, _DAY)


_ACTS = (
    _loop("Three loops, one line each.", "list"),
    _loop("What would run now? No connection is opened.", "plan", LOOP),
    _loop(
        "Run what is ready, and on through what becomes ready.",
        "advance", LOOP, "--to-the-end", "--yes", "--commit",
    ),
    _loop(
        "P2 asks for a person: VMs are added as each is deployed.",
        "approve", LOOP, "P2", "--reason", "each VM is added once its loop got there", "--commit",
    ),
    _loop("Now P2 may go on, one VM at a time.",
          "advance", LOOP, "--to-the-end", "--yes", "--commit"),
    _loop("Why does P2 hold at 1 of 3?", "why", LOOP, "P2"),
    _loop("And P5? It waits for a night.", "why", LOOP, "P5"),
    _pass("A day goes by: cron and the backup job run in the lab."),
    _loop("The other loop gets on: its P2 …",
          "mark", MEDIA, "P2", "done", "--note", "played by the demo", "--commit"),
    _loop("… and its P3.",
          "mark", MEDIA, "P3", "done", "--note", "played by the demo", "--commit"),
    _loop("That opens VMs 209 and 210.",
          "advance", LOOP, "--phase", "P2", "--yes", "--commit"),
    _pass("They need a night of their own before anyone may call it done."),
    _loop("P5 checks everything, read-only.", "advance", LOOP),
    _loop("Every criterion is asked; then the loop closes.", "close", LOOP),
    _git("The reviewer's view of the last edit …", "diff", "--stat"),
    _git("… which is committed.", "add", "loops"),
    _git("", "commit", "-q", "-m", f"{LOOP}: P5 done, loop closed"),
    _git("The whole story, as git tells it.", "log", "-p", "--reverse", "--", DOCUMENT),
)  # fmt: skip

NEXT = (
    "loop log LOOP-BACKUP-STABILIZATION",
    f"loop check --evidence {DOCUMENT}",
    "loop cap run backup.status",
    "loop lab fault nas down",
    "loop verify LOOP-BACKUP-STABILIZATION",
    "loop lab down",
)


def beginning(text: str = "") -> datetime:
    """Returns the moment at which the demo's lab begins: the one that is named, or where all do.

    Raises:
        UsageError: no lab can begin there.
    """
    moment = instant(text) if text else BEGINS
    check_beginning(moment)
    return moment


def acts(begin: datetime) -> Iterator[Act]:
    """Yields what the demo does, in order, in a lab that begins at `begin`."""
    moment = () if begin == BEGINS else ("--begin", begin.isoformat())
    why = "Four hosts on loopback: pve, nas, infra-core, docker-host."
    yield _loop(why, "lab", "up", *moment)
    at = begin.astimezone(UTC)
    if is_dumping(at):
        yield _loop("pve makes its dumps now, and its job is left alone.", "lab", "clock", "1h")
        at += _HOUR
    for act in _ACTS:
        if act.argv == _DAY:
            hours = 27 if is_dumping(at + 26 * _HOUR) else 26
            at += hours * _HOUR
            act = replace(act, argv=(*_DAY[:2], f"{hours}h"))
        yield act


def make_workspace(folder: Path, begin: datetime = BEGINS) -> None:
    """Makes a workspace with git in a new folder: loops, runbooks, settings, one commit.

    The commit is dated `begin`, when the lab begins that all later ones are dated by.

    Raises:
        Refused: something stands there already.
        SettingsError: git, or the lab's extra, is not installed.
    """
    _check_needs()
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Refused(
            f"{folder} is not empty",
            why="the demo makes a workspace of its own and overwrites nothing",
            help=f"loop demo {folder.name}-2",
        )
    folder.mkdir(parents=True, exist_ok=True)
    source = template()
    for name in ("loops", "runbooks"):
        ignore = shutil.ignore_patterns("__pycache__", "*.pyc", "receipts")
        shutil.copytree(source / name, folder / name, ignore=ignore)
    (folder / "loopkit.toml").write_text(SETTINGS, encoding="utf-8")
    (folder / ".gitignore").write_text(".loopkit/\n__pycache__/\n", encoding="utf-8")
    for words in (
        ("init", "-q", "-b", "main"),
        ("config", "user.name", "loop demo"),
        ("config", "user.email", "demo@localhost"),
        ("config", "commit.gpgsign", "false"),
        ("add", "."),
        ("commit", "-q", "-m", "Open three loops"),
    ):
        subprocess.run(["git", *words], cwd=folder, check=True, env=dated(begin))


def dated(at: datetime) -> Mapping[str, str]:
    """Returns the environment in which git dates what it commits by a clock that is not its own."""
    when = at.isoformat()
    return {**os.environ, "GIT_AUTHOR_DATE": when, "GIT_COMMITTER_DATE": when}


def _check_needs() -> None:
    if shutil.which("git") is None:
        raise SettingsError(
            "the demo needs git, which is not installed",
            why="its workspace is a git repository, and the story is told by git log",
            help="sudo apt-get install git",
        )
    check_extra()


def template() -> Path:
    """Returns the folder with the shipped loops and runbooks: in a wheel, or in a checkout.

    Raises:
        SettingsError: this installation lacks them.
    """
    package = Path(__file__).parents[2]
    for folder in (package / "lab" / "workspace", package.parent):
        if (folder / "loops").is_dir() and (folder / "runbooks").is_dir():
            return folder
    raise SettingsError(
        "this installation has no loops and runbooks to show",
        where=str(package),
        help="pip install --force-reinstall 'loopkit[lab]'",
    )
