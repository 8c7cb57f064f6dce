"""Text that is safe on any terminal: no control character of a host or a document gets through."""

from __future__ import annotations

import re
import shlex
import unicodedata
from pathlib import Path

from loopkit.errors import LoopkitError

# Cc: control characters. Cf: bidi overrides, zero-width characters. Cs: lone surrogates.
# Zl, Zp: U+2028 and U+2029, which some terminals take for line ends.
_UNSAFE = {"Cc", "Cf", "Cs", "Zl", "Zp"}


def printable(text: str) -> str:
    """Returns text on one line, each unsafe character as a visible escape."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_escaped(char) for char in text)


def printable_lines(text: str) -> str:
    """Returns text with its newlines and tabs kept, each other unsafe character escaped."""
    return "\n".join(
        "\t".join(printable(part) for part in line.split("\t")) for line in text.split("\n")
    )


def _escaped(char: str) -> str:
    if unicodedata.category(char) not in _UNSAFE:
        return char
    return char.encode("unicode_escape", "surrogatepass").decode("ascii")


def error_text(error: LoopkitError) -> str:
    """Returns an error as lines: what and where, why, and the command that helps."""
    head = f"{error.where}: {error.what}" if error.where else error.what
    lines = [f"loop: {printable(head)}"]
    if error.why:
        lines.append("  why   " + printable_lines(error.why).replace("\n", "\n        "))
    help = error.help or _opens(error.where)
    if help:
        lines.append(f"  try   {printable(help)}")
    return "\n".join(lines)


def _opens(where: str) -> str:
    """Returns the command that opens the very line, where a file is what is wrong."""
    place = re.fullmatch(r"(.+?)(?::(\d+))?", where)
    if place is None or not Path(place[1]).is_file():
        return ""
    line = f"+{place[2]} " if place[2] else ""
    return f"${{EDITOR:-vi}} {line}{shlex.quote(place[1])}"
