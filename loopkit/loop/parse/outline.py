"""The headings of a document, what stands under each, and what each says that it is about."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from loopkit.loop.model import PhaseStatus
from loopkit.loop.words.labels import Label, label_in
from loopkit.loop.words.language import Topic
from loopkit.loop.words.phrases import Phrases, key, tokens
from loopkit.loop.words.remembered import remembered
from loopkit.loop.words.vocabulary import languages, split, topics_named
from loopkit.markdown.document import (
    Document,
    Heading,
    ListBlock,
    Node,
    Opaque,
    OpaqueKind,
    Paragraph,
    Piece,
    Quote,
)
from loopkit.markdown.source import Source, Span

NEVER = -6
"""What stands under a heading for evidence, risks or criteria is never the plan."""

_TOP = Heading(0, Piece("", Span(0, 0), 1), (0, 0))
_OTHER = frozenset({Topic.CRITERIA, Topic.NON_GOALS, Topic.EVIDENCE, Topic.ASIDE})
_CONFLICT = re.compile(r"^(?:<{7}|={7}|>{7}|\|{7})(?=[ \r\n]|$)", re.MULTILINE)
_GROUP = re.compile(r"[ \t]*\([^()]*\)")
# What may stand beside `phases` or `steps` where the heading is about nothing else.
_PLAIN = re.compile(
    "execution|implementation|rollout|delivery|migration|planned|proposed|remaining|the|our|of"
    "|project|main|and"
)


Lines = tuple[int, int]
"""The first and the last of some lines."""


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with its own nodes, up to the next heading of any level.

    `whole` are the nodes up to the next heading of the same or a higher level, the last of
    whose lines is `last_line`; `deep` are its own nodes with those in their quotes and items;
    `parents` are the headings it stands under, the nearest last. What stands above the first
    heading is a section too, with an empty heading of level 0.
    """

    heading: Heading
    body: tuple[Node, ...]
    whole: tuple[Node, ...]
    deep: tuple[Node, ...]
    last_line: int
    parents: tuple[Section, ...] = ()
    is_title: bool = False
    """Its heading is the title of the document."""
    label: Label | None = None
    """The label that the heading begins with."""
    topics: frozenset[Topic] = frozenset()
    """What the heading says that the section is about; a phase's heading says none."""
    chain: frozenset[Topic] = frozenset()
    """The topics of the heading and of those it stands under, the title's left out."""
    stance: int = 0
    """In points, how surely the headings here say that phases follow; below 0, others do."""

    @property
    def title(self) -> str:
        """Returns the text of the heading."""
        return self.heading.text.text

    @property
    def line(self) -> int:
        """Returns the line of the heading, 0 where there is none."""
        return self.heading.lines[0]

    @property
    def line_below(self) -> int:
        """Returns the first line below the heading."""
        return self.heading.lines[1] + 1

    @property
    def names_phases(self) -> bool:
        """Returns whether the heading says `Phases`, and little else: `Execution steps (local)`."""
        return self.is_just(Topic.PHASES)

    def is_just(self, topic: Topic) -> bool:
        """Returns whether the heading names a topic, and little else."""
        if self.topics != {topic}:
            return False
        words = [token.word for token in tokens(_GROUP.sub("", self.title))]
        return all(_PLAIN.fullmatch(word) or topics_of(word) for word in words)

    @property
    def status(self) -> PhaseStatus | None:
        """Returns the status that the heading states for all under it: `Completed phases (2)`."""
        words = [token.word for token in tokens(_GROUP.sub("", self.title))]
        left = [w for w in words if Topic.PHASES not in topics_of(w) and not w.isdigit()]
        return None if self.label else _status_words().whole(" ".join(left))

    def is_about(self, topic: Topic) -> bool:
        """Returns whether the heading, or one that it stands under, names a topic."""
        return topic in self.chain or topic in self.topics


def torn(source: Source) -> tuple[Lines, ...]:
    """Returns the first and last lines of merges that nobody settled."""
    if "<<<<<<<" not in source.text:
        return ()
    found, first, parted = [], 0, False
    for mark in _CONFLICT.finditer(source.text):
        line = source.line_of(mark.start())
        match mark[0][0]:
            case "<":
                first, parted = line, False
            case "=":
                parted = bool(first)
            case ">" if parted:
                found.append((first, line))
                first, parted = 0, False
    return tuple(found)


class Covered:
    """Lines that some ranges cover: asked in logarithmic time, however many ranges there are."""

    def __init__(self, ranges: Iterable[Lines]) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []
        for first, last in sorted(ranges):
            if self._ends and first <= self._ends[-1]:
                self._ends[-1] = max(last, self._ends[-1])
            else:
                self._starts.append(first)
                self._ends.append(last)

    def __contains__(self, line: int) -> bool:
        place = bisect_right(self._starts, line) - 1
        return place >= 0 and line <= self._ends[place]


@cache
def _status_words() -> Phrases[PhaseStatus]:
    """Returns the words for a status, as a heading states it for all that stands below."""
    return Phrases(
        (key(word), status)
        for language in languages()
        for status, words in language.phases.items()
        for word in split(words)
    )


@remembered
def topics_of(title: str) -> frozenset[Topic]:
    """Returns what a heading or a label says that it is about."""
    return topics_named(title)


def outline(document: Document) -> tuple[Section, ...]:
    """Returns the sections of a document in the order of the file."""
    nodes = document.nodes
    headings = [(i, node) for i, node in enumerate(nodes) if isinstance(node, Heading)]
    starts = [at for at, _ in headings] + [len(nodes)]
    ends = _ends(headings, len(nodes))
    above = nodes[: starts[0]]
    last = nodes[starts[0]].lines[0] - 1 if headings else document.source.line_count
    sections = [Section(_TOP, above, above, tuple(deep(above)), last)] if above else []
    parents: list[Section] = []
    for (at, heading), following, end in zip(headings, starts[1:], ends, strict=True):
        while parents and parents[-1].heading.level >= heading.level:
            parents.pop()
        last = nodes[end].lines[0] - 1 if end < len(nodes) else document.source.line_count
        body, whole = nodes[at + 1 : following], nodes[at + 1 : end]
        is_title = heading.level == 1 and heading is headings[0][1]
        section = Section(
            heading,
            body,
            whole,
            tuple(deep(body)),
            last,
            tuple(parents),
            is_title,
            *_about(heading.text.text, parents, is_title),
        )
        sections.append(section)
        parents.append(section)
    return tuple(sections)


def _about(
    text: str, parents: Sequence[Section], is_title: bool
) -> tuple[Label | None, frozenset[Topic], frozenset[Topic], int]:
    """Returns the label, the topics, the chain and the stance of a section.

    What stands under a heading for something else is seldom the plan, whatever it is called;
    the title of the document says little.
    """
    label = label_in(text)
    topics = frozenset() if label else topics_of(text)
    if is_title:
        return label, topics, frozenset(), 1 if Topic.PHASES in topics else 0
    chain = parents[-1].chain | topics if parents else topics
    if chain & _OTHER:
        return label, topics, chain, -3 if Topic.PHASES in chain else NEVER
    if Topic.PHASES in chain:
        return label, topics, chain, 3
    return label, topics, chain, parents[0].stance if parents and parents[0].is_title else 0


def _ends(headings: Sequence[tuple[int, Heading]], count: int) -> list[int]:
    """Returns where each section ends: at the next heading that is not below its own."""
    ends = [count] * len(headings)
    waiting: list[int] = []
    for place, (at, heading) in enumerate(headings):
        while waiting and headings[waiting[-1]][1].level >= heading.level:
            ends[waiting.pop()] = at
        waiting.append(place)
    return ends


def deep(nodes: Iterable[Node]) -> Iterator[Node]:
    """Yields nodes with those in their quotes and items, in the order of the file."""
    for node in nodes:
        yield node
        if isinstance(node, ListBlock):
            for item in node.items:
                if item.inner:
                    yield from deep(item.inner)
        elif isinstance(node, Quote):
            yield from deep(node.nodes)


def may_be_heading(source: Source, node: Node) -> bool:
    """Returns whether a block is meant as a heading: what follows is no part of the phase."""
    match node:
        case Paragraph(pieces=(piece,)):
            bold = piece.text.startswith(("**", "__")) and piece.text.endswith(("**", "__"))
            return piece.text.startswith("#") or (bold and label_in(piece.text) is not None)
        case Opaque(lines=(first, last), kind=OpaqueKind.HTML):
            lines = (source.line_text(line).lstrip() for line in range(first, last + 1))
            return any(line.startswith("#") for line in lines)
        case _:
            return False
