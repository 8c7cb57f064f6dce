"""The command `loop`: parses, calls once, prints."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from loopkit.errors import LoopkitError
from loopkit.ui.parser import build_parser

if TYPE_CHECKING:
    from loopkit.commands.records import Record

INTERRUPTED, TERMINATED = 130, 143


class Terminated(KeyboardInterrupt):
    """SIGTERM, handled as Ctrl-C is: what runs is recorded first."""

    exit_code = TERMINATED


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit status."""
    signal.signal(signal.SIGTERM, _terminate)
    args = build_parser().parse_args(argv)
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
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _terminate(signum: int, frame: FrameType | None) -> None:
    raise Terminated


def _run(args: argparse.Namespace) -> int:
    import loopkit.ui.verbs as verbs

    record: Record = getattr(verbs, args.verb)(args)
    _print(record, args)
    detailed = getattr(record, "detailed_exit_code", record.exit_code)
    return detailed if "detailed_exitcode" in args else record.exit_code


def _print(record: Record, args: argparse.Namespace) -> None:
    if "json" in args:
        from loopkit.ui.view import to_json

        print(to_json(record), flush=True)
    else:
        from loopkit.ui.text import show

        show(record, verbose="verbose" in args)


def _complain(error: LoopkitError, args: argparse.Namespace) -> None:
    from loopkit.commands.redaction import redact_for
    from loopkit.effects.settings import find_settings
    from loopkit.ui.plain import error_text

    try:
        settings = find_settings(Path(getattr(args, "directory", ".")))
    except LoopkitError:
        settings = None
    print(redact_for(settings)(error_text(error)), file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
