"""Standard output and error as they really are: closed, full, read by nobody, not UTF-8."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from collections.abc import Iterator
from typing import TextIO


def prepare() -> None:
    """Makes both streams take any text: what they cannot encode is shown as an escape."""
    sys.stdout = sys.stdout or _nowhere()
    sys.stderr = sys.stderr or _nowhere()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def silence(stream: TextIO) -> None:
    """Lets go of what a stream did not take, so that the end of the process does not try again."""
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


@contextlib.contextmanager
def kept_for_the_answer() -> Iterator[None]:
    """Keeps standard output for one answer: what a runbook or its children print goes to stderr."""
    try:
        sys.stdout.flush()
        number = sys.stdout.fileno()
        kept = os.dup(number)
    except (OSError, ValueError):  # no descriptor behind it: a test's, or a notebook's
        with contextlib.redirect_stdout(sys.stderr):
            yield
        return
    try:
        os.dup2(sys.stderr.fileno(), number)
        with contextlib.redirect_stdout(sys.stderr):
            yield
    finally:
        os.dup2(kept, number)
        os.close(kept)


def _nowhere() -> TextIO:
    return open(os.devnull, "w", encoding="utf-8")
