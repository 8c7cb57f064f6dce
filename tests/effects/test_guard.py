"""What a step may send: only what reads, until it is its turn to change something."""

from __future__ import annotations

import pytest

from loopkit.effects.run.guard import Guard, refuse_put
from loopkit.effects.run.policy import Policy
from loopkit.errors import NotReadOnly


def a_guard(*, read_only: bool = False) -> Guard:
    return Guard(Policy(frozenset({("qm", "list")})), read_only=read_only, reader="a check")


def test_a_command_that_reads_is_let_through_and_so_is_what_a_runbook_declares() -> None:
    a_guard().check_read("pve", ["cat", "/etc/hostname"], stdin=False)
    a_guard().check_read("pve", ["qm", "list"], stdin=False)


def test_a_command_that_may_change_is_refused_with_what_where_and_how_to_declare_it() -> None:
    with pytest.raises(NotReadOnly) as refused:
        a_guard().check_read("pve", ["qm", "stop", "200"], stdin=False)
    assert refused.value.what == "qm stop 200 is not known to only read"
    assert refused.value.where == "pve"
    assert refused.value.why == (
        "nothing says that qm only reads; if it does only read, the runbook says so by "
        "read_only('qm', 'stop')"
    )


def test_input_to_a_program_that_does_what_it_says_is_refused() -> None:
    argv = ["sqlite3", "-readonly", "/x.db"]
    a_guard().check_read("pve", argv, stdin=False)
    with pytest.raises(NotReadOnly, match="what its input says"):
        a_guard().check_read("pve", argv, stdin=True)


@pytest.mark.parametrize(("read_only", "who"), [(False, "a check"), (True, "a read-only phase")])
def test_a_change_is_refused_before_its_turn_and_says_who_only_reads(
    read_only: bool, who: str
) -> None:
    with pytest.raises(NotReadOnly) as refused:
        a_guard(read_only=read_only).check_change("pve", ["touch", "/a b"])
    assert refused.value.what == "touch '/a b' may change pve"
    assert (refused.value.where, refused.value.why) == ("pve", f"{who} only reads")


def test_a_change_within_a_change_leaves_the_outer_one_its_turn() -> None:
    guard = a_guard()
    with guard.changes():
        with guard.changes():
            guard.check_change("pve", ["touch", "/x"])
        guard.check_change("pve", ["touch", "/x"])
    assert guard.changing is False


def test_a_change_that_raises_ends_its_turn_too() -> None:
    guard = a_guard()
    with pytest.raises(KeyError), guard.changes():
        raise KeyError
    assert guard.changing is False


def test_a_read_only_phase_never_has_a_turn() -> None:
    guard = a_guard(read_only=True)
    with pytest.raises(NotReadOnly, match="a read-only phase has a step that changes"):
        guard.changes().__enter__()
    assert guard.changing is False


@pytest.mark.parametrize("path", ["x", "./x", "/a/../b", "/a//b", "/a/", "/a\nb", ""])
def test_a_file_goes_only_where_its_path_says_without_detour(path: str) -> None:
    assert refuse_put(path, 0o644, "") == f"{path!r} is no absolute path without `..`"
    assert refuse_put("/etc/cron.d/x", 0o644, "") == ""


@pytest.mark.parametrize("mode", [0o666, 0o602, 0o1777, 0o10644, -1])
def test_a_mode_that_lets_anyone_write_or_is_none_is_refused(mode: int) -> None:
    assert refuse_put("/x", mode, "") == f"mode {mode:o} would let anyone write it"


@pytest.mark.parametrize("mode", [0, 0o600, 0o644, 0o755, 0o664, 0o4755, 0o7775])
def test_any_other_mode_is_taken(mode: int) -> None:
    assert refuse_put("/x", mode, "") == ""


@pytest.mark.parametrize("owner", ["root:", ":root", "root root", "-R", "a:b:c", "$(id)"])
def test_an_owner_that_is_no_name_is_refused(owner: str) -> None:
    assert refuse_put("/x", 0o644, owner) == f"{owner!r} is no user:group"


@pytest.mark.parametrize("owner", ["", "root", "root:root", "www-data:www-data", "1000:1000", "_x"])
def test_a_user_with_or_without_a_group_is_an_owner(owner: str) -> None:
    assert refuse_put("/x", 0o644, owner) == ""
