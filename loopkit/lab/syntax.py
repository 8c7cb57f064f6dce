"""What a shell line or script means, as a tree: a subset of POSIX sh that refuses the rest.

A line that was sent is read strictly: an expansion in it is a quoting mistake of the sender, and
is refused. A script file may use parameters, `$(…)` and `$((…))`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_BLANK = " \t"
_META = " \t\n;&|<>()"
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_ASSIGNMENT = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)=")
_REDIRECT = re.compile(r"(\d*)(<<-|<<|>>|>&|<&|>\||>|<)")
_OPERATOR = re.compile(r"&&|\|\||;;|[;&|()\n]")
_SPECIAL = "?#$!@*0123456789-"
_EXPANSION_OPERATORS = (":-", ":=", ":?", ":+", "##", "%%", "-", "=", "?", "+", "#", "%")
_CLOSING = ("then", "else", "elif", "fi", "do", "done", "esac", "}")


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


def parse(text: str, *, strict: bool = False) -> Script:
    """Returns the tree of a line or script; `strict` refuses every expansion but `$?`.

    Raises:
        Refused: something in it is not of the subset.
    """
    parser = _Parser(text, strict)
    script = parser.script(())
    parser.expect_end()
    return script


@dataclass(slots=True)
class _Parser:
    text: str
    strict: bool
    at: int = 0
    pending: list[tuple[Redirect, str, bool]] = field(default_factory=list)
    bodies: dict[int, Word] = field(default_factory=dict)

    # Lists and pipelines

    def script(self, stops: tuple[str, ...]) -> Script:
        chains: list[Chain] = []
        while True:
            self._skip_lines()
            if self._ended() or self._stops_here(stops):
                return Script(tuple(chains))
            chains.append(self._chain())

    def expect_end(self) -> None:
        if not self._ended():
            raise Refused(f"syntax error near {self._near()!r}")

    def _chain(self) -> Chain:
        first = self._pipeline()
        rest: list[tuple[str, Pipeline]] = []
        while (operator := self._operator()) in ("&&", "||"):
            self._take(operator)
            self._skip_lines()
            rest.append((operator, self._pipeline()))
        if operator in (";", "&", "\n"):
            self._take(operator)
        elif operator not in ("", ")", ";;"):
            raise Refused(f"syntax error near {self._near()!r}")
        return Chain(first, tuple(rest), operator == "&")

    def _pipeline(self) -> Pipeline:
        negated = self._keyword("!")
        commands = [self._command()]
        while self._operator() == "|":
            self._take("|")
            self._skip_lines()
            commands.append(self._command())
        return Pipeline(tuple(commands), negated)

    # Commands

    def _command(self) -> Command:
        self._skip_blanks()
        if self._operator() == "(":
            self._take("(")
            body = self.script((")",))
            self._take(")")
            return Group(body, True, self._redirects())
        for word, read in self._compounds().items():
            if self._keyword(word):
                return read()  # type: ignore[operator, no-any-return]
        if name := self._function_name():
            self._skip_lines()
            return Function(name, self._command())
        return self._simple()

    def _compounds(self) -> dict[str, object]:
        return {
            "if": self._if,
            "for": self._for,
            "while": lambda: self._while(until=False),
            "until": lambda: self._while(until=True),
            "case": self._case,
            "{": self._group,
        }

    def _if(self) -> If:
        branches = []
        condition = self._until("then")
        branches.append((condition, self.script(_CLOSING)))
        while self._keyword("elif"):
            condition = self._until("then")
            branches.append((condition, self.script(_CLOSING)))
        otherwise = self.script(_CLOSING) if self._keyword("else") else None
        self._expect("fi")
        return If(tuple(branches), otherwise, self._redirects())

    def _for(self) -> For:
        self._skip_blanks()
        name = self._match(_NAME)
        self._skip_lines()
        words: list[Word] | None = None
        if self._keyword("in"):
            words = []
            while word := self._next_word():
                words.append(word)
        self._skip_separators()
        self._expect("do")
        body = self._until("done")
        return For(name, None if words is None else tuple(words), body, self._redirects())

    def _while(self, *, until: bool) -> While:
        condition = self._until("do")
        body = self._until("done")
        return While(condition, body, until, self._redirects())

    def _case(self) -> Case:
        word = self._next_word()
        self._skip_lines()
        self._expect("in")
        branches = []
        self._skip_lines()
        while not self._keyword("esac"):
            branches.append(self._branch())
            self._skip_lines()
        return Case(word, tuple(branches), self._redirects())

    def _branch(self) -> tuple[tuple[Word, ...], Script]:
        if self._operator() == "(":
            self._take("(")
        patterns = [self._next_word()]
        while self._operator() == "|":
            self._take("|")
            patterns.append(self._next_word())
        self._take(")")
        body = self.script((";;", "esac"))
        if self._operator() == ";;":
            self._take(";;")
        return tuple(patterns), body

    def _group(self) -> Group:
        body = self._until("}")
        return Group(body, False, self._redirects())

    def _function_name(self) -> str:
        found = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)[ \t]*\([ \t]*\)").match(self.text, self.at)
        if not found:
            return ""
        self.at = found.end()
        return found.group(1)

    def _simple(self) -> Simple:
        assignments: list[tuple[str, Word]] = []
        words: list[Word] = []
        redirects: list[Redirect] = []
        while True:
            self._skip_blanks()
            if redirect := self._redirect():
                redirects.append(redirect)
            elif not words and (name := self._assignment()):
                assignments.append((name, self._word()))
            elif word := self._word():
                words.append(word)
            else:
                break
        if not (assignments or words or redirects):
            raise Refused(f"syntax error near {self._near()!r}")
        return Simple(tuple(assignments), tuple(words), tuple(redirects))

    def _assignment(self) -> str:
        found = _ASSIGNMENT.match(self.text, self.at)
        if found:
            self.at = found.end()
        return found.group(1) if found else ""

    # Redirections

    def _redirects(self) -> tuple[Redirect, ...]:
        found = []
        self._skip_blanks()
        while redirect := self._redirect():
            found.append(redirect)
            self._skip_blanks()
        return tuple(found)

    def _redirect(self) -> Redirect | None:
        found = _REDIRECT.match(self.text, self.at)
        if not found:
            return None
        self.at = found.end()
        operator = found.group(2)
        number = int(found.group(1)) if found.group(1) else int(operator[0] == ">")
        self._skip_blanks()
        if operator.startswith("<<"):
            return Redirect(number, "<<", self._here_document(strip=operator == "<<-"))
        return Redirect(number, ">" if operator == ">|" else operator, self._required_word())

    def _here_document(self, *, strip: bool) -> Word:
        """Reads the text below the current line, and cuts it out of what is left to read."""
        start = self.at
        word = self._required_word()
        quoted = any(c in "'\"\\" for c in self.text[start : self.at])
        delimiter = "".join(part.text for part in word if isinstance(part, Text))
        body_start = self.text.find("\n", self.at) + 1
        lines, end = [], body_start
        while body_start and end < len(self.text):
            line, _, _ = self.text[end:].partition("\n")
            end += len(line) + 1
            line = line.lstrip("\t") if strip else line
            if line == delimiter:
                break
            lines.append(line + "\n")
        else:
            raise Refused(f"here-document without its end {delimiter!r}")
        self.text = self.text[:body_start] + self.text[end:]
        text = "".join(lines)
        return (Text(text, True),) if quoted else _Parser(text, self.strict)._quoted_until("")

    # Words

    def _required_word(self) -> Word:
        word = self._word()
        if not word:
            raise Refused(f"syntax error near {self._near()!r}")
        return word

    def _next_word(self) -> Word:
        self._skip_blanks()
        return self._word()

    def _word(self, stop: str = "") -> Word:
        """Reads one word; with `stop` it is the word of `${name-word}`, which may hold blanks."""
        parts: list[Part] = []
        while self.at < len(self.text):
            char = self.text[self.at]
            if stop and char == stop:
                break
            if not stop and char in _META:
                break
            parts += self._word_piece(char, stop)
        return tuple(parts)

    def _word_piece(self, char: str, stop: str) -> Word:
        self.at += 1
        if char == "'":
            return (Text(self._to("'"), True),)
        if char == '"':
            inner = self._quoted_until('"')
            self.at += 1
            return inner or (Text("", True),)
        if char == "\\":
            return self._escaped()
        if char in "$`":
            return (self._expansion(char, quoted=False),)
        start = self.at - 1
        plain = "" if stop else _META
        while self.at < len(self.text) and self.text[self.at] not in plain + stop + "'\"\\$`":
            self.at += 1
        return (Text(self.text[start : self.at], False),)

    def _escaped(self) -> Word:
        self.at += 1
        char = self.text[self.at - 1 : self.at]
        return () if char == "\n" else (Text(char or "\\", True),)

    def _quoted_until(self, end: str) -> Word:
        parts: list[Part] = []
        plain = ""
        while self.at < len(self.text) and (not end or self.text[self.at] != end):
            char = self.text[self.at]
            self.at += 1
            if char == "\\" and self.text[self.at : self.at + 1] in ("$", "`", '"', "\\", "\n"):
                plain += self.text[self.at].replace("\n", "")
                self.at += 1
            elif char in "$`":
                parts += [Text(plain, True), self._expansion(char, quoted=True)]
                plain = ""
            else:
                plain += char
        if end and self.at >= len(self.text):
            raise Refused("unterminated quoted string")
        return (*parts, Text(plain, True))

    def _to(self, end: str) -> str:
        stop = self.text.find(end, self.at)
        if stop < 0:
            raise Refused("unterminated quoted string")
        found, self.at = self.text[self.at : stop], stop + len(end)
        return found

    # Expansions

    def _expansion(self, sign: str, *, quoted: bool) -> Part:
        rest = self.text[self.at :]
        if sign == "$" and rest[:1] == "?":
            self.at += 1
            return Parameter("?", quoted)
        if sign == "$" and not (rest[:1] in "({" or _NAME.match(rest) or rest[:1] in _SPECIAL):
            return Text("$", True)
        if sign == "$" and not rest:
            return Text("$", True)
        if self.strict or sign == "`":
            raise Refused(f"expansions are not emulated in this lab: {sign}{rest[:20]}")
        if rest.startswith("(("):
            return self._arithmetic(quoted)
        if rest.startswith("("):
            return self._substitution(quoted)
        if rest.startswith("{"):
            return self._braced(quoted)
        name = _NAME.match(rest)
        self.at += len(name.group()) if name else 1
        return Parameter(name.group() if name else rest[0], quoted)

    def _arithmetic(self, quoted: bool) -> Arithmetic:
        self.at += 2
        inner = self._to("))")
        return Arithmetic(_Parser(inner, self.strict)._quoted_until(""), quoted)

    def _substitution(self, quoted: bool) -> Substitution:
        self.at += 1
        script = self.script((")",))
        self._take(")")
        return Substitution(script, quoted)

    def _braced(self, quoted: bool) -> Parameter:
        self.at += 1
        if self.text[self.at] == "#" and self.text[self.at + 1 : self.at + 2] != "}":
            self.at += 1
            name = self._match(_NAME)
            self._to("}")
            return Parameter(name, quoted, "len")
        found = _NAME.match(self.text, self.at)
        name = found.group() if found else self.text[self.at]
        self.at += len(name)
        operator = next((o for o in _EXPANSION_OPERATORS if self.text.startswith(o, self.at)), "")
        self.at += len(operator)
        word = self._word("}") if operator else ()
        if self.text[self.at : self.at + 1] != "}":
            raise Refused(f"expansion not emulated in this lab: ${{{name}{self._near()}")
        self.at += 1
        return Parameter(name, quoted, operator, word)

    # Blanks, operators and keywords

    def _skip_blanks(self) -> None:
        while self.at < len(self.text):
            if self.text[self.at] in _BLANK:
                self.at += 1
            elif self.text.startswith("\\\n", self.at):
                self.at += 2
            elif self.text[self.at] == "#":
                end = self.text.find("\n", self.at)
                self.at = len(self.text) if end < 0 else end
            else:
                return

    def _skip_lines(self) -> None:
        self._skip_blanks()
        while self._operator() == "\n":
            self.at += 1
            self._skip_blanks()

    def _skip_separators(self) -> None:
        self._skip_lines()
        if self._operator() == ";":
            self._take(";")
        self._skip_lines()

    def _operator(self) -> str:
        self._skip_blanks()
        found = _OPERATOR.match(self.text, self.at)
        return found.group() if found else ""

    def _take(self, operator: str) -> None:
        if self._operator() != operator:
            raise Refused(f"{operator!r} expected near {self._near()!r}")
        self.at += len(operator)

    def _keyword(self, word: str) -> bool:
        """Takes a reserved word, when it stands here as a word of its own."""
        self._skip_blanks()
        end = self.at + len(word)
        if not self.text.startswith(word, self.at) or self.text[end : end + 1] not in ("", *_META):
            return False
        self.at = end
        return True

    def _expect(self, word: str) -> None:
        self._skip_separators()
        if not self._keyword(word):
            raise Refused(f"{word!r} expected near {self._near()!r}")

    def _until(self, word: str) -> Script:
        body = self.script((*_CLOSING,))
        self._expect(word)
        return body

    def _stops_here(self, stops: tuple[str, ...]) -> bool:
        if self._operator() in stops:
            return self._operator() != ""
        before = self.at
        for word in stops:
            if (word.isalpha() or word == "}") and self._keyword(word):
                self.at = before
                return True
        return False

    def _match(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self.text, self.at)
        if not found:
            raise Refused(f"name expected near {self._near()!r}")
        self.at = found.end()
        return found.group()

    def _ended(self) -> bool:
        self._skip_blanks()
        return self.at >= len(self.text)

    def _near(self) -> str:
        return self.text[self.at : self.at + 20]
