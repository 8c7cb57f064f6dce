"""What a language is to the reader of what waits for what.

A phrase is a regular expression in lower case; a blank in it is any white space.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

SECOND, MINUTE, HOUR, DAY, WEEK = 1, 60, 3_600, 86_400, 604_800


# Compared by identity: expressions are kept by the languages that they are made of.
@dataclass(frozen=True, slots=True, eq=False)
class Waiting:
    """The words of one language; phrases are parted by `|`."""

    needs: str
    """What is waited for follows, up to the end of the clause: `depends on X`."""
    after: str
    """What is waited for follows, up to a comma: `after X, …`."""
    when: str
    """As `after`, where the clause says that it is done: `when X is done`."""
    until: str
    """What is waited for follows, if something is held until then: `blocked until X`."""
    holds: str
    """What is held: `blocked`, `do not start`."""
    behind: str
    """What is waited for stands before: `X must be done`."""
    negations: str
    done: str
    """What may be said of it once it is done: `complete`."""
    auxiliary: str
    """What may stand between a phase and such a word: `P3 can start after P1`."""
    inner: str
    """What may stand between such a word and a phase, and belongs to neither: `completion of`."""
    this: str
    """The phase whose text this is: `P3 depends on this`."""
    previous: str
    """The phase before: `the previous phase`."""
    all_previous: str
    either: str
    joined: str
    parted: str
    waits: str
    """What says that time has to pass, if a time follows: `wait`."""
    soaks: str
    """What says so by itself: `soak`."""
    vague: str
    """Times that nobody can reckon with: `a while`."""
    numbers: str
    """The words for 1, 2, 3 …; forms of one number are parted by `/`."""
    units: Mapping[int, str]
    """Words for a length of time, by its seconds."""
    spaced: bool = True
    """Whether the script parts its words by spaces."""
    script: str = ""
    """What tells the language by its letters; empty for one in Latin letters."""
