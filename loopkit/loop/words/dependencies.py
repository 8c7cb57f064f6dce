"""How people say that one thing waits for another, in every language that is read.

Regular expressions are made of the words of the languages that a text is in, when a text first
asks for them: compiling those of all takes longer than reading a document.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from loopkit.loop.words.waiting.chinese import CHINESE
from loopkit.loop.words.waiting.english import ENGLISH
from loopkit.loop.words.waiting.french import FRENCH
from loopkit.loop.words.waiting.german import GERMAN
from loopkit.loop.words.waiting.japanese import JAPANESE
from loopkit.loop.words.waiting.language import Waiting
from loopkit.loop.words.waiting.portuguese import PORTUGUESE
from loopkit.loop.words.waiting.russian import RUSSIAN
from loopkit.loop.words.waiting.spanish import SPANISH

LANGUAGES = (ENGLISH, GERMAN, FRENCH, SPANISH, PORTUGUESE, RUSSIAN, CHINESE, JAPANESE)

Spoken = tuple[Waiting, ...]
"""Languages whose words for waiting stand in a text; none where nothing waits."""

_TELLING = ("needs", "after", "when", "until", "behind", "waits", "soaks", "previous")
_WORD = re.compile(r"[^\W\d_]{3,}")
_STEM = 4


def spoken(text: str) -> Spoken:
    """Returns the languages that a text may say in what is waited for."""
    stems = {word[:_STEM] for word in _WORD.findall(text.lower())}
    found = {at for stem in stems & _stems().keys() for at in _stems()[stem]}
    if not text.isascii():
        found |= {at for at, language in enumerate(LANGUAGES) if _in_script(text, language)}
    return tuple(LANGUAGES[at] for at in sorted(found))


def regex(template: str, languages: Spoken = LANGUAGES) -> re.Pattern[str]:
    """Returns an expression in which `{needs}` stands for what the languages say in that role."""
    return _compiled(template, languages)


@cache
def _compiled(template: str, languages: Spoken) -> re.Pattern[str]:
    def words(found: re.Match[str]) -> str:
        said = (_bordered(getattr(one, found[1]), one.spaced) for one in languages)
        return f"(?:{'|'.join(said) or '(?!)'})"

    return re.compile(re.sub(r"\{([a-z_]+)\}", words, template), re.IGNORECASE)


def _bordered(phrases: str, spaced: bool) -> str:
    loose = phrases.replace(" ", r"\s+")
    return rf"(?<!\w)(?:{loose})(?!\w)" if spaced else f"(?:{loose})"


@cache
def _stems() -> dict[str, set[int]]:
    """Returns how the telling words of languages in Latin script begin, and whose they are."""
    found: dict[str, set[int]] = {}
    for at, language in enumerate(LANGUAGES):
        for stem in _stems_of(language) if not language.script else ():
            found.setdefault(stem, set()).add(at)
    return found


def _stems_of(language: Waiting) -> Iterator[str]:
    for role in _TELLING:
        phrases = re.sub(r"\\.|\[[^\]]*\]", " ", getattr(language, role))
        yield from (word[:_STEM] for word in _WORD.findall(phrases))


def _in_script(text: str, language: Waiting) -> bool:
    return bool(language.script) and re.search(language.script, text) is not None
