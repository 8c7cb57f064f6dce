"""Runs what syntax.py read, on one lab host: sequences, pipes, redirections, scripts."""

from __future__ import annotations

import fnmatch
import io
import itertools
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace

from loopkit.lab import machine as host
from loopkit.lab.expansion import Unset, fields_of, pattern_of, text_of
from loopkit.lab.filesystem import Filesystem, base_name
from loopkit.lab.flow import Break, Exit, Return
from loopkit.lab.machine import Call, Killed, Streams
from loopkit.lab.outputs import FileOutput, open_stream, release_all
from loopkit.lab.syntax import parse
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
)

_PIDS = itertools.count(4001)


Builtin = Callable[["Shell", list[str], Streams], int]


@dataclass(slots=True)
class Shell:
    """A running shell; `call` is what it was started by, and what its commands start from."""

    call: Call
    builtins: Mapping[str, Builtin]
    name: str
    arguments: list[str]
    cwd: str
    variables: dict[str, str]
    exported: set[str]
    functions: dict[str, Command] = field(default_factory=dict)
    options: set[str] = field(default_factory=set)
    traps: dict[str, str] = field(default_factory=dict)
    status: int = 0
    umask: int = 0o022
    background: list[threading.Thread] = field(default_factory=list)
    last_background: int = 0
    held: list[FileOutput] = field(default_factory=list)

    # What expansions ask

    @property
    def home(self) -> str:
        """Returns what `~` stands for."""
        return self.variables.get("HOME") or self.call.user.home

    @property
    def files(self) -> Filesystem:
        """Returns the host's files."""
        return self.call.files

    @property
    def unset_is_error(self) -> bool:
        """Returns whether `set -u` is on."""
        return "u" in self.options

    def lookup(self, name: str) -> str | None:
        """Returns a parameter's value, None when it is not set."""
        special = {
            "?": str(self.status),
            "#": str(len(self.arguments)),
            "0": self.name,
            "$": "4000",
            "!": str(self.last_background or ""),
            "-": "".join(sorted(self.options)),
        }
        if name in special:
            return special[name]
        if name.isdigit():
            position = int(name) - 1
            return self.arguments[position] if position < len(self.arguments) else None
        return self.variables.get(name)

    def assign(self, name: str, value: str) -> None:
        """Sets a variable."""
        self.variables[name] = value

    def output_of(self, script: Script) -> str:
        """Runs a script in a copy of this shell, and returns what it printed."""
        buffer = io.BytesIO()
        inner = self.copy()
        self.status = inner.run_to_end(script, {**self.call.streams, 1: buffer})
        return buffer.getvalue().decode("utf-8", "surrogateescape")

    def copy(self) -> Shell:
        """Returns a subshell: what it changes stays its own."""
        return replace(
            self,
            variables=dict(self.variables),
            exported=set(self.exported),
            functions=dict(self.functions),
            options=set(self.options),
            arguments=list(self.arguments),
            traps={},
            background=[],
            held=[],
        )

    # Running

    def run_to_end(self, script: Script, streams: Streams) -> int:
        """Runs a script and its EXIT trap, and returns the shell's exit status."""
        try:
            self.status = self._script(script, streams, checked=False)
        except Exit as ended:
            self.status = ended.status
        except (Refused, Unset) as why:
            streams[2].write(f"{self.name}: {why}\n".encode("utf-8", "surrogateescape"))
            self.status = 2
        if trap := self.traps.pop("EXIT", ""):
            status = self.status
            with suppress(Exit):
                self._script(parse(trap), streams, checked=True)
            self.status = status
        release_all(self.held)
        return self.status

    def _script(self, script: Script, streams: Streams, *, checked: bool) -> int:
        status = 0
        for chain in script.chains:
            if chain.background:
                status = self._in_background(chain, streams)
            else:
                status = self._chain(chain, streams, checked=checked)
            self.status = status
        return status

    def _chain(self, chain: Chain, streams: Streams, *, checked: bool) -> int:
        pipelines = [("", chain.first), *chain.rest]
        status, ran_last = 0, False
        for position, (operator, pipeline) in enumerate(pipelines):
            if operator and (operator == "&&") != (status == 0):
                ran_last = False
                continue
            ran_last = position == len(pipelines) - 1
            status = self._pipeline(pipeline, streams, checked=checked or not ran_last)
            self.status = status
        if status and ran_last and not checked and "e" in self.options:
            if not chain.rest and pipelines[-1][1].negated:
                return status
            raise Exit(status)
        return status

    def _in_background(self, chain: Chain, streams: Streams) -> int:
        inner = self.copy()
        script = Script((replace(chain, background=False),))
        quiet = {0: io.BytesIO(), **{k: v for k, v in streams.items() if k}}
        inner.call = replace(self.call, streams=quiet)
        self.last_background = next(_PIDS)
        words = (inner, script, quiet, f"/proc/{self.last_background}")
        thread = threading.Thread(target=_behind, args=words, daemon=True)
        self.call.machine.processes[self.last_background] = thread
        self.background.append(thread)
        thread.start()
        return 0

    def _pipeline(self, pipeline: Pipeline, streams: Streams, *, checked: bool) -> int:
        if len(pipeline.commands) == 1:
            quiet = checked or pipeline.negated
            status = self._command(pipeline.commands[0], streams, checked=quiet)
            return int(not status) if pipeline.negated else status
        status, statuses = 0, []
        reading = streams[0]
        for position, command in enumerate(pipeline.commands):
            is_last = position == len(pipeline.commands) - 1
            buffer = io.BytesIO()
            given = {**streams, 0: reading} if is_last else {**streams, 0: reading, 1: buffer}
            status = self.copy()._apart(command, given)
            statuses.append(status)
            reading = io.BytesIO(buffer.getvalue())
        if "pipefail" in self.options:
            status = next((each for each in reversed(statuses) if each), 0)
        return int(not status) if pipeline.negated else status

    def _apart(self, command: Command, streams: Streams) -> int:
        try:
            return self._command(command, streams, checked=False)
        except Exit as ended:
            return ended.status

    def _command(self, command: Command, streams: Streams, *, checked: bool) -> int:
        if isinstance(command, Function):
            self.functions[command.name] = command.body
            return 0
        if isinstance(command, Simple):
            return self._simple(command, streams, checked=checked)
        try:
            given = self._redirected(command.redirects, streams)
        except OSError as error:
            return self._complain(error, streams)
        try:
            return self._compound(command, given, checked=checked)
        finally:
            release_all(given[n] for n in given if given[n] is not streams.get(n))

    def _compound(
        self, command: If | For | While | Case | Group, streams: Streams, *, checked: bool
    ) -> int:
        match command:
            case If():
                return self._if(command, streams, checked=checked)
            case For():
                return self._for(command, streams, checked=checked)
            case While():
                return self._while(command, streams, checked=checked)
            case Case():
                return self._case(command, streams, checked=checked)
            case Group(body, subshell):
                if subshell:
                    return self.copy().run_to_end(body, streams)
                return self._script(body, streams, checked=checked)

    def _if(self, command: If, streams: Streams, *, checked: bool) -> int:
        for condition, body in command.branches:
            if self._script(condition, streams, checked=True) == 0:
                return self._script(body, streams, checked=checked)
        if command.otherwise is None:
            return 0
        return self._script(command.otherwise, streams, checked=checked)

    def _for(self, command: For, streams: Streams, *, checked: bool) -> int:
        words = list(self.arguments)
        if command.words is not None:
            words = [name for word in command.words for name in fields_of(self, word)]
        status = 0
        for word in words:
            self.assign(command.name, word)
            try:
                status = self._script(command.body, streams, checked=checked)
            except Break as stop:
                if not stop.again:
                    break
        return status

    def _while(self, command: While, streams: Streams, *, checked: bool) -> int:
        status = 0
        while (self._script(command.condition, streams, checked=True) == 0) != command.until:
            if self.call.cancelled.is_set():
                raise Killed
            try:
                status = self._script(command.body, streams, checked=checked)
            except Break as stop:
                if not stop.again:
                    break
        return status

    def _case(self, command: Case, streams: Streams, *, checked: bool) -> int:
        subject = text_of(self, command.word)
        for patterns, body in command.branches:
            if any(fnmatch.fnmatchcase(subject, pattern_of(self, each)) for each in patterns):
                return self._script(body, streams, checked=checked)
        return 0

    # Simple commands

    def _simple(self, command: Simple, streams: Streams, *, checked: bool) -> int:
        self_status = self.status
        words = [name for word in command.words for name in fields_of(self, word)]
        try:
            given = self._redirected(command.redirects, streams)
        except OSError as error:
            return self._complain(error, streams)
        assigned = {name: text_of(self, word) for name, word in command.assignments}
        if not words:
            self.variables.update(assigned)
            return self.status if self.status != self_status else 0
        if words[0] == "exec":
            return self._exec(words[1:], given, streams)
        if words[0] in self.functions:
            return self._function(words, given, checked=checked)
        if builtin := self.builtins.get(words[0]):
            self.variables.update(assigned)
            return builtin(self, words[1:], given)
        return self.program(words, given, assigned)

    def program(self, words: Sequence[str], streams: Streams, extra: dict[str, str]) -> int:
        """Runs a program of the host with this shell's environment."""
        exported = {name: self.variables[name] for name in self.exported & self.variables.keys()}
        call = replace(
            self.call,
            argv=tuple(words),
            cwd=self.cwd,
            env={**exported, **extra},
            streams=streams,
            umask=self.umask,
        )
        return host.run(call)

    def _exec(self, words: list[str], given: Streams, streams: Streams) -> int:
        if words:
            raise Exit(self.program(words, given, {}))
        streams.update(given)
        self.held += [stream for stream in given.values() if isinstance(stream, FileOutput)]
        return 0

    def _function(self, words: list[str], streams: Streams, *, checked: bool) -> int:
        before, self.arguments = self.arguments, words[1:]
        try:
            return self._command(self.functions[words[0]], streams, checked=checked)
        except Return as ended:
            return ended.status
        finally:
            self.arguments = before

    # Redirections

    def _redirected(self, redirects: Sequence[Redirect], streams: Streams) -> Streams:
        if not redirects:
            return streams
        given = dict(streams)
        for redirect in redirects:
            text = text_of(self, redirect.word)
            given[redirect.number] = open_stream(self, redirect.operator, text, given)
        return given

    def _complain(self, error: OSError, streams: Streams) -> int:
        text = f"{self.name}: {error.filename}: {error.strerror}\n"
        streams[2].write(text.encode("utf-8", "surrogateescape"))
        return 1


def _behind(shell: Shell, script: Script, streams: Streams, folder: str) -> None:
    """Runs a script in the background; /proc shows it meanwhile, as far as a reader may ask."""
    files = shell.files
    files.make_directories(folder)
    files.write(f"{folder}/stat", f"{base_name(folder)} (sh) S{' 0' * 19}\n".encode())
    with suppress(Killed, Break):
        shell.run_to_end(script, streams)
    files.remove_tree(folder)
    files.save()
