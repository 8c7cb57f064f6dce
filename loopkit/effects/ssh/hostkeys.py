"""known_hosts, read as OpenSSH reads it and never written: which keys a host may show.

paramiko knows neither @revoked, @cert-authority, wildcards with negation nor two keys of one
type, and Fabric replaces its check by one that accepts anything, so the check is made here.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from loopkit.errors import HostKeyChanged, HostKeyRevoked, HostKeyUnknown, SettingsError

_REVOKED = "@revoked"
_AUTHORITY = "@cert-authority"
# One RSA key signs with either hash, and known_hosts says `ssh-rsa` for both (RFC 8332).
_RSA = ("rsa-sha2-512", "rsa-sha2-256")


@dataclass(frozen=True, slots=True)
class KnownKey:
    """One line of a known_hosts file; `marker` is empty, `@revoked` or `@cert-authority`."""

    marker: str
    names: str
    type: str
    blob: bytes
    where: str

    def names_host(self, name: str) -> bool:
        """Returns whether this line speaks of a host: plain, hashed, with wildcards or not."""
        if self.names.startswith("|1|"):
            return _hashed(self.names, name)
        patterns = self.names.split(",")
        if any(_matches(p[1:], name) for p in patterns if p.startswith("!")):
            return False
        return any(_matches(p, name) for p in patterns)


@dataclass(frozen=True)
class KnownHosts:
    """The lines of some known_hosts files, in order."""

    keys: tuple[KnownKey, ...]
    files: tuple[Path, ...]

    @classmethod
    def read(cls, files: Sequence[Path]) -> KnownHosts:
        """Reads files; one that is not there holds no key."""
        keys = [key for path in files for key in _read(path)]
        return cls(tuple(keys), tuple(files))

    def for_host(self, name: str) -> tuple[KnownKey, ...]:
        """Returns every line that speaks of a host, markers included."""
        return tuple(key for key in self.keys if key.names_host(name))

    def algorithms(self, name: str) -> tuple[str, ...]:
        """Returns the key types to ask a host for first: those that are known of it.

        OpenSSH does the same, so that a host with keys of several types shows one we can check.
        """
        types = dict.fromkeys(key.type for key in self.for_host(name) if not key.marker)
        return tuple(a for t in types for a in (_RSA if t == "ssh-rsa" else (t,)))

    def check(self, host: str, name: str, type: str, blob: bytes) -> None:
        """Accepts a key that a host may show; `name` is what known_hosts calls the host.

        Raises:
            HostKeyRevoked, HostKeyChanged, HostKeyUnknown: it may not.
        """
        lines = self.for_host(name)
        revoked = [k for k in lines if k.marker == _REVOKED and k.blob == blob]
        trusted = [k for k in lines if not k.marker]
        if revoked:
            raise HostKeyRevoked(
                f"{host} shows a key that is revoked",
                host=host,
                where=revoked[0].where,
                why=f"{type} {fingerprint(blob)} is marked {_REVOKED}",
                help=_find(revoked[0], name),
            )
        if any(k.type == type and k.blob == blob for k in trusted):
            return
        if trusted:
            raise _changed(host, name, type, blob, trusted)
        raise self._unknown(host, name, type, blob, lines)

    def _unknown(
        self, host: str, name: str, type: str, blob: bytes, lines: Sequence[KnownKey]
    ) -> HostKeyUnknown:
        authority = next((k for k in lines if k.marker == _AUTHORITY), None)
        why = f"it shows {type} {fingerprint(blob)}, and no line names {name}"
        if authority is not None:
            why = f"{authority.where} trusts a certificate authority, and only keys can be checked"
        return HostKeyUnknown(
            f"the key of {host} is not known",
            host=host,
            where=", ".join(str(f) for f in self.files) or "known_hosts",
            why=why + ". Compare it with the host's own console before you add it",
            help=_scan(name),
        )


def known_name(host: str, port: int) -> str:
    """Returns what known_hosts calls a host: `[host]:port` off the usual port."""
    return host.lower() if port == 22 else f"[{host.lower()}]:{port}"


def fingerprint(blob: bytes) -> str:
    """Returns the SHA-256 fingerprint as ssh prints it."""
    digest = base64.b64encode(hashlib.sha256(blob).digest()).decode("ascii")
    return "SHA256:" + digest.rstrip("=")


def _changed(
    host: str, name: str, type: str, blob: bytes, trusted: Sequence[KnownKey]
) -> HostKeyChanged:
    known = next((k for k in trusted if k.type == type), trusted[0])
    return HostKeyChanged(
        f"{host} shows another key than the one that is known",
        host=host,
        where=known.where,
        why=f"known: {known.type} {fingerprint(known.blob)}; shown: {type} {fingerprint(blob)}. "
        "Someone may be in between, or the host was installed anew",
        help=_find(known, name),
    )


def _find(key: KnownKey, name: str) -> str:
    file = key.where.rpartition(":")[0]
    return f"ssh-keygen -l -F {shlex.quote(name)} -f {shlex.quote(file)}"


def _scan(name: str) -> str:
    """Returns the command that prints a host's keys as fingerprints, to compare."""
    bracketed = re.fullmatch(r"\[(.+)\]:(\d+)", name)
    if bracketed is None:
        return f"ssh-keyscan {shlex.quote(name)} | ssh-keygen -lf -"
    return f"ssh-keyscan -p {bracketed[2]} {shlex.quote(bracketed[1])} | ssh-keygen -lf -"


def _read(path: Path) -> list[KnownKey]:
    try:
        text = path.read_text("utf-8", errors="replace")
    except (FileNotFoundError, NotADirectoryError):
        return []  # as ssh does: no file, no known key, and the host is refused
    except OSError as error:
        raise SettingsError(
            "these known hosts cannot be read",
            where=str(path),
            why=error.strerror or str(error),
            help=f"ls -ld {shlex.quote(str(path))}",
        ) from error
    lines = (_parse(line, f"{path}:{n}") for n, line in enumerate(text.split("\n"), 1))
    return [key for key in lines if key is not None]


def _parse(line: str, where: str) -> KnownKey | None:
    """Reads a line; None for a comment, an empty line, or one that OpenSSH would skip too."""
    words = line.split()
    if not words or words[0].startswith("#"):
        return None
    marker = words.pop(0) if words[0].startswith("@") else ""
    if len(words) < 3 or marker not in ("", _REVOKED, _AUTHORITY):
        return None
    try:
        return KnownKey(
            marker, words[0], words[1], base64.b64decode(words[2], validate=True), where
        )
    except binascii.Error:
        return None


def _hashed(entry: str, name: str) -> bool:
    parts = entry.split("|")
    try:
        salt, digest = (base64.b64decode(part, validate=True) for part in parts[2:4])
    except (binascii.Error, ValueError):
        return False
    # HMAC-SHA1 is what OpenSSH hashes names with; it hides them, and secures nothing.
    found = hmac.new(salt, name.encode(), hashlib.sha1).digest()
    return hmac.compare_digest(found, digest)


def _matches(pattern: str, name: str) -> bool:
    # Only * and ? are special: a pattern `[host]:port` is no set of characters, as in fnmatch.
    expression = re.escape(pattern.lower()).replace(r"\*", ".*").replace(r"\?", ".")
    return re.fullmatch(expression, name, re.DOTALL) is not None
