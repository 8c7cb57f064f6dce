"""The redactor of a workspace, which every text of a host passes before anyone keeps or sees it."""

from __future__ import annotations

import os
from collections.abc import Callable

from loopkit.effects.redact import redactor_for
from loopkit.effects.settings import Settings


def redact_for(settings: Settings | None) -> Callable[[str], str]:
    """Returns what removes the secrets that settings and the environment name."""
    return redactor_for(settings.secrets if settings else (), os.environ).clean
