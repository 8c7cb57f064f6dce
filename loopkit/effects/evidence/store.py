"""The receipts of a loop: read in order, appended to a chain, one file each."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Protocol

from loopkit.effects.atomic import replace_file
from loopkit.effects.evidence.codec import from_bytes, to_bytes
from loopkit.effects.evidence.receipt import Kind, Link, Receipt
from loopkit.effects.evidence.signing import sign_file
from loopkit.effects.settings import Settings
from loopkit.errors import DocumentChanged, DocumentError, LoopkitError, NotWritten, RecordFailed


class Home(Protocol):
    """The part of a workspace that receipts need."""

    @property
    def root(self) -> Path:
        """Returns the folder that nothing is written outside of."""
        ...

    @property
    def settings(self) -> Settings:
        """Returns its settings."""
        ...

    @property
    def lab_kind(self) -> str:
        """Returns the kind of lab that the hosts are, empty for real hosts."""
        ...

    def now(self) -> datetime:
        """Returns the time in UTC; in a lab, moved by the lab's clock."""
        ...


def receipts(workspace: Home, loop_id: str) -> tuple[Receipt, ...]:
    """Returns a loop's receipts, each after those it follows.

    On real hosts what happened in a lab is left out, and in a lab what happened elsewhere.

    Raises:
        DocumentError: a receipt cannot be read; taking it for absent could run a change twice.
    """
    found, damaged = read_receipts(workspace, loop_id)
    for name, why in damaged.items():
        where = folder(workspace, loop_id) / name
        raise DocumentError(
            "this receipt cannot be read",
            where=_shown(workspace, where),
            why=why,
            help=f"git checkout -- {_shown(workspace, where)}",
        )
    in_lab = bool(workspace.lab_kind)
    return tuple(r for r in found if bool(r.lab) == in_lab)


def read_receipts(workspace: Home, loop_id: str) -> tuple[tuple[Receipt, ...], Mapping[str, str]]:
    """Returns every receipt of a loop in order, and why others cannot be read, by name."""
    found: list[Receipt] = []
    damaged: dict[str, str] = {}
    for path in sorted(folder(workspace, loop_id).glob("*.json")):
        try:
            raw = path.read_bytes()
            found.append(replace(from_bytes(raw), name=path.name, sha256=_hash(raw)))
        except OSError as error:
            damaged[path.name] = error.strerror or str(error)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            damaged[path.name] = f"{type(error).__name__}: {error}"
    return _in_order(found), damaged


def heads(found: Iterable[Receipt]) -> tuple[Link, ...]:
    """Returns the receipts that no other follows: what the next one is chained to."""
    everything = list(found)
    followed = {link.name for receipt in everything for link in receipt.previous}
    return tuple(Link(r.name, r.sha256) for r in everything if r.name not in followed)


def write_receipt(workspace: Home, receipt: Receipt) -> Receipt:
    """Appends a receipt to its loop's chain and returns it as it stands on disk, synced.

    Raises:
        RecordFailed: it cannot be written.
    """
    before, _ = read_receipts(workspace, receipt.loop)
    chained = replace(receipt, previous=heads(before))
    raw = to_bytes(chained)
    name = file_name(receipt)
    path = folder(workspace, receipt.loop) / name
    try:
        _make_inside(workspace, path.parent)
        if workspace.settings.signing_key is not None:
            # Before the receipt: one that stands unsigned would be taken for a forged one.
            sign_file(path, raw, workspace.settings.signing_key)
        replace_file(path, None, raw, shown=_shown(workspace, path))
    except (OSError, NotWritten, DocumentChanged) as error:
        raise RecordFailed(
            "the receipt cannot be written",
            where=_shown(workspace, path),
            why=told(error),
            help=f"df -h {workspace.settings.receipts}",
        ) from error
    return replace(from_bytes(raw), name=name, sha256=_hash(raw))


def receipt_path(workspace: Home, receipt: Receipt) -> Path:
    """Returns where a receipt that was written or read stands."""
    return folder(workspace, receipt.loop) / receipt.name


def folder(workspace: Home, loop_id: str) -> Path:
    """Returns the folder of a loop's receipts."""
    return workspace.settings.receipts / safe_name(loop_id)


def file_name(receipt: Receipt) -> str:
    """Returns the file name of a receipt: when it began, what it is of, and its id."""
    at = receipt.started.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    what = receipt.phase if receipt.kind is Kind.RUN else f"{receipt.phase}-{receipt.kind}"
    return f"{at}-{safe_name(what.lstrip('-'))}-{receipt.run_id}.json"


def safe_name(text: str) -> str:
    """Returns a name that is one path component, the same for the same text.

    Ids come from documents: anything but plain letters is replaced, and a hash keeps two apart.
    """
    if re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,119}", text):
        return text
    plain = re.sub(r"[^A-Za-z0-9_-]+", "-", text).strip("-")[:80]
    return f"{plain or 'x'}-{_hash(text.encode('utf-8', 'surrogatepass'))[:8]}"


def facts_of(found: Iterable[Receipt]) -> Mapping[str, Any]:
    """Returns the facts that steps of successful runs recorded; the latest value of each."""
    facts: dict[str, Any] = {}
    for receipt in found:
        if receipt.kind is Kind.RUN and receipt.is_good:
            for step in receipt.steps:
                facts.update(step.outcome.facts)
    return facts


def _in_order(found: list[Receipt]) -> tuple[Receipt, ...]:
    """Sorts by time, but never a receipt before one that it follows: clocks can go back."""
    by_name = {receipt.name: receipt for receipt in found}
    ordered: dict[str, Receipt] = {}
    waiting = sorted(found, key=lambda r: (r.ended, r.name), reverse=True)
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


def _make_inside(workspace: Home, path: Path) -> None:
    if not path.resolve().is_relative_to(workspace.root.resolve()):
        raise PermissionError(1, "it leads out of the workspace", str(path))
    path.mkdir(parents=True, exist_ok=True)


def _shown(workspace: Home, path: Path) -> str:
    try:
        return str(path.relative_to(workspace.root))
    except ValueError:
        return str(path)


def told(error: LoopkitError | OSError) -> str:
    """Returns an error on one line: what, then why."""
    if isinstance(error, OSError):
        return error.strerror or str(error)
    text = f"{error.what}: {error.why}" if error.why else error.what
    return " ".join(text.split())


def _hash(raw: bytes) -> str:
    return sha256(raw).hexdigest()
