"""Opens the socket and the SSH transport of a connection, and names what goes wrong."""

from __future__ import annotations

import errno
import logging
import shlex
import socket
import stat
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from paramiko import PKey, Transport
from paramiko.ssh_exception import (
    AuthenticationException,
    ChannelException,
    PasswordRequiredException,
    SSHException,
)

from loopkit.effects.ssh.hostkeys import KnownHosts
from loopkit.effects.ssh.sshconfig import Way
from loopkit.errors import AuthenticationFailed, HostError, HostUnreachable

# Without a handler, Python prints paramiko's tracebacks on standard error.
logging.getLogger("paramiko").addHandler(logging.NullHandler())

# Of all exchanges that are fit for use this one costs least: with the default order a fresh
# connection takes 260 ms of processor time here, and half of that with this one first.
_KEX = "curve25519-sha256@libssh.org"
_QUICKACK: int | None = getattr(socket, "TCP_QUICKACK", None)


@dataclass(frozen=True)
class HostKeyCheck:
    """The policy that paramiko asks about every key, for it is given none to know itself."""

    host: str
    name: str
    known: KnownHosts

    def missing_host_key(self, client: Any, hostname: str, key: Any) -> None:
        """Refuses a key that known_hosts does not have for this host."""
        self.known.check(self.host, self.name, key.get_name(), key.asbytes())


class PromptSocket(socket.socket):
    """A TCP socket that never holds anything back.

    A command is several small packets each way, and one that waits for an acknowledgement which
    the other side delays costs 40 ms. TCP_NODELAY mends our half. We mend sshd's half too, by
    acknowledging at once. Together: 8 to 16 ms a command instead of 50.
    """

    def recv(self, size: int, flags: int = 0, /) -> bytes:
        """Reads, and acknowledges what came."""
        data = super().recv(size, flags)
        # Linux falls back to delayed acknowledgements by itself, see tcp(7), TCP_QUICKACK.
        if _QUICKACK is not None:
            self.setsockopt(socket.IPPROTO_TCP, _QUICKACK, 1)
        return data


def connect_socket(host: str, port: int, seconds: float) -> socket.socket:
    """Opens a TCP connection; all addresses of a host share the time allowed."""
    # A host with a dead IPv6 address must not take the time twice.
    over = time.monotonic() + seconds
    failure: OSError = TimeoutError()
    for family, kind, protocol, _, address in socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM
    ):
        sock = PromptSocket(family, kind, protocol)
        try:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sock.settimeout(max(0.01, over - time.monotonic()))
            sock.connect(address)
            return sock
        except OSError as error:
            sock.close()
            failure = error
    raise failure


def make_transport(sock: Any, algorithms: Sequence[str], **options: Any) -> Transport:
    """Returns a transport that asks first for the kinds of host key that are known."""
    transport = Transport(sock, **options)
    security = transport.get_security_options()
    types = security.key_types
    known = [a for a in algorithms if a in types]
    # A host shows the first key that both sides can use. If we did not ask for a known kind
    # first, a host with several keys could show one that known_hosts does not have.
    security.key_types = (*known, *(t for t in types if t not in known))
    security.kex = (
        *(k for k in security.kex if k == _KEX),
        *(k for k in security.kex if k != _KEX),
    )
    return transport


def usable_identities(way: Way) -> list[str]:
    """Returns the private keys to offer: those of ssh_config that only their owner can read.

    Raises:
        AuthenticationFailed: there is none, and no agent is named either.
    """
    usable = [str(key) for key in way.identities if _fault(key) == ""]
    if not usable and not way.agent:
        raise AuthenticationFailed(
            f"there is no key to show to {way.name}",
            host=way.name,
            where=way.where,
            why=_key_faults(way) or "ssh_config names no IdentityFile and no IdentityAgent for it",
            help=_mend(way),
        )
    return usable


def connect_error(way: Way, ssh: str, seconds: float, began: float, error: Exception) -> HostError:
    """Returns the one named error for whatever went wrong before a session stood."""
    if isinstance(error, HostError):
        return error
    if isinstance(error, AuthenticationException):
        return AuthenticationFailed(
            f"{way.name} takes none of our keys",
            host=way.name,
            where=way.where,
            why=_key_faults(way) or f"{_user(way)} offered {_offered(way)}: {error}",
            # Where our keys are sound, ssh's own story of the same way tells the most.
            help=_mend(way) if _key_faults(way) else ssh.replace("ssh ", "ssh -v ", 1),
        )
    what, why = _unreachable(way, seconds, began, error)
    return HostUnreachable(what, host=way.name, where=way.where, why=why, help=ssh)


def _unreachable(way: Way, seconds: float, began: float, error: Exception) -> tuple[str, str]:
    address = f"{way.words['hostname']} port {way.words.get('port', 22)}"
    late = time.monotonic() - began > seconds - 0.5
    match error:
        case socket.gaierror():
            return f"{way.name} has no address", f"{way.words['hostname']}: {error.strerror}"
        case TimeoutError():
            return f"{way.name} gave no answer in {seconds:g} s (connect)", address
        case ConnectionRefusedError():
            return f"{way.name} refused the connection", f"nothing listens on {address}"
        case ChannelException():
            return f"the jump host cannot reach {way.name}", f"{address}: {error.text}"
        case OSError() if error.errno in (errno.EHOSTUNREACH, errno.ENETUNREACH):
            return f"there is no way to {way.name}", f"{address}: {error.strerror}"
        case SSHException() | EOFError() if late:
            return (
                f"{way.name} took the connection and gave no SSH greeting in {seconds:g} s",
                f"{address}: something listens there that is stuck, or is no SSH server",
            )
        case _:
            said = str(error) or type(error).__name__
            return f"{way.name} ended the connection before a session stood", f"{address}: {said}"


def _fault(key: Path) -> str:
    """Returns why ssh would not use a key file, empty when it would."""
    try:
        mode = key.stat().st_mode
    except OSError as error:
        return f"{key}: {error.strerror}"
    if not stat.S_ISREG(mode):
        return f"{key} is no file"
    # paramiko would take it; ssh does not.
    return f"{key} can be read by others (mode {mode & 0o777:04o})" if mode & 0o077 else ""


def _key_faults(way: Way) -> str:
    faults = [_fault(key) or _locked(key) for key in way.identities]
    return "; ".join(f for f in faults if f)


def _locked(key: Path) -> str:
    try:
        PKey.from_path(key)
    except PasswordRequiredException:
        return f"{key} is encrypted, and ssh_config names no IdentityAgent"
    # Whatever else is wrong with the file, this key is no use: paramiko raises all sorts.
    except Exception as error:
        return f"{key} cannot be read as a private key: {error}"
    return ""


def _mend(way: Way) -> str:
    for key in way.identities:
        if "read by others" in _fault(key):
            return f"chmod 600 {shlex.quote(str(key))}"
    return "ssh-add -l" if way.agent else f"ssh -G {way.name} | grep -i identity"


def _user(way: Way) -> str:
    return str(way.words.get("user", "the local user"))


def _offered(way: Way) -> str:
    offered = [str(key) for key in way.identities] + (["the agent's keys"] if way.agent else [])
    return " and ".join(offered)
