"""References to phases and loops: `P1, P2`, `P0-P2`, `Steps 1 and 2`, `P1 or P2`, `previous`.

Every text that is given here has gone through `said`: it has no marks, links or signs.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from loopkit.loop.words.labels import family, label_at, number
from loopkit.loop.words.waiting.spoken import regex

LOOP_ID = re.compile(r"\bLOOP-[A-Z0-9]+(?:-[A-Z0-9]+)*(?![\w-])")

Named = tuple[str, tuple[int, int]]
"""A phase's id, and where the text names it."""


class Joined(Enum):
    """How many of the phases that a text names have to be done."""

    ALL = "all"
    ANY = "any"
    UNCLEAR = "unclear"
    """`P1 and P2 or P3`."""


@dataclass(frozen=True, slots=True)
class Referred:
    """The phases that a text names, how they are joined, and where they end.

    `open_or` says that the text goes on with something else instead: `P1 or a visit`.
    """

    named: tuple[Named, ...]
    end: int
    joined: Joined = Joined.ALL
    open_or: bool = False


_RANGE = re.compile(r"\s*(?:-|–|—|\.\.|…|\bto\b|\bthrough\b|\bthru\b|\bbis\b)\s*", re.IGNORECASE)
_JOIN = (
    r"(?P<and>\s*(?:[,;]\s*)?(?:&|\+|{joined})\s*)"
    r"|(?P<or>\s*(?:,\s*)?(?:\||{parted})\s*)"
    r"|(?P<comma>\s*[,;/]\s*)"
)
_STATE = r"\s*{done}"
_EITHER = r"{either}\s+"
_PREVIOUS = "{previous}"
_EARLIER = "{all_previous}"
_PLURAL = re.compile(
    r"(?:phases|steps|stages|tiers|waves|tasks|milestones|phasen|schritte|fases|étapes|etapas"
    r"|этап\w+|フェーズ|阶段)\s+(?=[\dA-Z])",
    re.IGNORECASE,
)
_BARE = re.compile(
    r"(?:\d{1,3}(?:\.\d{1,3}){0,2}[a-z]?|[A-Z]|[IVX]{1,4})(?![\w%])(?![.:]\d|,\d{1,2}[ ]?[a-z])"
)
# `Etapa 2`, `этапа 2`: what the ids of a document are called, in the forms that its language has.
_SPOKEN = re.compile(r"([^\W\d_]{2,20})[ -]?(\d{1,3}(?:\.\d{1,3}){0,3}[a-z]?)(?![^\W_])")
_WORD_END = re.compile(r"(?![a-zA-Z0-9_\u00c0-\u04ff])")
_WORD_START = re.compile(r"(?<![a-zA-Z0-9_\u00c0-\u04ff-])[^\W_]")
_DIGIT = re.compile(r"\d")
_HYPHENATED = re.compile(r"-[^\W\d_]{2,}")
# What may follow a number, a letter or a plain word if it is an id: no noun that it belongs to.
_ALONE = r"\s*(?:$|[.,;:!?)\]|/&+–—(]|--?\s|{joined}|{parted}|{done})"
_GLUE = r"(?:{inner}|{done}|{auxiliary}|{needs}|{after}|{when}|{until}|{waits}|[\W_])*"
_NOTE = re.compile(r"\W*(?:see|cf|vgl|siehe|voir|véase|ver|см)\b", re.IGNORECASE)
_SHORT = 60
_GONE = re.compile(
    r"[*_`]*[ \t]*(?:[(\[,;:]|—|–|--?)[ \t]*(?:is |was |now |already )?"
    r"(?:resolved|closed|completed?|done|satisfied|met|cleared|lifted)\b",
    re.IGNORECASE,
)


def blocks_no_more(text: str, at: int) -> bool:
    """Returns whether a blocker that ends at an offset is said to block no more.

    Only behind a bracket, a dash or a comma: `LOOP-X closed` alone may be what is waited for.
    """
    return _GONE.match(text, at) is not None


def says_no_more(text: str) -> bool:
    """Returns whether what stands around a phase adds nothing: `(see below)`, `start after`."""
    short = len(text) < _SHORT
    return bool(_NOTE.match(text) or (short and regex(_GLUE).fullmatch(text)))


# More phases than anybody writes: what one cell may name is bounded, so reading stays linear.
_MOST = 200
# Longer ids are sentences, and nobody repeats them.
_LONGEST = 40


class PhaseIds:
    """The ids of a loop's phases, found by how people write them."""

    def __init__(self, ids: Sequence[str]) -> None:
        self.ids = tuple(ids)
        self.families = {family(id) for id in self.ids}
        self._places: dict[str, int] = {}
        self._counted: dict[tuple[str, str], str] = {}
        for place, id in enumerate(self.ids):
            self._places.setdefault(id.casefold(), place)
            self._counted.setdefault((family(id), number(id)), id)
            self._counted.setdefault(("", number(id)), id)
        lengths = {len(id) for id in self.ids if 0 < len(id) <= _LONGEST}
        self._numbered = all(any(c.isdigit() for c in id) for id in self.ids)
        self._lengths = sorted(lengths, reverse=True)

    def __contains__(self, id: object) -> bool:
        return isinstance(id, str) and id.casefold() in self._places

    def may_stand_in(self, text: str) -> bool:
        """Returns whether a text may name a phase by its id; quick, and never wrongly no."""
        return not self._numbered or _DIGIT.search(text) is not None

    def known(self, reference: str) -> str | None:
        """Returns the id that is meant: `P1` means `P1`, else `Phase 1`, else a bare `1`."""
        if (place := self._places.get(reference.casefold())) is not None:
            return self.ids[place]
        digits = number(reference)
        bare = self._places.get(digits)
        if bare is not None:
            return self.ids[bare]
        return self._counted.get((family(reference), digits))

    def between(self, first: str, last: str) -> list[str]:
        """Returns the phases from one to another in the order of the document."""
        start, end = (self._places.get(id.casefold(), -1) for id in (first, last))
        if start < 0 or end < start:
            return [first, last]
        return list(self.ids[start : end + 1]) if end - start < _MOST else []

    def before(self, own: str) -> list[str]:
        """Returns the phases before one; none where they are too many, so a person decides."""
        place = self._places.get(own.casefold(), 0)
        return list(self.ids[:place]) if place < _MOST else []

    def read(self, text: str, own: str = "", at: int = 0) -> Referred | None:
        """Returns the phases that a text names right at an offset; None where it names none."""
        if earlier := regex(_EARLIER).match(text, at):
            named = tuple((id, earlier.span()) for id in self.before(own))
            return Referred(named, earlier.end()) if named else None
        if previous := self._previous(text, own, at):
            return previous
        either = regex(_EITHER).match(text, at)
        plural = _PLURAL.match(text, either.end() if either else at)
        start = plural.end() if plural else either.end() if either else at
        return self._chain(text, start, bool(plural), bool(either))

    def find(self, text: str, at: int, own: str = "") -> tuple[int, Referred] | None:
        """Returns where phases are named next by what can be nothing but a label, and which."""
        for word in _WORD_START.finditer(text, at):
            begin = word.start()
            if self._label(text, begin) and (found := self.read(text, own, begin)):
                return begin, found
        return None

    def _previous(self, text: str, own: str, at: int) -> Referred | None:
        found = regex(_PREVIOUS).match(text, at)
        if found is None or not regex(_ALONE).match(text, found.end()):
            return None
        place = self._places.get(own.casefold(), 0)
        state = regex(_STATE).match(text, found.end())
        named = ((self.ids[place - 1], found.span()),) if place else ()
        return Referred(named, state.end() if state else found.end())

    def _chain(self, text: str, at: int, plural: bool, either: bool) -> Referred | None:
        """Returns the phases of a list: `P1, P2 and P3`, `P1 or P2`."""
        found: list[Named] = []
        joins: set[str] = {"or"} if either else set()
        end = at
        while (one := self._one(text, end, plural)) is not None:
            named, end = one
            found += named
            state = regex(_STATE).match(text, end)
            end = state.end() if state else end
            join = regex(_JOIN).match(text, end)
            if join is None or self._one(text, join.end(), plural) is None:
                open_or = join is not None and join.lastgroup == "or"
                return Referred(tuple(found), join.end() if join else end, _joined(joins), open_or)
            joins.add(join.lastgroup or "")
            end = join.end()
        return None

    def _one(self, text: str, at: int, plural: bool) -> tuple[list[Named], int] | None:
        """Returns the phase, or the range of phases, named at an offset."""
        first = self._token(text, at, plural)
        if first is None:
            return None
        to = _RANGE.match(text, first[1])
        # `P1-3` is a range; in `P1 - 3 approvals` the number belongs to what follows it.
        last = self._token(text, to.end(), not to.group()[0].isspace()) if to else None
        if last is None:
            return [(first[0], (at, first[1]))], first[1]
        return [(id, (at, last[1])) for id in self.between(first[0], last[0])], last[1]

    def _token(self, text: str, at: int, plural: bool) -> tuple[str, int] | None:
        if label := self._label(text, at):
            return label
        for found in (self._exact(text, at), self._bare(text, at)):
            # A number alone is a phase right after the word; elsewhere only if nothing follows.
            if found and (plural or regex(_ALONE).match(text, found[1])):
                return found
        return None

    def _label(self, text: str, at: int) -> tuple[str, int] | None:
        """Returns the phase of what can be nothing but a label: `P1`, `Phase 2`, `Etapa 3`."""
        exact = self._exact(text, at)
        if exact and _is_label(exact[0]):
            return exact
        label = label_at(text, at)
        if label and not _HYPHENATED.match(text, label.end):
            known = self.known(label.id)
            counted = family(label.id) in self.families
            return (known or label.id, label.end) if known or counted else None
        return self._spoken(text, at)

    def _exact(self, text: str, at: int) -> tuple[str, int] | None:
        """Returns the id that stands at an offset as it is written elsewhere, the longest."""
        for length in self._lengths:
            end = at + length
            place = self._places.get(text[at:end].casefold())
            if place is None or len(text) < end or not _WORD_END.match(text, end):
                continue
            if _HYPHENATED.match(text, end) and not label_at(text, end + 1):
                continue
            # `a visit` is not about phase A.
            if length > 1 or text[at] == self.ids[place]:
                return self.ids[place], end
        return None

    def _bare(self, text: str, at: int) -> tuple[str, int] | None:
        found = _BARE.match(text, at)
        known = self.known(found.group()) if found else None
        return (known, found.end()) if found and known else None

    def _spoken(self, text: str, at: int) -> tuple[str, int] | None:
        found = _SPOKEN.match(text, at)
        if found is None:
            return None
        id = self._counted.get((found[1][0].upper(), found[2].lower()), "")
        word = re.match(r"[^\W\d_]{2,}", id)
        alike = word and _alike(word.group().casefold(), found[1].casefold())
        return (id, found.end()) if alike else None


def _joined(joins: set[str]) -> Joined:
    if "or" not in joins:
        return Joined.ALL
    return Joined.UNCLEAR if "and" in joins else Joined.ANY


def _is_label(id: str) -> bool:
    label = label_at(id)
    whole = label is not None and label.end == len(id)
    return whole or (any(c.isdigit() for c in id) and any(c.isalpha() for c in id))


def _alike(one: str, other: str) -> bool:
    """Returns whether two words are forms of one: they differ in their last letters at most."""
    shared = next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), None)
    shared = min(len(one), len(other)) if shared is None else shared
    return shared >= 3 and max(len(one), len(other)) - shared <= 2
