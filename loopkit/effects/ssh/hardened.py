"""A Fabric connection without Fabric's open doors: the base of every connection and jump host."""

from __future__ import annotations

import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import fabric
from paramiko.proxy import ProxyCommand
from paramiko.ssh_exception import SSHException

from loopkit.effects.ssh.access import Access
from loopkit.effects.ssh.dial import (
    HostKeyCheck,
    connect_error,
    connect_socket,
    make_transport,
    usable_identities,
)
from loopkit.effects.ssh.keepalive import KeepAlive
from loopkit.effects.ssh.sshconfig import Way
from loopkit.errors import ConnectionLost, HostUnreachable, SettingsError

# Each jump is a key exchange; no network needs so many, and a circle would never end.
_MOST_JUMPS = 8
_TO_END = 0.5
"""Seconds that the program of a ProxyCommand has to end by itself."""


class HardenedConnection(fabric.Connection):  # type: ignore[misc]
    """One SSH connection: keys checked, deadlines everywhere, opened once and never again.

    Fabric opens anew, in silence, a connection that was lost; a command could then run twice.
    """

    access: Access
    way: Way
    keepalive: KeepAlive | None = None
    _opened = False
    _sock: Any = None
    _program: subprocess.Popen[bytes] | None = None
    _jumps = 0

    def __init__(self, name: str, access: Access, *, gateway: Any = None, jumps: int = 0) -> None:
        # Set without Fabric's proxy, which would take them for settings.
        self._set(access=access, way=access.ways.to(name.rpartition("@")[2]), _jumps=jumps)
        super().__init__(
            name,
            config=_settings(access),
            gateway=gateway,
            forward_agent=False,
            connect_timeout=max(1, round(self.way.seconds(access.seconds))),
            connect_kwargs={},
            # Fabric would put `export K=V &&` before each command, and V unquoted.
            inline_ssh_env=False,
        )
        known = access.known_for(self.way)
        name_there = self.way.known_name
        self.client.set_missing_host_key_policy(HostKeyCheck(name, name_there, known))
        self.connect_kwargs["transport_factory"] = partial(
            make_transport, algorithms=known.algorithms(name_there)
        )

    def resolve_connect_kwargs(self, connect_kwargs: Any) -> dict[str, Any]:
        """Returns what paramiko is given: no guessing of keys, and a limit for each wait."""
        # Its own limits are 15 s for the banner, 30 s for authentication and an hour for a
        # channel (paramiko 4.0, transport.py). Trying every key of ~/.ssh can end at MaxAuthTries.
        seconds = self.way.seconds(self.access.seconds)
        return {
            "look_for_keys": False,
            "allow_agent": self.way.agent,
            "banner_timeout": seconds,
            "auth_timeout": seconds,
            "channel_timeout": seconds,
        }

    def get_gateway(self) -> Any:
        """Returns the last jump host, as hardened as the host itself, or a ProxyCommand.

        Fabric goes through the hosts of ProxyJump in the wrong order, and trusts their keys.
        """
        jump = str(self.ssh_config.get("proxyjump") or "none")
        if jump.lower() == "none":
            return self.ssh_config.get("proxycommand")
        hops = jump.split(",")
        # ssh lets a `Host *` with ProxyJump stand, and does not jump from a host to itself.
        if any(self._leads_here(hop) for hop in hops):
            return None
        if self._jumps >= _MOST_JUMPS:
            raise SettingsError(
                f"ProxyJump of {self.way.name} never ends", where=self.way.where, why=jump
            )
        gateway = None
        for hop in hops:
            gateway = HardenedConnection(hop, self.access, gateway=gateway, jumps=self._jumps + 1)
        return gateway

    def open_gateway(self) -> Any:
        """Opens the way through a jump host, or starts the program of ProxyCommand."""
        way = super().open_gateway()
        if isinstance(way, ProxyCommand):
            self._program = way.process
        return way

    def _leads_here(self, hop: str) -> bool:
        """Returns whether a jump host is this host: `Host *` with ProxyJump names itself too."""
        return bool(self.derive_shorthand(hop)["host"] in (self.original_host, self.host))

    @property
    def ended(self) -> bool:
        """Returns whether it was open once, and is not any more."""
        return self._opened and not self.is_connected

    def open(self) -> None:
        """Opens the connection, once.

        Raises:
            HostError: it cannot be opened, or not trusted, or was lost since.
        """
        if self.is_connected:
            return
        if self._opened:
            raise self._gone()
        self._opened = True
        with self._named_errors():
            self.connect_kwargs["key_filename"] = usable_identities(self.way)
            if not self.gateway:
                self._sock = connect_socket(self.host, self.port, self.connect_timeout)
                self.connect_kwargs["sock"] = self._sock
            super().open()
        self.keepalive = KeepAlive(self.transport)
        self.keepalive.start()

    def create_session(self) -> Any:
        """Opens a channel for one command; what fails here was not sent."""
        self.open()
        try:
            return self.transport.open_session(timeout=self.connect_timeout)
        except (SSHException, EOFError, OSError) as error:
            self.close()
            raise self._no_channel(error) from error

    def close(self) -> None:
        """Closes everything, also what is broken or half open."""
        if self.keepalive is not None:
            self.keepalive.stop()
        reader = self.transport
        self.client.close()
        if self._sock is not None:
            self._sock.close()
        if self._program is not None:
            _end(self._program, reader)
        if isinstance(self.gateway, HardenedConnection):
            self.gateway.close()

    @contextmanager
    def _named_errors(self) -> Iterator[None]:
        began = time.monotonic()
        try:
            yield
        except BaseException as error:
            self.close()
            if not isinstance(error, Exception):
                raise
            ssh = self.advice()
            raise connect_error(self.way, ssh, self.connect_timeout, began, error) from error

    def _no_channel(self, error: Exception) -> HostUnreachable:
        said = str(error) or "it was closed"
        return HostUnreachable(
            f"the connection to {self.way.name} no longer answers",
            host=self.way.name,
            where=self.way.where,
            why=f"it stood, and gave no channel for the next command, which was not sent: {said}",
            help=self.advice(),
        )

    def _gone(self) -> HostUnreachable:
        return HostUnreachable(
            f"the connection to {self.way.name} was lost earlier in this step",
            host=self.way.name,
            where=self.way.where,
            why="nothing more was sent: it is not opened again by itself",
            help=self.advice(),
        )

    def advice(self, *argv: str) -> str:
        """Returns the ssh command by which a person runs an argv there, or `true`."""
        return self.access.ssh(self.way.name, *argv)

    def lost(self, argv: str) -> ConnectionLost:
        """Returns the error for a connection that ended while a command ran."""
        silent = self.keepalive is not None and self.keepalive.lost
        how = "no sign of life for 12 s" if silent else "it was closed"
        return ConnectionLost(
            f"the connection to {self.way.name} was lost",
            host=self.way.name,
            where=self.way.where,
            why=f"{how} while this ran there: {argv}",
            help=self.advice(),
        )


def _end(program: subprocess.Popen[bytes], reader: threading.Thread | None) -> None:
    """Ends a ProxyCommand; paramiko asks it to end, and leaves the process and its pipes behind."""
    # Its thread asks the process to end too, by a number that is another's once it was waited for.
    if reader is not None and reader.is_alive():
        reader.join(5)
    program.terminate()
    try:
        program.wait(_TO_END)
    except subprocess.TimeoutExpired:
        program.kill()
        program.wait()
    for pipe in (program.stdin, program.stdout, program.stderr):
        if pipe is not None:
            pipe.close()


def _settings(access: Access) -> fabric.Config:
    """Returns Fabric's settings without its files and environment variables."""
    # With run.dry in one of them every command would "end" with 0 and never be sent.
    return fabric.Config(
        lazy=True, ssh_config=access.ways.config, overrides={"run": {"dry": False}}
    )
