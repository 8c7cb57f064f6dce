"""The one choke point that removes secrets: screen, document, receipt, log and JSON pass it.

Known values are found in whatever way they were written: as they are, percent-encoded, escaped
for JSON, HTML or Markdown, in hexadecimal, in base64 at any alignment and across its line ends.
What is a secret by its form, a private key or a token, is removed without being known.
"""

from __future__ import annotations

import base64
import os
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from loopkit.effects.settings import Settings

MARK = "[redacted]"
_SHORTEST_NAMED = 3
_SHORTEST_FOUND = 6

_NAMES = (
    r"(?:pass(?:word|wd|phrase)|secret|token|api_?key|access_?key|private_?key|encryption_?key"
    r"|credential|pgpass(?!file))"
)
_SECRET_NAME = re.compile(_NAMES, re.IGNORECASE)
# A name that says where a secret is kept is no secret: PGPASSFILE, TOKEN_PATH, SECRET_URL.
_PLACE_NAME = re.compile(r"(file|path|dir|url|host|user|name|id|sock)s?$", re.IGNORECASE)

_KEY_BLOCK = re.compile(
    r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----.*?"
    r"(?:-----END [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----|\Z)",
    re.DOTALL,
)
_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = (
    (_KEY_BLOCK, MARK),
    (re.compile(r"AGE-SECRET-KEY-1[0-9A-Z]{20,}"), MARK),
    # Everything up to the last @ before the path: a password may hold an @ itself.
    (re.compile(r"\b([a-z][a-z0-9+.-]{1,15}://)[^\s/?#@:]*:[^\s/?#]+@", re.IGNORECASE),
     rf"\1{MARK}@"),
    (re.compile(r"\b(https?://)[^\s/?#@:]{16,}@", re.IGNORECASE), rf"\1{MARK}@"),
    (re.compile(r"\b(Bearer|Basic)\s+[A-Za-z0-9._~+/=-]{8,}", re.IGNORECASE), rf"\1 {MARK}"),
    (re.compile(r"\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]{8,}"), MARK),
    (re.compile(r"\b(?:gh[pousr]_|github_pat_|glpat-|xox[baprs]-|npm_|dckr_pat_|hvs\.)[\w-]{16,}"),
     MARK),
    (re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"), MARK),
    (re.compile(rf"(--?[\w-]{{0,40}}{_NAMES}[\w-]{{0,40}}[= ])(?!file)(?:'[^']*'|\"[^\"]*\"|\S+)",
                re.IGNORECASE), rf"\1{MARK}"),
    (re.compile(
        rf"(\b[\w.-]{{0,40}}{_NAMES}\w{{0,40}}['\"]?\s*(?:=|:(?=\s*['\"])|:(?=\s*\S+\s*$))\s*)"
        r"(?:'[^'\n]*'|\"(?:[^\"\\\n]|\\.)*\"|[^\s'\",;}]+)",
        re.IGNORECASE | re.MULTILINE), rf"\1{MARK}"),
)  # fmt: skip


@dataclass(frozen=True)
class Redactor:
    """Removes known values, and what is a secret by its form."""

    values: tuple[str, ...] = ()
    _known: re.Pattern[str] | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        forms = [form for value in self._ordered() for form in _forms(value)]
        if forms:
            object.__setattr__(self, "_known", re.compile("|".join(forms)))

    def clean(self, text: str) -> str:
        """Returns a text without secrets."""
        if self._known is not None:
            text = self._known.sub(MARK, text)
        for pattern, instead in _PATTERNS:
            text = pattern.sub(instead, text)
        return text

    def _ordered(self) -> list[str]:
        # The longest first: a password must not leave the rest of one that begins with it.
        lines = {line for v in self.values for line in v.splitlines() if len(line) >= 8}
        return sorted({*self.values, *lines}, key=len, reverse=True)


def redact_for(settings: Settings | None) -> Callable[[str], str]:
    """Returns what removes the secrets that settings and the environment of this process name."""
    return redactor_for(settings.secrets if settings else (), os.environ).clean


def redactor_for(names: Iterable[str], environment: Mapping[str, str]) -> Redactor:
    """Returns a redactor for the variables that settings name, and those named like secrets."""
    named = [environment.get(name, "") for name in names]
    found = [value for name, value in environment.items() if _names_secret(name)]
    long = [v for v in found if len(v) >= _SHORTEST_FOUND]
    return Redactor(tuple({v for v in named if len(v) >= _SHORTEST_NAMED} | set(long)))


def _names_secret(name: str) -> bool:
    return bool(_SECRET_NAME.search(name)) and not _PLACE_NAME.search(name)


# ── The ways in which a value can be written ─────────────────────────────────────────────────


def _forms(value: str) -> Iterable[str]:
    raw = value.encode("utf-8", "surrogateescape")
    yield "".join(_character(c) for c in value)
    if len(raw) >= 5:
        yield "".join(f"(?:{b:02x}|{b:02X})" for b in raw)
        yield from (_base64(raw, offset) for offset in range(3))


def _character(c: str) -> str:
    """Returns an expression for one character: plain, percent-encoded or escaped."""
    raw = c.encode("utf-8", "surrogateescape")
    ways = [re.escape(c), "".join(f"%{_hex(f'{b:02x}')}" for b in raw)]
    if c.isascii() and not c.isalnum():
        ways.append(r"\\+" + re.escape(c))
    if c in _NAMED:
        ways.append(re.escape(_NAMED[c]))
    if c == " ":
        ways.append(r"\+")
    ways += [r"\\u" + _hex(f"{unit:04x}") for unit in _utf16(c)[:1] if ord(c) < 0x10000]
    ways.append(rf"&\#(?:{ord(c)}|[xX]0*{_hex(f'{ord(c):x}')});")
    return f"(?:{'|'.join(ways)})"


_NAMED = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\n": "\\n", "\t": "\\t"}


def _hex(digits: str) -> str:
    """Returns an expression for hexadecimal digits in either case."""
    return "".join(f"[{d}{d.upper()}]" if d.isalpha() else d for d in digits)


def _utf16(c: str) -> tuple[int, ...]:
    raw = c.encode("utf-16-be", "surrogatepass")
    return tuple(int.from_bytes(raw[i : i + 2], "big") for i in range(0, len(raw), 2))


def _base64(raw: bytes, offset: int) -> str:
    """Returns an expression for the digits that a value alone decides, `offset` bytes in.

    The digits at its edges hold bits of its neighbours, so they are left; base64 may be wrapped.
    """
    digits = base64.b64encode(b"\0" * offset + raw).decode("ascii")
    first = -(-offset * 8 // 6)
    sure = digits[first : (offset + len(raw)) * 8 // 6]
    either = {"+": "[+-]", "/": "[/_]"}
    return r"[A-Za-z0-9+/_-]?" + r"\s*".join(either.get(d, d) for d in sure) + r"[\w+/=-]?"
