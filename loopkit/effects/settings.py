"""The settings of a workspace: `loopkit.toml`, or `[tool.loopkit]` in pyproject.toml."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from difflib import get_close_matches
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from loopkit.errors import SettingsError


@dataclass(frozen=True, slots=True)
class Settings:
    """What a workspace says of itself; every path is absolute.

    Paths that loopkit writes to lie in the workspace. `ssh_config` and `known_hosts` may be the
    operator's own: `~` is their home. `secrets` are names of environment variables.
    """

    root: Path
    loops: Path
    runbooks: Path
    receipts: Path
    hosts: Path
    ssh_config: Path | None = None
    known_hosts: tuple[Path, ...] = ()
    lab: Path | None = None
    zone: tzinfo = UTC
    secrets: tuple[str, ...] = ()
    four_eyes: bool = False
    any_order: bool = False
    """Whether phases that state no dependency may run in any order; else as the document has it."""
    connect_timeout: float = 10.0
    """Seconds that a host may take to answer."""
    signing_key: Path | None = None
    """An SSH key that signs every receipt; a public key stands for one in the agent."""
    allowed_signers: Path | None = None
    """ssh-keygen's list of who may sign; where it is named, every receipt must be signed."""
    source: str = ""
    """The file that was read; empty when the defaults hold."""


KNOWN = (
    *("loops", "runbooks", "receipts", "hosts", "ssh_config", "known_hosts"),
    *("lab", "zone", "secrets", "four_eyes", "order", "connect_timeout"),
    *("signing_key", "allowed_signers"),
)


def find_settings(start: Path) -> Settings | None:
    """Returns the settings of the nearest folder, from `start` upward, that is a workspace.

    A folder is one that has `loopkit.toml`, a pyproject.toml with `[tool.loopkit]`, or `loops/`.

    Raises:
        SettingsError: the file is not TOML, or says what cannot be meant.
    """
    start = start.resolve()
    return next(filter(None, map(_settings_of, (start, *start.parents))), None)


def default_settings(root: Path) -> Settings:
    """Returns the settings of a folder that states none."""
    return _read({}, root.resolve(), "")


def _settings_of(folder: Path) -> Settings | None:
    own, project = folder / "loopkit.toml", folder / "pyproject.toml"
    if own.is_file():
        return _read(_toml(own), folder, str(own))
    if project.is_file():
        table = _toml(project).get("tool", {}).get("loopkit")
        if table is not None:
            return _read(table, folder, str(project))
    return default_settings(folder) if (folder / "loops").is_dir() else None


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        line = re.search(r"at line (\d+)", str(error))
        where = f"{path}:{line[1]}" if line else str(path)
        raise SettingsError("this is not TOML", where=where, why=str(error)) from error
    except OSError as error:
        raise SettingsError(
            "the settings cannot be read", where=str(path), why=error.strerror or str(error)
        ) from error


def _read(table: Mapping[str, Any], root: Path, source: str) -> Settings:
    reader = _Table(table, root, source)
    reader.refuse_unknown()
    loops = reader.inside("loops", "loops")
    runbooks = reader.inside("runbooks", "runbooks")
    return Settings(
        root=root,
        loops=loops,
        runbooks=runbooks,
        receipts=reader.inside("receipts", f"{loops.relative_to(root)}/receipts"),
        hosts=reader.inside("hosts", f"{runbooks.relative_to(root)}/hosts.yaml"),
        ssh_config=next(iter(reader.anywhere("ssh_config")), None),
        known_hosts=reader.anywhere("known_hosts"),
        lab=reader.inside("lab", "") if "lab" in table else None,
        zone=reader.zone(),
        secrets=reader.words("secrets"),
        four_eyes=reader.claim("four_eyes"),
        any_order=reader.one_of("order", ("document", "any")) == "any",
        connect_timeout=reader.seconds("connect_timeout", 10.0),
        signing_key=next(iter(reader.anywhere("signing_key")), None),
        allowed_signers=next(iter(reader.anywhere("allowed_signers")), None),
        source=source,
    )


@dataclass(frozen=True, slots=True)
class _Table:
    """The settings as written, each read by the type that it must have."""

    values: Mapping[str, Any]
    root: Path
    source: str

    def refuse_unknown(self) -> None:
        for name in self.values:
            if name not in KNOWN:
                near = get_close_matches(name, KNOWN, n=1)
                meant = f"did you mean {near[0]}? " if near else ""
                raise self._wrong(name, f"{meant}the settings are {', '.join(KNOWN)}")

    def inside(self, name: str, default: str) -> Path:
        text = self._of(name, str, default)
        path = self.root / text
        if "\0" in text or not path.resolve().is_relative_to(self.root.resolve()):
            raise self._wrong(name, f"{text!r} leads out of the workspace {self.root}")
        return Path(os.path.normpath(path))

    def anywhere(self, name: str) -> tuple[Path, ...]:
        value = self.values.get(name, [])
        texts = [value] if isinstance(value, str) else self.words(name)
        return tuple(self.root / Path(text).expanduser() for text in texts)

    def words(self, name: str) -> tuple[str, ...]:
        found = self._of(name, list, [])
        if not all(isinstance(word, str) for word in found):
            raise self._wrong(name, "it is a list of strings")
        return tuple(found)

    def claim(self, name: str) -> bool:
        return bool(self._of(name, bool, False))

    def one_of(self, name: str, choices: tuple[str, ...]) -> str:
        """Returns the word that is written; the first of them where none is."""
        word = str(self._of(name, str, choices[0]))
        if word not in choices:
            raise self._wrong(name, f"it is one of {', '.join(choices)}, not {word!r}")
        return word

    def seconds(self, name: str, default: float) -> float:
        value = self.values.get(name, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 86400:
            raise self._wrong(name, f"it is a number of seconds, not {value!r}")
        return float(value)

    def zone(self) -> tzinfo:
        name = self._of("zone", str, "")
        try:
            return ZoneInfo(name) if name else local_zone()
        except (ValueError, OSError, KeyError) as error:  # ZoneInfoNotFoundError is a KeyError
            raise self._wrong(
                "zone", f"{name!r} is no IANA zone that this machine knows"
            ) from error

    def _of(self, name: str, kind: type, default: Any) -> Any:
        value = self.values.get(name, default)
        if not isinstance(value, kind):
            raise self._wrong(name, f"it is a {kind.__name__}, not {value!r}")
        return value

    def _wrong(self, name: str, why: str) -> SettingsError:
        return SettingsError(f"the setting {name} cannot be meant", where=self.source, why=why)


def local_zone() -> tzinfo:
    """Returns the machine's own zone, with its summer time where that can be known."""
    named = os.environ.get("TZ", "").removeprefix(":")
    target = os.path.realpath("/etc/localtime")
    for name in (named, target.partition("/zoneinfo/")[2]):
        try:
            if name:
                return ZoneInfo(name)
        except (ValueError, OSError, KeyError):
            continue
    return datetime.now().astimezone().tzinfo or UTC
