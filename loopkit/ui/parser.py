"""The command line: every verb, option and help text."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from typing import NoReturn

from loopkit import __version__
from loopkit.ui.plain import printable_lines


class Parser(argparse.ArgumentParser):
    """A parser that takes options between arguments: `loop why LOOP --json P2`."""

    intermixed = False
    _inside = False

    def error(self, message: str) -> NoReturn:
        """Says what is wrong; what was typed may have been pasted from anywhere."""
        super().error(printable_lines(message))

    def parse_known_args(self, args=None, namespace=None):  # type: ignore[no-untyped-def]
        """Reads what it knows; argparse alone loses an optional argument after an option."""
        if not self.intermixed or self._inside:
            return super().parse_known_args(args, namespace)
        self._inside = True
        try:
            return self.parse_known_intermixed_args(args, namespace)
        finally:
            self._inside = False


Fill = Callable[[Parser], None]

EXIT_CODES = """\
exit status:
  0  done, nothing to do, or waiting on a gate
  1  a phase, check or criterion failed
  2  bad usage, document or settings: nothing ran
  3  locked by someone else, or the document changed under us: nothing written
  4  a host could not be reached or trusted: not determined
  5  outcome unknown: something may have run
  8  with --detailed-exitcode: waiting on time, event or loop
  9  with --detailed-exitcode: waiting on a person
  130, 143  interrupted, recorded first
"""

NAME = "any unique part of a loop's id, with or without its date, or the path of a document"


def build_parser() -> Parser:
    """Returns the parser; `args.verb` names the function of ui/verbs.py to call."""
    parser = Parser(
        prog="loop",
        description="Runs loop documents: decides what may run, runs it over SSH, and writes\n"
        "the outcome and its evidence back into the same Markdown.",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"loop {__version__}")
    parser.set_defaults(verb="overview")
    _common(parser)
    verbs = parser.add_subparsers(metavar="VERB", title="verbs")
    for name, help, fill in VERBS:
        verb = verbs.add_parser(name, help=help, description=_sentence(help))
        verb.set_defaults(verb=name.replace("-", "_"))
        fill(verb)
        if name not in ("cap", "lab"):
            # `loop resolve --as done`: who does it is said before the verb there.
            _common(verb, who=name != "resolve")
            verb.intermixed = True
    return parser


def _sentence(help: str) -> str:
    return help[0].upper() + help[1:] + "."


def _common(parser: Parser, who: bool = True) -> None:
    # Given before or after the verb: what is absent must not overwrite what was given.
    default = argparse.SUPPRESS
    add = parser.add_argument_group("common options").add_argument
    add("-C", dest="directory", metavar="DIR", default=default, help="work as if started in DIR")
    add("--json", action="store_true", default=default, help="print one JSON document")
    add(
        "--no-input",
        action="store_true",
        default=default,
        help="never ask; what needs a person waits (also LOOP_NO_INPUT=1)",
    )
    if who:
        add(
            "--as",
            dest="who",
            type=_text,
            metavar="WHO",
            default=default,
            help="who does this (default: git's user.name)",
        )
    add(
        "--lock-timeout",
        type=_seconds,
        metavar="SECONDS",
        default=default,
        help="wait this long for another holder of the loop (default 0)",
    )
    add(
        "--connect-timeout",
        type=_seconds,
        metavar="SECONDS",
        default=default,
        help="how long a host may take to answer (default 10)",
    )
    add(
        "--detailed-exitcode",
        action="store_true",
        default=default,
        help="exit 8 while waiting on time, event or loop, 9 while waiting on a person",
    )
    add("-q", "--quiet", action="store_true", default=default, help="print no progress")
    add("-v", "--verbose", action="store_true", default=default, help="print more of what was seen")


def _seconds(text: str) -> float:
    value = float(text)
    if not 0 <= value < 86400 * 365:
        raise argparse.ArgumentTypeError(f"{text} is not a number of seconds")
    return value


def _text(text: str) -> str:
    if not any("\ud800" <= char <= "\udfff" for char in text):
        return text
    try:
        return os.fsencode(text).decode("utf-8")  # a locale of ASCII, and a terminal that is not
    except UnicodeError as error:
        raise argparse.ArgumentTypeError("it is no text in UTF-8") from error


def _reason_text(text: str) -> str:
    if not text.strip():
        raise argparse.ArgumentTypeError("it says nothing; why is kept with the decision")
    return _text(text)


def _loop(parser: Parser, phase: str = "") -> None:
    parser.add_argument("loop", metavar="LOOP", help=NAME)
    if phase == "?":
        parser.add_argument("phase", metavar="PHASE", nargs="?", help="the id of a phase")
    elif phase:
        parser.add_argument("phase", metavar="PHASE", help="the id of a phase")


def _reason(parser: Parser) -> None:
    parser.add_argument(
        "--reason", type=_reason_text, metavar="TEXT", required=True, help="why; kept in git"
    )


def _commit(parser: Parser) -> None:
    parser.add_argument(
        "--commit", action="store_true", help="make one git commit of just the files written"
    )


def _list(parser: Parser) -> None:
    parser.add_argument("--state", metavar="S", help="only loops of this state: open, closed, …")


def _plan(parser: Parser) -> None:
    _loop(parser)
    parser.add_argument(
        "--probe", action="store_true", help="open read-only connections and look as well"
    )


def _advance(parser: Parser) -> None:
    _loop(parser)
    add = parser.add_argument
    add("--phase", metavar="P", help="only this phase")
    add("--item", metavar="KEY", help="only this item of the phase's checklist")
    add("--host", metavar="H", help="only phases that start on this host")
    add("--to-the-end", action="store_true", help="on through what becomes ready")
    add("--dry-run", action="store_true", help="show the plan; open no connection, write nothing")
    add("-y", "--yes", action="store_true", help="do not ask before a phase that changes hosts")
    _commit(parser)


def _decision(parser: Parser) -> None:
    _loop(parser, "phase")
    parser.add_argument(
        "--gate", type=_text, metavar="TEXT", default="", help="only the gate of this text"
    )
    parser.add_argument("--item", metavar="KEY", help="only this item of the checklist")
    parser.add_argument("--plan", metavar="HASH", default="", help="bind it to this plan")
    parser.add_argument("--until", metavar="TIME", help="when it expires, ISO 8601")
    _reason(parser)
    _commit(parser)


def _resolve(parser: Parser) -> None:
    _loop(parser, "phase")
    parser.add_argument("--item", metavar="KEY", help="an item of the phase's checklist")
    parser.add_argument(
        "--as", dest="resolution", choices=("done", "failed", "not-run"), required=True
    )
    _reason(parser)
    _commit(parser)


def _mark(parser: Parser) -> None:
    _loop(parser, "?")
    add = parser.add_argument
    add("value", metavar="STATUS", nargs="?", help="done, pending, in_progress, blocked, failed, …")
    add("--item", metavar="KEY", help="an item of the phase's checklist")
    add("--status", metavar="STATUS", help="the status of the loop itself: open, closed, …")
    add("--note", type=_text, metavar="TEXT", default="", help="follows the status in parentheses")
    add("--at", metavar="TIME", help="when it was so: a day or an ISO 8601 time")
    _commit(parser)


def _by_hand(parser: Parser) -> None:
    _loop(parser, "phase")
    _reason(parser)
    _commit(parser)


def _reopen(parser: Parser) -> None:
    _loop(parser, "?")
    _reason(parser)
    _commit(parser)


def _verify(parser: Parser) -> None:
    _loop(parser)
    parser.add_argument("--record", action="store_true", help="keep the verdicts as a receipt")


def _close(parser: Parser) -> None:
    _loop(parser)
    parser.add_argument(
        "--waive",
        metavar="CRITERION",
        action="append",
        default=[],
        help="close although this criterion is not met; needs --reason",
    )
    parser.add_argument("--reason", type=_text, metavar="TEXT", default="", help="why it is waived")
    _commit(parser)


def _check(parser: Parser) -> None:
    parser.add_argument("paths", metavar="PATH", nargs="*", help="documents or folders")
    parser.add_argument("--fix", action="store_true", help="mend what is mechanical")
    parser.add_argument(
        "--evidence", action="store_true", help="check the receipts' hash chain as well"
    )


def _cap(parser: Parser) -> None:
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    listing = actions.add_parser("list", help="the capabilities of this workspace")
    listing.set_defaults(verb="cap_list")
    run = actions.add_parser("run", help="run one, read-only")
    run.add_argument("name", metavar="NAME", help="as `loop cap list` names it")
    run.add_argument(
        "--nagios",
        action="store_true",
        help="one line first, and exit as a monitoring plugin: 0 ok, 2 critical, 3 unknown",
    )
    run.set_defaults(verb="cap_run")
    for parser in (listing, run):
        _common(parser)


def _lab(parser: Parser) -> None:
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    for name, help, words in (
        ("up", "start four hosts on loopback", ()),
        ("down", "stop them; their files stay", ()),
        ("status", "say what runs and what is broken", ()),
        ("fault", "break something", ("host", "fault")),
        ("heal", "mend it again", ("host",)),
        ("clock", "move the lab's clock on, as 24h or 90m", ("forward",)),
    ):
        action = actions.add_parser(name, help=help)
        for word in words:
            action.add_argument(word, metavar=word.upper())
        if name == "fault":
            action.add_argument("arg", metavar="ARG", nargs="?", default="")
        if name == "up":
            _begin(action)
        action.set_defaults(verb=f"lab_{name}")
        _common(action)


def _demo(parser: Parser) -> None:
    parser.add_argument(
        "folder", metavar="DIR", nargs="?", default="loopkit-demo", help="a folder to make"
    )
    _begin(parser)


def _begin(parser: Parser) -> None:
    parser.add_argument(
        "--begin", metavar="MOMENT", default="",
        help="when a new lab begins by its own clock, as 2026-02-09T10:30-05:00",
    )  # fmt: skip


def _apply(parser: Parser) -> None:
    parser.add_argument("receipt", metavar="RECEIPT", help="the path of a receipt")
    _commit(parser)


def _merge_driver(parser: Parser) -> None:
    for name in ("base", "ours", "theirs"):
        parser.add_argument(name, metavar=name.upper(), nargs="?")
    parser.add_argument("path", metavar="PATH", nargs="?", default="", help="git's %%P")


VERBS: tuple[tuple[str, str, Fill], ...] = (
    ("list", "every loop, a line each", _list),
    ("show", "a loop as it was read", lambda p: _loop(p, "?")),
    ("why", "every gate: met, not met or unknown, what was seen, what opens it",
     lambda p: _loop(p, "?")),
    ("plan", "what advance would do: hosts, steps, and the diff of the document", _plan),
    ("advance", "run the phases that are ready, and write down what came of it", _advance),
    ("approve", "open a manual gate", _decision),
    ("reject", "shut a manual gate", _decision),
    ("resolve", "say what became of a phase whose outcome is unknown", _resolve),
    ("mark", "state a status by hand, recorded as such", _mark),
    ("skip", "leave a phase out, recorded as such", _by_hand),
    ("reopen", "take a phase or a closed loop up again", _reopen),
    ("verify", "success criteria and done phases, checked again, read-only", _verify),
    ("close", "close a loop; refuses while a criterion is not met", _close),
    ("check", "find contradictions in documents: file:line:column code message", _check),
    ("log", "every run: who, when, outcome, evidence", lambda p: _loop(p)),
    ("cap", "read-only capabilities, such as backup.status", _cap),
    ("unlock", "show who holds a loop, and take the lock away", lambda p: _loop(p)),
    ("apply", "write into the document what a receipt says", _apply),
    ("merge-driver", "merge two versions of a document, for git", _merge_driver),
    ("lab", "the built-in lab: four hosts to try things on", _lab),
    ("demo", "watch a loop run from its opening to its closing", _demo),
)  # fmt: skip
