"""Who a host says it is, and whether hosts.yaml means that one."""

from __future__ import annotations

from loopkit.runbook import Host

_TOLD_BY = {"hostname": ("hostname",), "machine_id": ("cat", "/etc/machine-id")}


def hostname(c: Host) -> str:
    """Returns the host's own name for itself."""
    return c.read("hostname").stdout.strip()


def identity_fault(c: Host) -> str:
    """Returns why a host is not the one that hosts.yaml pins; empty when nothing speaks against."""
    for fact, argv in _TOLD_BY.items():
        meant = pinned(c).get(fact, "")
        said = c.read(*argv).stdout.strip() if meant else ""
        if said != meant:
            return f"its {fact} is {said!r}, and hosts.yaml says {meant!r}"
    return ""


def pinned(c: Host) -> dict[str, str]:
    """Returns what the `identity` of a host in hosts.yaml pins: its hostname, its machine_id."""
    return {str(fact): str(value) for fact, value in (c.facts.get("identity") or {}).items()}
