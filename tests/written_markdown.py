"""Markdown that hypothesis writes: what people write, and what nobody would."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import strategies as st

_LINES = (
    *("# LOOP-KILN-20260301", "## Phases", "### P0 — Fire (DONE)", "## Status: closed", "Title"),
    *("===", "---", "> **Status:** open", "> > **Owner:** @mira", ">", "- P0: Fire — **DONE**"),
    *("- [x] P1: Cool", "  - nested", "    deep", "\tcode", "1. **P0 First** — rest", "2) other"),
    *("* + - x", "```", "~~~ text", "| Phase | Scope | Dependency | Status |", "|---|:--|--:|---|"),
    *("| P0 | a \\| b | None | done |", "P1 | no outer pipes | P0 | `x | y`", "| P2 | short |"),
    *("|", "||", "| é 🎉 | 漢字 | P0-P2 | ✅ |", "status: open", "owner: @mira", "a: b: c"),
    *("blocked_by: [LOOP-A, LOOP-B]", "  - LOOP-C-20260101", "**Status:** open | **Owner:** x"),
    *("_Closed: 2026-03-01_", "P0 Triage (local): text", "<div>", "<!-- | P9 | x | -->"),
    *("[ref]: /url", "LOOP-X reaches P1+", "", "", " ", "\u2028", "\ufeff", "\0"),
)
_ENDS = ("\n", "\n", "\n", "\r\n", "\r")

words = st.text("ab|\\`*_-+[]()>#:.~ \t\u2028\u00a0é🎉P0123", max_size=24)
lines = st.one_of(st.sampled_from(_LINES), words)


@st.composite
def texts(draw: st.DrawFn, ends: Sequence[str] = _ENDS) -> str:
    """Returns lines that look like a loop document, with any line ends, or none at the end."""
    body = draw(st.lists(lines, max_size=24))
    pieces = [line + draw(st.sampled_from(ends)) for line in body]
    text = "".join(pieces)
    if draw(st.booleans()):
        text = "---\n" + text
    return text.rstrip("\r\n") if draw(st.booleans()) else text


@st.composite
def tables(draw: st.DrawFn) -> str:
    """Returns a GFM table, its rows ragged or not, with or without outer pipes."""
    width = draw(st.integers(1, 4))
    cell = st.text("ab\\`* \té漢|", max_size=6).map(lambda text: text.replace("\n", ""))
    header = "|" + "|".join(f" h{i} " for i in range(width)) + "|"
    delimiter = "|" + "|".join([draw(st.sampled_from(("---", ":-:", "--:")))] * width) + "|"
    rows = []
    for _ in range(draw(st.integers(0, 4))):
        cells = draw(st.lists(cell, min_size=1, max_size=5))
        outer = draw(st.booleans())
        row = "|".join(cells)
        rows.append(f"|{row}|" if outer else f"x{row}")
    return "\n".join([header, delimiter, *rows]) + "\n"
