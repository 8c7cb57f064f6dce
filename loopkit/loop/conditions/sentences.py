"""Sentences that say what a phase waits for: `Depends on Phase 1.`, `P3 can start after P2`.

A dependency word alone says nothing here: prose is full of them. It counts where what follows it
is a phase of the document, or looks like one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import chain, pairwise

from loopkit.loop.words.durations import (
    begins_with_wait,
    duration,
    is_unread_wait,
    time_before,
    wait_that_holds,
)
from loopkit.loop.words.labels import label_at
from loopkit.loop.words.references import LOOP_ID, Joined, Named, PhaseIds, Referred
from loopkit.loop.words.waiting.said import said
from loopkit.loop.words.waiting.spoken import Spoken, regex, spoken, tells


@dataclass(frozen=True, slots=True)
class Statement:
    """What a clause, `text[start:end]`, says that a phase waits for: others, or a time.

    `of` are the ids of the phases that it speaks of, none for the one whose text it is; with
    `cites` what it waits for is another loop; `why` says what cannot be told of it.
    """

    start: int
    end: int
    of: tuple[str, ...] = ()
    named: tuple[Named, ...] = ()
    any_of: bool = False
    wait: timedelta | None = None
    cites: bool = False
    why: str = ""


_KINDS = ("needs", "after", "when", "until", "behind")
_WORD = "|".join(f"(?P<{kind}>{{{kind}}})" for kind in _KINDS)
_BY_ITSELF = ("waits", "soaks", "previous", "all_previous")
_STOP = re.compile(r"[.!?](?=\s|$)|[。;]|(?:—|–|--)(?=\s)")
_BRACKET = re.compile(r"[(\[]([^()\[\]]*)[)\]]")
_NOT = r"{negations}\W*(?:\w+\W+)?$"
_QUOTES = r"[\s:,\"'“”‘’«»#]*"
_INNER = rf"{_QUOTES}(?:{{inner}}{_QUOTES})*"
_LOOSE = re.compile(_QUOTES)
_THIS = rf"{_QUOTES}{{this}}"
_AUXILIARY = r"[\s,]*(?:(?:{auxiliary}|{holds}|{waits})[\s,]*)*"
_VERB = r"\s+{auxiliary}"
_SUBJECT = re.compile(r"[\s:*-]*(?:(?:both|the|die|beide|les|las|los|as|os)\s+)?", re.IGNORECASE)
_BEFORE = re.compile(r"\s*(?:before|vor|bevor|avant|antes d\w+|перед)\s+", re.IGNORECASE)
_START = re.compile(
    r"[\s,]*(?:(?:then|we|you|can|may|now)\s+)*"
    r"(?:start|begin|run|launch|proceed|continue|move|go)(?:\s+(?:with|to|on))*\s+",
    re.IGNORECASE,
)
# `VM INFRA Phase 2`, `VM 102 P0`: a phase of something else, which has a name of its own.
OF_ANOTHER = re.compile(r"(?<![\w-])(?:[A-Z][\w-]*|\d\w*)(?:['’]s?)?\s+$")
# What a plan consists of; the steps and tasks that prose speaks of are often those of one phase.
_PLANNED = re.compile(r"(?:phase|stage|milestone|wave|sprint)\b", re.IGNORECASE)
_LONGEST = 2_000
# Nobody writes more sentences about dependencies into one paragraph.
_READ = 8_000
# What is looked at around a word is bounded, so reading stays linear.
_MOST, _NEAR = 300, 80


def statements(text: str, ids: PhaseIds, own: str) -> Iterator[Statement]:
    """Yields what a text about the phase `own` says that it, or another phase, waits for."""
    tongue = spoken(text)
    # Where every id has a digit, a text without one can name no phase but by its place.
    roles = (*_KINDS, *_BY_ITSELF) if ids.may_stand_in(text) else _BY_ITSELF
    if not tongue or not tells(text, tongue, roles):
        return
    words, read = said(text), 0
    for start, clause in _clauses(words):
        if not tells(clause, tongue, roles):
            continue
        read += len(clause)
        if read > _READ:
            why = "it says more of what waits for what than can be read"
            yield Statement(start, start + len(clause), why=why)
            return
        whole = words[start : start + len(clause)]
        yield from _Clause(clause, whole, start, ids, own, tongue).statements()


def _clauses(words: str) -> Iterator[tuple[int, str]]:
    """Yields each clause with where it begins: what is in brackets, and the sentences around."""
    outer = list(words)
    for group in _BRACKET.finditer(words):
        yield group.start(1), group[1]
        outer[group.start() : group.end()] = " " * len(group.group())
    around, start = "".join(outer), 0
    for stop in _STOP.finditer(around):
        yield from _cut(start, around[start : stop.start()])
        start = stop.end()
    yield from _cut(start, around[start:])


def _cut(start: int, clause: str) -> Iterator[tuple[int, str]]:
    """Yields a clause in parts that are short enough to be looked at from each of their words."""
    for at in range(0, len(clause), _LONGEST):
        yield start + at, clause[at : at + _LONGEST]


class _Clause:
    """One clause of a text; `start` is where it begins there, `whole` has its brackets."""

    def __init__(
        self, words: str, whole: str, start: int, ids: PhaseIds, own: str, tongue: Spoken
    ) -> None:
        self.words, self.whole, self.start = words, whole, start
        self.ids, self.own, self.tongue = ids, own, tongue

    def statements(self) -> Iterator[Statement]:
        """Yields what the clause says, word by word."""
        yield from self._wait()
        words = self._regex(_WORD).finditer(self.words)
        for word, following in pairwise(chain(words, (None,))):
            if word is not None:
                last = following.start() if following else len(self.words)
                yield from self._said_by(word, self._end(word.end(), last))

    def _said_by(self, word: re.Match[str], end: int) -> Iterator[Statement]:
        """Yields what one word says, of what stands before it and behind it up to `end`."""
        match word.lastgroup:
            case "behind":
                yield from self._behind(word)
            case "needs" if not self._regex(_NOT).search(self._before(word)):
                yield from self._about(self._subject(word), word, end)
            case "until" if self._regex("{holds}").search(self._before(word)):
                yield from self._about(self._subject(word), word, end)
            case "after" | "when":
                yield from self._after(word, end)

    def _wait(self) -> Iterator[Statement]:
        if wait := wait_that_holds(self.whole):
            yield self._statement(wait=wait)
        elif not duration(self.whole) and "," not in self.whole and is_unread_wait(self.whole):
            yield self._statement(why="it says to wait, and no time that can be reckoned")

    def _after(self, word: re.Match[str], end: int) -> Iterator[Statement]:
        """Yields what `after P1, start P2` says: of P2, where another phase is begun then."""
        end = self._comma(word.end(), end)
        if word.lastgroup == "when" and not self._regex("{done}").search(
            self.words, word.end(), end
        ):
            return
        of = self._subject(word) or self._begun(end)
        wait = None if begins_with_wait(self.words) else time_before(self._before(word)[-_NEAR:])
        for found in self._about(of, word, end):
            yield found
            if wait and found.named:
                yield self._statement(of, wait=wait)

    def _behind(self, word: re.Match[str]) -> Iterator[Statement]:
        """Yields what `P1 must be done before P2` says."""
        before = _BEFORE.match(self.words, word.end())
        later = self.ids.read(self.words, self.own, before.end()) if before else None
        of = tuple(id for id, _ in later.named) if later else ()
        text = self.words[: word.start()]
        begin = word.start() - min(len(self._before(word)), _NEAR)
        skipped = _SUBJECT.match(self.words, begin, word.start())
        found = self.ids.read(text, self.own, skipped.end() if skipped else begin)
        while found is None and (next := self.ids.find(text, begin, self.own)):
            begin, found = next
        if found:
            yield from self._named(of, found)

    def _about(self, of: tuple[str, ...], word: re.Match[str], end: int) -> Iterator[Statement]:
        """Yields the phases that are named behind a word, up to an offset."""
        text = self.words[:end]
        if LOOP_ID.search(text, word.end()):
            yield Statement(self.start + word.end(), self.start + end, of, cites=True)
            return
        if of and (this := self._regex(_THIS).match(self.words, word.end(), end)):
            yield self._statement(of, ((self.own, this.span()),))
            return
        at = word.end()
        first = self._first(text, at)
        if first is not None:
            yield from self._named(of, first)
            at = first.end
        elif label := self._foreign(text, at):
            yield self._statement(of, why=f"there is no {label}")
            return
        while found := self.ids.find(text, at, self.own):
            begin, referred = found
            if OF_ANOTHER.search(text, at, begin):
                why = f"{text[begin : referred.end].strip()} may be one of something else"
                yield self._statement(of, why=why)
            else:
                yield from self._named(of, referred)
            at = referred.end

    def _first(self, text: str, at: int) -> Referred | None:
        """Returns the phases right behind a word, or behind `completion of` and the like."""
        for skipped in (_LOOSE, self._regex(_INNER)):
            begin = skipped.match(self.words, at)
            if begin and (found := self.ids.read(text, self.own, begin.end())):
                return found
        return None

    def _foreign(self, text: str, at: int) -> str:
        """Returns the label right behind a word that is none of this document's."""
        begin = self._regex(_INNER).match(self.words, at)
        label = label_at(text, begin.end()) if begin else None
        return label.id if label and _PLANNED.match(label.id) else ""

    def _named(self, of: tuple[str, ...], found: Referred) -> Iterator[Statement]:
        unclear = found.joined is Joined.UNCLEAR or found.open_or
        missing = next((id for id, _ in found.named if id not in self.ids), "")
        others = tuple((id, at) for id, at in found.named if id not in (of or (self.own,)))
        if not found.named:
            yield self._statement(of, why="there is no phase before this one")
        elif unclear:
            yield self._statement(of, why="which of them have to be done cannot be told")
        elif missing:
            yield self._statement(of, why=f"there is no {missing}")
        elif others:
            any_of = found.joined is Joined.ANY
            yield self._statement(of, others, any_of=any_of and len(others) > 1)

    # ── Where things stand ───────────────────────────────────────────────────

    def _before(self, word: re.Match[str]) -> str:
        """Returns what stands before a word, from the last comma on."""
        before = self.words[max(0, word.start() - _MOST) : word.start()]
        return before[before.rfind(",") + 1 :]

    def _subject(self, word: re.Match[str]) -> tuple[str, ...]:
        """Returns the phases that do what a word says: P3 in `P3 can start after P2`."""
        begin = word.start() - len(self._before(word))
        skipped = _SUBJECT.match(self.words, begin, word.start())
        at = skipped.end() if skipped else begin
        found = self.ids.read(self.words[: word.start()], self.own, at)
        if found is None or found.end > word.start():
            return ()
        rest = self._regex(_AUXILIARY).match(self.words, found.end, word.start())
        spoken_of = tuple(id for id, _ in found.named if id in self.ids)
        return spoken_of if rest and rest.end() == word.start() else ()

    def _begun(self, at: int) -> tuple[str, ...]:
        """Returns the phases that the main clause begins: `…, start P2`, `…, P2 can start`."""
        text = self.words
        comma = _LOOSE.match(self.words, at)
        start = _START.match(self.words, at)
        if start and (found := self.ids.read(text, self.own, start.end())):
            return tuple(id for id, _ in found.named)
        found = self.ids.read(text, self.own, comma.end()) if comma else None
        if found and self._regex(_VERB).match(self.words, found.end):
            return tuple(id for id, _ in found.named)
        return ()

    def _end(self, at: int, last: int) -> int:
        """Returns where what a word speaks of ends: at a colon that is not its own, at the next."""
        last = min(last, at + _MOST)
        colon = self.words.find(": ", at + 1, last)
        return colon if colon > 0 else last

    def _comma(self, at: int, end: int) -> int:
        """Returns where the clause that a word begins ends: at a comma that joins no phases."""
        while (comma := self.words.find(",", at, end)) > 0:
            following = _LOOSE.match(self.words, comma)
            found = self.ids.read(self.words, self.own, following.end()) if following else None
            if found is None or self._regex(_VERB).match(self.words, found.end):
                return comma
            at = found.end
        return end

    def _regex(self, template: str) -> re.Pattern[str]:
        return regex(template, self.tongue)

    def _statement(
        self,
        of: tuple[str, ...] = (),
        named: tuple[Named, ...] = (),
        *,
        any_of: bool = False,
        wait: timedelta | None = None,
        why: str = "",
    ) -> Statement:
        start, end = self.start, self.start + len(self.words)
        placed = tuple((id, (start + a, start + b)) for id, (a, b) in named)
        return Statement(start, end, of, placed, any_of, wait, why=why)
