"""Proxmox's section files (jobs.cfg, storage.cfg), read and written as Proxmox does.

A section ends only at an empty line; the first of two same properties wins, the later of two
same sections; comments and lines that mean nothing are lost when the file is written again.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, field

_HEADER = re.compile(r"^(\S+):\s*(\S+)\s*$")
_PROPERTY = re.compile(r"^\s+(\S+)(\s+(.*\S))?\s*$")
_REQUIRED = ("schedule",)


@dataclass(slots=True)
class Section:
    """One section: its type, its id, and its properties in the order they stand."""

    kind: str
    id: str
    properties: dict[str, str] = field(default_factory=dict)


def read_sections(
    text: str, name: str, known: Collection[str] | None = None
) -> tuple[dict[str, Section], list[str]]:
    """Returns the sections of a file by id, and what Proxmox warns of on standard error.

    With `known`, other properties are dropped with a warning.
    """
    sections: dict[str, Section] = {}
    warnings: list[str] = []
    current: Section | None = None
    for number, line in enumerate(text.split("\n"), 1):
        where = f"file {name} line {number}"
        if re.match(r"^\s*#", line):
            continue
        if line in ("", "0"):
            current = None
        elif current is None:
            found = _HEADER.match(line)
            if found is None:
                warnings.append(f"{where} - ignore config line: {line}")
                continue
            current = Section(found.group(1), found.group(2))
            sections[current.id] = current
        elif warning := _add(current, line, known):
            warnings.append(f"{where} (section '{current.id}') - {warning}")
    return sections, warnings


def _add(section: Section, line: str, known: Collection[str] | None) -> str:
    found = _PROPERTY.match(line)
    if found is None:
        return f"ignore config line: {line}"
    key, value = found.group(1), found.group(3) or ""
    if known is not None and key not in known:
        return f"unable to parse value of '{key}': unexpected property '{key}'"
    if key in section.properties:
        return f"duplicate property '{key}'"
    section.properties[key] = value
    return ""


def write_sections(sections: dict[str, Section]) -> str:
    """Returns the text of a file: comment, required and then the other properties by name."""
    return "".join(_written(section) for section in sections.values())


def _written(section: Section) -> str:
    first = [key for key in ("comment", *_REQUIRED) if key in section.properties]
    rest = sorted(section.properties.keys() - set(first))
    lines = [f"\t{key} {section.properties[key]}".rstrip() for key in (*first, *rest)]
    return "\n".join([f"{section.kind}: {section.id}", *lines, "", ""])
