"""What the receipts of a loop say: every question about them is answered here, and only here.

An answer rests on what happened on hosts of the kind at hand, real ones or a lab's. What happened
elsewhere is passed over, except that `done_elsewhere` and `closed_elsewhere` name it: a gate on
real hosts stays shut on a lab's word, and says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from loopkit.effects.evidence.chain import in_order
from loopkit.effects.evidence.receipt import Kind, Receipt
from loopkit.errors import DocumentError
from loopkit.loop.model import Phase
from loopkit.loop.outcome import Result, StepOutcome

INVARIANT, VALUE = "invariant", "value"
"""The facts of a step that read an invariant: which one, and the value that it had."""


@dataclass(frozen=True, slots=True)
class Damaged:
    """A receipt that cannot be read; `where` is its file, as people type it."""

    name: str
    where: str
    why: str

    @property
    def claim(self) -> str:
        """Returns what is wrong, in one line."""
        return f"receipt {self.name} cannot be read: {self.why}"


@dataclass(frozen=True)
class History:
    """The receipts of one loop, those of hosts elsewhere among them, in the order of the chain."""

    loop: str = ""
    everything: tuple[Receipt, ...] = ()
    damaged: tuple[Damaged, ...] = ()
    in_lab: bool = False

    @cached_property
    def receipts(self) -> tuple[Receipt, ...]:
        """Returns what happened here: in a lab when these hosts are one, else on real hosts."""
        return tuple(r for r in self.everything if self._is_here(r))

    @property
    def names(self) -> frozenset[str]:
        """Returns the names of all receipts, damaged ones too."""
        whole, damaged = (r.name for r in self.everything), (d.name for d in self.damaged)
        return frozenset((*whole, *damaged))

    def require_whole(self) -> History:
        """Returns itself, with no receipt damaged.

        Raises:
            DocumentError: a receipt cannot be read; taking it for absent could run a change twice.
        """
        for each in self.damaged:
            raise DocumentError(
                "this receipt cannot be read",
                where=each.where,
                why=each.why,
                help=f"git checkout -- {each.where}",
            )
        return self

    def including(self, receipt: Receipt) -> History:
        """Returns the history with one more receipt."""
        return replace(self, everything=in_order((*self.everything, receipt)))

    # ── Statuses ─────────────────────────────────────────────────────────

    def last_word(self, phase: Phase) -> Receipt | None:
        """Returns the receipt that says last how a phase stands: of its items, the one behind most.

        An item that no receipt speaks of leaves the phase without a word, unless the whole was
        said. One that a person left out holds up nobody.
        """
        if not phase.items:
            return self.last_word_on(phase.id)
        words = [self.last_word_on(phase.id, item.key) for item in phase.items]
        said = [word for word in words if word is not None]
        if len(said) < len(words):
            return None
        behind = next((r for r in said if not (r.says_done or r.says_skipped)), None)
        done = [r for r in said if r.says_done] or said
        return behind or max(done, key=lambda r: r.ended)

    def last_word_on(self, phase: str, item: str | None = None) -> Receipt | None:
        """Returns the receipt that says last how an item, or without one the whole, stands.

        What is said of a whole phase is said of each of its items. The phase "" is the loop.
        """
        return _last_word(self.receipts, phase, item)

    def ever_done(self, phase: str) -> bool:
        """Returns whether any receipt says that a phase, or an item of it, was done."""
        return any(r.says_done for r in self.receipts if r.is_of(phase))

    def done_elsewhere(self, phase: Phase) -> Mapping[str, Receipt]:
        """Returns what was last said to be done of a phase, and that elsewhere, with who says so.

        Keyed by item, or by "" when all that is known of the phase was done elsewhere.
        """
        words = self._words_anywhere(phase)
        found = {key: r for key, r in words.items() if r.says_done and not self._is_here(r)}
        if found and len(found) == len(words):
            return {"": next(iter(found.values()))}
        return {key or "": receipt for key, receipt in found.items()}

    def closed_elsewhere(self) -> Receipt | None:
        """Returns the receipt that closed the loop elsewhere, if it is the last word on it."""
        last = _last_word(self.everything, "", None)
        return last if last and last.says_closed and not self._is_here(last) else None

    def _words_anywhere(self, phase: Phase) -> Mapping[str | None, Receipt]:
        """Returns the last word on each item of a phase, or on the whole, wherever it was said."""
        keys: list[str | None] = [item.key for item in phase.items] or [None]
        words = {key: _last_word(self.everything, phase.id, key) for key in keys}
        if not phase.items or None in words.values():
            # A checklist may have been written anew: what was said of an item that it names no
            # more may be all that made the phase done, and must not be lost sight of.
            gone = dict.fromkeys(r.item for r in self.everything if r.is_of(phase.id))
            words = {key: _last_word(self.everything, phase.id, key) for key in gone}
        return {key: word for key, word in words.items() if word is not None}

    def _is_here(self, receipt: Receipt) -> bool:
        return bool(receipt.lab) == self.in_lab

    # ── Runs ─────────────────────────────────────────────────────────────

    def doubts(self, phase: str, item: str | None) -> Mapping[tuple[str, str], str]:
        """Returns the steps, by name and host, whose change was sent and never seen to end.

        Each with the id of the run that sent it. What a later run saw for certain, and what a
        person resolved, is in doubt no longer.
        """
        doubts: dict[tuple[str, str], str] = {}
        for receipt in (r for r in self.receipts if r.covers(phase, item)):
            if receipt.kind in (Kind.RESOLVE, Kind.REOPEN, Kind.MARK):
                doubts.clear()
            for outcome in _outcomes(receipt):
                step = (outcome.name, outcome.host)
                if outcome.sent:
                    doubts.setdefault(step, receipt.run_id)
                elif outcome.result.is_good or outcome.result is Result.FAILED:
                    doubts.pop(step, None)
        return doubts

    def times_settled(self, phase: str, item: str | None, step: str) -> int:
        """Returns how often a job ended for certain, or a person said what became of it."""
        own = (r for r in self.receipts if r.is_exactly(phase, item))
        return sum(1 for receipt in own if _settles(receipt, step))

    @cached_property
    def used_approvals(self) -> frozenset[str]:
        """Returns the names of approvals that some run used up; each serves once."""
        return frozenset(name for receipt in self.receipts for name in receipt.uses)

    @cached_property
    def facts(self) -> Mapping[str, Any]:
        """Returns the facts that steps of successful runs recorded; the latest value of each."""
        return _facts(self.receipts)

    @cached_property
    def baseline(self) -> Mapping[str, Any]:
        """Returns each invariant's value as the loop's first run read it."""
        return _baseline(self.receipts)


NO_HISTORY = History()
"""The history of a loop of which nothing happened yet."""


def _last_word(found: Iterable[Receipt], phase: str, item: str | None) -> Receipt | None:
    words = [r for r in found if r.says_status and r.covers(phase, item)]
    return words[-1] if words else None


def _settles(receipt: Receipt, step: str) -> bool:
    if receipt.kind in (Kind.RESOLVE, Kind.REOPEN):
        return True
    own = (outcome for outcome in _outcomes(receipt) if outcome.name == step)
    return any(outcome.result in (Result.CHANGED, Result.FAILED) for outcome in own)


def _facts(receipts: Iterable[Receipt]) -> dict[str, Any]:
    facts: dict[str, Any] = {}
    for receipt in receipts:
        for outcome in _outcomes(receipt) if receipt.succeeded else ():
            facts.update(outcome.facts)
    return facts


def _baseline(receipts: Iterable[Receipt]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for receipt in receipts:
        for outcome in _outcomes(receipt) if receipt.kind is Kind.RUN else ():
            if INVARIANT in outcome.facts and outcome.result is Result.OK:
                values.setdefault(outcome.facts[INVARIANT], outcome.facts[VALUE])
    return values


def _outcomes(receipt: Receipt) -> Iterator[StepOutcome]:
    return (record.outcome for record in receipt.steps)
