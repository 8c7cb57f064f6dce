"""The workspace: found, read, and written to so that nothing is lost."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from loopkit.effects.workspace import Workspace, find_workspace, open_workspace
from loopkit.errors import (
    AmbiguousLoop,
    DocumentChanged,
    DocumentError,
    NotUtf8,
    NotWritten,
    SettingsError,
    UnknownLoop,
    UsageError,
)

DOCUMENT = """# {id}

> **Status:** open

## Phases

| Phase | Scope | Dependency | Status |
|---|---|---|---|
| P0 | Measure | None | pending |
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "loops").mkdir()
    return tmp_path.resolve()


def add(root: Path, id: str, at: str = "") -> Path:
    path = root / (at or f"loops/{id}.md")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(DOCUMENT.format(id=id), encoding="utf-8")
    return path


# ── Settings ────────────────────────────────────────────────────────────────


def test_a_folder_with_loops_is_a_workspace_with_the_defaults(root: Path) -> None:
    (root / "loops" / "deep").mkdir()
    found = find_workspace(root / "loops" / "deep")
    settings = found.settings
    assert found.root == root
    assert settings.receipts == root / "loops" / "receipts"
    assert settings.hosts == root / "runbooks" / "hosts.yaml"
    assert (settings.lab, settings.ssh_config, settings.four_eyes) == (None, None, False)
    assert settings.any_order is False
    assert found.lab_kind == ""


def test_every_setting_of_pyproject_is_read(root: Path) -> None:
    (root / "pyproject.toml").write_text(
        '[tool.loopkit]\nloops = "docs"\nrunbooks = "books"\nreceipts = "kept"\n'
        'hosts = "h.yaml"\nssh_config = "ssh/config"\nknown_hosts = ["ssh/known", "/etc/k"]\n'
        'lab = ".loopkit/lab"\nzone = "America/New_York"\nsecrets = ["PGPASSWORD"]\n'
        'four_eyes = true\norder = "any"\n'
    )
    settings = find_workspace(root).settings
    assert settings.loops == root / "docs"
    assert settings.runbooks == root / "books"
    assert settings.receipts == root / "kept"
    assert settings.hosts == root / "h.yaml"
    assert settings.ssh_config == root / "ssh" / "config"
    assert settings.known_hosts == (root / "ssh" / "known", Path("/etc/k"))
    assert settings.lab == root / ".loopkit" / "lab"
    assert settings.zone == ZoneInfo("America/New_York")
    assert settings.secrets == ("PGPASSWORD",)
    assert settings.four_eyes is True
    assert settings.any_order is True


def test_loopkit_toml_wins_over_the_pyproject_beside_it(root: Path) -> None:
    (root / "pyproject.toml").write_text('[tool.loopkit]\nloops = "a"\n')
    (root / "loopkit.toml").write_text('loops = "b"\n')
    assert find_workspace(root).settings.loops == root / "b"


def test_a_pyproject_without_our_table_is_no_workspace_and_the_search_goes_on(root: Path) -> None:
    inner = root / "package"
    inner.mkdir()
    (inner / "pyproject.toml").write_text('[project]\nname = "x"\n')
    assert find_workspace(inner).root == root


def test_no_workspace_upward_is_said_with_what_would_make_one(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as error:
        find_workspace(tmp_path)
    assert "no workspace here" in error.value.what
    assert error.value.help == "loop demo"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('lops = "x"', "did you mean loops?"),
        ("loops = 3", "it is a str, not 3"),
        ('order = "none"', "it is one of document, any, not 'none'"),
        ("order = true", "it is a str, not True"),
        ('secrets = "PGPASSWORD"', "it is a list"),
        ("secrets = [1]", "a list of strings"),
        ('four_eyes = "no"', "it is a bool"),
        ('zone = "Mars/Olympus"', "no IANA zone"),
        ('zone = "../../etc/passwd"', "no IANA zone"),
        ('loops = "../elsewhere"', "leads out of the workspace"),
        ('lab = "/tmp"', "leads out of the workspace"),
        ('receipts = "a\\u0000b"', "leads out of the workspace"),
        ("loops =", "Invalid value (at line 1"),
    ],
)
def test_a_setting_that_cannot_be_meant_is_named_with_its_file(
    root: Path, text: str, says: str
) -> None:
    (root / "loopkit.toml").write_text(text + "\n")
    with pytest.raises(SettingsError) as error:
        find_workspace(root)
    assert error.value.where.startswith(str(root / "loopkit.toml"))
    assert says in error.value.why


# ── Reading ─────────────────────────────────────────────────────────────────


def test_loop_documents_are_the_markdown_below_loops_in_order(root: Path) -> None:
    for id in ("LOOP-B", "LOOP-A"):
        add(root, id)
    add(root, "LOOP-C", "loops/old/LOOP-C.md")
    for other in ("README.md", ".hidden.md", "notes.txt", "receipts/LOOP-A/x.md", ".git/y.md"):
        add(root, "LOOP-X", f"loops/{other}")
    assert find_workspace(root).documents() == (
        "loops/LOOP-A.md",
        "loops/LOOP-B.md",
        "loops/old/LOOP-C.md",
    )


def test_every_document_is_read_and_a_bad_one_says_why_without_hiding_the_others(
    root: Path,
) -> None:
    add(root, "LOOP-A-20260101")
    (root / "loops" / "LOOP-BAD.md").write_bytes(b"# LOOP-BAD\n\xff\n")
    files, unreadable = find_workspace(root).read_all()
    assert [f.loop.id for f in files.values()] == ["LOOP-A-20260101"]
    assert list(unreadable) == ["loops/LOOP-BAD.md"]
    assert "0xff" in unreadable["loops/LOOP-BAD.md"]


@pytest.mark.parametrize("name", ["LOOP-MEDIA-20260101", "loop-media", "edia"])
def test_a_loop_is_loaded_by_any_unique_part_of_its_id(root: Path, name: str) -> None:
    add(root, "LOOP-MEDIA-20260101")
    add(root, "LOOP-BACKUP-20260101")
    assert find_workspace(root).load(name).loop.id == "LOOP-MEDIA-20260101"


def test_a_document_that_only_cites_the_name_is_not_the_loop(root: Path) -> None:
    add(root, "LOOP-MEDIA-20260101")
    citing = add(root, "LOOP-BACKUP-20260101")
    citing.write_text(citing.read_text() + "\nSee LOOP-MEDIA.\n")
    assert find_workspace(root).load("MEDIA").loop.id == "LOOP-MEDIA-20260101"


def test_an_ambiguous_or_unknown_or_unreadable_name_is_its_own_error(root: Path) -> None:
    add(root, "LOOP-MEDIA-20260101")
    add(root, "LOOP-MEDIA-20260202")
    (root / "loops" / "LOOP-BAD.md").write_bytes(b"\xff")
    workspace = find_workspace(root)
    with pytest.raises(AmbiguousLoop):
        workspace.load("LOOP-MEDIA")
    with pytest.raises(UnknownLoop) as error:
        workspace.load("LOOP-MEDIO-20260101")
    assert error.value.help == "loop show LOOP-MEDIA-20260101"
    with pytest.raises(NotUtf8):
        workspace.load("LOOP-BAD")


def test_a_path_stands_wherever_a_name_may(root: Path, tmp_path: Path) -> None:
    path = add(root, "LOOP-A-20260101")
    for start, name in [(root, "loops/LOOP-A-20260101.md"), (root / "loops", path.name)]:
        found = find_workspace(start).load(name)
        assert (found.loop.id, found.loop.path) == ("LOOP-A-20260101", "loops/LOOP-A-20260101.md")
    assert find_workspace(root).load(str(path)).loop.id == "LOOP-A-20260101"


def test_a_path_needs_no_workspace_around_it(tmp_path: Path) -> None:
    path = add(tmp_path, "LOOP-A-20260101", "notes/plan.md")
    for name in ("notes/plan.md", str(path)):
        workspace = open_workspace(tmp_path, name)
        assert workspace.root == path.parent.resolve()
        assert workspace.load(name).loop.path == "plan.md"
        assert workspace.read_all() == ({}, {})


def test_a_path_into_another_workspace_opens_that_one(
    root: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = tmp_path_factory.mktemp("other").resolve()
    path = add(other, "LOOP-B-20260101")
    assert open_workspace(root, "LOOP-X").root == root
    assert open_workspace(root, str(path)).root == other
    assert open_workspace(root, str(path)).load(str(path)).loop.path == "loops/LOOP-B-20260101.md"


# ── Paths ───────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("path", ["../x.md", "/etc/passwd", "loops/../../x.md", "a\0b"])
def test_no_path_leads_out_of_the_workspace(root: Path, path: str) -> None:
    workspace = find_workspace(root)
    (root.parent / "x.md").write_text("secret")
    for attempt in (
        lambda: workspace.resolve(path),
        lambda: workspace.read_bytes(path),
        lambda: workspace.write(path, None, b"x"),
    ):
        with pytest.raises(UsageError):
            attempt()
    assert (root.parent / "x.md").read_text() == "secret"


def test_a_link_that_leads_out_is_not_followed_for_reading_or_writing(
    root: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = tmp_path_factory.mktemp("outside") / "LOOP-OUT.md"
    outside.write_text(DOCUMENT.format(id="LOOP-OUT"))
    (root / "loops" / "LOOP-OUT.md").symlink_to(outside)
    (root / "away").symlink_to(outside.parent)
    workspace = find_workspace(root)
    files, unreadable = workspace.read_all()
    assert not files
    assert "leads out of the workspace" in unreadable["loops/LOOP-OUT.md"]
    for path in ("loops/LOOP-OUT.md", "away/new.md"):
        with pytest.raises(UsageError):
            workspace.write(path, outside.read_bytes(), b"changed")
    assert outside.read_text() == DOCUMENT.format(id="LOOP-OUT")
    assert sorted(os.listdir(outside.parent)) == ["LOOP-OUT.md"]


def test_a_loops_folder_that_leads_out_is_refused(root: Path, tmp_path: Path) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()
    (inner / "loops").symlink_to(root / "loops")
    with pytest.raises(SettingsError, match="loops"):
        find_workspace(inner)


def test_a_link_inside_the_workspace_keeps_standing_and_its_target_is_replaced(
    root: Path,
) -> None:
    real = add(root, "LOOP-A", "kept/LOOP-A.md")
    link = root / "loops" / "LOOP-A.md"
    link.symlink_to("../kept/LOOP-A.md")
    before = real.read_bytes()
    find_workspace(root).write("loops/LOOP-A.md", before, b"new")
    assert link.is_symlink()
    assert real.read_bytes() == b"new"


# ── Writing ─────────────────────────────────────────────────────────────────


def names(folder: Path) -> list[str]:
    return sorted(os.listdir(folder))


def test_a_document_that_changed_since_it_was_read_is_not_written(root: Path) -> None:
    path = add(root, "LOOP-A")
    read = path.read_bytes()
    theirs = read.replace(b"pending", b"done")
    path.write_bytes(theirs)
    with pytest.raises(DocumentChanged) as error:
        find_workspace(root).write("loops/LOOP-A.md", read, b"ours")
    assert path.read_bytes() == theirs
    assert "| P0 | Measure | None | pending |" in error.value.ours
    assert "| P0 | Measure | None | done |" in error.value.theirs
    assert names(path.parent) == ["LOOP-A.md"]


@pytest.mark.parametrize(("before", "now"), [(None, b"there"), (b"there", None), (b"", None)])
def test_a_file_that_came_or_went_is_a_change_too(
    root: Path, before: bytes | None, now: bytes | None
) -> None:
    path = root / "loops" / "LOOP-A.md"
    if now is not None:
        path.write_bytes(now)
    with pytest.raises(DocumentChanged):
        find_workspace(root).write("loops/LOOP-A.md", before, b"ours")
    assert (path.read_bytes() if path.exists() else None) == now
    assert names(path.parent) == ([] if now is None else ["LOOP-A.md"])


@pytest.mark.parametrize("mode", [0o644, 0o600, 0o640, 0o444, 0o755])
def test_the_mode_stays(root: Path, mode: int) -> None:
    path = add(root, "LOOP-A")
    path.chmod(mode)
    find_workspace(root).write("loops/LOOP-A.md", path.read_bytes(), b"new")
    assert stat.S_IMODE(path.stat().st_mode) == mode


def test_nothing_is_written_that_the_world_may_write(root: Path) -> None:
    path = add(root, "LOOP-A")
    path.chmod(0o666)
    old = os.umask(0)
    try:
        find_workspace(root).write("loops/LOOP-A.md", path.read_bytes(), b"new")
        find_workspace(root).write("loops/LOOP-B.md", None, b"new")
    finally:
        os.umask(old)
    for name in ("LOOP-A.md", "LOOP-B.md"):
        assert not (root / "loops" / name).stat().st_mode & stat.S_IWOTH


def test_the_same_bytes_are_not_written_again(root: Path) -> None:
    path = add(root, "LOOP-A")
    inode = path.stat().st_ino
    find_workspace(root).write("loops/LOOP-A.md", path.read_bytes(), path.read_bytes())
    assert path.stat().st_ino == inode


def test_a_disk_that_takes_only_half_leaves_the_old_document_and_no_remains(root: Path) -> None:
    path = add(root, "LOOP-A")
    before = path.read_bytes()
    code = (
        "import resource, signal, sys; from pathlib import Path\n"
        "from loopkit.effects.workspace import find_workspace\n"
        "from loopkit.errors import NotWritten\n"
        "workspace = find_workspace(Path(sys.argv[1]))\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))\n"
        "before = workspace.read_bytes('loops/LOOP-A.md')\n"
        "try: workspace.write('loops/LOOP-A.md', before, b'x' * 100_000)\n"
        "except NotWritten as error: print(error.what, '|', error.why)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(root)], capture_output=True, text=True, check=True
    )
    assert "the file is as it was | File too large" in done.stdout
    assert path.read_bytes() == before
    assert names(path.parent) == ["LOOP-A.md"]


def test_a_folder_that_is_gone_is_said_as_such(root: Path) -> None:
    with pytest.raises(NotWritten) as error:
        find_workspace(root).write("gone/LOOP-A.md", None, b"new")
    assert error.value.why == "No such file or directory"
    assert isinstance(error.value, DocumentError)


# ── Time and lab ────────────────────────────────────────────────────────────


def in_lab(root: Path) -> Workspace:
    (root / "loopkit.toml").write_text('lab = "lab"\n')
    (root / "lab").mkdir()
    return find_workspace(root)


def test_the_labs_clock_moves_the_time_and_only_a_labs(root: Path) -> None:
    assert abs(find_workspace(root).now() - datetime.now(UTC)) < timedelta(seconds=5)
    workspace = in_lab(root)
    (root / "lab" / "clock").write_text("86400\n")
    ahead = workspace.now() - datetime.now(UTC)
    assert abs(ahead - timedelta(days=1)) < timedelta(seconds=5)
    (root / "lab" / "clock").write_text("noon")
    with pytest.raises(SettingsError, match="clock"):
        workspace.now()


def test_a_lab_says_its_kind_and_is_never_taken_for_real_hosts(root: Path) -> None:
    workspace = in_lab(root)
    assert workspace.lab_kind == "lab"
    (root / "lab" / "lab.json").write_text('{"kind": "namespace"}')
    assert workspace.lab_kind == "namespace"
    (root / "lab" / "lab.json").write_text("[torn")
    assert workspace.lab_kind == "lab"


def test_writing_leaves_no_file_open(root: Path) -> None:
    path = add(root, "LOOP-A")
    workspace = find_workspace(root)
    before = len(os.listdir("/proc/self/fd"))
    for n in range(50):
        workspace.write("loops/LOOP-A.md", path.read_bytes(), str(n).encode())
    assert len(os.listdir("/proc/self/fd")) == before
