"""What a language is to the reader: the words that people of it plan with, as plain data.

Nothing here is compiled and nothing decides: `vocabulary` merges the languages, `status` reads.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

from loopkit.loop.model import LoopStatus, PhaseStatus


class Meaning(StrEnum):
    """What a field of a header or footer says, whatever it is called there."""

    ID = "id"
    TITLE = "title"
    STATUS = "status"
    OWNER = "owner"
    SEVERITY = "severity"
    CREATED = "created"
    CLOSED = "closed"
    BLOCKED_BY = "blocked_by"
    DEPENDS_ON = "depends_on"
    ORDER = "order"
    OTHER = "other"


class Column(StrEnum):
    """What a column of a table holds, whatever it is called there."""

    PHASE = "phase"
    NUMBER = "number"
    TITLE = "title"
    STATUS = "status"
    DONE = "done"
    """Yes or no, or the day on which it was done."""
    DEPENDS = "depends"
    CONDITION = "condition"
    NOTES = "notes"
    OWNER = "owner"
    DATE = "date"
    EFFORT = "effort"


class Topic(StrEnum):
    """What a section is about, by its heading."""

    PHASES = "phases"
    CRITERIA = "criteria"
    NON_GOALS = "non_goals"
    EVIDENCE = "evidence"
    HEADER = "header"
    """What a header says, in a section of its own: overview, status."""
    ASIDE = "aside"
    """Never the plan: prerequisites, decisions, risks, contents."""


class Language(NamedTuple):
    """The words of one language.

    Every value holds phrases parted by `|`, with their accents and the case that they have inside
    a sentence; a blank in a phrase stands for a hyphen or underscore too. The first phrase of a
    status is the one that an edit writes where the document shows no other.
    """

    name: str
    labels: str
    """What phases are called before their number: `phase`, `step`."""
    numbers: str
    """The words for 0, 1, 2 …; other forms of one number are parted by `/`."""
    columns: Mapping[Column, str]
    fields: Mapping[Meaning, str]
    topics: Mapping[Topic, str]
    phases: Mapping[PhaseStatus, str]
    loops: Mapping[LoopStatus, str]
    negations: str
    """What turns a status into its opposite: `not`."""
    parts: str
    """What makes a whole a part: `nearly`."""
    not_yet: str
    """What tells when, or under what condition, it will be: `by`, `to be`, `should`."""
    take_backs: str
    """What a note after `done` takes it back with: `missing`, `rolled back`."""
    nones: str
    """What makes a word after it harmless: `no errors`, `without`."""
    past: str
    """What says that a status is over: `was`."""
    neutral: str
    """What may stand beside a status in its clause and changes nothing: `all`, `fully`."""
    after: str
    """What joins a status to its date or its reason: `in`, `since`."""
    places: str
    """What joins it to a day or to a place, which may be a part of the whole: `on`."""
    of: str
    """What stands between a part and its whole: `3 of 5`."""
    joins: str
    """What begins a clause of its own: `and`, `via`."""
    contrasts: str
    """What begins a clause that takes something back: `but`."""
    dates: str
    """Months, days of the week, and their kin."""
    depends: str
    """What says that a phase waits for another: `depends on`, `after`."""
    waits: str
    """What says that a phase waits for time to pass: `soak`."""
    nothing: str
    """What a cell says that names nothing: `none`."""
    yes: str
    no: str
    totals: str
    """What the last row of a table is called: `total`."""
    shy: str = ""
    """Words above that are usual words of other languages: they count beside their own only."""
    mild: str = ""
    """Status words said of a service as well (`running`): beside `done` they change nothing."""
    firm: str = ""
    """Status words that begin no title: `pending the vendor` is a status, `open the valve` none."""
    vague: str = ""
    """Status words that name work too, `testing`: beside a title they count in capitals only."""
