"""Which commands only read: a look, a check and a read-only phase can send no other.

A command is allowed because it is known, never because it looks harmless; what is known here is
generic, and runbooks declare their own by `read_only(…)`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

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
        return rule(program, rest)


class _Unclear(Exception):
    """A prefix that cannot be looked through; the text says why."""


def _without_prefixes(words: list[str]) -> list[str]:
    """Looks through the programs that only change how another one runs."""
    while words and words[0] in _PREFIXES:
        program, words = words[0], words[1:]
        words = _PREFIXES[program].looked_through(program, words)
        words = _without_assignments(words) if program == "env" else words
    return words


@dataclass(frozen=True, slots=True)
class _Prefix:
    """A program that runs what its arguments end with: `flags` stand alone, `valued` take a value.

    `own` is how many more words are its own, as the time of `timeout`.
    """

    flags: str
    valued: str
    own: int = 0

    def looked_through(self, program: str, words: list[str]) -> list[str]:
        """Returns what it runs."""
        while words and words[0].startswith("-"):
            option, words = words[0], words[1:]
            if option == "--":
                break
            if option in self.valued.split():
                words = words[1:]
            elif option not in self.flags.split() and not self._holds_its_value(option):
                raise _Unclear(f"{program} {option} is not understood")
        return words[self.own :]

    def _holds_its_value(self, option: str) -> bool:
        """Returns whether an option and its value are one word: `-n10`, `--kill-after=5`."""
        return any(
            option.startswith(f"{v}=" if v.startswith("--") else v) for v in self.valued.split()
        )


_PREFIXES = {
    "sudo": _Prefix("-n --non-interactive -H", "-u --user -g --group"),
    "env": _Prefix("-i", "-u --unset"),
    "timeout": _Prefix("--preserve-status --foreground", "-k --kill-after -s --signal", own=1),
    "nice": _Prefix("", "-n --adjustment"),
    "ionice": _Prefix("-t", "-c -n --class --classdata"),
    "stdbuf": _Prefix("", "-i -o -e"),
}


def _without_assignments(words: list[str]) -> list[str]:
    while words and "=" in words[0]:
        if not _ENV.fullmatch(words[0]):
            raise _Unclear(f"env {words[0].partition('=')[0]}=… may change what runs")
        words = words[1:]
    return words


# ── Programs that read only with some arguments ──────────────────────────────────────────────


Rule = Callable[[str, list[str]], str]
"""Says why a program would do more than read with these arguments, empty when it would not."""


@dataclass(frozen=True, slots=True)
class _Only:
    """Allows a program whose first word is one of these, but for flags that take no value."""

    verbs: str

    def __call__(self, program: str, rest: list[str]) -> str:
        verb = next((w for w in rest if w not in _FLAGS), "alone")
        return "" if verb in self.verbs.split() else f"{program} {verb} is not known to only read"


@dataclass(frozen=True, slots=True)
class _With:
    """Allows a program whose first word is one of some options, and that is given none of others.

    Anywhere else it could be the value of another option: `gzip -S -t x` compresses.
    """

    options: str
    never: str = ""

    def __call__(self, program: str, rest: list[str]) -> str:
        wanted, refused = self.options.split(), self.never.split()
        if _any(_options(rest), refused):
            return f"{program} with one of {', '.join(refused)} writes"
        if rest and any(rest[0] == w or (len(w) == 2 and rest[0].startswith(w)) for w in wanted):
            return ""
        return f"{program} reads only with {' or '.join(wanted)}, before all else"


@dataclass(frozen=True, slots=True)
class _Without:
    """Allows a program that is given none of these options."""

    options: str

    def __call__(self, program: str, rest: list[str]) -> str:
        return f"{program} would write" if _any(_options(rest), self.options.split()) else ""


# `systemctl --root show stop` stops: only flags that take no value may stand before the verb.
_FLAGS = frozenset(["--no-pager", "--user", "--all", "-a", "--plain", "--quiet", "-q", "--full"])


def _any(given: Iterable[str], refused: Iterable[str]) -> bool:
    """Returns whether an option is refused; GNU takes `--outp` for `--output`."""
    return any(g == r or (g.startswith("--") and r.startswith(g)) for g in given for r in refused)


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


def _find(_program: str, rest: list[str]) -> str:
    acts = "-exec -execdir -ok -okdir -delete -fprint -fprint0 -fprintf -fls".split()  # noqa: SIM905
    bad = [word for word in rest if word in acts]
    return f"find {bad[0]} does more than find" if bad else ""


def _date(_program: str, rest: list[str]) -> str:
    values = [w for w in rest if not w.startswith(("-", "+"))]
    valued = [w for w in rest if w in ("-d", "--date", "-r", "--reference")]
    sets = _any(_options(rest), ["-s", "--set"]) or len(values) > len(valued)
    return "date with a time sets the clock" if sets else ""


def _hostname(_program: str, rest: list[str]) -> str:
    asks = {"-f", "--fqdn", "-s", "--short", "-i", "-I", "-d", "-A"}
    return "" if all(word in asks for word in rest) else "hostname with a name sets it"


def _crontab(_program: str, rest: list[str]) -> str:
    match rest:
        case ["-l"] | ["-l", "-u", _] | ["-u", _, "-l"]:
            return ""
        case _:
            return "crontab reads only as crontab -l, of a user or of oneself"


def _pg_restore(_program: str, rest: list[str]) -> str:
    given = _options(rest)
    if _any(given, ["-d", "--dbname"]):
        return "pg_restore into a database changes it"
    outputs = _pg_restore_outputs(rest)
    written = [name for name in outputs if name not in ("/dev/null", "-")]
    if written:
        return f"pg_restore writes {written[0]}"
    lists = outputs or given & {"-l", "--list"}
    return "" if lists else "pg_restore reads only with --list or -f /dev/null"


def _pg_restore_outputs(rest: list[str]) -> list[str]:
    """Returns what it is told to write to; a spelling that is not understood stands for itself."""
    found = []
    for word, following in pairwise([*rest, ""]):
        if word in ("-f", "--file"):
            found.append(following or word)
        elif word.startswith("--file="):
            found.append(word.removeprefix("--file="))
        elif word.startswith("--fi") or re.match("-[^-]*f", word):
            found.append(word)
    return found


_SAFE_DOT = re.compile(r"\.(tables|schema|databases|dbinfo|indexes|mode|headers|timeout)\b")
_SQL_WRITES = re.compile(r"\b(writefile|load_extension|edit|attach|into)\b", re.IGNORECASE)


def _sqlite3(_program: str, rest: list[str]) -> str:
    if rest[:1] not in (["-readonly"], ["--readonly"]):
        return "sqlite3 reads only with -readonly, before all else"
    # Dot commands write files and run programs even on a database that is read only.
    lines = [line.strip() for word in rest for line in word.split("\n")]
    bad = [line for line in lines if line.startswith(".") and not _SAFE_DOT.match(line)]
    bad += [w for w in rest if _SQL_WRITES.search(w)]
    bad += [w for w in rest if re.match(r"--?(init|A|archive)", w)]
    return f"sqlite3 {bad[0][:40]!r} may write" if bad else ""


# Letters that take no value, so that the `n` among them is one of its own.
_DRY = re.compile("--dry-run|-[acghiloprtuvxz]*n[acghiloprtuvxz]*")


def _rsync(_program: str, rest: list[str]) -> str:
    # The remote shell and path run programs; a log or a batch is written even in a dry run.
    runs = "-e --rsh --rsync-path --log-file --write-batch --only-write-batch -M --remote-option"
    undone = [w for w in rest if w.startswith(("--no-", "--daemon", "--server"))]
    dry = rest and _DRY.fullmatch(rest[0])
    if not dry or _options(rest) & set(runs.split()) or undone:
        return "rsync reads only with --dry-run first, and without -e, --rsync-path or a log"
    return ""


def _mount(_program: str, rest: list[str]) -> str:
    return "mount with an argument mounts" if rest else ""


_ARCHIVE_WRITES = "-d --decompress --uncompress -z --compress --rm -o --output --train -k --keep"
_JOURNAL_WRITES = (
    "--rotate --flush --sync --vacuum-size --vacuum-time --vacuum-files --relinquish-var "
    "--smart-relinquish-var --setup-keys --update-catalog --cursor-file"
)
_SYSTEMCTL = "show status is-active is-enabled is-failed cat list-timers list-units list-unit-files"

_RULES: dict[str, Rule] = {
    "crontab": _crontab,
    "date": _date,
    "docker": _Only("ps inspect version info images"),
    "dpkg-query": _With("-W --show -s -l"),
    "find": _find,
    "gzip": _With("-t --test -l --list", never=_ARCHIVE_WRITES),
    "hostname": _hostname,
    "hostnamectl": _Only("status"),
    "journalctl": _Without(_JOURNAL_WRITES),
    "mount": _mount,
    "pg_restore": _pg_restore,
    "rsync": _rsync,
    "sort": _Without("-o --output -T --temporary-directory --compress-program"),
    "sqlite3": _sqlite3,
    "systemctl": _Only(_SYSTEMCTL),
    "systemd-analyze": _Only("calendar timestamp"),
    "timedatectl": _Only("show status timesync-status show-timesync"),
    "xz": _With("-t --test -l --list", never=_ARCHIVE_WRITES),
    "zstd": _With("-t --test -l --list", never=_ARCHIVE_WRITES),
}
