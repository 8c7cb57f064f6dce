"""The words of a shell line: quoting, expansions, redirections and here-documents."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from dataclasses import dataclass

from loopkit.lab.tree import (
    Arithmetic,
    Parameter,
    Part,
    Redirect,
    Refused,
    Script,
    Substitution,
    Text,
    Word,
)

BLANK = " \t"
META = " \t\n;&|<>()"
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_REDIRECT = re.compile(r"(\d*)(<<-|<<|>>|>&|<&|>\||>|<)")
_OPERATOR = re.compile(r"&&|\|\||;;|[;&|()\n]")
_SPECIAL = "?#$!@*0123456789-"
_EXPANSION_OPERATORS = (":-", ":=", ":?", ":+", "##", "%%", "-", "=", "?", "+", "#", "%")


@dataclass(slots=True)
class Scanner(ABC):
    """A place in a text, and what can be read there; scripts inside words are the parser's."""

    text: str
    strict: bool
    at: int = 0

    @abstractmethod
    def script(self, stops: tuple[str, ...]) -> Script:
        """Reads chains until one of the words or operators that stop them."""

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
        return (Text(text, True),) if quoted else type(self)(text, self.strict)._quoted_until("")

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
            if not stop and char in META:
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
        plain = "" if stop else META
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
        parts.append(Text(plain, True))
        # "$@" without arguments is no word at all, so nothing empty may stand beside it.
        kept = tuple(part for part in parts if part != Text("", True))
        return kept or (Text("", True),)

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
        if sign == "$" and not (rest[:1] in "({" or NAME.match(rest) or rest[:1] in _SPECIAL):
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
        name = NAME.match(rest)
        self.at += len(name.group()) if name else 1
        return Parameter(name.group() if name else rest[0], quoted)

    def _arithmetic(self, quoted: bool) -> Arithmetic:
        self.at += 2
        inner = self._to("))")
        return Arithmetic(type(self)(inner, self.strict)._quoted_until(""), quoted)

    def _substitution(self, quoted: bool) -> Substitution:
        self.at += 1
        script = self.script((")",))
        self._take(")")
        return Substitution(script, quoted)

    def _braced(self, quoted: bool) -> Parameter:
        self.at += 1
        if self.text[self.at] == "#" and self.text[self.at + 1 : self.at + 2] != "}":
            self.at += 1
            name = self._match(NAME)
            self._to("}")
            return Parameter(name, quoted, "len")
        found = NAME.match(self.text, self.at)
        name = found.group() if found else self.text[self.at]
        self.at += len(name)
        operator = next((o for o in _EXPANSION_OPERATORS if self.text.startswith(o, self.at)), "")
        self.at += len(operator)
        word = self._word("}") if operator else ()
        if self.text[self.at : self.at + 1] != "}":
            raise Refused(f"expansion not emulated in this lab: ${{{name}{self._near()}")
        self.at += 1
        return Parameter(name, quoted, operator, word)

    # Blanks and operators

    def _skip_blanks(self) -> None:
        while self.at < len(self.text):
            if self.text[self.at] in BLANK:
                self.at += 1
            elif self.text.startswith("\\\n", self.at):
                self.at += 2
            elif self.text[self.at] == "#":
                end = self.text.find("\n", self.at)
                self.at = len(self.text) if end < 0 else end
            else:
                return

    def _operator(self) -> str:
        self._skip_blanks()
        found = _OPERATOR.match(self.text, self.at)
        return found.group() if found else ""

    def _take(self, operator: str) -> None:
        if self._operator() != operator:
            raise Refused(f"{operator!r} expected near {self._near()!r}")
        self.at += len(operator)

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
