"""Whether the evidence holds: every done phase has its receipt, and no receipt was touched."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain as chained
from shlex import quote

from loopkit.effects.evidence.codec import is_sealed
from loopkit.effects.evidence.receipt import Kind, Receipt
from loopkit.effects.evidence.signing import signature_of, signer_of
from loopkit.effects.evidence.store import Home, folder, read_receipts
from loopkit.loop.model import Finding, Loop, Phase, PhaseStatus


def check_chain(workspace: Home, loop: Loop) -> tuple[Finding, ...]:
    """Returns what is wrong with a loop's evidence; nothing on an honest history.

    Codes: `evidence-damaged`, `evidence-altered`, `evidence-lost`, `evidence-missing`,
    `evidence-contradicts` and `evidence-older`; where the settings name allowed signers also
    `evidence-unsigned` and `evidence-forged`.
    """
    everything, damaged = read_receipts(workspace, loop.id)
    in_lab = bool(workspace.lab_kind)
    here = [receipt for receipt in everything if bool(receipt.lab) == in_lab]
    findings = chained(
        _damaged(loop, damaged.items()),
        _touched(workspace, loop, everything, frozenset(damaged)),
        _unsigned(workspace, loop, everything),
        _unproved(loop, here),
        _outdated(loop, here),
    )
    return tuple(dict.fromkeys(findings))


def _damaged(loop: Loop, damaged: Iterable[tuple[str, str]]) -> Iterator[Finding]:
    for name, why in damaged:
        yield Finding(_line(loop), "evidence-damaged", f"receipt {name} cannot be read: {why}")


def _touched(
    workspace: Home, loop: Loop, found: tuple[Receipt, ...], damaged: frozenset[str]
) -> Iterator[Finding]:
    """Finds receipts that are not what the next one vouches for, or not what was sealed."""
    hashes = {receipt.name: receipt.sha256 for receipt in found}
    for receipt in found:
        raw = (folder(workspace, loop.id) / receipt.name).read_bytes()
        if not is_sealed(raw) or receipt.loop != loop.id:
            yield _altered(loop, receipt.name, "its content is not what was sealed")
        for link in receipt.previous:
            if link.name in damaged:
                continue
            if link.name not in hashes:
                message = f"receipt {link.name} is lost; {receipt.name} follows it"
                yield Finding(_line(loop), "evidence-lost", message)
            elif hashes[link.name] != link.sha256:
                yield _altered(loop, link.name, f"{receipt.name} vouches for other content")


def _unsigned(workspace: Home, loop: Loop, found: tuple[Receipt, ...]) -> Iterator[Finding]:
    allowed = workspace.settings.allowed_signers
    for receipt in found if allowed is not None else ():
        path = folder(workspace, loop.id) / receipt.name
        if not signature_of(path).is_file():
            message = f"receipt {receipt.name} is not signed"
            yield Finding(_line(loop), "evidence-unsigned", message)
        elif allowed is not None and not signer_of(path, allowed):
            message = f"the signature of receipt {receipt.name} is not by an allowed signer"
            yield Finding(_line(loop), "evidence-forged", message)


def _altered(loop: Loop, name: str, why: str) -> Finding:
    return Finding(_line(loop), "evidence-altered", f"receipt {name} was altered: {why}")


def _unproved(loop: Loop, found: list[Receipt]) -> Iterator[Finding]:
    for phase in loop.phases:
        if phase.status is not PhaseStatus.DONE:
            continue
        last = last_word(found, phase)
        if last is None:
            message = f"{phase.id} is done, and no receipt says how"
            yield _at(
                phase, "evidence-missing", message, f"loop mark {loop.id} {quote(phase.id)} done"
            )
        elif not says_done(last):
            said = last.status or str(last.result)
            message = f"{phase.id} is done, but its last receipt ({last.name}) says {said}"
            yield _at(phase, "evidence-contradicts", message, f"loop log {loop.id}")


def _outdated(loop: Loop, found: list[Receipt]) -> Iterator[Finding]:
    """Finds done phases whose receipt began before what they depend on had ended."""
    for phase in loop.phases:
        own = last_word(found, phase)
        if phase.status is not PhaseStatus.DONE or own is None or not says_done(own):
            continue
        for id in phase.depends_on:
            needed = loop.phase(id)
            other = last_word(found, needed) if needed else None
            if other is not None and says_done(other) and _precedes(own, other, found):
                message = f"receipt {own.name} of {phase.id} is older than {other.name} of {id}"
                mend = f"loop reopen {loop.id} {quote(phase.id)}"
                yield _at(phase, "evidence-older", message, mend)


def last_word(found: Iterable[Receipt], phase: Phase) -> Receipt | None:
    """Returns the receipt that says last how a phase stands; of its items, the one behind most.

    An item that no receipt speaks of leaves the phase without a word, unless the whole was said.
    """
    own = [r for r in found if r.phase.casefold() == phase.id.casefold() and _speaks(r)]
    whole = [receipt for receipt in own if receipt.item is None]
    if not phase.items or (own and own[-1].item is None):
        return whole[-1] if whole else None
    each = [[r for r in own if r.item in (None, item.key)] for item in phase.items]
    if not all(each):
        return None
    last = [receipts[-1] for receipts in each]
    return next((r for r in last if not says_done(r)), max(last, key=lambda r: r.ended))


def says_done(receipt: Receipt) -> bool:
    """Returns whether a receipt says that its phase or item is done."""
    if receipt.kind is Kind.RUN or not receipt.status:
        return receipt.is_good
    return receipt.status == PhaseStatus.DONE


def _speaks(receipt: Receipt) -> bool:
    return receipt.kind in (Kind.RUN, Kind.MARK, Kind.RESOLVE, Kind.REOPEN)


def _precedes(own: Receipt, other: Receipt, found: list[Receipt]) -> bool:
    """Needs the clock and the chain to agree: a clock can be set back, a mark can name the past."""
    return own.started <= other.ended and found.index(own) < found.index(other)


def _at(phase: Phase, code: str, message: str, mend: str) -> Finding:
    return Finding(phase.place.line, code, message, column=phase.place.column, mend=mend)


def _line(loop: Loop) -> int:
    return loop.status_place.line if loop.status_place else 1
