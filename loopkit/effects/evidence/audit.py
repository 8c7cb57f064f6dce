"""Whether the evidence holds: every done phase has its receipt, and no receipt was touched."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain as chained
from shlex import quote

from loopkit.effects.evidence.codec import is_sealed
from loopkit.effects.evidence.histories import Histories
from loopkit.effects.evidence.history import History
from loopkit.effects.evidence.receipt import Receipt
from loopkit.effects.evidence.store import Store
from loopkit.loop.model import Finding, Loop, Phase, PhaseStatus


def check_chain(histories: Histories, loop: Loop) -> tuple[Finding, ...]:
    """Returns what is wrong with a loop's evidence; nothing on an honest history.

    Codes: `evidence-damaged`, `evidence-altered`, `evidence-lost`, `evidence-missing`,
    `evidence-contradicts` and `evidence-older`; where the settings name allowed signers also
    `evidence-unsigned` and `evidence-forged`.
    """
    history = histories.as_found(loop.id)
    findings = chained(
        _damaged(loop, history),
        _touched(loop, history, histories.store),
        _unsigned(loop, history, histories),
        _unproved(loop, history),
        _outdated(loop, history),
    )
    return tuple(dict.fromkeys(findings))


def _damaged(loop: Loop, history: History) -> Iterator[Finding]:
    for each in history.damaged:
        yield Finding(_line(loop), "evidence-damaged", each.claim)


def _touched(loop: Loop, history: History, store: Store) -> Iterator[Finding]:
    """Finds receipts that are not what the next one vouches for, or not what was sealed."""
    hashes = {receipt.name: receipt.sha256 for receipt in history.everything}
    damaged = {each.name for each in history.damaged}
    for receipt in history.everything:
        if not is_sealed(store.content(loop.id, receipt.name)) or receipt.loop != loop.id:
            yield _altered(loop, receipt.name, "its content is not what was sealed")
        for link in receipt.previous:
            if link.name in damaged:
                continue
            if link.name not in hashes:
                message = f"receipt {link.name} is lost; {receipt.name} follows it"
                yield Finding(_line(loop), "evidence-lost", message)
            elif hashes[link.name] != link.sha256:
                yield _altered(loop, link.name, f"{receipt.name} vouches for other content")


def _unsigned(loop: Loop, history: History, histories: Histories) -> Iterator[Finding]:
    allowed = histories.home.settings.allowed_signers
    if allowed is None:
        return
    for receipt in history.everything:
        signer = histories.store.signer(loop.id, receipt.name, allowed)
        if signer is None:
            message = f"receipt {receipt.name} is not signed"
            yield Finding(_line(loop), "evidence-unsigned", message)
        elif not signer:
            message = f"the signature of receipt {receipt.name} is not by an allowed signer"
            yield Finding(_line(loop), "evidence-forged", message)


def _altered(loop: Loop, name: str, why: str) -> Finding:
    return Finding(_line(loop), "evidence-altered", f"receipt {name} was altered: {why}")


def _unproved(loop: Loop, history: History) -> Iterator[Finding]:
    for phase in loop.phases:
        if phase.status is not PhaseStatus.DONE:
            continue
        last = history.last_word(phase)
        if last is None:
            message = f"{phase.id} is done, and no receipt says how"
            mend = f"loop mark {loop.id} {quote(phase.id)} done"
            yield _at(phase, "evidence-missing", message, mend)
        elif not last.says_done:
            said = last.status or str(last.result)
            message = f"{phase.id} is done, but its last receipt ({last.name}) says {said}"
            yield _at(phase, "evidence-contradicts", message, f"loop log {loop.id}")


def _outdated(loop: Loop, history: History) -> Iterator[Finding]:
    """Finds done phases whose receipt began before what they depend on had ended."""
    for phase in loop.phases:
        own = history.last_word(phase)
        if phase.status is not PhaseStatus.DONE or own is None or not own.says_done:
            continue
        for id in phase.depends_on:
            needed = loop.phase(id)
            other = history.last_word(needed) if needed else None
            if other is not None and other.says_done and _precedes(own, other, history):
                message = f"receipt {own.name} of {phase.id} is older than {other.name} of {id}"
                mend = f"loop reopen {loop.id} {quote(phase.id)}"
                yield _at(phase, "evidence-older", message, mend)


def _precedes(own: Receipt, other: Receipt, history: History) -> bool:
    """Needs the clock and the chain to agree: a clock can be set back, a mark can name the past."""
    order = history.receipts
    return own.started <= other.ended and order.index(own) < order.index(other)


def _at(phase: Phase, code: str, message: str, mend: str) -> Finding:
    return Finding(phase.place.line, code, message, column=phase.place.column, mend=mend)


def _line(loop: Loop) -> int:
    return loop.status_place.line if loop.status_place else 1
