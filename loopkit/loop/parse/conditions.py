"""What a phase waits for, as written, -> gates."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from loopkit.loop.model import Gate, LoopClosed, LoopReached, Manual, PhaseDone, Place
from loopkit.loop.parse.inline_status import part
from loopkit.loop.words.durations import as_wait
from loopkit.loop.words.grammar import says_nothing
from loopkit.loop.words.labels import label_at
from loopkit.loop.words.references import LOOP_ID, PhaseIds, blocks_no_more
from loopkit.markdown.document import Piece
from loopkit.markdown.source import Source

_LEAD = re.compile(
    r"(?:\b(?:partially[ \t]+)?(?:blocked|gated)[ \t]+(?:by|on)|\bdepends[ \t]+on"
    r"|\b(?:waits|waiting|wait)[ \t]+(?:for|on)(?![ \t]+\d)|\brequires|\bneeds"
    r"|\b(?:after|until)(?![ \t]+\d)|\bonce)\b:?[ \t]*",
    re.IGNORECASE,
)
_KEPT = re.compile(r"requires|needs", re.IGNORECASE)
_REACHES = re.compile(
    r"[*_`]*[ \t]*[:(]?[ \t]*(?:(?:reach(?:es|ed)?|at|passes|completes?|finishes)[ \t]+)?(?=[A-Z])",
    re.IGNORECASE,
)
_OF = re.compile(r"\+?[ \t]+(?:of|in)[ \t]+", re.IGNORECASE)
# `blocked (nas not reached, run 3f9c77aa)`: what happened in a run, not what is waited for.
_RUN = re.compile(r"\brun [0-9a-f]{8}\b")
_BLOCKED_GROUP = re.compile(r"[*_(]*blocked[*_]*[ \t]*\(", re.IGNORECASE)
_LAST_GROUP = re.compile(r"\(([^()]*)\)[ \t.*_]*$")
_AND = re.compile(r"[ \t]+(?:and|&)[ \t]+(?=[A-Z])")
_OR = re.compile(r"[ \t]*(?:or\b|\|)", re.IGNORECASE)
_MET = re.compile(r"(?:done|completed?|closed|verified|finished|met|✅|✓)\.?", re.IGNORECASE)
_CLAUSE = re.compile(r"(?:\(|(?<=[ \t])(?:—|–|--?)[ \t]+)(?=[a-z])", re.IGNORECASE)


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
        parts = split_top(text, "+")
        return tuple(gate for piece in parts for gate in self._condition(_unled(piece)))

    def gates_in_note(self, note: Piece) -> tuple[Gate, ...]:
        """Returns what the note beside a status waits for: `(wait 24h)`, `once X is there`."""
        if _RUN.search(note.text):
            return ()
        if blocked := _BLOCKED_GROUP.match(note.text):
            return self._clause(_bracketed(note, blocked.end()))
        if lead := _LEAD.search(note.text):
            gates = self._clause(_bracketed(note, lead.end()))
            # A person's gate keeps the word that says so: `requires physical presence`.
            if _KEPT.match(lead.group()) and any(isinstance(gate, Manual) for gate in gates):
                return self._clause(_bracketed(note, lead.start()))
            return gates
        group = _LAST_GROUP.search(note.text)
        inner = part(note, *group.span(1)) if group else note
        wait = as_wait(inner, self.place(inner))
        return (wait,) if wait else ()

    def gates_in_title(self, title: Piece) -> tuple[Piece, tuple[Gate, ...]]:
        """Returns a title without `(requires X)` or ` — after P1` at its end, and those gates."""
        for clause in _CLAUSE.finditer(title.text):
            if _LEAD.match(title.text, clause.end()):
                rest = _bracketed(title, clause.end())
                end = rest.span.end - title.span.start
                if title.text[end:].strip(" \t).*_"):
                    continue
                return part(title, 0, clause.start()), self.gates_in_note(rest)
        return title, ()

    def place(self, piece: Piece) -> Place:
        """Returns where a piece stands."""
        return Place(piece.line, self.source.column_of(piece.span.start), piece.span)

    def _clause(self, text: Piece) -> tuple[Gate, ...]:
        """Returns the gates of a note: its `+` joins only what are all phases and loops."""
        gates = self.gates(text)
        if len(gates) > 1 and any(isinstance(gate, Manual) for gate in gates):
            return (Manual(text.text, self.place(text)),)
        return gates

    def _condition(self, text: Piece) -> Iterator[Gate]:
        text = _unmarked(text)
        if says_nothing(text.text) or _MET.fullmatch(text.text):
            return
        if LOOP_ID.search(text.text):
            yield from self._loops(text)
            return
        named, at = self.ids.read(text.text, self.own)
        if named and _OR.match(text.text, at):
            named = []  # one of several is more than a gate can say: a person decides
        for id, (start, end) in named:
            yield PhaseDone(id, text.text[start:end], self.place(part(text, start, end)))
        if named:
            rest = _bracketed(text, at)
            yield from self._condition(_unled(rest)) if rest.text else ()
        elif wait := as_wait(text, self.place(text)):
            yield wait
            if after := re.search(r"\bafter[ \t]+(?=[A-Z])", text.text):
                found, _ = self.ids.read(text.text[after.end() :], self.own)
                yield from (PhaseDone(id, id, self.place(text)) for id, _ in found)
        else:
            yield from self._others(text)

    def _others(self, text: Piece) -> Iterator[Gate]:
        """Yields a manual gate, or several where phases stand among them: `A visit, P2`."""
        pieces = split_top(text, ",")
        if len(pieces) > 1 and any(self.ids.read(piece.text)[0] for piece in pieces[1:]):
            for piece in pieces:
                yield from self._condition(piece)
        elif words := text.text.strip("*_ \t."):
            yield Manual(words, self.place(text))

    def _loops(self, text: Piece) -> Iterator[Gate]:
        pieces = [piece for half in split_top(text, ",") for piece in _around_and(half)]
        if len(pieces) > 1:
            for piece in pieces:
                yield from self._condition(_unled(piece))
            return
        for found in LOOP_ID.finditer(text.text):
            if blocks_no_more(text.text, found.end()):
                continue
            yield self._loop(text, found)

    def _loop(self, text: Piece, found: re.Match[str]) -> Gate:
        reaches = _REACHES.match(text.text, found.end())
        label = label_at(text.text, reaches.end()) if reaches else None
        if label is None:
            label = label_at(text.text)
            of = _OF.match(text.text, label.end) if label else None
            label = label if of and of.end() == found.start() else None
        if label is None:
            return LoopClosed(found.group(), text.text, self.place(text))
        later = text.text[label.end : label.end + 1] == "+"
        return LoopReached(found.group(), label.id, text.text, self.place(text), later)


def split_top(text: Piece, separator: str) -> tuple[Piece, ...]:
    """Returns the parts between separators that stand in no bracket and no code span."""
    if separator not in text.text:
        return (text,) if text.text else ()
    cuts, depth, code = [-1], 0, False
    for at, character in enumerate(text.text):
        code ^= character == "`"
        depth += (character in "([") - (character in ")]")
        if character == separator and depth <= 0 and not code and _joins(text.text, at):
            cuts.append(at)
    ends = [*cuts[1:], len(text.text)]
    parts = (part(text, start + 1, end) for start, end in zip(cuts, ends, strict=True))
    return tuple(piece for piece in parts if piece.text)


def _around_and(text: Piece) -> tuple[Piece, ...]:
    """Returns what stands before and after each `and`: `LOOP-X and P2`."""
    ends = [found.span() for found in _AND.finditer(text.text)]
    starts = [0, *(end for _, end in ends)]
    stops = [*(start for start, _ in ends), len(text.text)]
    return tuple(part(text, start, stop) for start, stop in zip(starts, stops, strict=True))


def _unmarked(text: Piece) -> Piece:
    """Returns a text without the marks of code and emphasis around it."""
    bare = text.text.strip("*_`")
    start = len(text.text) - len(text.text.lstrip("*_`"))
    return part(text, start, start + len(bare))


def _joins(text: str, at: int) -> bool:
    """Returns whether a separator joins: the `+` of `P1+` and `P1+ on pve` says `or later`."""
    following = text[at + 1 : at + 2]
    return (
        text[at] != "+"
        or text[at - 1 : at].isspace()
        or not (following in ("", ")") or following.isspace())
    )


def _unled(text: Piece) -> Piece:
    """Returns a condition without `Blocked by` or `After` before it."""
    lead = _LEAD.match(text.text)
    if lead is None or _KEPT.match(lead.group()):
        return text
    return part(text, lead.end(), len(text.text))


def _bracketed(text: Piece, at: int) -> Piece:
    """Returns what follows, less the brackets that were opened before or right here."""
    rest = part(text, at, len(text.text))
    opened = rest.text[:1] in "(["
    inner = rest.text[1:] if opened else rest.text
    depth = 0
    for end, character in enumerate(inner):
        depth += (character in "([") - (character in ")]")
        if depth < 0:
            return part(rest, int(opened), int(opened) + end)
    return part(rest, int(opened), len(rest.text))
