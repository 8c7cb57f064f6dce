from __future__ import annotations

from loopkit.lab.machine import Program

PROGRAMS: dict[str, Program] = {}
