"""What runbooks bind: phases, capabilities, criteria and invariants, each with its place."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from loopkit.errors import RunbookError
from loopkit.loop.model import NonGoal

# A shell or an interpreter can do anything, so none can be declared to only read.
_RUNS_OTHERS = frozenset(
    """awk bash busybox chroot dash dd doas env eval exec fish gawk ionice ksh mawk nice nohup
    nsenter parallel perl python python3 ruby sed setsid sh ssh su sudo tee timeout unshare watch
    xargs zsh""".split()  # noqa: SIM905
)
_DATE = re.compile(r"-\d{8}")
_EMPHASIS = re.compile(r"[*`]")


@dataclass(frozen=True, slots=True)
class Binding:
    """A function of a runbook, and where it stands."""

    function: Callable[..., Any]
    doc: str
    reference: str
    """`module:function`, as `loop show --json` names it."""
    where: str
    """file:line, the file relative to the workspace."""
    sha256: str
    """Of the source file that the function was compiled from; empty for code that no runbook
    holds, such as a function of an installed package."""


@dataclass(frozen=True, slots=True)
class BoundPhase(Binding):
    """A phase and the function that gives its steps."""

    loop: str
    id: str
    host: str
    read_only: bool
    takes_item: bool


@dataclass(frozen=True, slots=True)
class BoundCapability(Binding):
    """A read-only probe; `host` is empty for one that starts at the controller."""

    name: str
    host: str


@dataclass(frozen=True, slots=True)
class BoundCriterion(Binding):
    """A look that answers the criterion that begins with `text`."""

    loop: str
    text: str
    host: str


@dataclass(frozen=True, slots=True)
class BoundInvariant(Binding):
    """A reading that must stay as it is; `allow` says why a difference breaks it, or is empty."""

    loop: str
    non_goal: str
    host: str
    allow: Callable[[Any, Any], str] | None


Bound = BoundPhase | BoundCapability | BoundCriterion | BoundInvariant
_OfLoop = TypeVar("_OfLoop", BoundPhase, BoundCriterion, BoundInvariant)


@dataclass(eq=False)
class Registry:
    """Everything that the runbooks of one workspace bind; filled while they are imported."""

    root: Path | None = None
    """The workspace, for places relative to it."""
    package: str = ""
    """The private package that the runbooks were imported under."""
    digests: Mapping[str, str] = field(default_factory=dict)
    """The SHA-256 of each source file as it was compiled, by its path."""
    sha256: str = ""
    """One SHA-256 of all of them: a plan's approval holds for just this code."""
    phases: list[BoundPhase] = field(default_factory=list)
    capabilities: dict[str, BoundCapability] = field(default_factory=dict)
    criteria: list[BoundCriterion] = field(default_factory=list)
    invariants: list[BoundInvariant] = field(default_factory=list)
    read_only: set[tuple[str, ...]] = field(default_factory=set)
    """Beginnings of commands that only read, as runbooks declare them."""

    def phase_for(self, loop_id: str, phase_id: str) -> BoundPhase | None:
        """Returns what is bound to a phase; a binding without a date fits every date."""
        wanted = phase_id.casefold()
        found = [p for p in _of_loop(self.phases, loop_id) if p.id.casefold() == wanted]
        return found[0] if found else None

    def capability(self, name: str) -> BoundCapability | None:
        """Returns the probe of this name."""
        return self.capabilities.get(name)

    def criterion_for(self, loop_id: str, text: str) -> BoundCriterion | None:
        """Returns what is bound to a criterion: the longest text that it begins with."""
        found = [c for c in _of_loop(self.criteria, loop_id) if _begins(text, c.text)]
        return max(found, key=lambda c: len(c.text), default=None)

    def invariants_for(
        self, loop_id: str, non_goals: Sequence[NonGoal]
    ) -> tuple[BoundInvariant, ...]:
        """Returns the invariants of a loop.

        Raises:
            RunbookError: one is bound to a Non-Goal that the document does not have, so that
                a reworded line never leaves its invariant unchecked in silence.
        """
        bound = _of_loop(self.invariants, loop_id)
        for invariant in bound:
            if not any(_begins(goal.text, invariant.non_goal) for goal in non_goals):
                raise RunbookError(
                    f"no Non-Goal of {loop_id} begins with {invariant.non_goal!r}",
                    where=invariant.where,
                    why="the document has " + _quoted(goal.text for goal in non_goals),
                    help=f"loop show {loop_id}",
                )
        return tuple(bound)

    def is_checked(self, loop_id: str, goal: NonGoal) -> bool:
        """Returns whether an invariant is bound to a Non-Goal."""
        bound = _of_loop(self.invariants, loop_id)
        return any(_begins(goal.text, invariant.non_goal) for invariant in bound)

    def add(self, bound: Bound) -> None:
        """Adds a binding.

        Raises:
            RunbookError: the same is bound twice.
        """
        twin = next((b for b in self._like(bound) if _key(b) == _key(bound)), None)
        if twin is not None:
            raise RunbookError(
                f"{' '.join(_key(bound)[1:])} is bound twice",
                where=bound.where,
                why=f"{twin.where} binds it too",
            )
        match bound:
            case BoundPhase():
                self.phases.append(bound)
            case BoundCapability():
                self.capabilities[bound.name] = bound
            case BoundCriterion():
                self.criteria.append(bound)
            case BoundInvariant():
                self.invariants.append(bound)

    def declare(self, argv: tuple[str, ...], filename: str, line: int) -> None:
        """Adds the beginning of a command that only reads.

        Raises:
            RunbookError: it names no program, or one that runs whatever it is given.
        """
        if not argv or not argv[0] or argv[0].rpartition("/")[2] in _RUNS_OTHERS:
            raise RunbookError(
                f"read_only({', '.join(map(repr, argv))}) would allow any command",
                where=f"{self._relative(filename)}:{line}",
                why="a program that runs others only reads when what it runs does",
            )
        self.read_only.add(argv)

    def place(self, function: Callable[..., Any]) -> tuple[Callable[..., Any], str, str, str, str]:
        """Returns the fields of a Binding, for a function."""
        code = function.__code__
        module = function.__module__.removeprefix(self.package).lstrip(".")
        doc = inspect.getdoc(function) or ""
        where = f"{self._relative(code.co_filename)}:{code.co_firstlineno}"
        digest = self.digests.get(code.co_filename, "")
        return function, doc, f"{module}:{function.__name__}", where, digest

    def _relative(self, filename: str) -> str:
        path = Path(filename)
        if self.root is not None and path.is_relative_to(self.root):
            return str(path.relative_to(self.root))
        return filename

    def _like(self, bound: Bound) -> Iterable[Bound]:
        match bound:
            case BoundPhase():
                return self.phases
            case BoundCapability():
                return self.capabilities.values()
            case BoundCriterion():
                return self.criteria
            case BoundInvariant():
                return self.invariants


# A context variable and no plain one: what a thread imports binds into its own registry alone.
_collecting: ContextVar[Registry] = ContextVar("collecting")
_uncollected = Registry()
"""What is bound outside of any load, in a Python prompt for example."""


def current_registry() -> Registry:
    """Returns the registry that decorators bind into now."""
    return _collecting.get(_uncollected)


@contextmanager
def collecting(into: Registry) -> Iterator[Registry]:
    """Makes decorators bind into a registry of its own, while runbooks are imported."""
    before = _collecting.set(into)
    try:
        yield into
    finally:
        _collecting.reset(before)


def _key(bound: Bound) -> tuple[str, ...]:
    match bound:
        case BoundPhase():
            return "phase", bound.loop, bound.id.casefold()
        case BoundCapability():
            return "capability", bound.name
        case BoundCriterion():
            return "criterion", bound.loop, comparable(bound.text)
        case BoundInvariant():
            return "invariant", bound.loop, comparable(bound.non_goal)


def _of_loop(bound: Iterable[_OfLoop], loop_id: str) -> list[_OfLoop]:
    """Returns the bindings of a loop, those that name its date first."""
    fitting = [b for b in bound if names_loop(b.loop, loop_id)]
    return sorted(fitting, key=lambda b: b.loop != loop_id)


def names_loop(bound: str, loop_id: str) -> bool:
    """Returns whether a name in a runbook, with or without its date, means this loop."""
    rest = loop_id.removeprefix(bound)
    return loop_id.startswith(bound) and (not rest or _DATE.fullmatch(rest) is not None)


def comparable(text: str) -> str:
    """Returns a text without emphasis, with single blanks and in small letters, to compare by."""
    return " ".join(_EMPHASIS.sub("", text).split()).casefold()


def _begins(text: str, start: str) -> bool:
    return comparable(text).startswith(comparable(start))


def _quoted(texts: Iterable[str]) -> str:
    return ", ".join(repr(text) for text in texts) or "none"
