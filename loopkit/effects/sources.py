"""The source files of runbooks, read once, and the private package that is run from those bytes.

Python's own importer reads a file when it is imported, and may run what it compiled of it before:
a .pyc file counts as current when the size and the second of the last change agree
(docs.python.org, reference/import, "Cached bytecode invalidation"). A receipt names the hash of
the code that ran, so here the bytes that are hashed are the bytes that are compiled.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from functools import cached_property
from hashlib import sha256
from importlib.abc import MetaPathFinder, SourceLoader
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_file_location
from pathlib import Path, PurePath
from typing import Any
from weakref import WeakValueDictionary

from loopkit.errors import RunbookError

_OF_OTHER_PROGRAMS = {"fabfile.py", "conftest.py"}


def runbook_files(folder: Path) -> Iterator[Path]:
    """Lists the runbooks of a folder and the folders below it, in order of their names.

    Raises:
        RunbookError: one of them is a symbolic link that leads out of the folder.
    """
    return (path for path in _code_files(folder.resolve()) if path.name != "__init__.py")


def _code_files(root: Path) -> Iterator[Path]:
    """Lists every file that may run: the runbooks, and what makes folders below it packages."""
    for path in sorted(root.rglob("*.py")):
        parts = path.relative_to(root).parts
        hidden = any(part.startswith((".", "__")) for part in parts[:-1]) or path.name[0] == "."
        if hidden or path.name in _OF_OTHER_PROGRAMS or parts == ("__init__.py",):
            continue
        if not path.resolve().is_relative_to(root):
            raise RunbookError(
                "a runbook is loaded only from the workspace",
                where=str(path),
                why=f"it is a symbolic link to {path.resolve()}",
                help=f"ls -l {path}",
            )
        yield path


class SourcePackage(SourceLoader):
    """The Python files of a folder as they were read, importable under a name of their own.

    The name is made of the folder and of what it held. Code of an earlier state can therefore go
    on importing from that state, while a later one is loaded beside it.
    """

    def __init__(self, root: Path, sources: Mapping[Path, bytes]) -> None:
        self.root = root
        self.digests = {str(path): sha256(raw).hexdigest() for path, raw in sources.items()}
        self._sources = {str(path): raw for path, raw in sources.items()}
        self._paths = _by_module(root, sources)

    @cached_property
    def sha256(self) -> str:
        """Returns one SHA-256 of every file that may run."""
        whole = sha256()
        for digest in self.digests.values():
            whole.update(bytes.fromhex(digest))
        return whole.hexdigest()

    @cached_property
    def name(self) -> str:
        """Returns the name that it is imported under."""
        place = sha256(str(self.root).encode()).hexdigest()
        return f"_loopkit_{place[:12]}_{self.sha256[:12]}"

    def module_names(self) -> tuple[str, ...]:
        """Returns the full name of every runbook, in order of their files."""
        return tuple(f"{self.name}.{module}" for module in self._paths)

    def path_of(self, fullname: str) -> Path:
        """Returns the file of a module."""
        return self._paths[self._inner(fullname)]

    # ── What Python's import system asks ─────────────────────────────────────────────────────

    def get_filename(self, fullname: str) -> str:
        """Returns the path of a module's file."""
        return str(self.path_of(fullname))

    def get_data(self, path: str | bytes) -> bytes:
        """Returns the bytes of a file as they were read."""
        return self._sources[str(path)]

    def spec(self, fullname: str) -> ModuleSpec:
        """Returns how a module is made.

        Raises:
            ModuleNotFoundError: there is none. To return None instead would let Python look on
                the disk, where a file may stand that was not read, and is in no hash.
        """
        inner = self._inner(fullname)
        folder = self.root.joinpath(*inner.split("."))
        path = self._paths.get(inner)
        if path is not None:
            inside = [str(folder)] if path.name == "__init__.py" else None
            found = spec_from_file_location(
                fullname, path, loader=self, submodule_search_locations=inside
            )
            assert found is not None
            return found
        if inner and not any(name.startswith(f"{inner}.") for name in self._paths):
            raise ModuleNotFoundError(f"no runbook is called {inner}", name=fullname)
        namespace = ModuleSpec(fullname, loader=None, is_package=True)
        namespace.submodule_search_locations = [str(folder)]
        return namespace

    def _inner(self, fullname: str) -> str:
        return fullname.removeprefix(self.name).lstrip(".")


def read_sources(folder: Path) -> SourcePackage:
    """Reads every file of a folder that may run, each of them once.

    Raises:
        RunbookError: one cannot be read, lies outside the folder (a symbolic link), or is the
            same module as another one.
    """
    root = folder.resolve()
    package = SourcePackage(root, {path: _read(path) for path in _code_files(root)})
    _FINDER.packages[package.name] = package
    return package


def forget(package: str) -> None:
    """Removes a package's modules from those that Python keeps; code that runs keeps its own."""
    for name in [n for n in sys.modules if n.partition(".")[0] == package]:
        del sys.modules[name]


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise RunbookError(
            "this runbook cannot be read", where=str(path), why=error.strerror or str(error)
        ) from error


def _by_module(root: Path, paths: Mapping[Path, bytes]) -> dict[str, Path]:
    modules: dict[str, Path] = {}
    for path in paths:
        parts = PurePath(path.relative_to(root)).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        if name in modules:
            # Python would run one of the two, and pass over the other in silence.
            raise RunbookError(
                f"two files are the module {name}", where=str(path), why=f"{modules[name]} is too"
            )
        modules[name] = path
    return modules


class _Finder(MetaPathFinder):
    """Finds the modules of source packages; `packages` keeps one for as long as its code lives.

    A module refers to its loader, which is the package, so a package goes with its last function.
    """

    def __init__(self) -> None:
        self.packages: WeakValueDictionary[str, SourcePackage] = WeakValueDictionary()

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        package = self.packages.get(fullname.partition(".")[0])
        return None if package is None else package.spec(fullname)


_FINDER = _Finder()
sys.meta_path.insert(0, _FINDER)
