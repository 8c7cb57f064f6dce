"""The table of verbs: each row's command is there, and its request is filled by its options."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import MISSING, fields

import pytest

from loopkit.ui.call import Command, Verb
from loopkit.ui.parser import Parser, build_parser
from loopkit.ui.verbs import OVERVIEW, VERBS

# What `loop --help` may load beside Python's own: nothing that a command needs.
LIGHT = ("loopkit.ui", "loopkit.errors")


def rows(verbs: tuple[Verb, ...]) -> Iterator[Verb]:
    for verb in verbs:
        yield from rows(verb.actions) if verb.actions else (verb,)


ROWS = (OVERVIEW, *rows(VERBS))


def typed_names(verb: Verb) -> set[str]:
    parser = Parser(add_help=False)
    for fill in verb.options:
        fill(parser)
    return {action.dest for action in parser._actions}


@pytest.mark.parametrize("verb", ROWS, ids=lambda verb: verb.name or "overview")
def test_each_option_of_a_verb_fills_a_field_and_each_field_is_filled(verb: Verb) -> None:
    if not isinstance(verb.call, Command):
        assert verb.name in ("advance", "mark", "demo")  # they have words of their own
        return
    function, request = verb.call.load()
    assert callable(function)
    names, given = {f.name for f in fields(request)}, typed_names(verb)
    assert given <= names
    needed = {f.name for f in fields(request) if f.default is f.default_factory is MISSING}
    assert needed <= given | set(verb.call.fixed)
    assert set(verb.call.fixed) <= names


def loaded(*argv: str) -> set[str]:
    code = "import sys; from loopkit.ui.cli import main\n"
    code += "try: main(sys.argv[1:])\nfinally: print(*sys.modules, file=sys.stderr)"
    done = subprocess.run(
        [sys.executable, "-c", code, *argv], capture_output=True, text=True, check=True
    )
    return set(done.stderr.split())


@pytest.mark.parametrize("verb", ["advance", "list", "lab up"])
def test_help_loads_no_command(verb: str) -> None:
    own = {name for name in loaded(*verb.split(), "--help") if name.startswith("loopkit.")}
    assert {name for name in own if not name.startswith(LIGHT)} == set()
    assert not own & {"loopkit.ui.progress", "loopkit.ui.view"}


def test_common_options_are_listed_once_and_taken_by_every_verb() -> None:
    parser = build_parser(OVERVIEW, VERBS)
    assert "--lock-timeout" in parser.format_help()
    for verb in VERBS:
        typed = [verb.name, "--help"]
        done = subprocess.run(
            [sys.executable, "-m", "loopkit.ui.cli", *typed], capture_output=True, text=True
        )
        assert "--lock-timeout" not in done.stdout
    args = parser.parse_args(["why", "LOOP", "--json", "P2", "--lock-timeout", "3", "-v"])
    assert (args.loop, args.phase, args.lock_timeout) == ("LOOP", "P2", 3.0)
    assert args.json
    assert args.verbose
