"""A row of the table of verbs, and how what was typed becomes a call of its command."""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from loopkit.errors import UsageError

if TYPE_CHECKING:  # `loop --help` reads the table, and nothing below it
    from loopkit.commands.results import CommandResult
    from loopkit.commands.session import Question, Session
    from loopkit.effects.run.events import Event
    from loopkit.effects.workspace import Workspace
    from loopkit.ui.progress import Quiet

Main = Callable[[list[str]], int]


@dataclass(frozen=True, slots=True)
class Typed:
    """A command as it was typed; `main` runs one more, for the demo, which types some itself."""

    args: Namespace
    main: Main

    @property
    def directory(self) -> Path:
        """Returns the folder to work in.

        Raises:
            UsageError: there is no such folder.
        """
        start = Path(getattr(self.args, "directory", "."))
        if not start.is_dir():
            raise UsageError(
                f"{start} is no folder", why="-C names the folder to work in", help="loop --help"
            )
        return start

    @contextmanager
    def session(self) -> Iterator[Session]:
        """Gives the session that a command works with, and the terminal back in the end."""
        from loopkit.commands.session import Actor, Session

        args, workspace = self.args, self._workspace()
        terminal = Terminal(workspace, is_quiet="quiet" in args or "json" in args)
        actor = Actor(
            who=getattr(args, "who", ""),
            lock_timeout=getattr(args, "lock_timeout", 0.0),
            ask=terminal.ask if self._may_ask() else None,
            tell=terminal.tell,
        )
        try:
            yield Session(workspace, actor)
        finally:
            terminal.leave()

    def _workspace(self) -> Workspace:
        """Returns the workspace around the folder, or around a document that is named by path."""
        from loopkit.effects.workspace import open_workspace

        names = [getattr(self.args, "loop", ""), *getattr(self.args, "paths", ())]
        workspace = open_workspace(self.directory, next(filter(None, names), ""))
        if "connect_timeout" not in self.args:
            return workspace
        settings = replace(workspace.settings, connect_timeout=self.args.connect_timeout)
        return replace(workspace, settings=settings)

    def _may_ask(self) -> bool:
        if "no_input" in self.args or os.environ.get("LOOP_NO_INPUT", "0") not in ("", "0"):
            return False
        return sys.stdin is not None and sys.stdin.isatty() and "json" not in self.args


@dataclass
class Terminal:
    """Asks and tells the person who typed; what draws on the screen is loaded when it must."""

    workspace: Workspace
    is_quiet: bool

    def ask(self, question: Question) -> bool:
        """Returns what a person answers."""
        return self._display.ask(question)

    def tell(self, event: Event) -> None:
        """Shows what just happened."""
        self._display.event(event)

    def leave(self) -> None:
        """Takes away what was drawn to be redrawn."""
        if "_display" in self.__dict__:
            self._display.stop()

    @cached_property
    def _display(self) -> Quiet:
        from loopkit.ui.progress import display

        return display(self.is_quiet, self.workspace.local_now)


Call = Callable[[Typed], "CommandResult"]


@dataclass(frozen=True, slots=True)
class Command:
    """A function of the commands and the request that it takes, imported when it is called.

    `function` is `module:name` below loopkit.commands; the request stands in the same module, and
    each of its fields is the option of that name. `fixed` are fields that the verb itself says.
    """

    function: str
    request: str
    fixed: Mapping[str, object] = field(default_factory=dict)
    needs_session: bool = True

    def __call__(self, typed: Typed) -> CommandResult:
        """Calls the command."""
        command, request_type = self.load()
        request = self._filled(request_type, typed.args)
        if not self.needs_session:
            return command(request)
        with typed.session() as session:
            return command(session, request)

    def load(self) -> tuple[Callable[..., CommandResult], type]:
        """Returns the function and the type of its request."""
        module, _, name = self.function.partition(":")
        home = import_module(f"loopkit.commands.{module}")
        return getattr(home, name), getattr(home, self.request)

    def _filled(self, request_type: type[Any], args: Namespace) -> Any:
        """Returns the request with what was typed; what was not keeps its default."""
        names = [each.name for each in fields(request_type)]
        given = {name: getattr(args, name) for name in names if name in args}
        frozen = {name: tuple(v) if isinstance(v, list) else v for name, v in given.items()}
        return request_type(**{**frozen, **self.fixed})


Fill = Callable[[ArgumentParser], None]


@dataclass(frozen=True, slots=True)
class Verb:
    """One row: what is typed, what it is for, what it calls, and its options.

    A verb with actions has a row for each, and calls nothing itself.
    """

    name: str
    help: str
    call: Call | None = None
    options: tuple[Fill, ...] = ()
    actions: tuple[Verb, ...] = ()
    takes_who: bool = True
    """Whether `--as WHO` may follow it: `loop resolve --as done` means another thing."""
