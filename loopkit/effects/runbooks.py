"""Imports the workspace's runbooks, and reads what they bind without importing them.

A runbook is a Python file in the workspace's runbooks folder, or in a folder below it. The folder
is a private package (sources.py): one runbook uses another by a relative import,

    from .cron import installed

which works under `loop` and under plain `fab -r runbooks` alike, and clashes neither with an
installed package of that name nor with another workspace. `fabfile.py` is not a runbook: it
makes the runbooks known to `fab`, in two lines:

    from pathlib import Path
    from loopkit.effects.runbooks import fab_namespace
    ns = fab_namespace(Path(__file__).parent)
"""

from __future__ import annotations

import ast
import importlib
import traceback
from collections.abc import Iterator
from pathlib import Path
from threading import RLock
from typing import Any

from loopkit.effects.sources import SourcePackage, forget, read_sources, runbook_files
from loopkit.errors import LoopkitError, RunbookError
from loopkit.registry import Registry, collecting, names_loop

# Decorators bind while a module is imported, and Python imports a module once: two threads that
# loaded one folder at the same moment would each find a part of it already imported.
_LOADING = RLock()
_loaded: dict[Path, Registry] = {}


def load(folder: Path) -> Registry:
    """Imports every runbook of a folder and returns what they bind; may be called by any thread.

    They are imported again once a file changed, also in a process that lives for long.

    Raises:
        RunbookError: a runbook cannot be imported, binds something twice, or its file lies
            outside the folder (a symbolic link).
    """
    with _LOADING:
        package = read_sources(folder)
        known = _loaded.pop(package.root, None)
        if known is None or known.sha256 != package.sha256:
            forget(known.package if known else "")
            known = _import_all(package)
        _loaded[package.root] = known
        return known


def fab_namespace(folder: Path) -> Any:
    """Returns the collection that `fab -r runbooks --list` shows, for `ns` in a fabfile."""
    from loopkit.tasks import fab_tasks

    return fab_tasks(load(folder))


def _import_all(package: SourcePackage) -> Registry:
    bound = Registry(
        root=package.root.parent,
        package=package.name,
        digests=package.digests,
        sha256=package.sha256,
    )
    try:
        with collecting(bound):
            for name in package.module_names():
                _import(name, package.path_of(name))
    except BaseException:
        forget(package.name)
        raise
    return bound


def _import(name: str, path: Path) -> None:
    try:
        importlib.import_module(name)
    except (LoopkitError, KeyboardInterrupt):
        raise
    # A runbook is someone's program: whatever it raises, its line is what helps.
    except BaseException as error:
        raise RunbookError(
            f"this runbook cannot be loaded: {type(error).__name__}",
            where=_place(error, path),
            why=str(error) or type(error).__name__,
        ) from error


def _place(error: BaseException, path: Path) -> str:
    """Returns the file:line in the runbooks where an import failed."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{error.filename}:{error.lineno}"
    frames = traceback.extract_tb(error.__traceback__)
    inside = [f for f in frames if Path(f.filename).is_relative_to(path.parent)]
    return f"{inside[-1].filename}:{inside[-1].lineno}" if inside else f"{path}:1"


# ── What runbooks bind, read from their text: `loop show` imports no runbook ─────────────────


def references(folder: Path) -> dict[tuple[str, str], str]:
    """Returns `module:function` for each bound (loop, phase id in small letters), by reading only.

    It sees `@phase("…", "…", …)` with literal or module-constant arguments, which is how
    runbooks are written; a file that cannot be parsed binds nothing here, and is reported
    when it is loaded.
    """
    found: dict[tuple[str, str], str] = {}
    if folder.is_dir():
        for path in runbook_files(folder):
            module = ".".join(path.relative_to(folder.resolve()).with_suffix("").parts)
            for loop, phase, function in _bound_phases(path):
                found.setdefault((loop, phase.casefold()), f"{module}:{function}")
    return found


def reference_for(bound: dict[tuple[str, str], str], loop_id: str, phase_id: str) -> str | None:
    """Returns the reference of a phase from what `references` gave; a dated binding comes first."""
    fitting = [
        (loop == loop_id, reference)
        for (loop, phase), reference in bound.items()
        if phase == phase_id.casefold() and names_loop(loop, loop_id)
    ]
    return max(fitting)[1] if fitting else None


def _bound_phases(path: Path) -> Iterator[tuple[str, str, str]]:
    text = path.read_bytes()
    if b"phase(" not in text:
        return
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return
    constants = _constants(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            for decorator in node.decorator_list:
                words = _phase_words(decorator, constants)
                if words is not None:
                    yield (*words, node.name)


def _phase_words(node: ast.expr, constants: dict[str, str]) -> tuple[str, str] | None:
    """Returns the loop and id of `@phase(loop, id, …)`, None for anything else."""
    if not isinstance(node, ast.Call) or _called(node.func) != "phase":
        return None
    given = dict(zip(("loop", "id"), node.args, strict=False))
    given |= {k.arg: k.value for k in node.keywords if k.arg in ("loop", "id")}
    words = [_text(given.get(name), constants) for name in ("loop", "id")]
    return (words[0], words[1]) if words[0] and words[1] else None


def _called(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _text(node: ast.expr | None, constants: dict[str, str]) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    return constants.get(node.id, "") if isinstance(node, ast.Name) else ""


def _constants(tree: ast.Module) -> dict[str, str]:
    found: dict[str, str] = {}
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
            for target in node.targets:
                if isinstance(target, ast.Name) and isinstance(node.value.value, str):
                    found[target.id] = node.value.value
    return found
