"""What may follow a verb: arguments that several share, and those that one has for itself."""

from __future__ import annotations

import argparse
import os
from argparse import ArgumentParser

NAME = "any unique part of a loop's id, with or without its date, or the path of a document"

# ── Values ──────────────────────────────────────────────────────────────────


def seconds(text: str) -> float:
    """Returns a number of seconds, below a year."""
    value = float(text)
    if not 0 <= value < 86400 * 365:
        raise argparse.ArgumentTypeError(f"{text} is not a number of seconds")
    return value


def words(text: str) -> str:
    """Returns a text as it was typed, also on a terminal whose encoding the locale denies."""
    if not any("\ud800" <= char <= "\udfff" for char in text):
        return text
    try:
        return os.fsencode(text).decode("utf-8")
    except UnicodeError as error:
        raise argparse.ArgumentTypeError("it is no text in UTF-8") from error


def _reason_words(text: str) -> str:
    if not text.strip():
        raise argparse.ArgumentTypeError("it says nothing; why is kept with the decision")
    return words(text)


# ── What several verbs take ─────────────────────────────────────────────────


def loop(parser: ArgumentParser) -> None:
    """Adds the loop's name."""
    parser.add_argument("loop", metavar="LOOP", help=NAME)


def phase(parser: ArgumentParser) -> None:
    """Adds a phase's id."""
    parser.add_argument("phase", metavar="PHASE", help="the id of a phase")


def a_phase(parser: ArgumentParser) -> None:
    """Adds a phase's id that may be left out."""
    parser.add_argument("phase", metavar="PHASE", nargs="?", help="the id of a phase")


def item(parser: ArgumentParser) -> None:
    """Adds the key of an item."""
    parser.add_argument("--item", metavar="KEY", help="an item of the phase's checklist")


def reason(parser: ArgumentParser) -> None:
    """Adds why, which must be said."""
    parser.add_argument(
        "--reason", type=_reason_words, metavar="TEXT", required=True, help="why; kept in git"
    )


def commit(parser: ArgumentParser) -> None:
    """Adds that git is to keep it."""
    parser.add_argument(
        "--commit", action="store_true", help="make one git commit of just the files written"
    )


def begin(parser: ArgumentParser) -> None:
    """Adds the moment at which a lab begins."""
    parser.add_argument(
        "--begin",
        metavar="MOMENT",
        default="",
        help="when a new lab begins by its own clock, as 2026-02-09T10:30-05:00",
    )


# ── What one verb takes ─────────────────────────────────────────────────────


def state(parser: ArgumentParser) -> None:
    """Adds what `list` is narrowed by."""
    parser.add_argument("--state", metavar="S", help="only loops of this state: open, closed, …")


def probe(parser: ArgumentParser) -> None:
    """Adds whether `plan` opens connections."""
    parser.add_argument(
        "--probe", action="store_true", help="open read-only connections and look as well"
    )


def advancing(parser: ArgumentParser) -> None:
    """Adds what narrows `advance`, and how far it goes."""
    add = parser.add_argument
    add("--phase", metavar="P", help="only this phase")
    add("--item", metavar="KEY", help="only this item of the phase's checklist")
    add("--host", metavar="H", help="only phases that start on this host")
    add("--to-the-end", action="store_true", help="on through what becomes ready")
    add("--dry-run", action="store_true", help="show the plan; open no connection, write nothing")
    add("-y", "--yes", action="store_true", help="do not ask before a phase that changes hosts")


def decision(parser: ArgumentParser) -> None:
    """Adds what `approve` and `reject` are narrowed by."""
    add = parser.add_argument
    add("--gate", type=words, metavar="TEXT", default="", help="only the gate of this text")
    add("--item", metavar="KEY", help="only this item of the checklist")
    add("--plan", metavar="HASH", default="", help="bind it to this plan")
    add("--until", metavar="TIME", help="when it expires, ISO 8601")


def resolution(parser: ArgumentParser) -> None:
    """Adds what an outcome is resolved as."""
    parser.add_argument(
        "--as", dest="resolution", choices=("done", "failed", "not-run"), required=True
    )


def status(parser: ArgumentParser) -> None:
    """Adds the status that `mark` states, of a phase or of the loop."""
    add = parser.add_argument
    add("value", metavar="STATUS", nargs="?", help="done, pending, in_progress, blocked, failed, …")
    add("--item", metavar="KEY", help="an item of the phase's checklist")
    add("--status", metavar="STATUS", help="the status of the loop itself: open, closed, …")
    add("--note", type=words, metavar="TEXT", default="", help="follows the status in parentheses")
    add("--at", metavar="TIME", help="when it was so: a day or an ISO 8601 time")


def record(parser: ArgumentParser) -> None:
    """Adds whether `verify` keeps what it found."""
    parser.add_argument("--record", action="store_true", help="keep the verdicts as a receipt")


def criterion(parser: ArgumentParser) -> None:
    """Adds the criterion that a person vouches for."""
    parser.add_argument(
        "criterion", type=words, metavar="CRITERION", help="its text, as `loop verify` shows it"
    )


def waivers(parser: ArgumentParser) -> None:
    """Adds the criteria that `close` goes without, and why."""
    parser.add_argument(
        "--waive",
        metavar="CRITERION",
        action="append",
        default=[],
        help="close although this criterion is not met; needs --reason",
    )
    parser.add_argument("--reason", type=words, metavar="TEXT", default="", help="why it is waived")


def checking(parser: ArgumentParser) -> None:
    """Adds what `check` looks at, and what it mends."""
    add = parser.add_argument
    add("paths", metavar="PATH", nargs="*", help="documents or folders")
    add("--fix", action="store_true", help="mend what is mechanical")
    add("--evidence", action="store_true", help="check the receipts' hash chain as well")
    add("--explain", action="store_true", help="show one document with who owns each line")


def capability(parser: ArgumentParser) -> None:
    """Adds the capability to run."""
    parser.add_argument("name", metavar="NAME", help="as `loop cap list` names it")
    parser.add_argument(
        "--nagios",
        action="store_true",
        help="one line first, and exit as a monitoring plugin: 0 ok, 2 critical, 3 unknown",
    )


def receipt(parser: ArgumentParser) -> None:
    """Adds the receipt to apply."""
    parser.add_argument("receipt", metavar="RECEIPT", help="the path of a receipt")


def versions(parser: ArgumentParser) -> None:
    """Adds the files that git hands to its merge driver."""
    for name in ("base", "ours", "theirs"):
        parser.add_argument(name, metavar=name.upper(), nargs="?")
    parser.add_argument("path", metavar="PATH", nargs="?", default="", help="git's %%P")


def folder(parser: ArgumentParser) -> None:
    """Adds the folder that the demo makes."""
    parser.add_argument(
        "folder", metavar="DIR", nargs="?", default="loopkit-demo", help="a folder to make"
    )


def host(parser: ArgumentParser) -> None:
    """Adds a host of the lab."""
    parser.add_argument("host", metavar="HOST")


def fault(parser: ArgumentParser) -> None:
    """Adds what is to be broken on a host of the lab."""
    parser.add_argument("fault", metavar="FAULT")
    parser.add_argument("arg", metavar="ARG", nargs="?", default="")


def forward(parser: ArgumentParser) -> None:
    """Adds how far the lab's clock is moved on."""
    parser.add_argument("forward", metavar="FORWARD")


# ── What every verb takes ───────────────────────────────────────────────────


def common(parser: ArgumentParser, *, is_listed: bool, takes_who: bool = True) -> None:
    """Adds the options that stand before or after any verb; listed once, in `loop --help`."""
    group = parser.add_argument_group("common options, before or after the verb")

    def add(*flags: str, help: str, **how: object) -> None:
        # What is absent after the verb must not overwrite what was given before it.
        text = help if is_listed else argparse.SUPPRESS
        group.add_argument(*flags, default=argparse.SUPPRESS, help=text, **how)  # type: ignore[arg-type]

    add("-C", dest="directory", metavar="DIR", help="work as if started in DIR")
    add("--json", action="store_true", help="print one JSON document")
    add(
        "--no-input",
        action="store_true",
        help="never ask; what needs a person waits (also LOOP_NO_INPUT=1)",
    )
    if takes_who:
        add(
            "--as",
            dest="who",
            type=words,
            metavar="WHO",
            help="who does this (default: git's user.name)",
        )
    add(
        "--lock-timeout",
        type=seconds,
        metavar="SECONDS",
        help="wait this long for another holder of the loop (default 0)",
    )
    add(
        "--connect-timeout",
        type=seconds,
        metavar="SECONDS",
        help="how long a host may take to answer (default 10)",
    )
    add(
        "--detailed-exitcode",
        action="store_true",
        help="exit 8 while waiting on time, event or loop, 9 while waiting on a person",
    )
    add("-q", "--quiet", action="store_true", help="print no progress")
    add("-v", "--verbose", action="store_true", help="print more of what was seen")
