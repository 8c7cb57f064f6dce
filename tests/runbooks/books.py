"""The workspace's runbooks as tests import them, and a host that answers as it was recorded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from loopkit.effects.runbooks import load
from loopkit.errors import CommandFailed
from loopkit.runbook import Reply

ROOT = Path(__file__).parents[2]
REGISTRY = load(ROOT / "runbooks")
INVENTORY = (ROOT / "runbooks/backup.inventory.yaml").read_bytes()


def module(name: str) -> ModuleType:
    """Returns a module of the runbooks folder: `pve.retention`."""
    return import_module(f"{REGISTRY.package}.{name}")


class Recorded:
    """A host that knows the answers to some commands and refuses every other one."""

    def __init__(
        self,
        exchanges: Sequence[Mapping[str, Any]],
        *,
        name: str = "pve",
        now: float = 0,
        facts: Mapping[str, Any] | None = None,
    ) -> None:
        self.name = name
        self.facts = facts or {}
        self._now = now
        self._answers = {tuple(map(str, e["command"])): e for e in exchanges}

    def read(
        self,
        *argv: str,
        ok: Sequence[int] = (0,),
        stdin: bytes | None = None,
        timeout: float | None = None,
    ) -> Reply:
        answer = self._answers[argv]
        reply = Reply(
            argv, answer.get("exit", 0), answer.get("stdout", ""), answer.get("stderr", "")
        )
        if reply.exited not in ok:
            raise CommandFailed(
                f"{argv[0]} ended with {reply.exited}",
                host=self.name,
                exited=reply.exited,
                stderr=reply.stderr,
            )
        return reply

    def now(self) -> float:
        return self._now
