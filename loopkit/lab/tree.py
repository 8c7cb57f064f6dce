"""The tree that a shell line or script is read into."""

from __future__ import annotations

from dataclasses import dataclass


class Refused(Exception):
    """The text is not of the subset that the lab understands, or is no shell at all."""


@dataclass(frozen=True, slots=True)
class Text:
    """Characters that stand for themselves; globs in them count only when not quoted."""

    text: str
    quoted: bool


@dataclass(frozen=True, slots=True)
class Parameter:
    """`$name`, or `${name<operator><word>}`; the operator `len` is `${#name}`."""

    name: str
    quoted: bool
    operator: str = ""
    word: Word = ()


@dataclass(frozen=True, slots=True)
class Substitution:
    """`$(script)`."""

    script: Script
    quoted: bool


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """`$((expression))`, whose expression is itself expanded first."""

    expression: Word
    quoted: bool


Part = Text | Parameter | Substitution | Arithmetic


Word = tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Redirect:
    """`2>file`; for `<<` the word is the text of the here-document."""

    number: int
    operator: str
    word: Word


@dataclass(frozen=True, slots=True)
class Simple:
    """Assignments and the words of one command."""

    assignments: tuple[tuple[str, Word], ...]
    words: tuple[Word, ...]
    redirects: tuple[Redirect, ...]


@dataclass(frozen=True, slots=True)
class Pipeline:
    """Commands joined by `|`."""

    commands: tuple[Command, ...]
    negated: bool


@dataclass(frozen=True, slots=True)
class Chain:
    """Pipelines joined by `&&` and `||`, and whether it runs in the background."""

    first: Pipeline
    rest: tuple[tuple[str, Pipeline], ...]
    background: bool


@dataclass(frozen=True, slots=True)
class Script:
    """Chains, one after the other."""

    chains: tuple[Chain, ...]


@dataclass(frozen=True, slots=True)
class If:
    """`if … elif … else … fi`."""

    branches: tuple[tuple[Script, Script], ...]
    otherwise: Script | None
    redirects: tuple[Redirect, ...]


@dataclass(frozen=True, slots=True)
class For:
    """`for name in words`; None for the words means `"$@"`."""

    name: str
    words: tuple[Word, ...] | None
    body: Script
    redirects: tuple[Redirect, ...]


@dataclass(frozen=True, slots=True)
class While:
    """`while` or `until`."""

    condition: Script
    body: Script
    until: bool
    redirects: tuple[Redirect, ...]


@dataclass(frozen=True, slots=True)
class Case:
    """`case word in pattern) … ;; esac`."""

    word: Word
    branches: tuple[tuple[tuple[Word, ...], Script], ...]
    redirects: tuple[Redirect, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """`{ …; }`, or `( … )` when it is a subshell."""

    body: Script
    subshell: bool
    redirects: tuple[Redirect, ...]


@dataclass(frozen=True, slots=True)
class Function:
    """`name() { …; }`."""

    name: str
    body: Command


Command = Simple | If | For | While | Case | Group | Function
