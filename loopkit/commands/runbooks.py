"""The runbooks of a workspace, opened once a command, and the hashes that name their code."""

from __future__ import annotations

from hashlib import sha256

from loopkit.effects.runbooks import load, runbook_files
from loopkit.effects.workspace import Workspace
from loopkit.registry import Binding, Registry


def open_runbooks(workspace: Workspace) -> Registry:
    """Imports the workspace's runbooks; a workspace without any binds nothing."""
    return load(workspace.settings.runbooks)


def file_digest(workspace: Workspace, bound: Binding) -> str:
    """Returns the SHA-256 of the file that a function stands in."""
    path, _, _ = bound.where.rpartition(":")
    return sha256((workspace.root / path).read_bytes()).hexdigest()


def folder_digest(workspace: Workspace) -> str:
    """Returns one SHA-256 of every runbook: a plan's approval holds for just this code."""
    whole = sha256()
    for path in runbook_files(workspace.settings.runbooks):
        whole.update(sha256(path.read_bytes()).digest())
    return whole.hexdigest()
