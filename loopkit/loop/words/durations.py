"""Waits and times: `wait 1 day 12 hours`, `Soak (72h)`, `hold until 2026-02-12T14:38Z`."""

from __future__ import annotations

import re
from datetime import timedelta
from functools import cache

from loopkit.loop.model import Place, TimePassed, Unresolved
from loopkit.loop.words.grammar import moment
from loopkit.loop.words.waiting.language import MINUTE, SECOND
from loopkit.loop.words.waiting.said import said
from loopkit.loop.words.waiting.spoken import LANGUAGES, Spoken, regex, spoken
from loopkit.markdown.document import Piece

_SECONDS = {
    word: seconds
    for language in LANGUAGES
    for seconds, words in language.units.items()
    for word in words.split("|")
}
_COUNTS = {
    word: count
    for language in LANGUAGES
    for count, words in enumerate(language.numbers.split("|"), 1)
    for word in words.split("/")
}
_COUNT = r"\d{1,6}(?:[.,]\d{1,3})?"
_MINUTES_AFTER_HOUR = re.compile(r"[0-5]\d(?![\w:.])")
_BETWEEN = r"[ ]*(?:,|&|\+)?[ ]*{joined}?[ ]*"
# `1 day 12 moons`, `24h and 2 approvals`: what goes on like this is no time that was read whole.
_MORE = r"[ ]*{joined}?[ ]*\d[\d.,]*[ ]?[^\W\d_]"

_WAIT = re.compile(
    r"\b(?:wait|soak|hold|bake|burn-?in|cool-?(?:down|off)|delay|time-gated)", re.IGNORECASE
)
_WAITS = "(?:{waits}|{soaks})"
_UNTIL = r"\b(?:from|hold|wait|time-gated|on or after)\b|{until}|{after}"
_LEAD = r"(?:{after}[ ]+|\+[ ]*)?(?=\d)"
_THEN = r"[ ]*(?:$|later|passed|elapsed|{after})"
_BEGINS = rf"[ (:,;-]*(?!on[ ]+hold)(?:{{inner}}[ ]+)?(?P<word>{_WAITS})"
_ABOUT = (
    r"(?:(?:about|around|at least|another|a|the|mindestens|etwa|pendant|au moins|durante"
    r"|al menos|ao menos|не менее)[ ]+)?"
)
_FOR = r"(?:for|für|pour|por|until|till|bis|hasta|até|до|в течение)[ ]+"
# What follows a wait that says how long, and not for what: `wait a while`, `wait 3 moons`.
_HOW_LONG = (
    rf"[ :(]*(?:$|[.,;)]|{_ABOUT}(?:\d|{{vague}})"
    rf"|{_FOR}{_ABOUT}(?:{{vague}}|\d[\d.,]*[ ]?(?:\w+[ ]+)?{{vague}}|\d[\d.:/-]+))"
)
# A soak is a time by its nature, whatever it ends with; `soak verdict` is none.
_SOAKING = rf"{{soaks}}[ ]*(?:$|[(:.,;)]|{_FOR})"
_LONG_FIRST = rf"[ ]*{{vague}}[ ]*(?:\w+[ ]+)?{_WAITS}"
_HELD_UP = rf"[ )]*{_WAITS}?[ ]*(?:$|(?:from|since|between|before|{{after}})(?!\w))"
_FOR_SOMETHING = re.compile(r"[ )]*(?:for|für|pour|para|на)(?!\w)", re.IGNORECASE)
_SOAK = re.compile(r"\bsoak[ \t]*\([^()]{1,20}\)|\b\d{1,4}[ -]?[a-z]{1,6}[ -]soak\b", re.IGNORECASE)
_NEAR = 20


def duration(text: str) -> timedelta | None:
    """Returns the first duration in a text, its parts summed: `24h`, `1 day 12 hours`, `2d4h`.

    None where a number with a unit that nobody knows goes on right behind it.
    """
    words = said(text)
    found = _first_part(words)
    return _summed(words, found)[0] if found else None


def as_wait(text: Piece, place: Place) -> TimePassed | Unresolved | None:
    """Returns the time gate that a condition states, None when it states none.

    Where it begins with a word for a wait and its time cannot be read, it is unresolved.
    """
    words = said(text.text)
    tongue = spoken(words)
    at = moment(words) if regex(_UNTIL, tongue).search(words) else None
    if at is not None:
        return TimePassed(text.text, place, until=at)
    waits = _WAIT.search(words) or regex(_WAITS, tongue).search(words)
    wait = duration(words) if waits else _elapsed(words, tongue)
    if wait:
        return TimePassed(text.text, place, wait=wait)
    if is_unread_wait(words):
        return Unresolved(text.text, place, "it says to wait, and no time that can be reckoned")
    return None


def begins_with_wait(words: str) -> bool:
    """Returns whether a text begins with a wait: `wait 24h`, `soak: 2 days`."""
    tongue = spoken(words)
    return bool(tongue) and regex(_BEGINS, tongue).match(words) is not None


def is_unread_wait(words: str) -> bool:
    """Returns whether a text begins with a wait of no readable length."""
    tongue = spoken(words)
    if not tongue:
        return False
    begins = regex(_BEGINS, tongue).match(words)
    if begins is None:
        return regex(_LONG_FIRST, tongue).match(words) is not None
    soak = regex(_SOAKING, tongue).match(words, begins.start("word"))
    return soak is not None or regex(_HOW_LONG, tongue).match(words, begins.end()) is not None


def wait_that_holds(words: str) -> timedelta | None:
    """Returns the time that a clause of prose says to wait, None where waiting is but a step.

    `Wait 24h` and `wait 24h after the copy` hold a phase up; `wait 24h, then look` is work of it,
    and so is a wait for less than an hour, for something to come up.
    """
    tongue = spoken(words)
    begins = regex(_BEGINS, tongue).match(words)
    found = _first_part(words) if tongue else None
    if found is None or found.start() > (begins.end() + _NEAR if begins else 0):
        return None
    wait, end = _summed(words, found)
    if wait is None or not (begins or regex(rf"[ ]*{_WAITS}", tongue).match(words, end)):
        return None
    long_for = _FOR_SOMETHING.match(words, end) and wait >= timedelta(hours=1)
    return wait if long_for or regex(_HELD_UP, tongue).match(words, end) else None


def time_before(words: str) -> timedelta | None:
    """Returns the time that a text ends with: that of `not sooner than 24h`."""
    for found in _part().finditer(words):
        wait, end = _summed(words, found)
        if wait and not words[end:].strip():
            return wait
    return None


def soak_in(title: str) -> tuple[int, int] | None:
    """Returns where a title says that the phase is a soak: `Soak (72h) + decommission`."""
    found = _SOAK.search(title)
    return found.span() if found and duration(found.group()) else None


# ── Lengths of time ──────────────────────────────────────────────────────────


@cache
def _part(begins: bool = True) -> re.Pattern[str]:
    """Returns what one part of a duration looks like: of `24-48h` the longer counts."""
    units = "|".join(sorted(map(re.escape, _SECONDS), key=len, reverse=True))
    spaced = "|".join(re.escape(word) for word in _COUNTS if len(word) > 1 or word == "a")
    joined = "".join(word for word in _COUNTS if len(word) == 1 and not word.isascii())
    count = rf"(?P<count>{_COUNT}|[{joined}]|(?:{spaced})(?=[ ]))"
    return re.compile(
        rf"{'(?<![a-z0-9_.])' if begins else ''}(?:{_COUNT}[ ]?(?:-|–|to|bis|à|a)[ ]?)?{count}"
        rf"[ -]?(?:full[ ]|whole[ ])?(?P<unit>{units})(?![^\W\d_])(?:\(s\))?",
        re.IGNORECASE,
    )


def _first_part(words: str) -> re.Match[str] | None:
    return next((part for part in _part().finditer(words) if _counts(part)), None)


def _elapsed(words: str, tongue: Spoken) -> timedelta | None:
    """Returns the time of `24h after P1`, `after 2 days`: of a text that is nothing else."""
    lead = regex(_LEAD, tongue).match(words)
    found = _part().match(words, lead.end()) if lead else None
    if found is None:
        return None
    wait, end = _summed(words, found)
    return wait if regex(_THEN, tongue).match(words, end) else None


def _summed(words: str, first: re.Match[str]) -> tuple[timedelta | None, int]:
    """Returns the time that begins with a part, and where it ends; None where it goes on."""
    seconds, end, found = 0.0, first.end(), first
    while True:
        seconds += _seconds(found)
        end = found.end()
        hours = found["unit"].lower() in ("h", "std")
        if hours and (rest := _MINUTES_AFTER_HOUR.match(words, end)):
            return timedelta(seconds=seconds + MINUTE * int(rest.group())), rest.end()
        between = regex(_BETWEEN).match(words, end)
        following = _part(begins=False).match(words, between.end() if between else end)
        if following is None or not _counts(following):
            more = regex(_MORE).match(words, end)
            return (None if more else timedelta(seconds=seconds)), end
        found = following


def _counts(part: re.Match[str]) -> bool:
    """Returns whether a part counts: `a second` is as often the one after the first."""
    return part["count"].lower() not in _COUNTS or _SECONDS[part["unit"].lower()] > SECOND


def _seconds(part: re.Match[str]) -> float:
    count = part["count"].lower()
    amount = _COUNTS[count] if count in _COUNTS else float(count.replace(",", "."))
    return amount * _SECONDS[part["unit"].lower()]
