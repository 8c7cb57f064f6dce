"""Where receipts are kept: a folder, one file each, under a folder of the loop's name."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Protocol

from loopkit.effects.atomic import replace_file
from loopkit.effects.evidence.chain import in_order
from loopkit.effects.evidence.codec import from_bytes, to_bytes
from loopkit.effects.evidence.history import Damaged
from loopkit.effects.evidence.receipt import Kind, Receipt
from loopkit.effects.evidence.signing import sign_file, signature_of, signer_of
from loopkit.effects.settings import Settings
from loopkit.errors import DocumentChanged, LoopkitError, NotWritten, RecordFailed


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


class Store(Protocol):
    """What keeps receipts. A receipt that was appended is never changed."""

    def read(self, loop_id: str) -> tuple[tuple[Receipt, ...], tuple[Damaged, ...]]:
        """Returns a loop's receipts in the order of their chain, and those that are damaged."""
        ...

    def names(self, loop_id: str) -> frozenset[str]:
        """Returns the names of a loop's receipts, without reading them."""
        ...

    def append(self, receipt: Receipt) -> Receipt:
        """Keeps a receipt and returns it as it was kept, with its name.

        Raises:
            RecordFailed: it cannot be written.
        """
        ...

    def where(self, receipt: Receipt) -> str:
        """Returns where a receipt is kept, as people type it."""
        ...

    def content(self, loop_id: str, name: str) -> bytes:
        """Returns the bytes of a receipt as they stand."""
        ...

    def signer(self, loop_id: str, name: str, allowed: Path) -> str | None:
        """Returns who signed a receipt, of those that ssh-keygen's list `allowed` names.

        None is returned for one that is not signed, and "" for one signed by somebody else.
        """
        ...


class FolderStore:
    """The store that ships: files beside the documents, committed with them."""

    def __init__(self, home: Home) -> None:
        self._home = home

    def read(self, loop_id: str) -> tuple[tuple[Receipt, ...], tuple[Damaged, ...]]:
        """Returns a loop's receipts in the order of their chain, and those that are damaged."""
        folder = self._folder(loop_id)
        found: list[Receipt] = []
        damaged: list[Damaged] = []
        try:
            paths = [folder / name for name in sorted(_listed(folder))]
        except OSError as error:
            return (), (self._damaged(folder, error),)
        for path in paths:
            try:
                raw = path.read_bytes()
                found.append(replace(from_bytes(raw), name=path.name, sha256=_hash(raw)))
            except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
                damaged.append(self._damaged(path, error))
        return in_order(found), tuple(damaged)

    def names(self, loop_id: str) -> frozenset[str]:
        """Returns the names of a loop's receipts, without reading them."""
        try:
            return frozenset(_listed(self._folder(loop_id)))
        except OSError:
            return frozenset()  # reading it tells why

    def append(self, receipt: Receipt) -> Receipt:
        """Writes a receipt, synced, under a name of its own, and returns it as it stands on disk.

        Raises:
            RecordFailed: it cannot be written.
        """
        raw = to_bytes(receipt)
        path = self._folder(receipt.loop) / file_name(receipt)
        settings = self._home.settings
        try:
            self._make_inside(path.parent)
            if settings.signing_key is not None:
                # Before the receipt: one that stands unsigned would be taken for a forged one.
                sign_file(path, raw, settings.signing_key)
            replace_file(path, None, raw, shown=self._shown(path))
        except (OSError, NotWritten, DocumentChanged) as error:
            raise RecordFailed(
                "the receipt cannot be written",
                where=self._shown(path),
                why=told(error),
                help=f"df -h {settings.receipts}",
            ) from error
        return replace(from_bytes(raw), name=path.name, sha256=_hash(raw))

    def where(self, receipt: Receipt) -> str:
        """Returns a receipt's path from the root of the workspace."""
        return self._shown(self.path(receipt))

    def content(self, loop_id: str, name: str) -> bytes:
        """Returns the bytes of a receipt as they stand."""
        return (self._folder(loop_id) / name).read_bytes()

    def signer(self, loop_id: str, name: str, allowed: Path) -> str | None:
        """Returns who signed a receipt: None when nobody did, "" when nobody who is allowed did."""
        path = self._folder(loop_id) / name
        return signer_of(path, allowed) if signature_of(path).is_file() else None

    def path(self, receipt: Receipt) -> Path:
        """Returns where a receipt that was written or read stands."""
        return self._folder(receipt.loop) / receipt.name

    def _folder(self, loop_id: str) -> Path:
        return self._home.settings.receipts / safe_name(loop_id)

    def _damaged(self, path: Path, error: Exception) -> Damaged:
        why = f"{type(error).__name__}: {error}"
        if isinstance(error, OSError):
            why = error.strerror or str(error)
        return Damaged(path.name, self._shown(path), why)

    def _make_inside(self, folder: Path) -> None:
        if not folder.resolve().is_relative_to(self._home.root.resolve()):
            raise PermissionError(1, "it leads out of the workspace", str(folder))
        folder.mkdir(parents=True, exist_ok=True)

    def _shown(self, path: Path) -> str:
        try:
            return str(path.relative_to(self._home.root))
        except ValueError:
            return str(path)


def receipt_path(home: Home, receipt: Receipt) -> Path:
    """Returns where a receipt that was written or read stands."""
    return FolderStore(home).path(receipt)


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


def _listed(folder: Path) -> list[str]:
    """Returns the names of receipts in a folder: the one place that lists it."""
    try:
        with os.scandir(folder) as entries:
            return [entry.name for entry in entries if entry.name.endswith(".json")]
    except FileNotFoundError:
        return []


def told(error: LoopkitError | OSError) -> str:
    """Returns an error on one line: what, then why."""
    if isinstance(error, OSError):
        return error.strerror or str(error)
    text = f"{error.what}: {error.why}" if error.why else error.what
    return " ".join(text.split())


def _hash(raw: bytes) -> str:
    return sha256(raw).hexdigest()
