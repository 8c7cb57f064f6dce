"""ssh_config: the only thing that says how a host is reached."""

from __future__ import annotations

import glob
import io
import os
import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from paramiko.config import SSHConfig
from paramiko.ssh_exception import ConfigParseError

from loopkit.effects.ssh.hostkeys import known_name
from loopkit.errors import SettingsError

_WORD = re.compile(r"\s*(\w+)\s*(?:=\s*|\s)\s*(.*\S)\s*")
_NESTED = 16  # OpenSSH's own limit for Include (readconf.c, READCONF_MAX_DEPTH)


def default_files() -> tuple[Path, ...]:
    """Returns the files that ssh reads when it is given none."""
    return Path("~/.ssh/config").expanduser(), Path("/etc/ssh/ssh_config")


@dataclass(frozen=True)
class Way:
    """How one host is reached, as ssh_config says."""

    name: str
    where: str
    """file:line of the `Host` line that names it, or the file."""
    words: Mapping[str, Any]

    @property
    def known_name(self) -> str:
        """Returns the name to look up in known_hosts; HostKeyAlias stands for host and port."""
        alias = self.words.get("hostkeyalias")
        if alias:
            return str(alias).lower()
        return known_name(str(self.words["hostname"]), int(self.words.get("port", 22)))

    @property
    def known_hosts(self) -> tuple[Path, ...]:
        """Returns the known_hosts files for this host."""
        user = self._files("userknownhostsfile", "~/.ssh/known_hosts ~/.ssh/known_hosts2")
        system = self._files("globalknownhostsfile", "/etc/ssh/ssh_known_hosts")
        return (*user, *system)

    @property
    def identities(self) -> tuple[Path, ...]:
        """Returns the private keys that ssh_config names, in order."""
        return tuple(Path(f).expanduser() for f in self.words.get("identityfile", ()))

    @property
    def agent(self) -> bool:
        """Returns whether the agent may be asked: only where `IdentityAgent` names one."""
        wanted = str(self.words.get("identityagent", "none"))
        running = os.environ.get("SSH_AUTH_SOCK", "")
        # An agent signs for whoever asks: it is used where somebody said so, and nowhere else.
        if wanted.lower() == "none":
            return False
        if wanted in ("SSH_AUTH_SOCK", "$SSH_AUTH_SOCK", "${SSH_AUTH_SOCK}", running):
            return True
        raise SettingsError(
            f"IdentityAgent {wanted} cannot be used",
            where=self.where,
            why="only the agent that SSH_AUTH_SOCK names can be asked",
            help=f"SSH_AUTH_SOCK={shlex.quote(wanted)} ssh-add -l",
        )

    def seconds(self, default: float) -> float:
        """Returns how long connecting may take: ConnectTimeout, or the default."""
        stated = str(self.words.get("connecttimeout", ""))
        return float(stated) if stated.isdigit() and int(stated) > 0 else default

    def _files(self, word: str, default: str) -> Iterator[Path]:
        for file in shlex.split(str(self.words.get(word, default))):
            if file.lower() != "none":
                yield Path(file.replace("%d", str(Path.home()))).expanduser()


@dataclass(frozen=True)
class Ways:
    """Some ssh_config files, read; `config` is what Fabric is given."""

    config: SSHConfig
    files: tuple[Path, ...]
    lines: tuple[tuple[str, str], ...]
    """Every line, with its file:line; includes in place."""

    @classmethod
    def read(cls, files: Sequence[Path], *, required: bool = True) -> Ways:
        """Reads files, the first one winning.

        Raises:
            SettingsError: a file is missing or cannot be read as an ssh_config.
        """
        lines: list[tuple[str, str]] = []
        for file in files:
            if required or file.is_file():
                lines += [*_read(file, file.parent, 0), _EVERY_HOST]
        return cls(_parse(lines), tuple(files), tuple(lines))

    def to(self, name: str) -> Way:
        """Returns how a host is reached."""
        return Way(name, self._place(name), self.config.lookup(name))

    def _place(self, name: str) -> str:
        for text, where in self.lines:
            word = _WORD.fullmatch(text)
            if word and word[1].lower() == "host" and name in word[2].split():
                return where
        return ", ".join(str(f) for f in self.files)


# Ends the last block of a file: what follows an Include, or the next file, is global again.
_EVERY_HOST = ("Host *", "")


def _read(file: Path, folder: Path, depth: int) -> Iterator[tuple[str, str]]:
    """Yields the lines of a file; paramiko ignores Include, so that it is resolved here."""
    block = "Host *"
    for number, text in enumerate(_text(file).split("\n"), 1):
        word = _WORD.fullmatch(text)
        where = f"{file}:{number}"
        if word and word[1].lower() in ("host", "match"):
            block = text
        if not word or word[1].lower() != "include":
            yield text, where
            continue
        if depth >= _NESTED:
            raise SettingsError("Include is nested too deeply", where=where)
        for included in _included(word[2], folder):
            inner = list(_read(included, folder, depth + 1))
            _refuse_conditional(block, inner, where)
            yield from inner
            yield block, ""


def _refuse_conditional(block: str, inner: list[tuple[str, str]], where: str) -> None:
    """Refuses an Include under a condition of files with conditions of their own."""
    words = [w for text, _ in inner if (w := _WORD.fullmatch(text))]
    if block != "Host *" and any(w[1].lower() in ("host", "match") for w in words):
        raise SettingsError(
            "Include under a Host or Match line of a file with Host lines is not supported",
            where=where,
            why="its hosts would be read without the condition",
        )


def _included(patterns: str, folder: Path) -> Iterator[Path]:
    for pattern in shlex.split(patterns):
        path = Path(pattern).expanduser()
        for found in sorted(glob.glob(str(path if path.is_absolute() else folder / path))):
            yield Path(found)


def _text(file: Path) -> str:
    try:
        return file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(
            "this ssh_config cannot be read",
            where=str(file),
            why=getattr(error, "strerror", None) or str(error),
            help=f"ls -l {shlex.quote(str(file))}",
        ) from error


def _parse(lines: Sequence[tuple[str, str]]) -> SSHConfig:
    config = SSHConfig()
    try:
        config.parse(io.StringIO("\n".join(text for text, _ in lines) + "\n"))
    except ConfigParseError as error:
        said = str(error)
        where = next((w for text, w in lines if text.strip() and text.strip() in said), "")
        raise SettingsError("this ssh_config cannot be read", where=where, why=said) from error
    return config
