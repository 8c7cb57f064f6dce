"""The SSH side of one lab host: its port, keys, sessions, and what its link does to bytes."""

from __future__ import annotations

import asyncio
import os
import socket
import threading
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncssh

from loopkit.lab.faults import Link
from loopkit.lab.lab import run_sent
from loopkit.lab.machine import Machine, Streams
from loopkit.lab.sftp import RootedSFTP

_CHUNK = 1 << 16
_REPLY_SECONDS = 0.05
"""Lets the client hear that its command was taken, before the connection drops."""


class Gate:
    """One listening port of 127.0.0.1. Bytes pass through `_pump`, where a fault can hold them."""

    def __init__(self, machine: Machine, keys: Path, user: str) -> None:
        self.machine = machine
        self.user = user
        self.link = Link()
        self.port = 0
        self._client_key = _key(keys / "client")
        self._host_key = _key(keys / machine.name)
        self._listener: asyncio.Server | None = None
        self._wires: set[_Wire] = set()

    async def listen(self, port: int = 0) -> None:
        """Opens the port, the given one when it is free."""
        if self._listener is not None:
            return
        try:
            self._listener = await asyncio.start_server(self._accept, "127.0.0.1", port)
        except OSError:
            self._listener = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = self._listener.sockets[0].getsockname()[1]

    def close(self) -> None:
        """Refuses new connections."""
        if self._listener is not None:
            self._listener.close()
            self._listener = None

    def cut(self) -> None:
        """Drops every connection that stands."""
        for wire in tuple(self._wires):
            wire.cut()

    async def obey(self) -> None:
        """Brings port and connections in line with the faults that are on."""
        if self.link.has("down"):
            self.machine.halted.set()
            self.cut()
        elif self.machine.halted.is_set():
            self.machine.halted = threading.Event()
        if self.link.refuses:
            self.close()
        else:
            await self.listen(self.port)

    def known_hosts_line(self) -> str:
        """Returns the line that known_hosts has for this host."""
        return f"[127.0.0.1]:{self.port} {self._host_key.export_public_key().decode()}"

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.link.refuses:
            writer.transport.abort()
            return
        ours, theirs = socket.socketpair()
        inner = await asyncio.open_connection(sock=ours)
        wire = _Wire(self.link, (reader, writer), inner)
        self._wires.add(wire)
        silent = self.link.never_answers
        serving = asyncio.create_task(_hold() if silent else self._serve(theirs, wire))
        try:
            await wire.carry()
        finally:
            self._wires.discard(wire)
            if silent:
                # A socket that AsyncSSH has is AsyncSSH's to close.
                theirs.close()
            serving.cancel()

    async def _serve(self, sock: socket.socket, wire: _Wire) -> None:
        changed = self.link.has("hostkey")
        key = asyncssh.generate_private_key("ssh-ed25519") if changed else self._host_key
        with suppress(asyncssh.Error, OSError):
            await asyncssh.run_server(
                sock,
                server_host_keys=[key],
                server_factory=lambda: _Login(self, self._client_key),
                process_factory=lambda process: self._session(process, wire),
                sftp_factory=lambda channel: RootedSFTP(channel, self.machine),
                encoding=None,
                line_editor=False,
                allow_scp=False,
                agent_forwarding=False,
                x11_forwarding=False,
            )

    async def _session(self, process: Any, wire: _Wire) -> None:
        command: str | None = process.command
        if command is None:
            process.stderr.write(b"this lab has no interactive shell: send a command\n")
            process.exit(1)
            return
        if self.link.takes_now("kill-shell", command):
            process.exit_with_signal("KILL")
            return
        drop = self.link.takes_now("drop-session", command)
        if drop == "before":
            await asyncio.sleep(_REPLY_SECONDS)
            wire.cut()
            return
        if "noisy-rc" in self.link.active:
            process.stdout.write(_noise(self.link.active["noisy-rc"]))
        status = await self._run(process, command)
        if drop:
            wire.cut()
        elif status is None:
            process.exit_with_signal("KILL")
        else:
            process.exit(status)

    async def _run(self, process: Any, command: str) -> int | None:
        loop = asyncio.get_running_loop()
        outputs = [_ChannelOutput(process.stdout, loop), _ChannelOutput(process.stderr, loop)]
        streams: Streams = {0: _ChannelInput(process.stdin, loop), 1: outputs[0], 2: outputs[1]}
        user = self.machine.user(process.get_extra_info("username"))
        ended: asyncio.Future[int | None] = loop.create_future()

        def work() -> None:
            status = run_sent(self.machine, user, command, streams)
            for output in outputs:
                output.flush()
            loop.call_soon_threadsafe(ended.set_result, status)

        threading.Thread(target=work, daemon=True).start()
        return await ended


@dataclass(eq=False)
class _Wire:
    """One client's bytes, on their way to and from the SSH server behind the port."""

    link: Link
    outer: tuple[asyncio.StreamReader, asyncio.StreamWriter]
    inner: tuple[asyncio.StreamReader, asyncio.StreamWriter]

    async def carry(self) -> None:
        """Carries bytes both ways until one side ends."""
        pumps = [
            asyncio.create_task(self._pump(self.outer[0], self.inner[1])),
            asyncio.create_task(self._pump(self.inner[0], self.outer[1])),
        ]
        await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        self.cut()

    def cut(self) -> None:
        """Ends both sides at once."""
        for _, writer in (self.outer, self.inner):
            writer.transport.abort()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, OSError):
            while data := await reader.read(_CHUNK):
                if self.link.is_silent:
                    continue
                if rate := self.link.bytes_a_second:
                    await asyncio.sleep(len(data) / rate)
                writer.write(data)
                await writer.drain()
            await writer.drain()


class _Login(asyncssh.SSHServer):
    """Who may log in: the users of the host, with the lab's one key."""

    def __init__(self, gate: Gate, key: Any) -> None:
        self._gate = gate
        self._key = key.convert_to_public()
        self._connection: Any = None

    def connection_made(self, conn: Any) -> None:
        """Keeps the connection, for the banner."""
        self._connection = conn

    def begin_auth(self, username: str) -> bool:
        """Shows the banner, when there is one; a key is always needed."""
        if "banner" in self._gate.link.active:
            text = self._gate.link.active["banner"] or "Authorised use only"
            self._connection.send_auth_banner(text + "\n")
        return True

    def public_key_auth_supported(self) -> bool:
        """Returns that a key is the way in."""
        return True

    def validate_public_key(self, username: str, key: Any) -> bool:
        """Returns whether the key is the lab's, and the user one of the host's."""
        is_known = username in self._gate.machine.users and key == self._key
        return is_known and not self._gate.link.has("auth")


class _ChannelInput:
    """A session's standard input, read by a thread only when a program asks."""

    def __init__(self, reader: Any, loop: asyncio.AbstractEventLoop) -> None:
        self._reader = reader
        self._loop = loop

    def read(self) -> bytes:
        """Returns all that comes until the client ends it."""
        return self._wait(self._reader.read())

    def readline(self) -> bytes:
        """Returns one line."""
        return self._wait(self._reader.readline())

    def _wait(self, reading: Any) -> bytes:
        try:
            data: bytes = asyncio.run_coroutine_threadsafe(reading, self._loop).result()
        except (asyncssh.Error, asyncssh.BreakReceived, asyncssh.SignalReceived, OSError):
            return b""
        return data


class _ChannelOutput:
    """A session's output: gathered by the thread, sent by the loop as fast as the client reads."""

    def __init__(self, writer: Any, loop: asyncio.AbstractEventLoop) -> None:
        self._writer = writer
        self._loop = loop
        self._pending = bytearray()

    def write(self, data: bytes, /) -> object:
        """Takes bytes."""
        self._pending += data
        if len(self._pending) >= _CHUNK:
            self.flush()
        return len(data)

    def flush(self) -> None:
        """Sends what was taken, and waits until the client has room for more."""
        data, self._pending = bytes(self._pending), bytearray()
        for at in range(0, len(data), _CHUNK):
            sending = self._send(data[at : at + _CHUNK])
            with suppress(asyncssh.Error, OSError, RuntimeError):
                asyncio.run_coroutine_threadsafe(sending, self._loop).result()

    async def _send(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()


async def _hold() -> None:
    """Answers nothing."""


def _noise(text: str) -> bytes:
    return ((text or "Welcome to this host! 3 updates can be applied.") + "\n").encode()


def _key(path: Path) -> Any:
    if not path.exists():
        made: Any = asyncssh.generate_private_key("ssh-ed25519")
        path.touch(mode=0o600)
        os.chmod(path, 0o600)
        made.write_private_key(str(path))
        path.with_suffix(".pub").write_bytes(made.export_public_key())
    return asyncssh.read_private_key(str(path))
