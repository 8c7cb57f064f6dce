"""One function a verb: takes the parsed arguments, calls one command, returns its record."""

from __future__ import annotations

import os
import shlex
import sys
from argparse import Namespace
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from loopkit.errors import UsageError

if TYPE_CHECKING:
    from loopkit.commands.advance import Request
    from loopkit.commands.results import Record
    from loopkit.commands.writing import Actor
    from loopkit.effects.workspace import Workspace


def overview(args: Namespace) -> Record:
    """Lists the loops that are open."""
    from loopkit.commands.list import list_loops

    return list_loops(_workspace(args), open_only=True)


def list(args: Namespace) -> Record:
    """Lists every loop."""
    from loopkit.commands.list import list_loops

    return list_loops(_workspace(args), state=args.state)


def show(args: Namespace) -> Record:
    """Shows a loop as it was read."""
    from loopkit.commands.show import show_loop

    return show_loop(_workspace(args, args.loop), args.loop, args.phase)


def why(args: Namespace) -> Record:
    """Explains every gate."""
    from loopkit.commands.why import explain

    return explain(_workspace(args, args.loop), args.loop, args.phase)


def plan(args: Namespace) -> Record:
    """Shows what advance would do."""
    from loopkit.commands.plan import plan_loop

    return plan_loop(_workspace(args, args.loop), args.loop, look=args.probe)


def advance(args: Namespace) -> Record:
    """Runs what is ready."""
    if args.dry_run:
        args.probe = False
        return plan(args)
    from loopkit.commands.advance import advance as run
    from loopkit.ui.progress import progress

    workspace = _workspace(args, args.loop)
    with progress("quiet" in args or "json" in args, workspace.local_now) as live:
        return run(workspace, args.loop, _request(args, workspace), live.ask, live.event)


def approve(args: Namespace) -> Record:
    """Opens a manual gate."""
    return _decide(args, approved=True)


def reject(args: Namespace) -> Record:
    """Shuts a manual gate."""
    return _decide(args, approved=False)


def _decide(args: Namespace, approved: bool) -> Record:
    from loopkit.commands.approve import Decision, decide

    workspace = _workspace(args, args.loop)
    decision = Decision(
        phase=args.phase,
        approved=approved,
        reason=args.reason,
        item=args.item,
        gate=args.gate,
        plan_hash=args.plan,
        until=args.until,
    )
    return decide(workspace, args.loop, decision, _actor(args, workspace))


def resolve(args: Namespace) -> Record:
    """Says what an unknown outcome came to."""
    from loopkit.commands.resolve import resolve as run

    workspace = _workspace(args, args.loop)
    return run(
        workspace,
        args.loop,
        args.phase,
        args.item,
        args.resolution,
        args.reason,
        _actor(args, workspace),
    )


def mark(args: Namespace) -> Record:
    """States a status by hand."""
    from loopkit.commands.mark import mark_loop, mark_phase

    workspace = _workspace(args, args.loop)
    actor = _actor(args, workspace)
    if args.status:
        if args.phase:
            raise UsageError(
                "--status is for the loop itself",
                why="a phase's status follows its id",
                help="loop mark --help",
            )
        return mark_loop(workspace, args.loop, args.status, args.at, args.note, actor)
    if not (args.phase and args.value):
        raise UsageError(
            "which phase, and what is it now?",
            why=f"as in: loop mark {args.loop} P1 done --note TEXT",
            help=f"loop show {shlex.quote(args.loop)}",
        )
    return mark_phase(
        workspace, args.loop, args.phase, args.item, args.value, args.note, args.at, actor
    )


def skip(args: Namespace) -> Record:
    """Leaves a phase out."""
    from loopkit.commands.mark import skip as run

    workspace = _workspace(args, args.loop)
    return run(workspace, args.loop, args.phase, args.reason, _actor(args, workspace))


def reopen(args: Namespace) -> Record:
    """Takes a phase or a loop up again."""
    from loopkit.commands.mark import reopen as run

    workspace = _workspace(args, args.loop)
    return run(workspace, args.loop, args.phase, args.reason, _actor(args, workspace))


def verify(args: Namespace) -> Record:
    """Checks criteria and done phases again."""
    from loopkit.commands.verify import verify as run

    workspace = _workspace(args, args.loop)
    return run(workspace, args.loop, record=args.record, actor=_actor(args, workspace))


def close(args: Namespace) -> Record:
    """Closes a loop."""
    from loopkit.commands.close import close as run

    workspace = _workspace(args, args.loop)
    return run(
        workspace,
        args.loop,
        waive=tuple(args.waive),
        reason=args.reason,
        actor=_actor(args, workspace),
    )


def check(args: Namespace) -> Record:
    """Finds contradictions."""
    from loopkit.commands.check import check as run

    return run(_workspace(args, *args.paths), args.paths, fix=args.fix, evidence=args.evidence)


def log(args: Namespace) -> Record:
    """Lists every run."""
    from loopkit.commands.log import log as run

    return run(_workspace(args, args.loop), args.loop)


def cap_list(args: Namespace) -> Record:
    """Lists capabilities."""
    from loopkit.commands.cap import list_capabilities

    return list_capabilities(_workspace(args))


def cap_run(args: Namespace) -> Record:
    """Runs a capability."""
    from loopkit.commands.cap import run_capability

    return run_capability(_workspace(args), args.name, nagios=args.nagios)


def unlock(args: Namespace) -> Record:
    """Shows who holds a loop, and takes the lock away."""
    from loopkit.commands.unlock import unlock as run
    from loopkit.ui.progress import confirm

    return run(_workspace(args, args.loop), args.loop, confirm if _may_ask(args) else None)


def apply(args: Namespace) -> Record:
    """Writes what a receipt says."""
    from loopkit.commands.apply import apply as run

    workspace = _workspace(args)
    return run(workspace, args.receipt, _actor(args, workspace))


def merge_driver(args: Namespace) -> Record:
    """Merges two versions of a document."""
    from loopkit.commands.merge_driver import how_to_install, merge_files

    if not (args.base and args.ours and args.theirs):
        return how_to_install()
    return merge_files(Path(args.base), Path(args.ours), Path(args.theirs), args.path)


def lab_up(args: Namespace) -> Record:
    """Starts the lab."""
    from loopkit.commands import lab

    return lab.up(_workspace(args), args.begin)


def lab_down(args: Namespace) -> Record:
    """Stops the lab."""
    from loopkit.commands import lab

    return lab.down(_workspace(args))


def lab_status(args: Namespace) -> Record:
    """Says what runs."""
    from loopkit.commands import lab

    return lab.status(_workspace(args))


def lab_fault(args: Namespace) -> Record:
    """Breaks something."""
    from loopkit.commands import lab

    return lab.fault(_workspace(args), args.host, args.fault, args.arg)


def lab_heal(args: Namespace) -> Record:
    """Mends it again."""
    from loopkit.commands import lab

    return lab.heal(_workspace(args), args.host)


def lab_clock(args: Namespace) -> Record:
    """Moves the lab's clock on."""
    from loopkit.commands import lab

    return lab.clock(_workspace(args), _span(args.forward))


def demo(args: Namespace) -> Record:
    """Plays the whole loop."""
    from loopkit.ui.cli import main
    from loopkit.ui.demo import play

    return play(Path(getattr(args, "directory", ".")) / args.folder, main, args.begin)


# ── what several verbs need ─────────────────────────────────────────────────


def _workspace(args: Namespace, *names: str) -> Workspace:
    """Returns the workspace around DIR, or around a document that is named by its path."""
    from loopkit.effects.workspace import open_workspace

    workspace = open_workspace(_directory(args), next(iter(names), ""))
    if "connect_timeout" not in args:
        return workspace
    settings = replace(workspace.settings, connect_timeout=args.connect_timeout)
    return replace(workspace, settings=settings)


def _directory(args: Namespace) -> Path:
    start = Path(getattr(args, "directory", "."))
    if not start.is_dir():
        raise UsageError(
            f"{start} is no folder", why="-C names the folder to work in", help="loop --help"
        )
    return start


def _actor(args: Namespace, workspace: Workspace) -> Actor:
    from loopkit.commands.writing import Actor
    from loopkit.effects.git import who

    name = getattr(args, "who", "") or who(workspace.root)
    return Actor(
        who=name,
        commit=getattr(args, "commit", False),
        lock_timeout=getattr(args, "lock_timeout", 0.0),
    )


def _request(args: Namespace, workspace: Workspace) -> Request:
    from loopkit.commands.advance import Request

    return Request(
        actor=_actor(args, workspace),
        phase=args.phase,
        item=args.item,
        host=args.host,
        to_the_end=args.to_the_end,
        yes=args.yes,
        may_ask=_may_ask(args),
    )


def _may_ask(args: Namespace) -> bool:
    if "no_input" in args or os.environ.get("LOOP_NO_INPUT", "0") not in ("", "0"):
        return False
    return sys.stdin is not None and sys.stdin.isatty() and "json" not in args


def _span(text: str) -> timedelta:
    units = {"m": "minutes", "h": "hours", "d": "days"}
    number, unit = text[:-1], text[-1:]
    try:
        return timedelta(**{units[unit]: float(number)})
    except (KeyError, ValueError, OverflowError) as error:
        raise UsageError(
            f"{text!r} is not a span of time",
            why="it is a number and m, h or d",
            help="loop lab clock 24h",
        ) from error
