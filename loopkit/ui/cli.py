"""The command `loop`: parses, calls once, prints."""

from __future__ import annotations

import argparse
import os
import signal
import stat
import sys
import traceback
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from loopkit.errors import Failed, LoopkitError
from loopkit.ui.call import Typed
from loopkit.ui.parser import build_parser
from loopkit.ui.streams import kept_for_the_answer, prepare, silence
from loopkit.ui.verbs import OVERVIEW, VERBS

if TYPE_CHECKING:
    from loopkit.commands.results import CommandResult

INTERRUPTED, TERMINATED = 130, 143


class Terminated(KeyboardInterrupt):
    """SIGTERM, handled as Ctrl-C is: what runs is recorded first."""

    exit_code = TERMINATED


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit status."""
    signal.signal(signal.SIGTERM, _terminate)
    os.umask(os.umask(0) | stat.S_IWOTH)  # nothing new is writable by the world
    prepare()
    args = build_parser(OVERVIEW, VERBS).parse_args(argv)
    try:
        return _run(args)
    except LoopkitError as error:
        _complain(error, args)
        return error.exit_code
    except Terminated:
        return TERMINATED
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # The reader of our output has gone: not our failure, and nothing more to say.
        silence(sys.stdout)
        return 0
    except Exception as error:
        _complain(_own_fault(error), args)
        return 5 if args.verb.name == "advance" else 2


def _terminate(signum: int, frame: FrameType | None) -> None:
    raise Terminated


def _run(args: argparse.Namespace) -> int:
    is_parsed = "json" in args or getattr(args, "nagios", False)
    with kept_for_the_answer() if is_parsed else nullcontext():
        result: CommandResult = args.verb.call(Typed(args, main))
    detailed = getattr(result, "detailed_exit_code", result.exit_code)
    code = int(detailed if "detailed_exitcode" in args else result.exit_code)
    return _deliver(result, args) or code


def _deliver(result: CommandResult, args: argparse.Namespace) -> int:
    """Prints a result; what the command did stands, whether its output is read or not."""
    try:
        _print(result, args)
        sys.stdout.flush()
    except BrokenPipeError:
        silence(sys.stdout)
    except OSError as error:
        silence(sys.stdout)
        why = error.strerror or str(error)
        _complain(Failed("the output could not be written", where="stdout", why=why), args)
        return Failed.exit_code
    return 0


def _own_fault(error: Exception) -> LoopkitError:
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return LoopkitError(
        f"loopkit failed: {type(error).__name__}: {error}",
        where=f"{frame.filename}:{frame.lineno}",
        why="this is a fault of loopkit, not of yours; what ran is in its journal",
        help="loop log --help",
    )


def _print(result: CommandResult, args: argparse.Namespace) -> None:
    if "json" in args:
        from loopkit.ui.view import to_json

        print(to_json(result), flush=True)
    else:
        from loopkit.ui.text.render import show

        show(result, verbose="verbose" in args)


def _complain(error: LoopkitError, args: argparse.Namespace) -> None:
    from loopkit.effects.redact import redact_for
    from loopkit.effects.settings import find_settings
    from loopkit.ui.printable import error_text

    try:
        settings = find_settings(Path(getattr(args, "directory", ".")))
    except LoopkitError:
        settings = None
    try:
        print(redact_for(settings)(error_text(error)), file=sys.stderr, flush=True)
    except OSError:
        silence(sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
