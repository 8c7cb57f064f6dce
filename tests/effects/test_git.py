"""git, the real one: rows and their commits, diffs, and one commit of just these files."""

from __future__ import annotations

import os
import subprocess
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from loopkit.effects import git
from loopkit.errors import Failed
from loopkit.loop.snapshot import When

FIRST = datetime(2026, 2, 8, 12, 42, tzinfo=timezone(timedelta(hours=-5)))
SECOND = FIRST + timedelta(days=1)
ROWS = "| Phase | Status |\n|---|---|\n| P3 | done |\n| P4 | pending |\n"


@pytest.fixture(autouse=True)
def no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_SYSTEM", os.devnull)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    run(tmp_path, "init", "-q", "-b", "main")
    run(tmp_path, "config", "user.name", "Mira")
    run(tmp_path, "config", "user.email", "mira@example.org")
    return tmp_path


def run(folder: Path, *argv: str, at: datetime = FIRST) -> str:
    dates = {"GIT_AUTHOR_DATE": at.isoformat(), "GIT_COMMITTER_DATE": at.isoformat()}
    done = subprocess.run(
        ["git", *argv], cwd=folder, env=os.environ | dates, capture_output=True, check=True
    )
    return done.stdout.decode().strip()


def committed(root: Path, text: str, at: datetime = FIRST, name: str = "loop.md") -> str:
    (root / name).write_bytes(text.encode())
    run(root, "add", "--", name)
    run(root, "commit", "-q", "-m", "x", at=at)
    return run(root, "rev-parse", "HEAD")[:7]


def last_changed(path: Path, line: int) -> When:
    return git.changed_at(path, [line])[line]


# ── When a row changed ──────────────────────────────────────────────────────


def test_a_row_is_as_old_as_the_commit_that_changed_it_last(root: Path) -> None:
    first = committed(root, ROWS)
    second = committed(root, ROWS.replace("pending", "done"), SECOND)
    assert last_changed(root / "loop.md", 3) == When(FIRST, f"commit {first}")
    found = git.changed_at(root / "loop.md", [3, 4])
    assert [(w.at, w.source) for w in found.values()] == [
        (FIRST, f"commit {first}"),
        (SECOND, f"commit {second}"),
    ]


def test_white_space_around_a_cell_does_not_make_it_younger(root: Path) -> None:
    committed(root, ROWS)
    committed(root, ROWS.replace("| P3 | done |", "| P3  |  done  |"), SECOND)
    assert last_changed(root / "loop.md", 3).at == FIRST


def test_a_row_that_moved_within_an_edit_of_others_keeps_its_time(root: Path) -> None:
    committed(root, ROWS)
    committed(root, "# Title\n\n" + ROWS, SECOND)
    assert last_changed(root / "loop.md", 5).at == FIRST


def test_a_row_that_is_not_committed_is_unknown_and_the_others_are_not(root: Path) -> None:
    committed(root, ROWS)
    (root / "loop.md").write_text(ROWS.replace("pending", "done"))
    found = git.changed_at(root / "loop.md", [3, 4])
    assert found[3].at == FIRST
    assert found[4] == When(None, "the line is not committed")


@pytest.mark.parametrize("prepare", ["untracked", "no repository", "no commit"])
def test_without_history_it_is_unknown_and_says_why(
    root: Path, tmp_path_factory: pytest.TempPathFactory, prepare: str
) -> None:
    folder = tmp_path_factory.mktemp("bare") if prepare == "no repository" else root
    if prepare == "untracked":
        committed(root, "x", name="other.md")
    (folder / "loop.md").write_text(ROWS)
    when = last_changed(folder / "loop.md", 3)
    assert when.at is None
    assert when.source.startswith("git does not say: ")
    assert len(when.source) > len("git does not say: ")


def test_without_git_it_is_unknown(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    committed(root, ROWS)
    monkeypatch.setenv("PATH", "")
    when = last_changed(root / "loop.md", 3)
    assert when.at is None
    assert "git" in when.source


def test_where_a_shallow_clone_cuts_history_off_nothing_is_guessed(
    root: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    committed(root, ROWS)
    second = committed(root, ROWS.replace("pending", "done"), SECOND)
    committed(root, ROWS.replace("pending", "done") + "\nMore.\n", SECOND + timedelta(days=1))
    clone = tmp_path_factory.mktemp("clone") / "c"
    run(root, "clone", "-q", "--depth", "2", root.as_uri(), str(clone))
    assert "cut off at commit " + second in last_changed(clone / "loop.md", 3).source
    assert last_changed(clone / "loop.md", 6).at == SECOND + timedelta(days=1)


@pytest.mark.parametrize("ends", ["\r\n", "\r"])
def test_other_line_ends_point_at_the_right_row(root: Path, ends: str) -> None:
    committed(root, "a\nb\n" + ROWS)
    text = "a" + ends + "b\n" + ROWS.replace("pending", "done")
    committed(root, text, SECOND)
    assert last_changed(root / "loop.md", 5).at == FIRST
    assert last_changed(root / "loop.md", 6).at == SECOND


def test_a_line_that_is_not_there_is_unknown(root: Path) -> None:
    committed(root, ROWS)
    assert last_changed(root / "loop.md", 99).at is None


def test_a_name_that_looks_like_an_option_or_a_pattern_is_a_name(root: Path) -> None:
    for name in ("-rf.md", ":(glob)*.md", "a b'\"$(id).md"):
        committed(root, ROWS, name=name) if not name.startswith((":", "-")) else None
        if name.startswith((":", "-")):
            (root / name).write_text(ROWS)
            run(root, "--literal-pathspecs", "add", "--", name)
            run(root, "commit", "-q", "-m", "x")
        assert last_changed(root / name, 3).at == FIRST


def test_reading_runs_nothing_that_the_repository_names(root: Path) -> None:
    committed(root, ROWS)
    trap = root / "trap"
    trap.write_text(f"#!/bin/sh\ntouch {root}/sprung\ncat $1\n")
    trap.chmod(0o755)
    for setting in ("core.fsmonitor", "diff.x.textconv", "core.pager", "core.editor"):
        run(root, "config", setting, str(trap))
    (root / ".gitattributes").write_text("*.md diff=x\n")
    assert last_changed(root / "loop.md", 3).at == FIRST
    assert git.who(root) == "Mira"
    assert not (root / "sprung").exists()


def test_a_commit_that_the_repository_ignores_in_blame_still_counts(root: Path) -> None:
    committed(root, ROWS)
    committed(root, ROWS.replace("pending", "done"), SECOND)
    (root / "ignored").write_text(run(root, "rev-parse", "HEAD"))
    run(root, "config", "blame.ignoreRevsFile", "ignored")
    assert last_changed(root / "loop.md", 4).at == SECOND


def test_a_git_hook_that_calls_us_does_not_lead_us_astray(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    committed(root, ROWS)
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    monkeypatch.setenv("GIT_INDEX_FILE", "/nowhere/index")
    assert last_changed(root / "loop.md", 3).at is not None


# ── What differs ────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (ROWS, ROWS.replace("pending", "done")),
        (ROWS, ROWS + "\n## Evidence\n\n- one\n"),
        ("a\nb", "a\nc"),
        ("a\n", "a"),
        ("a", "a\n"),
        ("", "a\n"),
        ("a\r\nb\r\n", "a\r\nc\r\n"),
        ("a\u2028b\nc\fd\n", "a\u2028b\nc\fe\n"),
    ],
)
def test_a_diff_is_one_that_git_applies(root: Path, before: str, after: str) -> None:
    (root / "loop.md").write_bytes(before.encode())
    run(root, "add", "loop.md")
    patch = git.diff(before, after, "loop.md")
    subprocess.run(["git", "apply", "-"], cwd=root, input=patch.encode(), check=True)
    assert (root / "loop.md").read_bytes() == after.encode()


def test_a_diff_shows_the_changed_line_and_nothing_differs_is_empty() -> None:
    found = git.diff(ROWS, ROWS.replace("pending", "done"), "loops/a.md")
    assert found.startswith("--- a/loops/a.md\n+++ b/loops/a.md\n@@ ")
    assert "-| P4 | pending |\n+| P4 | done |\n" in found
    assert git.diff(ROWS, ROWS, "a.md") == ""


# ── Committing ──────────────────────────────────────────────────────────────


def test_a_commit_holds_just_these_files_and_leaves_the_rest_as_it_was(root: Path) -> None:
    committed(root, ROWS)
    committed(root, "x", name="theirs.md")
    (root / "theirs.md").write_text("staged")
    run(root, "add", "theirs.md")
    (root / "loop.md").write_text(ROWS.replace("pending", "done"))
    (root / "new.json").write_text("{}")
    (root / "stray.txt").write_text("stray")
    said = git.commit(root, ["loop.md", "new.json", "loop.md", ""], "P4 done", "Run 3f9c", SECOND)
    assert run(root, "rev-parse", "--short", "HEAD") == said
    shown = run(root, "show", "--name-only", "--format=%an|%aI|%cI|%s|%b", "HEAD")
    moment = SECOND.astimezone(UTC).isoformat()
    assert shown.split() == [
        *(f"Mira|{moment}|{moment}|P4", "done|Run", "3f9c", "loop.md", "new.json")
    ]
    left = run(root, "status", "--porcelain", "--", "theirs.md", "loop.md", "stray.txt")
    assert [line[3:] for line in left.splitlines()] == ["theirs.md", "stray.txt"]


def test_nothing_to_commit_makes_no_commit(root: Path) -> None:
    head = committed(root, ROWS)
    assert git.commit(root, ["loop.md"], "again") == ""
    assert run(root, "rev-parse", "HEAD")[:7] == head


def test_a_message_is_never_an_option_and_a_path_never_a_pattern(root: Path) -> None:
    committed(root, ROWS)
    (root / "loop.md").write_text("changed")
    (root / "other.md").write_text("other")
    git.commit(root, ["loop.md"], "--amend -m evil")
    assert run(root, "log", "-1", "--format=%s") == "--amend -m evil"
    with pytest.raises(Failed):
        git.commit(root, ["*.md"], "x")


def test_a_hook_that_refuses_is_told_and_the_operators_hooks_do_run(root: Path) -> None:
    committed(root, ROWS)
    hook = root / ".git" / "hooks" / "pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho not today >&2\nexit 1\n")
    hook.chmod(0o755)
    (root / "loop.md").write_text("changed")
    with pytest.raises(Failed) as error:
        git.commit(root, ["loop.md"], "x")
    assert error.value.why == "not today"


def test_no_repository_commits_nothing_and_is_said(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("a")
    assert not git.is_repository(tmp_path)
    with pytest.raises(Failed, match="git refused"):
        git.commit(tmp_path, ["a.md"], "x")


def test_who_works_here_is_gits_name_or_the_login(root: Path, tmp_path: Path) -> None:
    assert git.who(root) == "Mira"
    run(root, "config", "--unset", "user.name")
    assert git.who(root) not in ("", "Mira")
