"""What one clause says: its status word, and what stands around it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from loopkit.loop.model import PhaseStatus
from loopkit.loop.words.stating.clauses import Clause, Part
from loopkit.loop.words.stating.senses import Role, Tone

OPEN = frozenset(
    {PhaseStatus.PENDING, PhaseStatus.IN_PROGRESS, PhaseStatus.BLOCKED, PhaseStatus.FAILED}
)
"""What is neither done nor left out."""

# What a thing is called, and not how far it is: `CLI done` speaks of the CLI.
THINGS = frozenset({Role.OTHER, Role.NAME, Role.NUMBER, Role.LINK})
DOUBTS = frozenset({Role.NOT_YET, Role.NEGATION, Role.TAKE_BACK, Role.QUESTION, Role.PART})


class Verdict(NamedTuple):
    """What a clause says, by which word; `about` when of a thing that may not be the phase."""

    status: PhaseStatus
    word: Part
    about: bool = False
    bare: bool = True
    """No thing follows the word, as in `open the valve`."""

    @property
    def is_open(self) -> bool:
        """Returns whether it says clearly that something is neither done nor left out."""
        return self.status in OPEN

    @property
    def is_said(self) -> bool:
        """Returns whether the word states something, where in `open ports` it only describes."""
        return self.bare or bool(self.word.tone & Tone.FIRM)


def roles(parts: Clause) -> frozenset[Role]:
    """Returns what the parts of a clause do."""
    return frozenset(part.role for part in parts)


def shares(parts: Clause) -> list[float]:
    """Returns the shares that a clause names."""
    return [p.amount for p in parts if p.role is Role.SHARE and p.amount is not None]


def judge(clause: Clause) -> Verdict | None:
    """Returns what the words and numbers of a clause say, None where they say no status."""
    at = next((i for i, part in enumerate(clause) if part.role is Role.STATUS), None)
    return _numbers(clause) if at is None else _judged(clause, at)


def judge_sign(clause: Clause) -> Verdict | None:
    """Returns what the first sign of a clause says, None without one."""
    at = next((i for i, part in enumerate(clause) if part.role is Role.SIGN), None)
    return None if at is None else _judged(clause, at)


def _judged(clause: Clause, at: int) -> Verdict | None:
    word, before, after = clause[at], clause[:at], clause[at + 1 :]
    thing_follows = _has_object(after)
    about = bool(roles(before) & THINGS)
    match word.status:
        case PhaseStatus.DONE:
            status = _done(before, after)
            if status is PhaseStatus.DONE:
                about = about or Role.AFTER in roles(before) or _is_limited(after)
            elif status is PhaseStatus.IN_PROGRESS:
                about = False
        case PhaseStatus.SKIPPED:
            status = _skipped(before, after)
            about = about or thing_follows
        case _:
            status = _open(word, before, after)
            about = about or (word.glued and bool(after) and after[0].role is Role.OTHER)
    return None if status is None else Verdict(status, word, about, not thing_follows)


def _is_limited(after: Clause) -> bool:
    """Returns whether `done` is said of a thing or a place that follows: `done on web01`."""
    places = (one.role is Role.PLACE and two.role is Role.NAME for one, two in pairwise(after))
    return Role.OTHER in roles(after) or any(places)


def _has_object(after: Clause) -> bool:
    """Returns whether a thing follows a status word at once, as in `open the valve`."""
    following = (part.role for part in after if part.role is not Role.NEUTRAL)
    return next(following, None) is Role.OTHER


def _done(before: Clause, after: Clause) -> PhaseStatus | None:
    early, late = roles(before), roles(after)
    if early & {Role.NOT_YET, Role.PAST, Role.TAKE_BACK, Role.QUESTION}:
        return PhaseStatus.UNKNOWN
    if early & {Role.NEGATION, Role.NONE}:
        return PhaseStatus.PENDING
    if late & {Role.NOT_YET, Role.QUESTION, Role.TAKE_BACK, Role.NEGATION}:
        return PhaseStatus.UNKNOWN
    return _as_far(before, after) or _second(after)


def _as_far(before: Clause, after: Clause) -> PhaseStatus | None:
    """Returns what a share or a part beside `done` makes of it."""
    named = shares(before) + shares(after)
    if named and max(named) == 0:
        return PhaseStatus.PENDING
    part = Role.PART in roles(before) | roles(after)
    return PhaseStatus.IN_PROGRESS if part or any(share < 1 for share in named) else None


def _second(after: Clause) -> PhaseStatus:
    """Returns what another status in the same clause makes of `done`."""
    others = {part.status for part in after if part.role is Role.STATUS} - {PhaseStatus.DONE}
    if not others:
        return PhaseStatus.DONE
    started = others == {PhaseStatus.IN_PROGRESS}
    return PhaseStatus.IN_PROGRESS if started else PhaseStatus.UNKNOWN


def _skipped(before: Clause, after: Clause) -> PhaseStatus | None:
    early, late = roles(before), roles(after)
    if early & DOUBTS or late & {Role.QUESTION, Role.PART}:
        return PhaseStatus.UNKNOWN
    return None if early & {Role.PAST, Role.NONE} else PhaseStatus.SKIPPED


def _open(word: Part, before: Clause, after: Clause) -> PhaseStatus | None:
    early, late = roles(before), roles(after)
    if early & {Role.NEGATION, Role.NOT_YET, Role.QUESTION} or Role.QUESTION in late:
        return PhaseStatus.UNKNOWN
    if early & {Role.PAST, Role.NONE}:
        return None
    if word.status is PhaseStatus.PENDING and Role.PART in early:
        return PhaseStatus.IN_PROGRESS
    held = any(part.status is PhaseStatus.BLOCKED for part in after if part.role is Role.STATUS)
    held = held and word.status is PhaseStatus.IN_PROGRESS
    return PhaseStatus.BLOCKED if held else word.status


def _numbers(clause: Clause) -> Verdict | None:
    """Returns what a clause without a status word says by `3/5`, `80%` or `mostly`."""
    word = next((p for p in clause if p.role in (Role.SHARE, Role.PART)), None)
    named, seen = shares(clause), roles(clause)
    if word is None or any(share > 1 for share in named):
        return None
    things = bool(seen & THINGS)
    if seen & {Role.NEGATION, Role.NOT_YET, Role.TAKE_BACK, Role.QUESTION}:
        return Verdict(PhaseStatus.UNKNOWN, word, things)
    if not named:
        return None if things else Verdict(PhaseStatus.IN_PROGRESS, word)
    if min(named) == 1 and Role.PART not in seen:
        return Verdict(PhaseStatus.DONE, word, things)
    status = PhaseStatus.PENDING if max(named) == 0 else PhaseStatus.IN_PROGRESS
    return Verdict(status, word)


def leading(clause: Clause) -> Iterator[Role]:
    """Yields what the parts of a clause do, small words aside."""
    small = (Role.NEUTRAL, Role.AFTER, Role.PLACE, Role.DATE, Role.SIGN)
    return (part.role for part in clause if part.role not in small)
