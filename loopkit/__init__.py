"""Runs infrastructure loop documents; what a program may use of it is `__all__`.

A name is imported from its home when it is first used: `import loopkit` itself loads nothing.
How it is used: docs/library.md.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from loopkit.commands.results import (
        Advanced,
        Attestation,
        CapabilityList,
        CapabilityRow,
        CapabilityRun,
        Checked,
        CheckedFile,
        CriterionVerdict,
        Explained,
        GoalCheck,
        Listing,
        LogEntry,
        Logged,
        LoopRow,
        Message,
        Planned,
        PlannedPhase,
        PlannedStep,
        RanPhase,
        Shown,
        Verified,
        Written,
    )
    from loopkit.commands.session import Question
    from loopkit.errors import (
        AmbiguousLoop,
        Conflict,
        DocumentChanged,
        DocumentError,
        Failed,
        HostError,
        Locked,
        LoopkitError,
        OutcomeUnknown,
        Refused,
        RunbookError,
        SettingsError,
        UnknownLoop,
        UnknownPhase,
        UsageError,
    )
    from loopkit.library import Loops, open
    from loopkit.loop.model import LoopStatus, PhaseStatus
    from loopkit.loop.outcome import Result
    from loopkit.loop.snapshot import Answer

__version__ = "0.1.0"

__all__ = [
    "Advanced",
    "AmbiguousLoop",
    "Answer",
    "Attestation",
    "CapabilityList",
    "CapabilityRow",
    "CapabilityRun",
    "Checked",
    "CheckedFile",
    "Conflict",
    "CriterionVerdict",
    "DocumentChanged",
    "DocumentError",
    "Explained",
    "Failed",
    "GoalCheck",
    "HostError",
    "Listing",
    "Locked",
    "LogEntry",
    "Logged",
    "LoopRow",
    "LoopStatus",
    "LoopkitError",
    "Loops",
    "Message",
    "OutcomeUnknown",
    "PhaseStatus",
    "Planned",
    "PlannedPhase",
    "PlannedStep",
    "Question",
    "RanPhase",
    "Refused",
    "Result",
    "RunbookError",
    "SettingsError",
    "Shown",
    "UnknownLoop",
    "UnknownPhase",
    "UsageError",
    "Verified",
    "Written",
    "open",
]

# The homes of these names, the cheapest first.
_HOMES = (
    *("errors", "loop.model", "loop.outcome", "loop.snapshot"),
    *("commands.results", "commands.session", "library"),
)


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'loopkit' has no attribute {name!r}")
    homes = (import_module(f"loopkit.{home}") for home in _HOMES)
    return next(vars(home)[name] for home in homes if name in vars(home))


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
