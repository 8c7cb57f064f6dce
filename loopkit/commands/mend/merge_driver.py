"""`loop merge-driver`: two branches that finish different phases merge without a conflict."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from loopkit.commands.results import Message
from loopkit.errors import DocumentError
from loopkit.loop.merge import MergeConflict, merge
from loopkit.markdown.source import Source

INSTALL = (
    "git config merge.loop.driver 'loop merge-driver %O %A %B %P'",
    "echo 'loops/*.md merge=loop' >> .gitattributes",
)


@dataclass(frozen=True, slots=True)
class MergeRequest:
    """The three files that git hands over, and the path that they are versions of."""

    base: str | None = None
    ours: str | None = None
    theirs: str | None = None
    path: str = ""


def merge_driver(request: MergeRequest) -> Message:
    """Merges as git asks; without files it returns the lines that make git use it."""
    if not (request.base and request.ours and request.theirs):
        return Message("merge-driver", INSTALL)
    return _merge(Path(request.base), Path(request.ours), Path(request.theirs), request.path)


def _merge(base: Path, ours: Path, theirs: Path, path: str) -> Message:
    """Writes the result into `ours`; exit 1 leaves git a conflict in it."""
    sources = [Source.decode(_bytes(file), path) for file in (base, ours, theirs)]
    merged = merge(*sources)
    if isinstance(merged, MergeConflict):
        ours.write_bytes(merged.source.encode())
        lines = tuple(f"{path}: {reason}" for reason in merged.reasons)
        return Message("merge-driver", lines, exit_code=1)
    ours.write_bytes(merged.encode())
    return Message("merge-driver", ())


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        why = error.strerror or str(error)
        raise DocumentError("the file cannot be read", where=str(file), why=why) from error
