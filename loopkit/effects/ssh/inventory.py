"""hosts.yaml: what each host is; only ssh_config says how it is reached."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml

from loopkit.errors import LoopkitError, SettingsError
from loopkit.runbook import LOCAL

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
# Nobody writes so many hosts by hand; a larger file is a mistake, or meant to take all memory.
_LARGEST = 256 * 1024
# What ssh_config says. Said twice, the two would differ one day.
_WAYS = ("hostname", "host", "user", "port", "address", "identityfile", "proxyjump", "password")


@dataclass(frozen=True, slots=True)
class HostEntry:
    """One host: its name is that of its `Host` line in ssh_config."""

    name: str
    facts: Mapping[str, Any]
    where: str

    @property
    def sudo(self) -> bool:
        """Returns whether commands there go through `sudo -n`: its login user is not root."""
        return self.facts.get("sudo") is True


@dataclass(frozen=True, slots=True)
class Inventory:
    """The hosts of a workspace."""

    path: Path
    hosts: Mapping[str, HostEntry]
    line: int = 1
    """The line of `hosts:`."""

    def host(self, name: str) -> HostEntry:
        """Returns a host.

        Raises:
            SettingsError: there is none of this name.
        """
        if name not in self.hosts:
            raise SettingsError(
                f"no host is called {name}",
                where=f"{self.path}:{self.line}",
                why="it has " + (", ".join(self.hosts) or "none"),
                help=f"${{EDITOR:-vi}} +{self.line} {shlex.quote(str(self.path))}",
            )
        return self.hosts[name]


def read_inventory(path: Path) -> Inventory:
    """Reads hosts.yaml; a workspace without one has no hosts.

    Raises:
        SettingsError: it is no such file; the line is named.
    """
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        return Inventory(path, {})
    except (OSError, UnicodeDecodeError) as error:
        raise _wrong(path, 1, "cannot be read", str(error)) from error
    root = _compose(path, text)
    hosts = _child(root, "hosts")
    if hosts is None or not isinstance(hosts, yaml.MappingNode):
        raise _wrong(path, 1, "has no hosts", "it must begin with `hosts:`, a name a line below it")
    entries = [_entry(path, key, value) for key, value in hosts.value]
    names = [entry.name for entry in entries]
    for entry in entries:
        if names.count(entry.name) > 1:
            raise SettingsError(f"{entry.name} stands twice", where=entry.where)
    line = hosts.start_mark.line
    return Inventory(path, {entry.name: entry for entry in entries}, max(1, line))


def _compose(path: Path, text: str) -> Any:
    """Returns the nodes of a YAML text; aliases are refused, for they can grow without end."""
    if len(text) > _LARGEST:
        raise _wrong(path, 1, "is too long", f"{len(text)} characters, {_LARGEST} at most")
    try:
        for token in yaml.scan(text, Loader=_loader()):
            if isinstance(token, yaml.AliasToken | yaml.AnchorToken):
                raise _wrong(path, token.start_mark.line + 1, "uses an alias", "write it out")
        return yaml.compose(text, Loader=_loader())
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        why = getattr(error, "problem", None) or "it is nested too deeply"
        line = min(mark.line, text.count("\n")) + 1 if mark else 1
        raise _wrong(path, line, "is no valid YAML", why) from error


def _loader() -> Any:
    # libyaml's is 12 times as fast, and is not built in everywhere.
    return getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def _child(node: Any, name: str) -> Any:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == name:
                return value
    return None


def _entry(path: Path, key: Any, value: Any) -> HostEntry:
    line = key.start_mark.line + 1
    name = key.value
    if not isinstance(name, str) or not _NAME.fullmatch(name) or name == LOCAL:
        why = f"letters, digits, `.`, `_` and `-`; `{LOCAL}` is the controller"
        raise _wrong(path, line, f"{name!r} is no name for a host", why)
    facts = _facts(path, line, value)
    stray = [word for word in facts if word.lower() in _WAYS]
    if stray:
        why = "ssh_config alone says how a host is reached"
        raise _wrong(path, line, f"{name} has {', '.join(stray)}", why)
    return HostEntry(name, MappingProxyType(facts), f"{path}:{line}")


def _facts(path: Path, line: int, value: Any) -> dict[str, Any]:
    facts = _construct(path, line, value)
    if facts is None:
        return {}
    if not isinstance(facts, dict) or not all(isinstance(k, str) for k in facts):
        raise _wrong(path, line, "a host's facts are names and values", f"this is {facts!r}")
    if not isinstance(facts.get("sudo", False), bool):
        raise _wrong(path, line, "sudo is true or false", f"this is {facts['sudo']!r}")
    return facts


def _construct(path: Path, line: int, node: Any) -> Any:
    try:
        return yaml.SafeLoader("").construct_document(node)
    except yaml.YAMLError as error:
        problem = getattr(error, "problem", None) or str(error)
        raise _wrong(path, line, "has a value that is no plain data", problem) from error


def _wrong(path: Path, line: int, what: str, why: str) -> LoopkitError:
    return SettingsError(what, where=f"{path}:{line}", why=why)
