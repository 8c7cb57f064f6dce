"""Finds phrases of any language in a text, in one pass: a dictionary, and no regular expression.

Words are compared without case, accents, and the hyphens or underscores between them. Chinese and
Japanese have no borders between words, so there every character counts as one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Generic, NamedTuple, TypeVar
from unicodedata import normalize

T = TypeVar("T")

WIDE = "\u3005-\u9fff"
"""The characters that are written without blanks between words, as a set of an expression."""

_MARKS = re.compile("[\u0300-\u036f]+")
_BETWEEN = " \t\u00a0-‐‑_*`~/"


class Token(NamedTuple):
    """A word as it is compared, and where it stands."""

    word: str
    start: int
    end: int


class Found(NamedTuple, Generic[T]):
    """A phrase in a text: `text[start:end]`."""

    start: int
    end: int
    value: T


def fold(word: str) -> str:
    """Returns a word as it is compared: `Étape` is `etape`, `Завершён` is `завершен`."""
    word = word.casefold()
    if word.isascii():
        return word
    bare = _MARKS.sub("", normalize("NFKD", word))
    return normalize("NFC", bare).replace("’", "'")


def has_wide(text: str) -> bool:
    """Returns whether a text holds characters that are written without blanks."""
    return not text.isascii() and any("\u3005" <= char <= "\u9fff" for char in text)


@cache
def _token(wide: bool) -> re.Pattern[str]:
    """Returns the expression of a word; the wide set alone takes a millisecond to compile."""
    letter = rf"(?:(?![{WIDE}])[^\W_])" if wide else r"[^\W_]"
    alone = rf"[{WIDE}]|" if wide else ""
    return re.compile(
        rf"[nN]/[aA](?![^\W_])|{alone}{letter}+(?:[\u0300-\u036f]+{letter}*)*"
        rf"(?:['’]{letter}+)*|[#№%]"
    )


def tokens(text: str) -> list[Token]:
    """Returns the words of a text."""
    found = _token(has_wide(text)).finditer(text)
    return [Token(fold(word[0]), *word.span()) for word in found]


def key(phrase: str) -> tuple[str, ...]:
    """Returns the words of a phrase as they are compared."""
    if phrase.replace(" ", "").isalpha():
        words = tuple(fold(phrase).split(" "))
        return tuple(char for word in words for char in word) if has_wide(phrase) else words
    return tuple(token.word for token in tokens(phrase))


class Phrases(Generic[T]):
    """Phrases, each with what it means; the longest that fits is found."""

    def __init__(self, entries: Iterable[tuple[tuple[str, ...], T]]) -> None:
        self._by_first: dict[str, list[tuple[tuple[str, ...], T]]] = {}
        for words, value in entries:
            self._by_first.setdefault(words[0], []).append((words[1:], value))
        for kept in self._by_first.values():
            if len(kept) > 1:
                kept.sort(key=lambda entry: -len(entry[0]))

    def begins(self, word: str) -> bool:
        """Returns whether a word, as it is compared, begins any phrase."""
        return word in self._by_first

    def at(self, text: str, words: Sequence[Token], place: int) -> tuple[int, T] | None:
        """Returns the phrase that begins at a word: the place after it, and what it means."""
        for rest, value in self._by_first.get(words[place].word, ()):
            end = place + 1 + len(rest)
            if len(words) >= end and self._follows(text, words, place, rest):
                return end, value
        return None

    @staticmethod
    def _follows(text: str, words: Sequence[Token], place: int, rest: Sequence[str]) -> bool:
        for step, wanted in enumerate(rest, place + 1):
            if words[step].word != wanted:
                return False
            if text[words[step - 1].end : words[step].start].strip(_BETWEEN):
                return False
        return True

    def find(self, text: str) -> Iterator[Found[T]]:
        """Yields the phrases of a text from its beginning to its end; none overlap."""
        words, place = tokens(text), 0
        while place < len(words):
            hit = self.at(text, words, place)
            if hit is None:
                place += 1
                continue
            yield Found(words[place].start, words[hit[0] - 1].end, hit[1])
            place = hit[0]

    def search(self, text: str) -> Found[T] | None:
        """Returns the first phrase of a text."""
        return next(self.find(text), None)

    def whole(self, text: str) -> T | None:
        """Returns what a text means that is one of the phrases, marks around it aside."""
        words = tokens(text)
        hit = self.at(text, words, 0) if words else None
        return hit[1] if hit and hit[0] == len(words) else None
