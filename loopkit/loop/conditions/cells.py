"""What a phase waits for, as written, -> gates."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from loopkit.loop.conditions.parts import around_and, behind, bracketed, split_top, unmarked
from loopkit.loop.conditions.sentences import OF_ANOTHER, Statement, statements
from loopkit.loop.model import (
    AnyDone,
    Gate,
    LoopClosed,
    LoopReached,
    Manual,
    PhaseDone,
    Place,
    TimePassed,
    Unresolved,
)
from loopkit.loop.words.durations import as_wait, begins_with_wait, is_unread_wait
from loopkit.loop.words.grammar import says_nothing
from loopkit.loop.words.labels import label_at
from loopkit.loop.words.references import (
    LOOP_ID,
    Joined,
    PhaseIds,
    Referred,
    blocks_no_more,
    says_no_more,
)
from loopkit.loop.words.waiting.said import said
from loopkit.loop.words.waiting.spoken import regex, spoken
from loopkit.markdown.scan import Piece, part
from loopkit.markdown.source import Source

# `until` and `after` are about a time where a number follows, and a wait of its own then.
_LEAD = (
    r"(?:(?:partially\s+)?{needs}|(?:wait|hold)s?\s+until(?!\s+\d)"
    r"|(?:{after}|{until}|{when})(?!\s+\d))\b:?\s*"
)
_KEPT = re.compile(
    r"requires?|requiring|needs?|builds? on|rel(?:y|ies) on|follows|comes after|subject to"
    r"|contingent|conditional|benötig|brauch|erforder|nécessit|requi|exige|necesita|precisa|треб|нуж",
    re.IGNORECASE,
)
_INNER = r"(?:{inner}\s+)*"
_OR = r"\s*{parted}(?!\w)"
_OR_ELSE = r"\s{parted}\s+(?:LOOP-|[A-Z]{1,2}\d|(?:[Pp]hase|[Ss]tep)\b)"
_OPENS = " \t,#(['\"“‘«„"
_LONGEST, _SHOWN = 4_000, 200
_DIGIT = re.compile(r"\d")
_NOTE_PART = re.compile(r"[^(),:;—–]+")
_REACHES = re.compile(
    r"[*_`]*[ \t]*[:(]?[ \t]*(?:(?:reach(?:es|ed)?|at|passes|completes?|finishes)[ \t]+)?(?=[A-Z])",
    re.IGNORECASE,
)
_OF = re.compile(r"\+?[ \t]+(?:of|in)[ \t]+", re.IGNORECASE)
# `blocked (nas not reached, run 3f9c77aa)`: what happened in a run, not what is waited for.
_RUN = re.compile(r"\brun [0-9a-f]{8}\b")
_BLOCKED_GROUP = re.compile(r"[*_(]*blocked[*_]*[ \t]*\(", re.IGNORECASE)
_LAST_GROUP = re.compile(r"\(([^()]*)\)[ \t.*_]*$")
_MET = re.compile(r"(?:done|completed?|closed|verified|finished|met|✅|✓)\.?", re.IGNORECASE)
_CLAUSE = re.compile(r"(?:\(|(?<=[ \t])(?:—|–|--?)[ \t]+)(?=\w)")


@dataclass(frozen=True)
class Conditions:
    """Reads what one phase waits for; `own` is its id, `ids` are those of all phases."""

    source: Source
    ids: PhaseIds
    own: str = ""

    def gates(self, text: Piece) -> tuple[Gate, ...]:
        """Returns what a Dependency or Condition cell waits for; a `+` joins conditions."""
        if says_nothing(text.text):
            return ()
        if len(text.text) > _LONGEST:
            why = "it says more than can be read as what one phase waits for"
            return (Unresolved(text.text[:_SHOWN], self.place(text), why),)
        parts = split_top(text, "+")
        return tuple(gate for piece in parts for gate in self._condition(piece))

    def gates_in_note(self, note: Piece) -> tuple[Gate, ...]:
        """Returns what the note beside a status waits for: `(wait 24h)`, `once X is there`."""
        if _RUN.search(note.text):
            return ()
        if blocked := _BLOCKED_GROUP.match(note.text):
            return self._clause(bracketed(note, blocked.end()))
        if not (spoken(note.text) or _DIGIT.search(note.text)):
            return ()
        if wait := self._wait_in_note(note):
            return self._clause(wait)
        if lead := _leads(note.text).search(said(note.text)):
            gates = self._clause(bracketed(note, lead.end()))
            # A person's gate keeps the word that says so: `requires physical presence`.
            if _KEPT.match(lead.group()) and any(isinstance(gate, Manual) for gate in gates):
                return self._clause(bracketed(note, lead.start()))
            return gates
        return ()

    def gates_in_title(self, title: Piece) -> tuple[Piece, tuple[Gate, ...]]:
        """Returns a title without `(requires X)` or ` — after P1` at its end, and those gates."""
        if not spoken(title.text):
            return title, ()
        words, leads = said(title.text), _leads(title.text)
        for clause in _CLAUSE.finditer(words, max(0, len(words) - _LONGEST // 4)):
            clause_words = words[clause.end() :]
            if leads.match(words, clause.end()) or begins_with_wait(clause_words):
                rest = bracketed(title, clause.end())
                end = rest.span.end - title.span.start
                gates = () if title.text[end:].strip(" \t).*_") else self.gates_in_note(rest)
                if gates:
                    return part(title, 0, clause.start()), gates
        return title, ()

    def gates_in_text(self, text: Piece, *, task: bool = False) -> Iterator[tuple[str, Gate]]:
        """Yields what sentences of a phase's own text say that it waits for, or another phase.

        Each gate comes with the id of the phase that it is of. A task is work of the phase: to
        wait is a part of it then, and holds nobody up before.
        """
        for stated in statements(text.text, self.ids, self.own):
            if task and not (stated.named or stated.cites or stated.of):
                continue
            for id in stated.of or (self.own,):
                yield from ((id, gate) for gate in self._stated(text, stated))

    def place(self, piece: Piece) -> Place:
        """Returns where a piece stands."""
        start = piece.span.start
        return Place(self.source.line_of(start), self.source.column_of(start), piece.span)

    # ── Sentences ────────────────────────────────────────────────────────────

    def _stated(self, text: Piece, stated: Statement) -> Iterator[Gate]:
        clause = part(text, stated.start, stated.end)
        if stated.cites:
            yield from self._loops(clause)
        elif stated.why:
            yield Unresolved(clause.text.strip("*_ "), self.place(clause), stated.why)
        elif stated.wait:
            yield TimePassed(clause.text, self.place(clause), wait=stated.wait)
        else:
            yield from self._phases_named(text, Referred(stated.named, 0), stated.any_of)

    # ── Conditions ───────────────────────────────────────────────────────────

    def _clause(self, text: Piece) -> tuple[Gate, ...]:
        """Returns the gates of a note: its `+` joins no two things that a person sees to."""
        gates = self.gates(text)
        if len(gates) > 1 and all(isinstance(gate, Manual) for gate in gates):
            return (Manual(text.text, self.place(text)),)
        return gates

    def _wait_in_note(self, note: Piece) -> Piece | None:
        """Returns the part of a note that says to wait for a time, readable or not."""
        group = _LAST_GROUP.search(note.text)
        inner = part(note, *group.span(1)) if group else note
        if as_wait(inner, self.place(inner)):
            return inner
        clauses = (part(note, *found.span()) for found in _NOTE_PART.finditer(note.text))
        return next((c for c in clauses if is_unread_wait(said(c.text))), None)

    def _condition(self, text: Piece) -> Iterator[Gate]:
        left = deque([text])
        while left:
            yield from self._first(left.popleft(), left)

    def _first(self, text: Piece, left: deque[Piece]) -> Iterator[Gate]:
        """Yields what a condition says first, and leaves what follows to be read."""
        text = unmarked(text)
        if text.text in self.ids:
            yield PhaseDone(self.ids.known(text.text) or text.text, text.text, self.place(text))
            return
        words = said(text.text)
        if says_nothing(words) or _MET.fullmatch(words.strip()):
            return
        if LOOP_ID.search(words):
            yield from self._loops(_unled(text))
        elif found := self._referred(words):
            yield from self._phases(text, found, left)
        elif wait := as_wait(text, self.place(text)):
            yield wait
            yield from self._embedded(text)
        else:
            yield from self._others(_unled(text))

    def _referred(self, words: str) -> Referred | None:
        """Returns the phases that a condition begins with, behind `after` or `completion of`."""
        lead = _leads(words).match(words)
        at = lead.end() if lead else len(words) - len(words.lstrip(_OPENS))
        if found := self.ids.read(words, self.own, at):
            return found
        inner = regex(_INNER).match(words, at)
        return self.ids.read(words, self.own, inner.end()) if inner and inner.group() else None

    def _phases(self, text: Piece, found: Referred, left: deque[Piece]) -> Iterator[Gate]:
        """Yields the phases that a condition begins with; what else it says is left."""
        rest = tuple(behind(text, found.end))
        if found.open_or:
            # One of several that are not all phases is more than a gate can say.
            yield Manual(text.text, self.place(text))
        elif not found.named:
            yield Unresolved(text.text, self.place(text), "there is no phase before this one")
        elif found.joined is Joined.UNCLEAR or any(regex(_OR).match(piece.text) for piece in rest):
            why = "which of them have to be done cannot be told"
            yield Unresolved(text.text, self.place(text), why)
        else:
            yield from self._phases_named(text, found, found.joined is Joined.ANY)
            left.extendleft(p for p in reversed(rest) if not says_no_more(said(p.text)))

    def _phases_named(self, text: Piece, found: Referred, any_of: bool) -> Iterator[Gate]:
        places = [(id, part(text, *span)) for id, span in found.named]
        if any_of and len(places) > 1:
            whole = part(text, found.named[0][1][0], found.named[-1][1][1])
            yield AnyDone(tuple(id for id, _ in places), whole.text, self.place(whole))
            return
        for id, piece in places:
            yield PhaseDone(id, piece.text, self.place(piece))

    def _others(self, text: Piece) -> Iterator[Gate]:
        """Yields a manual gate, or several where phases stand among them: `A visit, P2`."""
        pieces = [piece for half in split_top(text, ",") for piece in split_top(half, ";")]
        if len(pieces) > 1 and any(self._referred(said(piece.text)) for piece in pieces[1:]):
            for piece in pieces:
                yield from self._condition(piece)
        elif words := text.text.strip("*_ \t."):
            found = tuple(self._embedded(text))
            yield from found
            if not found or not says_no_more(self._around(text, found)):
                yield Manual(words, self.place(text))

    def _embedded(self, text: Piece) -> Iterator[Gate]:
        """Yields the phases that stand within a condition: `sign-off once P1 is done`."""
        for stated in statements(text.text, self.ids, self.own):
            yield from self._stated(text, stated) if stated.named else ()
        words, at = said(text.text), 0
        while found := self.ids.find(words, at, self.own):
            begin, referred = found
            at = max(referred.end, begin + 1)
            own = any(id.casefold() == self.own.casefold() for id, _ in referred.named)
            if not own and not OF_ANOTHER.search(words, 0, begin):
                yield from self._phases_named(text, referred, referred.joined is Joined.ANY)

    def _around(self, text: Piece, gates: tuple[Gate, ...]) -> str:
        """Returns what a condition says besides the phases that stand in it."""
        words = said(text.text)
        for gate in gates:
            start, end = (
                at - text.span.start for at in (gate.place.span.start, gate.place.span.end)
            )
            words = words[:start] + " " * (end - start) + words[end:]
        return words

    # ── Other loops ──────────────────────────────────────────────────────────

    def _loops(self, text: Piece) -> Iterator[Gate]:
        pieces = [piece for half in split_top(text, ",") for piece in around_and(half)]
        if regex(_OR_ELSE).search(said(text.text)):
            why = "which of them have to be done cannot be told"
            yield Unresolved(text.text, self.place(text), why)
            return
        if len(pieces) > 1:
            for piece in pieces:
                yield from self._condition(piece)
            return
        words = said(text.text)
        for found in LOOP_ID.finditer(words):
            if not blocks_no_more(words, found.end()):
                yield self._loop(text, found)

    def _loop(self, text: Piece, found: re.Match[str]) -> Gate:
        words = found.string
        reaches = _REACHES.match(words, found.end())
        label = label_at(words, reaches.end()) if reaches else None
        if label is None:
            label = label_at(words)
            of = _OF.match(words, label.end) if label else None
            label = label if of and of.end() == found.start() else None
        if label is None:
            return LoopClosed(found.group(), text.text, self.place(text))
        later = words[label.end : label.end + 1] == "+"
        return LoopReached(found.group(), label.id, text.text, self.place(text), later)


def _leads(text: str) -> re.Pattern[str]:
    """Returns what a condition may begin with, in the languages of a text."""
    return regex(_LEAD, spoken(said(text)))


def _unled(text: Piece) -> Piece:
    """Returns a condition without `Blocked by` or `After` before it."""
    lead = _leads(text.text).match(said(text.text))
    if lead is None or _KEPT.match(lead.group()):
        return text
    return part(text, lead.end(), len(text.text))
