"""The lab's SSH server: `python -m loopkit.lab.server DIRECTORY BEGIN [--stay]`, a process.

It listens on 127.0.0.1 only, a port a host, and ends when its standard input closes (unless
`--stay`), when it is told to, or when its directory is gone.
"""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import socket
import sys
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import asyncssh

from loopkit.lab import actions
from loopkit.lab.gate import Gate
from loopkit.lab.lab import Lab, open_lab
from loopkit.lab.world import HOSTS

_WATCH_SECONDS = 0.5
_MAX_REQUEST = 1 << 20


async def serve(directory: Path, begin: datetime, *, stay: bool) -> None:
    """Runs the lab until it is told to end; a new one begins at `begin`."""
    lab = open_lab(directory, begin)
    keys = directory / "keys"
    keys.mkdir(mode=0o700, exist_ok=True)
    gates = {plan.name: Gate(lab.machines[plan.name], keys, plan.user) for plan in HOSTS}
    before = _ports_before(directory)
    for name, gate in gates.items():
        await gate.listen(before.get(name, 0))
    done = asyncio.Event()
    token = secrets.token_hex(16)
    control = await _control(lab, gates, token, done)
    _write_files(directory, gates, token, control.sockets[0])
    print("ready", flush=True)
    watchers = [asyncio.create_task(_watch(directory, lab, token, done))]
    if not stay:
        watchers.append(asyncio.create_task(_watch_input(done)))
    await done.wait()
    control.close()
    for gate in gates.values():
        gate.close()
    with suppress(OSError):
        lab.save()


def _ports_before(directory: Path) -> dict[str, int]:
    """Returns the ports of the last run, so that what was written of the lab stays true."""
    try:
        hosts = json.loads((directory / "lab.json").read_text())["hosts"]
        return {name: int(host["port"]) for name, host in hosts.items()}
    except (OSError, ValueError, KeyError):
        return {}


# The directory's own files


def _write_files(
    directory: Path, gates: dict[str, Gate], token: str, control: socket.socket
) -> None:
    _put(directory / "ssh_config", "\n".join(_ssh_entry(directory, g) for g in gates.values()))
    _put(directory / "known_hosts", "".join(gate.known_hosts_line() for gate in gates.values()))
    record = {
        "kind": "built-in",
        "pid": os.getpid(),
        "control": control.getsockname()[1],
        "token": token,
        "hosts": {name: {"port": gate.port, "user": gate.user} for name, gate in gates.items()},
    }
    _put(directory / "lab.json", json.dumps(record, indent=2) + "\n")


def _ssh_entry(directory: Path, gate: Gate) -> str:
    identity = str(directory / "keys" / "client").replace('"', "")
    return (
        f"Host {gate.machine.name}\n"
        f"    HostName 127.0.0.1\n"
        f"    Port {gate.port}\n"
        f"    User {gate.user}\n"
        f'    IdentityFile "{identity}"\n'
        f"    IdentitiesOnly yes\n"
        f'    UserKnownHostsFile "{directory / "known_hosts"}"\n'
        f"    StrictHostKeyChecking yes\n"
    )


def _put(path: Path, text: str) -> None:
    scratch = path.with_name(path.name + ".new")
    scratch.touch(mode=0o600)
    scratch.write_text(text)
    os.replace(scratch, path)


# Being told, and noticing


async def _control(
    lab: Lab, gates: dict[str, Gate], token: str, done: asyncio.Event
) -> asyncio.Server:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            reply = await _reply(lab, gates, token, done, await reader.readline())
            writer.write(json.dumps(reply).encode() + b"\n")
            await writer.drain()
        writer.close()

    return await asyncio.start_server(answer, "127.0.0.1", 0, limit=_MAX_REQUEST)


async def _reply(
    lab: Lab,
    gates: dict[str, Gate],
    token: str,
    done: asyncio.Event,
    line: bytes,
) -> dict[str, Any]:
    try:
        request = json.loads(line)
        if not secrets.compare_digest(str(request.get("token")), token):
            return {"error": "wrong token"}
        if request["do"] == "down":
            done.set()
            return {}
        return await actions.perform(lab, gates, request)
    except (actions.Impossible, ValueError, KeyError, TypeError, OSError) as error:
        return {"error": str(error)}


async def _watch(directory: Path, lab: Lab, token: str, done: asyncio.Event) -> None:
    while True:
        await asyncio.sleep(_WATCH_SECONDS)
        try:
            record = json.loads((directory / "lab.json").read_text())
        except (OSError, ValueError):
            record = {}
        if record.get("token") != token:
            done.set()
            return
        with suppress(OSError):
            await asyncio.to_thread(lab.night.catch_up)


async def _watch_input(done: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()
    await loop.run_in_executor(None, sys.stdin.buffer.read)
    done.set()


def main() -> None:
    """Serves the directory named on the command line."""
    directory, begin = Path(sys.argv[1]).resolve(), datetime.fromisoformat(sys.argv[2])
    stay = "--stay" in sys.argv[3:]
    # Who starts a lab that stays goes on without it, and has no process to wait for.
    if stay and os.fork():
        os._exit(0)
    asyncssh.set_log_level("ERROR")
    asyncio.run(_serve_and_leave(directory, begin, stay=stay))


async def _serve_and_leave(directory: Path, begin: datetime, *, stay: bool) -> None:
    await serve(directory, begin, stay=stay)
    # Threads that wait for a command, or for standard input, are not waited for.
    os._exit(0)


if __name__ == "__main__":
    main()
