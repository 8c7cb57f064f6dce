"""Proxmox's section files (jobs.cfg, storage.cfg), read and edited by Proxmox's own rules.

The rules are those of PVE/SectionConfig.pm: a section ends only at an empty line, the first of
two equal properties wins, the later of two equal sections wins, and what PVE does not understand
it drops when it writes the file again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

_COMMENT = re.compile(r"\s*#")
_HEADER = re.compile(r"(\S+):\s*(\S+)\s*\Z")
_PROPERTY = re.compile(r"\s+(\S+)(?:\s+(.*\S))?\s*\Z")


@dataclass(frozen=True, slots=True)
class Property:
    """A value and its line, counted from 1."""

    value: str
    line: int


@dataclass(frozen=True, slots=True)
class Section:
    """One `type: id` and the properties below it."""

    type: str
    id: str
    line: int
    properties: Mapping[str, Property]

    def get(self, key: str, default: str = "") -> str:
        """Returns a property's value, as it is written."""
        found = self.properties.get(key)
        return default if found is None else found.value

    @property
    def values(self) -> dict[str, str]:
        """Returns every property's value by its name."""
        return {key: found.value for key, found in self.properties.items()}


@dataclass(frozen=True, slots=True)
class Misread:
    """A line that PVE warns of and does not keep when it writes the file."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class SectionConfig:
    """A whole file: what PVE reads in it, what it does not, and where its comments are."""

    sections: Mapping[str, Section]
    misread: tuple[Misread, ...]
    comments: tuple[int, ...]

    def of_type(self, type: str) -> tuple[Section, ...]:
        """Returns the sections of one type, in the order of the file."""
        return tuple(s for s in self.sections.values() if s.type == type)


def parse(text: str) -> SectionConfig:
    """Reads a file as PVE does; never raises, faults become `misread`."""
    lines = text.split("\n")
    comments = tuple(n for n, line in enumerate(lines, 1) if _COMMENT.match(line))
    numbered = ((n, line) for n, line in enumerate(lines, 1) if not _COMMENT.match(line))
    sections: dict[str, Section] = {}
    misread: list[Misread] = []
    for number, line in numbered:
        if _is_false(line):
            continue
        header = _HEADER.match(line)
        if header is None:
            misread.append(Misread(number, f"outside any section: {line.strip()!r}"))
            continue
        properties, faults = _properties(numbered)
        if header[2] in sections:
            misread.append(Misread(number, f"section {header[2]!r} replaces an earlier one"))
            del sections[header[2]]
        sections[header[2]] = Section(header[1], header[2], number, properties)
        misread.extend(faults)
    return SectionConfig(sections, tuple(misread), comments)


def _properties(lines: Iterator[tuple[int, str]]) -> tuple[dict[str, Property], list[Misread]]:
    """Takes the lines of one section, up to the line that PVE takes for its end."""
    found: dict[str, Property] = {}
    faults: list[Misread] = []
    for number, line in lines:
        if _is_false(line):
            break
        match = _PROPERTY.match(line)
        if match is None:
            faults.append(Misread(number, f"no property: {line.strip()!r}"))
        elif match[1] in found:
            faults.append(Misread(number, f"property {match[1]!r} a second time"))
        elif match[2] is None:
            faults.append(Misread(number, f"property {match[1]!r} without a value"))
        else:
            found[match[1]] = Property(match[2], number)
    return found, faults


def _is_false(line: str) -> bool:
    # What Perl takes for false ends a section; a line of white space, or a lone CR, does not.
    return line in ("", "0")


def set_property(text: str, id: str, key: str, value: str) -> str:
    """Returns the text with one property changed, or added first, and every other byte kept.

    Raises:
        ValueError: the value cannot stand in such a file, or the edit would mean more than that.
    """
    if re.search(r"[\r\n]", value) or not value.strip():
        raise ValueError(f"{value!r} cannot be a value")
    before = parse(text)
    section = before.sections[id]
    lines = text.split("\n")
    if key in section.properties:
        at = section.properties[key].line - 1
        lines[at] = _with_value(lines[at], key, value)
    else:
        lines.insert(section.line, f"\t{key} {value}")
    edited = "\n".join(lines)
    _must_differ_in_one(before, parse(edited), id, key, value)
    return edited


def _with_value(line: str, key: str, value: str) -> str:
    indent = line[: len(line) - len(line.lstrip())]
    return f"{indent}{key} {value}" + ("\r" if line.endswith("\r") else "")


def _must_differ_in_one(
    before: SectionConfig, after: SectionConfig, id: str, key: str, value: str
) -> None:
    wanted = {name: section.values for name, section in before.sections.items()}
    wanted[id] = {**wanted[id], key: value}
    if {name: section.values for name, section in after.sections.items()} != wanted:
        raise ValueError(f"setting {key} of {id} would change more than that")


def lost_by_rewrite(config: SectionConfig, known: frozenset[str]) -> tuple[Misread, ...]:
    """Returns what PVE drops when it writes the file again: comments, and what it does not know."""
    unknown = (
        Misread(found.line, f"property {key!r} is not known to this PVE")
        for section in config.sections.values()
        for key, found in section.properties.items()
        if key not in known
    )
    comments = (Misread(line, "a comment") for line in config.comments)
    return tuple(sorted((*config.misread, *unknown, *comments), key=lambda lost: lost.line))
