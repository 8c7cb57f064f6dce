"""Which commands only read: a look, a check and a read-only phase can send no other.

A command is allowed because it is known, never because it looks harmless; what is known here is
generic, and runbooks declare their own by `read_only(…)`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

Rule = Callable[[list[str]], str]

# Programs that write nothing, whatever their arguments.
_READERS = frozenset(
    """basename cat cksum cmp comm df diff dirname du echo egrep fgrep findmnt free getent grep
    groups head id ls lsblk lscpu md5sum nproc pgrep pidof printenv printf ps pwd readlink realpath
    sha1sum sha256sum sha512sum stat tac tail test true uname uptime wc who whoami zcat""".split()  # noqa: SIM905
)
# What a prefix `env` may set: words, times and databases, nothing that changes what runs.
_ENV = re.compile(
    r"(LC_[A-Z]+|LANG|LANGUAGE|TZ|COLUMNS|TERM|PG(HOST|PORT|USER|DATABASE|PASSFILE|TZ|SSLMODE"
    r"|CONNECT_TIMEOUT))=.*",
    re.DOTALL,
)


@dataclass(frozen=True)
class Policy:
    """What only reads: the list of this module, and what the runbooks declare."""

    declared: frozenset[tuple[str, ...]] = frozenset()

    def refuses(self, argv: Sequence[str], *, stdin: bool = False) -> str:
        """Returns why an argv is not known to only read, empty when it is.

        `stdin` says that the program is given something to read, which for some is a program.
        """
        words = list(argv)
        try:
            words = _without_prefixes(words)
        except _Unclear as error:
            return str(error)
        if not words:
            return "it names no program"
        if any(tuple(words[: len(start)]) == start for start in self.declared):
            return ""
        program, rest = words[0], words[1:]
        if stdin and program == "sqlite3":
            return "sqlite3 would do what its input says"
        # /tmp/cat is not cat, and what a path leads to is the host's to say.
        if "/" in program:
            return f"{program} is named by its path: name it alone, or declare it by read_only"
        if program in _READERS:
            return ""
        rule = _RULES.get(program)
        if rule is None:
            return f"nothing says that {program} only reads"
        return rule(rest)


class _Unclear(Exception):
    """A prefix that cannot be looked through; the text says why."""


def _without_prefixes(words: list[str]) -> list[str]:
    """Looks through sudo, env, nice, ionice, timeout and nohup."""
    while words and words[0] in _PREFIXES:
        words = _PREFIXES[words[0]](words[1:])
    return words


def _skip(words: list[str], flags: str, valued: str, program: str) -> list[str]:
    """Skips the options of a prefix: those in `valued` take the next word."""
    words = list(words)
    while words and words[0].startswith("-") and words[0] != "-":
        option = words.pop(0)
        if option == "--":
            break
        if option in valued.split():
            words = words[1:]
        elif option not in flags.split() and not _joined(option, valued):
            raise _Unclear(f"{program} {option} is not understood")
    return words


def _joined(option: str, valued: str) -> bool:
    """Returns whether an option holds its own value: `-n10`, `--kill-after=5`."""
    return any(
        option.startswith(v + "=") if v.startswith("--") else option.startswith(v)
        for v in valued.split()
    )


def _after_sudo(words: list[str]) -> list[str]:
    return _skip(words, "-n --non-interactive -H", "-u --user -g --group", "sudo")


def _after_env(words: list[str]) -> list[str]:
    words = _skip(words, "-i", "-u --unset", "env")
    while words and "=" in words[0]:
        if not _ENV.fullmatch(words[0]):
            raise _Unclear(f"env {words[0].partition('=')[0]}=… may change what runs")
        words = words[1:]
    return words


def _after_timeout(words: list[str]) -> list[str]:
    rest = _skip(words, "--preserve-status --foreground", "-k --kill-after -s --signal", "timeout")
    return rest[1:]


_PREFIXES: dict[str, Callable[[list[str]], list[str]]] = {
    "sudo": _after_sudo,
    "env": _after_env,
    "timeout": _after_timeout,
    "nice": lambda words: _skip(words, "", "-n --adjustment", "nice"),
    "ionice": lambda words: _skip(words, "-t", "-c -n --class --classdata", "ionice"),
    "stdbuf": lambda words: _skip(words, "", "-i -o -e", "stdbuf"),
}


# ── Programs that read only with some arguments ──────────────────────────────────────────────


def _only(verbs: str, program: str) -> Rule:
    """Allows a program whose first word is one of these, but for flags that take no value."""
    allowed = frozenset(verbs.split())

    def rule(rest: list[str]) -> str:
        verb = next((w for w in rest if w not in _FLAGS), "alone")
        return "" if verb in allowed else f"{program} {verb} is not known to only read"

    return rule


def _with(options: str, program: str, never: str = "") -> Rule:
    """Allows a program that is given one of some options, and none of some others."""
    wanted, refused = options.split(), never.split()

    def rule(rest: list[str]) -> str:
        given = _options(rest)
        if _any(given, refused):
            return f"{program} with one of {', '.join(refused)} writes"
        return "" if given & set(wanted) else f"{program} reads only with {' or '.join(wanted)}"

    return rule


def _without(options: str, program: str) -> Rule:
    """Allows a program that is given none of these options."""

    def rule(rest: list[str]) -> str:
        return f"{program} would write" if _any(_options(rest), options.split()) else ""

    return rule


# `systemctl --root show stop` stops: only flags that take no value may stand before the verb.
_FLAGS = frozenset(["--no-pager", "--user", "--all", "-a", "--plain", "--quiet", "-q", "--full"])


def _any(given: Iterable[str], refused: Iterable[str]) -> bool:
    """Returns whether an option is refused; GNU takes `--outp` for `--output`."""
    return any(
        g == r or (len(g) > 2 and g.startswith("--") and r.startswith(g))
        for g in given
        for r in refused
    )


def _options(rest: Sequence[str]) -> frozenset[str]:
    """Returns the options of a command, `-tq` as -t and -q too, `--set=x` as --set."""
    found: set[str] = set()
    for word in rest:
        if word == "--":
            break
        if word.startswith("--"):
            found.add(word.partition("=")[0])
        elif word.startswith("-"):
            found |= {word, *(f"-{letter}" for letter in word[1:])}
    return frozenset(found)


def _find(rest: list[str]) -> str:
    acts = "-exec -execdir -ok -okdir -delete -fprint -fprint0 -fprintf -fls".split()  # noqa: SIM905
    bad = [word for word in rest if word in acts]
    return f"find {bad[0]} does more than find" if bad else ""


def _date(rest: list[str]) -> str:
    values = [w for w in rest if not w.startswith(("-", "+"))]
    valued = [w for w in rest if w in ("-d", "--date", "-r", "--reference")]
    sets = _any(_options(rest), ["-s", "--set"]) or len(values) > len(valued)
    return "date with a time sets the clock" if sets else ""


def _hostname(rest: list[str]) -> str:
    asks = {"-f", "--fqdn", "-s", "--short", "-i", "-I", "-d", "-A"}
    return "" if set(rest) <= asks else "hostname with a name sets it"


def _pg_restore(rest: list[str]) -> str:
    given = _options(rest)
    if _any(given, ["-d", "--dbname"]):
        return "pg_restore into a database changes it"
    named = [b for a, b in pairwise(rest) if a in ("-f", "--file")]
    named += [word.partition("=")[2] for word in rest if word.startswith("--f")]
    if named:
        return "" if set(named) <= {"/dev/null", "-"} else f"pg_restore writes {named[0]}"
    return "" if given & {"-l", "--list"} else "pg_restore reads only with --list or -f /dev/null"


_SAFE_DOT = re.compile(r"\.(tables|schema|databases|dbinfo|indexes|mode|headers|timeout)\b")
_SQL_WRITES = re.compile(r"\b(writefile|load_extension|edit|attach|into)\b", re.IGNORECASE)


def _sqlite3(rest: list[str]) -> str:
    if not {"-readonly", "--readonly"} & set(rest):
        return "sqlite3 reads only with -readonly"
    # Dot commands write files and run programs even on a database that is read only.
    lines = [line.strip() for word in rest for line in word.split("\n")]
    bad = [line for line in lines if line.startswith(".") and not _SAFE_DOT.match(line)]
    bad += [w for w in rest if _SQL_WRITES.search(w)]
    bad += [w for w in rest if re.match(r"--?(init|A|archive)", w)]
    return f"sqlite3 {bad[0][:40]!r} may write" if bad else ""


def _rsync(rest: list[str]) -> str:
    # The remote shell and path run programs; a log or a batch is written even in a dry run.
    runs = "-e --rsh --rsync-path --log-file --write-batch --only-write-batch -M --remote-option"
    given = _options(rest)
    undone = [w for w in rest if w.startswith(("--no-", "--daemon", "--server"))]
    if not given & {"-n", "--dry-run"} or given & set(runs.split()) or undone:
        return "rsync reads only with --dry-run, and without -e, --rsync-path or a log"
    return ""


_ARCHIVE_WRITES = "-d --decompress --uncompress -z --compress --rm -o --output --train -k --keep"
_JOURNAL_WRITES = (
    "--rotate --flush --sync --vacuum-size --vacuum-time --vacuum-files --relinquish-var "
    "--smart-relinquish-var --setup-keys --update-catalog --cursor-file"
)
_SYSTEMCTL = "show status is-active is-enabled is-failed cat list-timers list-units list-unit-files"

_RULES: dict[str, Rule] = {
    "crontab": _with("-l", "crontab", never="-e -r -i"),
    "date": _date,
    "docker": _only("ps inspect version info images", "docker"),
    "dpkg-query": _with("-W --show -s -l", "dpkg-query"),
    "find": _find,
    "gzip": _with("-t --test -l --list", "gzip", never=_ARCHIVE_WRITES),
    "hostname": _hostname,
    "hostnamectl": _only("status hostname", "hostnamectl"),
    "journalctl": _without(_JOURNAL_WRITES, "journalctl"),
    "mount": lambda rest: "mount with an argument mounts" if rest else "",
    "pg_restore": _pg_restore,
    "rsync": _rsync,
    "sort": _without("-o --output -T --temporary-directory --compress-program", "sort"),
    "sqlite3": _sqlite3,
    "systemctl": _only(_SYSTEMCTL, "systemctl"),
    "systemd-analyze": _only("calendar timestamp", "systemd-analyze"),
    "timedatectl": _only("show status timesync-status show-timesync", "timedatectl"),
    "xz": _with("-t --test -l --list", "xz", never=_ARCHIVE_WRITES),
    "zstd": _with("-t --test -l --list", "zstd", never=_ARCHIVE_WRITES),
}
