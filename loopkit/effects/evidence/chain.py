"""The chain of a loop's receipts: each names those it follows, and that is their order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from loopkit.effects.evidence.receipt import Link, Receipt


def heads(found: Sequence[Receipt]) -> tuple[Link, ...]:
    """Returns the receipts that no other follows: what the next one is chained to."""
    followed = {link.name for receipt in found for link in receipt.previous}
    return tuple(Link(r.name, r.sha256) for r in found if r.name not in followed)


def in_order(found: Iterable[Receipt]) -> tuple[Receipt, ...]:
    """Sorts by time, but never a receipt before one that it follows: clocks can go back."""
    waiting = sorted(found, key=lambda r: (r.ended, r.name), reverse=True)
    by_name = {receipt.name: receipt for receipt in waiting}
    ordered: dict[str, Receipt] = {}
    started: set[str] = set()
    while waiting:
        receipt = waiting.pop()
        missing = [
            by_name[link.name]
            for link in receipt.previous
            if link.name in by_name and link.name not in ordered and link.name not in started
        ]
        if missing and receipt.name not in started:
            started.add(receipt.name)
            waiting += [receipt, *missing]
        else:
            ordered.setdefault(receipt.name, receipt)
    return tuple(ordered.values())
