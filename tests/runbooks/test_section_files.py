"""jobs.cfg by Proxmox's own rules."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.runbooks.books import module

sectioncfg = module("pve.sectioncfg")
vzdump_jobs = module("pve.vzdump_jobs")

PLAIN = "vzdump: a\n\tschedule 02:00\n\tvmid 200,201\n\nvzdump: b\n\tvmid 300\n\n"


def ids(text: str) -> list[str]:
    return list(sectioncfg.parse(text).sections)


def test_a_plain_file_has_its_sections_and_properties() -> None:
    config = sectioncfg.parse(PLAIN)
    assert ids(PLAIN) == ["a", "b"]
    assert config.sections["a"].values == {"schedule": "02:00", "vmid": "200,201"}
    assert config.misread == ()


def test_a_section_ends_only_at_an_empty_line() -> None:
    text = "vzdump: a\n\tvmid 200\nvzdump: b\n\tvmid 300\n\tmode stop\n"
    config = sectioncfg.parse(text)
    assert ids(text) == ["a"]
    assert config.sections["a"].values == {"vmid": "200", "mode": "stop"}
    assert [m.line for m in config.misread] == [3, 4]


@pytest.mark.parametrize("separator", ["\t\n", "  \n", "\r\n"])
def test_white_space_between_sections_does_not_end_one(separator: str) -> None:
    text = f"vzdump: a\n\tvmid 200\n{separator}vzdump: b\n\tvmid 300\n"
    assert ids(text) == ["a"]
    assert sectioncfg.parse(text).sections["a"].get("vmid") == "200"


def test_crlf_makes_every_later_job_vanish() -> None:
    assert ids(PLAIN.replace("\n", "\r\n")) == ["a"]


def test_a_line_that_perl_takes_for_false_ends_a_section_too() -> None:
    assert ids("vzdump: a\n\tvmid 200\n0\nvzdump: b\n\tvmid 300\n") == ["a", "b"]


def test_a_comment_inside_a_section_is_skipped_and_would_be_lost() -> None:
    config = sectioncfg.parse("vzdump: a\n\t# nightly\n\tvmid 200\n")
    assert config.sections["a"].values == {"vmid": "200"}
    assert config.comments == (2,)


def test_the_first_of_two_equal_properties_wins() -> None:
    config = sectioncfg.parse("vzdump: a\n\tvmid 200\n\tvmid 300\n")
    assert config.sections["a"].get("vmid") == "200"
    assert [m.line for m in config.misread] == [3]


def test_the_later_of_two_equal_sections_wins() -> None:
    config = sectioncfg.parse("vzdump: a\n\tvmid 200\n\nvzdump: a\n\tvmid 300\n")
    assert config.sections["a"].get("vmid") == "300"
    assert [m.line for m in config.misread] == [4]


def test_a_property_without_indent_is_misread() -> None:
    config = sectioncfg.parse("vzdump: a\nvmid 200\n\tmode stop\n")
    assert config.sections["a"].values == {"mode": "stop"}
    assert [m.line for m in config.misread] == [2]


def test_a_property_without_a_value_is_misread() -> None:
    config = sectioncfg.parse("vzdump: a\n\tvmid\n")
    assert config.sections["a"].values == {}
    assert [m.line for m in config.misread] == [2]


def test_setting_a_property_changes_one_line_and_keeps_comments() -> None:
    text = "# ours\nvzdump: a\n  schedule 02:00\n  vmid 200\n\nvzdump: b\n\tvmid 300\n"
    edited = sectioncfg.set_property(text, "a", "vmid", "200,205")
    assert edited == text.replace("  vmid 200\n", "  vmid 200,205\n")


def test_a_property_that_is_not_there_is_added_below_the_header() -> None:
    edited = sectioncfg.set_property("vzdump: a\n\tmode stop\n", "a", "vmid", "200")
    assert edited == "vzdump: a\n\tvmid 200\n\tmode stop\n"


@pytest.mark.parametrize("value", ["200\nremove 0", "200\r", "", " "])
def test_a_value_that_would_be_more_than_one_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match="cannot be a value"):
        sectioncfg.set_property(PLAIN, "a", "vmid", value)


@given(st.text(alphabet="vzdump: ab\n\t\r0#12,id", max_size=120))
def test_any_text_is_read_without_raising(text: str) -> None:
    config = sectioncfg.parse(text)
    last = len(text.split("\n"))
    assert all(1 <= m.line <= last for m in config.misread)


keys = st.sampled_from(["vmid", "mode", "storage", "comment"])
values = st.text(alphabet="abc019,:-%", min_size=1, max_size=8)


@given(st.dictionaries(keys, values), st.dictionaries(keys, values), st.sets(st.integers(100, 999)))
def test_a_set_value_is_read_back_and_nothing_else_differs(
    first: dict[str, str], second: dict[str, str], vmids: set[int]
) -> None:
    sections = (("a", first), ("b", second))
    text = "\n".join(
        f"vzdump: {name}\n" + "".join(f"\t{k} {v}\n" for k, v in props.items())
        for name, props in sections
    )
    wanted = vzdump_jobs.format_vmids(vmids | {200})
    after = sectioncfg.parse(sectioncfg.set_property(text, "b", "vmid", wanted))
    assert after.sections["b"].values == {**second, "vmid": wanted}
    assert after.sections["a"].values == first


def job(text: str) -> Any:
    return vzdump_jobs.jobs_of(sectioncfg.parse(text))[0]


@pytest.mark.parametrize("text", ["200,201", "200;201", "200 201", "201, 200"])
def test_vmids_are_a_set_however_they_are_separated(text: str) -> None:
    assert vzdump_jobs.parse_vmids(text) == {200, 201}


@pytest.mark.parametrize("line", ["all 1", "pool web", "exclude 300"])
def test_a_job_that_selects_otherwise_is_no_plain_list(line: str) -> None:
    assert line.split()[0] in job(f"vzdump: a\n\tvmid 200\n\t{line}\n").not_a_plain_list


def test_a_disabled_job_covers_nothing() -> None:
    jobs = vzdump_jobs.jobs_of(sectioncfg.parse("vzdump: a\n\tvmid 200\n\tenabled 0\n"))
    assert vzdump_jobs.covered(jobs) == frozenset()


def test_pve_9_loses_maxfiles_and_pve_8_does_not() -> None:
    config = sectioncfg.parse("vzdump: a\n\tvmid 200\n\tmaxfiles 2\n")
    assert [lost.line for lost in vzdump_jobs.lost_by_rewrite(config, 9)] == [3]
    assert vzdump_jobs.lost_by_rewrite(config, 8) == ()
