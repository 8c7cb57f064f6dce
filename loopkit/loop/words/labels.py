"""The labels of phases: `P0.5`, `Step 1b`, `Phase Two`, `阶段 3`, and what stands before them."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import NamedTuple
from unicodedata import normalize

from loopkit.loop.words.phrases import WIDE, fold
from loopkit.loop.words.remembered import remembered
from loopkit.loop.words.vocabulary import languages, number_named, split

_DIGITS = r"[0-9０-９]{1,4}(?:\.\d{1,3}){0,3}[a-zA-Z]?"
_END = rf"(?![^\W_{WIDE}]|_[^\W_])(?!-\d)"
_LAST_PART = re.compile(r"[0-9][0-9.]*[a-z]?(?![^\W_])")
_LEADING = re.compile(r"[0-9]+")
# An author who leaves out more than this did not lose a line.
_WIDEST_GAP = 4
_BLANKS = re.compile(r"\s+")
_CODE_NUMBER = re.compile(r"-?[0-9]")
# Signs, brackets, emphasis, the names of signs: all that people put before a label.
_SIGNS = r"[^\w|\n:]*(?:(?:_|:(?:[a-z0-9_+-]{1,40}:)?)[^\w|\n:]*)*"
_WORDED = re.compile(r"\[[A-Z][A-Z _-]{2,18}\][ \t]+")
_SECTION = r"(?:§[ ]?)?[0-9]{1,3}(?:\.[0-9]{1,3}){0,4}[.)]?[ \t\u00a0]+"

# Letters before a number that count something else than the phases of a plan.
_OTHER_CODES = re.compile(
    "AC|ADR|AES|CPU|CT|CVE|DDR|EOL|FR|GAP|GPU|HTTP|IP|IPV|ISO|LOOP|LUN|MAC|MD|MR|NFR|NIC|PCI"
    "|PHP|PR|RAID|RAM|REQ|RFC|RSA|SATA|SC|SHA|SSH|SSL|TLS|US|USB|UTF|VLAN|VM|WSL"
)


class Label(NamedTuple):
    """A phase's id where it stands in a text: `text[start:end]`.

    `family` is what it counts, folded: `phase`, `P`, empty for a number alone.
    """

    id: str
    start: int
    end: int
    family: str
    number: str

    @property
    def is_worded(self) -> bool:
        """Returns whether a word says what it counts: `Phase 3`."""
        return self.family.islower() or not self.family.isascii()

    def is_of(self, other: Label) -> bool:
        """Returns whether both name one phase: `P3`, `Phase 3` and `phase-3` do, and `Step 3` not.

        A number alone is of any family.
        """
        return self.number == other.number and kindred(self.family, other.family)


def kindred(one: str, other: str) -> bool:
    """Returns whether labels of two families may count the same."""
    if one == other or not one or not other:
        return True
    short, long = sorted((one, other), key=len)
    return len(short) == 1 and len(long) > 1 and short.casefold() == long[0].casefold()


def label_at(text: str, at: int = 0) -> Label | None:
    """Returns the label that begins at an offset."""
    found = _pattern().match(text, at)
    return _label(found) if found else None


def label_written(text: str, at: int) -> Label | None:
    """Returns the label that begins at an offset, be it in the wrong case: `p2`."""
    return label_at(text, at) or label_at(text[at : at + 24].upper())


@remembered
def label_in(text: str) -> Label | None:
    """Returns the label that a line begins with, whatever signs or section number come before."""
    worded = _WORDED.match(text) if text.startswith("[") else None
    found = _line().match(text, worded.end() if worded else 0)
    return _label(found) if found else None


def numbered(text: str) -> Label | None:
    """Returns a text that is a number alone, or a short code, as the label it is: `4a`, `3.2`."""
    bare = text.strip("*_`~ \t\u00a0.)#")
    found = re.fullmatch(_DIGITS, bare)
    if found is None:
        return None
    start = text.find(bare)
    return Label(bare, start, start + len(bare), "", number(bare))


def _label(found: re.Match[str]) -> Label | None:
    id, code = found["label"], found["code"]
    if code is None:
        word = found["word"] or found["later"] or found["named"]
        counted = found["n"] or found["count"] or found["nth"]
        return Label(_BLANKS.sub(" ", id), *found.span("label"), fold(word), number(counted))
    if _OTHER_CODES.fullmatch(code):
        return None
    return Label(id, *found.span("label"), code, found["c"].lower())


@cache
def _pattern() -> re.Pattern[str]:
    words = sorted({form for one in languages() for form in _forms(one.labels)}, key=_longest)
    wide = [word for word in words if re.search(f"[{WIDE}]", word)]
    slim = [word for word in words if word not in wide]
    # A letter or a number in words needs what follows to be no further word: `Track a day`.
    spelt = rf"(?:(?-i:[A-Z]|[IVX]{{1,5}})(?!')|{_number_words()})(?![ \t]+[a-z])"
    return re.compile(
        rf"(?P<label>(?P<word>(?i:{_any(slim)})(?=[ \t\u00a0#_№-]|[0-9])|{_any(wide)})"
        rf"[ \t\u00a0]?[-#_№]?[ \t\u00a0]?(?P<n>{_DIGITS}|(?<=[ \t\u00a0{WIDE}_-]){spelt})"
        rf"|第[ ]?(?P<count>[0-9]{{1,3}}|[一二三四五六七八九十两]{{1,3}})[ ]?"
        rf"(?P<later>{_any(wide)})"
        rf"|(?P<nth>[0-9]{{1,3}})(?:\.|st|nd|rd|th|er|e|ème|ère|º|ª|-й|-я|-е)[ \t\u00a0]"
        rf"(?P<named>(?i:{_any(slim)}))(?=[ \t\u00a0*_]*(?:[:：—–(]|-[ \t]|$))"
        rf"|(?P<code>[A-Z]{{1,5}})-?(?P<c>[0-9]{{1,4}}(?:\.[0-9]{{1,3}}){{0,3}}[a-z]?)){_END}"
    )


def _number_words() -> str:
    """Returns the number words as an expression: those of wide scripts alone stand unparted."""
    forms = {form for one in languages() for form in _forms(one.numbers.replace("/", "|"))}
    return f"(?i:{_any(sorted(forms, key=_longest))})"


def _forms(words: str) -> set[str]:
    """Returns phrases as written and without their accents."""
    return {form for word in split(words) for form in (word, fold(word))}


def _longest(word: str) -> tuple[int, str]:
    return -len(word), word


def _any(words: list[str]) -> str:
    return "|".join(re.escape(word) for word in words)


@cache
def _line() -> re.Pattern[str]:
    return re.compile(rf"{_SIGNS}(?:{_SECTION}{_SIGNS})?{_pattern().pattern}")


@lru_cache(maxsize=512)
def begins_label(families: frozenset[str]) -> re.Pattern[str] | None:
    """Returns an expression for the beginnings of lines that a label of these families follows."""
    words = {form for one in languages() for form in _forms(one.labels)}
    spelt = sorted({w for w in words for f in families if kindred(fold(w), f)}, key=_longest)
    codes = sorted({family for family in families if family.isascii() and family.isupper()})
    if not spelt and not codes:
        return None
    first = "".join(
        sorted({c for word in (*spelt, *codes) for c in (word[0].lower() + word[0].upper())})
    )
    named = [f"(?i:{_any(spelt)})", *(rf"(?i:{code})-?(?=[0-9])" for code in codes)]
    junk = r"[^\w\n<]*(?:(?:_|[xX]\]|<[^>\n]{0,80}>)[^\w\n<]*)*"
    lead = rf"{junk}(?:[0-9]{{1,3}}(?:\.[0-9]{{1,3}})*[.)]?[ \t]+{junk})?"
    return re.compile(rf"^{lead}(?=[{first}第])(?=第|(?i:{'|'.join(named)}))", re.MULTILINE)


def place_of(number: str) -> int | None:
    """Returns where a number or a letter stands in its series; None for what is neither."""
    if digits := _LEADING.match(number):
        return int(digits[0])
    return ord(number) - ord("a") + 1 if len(number) == 1 and "a" <= number <= "z" else None


def left_out(before: Label | None, after: Label | None) -> range:
    """Returns the numbers that are left out between two labels of one family."""
    if before is None or after is None or before.family != after.family:
        return range(0)
    first, second = place_of(before.number), place_of(after.number)
    if first is None or second is None or second - first > _WIDEST_GAP:
        return range(0)
    return range(first + 1, second)


def family(id: str) -> str:
    """Returns what a label counts, as one letter: `P` for `P0` and `Phase 0`, none for `3`."""
    return id[:1].upper() if id[:1].isalpha() else ""


def number(id: str) -> str:
    """Returns what a label says after its word or letter, in lower case: `0.5`, `1b`, `a`."""
    lowered = id.lower() if id.isascii() else normalize("NFKC", id).lower()
    if lowered.isdigit():
        return lowered
    found = [*_LAST_PART.finditer(lowered)]
    if found:
        return found[-1][0].rstrip(".")
    last = re.split(r"[\s_-]+", lowered.strip())[-1]
    named = number_named(last)
    return last if named is None else str(named)
