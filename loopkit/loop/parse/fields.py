"""Named values in a line: `**Status:** open`, `**Status**: open`, `Status: open`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from loopkit.loop.parse.inline_status import part
from loopkit.loop.parse.layout import Meaning
from loopkit.markdown.document import Field, Piece

_BOLD = re.compile(
    r"(?:\*\*|__)[ \t]*([A-Za-z][\w /()-]{0,40})(?::[ \t]*(?:\*\*|__)|(?:\*\*|__)[ \t]*:)"
)
_WHOLLY_BOLD = re.compile(r"(?:\*\*|__)([A-Za-z][\w /()-]{0,40}):[ \t]*([^*]+)(?:\*\*|__)$")
_PLAIN = re.compile(r"(?:[-*+][ \t]+)?([A-Za-z][\w /()-]{0,40}):(?:[ \t]+|$)")
_BETWEEN = " \t|·•,;"

_NAMES: Mapping[Meaning, tuple[str, ...]] = {
    Meaning.ID: ("loop id", "id", "loop", "change id"),
    Meaning.TITLE: ("title",),
    Meaning.STATUS: ("status", "loop status", "state"),
    Meaning.OWNER: ("owner", "owners"),
    Meaning.SEVERITY: ("severity",),
    Meaning.CREATED: (
        "created", "created at", "created on", "date created", "opened", "opened at", "opened on",
        "date",
    ),
    Meaning.CLOSED: ("closed", "closed at", "closed on", "date closed"),
    Meaning.BLOCKED_BY: ("blocked by", "blocked on", "blockers", "blocker"),
    Meaning.ORDER: ("order", "order of work", "order of phases"),
    Meaning.DEPENDS_ON: (
        "depends on loop", "depends on", "dependency", "dependencies", "gate", "gates",
        "prerequisite", "prerequisites", "requires", "gated by", "gated on", "waits for",
    ),
}  # fmt: skip
_MEANINGS = {name: meaning for meaning, names in _NAMES.items() for name in names}

WAITING = (Meaning.DEPENDS_ON, Meaning.BLOCKED_BY)
"""What a field says that names what a phase waits for."""


def meaning(name: str) -> Meaning:
    """Returns what a field of this name says."""
    return _MEANINGS.get(re.sub(r"[\s_-]+", " ", name).strip().casefold(), Meaning.OTHER)


def fields_in(line: Piece, style: str) -> Iterator[Field]:
    """Yields the fields of a line: bold ones, else a plain one whose name is known."""
    found = list(_BOLD.finditer(line.text))
    for place, match in enumerate(found):
        last = place + 1 == len(found)
        end = len(line.text) if last else found[place + 1].start()
        # A backslash at the end of a line is a line break, and no part of the value.
        text = line.text[:end].rstrip("\\" if last else _BETWEEN)
        value = part(line, match.end(), len(text))
        yield _field(line, match, value, style)
    if found:
        return
    if whole := _WHOLLY_BOLD.fullmatch(line.text):
        yield _field(line, whole, part(line, *whole.span(2)), style)
    elif (plain := _PLAIN.match(line.text)) and meaning(plain[1]) is not Meaning.OTHER:
        yield _field(line, plain, part(line, plain.end(), len(line.text)), style)


def _field(line: Piece, found: re.Match[str], value: Piece, style: str) -> Field:
    name = part(line, *found.span(1))
    return Field(name.text, value, style, line.line, name.span)
