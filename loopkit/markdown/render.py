"""Evidence -> Markdown that cannot be mistaken for state: the one place that escapes.

What a host printed is data. A text that only shows stays as it was written; what would end a
cell, begin a block, load something, hide something or move a cursor is escaped or named. Every
function takes raw text and returns whole lines, or one line's part, without line ends.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

CELL_LIMIT = 300
LINE_LIMIT = 2_000
ROW_LIMIT = 200
FENCE_LIMIT = 60

# CSI, OSC and the like (to BEL or ST, or cut off), two-character sequences: ECMA-48, 5.3 to 5.6.
_TERMINAL = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"
    r"|(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c\n]*(?:\x07|\x1b\\|\x9c)?"
    r"|\x1b[ -/]*[0-~]"
)
_LINE_BREAK = re.compile("\r\n|[\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_SUSPECT = re.compile(r"[^\t\n -~]")
_CODE = re.compile(r"(?<!`)(`{1,9})(?!`)(.+?)(?<!`)\1(?!`)")
_ACTIVE = re.compile(
    r"\\(?=[!-/:-@\[-`{-~]|$)"  # would escape what follows
    r"|`"  # no code span: those are cut out before
    r"|<(?=[A-Za-z/!?])"  # HTML: may hide what follows
    r"|&(?=#?\w{1,32};)"  # an entity
    r"|(?<=!)\["  # an image: loaded when the document is looked at
    r"|(?<=\])\((?=\s*<?(?:[A-Za-z][\w+.-]*:|//))"  # a link that leaves the repository
)
_BLOCK_START = re.compile(
    r"(?P<number>\d{1,9})(?=[.)](?:\s|$))"
    r"|(?=#{1,6}(?:\s|$)|>|[-+*](?:\s|$)|~~~|[-=_*](?:\s*[-=_*])*$|\[[ xX]\]|\[[^\]]*\]:|\|)"
)


def line(text: str, limit: int = LINE_LIMIT) -> str:
    """Returns text as the inside of a line that something else begins: a heading, a field."""
    return _inline(_one_line(text, limit))


def cell(text: str, limit: int = CELL_LIMIT) -> str:
    """Returns text as a cell of a table."""
    return escape_pipes(line(text, limit))


def escape_pipes(markdown: str) -> str:
    """Returns what `line` gave as a cell of a table."""
    # The only escape that a table knows, and it holds within code as well (GFM 4.10).
    return markdown.replace("|", r"\|")


def heading(level: int, text: str, guarded: bool = False) -> str:
    """Returns an ATX heading; `guarded` shows the text as code."""
    # A closing run of # would be taken off.
    shown = code(text) if guarded else re.sub(r"(#+)$", r"\\\1", line(text, CELL_LIMIT))
    return f"{'#' * level} {shown}".rstrip()


def paragraph(text: str, guarded: bool = False) -> list[str]:
    """Returns one-line paragraphs as prose, and anything else, or when `guarded`, as a fence."""
    chunks = re.split(r"\n\s*\n", _clean(text).strip())
    if guarded or any("\n" in chunk for chunk in chunks):
        return fence(text)
    return [part for chunk in chunks if chunk for part in ("", _start(line(chunk)))][1:]


def bullets(items: Sequence[str]) -> list[str]:
    """Returns a list, one line an item."""
    shown = [f"- {_start(line(item))}".rstrip() for item in items[:ROW_LIMIT]]
    return shown + [f"- … {extra} more" for extra in _extra(items)]


def table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Returns a table; a row with more cells than columns gets columns without a name."""
    width = max((len(row) for row in (columns, *rows[:ROW_LIMIT])), default=0)
    if not width:
        return []
    header = [cell(column) for column in _padded(columns, width)]
    shown = [_row([cell(value) for value in _padded(row, width)]) for row in rows[:ROW_LIMIT]]
    more = [_row(_padded([f"… {extra} more"], width)) for extra in _extra(rows)]
    dashes = "|".join("-" * (len(name) + 2) for name in header)
    return [_row(header), f"|{dashes}|", *shown, *more]


def fence(text: str) -> list[str]:
    """Returns text as a fenced block, as it was printed less what moves a cursor."""
    lines = [_cut(part, LINE_LIMIT).rstrip() for part in _clean(text).strip("\n").split("\n")]
    shown = lines[:FENCE_LIMIT] + [f"… {extra} more lines" for extra in _extra(lines, FENCE_LIMIT)]
    longest = max((len(run) for part in shown for run in re.findall(r"`+", part)), default=0)
    ticks = "`" * max(3, longest + 1)
    return [f"{ticks}text", *shown, ticks]


def code(text: str) -> str:
    """Returns text as a code span: shown to the letter, and read as nothing."""
    shown = _one_line(text, CELL_LIMIT)
    longest = max((len(run) for run in re.findall(r"`+", shown)), default=0)
    ticks = "`" * (longest + 1)
    pad = " " if shown.startswith("`") or shown.endswith("`") else ""
    return f"{ticks}{pad}{shown}{pad}{ticks}" if shown else ""


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _padded(cells: Sequence[str], width: int) -> list[str]:
    return [*cells, *[""] * (width - len(cells))]


def _extra(parts: Sequence[object], limit: int = ROW_LIMIT) -> list[int]:
    return [len(parts) - limit] if len(parts) > limit else []


def _one_line(text: str, limit: int) -> str:
    # A megabyte is cut before it is looked at; sequences that are taken out may shorten it more.
    return _cut(" ".join(_clean(text).split()), limit)


def _cut(text: str, limit: int) -> str:
    return (
        text if len(text) <= limit else f"{text[:limit]}… ({len(text) - limit:,} more characters)"
    )


def _clean(text: str) -> str:
    """Returns text with line ends as `\\n` and no character that cannot be seen."""
    broken = _LINE_BREAK.sub("\n", _TERMINAL.sub("", text))
    return _SUSPECT.sub(lambda match: _named(match.group()), broken)


def _named(character: str) -> str:
    point = ord(character)
    category = unicodedata.category(character)
    if point < 0x20:
        return chr(0x2400 + point)
    if category in ("Cs", "Cc"):
        return "\ufffd"
    # Zero-width joiners make emoji; other format characters reorder or hide text.
    if category == "Cf" and point not in (0x200C, 0x200D):
        return f"⟨U+{point:04X}⟩"
    return " " if category == "Zs" else character


def _inline(text: str) -> str:
    """Escapes what is not shown as written, outside code spans, whose ticks must match."""
    parts: list[str] = []
    at = 0
    for match in _CODE.finditer(text):
        parts += _escaped(text[at : match.start()]), match.group()
        at = match.end()
    return "".join((*parts, _escaped(text[at:])))


def _escaped(text: str) -> str:
    return _ACTIVE.sub(lambda match: "\\" + match.group(), text)


def _start(text: str) -> str:
    """Escapes the first character where it would begin a block."""
    match = _BLOCK_START.match(text)
    return text if match is None else f"{text[: match.end()]}\\{text[match.end() :]}"
