"""`loop cap`: the read-only capabilities that the workspace's runbooks offer."""

from __future__ import annotations

from dataclasses import dataclass

from loopkit.commands.results import CapabilityList, CapabilityRow, CapabilityRun
from loopkit.commands.session import Session
from loopkit.effects.run import checks


@dataclass(frozen=True, slots=True)
class CapabilityListRequest:
    """Every capability of the workspace."""


@dataclass(frozen=True, slots=True)
class CapabilityRequest:
    """A capability to run; with `nagios` the exit status is that of a monitoring plugin."""

    name: str
    nagios: bool = False


def list_capabilities(session: Session, request: CapabilityListRequest) -> CapabilityList:
    """Returns the capabilities by name."""
    found = sorted(session.registry().capabilities.items())
    return CapabilityList(
        tuple(CapabilityRow(n, b.doc.partition("\n")[0], b.where) for n, b in found)
    )


def run_capability(session: Session, request: CapabilityRequest) -> CapabilityRun:
    """Runs one; what no host answered is unknown, and never a pass."""
    report = checks.run_capability(
        session.workspace,
        request.name,
        registry=session.registry(),
        transport=session.transport(),
        redact=session.redact,
    )
    return CapabilityRun(request.name, report, request.nagios)
