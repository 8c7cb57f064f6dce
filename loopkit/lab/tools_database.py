from __future__ import annotations

from loopkit.lab.machine import Program

POSTGRES: dict[str, Program] = {}
SQLITE: dict[str, Program] = {}
