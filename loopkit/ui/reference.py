"""docs/cli.md, made from the parser: `python -m loopkit.ui.reference > docs/cli.md`."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator

from loopkit.ui.parser import Parser, build_parser
from loopkit.ui.verbs import OVERVIEW, VERBS

WIDTH = 100

HEAD = """\
# The command `loop`

Made by `python -m loopkit.ui.reference > docs/cli.md`; a test compares the two. A loop is named by
any unique part of its id, with or without its date, or by the path of its document. Common options,
listed once below, may stand before or after the verb. What each command answers with `--json`:
[json.md](json.md).
"""


def page() -> str:
    """Returns the page: the help of the command, then of every verb."""
    os.environ["COLUMNS"] = str(WIDTH)
    parser = build_parser(OVERVIEW, VERBS)
    return "\n".join([HEAD, *_section("loop", parser, 2), *_verbs(parser)])


def _verbs(parser: Parser) -> Iterator[str]:
    for name, verb in _children(parser):
        yield from _section(f"loop {name}", verb, 2)
        for action, child in _children(verb):
            yield from _section(f"loop {name} {action}", child, 3)


def _children(parser: Parser) -> Iterator[tuple[str, Parser]]:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            yield from action.choices.items()


def _section(title: str, parser: Parser, level: int) -> list[str]:
    return [f"{'#' * level} {title}", "", "```text", parser.format_help().rstrip(), "```", ""]


if __name__ == "__main__":
    print(page(), end="")
