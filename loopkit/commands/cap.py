"""`loop cap`: the read-only capabilities that the workspace's runbooks offer."""

from __future__ import annotations

from loopkit.commands.redaction import redact_for
from loopkit.commands.results import CapabilityList, CapabilityRow, CapabilityRun
from loopkit.commands.runbooks import open_runbooks, transport_of
from loopkit.effects.run import checks
from loopkit.effects.workspace import Workspace


def list_capabilities(workspace: Workspace) -> CapabilityList:
    """Returns the capabilities by name."""
    found = sorted(open_runbooks(workspace).capabilities.items())
    return CapabilityList(
        tuple(CapabilityRow(n, b.doc.partition("\n")[0], b.where) for n, b in found)
    )


def run_capability(workspace: Workspace, name: str, *, nagios: bool = False) -> CapabilityRun:
    """Runs one; what no host answered is unknown, and never a pass."""
    report = checks.run_capability(
        workspace,
        name,
        registry=open_runbooks(workspace),
        transport=transport_of(workspace),
        redact=redact_for(workspace.settings),
    )
    return CapabilityRun(name, report, nagios)
