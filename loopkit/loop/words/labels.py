"""The labels of phases: `P0.5`, `Step 1b`, `Phase 3a`, `W3`, and what they count."""

from __future__ import annotations

import re
from dataclasses import dataclass

_WORDS = "Phase|Step|Stage|Tier|Wave|Task|Milestone|Sprint|Workstream"
_NUMBER = r"\d{1,3}(?:\.\d{1,3}){0,3}[a-z]?"
_LABEL = re.compile(
    rf"(?:(?i:{_WORDS})[ \t]?-?[ \t]?(?:{_NUMBER}|[A-Z]|[IVX]{{1,4}})|[A-Z]{{1,2}}{_NUMBER})(?!\w)"
)
_LAST_PART = re.compile(r"(?:\d[\d.]*[a-z]?|[a-z]+)$")


@dataclass(frozen=True, slots=True)
class Label:
    """A phase's id where it stands in a text: `text[start:end]`."""

    id: str
    start: int
    end: int


def label_at(text: str, at: int = 0) -> Label | None:
    """Returns the label that begins at an offset."""
    found = _LABEL.match(text, at)
    return Label(found.group(), found.start(), found.end()) if found else None


def family(id: str) -> str:
    """Returns what a label counts, as one letter: `P` for `P0` and `Phase 0`, none for `3`."""
    return id[:1].upper() if id[:1].isalpha() else ""


def number(id: str) -> str:
    """Returns what a label says after its word or letter, in lower case: `0.5`, `1b`, `a`."""
    found = _LAST_PART.search(id.lower())
    return found.group() if found else id.lower()
