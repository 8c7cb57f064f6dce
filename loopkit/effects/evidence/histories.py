"""The histories that one command rests on: each loop's receipts read once, and again on request."""

from __future__ import annotations

from dataclasses import replace

from loopkit.effects.evidence.chain import heads
from loopkit.effects.evidence.history import History
from loopkit.effects.evidence.receipt import Receipt
from loopkit.effects.evidence.store import FolderStore, Home, Store


class Histories:
    """What the receipts of each loop say, read when it is first asked for.

    What is written through `append` is known at once. Who waited, for a lock or for a person,
    forgets what was read before: others may have written meanwhile.
    """

    def __init__(self, home: Home, store: Store | None = None) -> None:
        self.home = home
        self.store = store or FolderStore(home)
        self._read: dict[str, History] = {}

    def of(self, loop_id: str) -> History:
        """Returns the history of a loop.

        Raises:
            DocumentError: a receipt cannot be read; taking it for absent could run a change twice.
        """
        return self.as_found(loop_id).require_whole()

    def as_found(self, loop_id: str) -> History:
        """Returns the history of a loop, with the receipts that are damaged by name."""
        history = self._read.get(loop_id)
        if history is None:
            receipts, damaged = self.store.read(loop_id)
            history = History(loop_id, receipts, damaged, in_lab=bool(self.home.lab_kind))
            self._read[loop_id] = history
        return history

    def forget(self, loop_id: str) -> None:
        """Lets a loop's receipts be read again when they are next asked for."""
        self._read.pop(loop_id, None)

    def append(self, receipt: Receipt) -> Receipt:
        """Chains a receipt to those that stand now, and returns it as it was kept.

        The caller holds the loop's lock.

        Raises:
            RecordFailed: it cannot be written.
        """
        known = self._current(receipt.loop)
        written = self.store.append(replace(receipt, previous=heads(known.everything)))
        self._read[receipt.loop] = known.including(written)
        return written

    def _current(self, loop_id: str) -> History:
        """Returns the history of a loop as it stands now, read again only if it is another."""
        known = self._read.get(loop_id)
        # A receipt is never rewritten, so equal names are equal receipts. A run lasts long, and
        # the loop's lock does not keep git from bringing receipts or taking them away meanwhile.
        if known and not known.damaged and known.names == self.store.names(loop_id):
            return known
        self.forget(loop_id)
        return self.as_found(loop_id)
