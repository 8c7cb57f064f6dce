"""The runbooks of a workspace, opened once a command."""

from __future__ import annotations

from loopkit.effects.runbooks import load
from loopkit.effects.workspace import Workspace
from loopkit.registry import Registry


def open_runbooks(workspace: Workspace) -> Registry:
    """Imports the workspace's runbooks; a workspace without any binds nothing."""
    return load(workspace.settings.runbooks)
