"""The words and signs in docs/format.md, made from the vocabulary.

`python -m loopkit.loop.words.reference` prints what stands there; a test compares the two.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from loopkit.loop.model import LoopStatus, PhaseStatus
from loopkit.loop.words.language import Language
from loopkit.loop.words.signs import BOXES, SHORT_CODES, SIGNS
from loopkit.loop.words.vocabulary import languages, split

_PHASES = tuple(status for status in PhaseStatus if status is not PhaseStatus.UNKNOWN)
_LOOPS = tuple(status for status in LoopStatus if status is not LoopStatus.UNKNOWN)
_DOUBTS: tuple[tuple[str, Callable[[Language], str]], ...] = (
    ("not", lambda language: language.negations),
    ("a part", lambda language: language.parts),
    ("not yet", lambda language: language.not_yet),
    ("taken back", lambda language: f"{language.take_backs}|{language.contrasts}"),
)


def page() -> str:
    """Returns the part of docs/format.md that lists words and signs."""
    return "\n".join([*_signs(), "", *_words(), "", *_loop_words(), "", *_doubts()])


def _signs() -> Iterator[str]:
    yield "### Signs"
    yield ""
    yield from _head("Status", "Signs", "Short codes", "Box")
    for status in _PHASES:
        signs = SIGNS[status]
        codes = [f"`:{code}:`" for code, sign in SHORT_CODES.items() if sign in signs]
        boxes = [f"`[{mark}]`" for mark, meant in BOXES.items() if meant is status]
        yield _row(str(status), " ".join(signs), " ".join(codes), " ".join(boxes))


def _words() -> Iterator[str]:
    yield "### Words for a phase's status"
    for language in languages():
        yield from _table(language, [(str(s), language.phases[s]) for s in _PHASES])


def _loop_words() -> Iterator[str]:
    yield "### Words for a loop's status"
    for language in languages():
        yield from _table(language, [(str(s), language.loops[s]) for s in _LOOPS])


def _doubts() -> Iterator[str]:
    yield "### Words that make it something else than done"
    for language in languages():
        yield from _table(language, [(name, words(language)) for name, words in _DOUBTS])


def _table(language: Language, rows: Sequence[tuple[str, str]]) -> Iterator[str]:
    yield ""
    yield from _head(language.name.capitalize(), "Words")
    for name, words in rows:
        yield _row(name, ", ".join(split(words)))


def _head(*names: str) -> Iterator[str]:
    yield _row(*names)
    yield "|" + "---|" * len(names)


def _row(*cells: str) -> str:
    return "| " + " | ".join(cells) + " |"


if __name__ == "__main__":
    print(page())
