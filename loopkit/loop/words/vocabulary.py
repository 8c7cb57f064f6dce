"""The words of all languages in one place, merged when they are first asked for.

The words themselves are data, a file each language, in `languages`; the status words are read by
`status`, which alone knows the grammar they stand in.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from importlib import import_module

from loopkit.loop.words.language import Column, Language, Meaning, Topic
from loopkit.loop.words.languages import NAMES
from loopkit.loop.words.phrases import Phrases, fold, key

_BLANK = re.compile(r"[\s_-]+")
_AROUND = " \t\u00a0*_`~:?:？"


@cache
def languages() -> tuple[Language, ...]:
    """Returns the languages that plans are read in."""
    return tuple(_language(name) for name in NAMES)


def _language(name: str) -> Language:
    found: Language = import_module(f"loopkit.loop.words.languages.{name}").LANGUAGE
    return found


def split(words: str) -> list[str]:
    """Returns the phrases of a value of a `Language`."""
    return words.split("|") if words else []


def named(name: str) -> str:
    """Returns a column's or field's name as compared: `**Depends-on:**` is `depends on`."""
    return _BLANK.sub(" ", fold(name).strip(_AROUND)).strip()


# ── Labels and numbers ───────────────────────────────────────────────────────


@cache
def label_words() -> Phrases[str]:
    """Returns what phases are called before their number, each with its language."""
    return _phrases(lambda language: language.labels)


@cache
def _numbers() -> Mapping[str, int]:
    return {
        fold(form): value
        for language in languages()
        for value, forms in enumerate(split(language.numbers))
        for form in forms.split("/")
    }


def number_named(word: str) -> int | None:
    """Returns the number that a word says: `Two`, `zwei`, `二`; None for any other."""
    return _numbers().get(fold(word))


# ── Columns, fields, headings ────────────────────────────────────────────────


@cache
def _columns() -> Mapping[str, frozenset[Column]]:
    found: dict[str, frozenset[Column]] = {}
    for language in languages():
        for column, words in language.columns.items():
            for word in split(words):
                found[named(word)] = found.get(named(word), frozenset()) | {column}
    return found


def columns_named(header: str) -> frozenset[Column]:
    """Returns what a column of this name may hold: `Task` a phase or a title; none if unknown."""
    return _columns().get(named(header), frozenset())


@cache
def _meanings() -> Mapping[str, Meaning]:
    found: dict[str, Meaning] = {}
    for language in languages():
        for meaning, words in language.fields.items():
            for word in split(words):
                found.setdefault(named(word), meaning)
    return found


def meaning_named(field: str) -> Meaning:
    """Returns what a header's field of this name says."""
    return _meanings().get(named(field), Meaning.OTHER)


@cache
def _topics() -> Phrases[frozenset[Topic]]:
    found: dict[str, frozenset[Topic]] = {}
    for language in languages():
        for topic, words in language.topics.items():
            for word in split(words):
                found[word] = found.get(word, frozenset()) | {topic}
    return Phrases((key(word), topics) for word, topics in found.items())


def topics_named(heading: str) -> frozenset[Topic]:
    """Returns what a heading says that its section is about."""
    return frozenset().union(*(found.value for found in _topics().find(heading)))


# ── Gates ────────────────────────────────────────────────────────────────────


@cache
def dependency_words() -> Phrases[str]:
    """Returns what says that a phase waits for another, each with its language."""
    return _phrases(lambda language: language.depends)


@cache
def wait_words() -> Phrases[str]:
    """Returns what says that a phase waits for time to pass, each with its language."""
    return _phrases(lambda language: language.waits)


# ── Cells ────────────────────────────────────────────────────────────────────


@cache
def _answers() -> Phrases[bool]:
    return Phrases((key(word), yes) for word, yes in _answer_entries())


def _answer_entries() -> Iterator[tuple[str, bool]]:
    for language in languages():
        yield from ((word, True) for word in split(language.yes))
        yield from ((word, False) for word in split(language.no))


def answer(cell: str) -> bool | None:
    """Returns whether a cell says yes or no, None where it says neither."""
    return _answers().whole(cell)


@cache
def _nothing_words() -> Phrases[str]:
    return _phrases(lambda language: language.nothing)


def names_nothing(cell: str) -> bool:
    """Returns whether a cell is a word for nothing: `none`, `keine`, `无`."""
    return _nothing_words().whole(cell) is not None


@cache
def _total_words() -> Phrases[str]:
    return _phrases(lambda language: language.totals)


def is_total(cell: str) -> bool:
    """Returns whether a row that begins with this cell sums up the others: `**Total**`."""
    return _total_words().whole(cell) is not None


def _phrases(words: Callable[[Language], str]) -> Phrases[str]:
    return Phrases((key(word), one.name) for one in languages() for word in split(words(one)))
