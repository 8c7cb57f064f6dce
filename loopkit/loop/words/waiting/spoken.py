"""How people say that one thing waits for another, in every language that is read.

Regular expressions are made of the words of the languages that a text is in, when a text first
asks for them: compiling those of all takes longer than reading a document.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache

from loopkit.loop.words.remembered import remembered
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
_MARKS = str.maketrans("*_`~\r\n", " " * 6)
# Words of phrases like `has to be done` that tell nothing by themselves.
_COMMON = {"all", "and", "are", "for", "has", "have", "not", "one", "over", "pass", "test"}
_COMMON |= {"that", "the", "this", "you"}


@remembered
def spoken(text: str) -> Spoken:
    """Returns the languages that a text may say in what is waited for."""
    found = {at for stem in set(_hint().findall(text.lower())) for at in _stems()[stem]}
    if not text.isascii():
        found |= {at for at, language in enumerate(LANGUAGES) if _in_script(text, language)}
    return tuple(LANGUAGES[at] for at in sorted(found))


def regex(template: str, languages: Spoken = LANGUAGES) -> re.Pattern[str]:
    """Returns an expression in which `{needs}` stands for what the languages say in that role."""
    return _compiled(template, languages)


def tells(text: str, languages: Spoken, roles: tuple[str, ...]) -> bool:
    """Returns whether any word of some roles stands in a text; quicker than `regex`."""
    return _teller(languages, roles)(text)


@cache
def _teller(languages: Spoken, roles: tuple[str, ...]) -> Callable[[str], bool]:
    return remembered(lambda text: _tells(text, languages, roles))


def _tells(text: str, languages: Spoken, roles: tuple[str, ...]) -> bool:
    return _quick(languages, roles).search(text.lower().translate(_MARKS)) is not None


@cache
def _quick(languages: Spoken, roles: tuple[str, ...]) -> re.Pattern[str]:
    phrases = {
        spaced: "|".join(
            getattr(one, role) for one in languages for role in roles if one.spaced is spaced
        ).replace(" ", r"\s+")
        for spaced in (True, False)
    }
    return re.compile(rf"(?<!\w)(?:{phrases[True] or '(?!)'})(?!\w)|{phrases[False] or '(?!)'}")


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


@cache
def _hint() -> re.Pattern[str]:
    """Returns an expression for how telling words begin, by first letters: it is asked often."""
    by_first: dict[str, list[str]] = {}
    for stem in sorted(_stems(), key=len, reverse=True):
        by_first.setdefault(stem[0], []).append(stem[1:])
    parts = (f"{first}(?:{'|'.join(rest)})" for first, rest in by_first.items())
    return re.compile(rf"(?<![^\W_])(?:{'|'.join(parts)})")


def _stems_of(language: Waiting) -> Iterator[str]:
    for role in _TELLING:
        phrases = re.sub(r"\\.|\[[^\]]*\]", " ", getattr(language, role))
        yield from (word[:_STEM] for word in _WORD.findall(phrases) if word not in _COMMON)


def _in_script(text: str, language: Waiting) -> bool:
    return bool(language.script) and re.search(language.script, text) is not None
