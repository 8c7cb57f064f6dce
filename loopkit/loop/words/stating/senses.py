"""What each word does in the grammar of a status, merged from all languages at first need."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import Flag, IntEnum
from functools import cache
from typing import NamedTuple

from loopkit.loop.model import LoopStatus, PhaseStatus
from loopkit.loop.words.language import Language
from loopkit.loop.words.phrases import Phrases, key
from loopkit.loop.words.vocabulary import languages, split


class Role(IntEnum):
    """What a part of a clause does; of several roles of one word the lowest counts."""

    STATUS = 0
    SIGN = 1
    SHARE = 2
    """A part of a whole in numbers: `80%`, `3/5`, `2 of 5`."""
    PART = 3
    NOT_YET = 4
    NEGATION = 5
    TAKE_BACK = 6
    NONE = 7
    PAST = 8
    OF = 9
    CONTRAST = 10
    JOIN = 11
    DATE = 12
    PLACE = 13
    AFTER = 14
    NEUTRAL = 15
    NUMBER = 16
    NAME = 17
    """A name with a digit in it: `P3`, `bbe30a3`, `plan.md`."""
    LINK = 18
    """The number of an issue or a change: `#12`."""
    PERSON = 19
    QUESTION = 20
    OTHER = 21
    """A word that the vocabulary does not know."""


class Tone(Flag):
    """How a status word is used besides, as its language's lists of the same names say."""

    MILD = 1
    FIRM = 2
    VAGUE = 4


PLAIN = Tone(0)


class Sense(NamedTuple):
    """One thing that a phrase may be; `shy` when it counts beside its own language only.

    A status word says something of a phase, of a loop, or of both.
    """

    role: Role
    language: str
    phase: PhaseStatus | None = None
    loop: LoopStatus | None = None
    shy: bool = False
    tone: Tone = PLAIN


_WORDS: Mapping[Role, str] = {
    Role.PART: "parts",
    Role.NOT_YET: "not_yet",
    Role.NEGATION: "negations",
    Role.TAKE_BACK: "take_backs",
    Role.NONE: "nones",
    Role.PAST: "past",
    Role.CONTRAST: "contrasts",
    Role.JOIN: "joins",
    Role.PLACE: "places",
    Role.OF: "of",
    Role.AFTER: "after",
    Role.DATE: "dates",
    Role.NEUTRAL: "neutral",
}

Senses = Phrases[tuple[Sense, ...]]


@cache
def lexicon() -> Senses:
    """Returns the words of all languages with all that each may be, the weightiest first."""
    found: dict[tuple[str, ...], list[Sense]] = {}
    for language in languages():
        for word, sense in (*_statuses(language), *_others(language)):
            found.setdefault(key(word), []).append(sense)
    return Phrases((words, tuple(_ordered(senses))) for words, senses in found.items())


def _ordered(senses: list[Sense]) -> list[Sense]:
    return senses if len(senses) == 1 else sorted(senses, key=_weight)


def _statuses(language: Language) -> Iterator[tuple[str, Sense]]:
    phases = {word: status for status, words in language.phases.items() for word in split(words)}
    loops = {word: status for status, words in language.loops.items() for word in split(words)}
    tones, shy = _tones(language), set(split(language.shy))
    for word in phases | loops:
        said = phases.get(word), loops.get(word)
        yield (
            word,
            Sense(Role.STATUS, language.name, *said, word in shy, tones.get(word, PLAIN)),
        )


def _tones(language: Language) -> Mapping[str, Tone]:
    found: dict[str, Tone] = {}
    lists = ((Tone.MILD, language.mild), (Tone.FIRM, language.firm), (Tone.VAGUE, language.vague))
    for tone, words in lists:
        for word in split(words):
            found[word] = found.get(word, PLAIN) | tone
    return found


def _others(language: Language) -> Iterator[tuple[str, Sense]]:
    shy = set(split(language.shy))
    for role, name in _WORDS.items():
        bold, timid = (Sense(role, language.name, shy=is_shy) for is_shy in (False, True))
        for word in split(getattr(language, name)):
            yield word, timid if word in shy else bold


def _weight(sense: Sense) -> Role:
    return sense.role
