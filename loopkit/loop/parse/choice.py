"""Which of the candidates are the phases: all containers of the family that is most like a plan."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property

from loopkit.loop.parse.bodies import states
from loopkit.loop.parse.candidates import Candidate, Container, Shape
from loopkit.loop.parse.inline_status import stated_in_title
from loopkit.loop.parse.outline import Section, topics_of
from loopkit.loop.words.labels import kindred
from loopkit.loop.words.language import Topic
from loopkit.loop.words.phrases import fold
from loopkit.loop.words.vocabulary import languages, split

# What speaks for a series of candidates being the plan, in points. They were weighed on real
# documents: a plan has 6 and more, a list of something else has less than 4.
FLOOR = 4.0
_WORDED, _PHASE_CODE, _CODE, _NUMBER = 5.0, 5.0, 3.0, 1.5
_SHAPES = {Shape.TABLE: 2.0, Shape.HEADING: 1.2, Shape.LIST: 1.0, Shape.PARAGRAPH: -0.5}
_STATES, _WAITS, _SEVERAL, _ALONE, _REPEATED, _SPARSE = 1.5, 0.5, 0.8, -2.5, -3.0, -3.0
_NAMED_SO, _NOT_NAMED_SO = 2.0, -3.5
_PHASE_LETTERS = frozenset("PW")


@dataclass(frozen=True)
class Series:
    """Containers of one kind whose ids differ, so that they may be one plan."""

    containers: tuple[Container, ...]

    @cached_property
    def members(self) -> tuple[Candidate, ...]:
        """Returns the candidates in the order of the file."""
        found = (member for container in self.containers for member in container.members)
        return tuple(sorted(found, key=lambda member: member.line))

    @property
    def shape(self) -> Shape:
        """Returns what they are."""
        return self.containers[0].shape

    @cached_property
    def keys(self) -> frozenset[tuple[str, str]]:
        """Returns what the ids are, as they are compared."""
        return frozenset(member.key for member in self.members)

    @cached_property
    def numbers(self) -> frozenset[str]:
        """Returns what the labels say after their word."""
        return frozenset(member.key[1] for member in self.members)

    @cached_property
    def family(self) -> str:
        """Returns what most of the labels count."""
        return Counter(member.family for member in self.members).most_common(1)[0][0]

    @property
    def described(self) -> str:
        """Returns what they are, for people: `the table in line 7 (P0 … P4)`."""
        first, last = self.members[0], self.members[-1]
        ids = first.id if first is last else f"{first.id} … {last.id}"
        return f"the {self.shape} in line {first.line} ({ids})"

    @cached_property
    def points(self) -> Mapping[str, float]:
        """Returns what speaks for and against these being the phases, by its reason."""
        return dict(_points(self))

    @cached_property
    def score(self) -> float:
        """Returns how much they look like the phases of a plan."""
        return sum(self.points.values())


@dataclass(frozen=True)
class Choice:
    """The phases, and the series that they were chosen from, the likeliest first."""

    phases: tuple[Candidate, ...]
    chosen: tuple[Series, ...]
    series: tuple[Series, ...]

    @cached_property
    def is_plain(self) -> bool:
        """Returns whether nothing says that these are phases of work, and not tiers or how-to's.

        That is said by a word like Phase, by the headings above, or by a status or dependency.
        """
        return not any(map(_speaks_of_work, self.chosen))

    @cached_property
    def containers(self) -> tuple[Container, ...]:
        """Returns the containers that hold phases."""
        return tuple(box for series in self.chosen for box in series.containers)

    @cached_property
    def families(self) -> frozenset[str]:
        """Returns what the labels of the phases count."""
        return frozenset(phase.family for phase in self.phases if phase.family)

    @cached_property
    def numbers(self) -> frozenset[str]:
        """Returns what the labels of the phases say after their word."""
        return frozenset(phase.key[1] for phase in self.phases)

    def repeats(self, series: Series) -> bool:
        """Returns whether a series only says again which phases there are."""
        alike = any(kindred(series.family, family) for family in self.families or {""})
        return alike and series.numbers <= self.numbers

    @cached_property
    def lines(self) -> frozenset[int]:
        """Returns the lines in which phases stand."""
        return frozenset(phase.line for phase in self.phases)


def choose(containers: Sequence[Container]) -> Choice:
    """Returns the series that is the plan, with every other one that goes on with it."""
    found = sorted(_series(containers), key=lambda one: (-one.score, one.members[0].line))
    if not found or found[0].score < FLOOR:
        return Choice((), (), tuple(found))
    best = _host(found[0], found) or found[0]
    chosen = _continued(best, found)
    phases = sorted((m for one in chosen for m in one.members), key=lambda member: member.line)
    return Choice(tuple(phases), tuple(chosen), tuple(found))


# ── Series ───────────────────────────────────────────────────────────────────


def _series(containers: Iterable[Container]) -> list[Series]:
    """Returns the containers joined to series: one that repeats the ids of another is apart."""
    groups: dict[object, list[tuple[set[tuple[str, str]], list[Container]]]] = {}
    for container in _without_evidence(tuple(containers)):
        ids = {member.key for member in container.members}
        alike = groups.setdefault(_kind(container), [])
        home = next((group for group in alike if not group[0] & ids), None)
        if home is None:
            alike.append((ids, [container]))
        else:
            home[0].update(ids)
            home[1].append(container)
    return [Series(tuple(joined)) for alike in groups.values() for _, joined in alike]


def _kind(container: Container) -> object:
    """Returns what containers must share to be parts of one plan."""
    family = Series((container,)).family
    aside = container.section.stance < 0
    match container.shape:
        case Shape.TABLE if container.columns:
            named = fold(container.columns.names[container.columns.id])
            labelled = bool(family) if container.columns.says_phase else family
            return (Shape.TABLE, named, labelled, aside)
        case Shape.LIST if container.numbered:
            return container.section.line
        case Shape.HEADING | Shape.LIST:
            return (container.shape, family, container.level, aside)
        case _:
            return (container.shape, container.section.line)


def _without_evidence(containers: tuple[Container, ...]) -> Iterable[Container]:
    """Yields the containers without headings that tell of a phase that stands elsewhere."""
    counts = Counter(member.key for container in containers for member in container.members)
    for container in containers:
        if container.shape is not Shape.HEADING:
            yield container
            continue
        told = [member for member in container.members if is_evidence(member)]
        if not told:
            yield container
        elif len(told) < len(container.members):
            kept = tuple(m for m in container.members if m not in told or counts[m.key] == 1)
            yield Container(
                container.shape, container.section, kept, container.left, container.level
            )


def is_evidence(candidate: Candidate) -> bool:
    """Returns whether a heading tells of what was done: `P5 — Closeout Evidence (2026-02-09)`."""
    label = candidate.label
    return tells_evidence(candidate.text.text[label.end if label else 0 :])


def tells_evidence(title: str) -> bool:
    """Returns whether the last word of a title is one for evidence.

    What is in brackets is no part of it, nor what follows the first: `207 (AI) Evidence (today)`.
    """
    ends = (re.sub(r"\([^()]*\)", " ", title), title.split("(")[0])
    last = [word for end in ends for word in end.replace("—", " ").split()[-1:]]
    return any(Topic.EVIDENCE in topics_of(word) for word in last)


# ── Points ───────────────────────────────────────────────────────────────────


def _points(series: Series) -> Iterable[tuple[str, float]]:
    members = series.members
    yield "labels", _label_points(series)
    yield "shape", _SHAPES[series.shape]
    yield "heading", sum(member.section.stance for member in members) / len(members)
    yield "statuses", _STATES * _share_with_status(series)
    if any(c.columns.waits for c in series.containers if c.columns):
        yield "dependencies", _WAITS
    yield "number", _SEVERAL if len(members) > 1 else _ALONE
    if len(series.keys) < len(members):
        yield "repeated ids", _REPEATED
    left = sum(len(container.left) for container in series.containers)
    if series.shape is Shape.LIST and left > len(members):
        yield "items without label", _SPARSE


def _label_points(series: Series) -> float:
    """Returns what the labels say: `Phase 1` much, `TN-1` less, a number or a name little."""
    named = [m for m in series.members if m.label is None]
    columns = series.containers[0].columns
    if len(named) * 2 > len(series.members):
        return _NAMED_SO if _lists_phases(series.containers[0]) else _NOT_NAMED_SO
    family = series.family
    if not family:
        return _NUMBER + (
            0.0 if columns is None else _NAMED_SO if columns.says_phase else -_NAMED_SO
        )
    if any(m.label and m.label.is_worded for m in series.members if m.family == family):
        return _WORDED
    return _PHASE_CODE if family in _PHASE_LETTERS else _CODE


def _lists_phases(container: Container) -> bool:
    """Returns whether a table of names is one of phases: it says so, and how far each is."""
    columns = container.columns
    if columns is None or not columns.says_phase:
        return False
    return columns.states or bool(columns.waits) or container.section.names_phases


def _share_with_status(series: Series) -> float:
    count = 0
    for container in series.containers:
        if container.columns is not None:
            count += len(container.members) if container.columns.states else 0
        else:
            count += sum(1 for member in container.members if _has_box(member))
    return count / len(series.members)


def _has_box(candidate: Candidate) -> bool:
    item = getattr(candidate.node, "item", None)
    return item is not None and item.checkbox is not None


def _speaks_of_work(series: Series) -> bool:
    if series.family in _work_words() or series.points["heading"] > 0:
        return True
    if any(box.columns and (box.columns.states or box.columns.waits) for box in series.containers):
        return True
    return any(
        _has_box(member)
        or stated_in_title(member.text).site
        or (isinstance(member.node, Section) and states(member.node))
        for member in series.members
    )


@cache
def _work_words() -> frozenset[str]:
    """Returns the words that say by themselves that a plan is meant: the first of each language."""
    first = {fold(split(language.labels)[0]) for language in languages()}
    return frozenset(first | {"milestone", "sprint", "wave", "stage"})


# ── All of it ────────────────────────────────────────────────────────────────


def _host(best: Series, series: Sequence[Series]) -> Series | None:
    """Returns the headings that hold all of a series, so that these are the items of phases."""
    for one in series:
        if one is best or one.shape is not Shape.HEADING or len(one.members) < 2:
            continue
        if one.score < FLOOR or one.family == best.family:
            continue
        held = _holders(best.members, one.members)
        if None not in held and len(set(held)) > 1:
            return one
    return None


def _holders(members: Sequence[Candidate], headings: Sequence[Candidate]) -> list[int | None]:
    """Returns the line of the heading that each member stands under, None where it is none."""
    lines = [heading.line for heading in headings]
    held: list[int | None] = []
    for member in members:
        place = bisect_left(lines, member.line) - 1
        inside = place >= 0 and member.line <= headings[place].section.last_line
        held.append(lines[place] if inside else None)
    return held


def _continued(best: Series, series: Sequence[Series]) -> list[Series]:
    """Returns a series with those that go on with its numbers under other heads."""
    chosen, numbers = [best], set(best.numbers)
    for one in series:
        if one is best or one.shape is not best.shape or one.numbers & numbers:
            continue
        if _goes_on(one, best):
            chosen.append(one)
            numbers |= one.numbers
    return chosen


def _goes_on(one: Series, best: Series) -> bool:
    """Returns whether a series is of the same plan as another: the same labels, or the same head.

    A heading a level off is one member alone, so its score says nothing.
    """
    if one.points["heading"] < 0:
        return False
    if one.shape is not Shape.TABLE:
        return bool(one.family) and one.family == best.family
    first, second = (s.containers[0].columns for s in (one, best))
    if one.score < FLOOR or first is None or second is None:
        return False
    same_head = fold(first.names[first.id]) == fold(second.names[second.id])
    return first.says_phase and second.says_phase and (same_head or one.family == best.family)
