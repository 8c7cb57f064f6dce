"""Waits and times: `wait 24h for first run`, `Soak (72h)`, `hold until 2026-02-12T14:38Z`."""

from __future__ import annotations

import re

from loopkit.loop.model import Place, TimePassed
from loopkit.loop.words.grammar import duration, moment
from loopkit.markdown.document import Piece

_WAIT = re.compile(r"\b(?:wait|soak|hold|bake|burn-?in|cool-?(?:down|off)|delay)", re.IGNORECASE)
_UNTIL = re.compile(
    r"\b(?:until|not before|(?:on or )?after|from|hold|wait|time-gated)\b", re.IGNORECASE
)
_ELAPSED = re.compile(
    r"(?:after[ \t]+|\+[ \t]*)?\d[\d.]*[ -]?[a-z]+(?:[ \t]+(?:after|later|passed|elapsed)\b.*)?",
    re.IGNORECASE,
)
_SOAK = re.compile(r"\bsoak[ \t]*\([^()]{1,20}\)|\b\d{1,4}[ -]?[a-z]{1,6}[ -]soak\b", re.IGNORECASE)


def as_wait(text: Piece, place: Place) -> TimePassed | None:
    """Returns the time gate that a condition states, None when it states none."""
    at = moment(text.text) if _UNTIL.search(text.text) else None
    if at is not None:
        return TimePassed(text.text, place, until=at)
    if _WAIT.search(text.text) or _ELAPSED.fullmatch(text.text):
        wait = duration(text.text)
        return TimePassed(text.text, place, wait=wait) if wait else None
    return None


def soak_in(title: str) -> tuple[int, int] | None:
    """Returns where a title says that the phase is a soak: `Soak (72h) + decommission`."""
    found = _SOAK.search(title)
    return found.span() if found and duration(found.group()) else None
