"""git, asked by argv: when a row last changed, what differs, who works here, and one commit.

What only reads runs no hook, no pager, no monitor and no textconv that the repository names.
"""

from __future__ import annotations

import getpass
import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from difflib import unified_diff
from pathlib import Path
from shlex import quote

from loopkit.errors import Failed, Refused
from loopkit.loop.snapshot import When
from loopkit.markdown.source import Source

_TIMEOUT = 60
_MANY = 200  # words; beyond, the whole file costs git less than its ranges
_NEVER_COMMITTED = "0" * 40
# A hook of git's own runs with these set, and they would point every call at that repository.
_LEAD_ASTRAY = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_PREFIX")
_QUIETLY = (
    *("-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false", "-c", "core.pager=cat"),
    *("-c", "core.quotePath=false", "-c", "log.showSignature=false", "-c", "color.ui=false"),
    *("--no-optional-locks", "--literal-pathspecs"),
)


def changed_at(path: Path, lines: Sequence[int]) -> dict[int, When]:
    """Returns, for lines counted as `Source` does, when each was last changed; one call of git."""
    if not any((folder / ".git").exists() for folder in path.resolve().parents):
        return dict.fromkeys(lines, When(None, "git does not say: this is no repository"))
    try:
        in_git = _lines_in_git(path, lines)
        ranges = [word for n in sorted(set(in_git.values())) for word in ("-L", f"{n},{n}")]
        few = ranges if len(ranges) < _MANY else []
        said = _read(path.parent, *_BLAME, *few, "--", path.name) if ranges else ""
        shallow = "\nboundary\n" in said and _is_shallow(path.parent)
    except (OSError, Failed) as error:
        return dict.fromkeys(lines, When(None, f"git does not say: {_brief(error)}"))
    found = dict(_blamed(said, shallow))
    return {n: found.get(in_git.get(n, 0), When(None, "git does not say")) for n in lines}


# An empty list of commits to ignore takes back the one that the repository's settings name.
_BLAME = ("blame", "--ignore-revs-file=", "--no-textconv", "--porcelain", "-w")


def _is_shallow(folder: Path) -> bool:
    return _read(folder, "rev-parse", "--is-shallow-repository").strip() == "true"


def _lines_in_git(path: Path, lines: Sequence[int]) -> dict[int, int]:
    # git ends a line at \n alone; Source also at a lone \r.
    source = Source.decode(path.read_bytes(), str(path))
    starts = source.starts
    return {n: source.text.count("\n", 0, starts[n - 1]) + 1 for n in lines if n <= len(starts)}


def _blamed(said: str, shallow: bool) -> Iterator[tuple[int, When]]:
    """Reads `git blame --porcelain`: a commit's header stands before its first line only."""
    headers: dict[str, dict[str, str]] = {}
    sha, line = "", 0
    for text in said.split("\n"):
        if text.startswith("\t"):
            yield line, _when(sha, headers[sha], shallow)
        elif len(text) > 40 and text[40] == " " and text[:40].isalnum():
            sha, line = text[:40], int(text.split(" ")[2])
            headers.setdefault(sha, {})
        elif sha:
            name, _, value = text.partition(" ")
            headers[sha][name] = value


def _when(sha: str, header: Mapping[str, str], shallow: bool) -> When:
    if sha == _NEVER_COMMITTED:
        return When(None, "the line is not committed")
    if shallow and "boundary" in header:
        return When(None, f"history is cut off at commit {sha[:7]} (a shallow clone)")
    return When(datetime.fromtimestamp(int(header["author-time"]), UTC), f"commit {sha[:7]}")


def diff(before: str, after: str, path: str) -> str:
    """Returns the unified diff of a document, as git shows it; empty when nothing differs."""
    old, new = before.split("\n"), after.split("\n")
    lines = unified_diff(_ended(old), _ended(new), f"a/{path}", f"b/{path}")
    return "".join(lines)


def _ended(lines: Sequence[str]) -> list[str]:
    whole = [f"{line}\n" for line in lines[:-1]]
    return [*whole, f"{lines[-1]}\n\\ No newline at end of file\n"] if lines[-1] else whole


def is_repository(root: Path) -> bool:
    """Returns whether a folder lies in a git work tree."""
    try:
        return _read(root, "rev-parse", "--is-inside-work-tree").strip() == "true"
    except (Failed, OSError):
        return False


def check_commit(root: Path, kept: Path) -> None:
    """Finds out whether a commit could be made here, before anything is run that it should hold.

    Raises:
        Refused: no repository, nobody to commit as, a merge at work, or `kept` is ignored.
    """
    where, again = str(root), "or leave out --commit: git can keep the files later"
    if not is_repository(root):
        raise Refused("--commit needs a git repository", where=where, why=again, help="git init")
    try:
        _read(root, "var", "GIT_COMMITTER_IDENT")
    except Failed as error:
        help = "git config user.name NAME && git config user.email MAIL"
        raise Refused("git knows nobody to commit as", where=where, why=again, help=help) from error
    if (root / _read(root, "rev-parse", "--git-path", "MERGE_HEAD").strip()).exists():
        help = "git status"
        raise Refused("a merge is not finished here", where=where, why=again, help=help)
    if _is_ignored(root, kept / "LOOP" / "receipt.json"):
        help = f"git check-ignore -v {quote(str(kept / 'LOOP' / 'receipt.json'))}"
        raise Refused("git ignores the receipts", where=str(kept), why=again, help=help)


def _is_ignored(root: Path, path: Path) -> bool:
    try:
        # Not `_read`: this command takes no literal pathspecs, and reads what it is given as one.
        return bool(_run(root, ("check-ignore", "--no-index", "--", str(path))).strip())
    except Failed:  # exit status 1: it is not
        return False


def commit(
    root: Path, paths: Sequence[str], subject: str, body: str = "", at: datetime | None = None
) -> str:
    """Makes one commit of just these files, and returns its short hash; empty if none changed.

    The operator's own hooks run. `at` dates it, for a lab whose clock was moved.

    Raises:
        Failed: git refused, or this is no repository.
    """
    paths = [path for path in dict.fromkeys(paths) if path]
    subject = "".join(c if c.isprintable() else " " for c in subject).strip()
    dates = {} if at is None else dict.fromkeys(_DATES, at.astimezone(UTC).isoformat())
    _run(root, ("--literal-pathspecs", "add", "--", *paths))
    if not _read(root, "status", "--porcelain=v1", "--", *paths):
        return ""
    _run(
        root,
        ("--literal-pathspecs", "commit", "--quiet", "--file=-", "--only", "--", *paths),
        stdin=f"{subject}\n\n{body}".rstrip() + "\n",
        env=dates,
    )
    return _read(root, "rev-parse", "--short", "HEAD").strip()


_DATES = ("GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE")


def who(root: Path) -> str:
    """Returns who works here: git's user.name, else the login name."""
    try:
        return _read(root, "config", "user.name").strip() or _login()
    except (Failed, OSError):
        return _login()


def _login() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a user id without a name, as in a bare container
        return f"uid {os.getuid()}"


def _read(folder: Path, *argv: str) -> str:
    return _run(folder, (*_QUIETLY, *argv))


def _run(
    folder: Path, argv: Sequence[str], *, stdin: str = "", env: Mapping[str, str] | None = None
) -> str:
    quiet = {"GIT_TERMINAL_PROMPT": "0", "GIT_EDITOR": "true", "LC_ALL": "C.UTF-8"}
    inherited = {k: v for k, v in os.environ.items() if k not in _LEAD_ASTRAY}
    command = ["git", "-C", str(folder), *argv]
    try:
        done = subprocess.run(
            command,
            input=stdin.encode("utf-8", "replace"),
            capture_output=True,
            timeout=_TIMEOUT,
            env={**inherited, **quiet, **(env or {})},
        )
    except (FileNotFoundError, subprocess.TimeoutExpired) as error:
        raise Failed("git could not be run", where=str(folder), why=str(error)) from error
    if done.returncode:
        why = done.stderr.decode("utf-8", "replace").strip() or f"exit status {done.returncode}"
        raise Failed("git refused", where=str(folder), why=why, help=f"git -C {folder} status")
    return done.stdout.decode("utf-8", "replace")


def _brief(error: Exception) -> str:
    said = error.why if isinstance(error, Failed) else str(error)
    return said.split("\n")[0].removeprefix("fatal: ")
