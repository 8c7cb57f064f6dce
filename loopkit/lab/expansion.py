"""What the words of a shell command become: parameters, substitutions, fields and globs."""

from __future__ import annotations

import ast
import fnmatch
import operator
import re
from collections.abc import Callable
from typing import Protocol

from loopkit.lab.filesystem import Filesystem, join
from loopkit.lab.tree import Arithmetic, Parameter, Part, Refused, Script, Substitution, Text, Word

_GLOB = "*?["
_Piece = tuple[str, bool]
_Field = list[_Piece]


class Unset(Exception):
    """A parameter that is not set where it must be; says so as the shell does."""


class Scope(Protocol):
    """What an expansion asks of the shell that it is made in."""

    cwd: str
    arguments: list[str]

    def lookup(self, name: str) -> str | None:
        """Returns a parameter's value, None when it is not set."""
        ...

    def assign(self, name: str, value: str) -> None:
        """Sets a variable."""
        ...

    def output_of(self, script: Script) -> str:
        """Runs `$(script)`, and returns what it printed."""
        ...

    @property
    def home(self) -> str:
        """Returns what `~` stands for."""
        ...

    @property
    def files(self) -> Filesystem:
        """Returns the host's files, for globs."""
        ...

    @property
    def unset_is_error(self) -> bool:
        """Returns whether `set -u` is on."""
        ...


def fields_of(scope: Scope, word: Word) -> list[str]:
    """Returns the fields that a word becomes in a command: none, one or many."""
    found: list[_Field] = []
    open_field: _Field | None = None
    for part in _with_home(scope, word):
        if isinstance(part, Parameter) and part.name == "@" and part.quoted:
            pieces = [[(text, True)] for text in scope.arguments]
        else:
            pieces = _split(scope, part, _value(scope, part))
        for position, piece in enumerate(pieces):
            if position and open_field is not None:
                found.append(open_field)
                open_field = None
            if piece:
                open_field = (open_field or []) + piece
    if open_field is not None:
        found.append(open_field)
    return [name for each in found for name in _glob(scope, each)]


def text_of(scope: Scope, word: Word) -> str:
    """Returns what a word becomes where it is not split: assignments, redirections, `case`."""
    return "".join(
        " ".join(scope.arguments)
        if isinstance(part, Parameter) and part.name in ("@", "*")
        else _value(scope, part)
        for part in _with_home(scope, word)
    )


def pattern_of(scope: Scope, word: Word) -> str:
    """Returns a word as a glob pattern, in which what was quoted stands for itself."""
    return "".join(
        _literal(_value(scope, part)) if part.quoted else _value(scope, part) for part in word
    )


def _with_home(scope: Scope, word: Word) -> Word:
    first = word[0] if word else None
    if isinstance(first, Text) and not first.quoted and re.match(r"~(/|$)", first.text):
        if first.text == "~" and len(word) > 1:
            return word
        return (Text(scope.home, True), Text(first.text[1:], False), *word[1:])
    return word


def _split(scope: Scope, part: Part, value: str) -> list[_Field]:
    """Returns pieces between which a new field begins; an empty one only separates."""
    if isinstance(part, Text) or part.quoted:
        return [[(value, part.quoted)]] if value or part.quoted else [[]]
    blanks = scope.lookup("IFS")
    blanks = " \t\n" if blanks is None else blanks
    if not blanks:
        return [[(value, False)]] if value else [[]]
    pieces = re.split(f"[{re.escape(blanks)}]+", value)
    return [[(piece, False)] if piece else [] for piece in pieces]


def _value(scope: Scope, part: Part) -> str:
    match part:
        case Text(text):
            return text
        case Substitution(script):
            return scope.output_of(script).rstrip("\n")
        case Arithmetic(expression):
            return str(_calculate(scope, text_of(scope, expression)))
        case Parameter():
            return _parameter(scope, part)


def _parameter(scope: Scope, part: Parameter) -> str:
    value = " ".join(scope.arguments) if part.name in ("@", "*") else scope.lookup(part.name)
    is_missing = value is None or (part.operator.startswith(":") and not value)
    match part.operator.removeprefix(":"):
        case "-":
            return text_of(scope, part.word) if is_missing else value or ""
        case "+":
            return "" if is_missing else text_of(scope, part.word)
        case "=":
            return _assigned(scope, part) if is_missing else value or ""
        case "?" if is_missing:
            why = text_of(scope, part.word) or "parameter not set"
            raise Unset(f"{part.name}: {why}")
    if value is None and scope.unset_is_error:
        raise Unset(f"{part.name}: parameter not set")
    return _trimmed(scope, part, value or "")


def _assigned(scope: Scope, part: Parameter) -> str:
    value = text_of(scope, part.word)
    scope.assign(part.name, value)
    return value


def _trimmed(scope: Scope, part: Parameter, value: str) -> str:
    if part.operator == "len":
        return str(len(value))
    if part.operator not in ("#", "##", "%", "%%"):
        return value
    pattern = pattern_of(scope, part.word)
    cuts = range(len(value) + 1)
    order = cuts if part.operator in ("#", "%%") else cuts[::-1]
    for cut in order:
        head, tail = value[:cut], value[cut:]
        if part.operator[0] == "#" and fnmatch.fnmatchcase(head, pattern):
            return tail
        if part.operator[0] == "%" and fnmatch.fnmatchcase(tail, pattern):
            return head
    return value


def _glob(scope: Scope, field: _Field) -> list[str]:
    text = "".join(piece for piece, _ in field)
    if not any(char in piece for piece, quoted in field if not quoted for char in _GLOB):
        return [text]
    pattern = "".join(_literal(piece) if quoted else piece for piece, quoted in field)
    return _matches(scope, pattern) or [text]


def _matches(scope: Scope, pattern: str) -> list[str]:
    start, parts = ("/", pattern[1:]) if pattern.startswith("/") else ("", pattern)
    found = [start]
    for part in parts.split("/"):
        found = [
            before + name + "/"
            for before in found
            for name in _names(scope, before)
            if fnmatch.fnmatchcase(name, part) and (part[0] == ".") == (name[0] == ".")
        ]
    return [each.rstrip("/") for each in found]


def _names(scope: Scope, before: str) -> list[str]:
    folder = join(scope.cwd, before)
    return scope.files.names(folder) if scope.files.is_dir(folder) else []


def _literal(text: str) -> str:
    return re.sub(r"([*?[])", r"[\1]", text)


_CALCULATIONS: dict[type[ast.AST], Callable[[int, int], int]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: lambda a, b: int(a / b) if abs(a) < 2**53 else a // b,
    ast.Mod: lambda a, b: a - b * int(a / b),
    ast.Gt: lambda a, b: int(a > b),
    ast.Lt: lambda a, b: int(a < b),
    ast.GtE: lambda a, b: int(a >= b),
    ast.LtE: lambda a, b: int(a <= b),
    ast.Eq: lambda a, b: int(a == b),
    ast.NotEq: lambda a, b: int(a != b),
}


def _calculate(scope: Scope, text: str) -> int:
    try:
        return _node(scope, ast.parse(text.strip() or "0", mode="eval").body)
    except (SyntaxError, ZeroDivisionError, KeyError) as error:
        raise Refused(f"arithmetic not emulated in this lab: {text}") from error


def _node(scope: Scope, node: ast.expr) -> int:
    match node:
        case ast.Constant(value=int(number)):
            return number
        case ast.Name(id=name):
            return int(scope.lookup(name) or "0")
        case ast.UnaryOp(op=ast.USub(), operand=inner):
            return -_node(scope, inner)
        case ast.BinOp(left=left, op=action, right=right):
            return _CALCULATIONS[type(action)](_node(scope, left), _node(scope, right))
        case ast.Compare(left=left, ops=[action], comparators=[right]):
            return _CALCULATIONS[type(action)](_node(scope, left), _node(scope, right))
    raise SyntaxError(ast.dump(node))
