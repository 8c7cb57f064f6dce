"""What fits through a slow line in the time that there is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from loopkit.facts.units import span_text


@dataclass(frozen=True, slots=True)
class Load:
    """Something to send: how much, and whether it goes before others."""

    bytes: int
    first: bool = False


@dataclass(frozen=True, slots=True)
class Budget:
    """What is sent, what is left out with the reason, and how long it takes."""

    chosen: tuple[int, ...]
    left_out: Mapping[int, str]
    seconds: int


def fill_window(loads: Mapping[int, Load], *, bytes_per_second: int, window: int) -> Budget:
    """Returns what fits into a window of seconds: what goes first, then the small before the big.

    A single load that is too big leaves room for all the others.
    """
    chosen: list[int] = []
    left_out: dict[int, str] = {}
    spent = 0
    for key, load in sorted(loads.items(), key=lambda pair: (not pair[1].first, pair[1].bytes)):
        seconds = load.bytes // bytes_per_second
        if spent + seconds <= window:
            chosen.append(key)
            spent += seconds
        else:
            left_out[key] = _why_not(seconds, window, window - spent)
    return Budget(tuple(sorted(chosen)), left_out, spent)


def _why_not(seconds: int, window: int, left: int) -> str:
    if seconds > window:
        return f"it alone takes {seconds / 3600:.0f}h, the window is {window // 3600}h"
    spans = f"it takes {span_text(seconds)}, and {span_text(left)}"
    return f"{spans} of the window of {window // 3600}h are left"
