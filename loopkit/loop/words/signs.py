"""The signs that stand for a status, in every language: emoji, their short codes, and boxes."""

from __future__ import annotations

from collections.abc import Mapping

from loopkit.loop.model import PhaseStatus

SELECTOR = "\ufe0f"
"""What may follow any sign and only says how it is drawn."""

SIGNS: Mapping[PhaseStatus, str] = {
    PhaseStatus.DONE: "✅✔✓☑",
    PhaseStatus.PENDING: "⏳⌛🔜⬜☐◻🔲⚪",
    PhaseStatus.IN_PROGRESS: "🚧🔄🟡🟠⚠◐",
    PhaseStatus.BLOCKED: "⛔🔴🛑⏸",
    PhaseStatus.FAILED: "❌✗✘✖",
    PhaseStatus.SKIPPED: "⏭",
}

SHORT_CODES: Mapping[str, str] = {
    "white_check_mark": "✅",
    "heavy_check_mark": "✔",
    "ballot_box_with_check": "☑",
    "hourglass": "⌛",
    "hourglass_flowing_sand": "⏳",
    "hourglass_not_done": "⏳",
    "soon": "🔜",
    "white_large_square": "⬜",
    "white_circle": "⚪",
    "construction": "🚧",
    "arrows_counterclockwise": "🔄",
    "yellow_circle": "🟡",
    "large_yellow_circle": "🟡",
    "orange_circle": "🟠",
    "large_orange_circle": "🟠",
    "warning": "⚠",
    "no_entry": "⛔",
    "red_circle": "🔴",
    "stop_sign": "🛑",
    "octagonal_sign": "🛑",
    "pause_button": "⏸",
    "double_vertical_bar": "⏸",
    "x": "❌",
    "heavy_multiplication_x": "✖",
    "next_track_button": "⏭",
}
"""The names that code hosts give the signs: `:white_check_mark:`."""

BOXES: Mapping[str, PhaseStatus] = {
    "x": PhaseStatus.DONE,
    "X": PhaseStatus.DONE,
    " ": PhaseStatus.PENDING,
    "/": PhaseStatus.IN_PROGRESS,
    "~": PhaseStatus.IN_PROGRESS,
    "-": PhaseStatus.SKIPPED,
    "!": PhaseStatus.BLOCKED,
}
"""What the mark in a box says: `[x]`, `[/]`."""

SIGN_STATUS: Mapping[str, PhaseStatus] = {
    sign: status for status, signs in SIGNS.items() for sign in signs
}

DECORATING = "⚠"
"""Signs that stand before a title for other reasons than its status."""
