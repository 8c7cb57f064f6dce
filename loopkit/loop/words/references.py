"""References to phases and loops: `P1, P2`, `P0-P2`, `Steps 1 and 2`, `all previous phases`."""

from __future__ import annotations

import re
from collections.abc import Sequence

from loopkit.loop.words.labels import family, label_at, number

LOOP_ID = re.compile(r"\bLOOP-[A-Z0-9]+(?:-[A-Z0-9]+)*(?![\w-])")

Named = tuple[str, tuple[int, int]]
"""A phase's id, and where the text names it."""

_RANGE = re.compile(r"[ \t]*(?:-|–|—|\.\.|\bto\b|\bthrough\b|\bthru\b)[ \t]*", re.IGNORECASE)
_JOIN = re.compile(r"[ \t]*(?:,[ \t]*and\b|,|;|/|&|\band\b)[ \t]*", re.IGNORECASE)
_STATE = re.compile(
    r"[ \t]*(?:(?:is|are|be)[ \t]+)?(?:done|completed?|completion|closed|verified|finished)\b",
    re.IGNORECASE,
)
_BARE = re.compile(r"\d{1,3}(?:\.\d{1,3})?[a-z]?(?![\w%])")
_PLURAL = re.compile(
    r"(?:phases|steps|stages|tiers|waves|tasks|milestones)[ \t]+(?=[\dA-Z])", re.IGNORECASE
)
_EARLIER = re.compile(
    r"all[ \t]+(?:(?:the[ \t]+)?(?:previous|prior|earlier|above|preceding)\b"
    r"(?:[ \t]+(?:phases|steps|tasks)\b)?|(?:phases|steps|tasks)\b(?:[ \t]+above)?)",
    re.IGNORECASE,
)


# Only behind a bracket, a dash or a comma: `LOOP-X closed` alone may be what is waited for.
_GONE = re.compile(
    r"[*_`]*[ \t]*(?:[(\[,;:]|—|–|--?)[ \t]*(?:is |was |now |already )?"
    r"(?:resolved|closed|completed?|done|satisfied|met|cleared|lifted)\b",
    re.IGNORECASE,
)


def blocks_no_more(text: str, at: int) -> bool:
    """Returns whether a blocker that ends at an offset is said to block no more."""
    return _GONE.match(text, at) is not None


# More phases than anybody writes: what one cell may name is bounded, so reading stays linear.
_MOST = 200


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

    def read(self, text: str, own: str = "") -> tuple[list[Named], int]:
        """Returns the phases that a text begins with, and where they end."""
        if earlier := _EARLIER.match(text):
            return [(id, earlier.span()) for id in self.before(own)], earlier.end()
        plural = _PLURAL.match(text)
        at = plural.end() if plural else 0
        found: list[Named] = []
        while (one := self._one(text, at, bool(plural))) is not None:
            named, end = one
            found += named
            state = _STATE.match(text, end)
            end = state.end() if state else end
            join = _JOIN.match(text, end)
            if join is None or self._one(text, join.end(), bool(plural)) is None:
                return found, join.end() if join else end
            at = join.end()
        return found, at

    def _one(self, text: str, at: int, bare: bool) -> tuple[list[Named], int] | None:
        """Returns the phase, or the range of phases, named at an offset."""
        first = self._token(text, at, bare)
        if first is None:
            return None
        to = _RANGE.match(text, first[1])
        last = self._token(text, to.end(), True) if to else None
        if last is None:
            return [(first[0], (at, first[1]))], first[1]
        return [(id, (at, last[1])) for id in self.between(first[0], last[0])], last[1]

    def _token(self, text: str, at: int, bare: bool) -> tuple[str, int] | None:
        label = label_at(text, at)
        if label:
            known = self.known(label.id)
            counted = family(label.id) in self.families
            return (known or label.id, label.end) if known or counted else None
        digits = _BARE.match(text, at)
        known = self.known(digits.group()) if digits else None
        # A number alone is a phase where phases are numbered so, or right after the word.
        if digits and known and (bare or not family(known) or digits.end() == len(text)):
            return known, digits.end()
        return None
