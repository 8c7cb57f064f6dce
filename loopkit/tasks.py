"""Phases and capabilities as Fabric tasks: `fab --list` shows them, and refuses to run them."""

from __future__ import annotations

from collections import Counter
from typing import Any

import fabric
from invoke.collection import Collection
from invoke.context import Context
from invoke.exceptions import Exit

from loopkit.errors import Refused
from loopkit.registry import BoundCapability, BoundPhase, Registry


class PastTheGates(Refused, Exit):
    """Plain Fabric was asked to run a phase; `fab` prints an Exit as it is, with no traceback."""

    code = Refused.exit_code

    @property
    def message(self) -> str:
        """Returns what `fab` prints."""
        return f"{self}\n  help  {self.help}"

    @message.setter
    def message(self, _: str) -> None: ...


class BoundTask(fabric.tasks.Task):  # type: ignore[misc]
    """A phase or capability as `fab` sees it; called from Python it gives its steps."""

    def __init__(self, *args: Any, bound: BoundPhase | BoundCapability, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.bound = bound

    def get_arguments(self, ignore_unknown_help: bool | None = None) -> list[Any]:
        """Returns none: an item is named by its loop, never on a command line."""
        return []

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        # `fab` gives a Context, and a Connection is one; a host of loopkit is neither.
        if args and isinstance(args[0], Context):
            raise PastTheGates(
                f"{task_name(self.bound)} runs only through its loop",
                where=self.bound.where,
                why="here nothing would check its gates, look first, or keep a receipt",
                help=_instead(self.bound),
            )
        return self.body(*args, **kwargs)


def make_task(bound: BoundPhase | BoundCapability) -> BoundTask:
    """Returns the task of a binding; its `body` is the function itself."""
    task: BoundTask = fabric.task(klass=BoundTask, bound=bound, name=task_name(bound))(
        bound.function
    )
    return task


def fab_tasks(bound: Registry) -> Collection:
    """Returns the phases and capabilities as a collection: the `ns` of a fabfile.

    A phase is listed by its id, or as `module.id` where two modules bind the same id; a
    capability by its name. Criteria and invariants are checks of a loop, so they are not listed.
    """
    tasks = Collection()
    ids = Counter(task_name(phase) for phase in bound.phases)
    for phase in bound.phases:
        module = phase.reference.partition(":")[0]
        path = [task_name(phase)] if ids[task_name(phase)] == 1 else [module, task_name(phase)]
        _add(tasks, path, phase)
    for probe in bound.capabilities.values():
        _add(tasks, probe.name.split("."), probe)
    return tasks


def task_name(bound: BoundPhase | BoundCapability) -> str:
    """Returns the name on Fabric's command line: `p1`, `backup.status`."""
    name = bound.id if isinstance(bound, BoundPhase) else bound.name
    return name.lower().replace(" ", "-")


def _add(tasks: Collection, path: list[str], bound: BoundPhase | BoundCapability) -> None:
    """Adds a task under a path of names; `backup.status` goes into a collection `backup`."""
    for name in map(tasks.transform, path[:-1]):  # invoke lists `disk_report` as `disk-report`
        if name not in tasks.collections:
            tasks.add_collection(Collection(name))
        tasks = tasks.collections[name]
    tasks.add_task(make_task(bound), name=path[-1])


def _instead(bound: BoundPhase | BoundCapability) -> str:
    if isinstance(bound, BoundPhase):
        return f"loop advance {bound.loop} --phase {bound.id}"
    return f"loop cap run {bound.name}"
