"""Front matter, valid or not: every scalar at the top has its place."""

from __future__ import annotations

import pytest

from loopkit.markdown.document import FrontMatter, parse
from loopkit.markdown.source import Source


def front(body: str) -> FrontMatter:
    matter = parse(Source(f"---\n{body}---\n# A\n")).front_matter
    assert matter is not None
    return matter


def pairs(matter: FrontMatter) -> list[tuple[str, str]]:
    return [(field.name, field.value.text) for field in matter.fields]


def test_scalars_keep_their_quotes_and_lose_their_comments() -> None:
    matter = front("status: open  # since spring\nowner: \"@mira\"\ntitle: 'a: b'\nclosed:\n")
    assert pairs(matter) == [
        ("status", "open"), ("owner", '"@mira"'), ("title", "'a: b'"), ("closed", ""),
    ]  # fmt: skip
    assert [field.line for field in matter.fields] == [2, 3, 4, 5]


def test_a_list_gives_one_field_an_entry() -> None:
    matter = front("blocked_by:\n  - LOOP-A\n  - LOOP-B\ngaps: [one, 'two']\n")
    assert pairs(matter) == [
        ("blocked_by", "LOOP-A"), ("blocked_by", "LOOP-B"), ("gaps", "one"), ("gaps", "'two'"),
    ]  # fmt: skip


def test_what_lies_deeper_is_not_of_the_header() -> None:
    assert pairs(front("meta:\n  status: closed\nstatus: open\n")) == [("status", "open")]


def test_an_unquoted_colon_is_a_fault_and_the_rest_is_read() -> None:
    matter = front("status: open\nobjective: benches: two\nblocked_by:\n- LOOP-A\n")
    assert "mapping values are not allowed" in matter.fault
    assert matter.fault_line == 3
    assert pairs(matter) == [
        ("status", "open"), ("objective", "benches: two"), ("blocked_by", "LOOP-A"),
    ]  # fmt: skip


def test_an_unquoted_at_sign_is_a_fault_too() -> None:
    matter = front("owner: @mira # her\n")
    assert matter.fault
    assert pairs(matter) == [("owner", "@mira")]


@pytest.mark.parametrize(
    "body",
    [
        "a: " + "[" * 50_000 + "\n",
        "a: &a [x]\n" + "".join(f"b{i}: &b{i} [*a, *a]\n" for i in range(2_000)),
        "a: " + "&a " * 5_000 + "\n",
        "a: b\n" * 30_000,
        "- " * 5_000 + "x\n",
    ],
    ids=["brackets", "aliases", "anchors", "many keys", "nested lists"],
)
def test_hostile_front_matter_is_read_or_refused_at_once(body: str) -> None:
    matter = parse(Source(f"---\nstatus: open\n{body}---\n")).front_matter
    assert matter is not None
    assert ("status", "open") in pairs(matter)


def test_control_characters_are_a_fault() -> None:
    matter = front("status: open\nnote: a\0b\n")
    assert matter.fault
    assert pairs(matter) == [("status", "open"), ("note", "a\0b")]


def test_front_matter_keeps_its_places_with_any_line_ends() -> None:
    source = Source("---\r\nstatus: öpen 🎉\r\nowner: x\r\n---\r\n")
    matter = parse(source).front_matter
    assert matter is not None
    assert [source.cut(field.value.span) for field in matter.fields] == ["öpen 🎉", "x"]
    assert [source.cut(field.name_span) for field in matter.fields] == ["status", "owner"]


# ── TOML ─────────────────────────────────────────────────────────────────────


def toml(body: str) -> FrontMatter:
    matter = parse(Source(f"+++\n{body}+++\n# A\n")).front_matter
    assert matter is not None
    return matter


def test_toml_is_front_matter_too() -> None:
    matter = toml('status = "in-progress"  # since May\ndate = 2026-02-03\ntags = ["a", \'b\']\n')
    assert (matter.fault, matter.syntax) == ("", "TOML")
    assert pairs(matter) == [
        ("status", '"in-progress"'), ("date", "2026-02-03"), ("tags", '"a"'), ("tags", "'b'"),
    ]  # fmt: skip


def test_what_lies_in_a_table_of_toml_is_not_of_the_header() -> None:
    assert pairs(toml('status = "open"\n[extra]\nstatus = "closed"\n')) == [("status", '"open"')]


def test_toml_that_is_none_is_read_line_by_line_and_the_fault_told() -> None:
    matter = toml('title = "Tides"\nstatus = open\n')
    assert pairs(matter) == [("title", '"Tides"'), ("status", "open")]
    assert matter.fault_line == 3
    assert matter.fault
