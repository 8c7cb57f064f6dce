"""What running needs of a workspace: its runbooks, and the way to its hosts."""

from __future__ import annotations

from loopkit.effects.run.transport import Transport
from loopkit.effects.runbooks import load
from loopkit.effects.ssh.transport import SshTransport
from loopkit.effects.workspace import Workspace
from loopkit.registry import Registry


def open_runbooks(workspace: Workspace) -> Registry:
    """Returns what the workspace's runbooks bind; one without any binds nothing.

    Raises:
        RunbookError: one of them cannot be loaded.
    """
    return load(workspace.settings.runbooks)


def transport_of(workspace: Workspace) -> Transport:
    """Returns the way to the workspace's hosts: the one place that chooses SSH."""
    return SshTransport(workspace.settings)
