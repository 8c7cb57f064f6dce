"""Blanks the characters of a text that say nothing: struck-out words, comments, addresses, tags.

The length stays, so that what is found in the rest stands where it stood. Every step looks at a
character a bounded number of times, whatever the text.
"""

from __future__ import annotations

import re

from loopkit.loop.words.signs import SELECTOR, SHORT_CODES

_MARKS = (("<!--", "-->"), ("~~", "~~"), ("<s>", "</s>"), ("<del>", "</del>"))
_UNSAID = [(re.compile(a, re.IGNORECASE), re.compile(b, re.IGNORECASE)) for a, b in _MARKS]
_ADDRESS = re.compile(
    r"(?<=\])\([^()\[\]]*\)|(?<=\])\[[^\[\]]*\]|\[\^[^\[\]]*\]|https?://[^\s)>\]]+"
)
_TAG = re.compile(r"</?[A-Za-z][^<>]{0,200}>")
_BREAK = re.compile(r"<br\b", re.IGNORECASE)
_CODE = re.compile(r":([a-z_]{1,40}):")
_SPECIAL = re.compile(r"[<~\]:&]")


def said(text: str) -> str:
    """Returns a text with blanks for what it does not say, and signs for their short codes.

    A sign is followed by as many selectors as its short code was longer.
    """
    if not _SPECIAL.search(text):
        return text
    for opening, closing in _UNSAID:
        text = _without(text, opening, closing)
    text = _ADDRESS.sub(_blank, text)
    text = _TAG.sub(_tag, text)
    text = _CODE.sub(_sign, text)
    return text.replace("&nbsp;", " " * len("&nbsp;"))


def _without(text: str, opening: re.Pattern[str], closing: re.Pattern[str]) -> str:
    """Returns a text with blanks for what stands between two marks, and for the marks."""
    kept, at = [], 0
    while begun := opening.search(text, at):
        ended = closing.search(text, begun.end())
        if ended is None:
            break
        kept += [text[at : begun.start()], " " * (ended.end() - begun.start())]
        at = ended.end()
    return "".join([*kept, text[at:]])


def _blank(found: re.Match[str]) -> str:
    return " " * len(found[0])


def _tag(found: re.Match[str]) -> str:
    """A line break parts what stands around it; other tags are no more than emphasis."""
    part = ";" if _BREAK.match(found[0]) else " "
    return part + " " * (len(found[0]) - 1)


def _sign(found: re.Match[str]) -> str:
    sign = SHORT_CODES.get(found[1])
    return sign + SELECTOR * (len(found[0]) - 1) if sign else found[0]
