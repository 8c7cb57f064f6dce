"""The plain scan and the parser give one answer, wherever the plain scan gives any."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loopkit.markdown.document import Node, parse_doubtful
from loopkit.markdown.frontmatter import read_front_matter
from loopkit.markdown.plainscan import plain_nodes
from loopkit.markdown.source import Source
from tests.written_markdown import texts

PROJECT = Path(__file__).parent.parent.parent
PAGES = sorted([*PROJECT.glob("docs/*.md"), *PROJECT.glob("loops/*.md"), *PROJECT.glob("*.md")])

TYPICAL = """\
---
status: open
---
# Kiln

> **Status:** open
> **Owner:** @mira

---

Some words
that go on:
- one
- two `code`
  goes on
  - nested

    within

1. [x] first
2. second

| Phase | Status |
|-------|:------:|
| P0    | a \\| b |

```sh
# no heading
```
<!-- a remark -->
## End
_Created: 2026-03-01_
"""

_HABITS = st.sampled_from(
    [
        *("# A", "## Phases", "text", "more text", "**bold** text", "`code` text", "", "", ""),
        *("- item", "- [ ] box", "- **P0:** x", "  - nested", "  goes on", "    deeper", "1. one"),
        *("2. two", "   - in two", "10. ten", "* star", "+ plus", "> quote", "> **A:** b", ">"),
        *("| a | b |", "|---|---|", "| 1 | 2 |", "|:-:|", "a | b", "---", "***", "===", "- - -"),
        *("```", "~~~", "````", "    code", "<!-- x -->", "<div>", "[a]: b", "[a", "-", "1.", "#a"),
        *("   three", " one", "> - x", "- > x", "- # x", "\u00a0", "\\| a", "|", "_x_", "__ _"),
    ]
)


def both(text: str) -> tuple[tuple[Node, ...] | None, tuple[Node, ...]]:
    """Returns what the plain scan gives, and what the parser gives."""
    source = Source(text)
    front = read_front_matter(source)
    before = front.lines[1] if front else 0
    start = source.starts[before] if before < len(source.starts) else len(text)
    body = source.text[start:]
    return plain_nodes(source, before, body), parse_doubtful(source, front, before, body).nodes


def test_a_typical_document_is_plain() -> None:
    plain, parsed = both(TYPICAL)
    assert plain is not None
    assert plain == parsed
    assert len(plain) == 11


@pytest.mark.parametrize(
    "line",
    ["Title\n---", "a | b\n--|--", "- a\nlazy", "<div>", "[a]: /b", "    code", "\tx", "- - x"],
)
def test_what_may_mean_something_else_is_left_to_the_parser(line: str) -> None:
    assert both(f"# A\n\n{line}\n")[0] is None


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_pages_of_the_project_are_read_alike(page: Path) -> None:
    plain, parsed = both(page.read_text("utf-8"))
    assert plain is None or plain == parsed


@settings(max_examples=600)
@given(st.lists(_HABITS, max_size=9))
def test_habitual_lines_are_read_alike(lines: list[str]) -> None:
    plain, parsed = both("\n".join(lines))
    assert plain is None or plain == parsed


@given(texts())
def test_any_lines_are_read_alike(text: str) -> None:
    plain, parsed = both(text)
    assert plain is None or plain == parsed


@settings(max_examples=300)
@given(st.integers(0, len(TYPICAL)), st.text("|-*#>`~[]<:=_+1. \n\tx", max_size=3))
def test_a_typical_document_with_something_put_in_is_read_alike(at: int, added: str) -> None:
    plain, parsed = both(TYPICAL[:at] + added + TYPICAL[at:])
    assert plain is None or plain == parsed
