"""The files of the workspace, for steps that edit one."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

from loopkit.effects.atomic import replace_file
from loopkit.errors import NotReadOnly, RunbookError

Recorded = Callable[[Sequence[str]], Callable[[], None]]
"""Called with the argv of a write before it happens; what it returns, after."""


class WorkspaceFiles:
    """Reads files below a folder, and replaces them atomically where changes are allowed.

    `shared` are the files as the run that these belong to saw them last. Each step begins with
    a copy: what another step reads while this one is at work must not pass for read by this one,
    which would then write over what it never saw.
    """

    def __init__(
        self,
        root: Path,
        may_write: Callable[[], bool],
        recorded: Recorded,
        shared: dict[Path, bytes],
    ) -> None:
        self._root = root.resolve()
        self._may_write = may_write
        self._recorded = recorded
        self._shared = shared
        self._known = dict(shared)

    def read(self, path: str) -> bytes:
        """Returns a file's bytes.

        Raises:
            RunbookError: it is not in the workspace, or cannot be read.
        """
        target = self._inside(path)
        try:
            content = target.read_bytes()
        except OSError as error:
            raise RunbookError("cannot be read", where=path, why=error.strerror or "") from error
        self._known[target] = self._shared[target] = content
        return content

    def write(self, path: str, content: bytes) -> None:
        """Replaces a file, keeping its mode; the old or the new bytes stand there, never a part.

        Raises:
            NotReadOnly: called in a look.
            RunbookError: it is not in the workspace.
            DocumentChanged: it is not as `read` gave it.
            NotWritten: the disk did not take it.
        """
        if not self._may_write():
            raise NotReadOnly("a look may not write", where=path)
        target = self._inside(path)
        done = self._recorded(("write", path, "sha256:" + hashlib.sha256(content).hexdigest()))
        replace_file(target, self._known.get(target, _bytes(target)), content, shown=path)
        self._known[target] = self._shared[target] = content
        done()

    def _inside(self, path: str) -> Path:
        target = (self._root / path).resolve() if "\0" not in path else self._root
        if target == self._root or not target.is_relative_to(self._root):
            raise RunbookError(
                "is not in the workspace", where=repr(path)[1:-1], why=f"it leads to {target}"
            )
        if ".git" in target.relative_to(self._root).parts:
            raise RunbookError("belongs to git, not to the workspace", where=path)
        return target


def _bytes(file: Path) -> bytes | None:
    try:
        return file.read_bytes()
    except FileNotFoundError:
        return None
