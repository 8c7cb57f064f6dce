"""Reading a program's options as getopt does; one that the lab does not know is refused by name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from loopkit.lab.machine import NOT_EMULATED, Trouble


@dataclass(slots=True)
class Options:
    """The options that were given, each with its values in order, and the other words."""

    values: dict[str, list[str]] = field(default_factory=dict)
    words: list[str] = field(default_factory=list)

    def has(self, *names: str) -> bool:
        """Returns whether one of the options was given."""
        return any(name in self.values for name in names)

    def value(self, *names: str, default: str = "") -> str:
        """Returns the last value given under one of the names."""
        given = [value for name in names for value in self.values.get(name, ())]
        return given[-1] if given else default

    def every(self, *names: str) -> list[str]:
        """Returns all values given under the names."""
        return [value for name in names for value in self.values.get(name, ())]


def read_options(
    args: Sequence[str],
    flags: Iterable[str] = (),
    valued: Iterable[str] = (),
    *,
    same: Mapping[str, str] | None = None,
    interspersed: bool = True,
) -> Options:
    """Returns the options of a command line.

    `flags` and `valued` hold names without dashes, one letter or a word; `same` maps a name to
    the one it is filed under. With `interspersed` false, the first other word ends the options.

    Raises:
        Trouble: an option that the lab does not emulate, or a value that is missing.
    """
    found = Options()
    known = (frozenset(flags), frozenset(valued), dict(same or {}))
    rest = list(args)
    while rest:
        word = rest.pop(0)
        if word == "--":
            break
        if word.startswith("--"):
            _long(word, rest, found, known)
        elif word.startswith("-") and len(word) > 1:
            _short(word, rest, found, known)
        else:
            found.words.append(word)
            if not interspersed:
                break
    found.words += rest
    return found


_Known = tuple[frozenset[str], frozenset[str], dict[str, str]]


def _long(word: str, rest: list[str], found: Options, known: _Known) -> None:
    name, equals, value = word[2:].partition("=")
    flags, valued, same = known
    name = same.get(name, name)
    if name in valued:
        found.values.setdefault(name, []).append(value if equals else _next(word, rest))
    elif name in flags and not equals:
        found.values.setdefault(name, [])
    else:
        raise Trouble(f"option {word}: {NOT_EMULATED}", 2)


def _short(word: str, rest: list[str], found: Options, known: _Known) -> None:
    flags, valued, same = known
    letters = word[1:]
    while letters:
        name, letters = same.get(letters[0], letters[0]), letters[1:]
        if name in valued:
            found.values.setdefault(name, []).append(letters or _next(word, rest))
            return
        if name not in flags:
            raise Trouble(f"option {word}: {NOT_EMULATED}", 2)
        found.values.setdefault(name, [])


def _next(word: str, rest: list[str]) -> str:
    if not rest:
        raise Trouble(f"option requires an argument -- '{word.lstrip('-')}'", 1)
    return rest.pop(0)
