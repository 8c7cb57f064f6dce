"""The folder that loopkit works in: found, read, and written to so that nothing is lost."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from loopkit.effects.atomic import replace_file
from loopkit.effects.settings import Settings, default_settings, find_settings
from loopkit.errors import (
    DocumentError,
    LoopkitError,
    SettingsError,
    UnknownLoop,
    UsageError,
)
from loopkit.loop.index import Index
from loopkit.loop.parse.reader import LoopFile, read
from loopkit.markdown.source import Source

__all__ = ["Settings", "Workspace", "find_workspace", "open_workspace"]


def find_workspace(start: Path) -> Workspace:
    """Returns the workspace that `start` lies in.

    Raises:
        SettingsError: no folder upward is one, or its settings are wrong.
    """
    settings = find_settings(start)
    if settings is None:
        raise SettingsError(
            "there is no workspace here",
            where=str(start),
            why="no folder upward has loopkit.toml, [tool.loopkit] in pyproject.toml, or loops/",
            help="loop demo",
        )
    return Workspace(settings, start.resolve())


def open_workspace(start: Path, name: str = "") -> Workspace:
    """Returns the workspace for a loop that is named by id or by path.

    A document that lies in no workspace gets one of its own: its folder, with the defaults.

    Raises:
        SettingsError: as `find_workspace`.
    """
    file = _as_file(start, name)
    if file is None:
        return find_workspace(start)
    here = find_settings(start)
    if here is None or not file.resolve().is_relative_to(here.root.resolve()):
        here = find_settings(file.parent) or default_settings(file.parent)
    return Workspace(here, start.resolve())


class Parsed:
    """Documents by path, each parsed again only when its text is another than before."""

    def __init__(self) -> None:
        self._files: dict[str, LoopFile] = {}

    def read(self, source: Source, path: str) -> LoopFile:
        """Returns the document at a path, which says this now."""
        known = self._files.get(path)
        return known if known and known.source == source else self.keep(read(source, path))

    def keep(self, file: LoopFile) -> LoopFile:
        """Takes in a document that is parsed already, and returns it."""
        self._files[file.loop.path] = file
        return file

    def forget(self) -> None:
        """Lets go of every document."""
        self._files.clear()


@dataclass(frozen=True)
class Workspace:
    """A folder with loops, runbooks and receipts; `start` is where relative paths begin.

    What it reads it reads from the disk each time; only what changed there is parsed again.
    `reading_once` gives one that does not even read it again.
    """

    settings: Settings
    start: Path
    _parsed: Parsed = field(default_factory=Parsed, repr=False, compare=False)
    _sources: dict[str, Source] | None = field(default=None, repr=False, compare=False)

    @property
    def root(self) -> Path:
        """Returns the folder that nothing is written outside of."""
        return self.settings.root

    @property
    def keeps_records(self) -> bool:
        """Returns whether this is more than a folder that a document was found in."""
        return bool(self.settings.source) or self.settings.loops.is_dir()

    # ── Reading ──────────────────────────────────────────────────────────

    def read_all(
        self, names: Sequence[str] | None = None
    ) -> tuple[Mapping[str, LoopFile], Mapping[str, str]]:
        """Returns every loop document by its path, and why each other could not be read.

        With `names`, only those whose path or text has one of them: no other can be meant.
        """
        files: dict[str, LoopFile] = {}
        unreadable: dict[str, str] = {}
        wanted = None if names is None else [name.casefold() for name in names]
        for path in self.documents():
            try:
                source = self._source(path)
                if wanted is None or _has_any(wanted, path, source.text):
                    files[path] = self._parsed.read(source, path)
            except LoopkitError as error:
                unreadable[path] = f"{error.what}: {error.why}" if error.why else error.what
        return files, unreadable

    def documents(self) -> tuple[str, ...]:
        """Returns the paths of all loop documents, relative to the root, sorted.

        A loop document is a `*.md` under the loops folder; receipts, hidden files and README.md
        are none.
        """
        return tuple(sorted(self._documents()))

    def load(self, name: str) -> LoopFile:
        """Returns the loop of this name: a unique part of its id, or a path to its document.

        Raises:
            UnknownLoop: no loop has this name.
            AmbiguousLoop: several have it.
            DocumentError: the document cannot be read.
        """
        file = _as_file(self.start, name) or _as_file(self.root, name)
        if file is not None:
            return self.load_path(self.relative(file))
        files, unreadable = self.read_all([name])
        try:
            return files[Index({p: f.loop for p, f in files.items()}).resolve(name).path]
        except UnknownLoop:
            hidden = next((p for p in unreadable if name.casefold() in p.casefold()), None)
            if hidden is not None:
                self.load_path(hidden)
            Index({p: f.loop for p, f in self.read_all()[0].items()}).resolve(name)
            raise

    def load_path(self, path: str) -> LoopFile:
        """Returns the document at a path relative to the root.

        Raises:
            UsageError: the path leads out of the workspace.
            DocumentError: the document cannot be read.
        """
        return self._parsed.read(self._source(path), path)

    def read_bytes(self, path: str) -> bytes:
        """Returns a file's bytes; `path` is relative to the root.

        Raises:
            UsageError: the path leads out of the workspace.
            DocumentError: the file cannot be read.
        """
        try:
            return self.resolve(path).read_bytes()
        except OSError as error:
            raise DocumentError(
                "the file cannot be read", where=path, why=error.strerror or str(error)
            ) from error

    def reading_once(self) -> Workspace:
        """Returns this workspace as it stands now: each document of it is read at most once."""
        return replace(self, _sources={})

    def forget(self) -> None:
        """Lets go of the documents that were parsed."""
        self._parsed.forget()

    # ── Writing ──────────────────────────────────────────────────────────

    def write(self, path: str, before: bytes | None, after: bytes) -> None:
        """Replaces a file that still says `before` by `after`, or leaves it as it was.

        `before` is None for a file that must not be there yet. A link keeps standing; what it
        leads to is replaced.

        Raises:
            UsageError: the path leads out of the workspace.
            DocumentChanged: the file says something else than `before`.
            NotWritten: the disk did not take the bytes; the old ones stand.
        """
        if before != after:
            replace_file(self.resolve(path), before, after, shown=path)

    def save(self, before: LoopFile, after: LoopFile) -> None:
        """Writes a document, if the file still says what was read; nothing when it is the same.

        Raises:
            DocumentChanged: someone else wrote it meanwhile.
            NotWritten: the disk did not take the bytes; the old ones stand.
        """
        self.write(before.loop.path, before.source.encode(), after.source.encode())
        self._parsed.keep(after)

    # ── Paths ────────────────────────────────────────────────────────────

    def resolve(self, path: str | Path) -> Path:
        """Returns where a path relative to the root really leads, links followed.

        Raises:
            UsageError: it leads out of the workspace.
        """
        if "\0" in str(path):
            raise UsageError("a path holds a NUL", why=repr(str(path)))
        real = (self.root / path).resolve()
        if not real.is_relative_to(self.root.resolve()):
            raise UsageError(
                f"{str(path)!r} leads out of the workspace",
                where=str(self.root),
                why=f"it is {real}",
            )
        return real

    def relative(self, file: Path) -> str:
        """Returns a file's path relative to the root, as it is named in receipts and JSON.

        Raises:
            UsageError: the file lies outside of the workspace.
        """
        parent = file.parent.resolve()
        self.resolve(parent / file.name)
        return (parent / file.name).relative_to(self.root.resolve()).as_posix()

    # ── Time and lab ─────────────────────────────────────────────────────

    def now(self) -> datetime:
        """Returns the time in UTC; in a lab, moved by the lab's clock."""
        return datetime.now(UTC) + timedelta(seconds=self._seconds_ahead())

    def local_now(self) -> datetime:
        """Returns the time in the workspace's zone."""
        return self.now().astimezone(self.settings.zone)

    @property
    def lab_kind(self) -> str:
        """Returns the kind of lab that the hosts are, empty for real hosts."""
        if self.settings.lab is None:
            return ""
        try:
            said = json.loads((self.settings.lab / "lab.json").read_text(encoding="utf-8"))
            return str(said["kind"]) or "lab"
        except (OSError, ValueError, KeyError, TypeError):
            return "lab"  # not up now; it must never be taken for real hosts

    def _seconds_ahead(self) -> float:
        if self.settings.lab is None:
            return 0.0
        clock = self.settings.lab / "clock"
        try:
            return float(clock.read_text(encoding="ascii") or 0)
        except FileNotFoundError:
            return 0.0
        except (OSError, ValueError) as error:
            raise SettingsError(
                "the lab's clock cannot be read",
                where=str(clock),
                why=str(error),
                help="loop lab up",
            ) from error

    # ── Below ────────────────────────────────────────────────────────────

    def _source(self, path: str) -> Source:
        known = self._sources.get(path) if self._sources is not None else None
        if known is not None:
            return known
        source = Source.decode(self.read_bytes(path), path)
        if self._sources is not None:
            self._sources[path] = source
        return source

    def _documents(self) -> Iterator[str]:
        receipts = self.settings.receipts.resolve()
        for folder, folders, names in os.walk(self.settings.loops):
            here = Path(folder)
            folders[:] = [f for f in folders if f[0] != "." and (here / f).resolve() != receipts]
            found = (n for n in names if n.endswith(".md") and n[0] != "." and n != "README.md")
            yield from ((here / name).relative_to(self.root).as_posix() for name in found)


def _has_any(wanted: Sequence[str], path: str, text: str) -> bool:
    where = (path.casefold(), text.casefold())
    return any(name in place for name in wanted for place in where)


def _as_file(start: Path, name: str) -> Path | None:
    """Returns the file that a loop's name is the path of, if it is one."""
    if not name or "\0" in name or len(name) > 4096:
        return None
    try:
        return start / name if (start / name).is_file() else None
    except OSError:  # a name too long for the file system, say
        return None
