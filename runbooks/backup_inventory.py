"""The inventory of backup targets: a YAML file that people write and phases flip a flag in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import yaml

from loopkit.errors import SettingsError

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

OFFSITE_LAG = timedelta(days=1)
"""How much older than its class says a copy of a dump may be: it leaves by one sync a day."""


@dataclass(frozen=True, slots=True)
class Target:
    """One thing that must have a backup, and where its copies lie."""

    name: str
    enabled: bool
    class_: str
    kind: str
    """`vzdump` on the node itself, `offsite` for a copy of such a dump, `app` for other files."""
    host: str
    path: str
    glob: str
    limit: timedelta
    vmid: int | None = None
    min_bytes: int = 1
    made_by: str = ""
    """The host whose local time the names of an offsite copy are in."""


@dataclass(frozen=True, slots=True)
class Inventory:
    """Every target, the thresholds by class, and the settings of the offsite copy."""

    targets: tuple[Target, ...]
    thresholds: Mapping[str, timedelta]
    offsite: Mapping[str, Any]
    document: str

    @property
    def enabled(self) -> tuple[Target, ...]:
        """Returns the targets that must be OK."""
        return tuple(target for target in self.targets if target.enabled)

    def target(self, name: str) -> Target | None:
        """Returns the target of this name."""
        return next((target for target in self.targets if target.name == name), None)

    def of_vm(self, vmid: int, kind: str) -> Target | None:
        """Returns the target that covers a VM in this way."""
        fitting = (t for t in self.targets if t.vmid == vmid and t.kind == kind)
        return next(fitting, None)


def parse(raw: bytes, where: str) -> Inventory:
    """Reads an inventory.

    Raises:
        SettingsError: it is no YAML, or a target says too little to be looked for.
    """
    try:
        _refuse_aliases(raw)
        data = yaml.load(raw, Loader=_LOADER)  # noqa: S506 - one of the two safe loaders
        thresholds = {name: hours(text) for name, text in data["classification"].items()}
        offsite = dict(data.get("offsite", {}))
        targets = tuple(_target(entry, thresholds, offsite) for entry in data["targets"])
    except (yaml.YAMLError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise SettingsError(
            "this inventory cannot be read", where=where, why=_why(error), help=f"cat {where}"
        ) from error
    _refuse_twice([target.name for target in targets], where)
    return Inventory(targets, thresholds, offsite, str(data.get("document", "")))


def _target(
    entry: Mapping[str, Any], thresholds: Mapping[str, timedelta], offsite: Mapping[str, Any]
) -> Target:
    name = str(entry["name"])
    if not isinstance(entry["enabled"], bool):
        raise ValueError(f"{name}: enabled is true or false")
    if entry["class"] not in thresholds:
        raise ValueError(f"{name}: class {entry['class']!r} has no threshold")
    if not str(entry["path"]).startswith("/"):
        raise ValueError(f"{name}: path {entry['path']!r} is not absolute")
    return Target(
        name=name,
        enabled=entry["enabled"],
        class_=str(entry["class"]),
        kind=str(entry["kind"]),
        host=str(entry["host"]),
        path=str(entry["path"]),
        glob=str(entry["glob"]),
        limit=_limit(entry, thresholds),
        vmid=None if entry.get("vmid") is None else int(entry["vmid"]),
        min_bytes=int(entry.get("min_bytes", 1)),
        made_by=str(offsite.get("from", "")) if entry["kind"] == "offsite" else "",
    )


def _limit(entry: Mapping[str, Any], thresholds: Mapping[str, timedelta]) -> timedelta:
    lag = OFFSITE_LAG if entry["kind"] == "offsite" else timedelta()
    return thresholds[entry["class"]] + lag


def hours(text: object) -> timedelta:
    """Returns a threshold such as `26h`, exactly."""
    match = re.fullmatch(r"(\d+)h", str(text).strip())
    if match is None:
        raise ValueError(f"{text!r} is no number of hours such as 26h")
    return timedelta(hours=int(match[1]))


def hours_text(limit: timedelta) -> str:
    """Returns a threshold as it is written: `26h`."""
    return f"{limit.total_seconds() / 3600:g}h"


def enable(raw: bytes, name: str) -> bytes:
    """Returns the file with one target enabled: the word after `enabled:` alone is replaced.

    Raises:
        SettingsError: there is no such target, or its flag is not where it can be replaced.
    """
    text = raw.decode("utf-8")
    node = _flag(text, name)
    edited = text[: node.start_mark.index] + "true" + text[node.end_mark.index :]
    before, after = parse(raw, "before"), parse(edited.encode(), "after")
    changed = [a.name for a, b in zip(after.targets, before.targets, strict=True) if a != b]
    if changed not in ([], [name]):
        raise SettingsError(f"enabling {name} would change {', '.join(changed)} too")
    return edited.encode("utf-8")


def _flag(text: str, name: str) -> yaml.ScalarNode:
    root = yaml.compose(text, Loader=yaml.SafeLoader)  # pure Python: its marks count characters
    for entry in _child(root, "targets").value:
        if _child(entry, "name").value == name:
            flag = _child(entry, "enabled")
            if isinstance(flag, yaml.ScalarNode):
                return flag
    raise SettingsError(f"no target of the inventory is called {name}")


def _child(node: Any, key: str) -> Any:
    found = [value for name, value in node.value if name.value == key]
    if len(found) != 1:
        raise SettingsError(f"the inventory has {len(found)} entries {key!r} where one is needed")
    return found[0]


def _refuse_aliases(raw: bytes) -> None:
    # An alias can make a small file huge; nothing in an inventory needs one.
    if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(raw, Loader=_LOADER)):
        raise ValueError("aliases are not allowed")


def _refuse_twice(names: list[str], where: str) -> None:
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise SettingsError(f"two targets are called {', '.join(twice)}", where=where)


def _why(error: Exception) -> str:
    return f"it lacks {error}" if isinstance(error, KeyError) else " ".join(str(error).split())
