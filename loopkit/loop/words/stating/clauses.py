"""A text as clauses, and a clause as parts that each do one thing: `nearly`, `done`, `2/5`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import NamedTuple

from loopkit.loop.model import LoopStatus, PhaseStatus
from loopkit.loop.words.phrases import WIDE, Token, has_wide, tokens
from loopkit.loop.words.signs import BOXES, SELECTOR, SIGN_STATUS
from loopkit.loop.words.stating.markup import said
from loopkit.loop.words.stating.senses import PLAIN, Role, Sense, Tone, lexicon
from loopkit.loop.words.vocabulary import number_named

# What a loop's status is like for the grammar, which knows those of phases.
_LIKE: Mapping[LoopStatus, PhaseStatus] = {
    LoopStatus.OPEN: PhaseStatus.IN_PROGRESS,
    LoopStatus.PLANNED: PhaseStatus.PENDING,
    LoopStatus.BLOCKED: PhaseStatus.BLOCKED,
    LoopStatus.CLOSED: PhaseStatus.DONE,
    LoopStatus.DEFERRED: PhaseStatus.SKIPPED,
    LoopStatus.SUPERSEDED: PhaseStatus.SKIPPED,
    LoopStatus.UNKNOWN: PhaseStatus.UNKNOWN,
}
_HYPHENS = ("-", "‐", "‑")
_DIGIT = re.compile(r"\d")
_DURATION = re.compile(r"\d+(?:s|sec|m|min|h|hrs?|d|w)$")
_SHOUTED = re.compile(r"[A-Z][A-Z0-9]*(?:-[A-Z0-9]+)+$")


class Part(NamedTuple):
    """What one word, number or sign of a clause does, and where it stands in the text.

    `amount` is the share that is done, or the value of a number; a percentage is mild, as a disk
    may be 43% full; `glued` when a hyphen joins it to the word after it.
    """

    role: Role
    start: int
    end: int
    status: PhaseStatus | None = None
    loop: LoopStatus | None = None
    language: str = ""
    tone: Tone = PLAIN
    amount: float | None = None
    glued: bool = False


Clause = Sequence[Part]


class _Phrase(NamedTuple):
    """A phrase of the vocabulary before it is known which language it is meant in."""

    senses: tuple[Sense, ...]
    start: int
    end: int
    glued: bool


_Unit = Part | _Phrase | None
"""A piece of a text; None where a clause ends."""


def clauses(text: str, of_loop: bool = False) -> list[Clause]:
    """Returns the clauses of a text that hold anything, each as its parts.

    The status words are those that say something of a phase, or with `of_loop` of a loop.
    """
    text = said(text)
    units = list(_with_phrases(text, list(_pieces(text))))
    spoken = {
        sense.language
        for unit in units
        if isinstance(unit, _Phrase)
        for sense in unit.senses
        if _status(sense, of_loop) and not sense.shy
    }
    found: list[list[Part]] = [[]]
    for unit in units:
        part = _meant(unit, spoken, of_loop) if isinstance(unit, _Phrase) else unit
        if part is None or part.role in (Role.JOIN, Role.CONTRAST):
            found.append([])
        if part is not None and part.role is not Role.JOIN:
            found[-1].append(part)
    return [_settled(clause) for clause in found if clause]


@cache
def _piece(wide: bool) -> re.Pattern[str]:
    """Returns the expression of a piece; the wide set alone takes milliseconds to compile."""
    letter = rf"[^\W{WIDE}]" if wide else r"\w"
    word = rf"{letter}+(?:[\u0300-\u036f]+{letter}*)*"
    alone = rf"|(?P<wide>[{WIDE}]+)" if wide else ""
    return re.compile(
        r"(?P<box>\[[ xX/~!-]\])"
        r"|(?P<person>@[\w.-]+)"
        r"|(?P<date>\d{4}-\d\d(?:-\d\d)?(?:[T ]\d\d?:\d\d(?::\d\d)?(?:Z|[+-]\d\d:?\d\d)?)?"
        r"(?![A-Za-z0-9/-])"
        r"|\d\d?[./]\d\d?[./]\d{2,4}(?![A-Za-z0-9/])|\d\d?:\d\d(?::\d\d)?(?![A-Za-z0-9]))"
        r"|(?P<percent>[<≤~≈]?[ ]?\d{1,3}(?:[.,]\d{1,3})?[ \u00a0]?[%％])"
        r"|(?P<count>(?<![A-Za-z0-9/])\d{1,5}[ ]?[/∕⁄][ ]?\d{1,5}(?![A-Za-z0-9/]))"
        r"|(?P<none>[nN]/[aA](?!\w))"
        rf"|(?P<chain>#?{word}(?:['’.‐‑-]{word})*){alone}"
        rf"|(?P<sign>[{''.join(SIGN_STATUS)}]{SELECTOR}*)"
        r"|(?P<question>[?？¿])"
        r"|(?P<stop>[][(){}（）【】「」《》,;:|·•…。，；：、！+&=\n→⇒—–./-]+)"
    )


def _found(text: str) -> Iterator[re.Match[str]]:
    return _piece(has_wide(text)).finditer(text)


def begins_known(text: str) -> bool:
    """Returns whether the first word of a text may begin a status, or is no word at all."""
    if text.lstrip()[:1] == ":":
        text = said(text)  # `:x:` is a sign
    for found in _found(text):
        if found.lastgroup == "wide":
            return lexicon().begins(found[0][0])
        if found.lastgroup == "chain":
            first = next(iter(tokens(found[0])), None)
            return first is None or not first.word.isalpha() or lexicon().begins(first.word)
        if found.lastgroup != "stop":
            return True
    return False


def _pieces(text: str) -> Iterator[Part | Token | None]:
    """Yields the words, numbers and signs of a text, None where a clause ends."""
    for found in _found(text):
        kind, (start, end) = found.lastgroup, found.span()
        match kind:
            case "chain":
                yield from _chain(found[0], start)
            case "wide" | "none":
                yield from _shifted(found[0], start)
            case "stop":
                yield None
            case "sign":
                yield Part(Role.SIGN, start, end, SIGN_STATUS[found[0][0]])
            case "box":
                yield Part(Role.SIGN, start, end, BOXES[found[0][1]])
            case "percent" | "count":
                yield _share(found[0], start, end)
            case _:
                yield Part(Role[(kind or "other").upper()], start, end)


def _chain(chain: str, start: int) -> Iterator[Part | Token]:
    """Yields the words of a chain like `in-progress`, or the name that `LOOP-X` or `v1.2` is."""
    core, end = chain.strip("_.'’"), start + len(chain)
    if core.startswith("#"):
        yield Part(Role.LINK, start, end)
    elif core.isascii() and core.isalpha():
        yield Token(core.lower(), start + chain.index(core), start + chain.index(core) + len(core))
    elif core.isdecimal():
        yield Part(Role.NUMBER, start, end, amount=float(core[:9]))
    elif _DURATION.match(core):
        yield Part(Role.OTHER, start, end)
    elif _is_name(core) or (_SHOUTED.match(core) and lexicon().whole(core) is None):
        yield Part(Role.NAME, start, end)
    else:
        yield from _shifted(chain, start)


def _is_name(core: str) -> bool:
    return "." in core or _DIGIT.search(core) is not None


def _shifted(text: str, start: int) -> Iterator[Token]:
    for word, begin, end in tokens(text):
        yield Token(word, start + begin, start + end)


def _share(text: str, start: int, end: int) -> Part:
    """Returns how much is done as `80%` or `3/5` says; `9/7` is a day, and no share."""
    if text[-1] in "%％":
        amount = float(text.strip("<≤~≈ %％\u00a0").replace(",", ".")) / 100
        about = text[0] in "<≤~≈" and amount >= 1
        return Part(Role.SHARE, start, end, tone=Tone.MILD, amount=0.99 if about else amount)
    part, whole = (int(number) for number in re.split(r"[ ]?[/∕⁄][ ]?", text))
    if part > whole or not whole:
        return Part(Role.DATE, start, end)
    return Part(Role.SHARE, start, end, amount=part / whole)


def _with_phrases(text: str, pieces: Sequence[Part | Token | None]) -> Iterator[_Unit]:
    """Yields the pieces with words joined to the phrases of the vocabulary that they are."""
    words = [piece for piece in pieces if isinstance(piece, Token)]
    place = skip = 0
    senses = lexicon()
    for piece in pieces:
        if not isinstance(piece, Token):
            yield piece
            continue
        place += 1
        if skip:
            skip -= 1
            continue
        hit = senses.at(text, words, place - 1)
        last = words[hit[0] - 1] if hit else piece
        glued = _is_glued(text, last.end)
        if hit:
            skip = hit[0] - place
            yield _Phrase(hit[1], piece.start, last.end, glued)
        else:
            yield _unknown(piece, glued)


def _is_glued(text: str, end: int) -> bool:
    return text[end : end + 1] in _HYPHENS and text[end + 1 : end + 2].isalnum()


def _unknown(word: Token, glued: bool) -> Part:
    value = number_named(word.word)
    if value is None:
        return Part(Role.OTHER, word.start, word.end, glued=glued)
    return Part(Role.NUMBER, word.start, word.end, amount=float(value), glued=glued)


def _status(sense: Sense, of_loop: bool) -> PhaseStatus | None:
    """Returns the status that a sense is; one of a loop as that of a phase which it is like."""
    return _LIKE.get(sense.loop) if of_loop and sense.loop else None if of_loop else sense.phase


def _meant(phrase: _Phrase, spoken: set[str], of_loop: bool) -> Part:
    """Returns what a phrase does in a text in which status words of these languages stand."""
    start, end, glued = phrase.start, phrase.end, phrase.glued
    for sense in phrase.senses:
        status = _status(sense, of_loop)
        if sense.role is Role.STATUS and status is None:
            continue
        if not (sense.shy and spoken) or sense.language in spoken:
            told = status, sense.loop, sense.language, sense.tone
            return Part(sense.role, start, end, *told, glued=glued)
    return Part(Role.OTHER, start, end, glued=glued)


def _settled(clause: Sequence[Part]) -> Clause:
    """Returns a clause with `2 of 5` as one share, and `by @kaj` and `no errors` as harmless."""
    made: list[Part] = []
    harmless = False
    for part in clause:
        if part.role is Role.TAKE_BACK and harmless:
            part = part._replace(role=Role.AFTER)
        made.append(part)
        if part.role is Role.NUMBER and _roles(made[-3:-1]) == [Role.NUMBER, Role.OF]:
            made[-3:] = [_fraction(made[-3], part)]
        elif part.role is Role.PERSON and _roles(made[-2:-1]) == [Role.NOT_YET]:
            made[-2] = made[-2]._replace(role=Role.AFTER)
        harmless = harmless or part.role is Role.NONE or part.amount == 0
    made = [p._replace(role=Role.NONE) if _is_zero(p) else p for p in made]
    for at in [i for i, part in enumerate(made) if part.role is Role.NUMBER]:
        if Role.DATE in _roles(made[max(at - 1, 0) : at + 2]):
            made[at] = made[at]._replace(role=Role.DATE)
    return made


def _roles(parts: Sequence[Part]) -> list[Role]:
    return [part.role for part in parts]


def _fraction(first: Part, second: Part) -> Part:
    low, high = sorted((first.amount or 0.0, second.amount or 0.0))
    return Part(Role.SHARE, first.start, second.end, amount=low / high if high else 0.0)


def _is_zero(part: Part) -> bool:
    return part.role is Role.NUMBER and part.amount == 0
