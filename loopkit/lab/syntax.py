"""What a shell line or script means, as a tree: a subset of POSIX sh that refuses the rest.

A line that was sent is read strictly: an expansion in it is a quoting mistake of the sender, and
is refused. A script file may use parameters, `$(…)` and `$((…))`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from loopkit.lab.tree import (
    Case,
    Chain,
    Command,
    For,
    Function,
    Group,
    If,
    Pipeline,
    Redirect,
    Refused,
    Script,
    Simple,
    While,
    Word,
)
from loopkit.lab.words import META, NAME, Scanner

_ASSIGNMENT = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)=")
_CLOSING = ("then", "else", "elif", "fi", "do", "done", "esac", "}")


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
class _Parser(Scanner):
    """Reads chains, pipelines and commands."""

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
                return read()
        if name := self._function_name():
            self._skip_lines()
            return Function(name, self._command())
        return self._simple()

    def _compounds(self) -> dict[str, Callable[[], Command]]:
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
        name = self._match(NAME)
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

    # Blanks, operators and keywords

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

    def _keyword(self, word: str) -> bool:
        """Takes a reserved word, when it stands here as a word of its own."""
        self._skip_blanks()
        end = self.at + len(word)
        if not self.text.startswith(word, self.at) or self.text[end : end + 1] not in ("", *META):
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
