"""Nothing in a document makes the reader crash, hang, or take more than its size in time."""

from __future__ import annotations

import time

import pytest

from loopkit.loop.parse.reader import read
from loopkit.markdown.source import Source

HEAD = "# LOOP-A-20260101\n\n> **Status:** open\n\n## Phases\n\n"
TWO = HEAD + "### P0: x\n\n### P1: y\n\n"
TABLE = HEAD + "| Phase | Scope | Dependency | Status |\n|---|---|---|---|\n"


def rows(count: int, dependency: str = "P{before}") -> str:
    cells = (dependency.format(before=i - 1, first=0) for i in range(count))
    return "".join(f"| P{i} | scope | {cell} | done |\n" for i, cell in enumerate(cells))


CASES = {
    "nested quotes": lambda n: ">" * n + " x\n",
    "quoted fields": lambda n: "> **Status:** open\n" * (n // 20),
    "a long table": lambda n: TABLE + rows(n // 40),
    "ranges": lambda n: TABLE + rows(n // 40, "P{first}-P{before}"),
    "all before": lambda n: TABLE + rows(n // 40, "all previous phases"),
    "pipes": lambda n: TABLE + "|" * n + "\n",
    "a wide header": lambda n: HEAD + "|a" * (n // 4) + "|\n" + "|-" * (n // 4) + "|\n",
    "a deep list": lambda n: "".join(" " * 2 * i + "- x\n" for i in range(int(n**0.5))),
    "a list on one line": lambda n: "- * " * (n // 4),
    "many items": lambda n: HEAD + "- P0: fire — DONE (x)\n" * (n // 20),
    "nested items": lambda n: HEAD + "- P0: fire\n" + "  - x\n" * (n // 6),
    "headings": lambda n: HEAD + "".join(f"### P{i}: x\n" for i in range(n // 12)),
    "one heading": lambda n: HEAD + "### P1: x\n" * (n // 10),
    "checkboxes": lambda n: HEAD + "### P0: x\n" + "- [ ] y\n" * (n // 8),
    "dashes": lambda n: HEAD + "- P0: " + "— " * (n // 2),
    "brackets": lambda n: HEAD + "- P0: " + "(" * (n // 2) + ")" * (n // 2),
    "plus": lambda n: f"{TABLE}| P0 | x | {'P1 + ' * (n // 5)} | y |\n",
    "loops": lambda n: f"{TABLE}| P0 | x | {'LOOP-X ' * (n // 7)} | y |\n",
    "commas": lambda n: f"{TABLE}| P0 | x | {'a, ' * (n // 3)} | y |\n",
    "spaces": lambda n: HEAD + "- P0: a" + " " * n + "b\n",
    "stars": lambda n: "**a " * (n // 4),
    "fields in a line": lambda n: "> " + "**a:** " * (n // 7),
    "labels": lambda n: HEAD + "- " + "P0." * (n // 3),
    "digits": lambda n: f"{TABLE}| P0 | x | {'1' * n} | {'1 ' * n} |\n",
    "sentences": lambda n: TWO + "Depends on P0. " * (n // 15),
    "dependency words": lambda n: TWO + "needs P0 " * (n // 9),
    "words for nothing": lambda n: TWO + "after the " * (n // 10),
    "groups": lambda n: TWO + "(after P0) " * (n // 11),
    "open groups": lambda n: TWO + "(" * (n // 2) + " after P0 " + "[" * (n // 2),
    "days": lambda n: TWO + "wait " + "1 day " * (n // 6),
    "nested bullets": lambda n: HEAD + "- P0: x\n" + "  - after P1 x\n" * (n // 15),
    "notes": lambda n: TABLE.replace("Scope", "Notes") + rows(n // 40).replace("scope", "needs P1"),
    "a cell of groups": lambda n: f"{TABLE}| P0 | x | {'P1 (x) and ' * (n // 11)} | y |\n",
    "without spaces": lambda n: TWO + "完成后" * (n // 3),
    "references": lambda n: "[a]: b\n" * (n // 7),
    "paragraphs": lambda n: "a\n\n" * (n // 3),
    "one paragraph": lambda n: "word\n" * (n // 5),
    "open comment": lambda n: "<!--\n" * (n // 5),
    "open front matter": lambda n: "---\n" + "a: b\n" * (n // 5),
    "NUL": lambda n: HEAD + "\0" * n,
    "carriage returns": lambda n: (TABLE + rows(n // 40)).replace("\n", "\r"),
    "tabs": lambda n: HEAD + "\t" * n + "x",
    "U+2028": lambda n: HEAD + "\u2028" * n,
    "no line end": lambda n: HEAD.rstrip(),
    "nothing": lambda n: "",
}


@pytest.mark.parametrize("name", CASES)
def test_reading_takes_time_in_proportion_to_size(name: str) -> None:
    small, large = (_seconds(CASES[name](size)) for size in (20_000, 80_000))
    # Four times the size may take four times as long; sixteen times would be quadratic.
    assert large < 9 * small + 0.15, f"{small:.3f}s, then {large:.3f}s"


def _seconds(text: str) -> float:
    """Returns the least processor time of three readings."""
    times = []
    for _ in range(3):
        begun = time.process_time()
        read(Source(text), "LOOP-A-20260101.md")
        times.append(time.process_time() - begun)
    return min(times)


def test_ten_megabytes_of_a_table_are_read() -> None:
    text = (
        HEAD + "| Rack | State |\n|---|---|\n" + "| some rack here | some state here |\n" * 280_000
    )
    assert len(text) > 10_000_000
    assert read(Source(text), "LOOP-A-20260101.md").loop.phases == ()


def test_a_hundred_thousand_nested_quotes_are_read_and_reported() -> None:
    loop = read(Source(">" * 100_000 + " x\n"), "LOOP-A-20260101.md").loop
    assert "too-deep" in [finding.code for finding in loop.findings]
