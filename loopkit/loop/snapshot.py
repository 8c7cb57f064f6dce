"""Everything outside a document that its gates are decided on, read once; and the verdicts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from loopkit.loop.model import Gate, InOrder, Item, Loop, Manual, Phase

# ── Snapshot: what gates are decided on ────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class When:
    """When something was finished, and how that is known; `at` is None when it is not."""

    at: datetime | None
    source: str
    """`receipt 3f9c`, `commit 60a9380`, or why it is unknown."""


@dataclass(frozen=True, slots=True)
class Approval:
    """A person's decision on a manual gate, as it stands in git."""

    loop: str
    phase: str
    gate: str
    """The gate's text; empty for every manual gate of the phase."""
    approved: bool
    who: str
    at: datetime
    reason: str
    receipt: str = ""
    item: str | None = None

    def answers(
        self, gate: Manual | InOrder, loop: Loop, phase: Phase, item: Item | None = None
    ) -> bool:
        """Returns whether it is about this gate; one of a phase opens no item's gates.

        One that names no gate is about what a person was asked for, not about the order of work.
        """
        return (
            self.loop == loop.id
            and self.phase.casefold() == phase.id.casefold()
            and self.gate in (gate.text, "" if isinstance(gate, Manual) else gate.text)
            and self.item == (item.key if item else None)
        )


@dataclass(frozen=True)
class Snapshot:
    """Everything outside the document that its gates are decided on.

    `loops` holds every loop read, by path; ids may be ambiguous. `unreadable` holds paths
    that could not be read, each with the reason. `finished` is keyed by (loop id, phase id).
    """

    now: datetime
    loops: Mapping[str, Loop] = field(default_factory=dict)
    unreadable: Mapping[str, str] = field(default_factory=dict)
    finished: Mapping[tuple[str, str], When] = field(default_factory=dict)
    approvals: Sequence[Approval] = ()
    lab_only: Mapping[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)
    """What a lab alone has shown to be done, asked on real hosts: by (loop id, phase id), the
    items that are meant, none for the whole phase; by (loop id, "") a loop that was closed. It
    opens no real gate."""
    damaged: Mapping[str, str] = field(default_factory=dict)
    """Why a receipt of a loop cannot be read, by loop id: what it says is not known."""
    any_order: bool = False
    """Whether the order of a document implies nothing in this workspace."""


# ── What is decided ──────────────────────────────────────────────────────────


class Answer(StrEnum):
    """What is known of a gate. Unknown never advances."""

    MET = "met"
    NOT_MET = "not_met"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer to one gate, with what was seen and why."""

    gate: Gate
    answer: Answer
    seen: str
    reason: str
    opens_at: datetime | None = None
    help: str = ""
    """The command that opens it, or says more."""
    where: str = ""
    """file:line of what was seen."""
