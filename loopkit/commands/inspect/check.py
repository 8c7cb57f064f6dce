"""`loop check`: contradictions in documents and between them, and, when asked, in the evidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from loopkit.commands.results import Checked, CheckedFile
from loopkit.commands.session import Session
from loopkit.effects.evidence.audit import check_chain
from loopkit.effects.evidence.histories import Histories
from loopkit.effects.workspace import Workspace
from loopkit.errors import LoopkitError, UsageError
from loopkit.loop.lint import lint_all, mechanical_fixes
from loopkit.loop.model import Finding
from loopkit.loop.parse.reader import LoopFile, read


@dataclass(frozen=True, slots=True)
class CheckRequest:
    """Documents or folders to check, all without any; `fix` mends what is mechanical.

    With `evidence` the chain of receipts is checked as well; with `explain` one document is shown
    line by line, with who owns each.
    """

    paths: Sequence[str] = ()
    fix: bool = False
    evidence: bool = False
    explain: bool = False


def check(session: Session, request: CheckRequest) -> Checked:
    """Returns every finding, by document; paths narrow what is shown, not what is read.

    Raises:
        UsageError: a path is no document and no folder of documents, or one document is to be
            explained and it is not said which.
    """
    workspace, paths = session.workspace, request.paths
    if request.explain:
        _require_document(workspace, paths)
    files, unreadable = _read(workspace, paths)
    fixed = tuple(p for p, file in files.items() if request.fix and _mend(workspace, file))
    if fixed:
        files, unreadable = _read(workspace, paths)
    found = lint_all(
        {p: f.loop for p, f in files.items()}, _with_receipts(session.histories, files)
    )
    wanted = _wanted(workspace, (*files, *unreadable), paths)
    checked = []
    for path, file in files.items():
        if path in wanted:
            own = found.get(path, ())
            # The chain says the same of a done phase without a receipt, and says it as an error.
            own = tuple(f for f in own if not (request.evidence and f.code == "no-receipt"))
            chain = _evidence(session.histories, file, request.evidence)
            lines = file.explain() if request.explain else ()
            checked.append(CheckedFile(path, (*own, *chain), lines))
    for path, reason in unreadable.items():
        if path in wanted:
            checked.append(CheckedFile(path, (Finding(1, "unreadable", reason),)))
    return Checked(tuple(sorted(checked, key=lambda c: c.path)), fixed)


def _read(workspace: Workspace, paths: Sequence[str]) -> tuple[dict[str, LoopFile], dict[str, str]]:
    """Reads the workspace's documents, and those named that lie elsewhere in it."""
    all_files, all_unreadable = workspace.read_all()
    files, unreadable = dict(all_files), dict(all_unreadable)
    for name in paths:
        named = workspace.start / name
        for file in sorted(named.rglob("*.md")) if named.is_dir() else [named]:
            path = workspace.relative(file)
            if path in files or path in unreadable:
                continue
            try:
                files[path] = workspace.load_path(path)
            except LoopkitError as error:
                unreadable[path] = str(error)
    return files, unreadable


def _require_document(workspace: Workspace, paths: Sequence[str]) -> None:
    if len(paths) != 1 or (workspace.start / paths[0]).is_dir():
        raise UsageError(
            "--explain shows one document", why="which one is not said", help="loop check --help"
        )


def _wanted(workspace: Workspace, known: Sequence[str], paths: Sequence[str]) -> set[str]:
    if not paths:
        return set(known)
    wanted: set[str] = set()
    for name in paths:
        named = workspace.relative(workspace.start / name)
        inside = {p for p in known if p == named or named == "." or p.startswith(named + "/")}
        if not inside:
            raise UsageError(
                f"{name} is no document and no folder of documents",
                where=str(workspace.start),
                help="loop check",
            )
        wanted |= inside
    return wanted


def _mend(workspace: Workspace, file: LoopFile) -> bool:
    after = file.source.splice(mechanical_fixes(file))
    if after == file.source:
        return False
    meant = replace(read(after, file.loop.path).loop, findings=())
    workspace.write(file.loop.path, file.source.encode(), after.encode())
    return meant.id == file.loop.id


def _with_receipts(
    histories: Histories, files: Mapping[str, LoopFile]
) -> frozenset[tuple[str, str]]:
    """Returns (loop, phase) for each phase that a receipt says is done."""
    return frozenset(
        (file.loop.id, phase.id)
        for file in files.values()
        for phase in file.loop.phases
        if histories.as_found(file.loop.id).ever_done(phase.id)
    )


def _evidence(histories: Histories, file: LoopFile, wanted: bool) -> tuple[Finding, ...]:
    return check_chain(histories, file.loop) if wanted else ()
