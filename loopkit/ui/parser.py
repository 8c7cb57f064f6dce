"""The command line, as argparse knows it, made from the table of verbs."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import NoReturn

from loopkit import __version__
from loopkit.ui.call import Verb
from loopkit.ui.options import common
from loopkit.ui.printable import printable_lines

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
COMMON = "Common options, such as --json and -C DIR, are listed by: loop --help"


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


def build_parser(overview: Verb, verbs: Sequence[Verb]) -> Parser:
    """Returns the parser; `args.verb` is the row to call, `overview` where no verb is typed."""
    parser = Parser(
        prog="loop",
        description="Runs loop documents: decides what may run, runs it over SSH, and writes\n"
        "the outcome and its evidence back into the same Markdown.",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"loop {__version__}")
    parser.set_defaults(verb=overview)
    common(parser, is_listed=True)
    children = parser.add_subparsers(metavar="VERB", title="verbs")
    for verb in verbs:
        _add(children, verb)
    return parser


def _add(children: argparse._SubParsersAction[Parser], verb: Verb) -> None:
    parser = children.add_parser(verb.name, help=verb.help, description=_sentence(verb.help))
    for fill in verb.options:
        fill(parser)
    if verb.actions:
        actions = parser.add_subparsers(metavar="ACTION", required=True)
        for action in verb.actions:
            _add(actions, action)
        return
    parser.set_defaults(verb=verb)
    parser.epilog = COMMON
    common(parser, is_listed=False, takes_who=verb.takes_who)
    parser.intermixed = True


def _sentence(help: str) -> str:
    return help[0].upper() + help[1:] + "."
