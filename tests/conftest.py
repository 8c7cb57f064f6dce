"""Fixtures that several test files share."""

from __future__ import annotations

from tests.namespace.fixtures import fresh_lab, lab, standing_lab

__all__ = ["fresh_lab", "lab", "standing_lab"]
