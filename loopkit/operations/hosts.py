"""Steps that only look, before anything is changed: the right host, a volume that is there."""

from __future__ import annotations

import shlex

from loopkit import facts
from loopkit.operations.given import Given, given
from loopkit.runbook import Host, Seen, Step


def identity(host: str) -> Step:
    """Returns the step that no change comes before: the host is the one that is meant."""
    return Step(f"{host} is the host that is meant", _identified, host=host)


def _identified(c: Host) -> Seen:
    fault = facts.identity_fault(c)
    pinned = ", ".join(facts.pinned(c).values())
    return Seen(not fault, fault or pinned or "hosts.yaml pins nothing of it")


def mounted(name: str, volume: Given[str], *, host: str = "") -> Step:
    """Returns the step that looks whether what is written below a volume reaches the volume."""

    def look(c: Host) -> Seen:
        path = given(c, volume)
        fault = facts.mount_fault(c, path)
        if fault:
            return Seen(False, fault, help=f"ssh {c.name} findmnt {shlex.quote(path)}")
        free = facts.space(c, path)
        text = f"{path}, {facts.size_text(free.free)} free ({free.percent_free}%)"
        return Seen(True, text, facts={f"free:{c.name}:{path}": free.free})

    return Step(name, look, host=host)
