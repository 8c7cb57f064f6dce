"""What a status says, wherever it stands: header, cell, heading, box, bracket or note.

Done is said whole: by a word or sign alone, with a date, a link, a person, or a note that does not
take it back. A negation, a part, a time to come or a second status makes it what the whole says;
what is neither done nor clearly something else is unknown, and its words are quoted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Generic, NamedTuple, TypeVar

from loopkit.loop.model import LoopStatus, PhaseStatus
from loopkit.loop.words.stating.clauses import Clause, Part, begins_known, clauses
from loopkit.loop.words.stating.markup import said
from loopkit.loop.words.stating.senses import PLAIN, Role, Tone
from loopkit.loop.words.stating.verdicts import (
    DOUBTS,
    OPEN,
    THINGS,
    Verdict,
    judge,
    judge_sign,
    leading,
    roles,
)

S = TypeVar("S", PhaseStatus, LoopStatus)

_DONE, _BEGUN, _UNKNOWN = PhaseStatus.DONE, PhaseStatus.IN_PROGRESS, PhaseStatus.UNKNOWN

# A document repeats its statuses; a text longer than this is a note of its own.
_REMEMBERED = 200
# What is longer is no status that a person would hear to its end.
_HEARD = 10_000

_AS_LOOP: Mapping[PhaseStatus, LoopStatus] = {
    PhaseStatus.DONE: LoopStatus.CLOSED,
    PhaseStatus.PENDING: LoopStatus.OPEN,
    PhaseStatus.IN_PROGRESS: LoopStatus.OPEN,
    PhaseStatus.BLOCKED: LoopStatus.BLOCKED,
    PhaseStatus.FAILED: LoopStatus.UNKNOWN,
    PhaseStatus.SKIPPED: LoopStatus.DEFERRED,
    PhaseStatus.UNKNOWN: LoopStatus.UNKNOWN,
}


class Said(NamedTuple, Generic[S]):
    """What a text says, and the word or sign that decides it: `text[start:end]`.

    `clear` is False where the words say no status for certain; `status` is then unknown.
    `leads` when no thing stands before the word, `bare` when none follows it at once; `counted`
    when there is no word but `80%` or `3/5`.
    """

    status: S
    start: int
    end: int
    clear: bool = True
    leads: bool = True
    bare: bool = True
    tone: Tone = PLAIN
    counted: bool = False
    language: str = ""


def read_status(text: str) -> Said[PhaseStatus] | None:
    """Returns what a text says of a phase, None where it has no word or sign of a status.

    Of a text too long to be a status its beginning is heard, and never as done or skipped.
    """
    return _remembered(text) if len(text) <= _REMEMBERED else _of_phase(text)


@lru_cache(maxsize=4096)
def _remembered(text: str) -> Said[PhaseStatus] | None:
    return _of_phase(text)


def _of_phase(text: str) -> Said[PhaseStatus] | None:
    reading = _reading(text, of_loop=False)
    return None if reading is None else _told(reading, reading.status())


def read_loop_status(text: str) -> Said[LoopStatus] | None:
    """Returns what a text says of a loop, None where it has no word or sign of a status."""
    return _remembered_of_loop(text) if len(text) <= _REMEMBERED else _of_loop(text)


@lru_cache(maxsize=1024)
def _remembered_of_loop(text: str) -> Said[LoopStatus] | None:
    return _of_loop(text)


def _of_loop(text: str) -> Said[LoopStatus] | None:
    reading = _reading(text, of_loop=True)
    if reading is None:
        return None
    status, word = reading.status(), reading.first.word
    own = word.loop if word.loop is not None and word.status is status else _AS_LOOP[status]
    return _told(reading, own)


def may_state(text: str) -> bool:
    """Returns whether a text may begin with the status of a phase; quick, for most do not."""
    return begins_known(text[:_REMEMBERED])


def _told(reading: _Reading, status: S) -> Said[S]:
    word = reading.first.word
    literal = word.status is _UNKNOWN and not reading.first.about
    return Said(
        status,
        word.start,
        word.end,
        clear=status != _UNKNOWN or literal,
        leads=not reading.of_a_thing,
        bare=reading.first.bare,
        tone=word.tone,
        counted=word.role in (Role.SHARE, Role.PART),
        language=word.language,
    )


# ── The whole of a text ──────────────────────────────────────────────────────


class _Reading(NamedTuple):
    """The clauses of a text with what each says; that at `head` is the first that says any."""

    clauses: Sequence[Clause]
    verdicts: Sequence[Verdict | None]
    first: Verdict
    head: int
    whole: bool = True
    """All of the text was heard."""

    @property
    def of_a_thing(self) -> bool:
        """Returns whether a thing is named before the status: `CLI done`, `design: done`."""
        earlier = any(roles(clause) & THINGS for clause in self.clauses[: self.head])
        return self.first.about or earlier

    def status(self) -> PhaseStatus:
        """Returns what the whole says of a phase."""
        first = self.first.status
        if first.is_settled:
            return self._settled(first) if self.whole else _UNKNOWN
        if self.first.about:
            return self._of_parts()
        later = [verdict for _, verdict in self._notes() if verdict]
        held = any(v.status is PhaseStatus.BLOCKED and not v.about for v in later)
        return PhaseStatus.BLOCKED if held and first is _BEGUN else first

    def _notes(self) -> Sequence[tuple[Clause, Verdict | None]]:
        later = self.head + 1
        return list(zip(self.clauses[later:], self.verdicts[later:], strict=True))

    def _settled(self, first: PhaseStatus) -> PhaseStatus:
        """Returns what is left of done or skipped once all of the text is heard."""
        if any(roles(clause) & DOUBTS for clause in self.clauses[: self.head]):
            return _UNKNOWN
        if self.of_a_thing:
            return self._of_parts()
        return self._noted() if first is _DONE else self._left_out()

    def _left_out(self) -> PhaseStatus:
        """Returns skipped, unless a note says alone that it was taken up again: `reopened`."""
        for note, verdict in self._notes():
            alone = roles(note) <= {Role.STATUS, Role.NEUTRAL, Role.SIGN, Role.CONTRAST}
            if verdict and verdict.status in (PhaseStatus.PENDING, _BEGUN) and alone:
                return _UNKNOWN
        return PhaseStatus.SKIPPED

    def _of_parts(self) -> PhaseStatus:
        """Returns what is said of several things: begun when one is done and another is not."""
        told = {verdict.status for verdict in self.verdicts if verdict} | self._signs()
        return _BEGUN if _DONE in told and told & OPEN else _UNKNOWN

    def _signs(self) -> set[PhaseStatus]:
        parts = (part for clause in self.clauses for part in clause)
        return {part.status for part in parts if part.role is Role.SIGN and part.status}

    def _noted(self) -> PhaseStatus:
        """Returns what the signs and the notes beside `done` make of it."""
        others = self._signs() - {_DONE}
        effects = {_effect(note, verdict) for note, verdict in self._notes()}
        if others:
            effects.add(_BEGUN if _BEGUN in others or self._by_sign() else _UNKNOWN)
        worst = (_BEGUN, _UNKNOWN, PhaseStatus.SKIPPED)
        return next((status for status in worst if status in effects), _DONE)

    def _by_sign(self) -> bool:
        return self.first.word.role is Role.SIGN


def _reading(text: str, of_loop: bool) -> _Reading | None:
    heard = text[:_HEARD]
    found = clauses(heard, of_loop)
    verdicts = [judge(clause) for clause in found]
    if not any(verdicts):
        verdicts = [judge_sign(clause) for clause in found]
    for head, verdict in enumerate(verdicts):
        if verdict is not None:
            return _Reading(found, verdicts, verdict, head, heard == text)
    return _struck(heard) if heard.strip() and not said(heard).strip() else None


def _struck(text: str) -> _Reading:
    """Returns the reading of a text that is struck out: it says nothing any more."""
    word = Part(Role.OTHER, 0, len(text))
    return _Reading([[word]], [None], Verdict(_UNKNOWN, word, about=True), 0)


def _effect(note: Clause, verdict: Verdict | None) -> PhaseStatus | None:
    """Returns what a note makes of the `done` before it, None when it leaves it as it is."""
    seen = roles(note)
    if verdict and _is_against(note, verdict):
        return _UNKNOWN if verdict.status is PhaseStatus.FAILED else _BEGUN
    if Role.PART in seen:
        return _BEGUN
    if seen & {Role.QUESTION, Role.NEGATION, Role.TAKE_BACK}:
        return _UNKNOWN
    if Role.CONTRAST in seen and not (verdict and verdict.status is _DONE and not verdict.about):
        return _UNKNOWN
    if next(leading(note), None) is Role.NOT_YET or note[-1].role is Role.NONE:
        return _UNKNOWN
    if verdict and verdict.status is _UNKNOWN and verdict.word.status is _DONE:
        return _UNKNOWN
    skipped = verdict and verdict.status is PhaseStatus.SKIPPED and not verdict.about
    return PhaseStatus.SKIPPED if skipped else None


def _is_against(note: Clause, verdict: Verdict) -> bool:
    """Returns whether a note says that something is open; `running` is said of services too."""
    if not verdict.is_open or (verdict.about and not verdict.is_said):
        return False
    if verdict.word.role is Role.SHARE and verdict.word.tone & Tone.MILD:
        return Role.OTHER not in roles(note[: note.index(verdict.word)])
    return not verdict.word.tone & Tone.MILD
