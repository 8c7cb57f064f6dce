"""What a text says, without what only shows it: marks, links, signs, footnotes, struck-out words.

Every character that is taken away leaves a blank, so an offset means the same in both texts.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_SHOWS = re.compile(r"[*_`~\[<:^]|->|=>|[^\x00-\x7f]|[\r\n]")
_AWAY = re.compile(
    r"<!--.*?-->"
    r"|~~[^~]+~~"  # struck out: not said
    r"|!\[[^\[\]]*\]\([^()]*\)"
    r"|\[\^[^\[\]]{1,20}\]"
    r"|\[[ xX~/!>-]\](?=\s|$)"
    r"|(?<!\w):[a-z][a-z0-9_+-]{1,30}:"
    r"|</?[a-zA-Z][^<>]{0,200}>"
    r"|\*+|`+|~+|(?<!\w)_+|_+(?!\w)",
    re.DOTALL,
)
_BREAK = re.compile(r"<br[ \t]*/?>", re.IGNORECASE)
_LINK = re.compile(r"\[([^\[\]]*)\](?:\([^()]*\)|\[[^\[\]]*\])")
_WIKI_LINK = re.compile(r"\[\[([^\[\]|]+)(\|[^\[\]]*)?\]\]")
_QUOTED = re.compile(r"[\r\n][ \t]*(?:>[ \t]*)+")
_ARROW = re.compile(r"(?:-|=){1,2}>|[→➔➜➡⇒⟶⟹]")
_WIDE = str.maketrans(
    "，、；：（）［］！？。．　\u00a0\u2007\u2009\u202f\r\n", ",,;:()[]!?.." + " " * 7
)
_WIDE_DIGITS = str.maketrans("０１２３４５６７８９", "0123456789")


def said(text: str) -> str:
    """Returns the text without what only shows it, each character at its old place."""
    if not _SHOWS.search(text):
        return text
    text = _QUOTED.sub(_blank, text)
    text = _BREAK.sub(lambda found: ",".ljust(len(found.group())), text)
    text = _WIKI_LINK.sub(_kept, text)
    text = _LINK.sub(_kept, text)
    text = _AWAY.sub(_blank, text)
    text = _ARROW.sub(lambda found: (_joiner(found)).ljust(len(found.group())), text)
    if text.isascii():
        return text.translate(_WIDE)
    return "".join(map(_shown, text.translate(_WIDE).translate(_WIDE_DIGITS)))


def _blank(found: re.Match[str]) -> str:
    return " " * len(found.group())


def _kept(found: re.Match[str]) -> str:
    start, end = (at - found.start() for at in found.span(1))
    return " " * start + found[1] + " " * (len(found.group()) - end)


def _joiner(found: re.Match[str]) -> str:
    """Returns what an arrow says: between two things it joins them."""
    before = found.string[: found.start()].rstrip()
    return "," if before and (before[-1].isalnum() or before[-1] in ")]") else ""


@lru_cache(4096)
def _shown(character: str) -> str:
    """Returns a character, or a blank for a sign, a superscript or a mark of a footnote."""
    kind = unicodedata.category(character)
    signs = kind in ("So", "Sk", "No", "Cf", "Cs", "Me") or character in "†‡\ufe0e\ufe0f"
    return " " if signs and not character.isascii() else character
