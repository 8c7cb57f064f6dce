"""A lab and Fabric connections to its hosts, as the tests use them."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Any

import fabric
import paramiko

from loopkit.lab import control


class Standing:
    """A lab whose server ends with the test."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Standing:
        self._process = control.up(self.directory, stay=False)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._process is not None
        with self._process:
            control.down(self.directory)

    @property
    def record(self) -> dict[str, Any]:
        """Returns what lab.json says."""
        found: dict[str, Any] = json.loads((self.directory / "lab.json").read_text())
        return found

    def connect(self, host: str, user: str = "") -> fabric.Connection:
        """Returns a connection that trusts known_hosts only, not yet open."""
        facts = self.record["hosts"][host]
        config = fabric.Config(overrides={"load_ssh_configs": False, "run": {"in_stream": False}})
        connection = fabric.Connection(
            "127.0.0.1",
            port=facts["port"],
            user=user or facts["user"],
            config=config,
            connect_timeout=3,
            connect_kwargs={
                "key_filename": str(self.directory / "keys" / "client"),
                "look_for_keys": False,
                "allow_agent": False,
                "banner_timeout": 2,
                "auth_timeout": 3,
            },
        )
        connection.client.load_system_host_keys(str(self.directory / "known_hosts"))
        connection.client.set_missing_host_key_policy(paramiko.RejectPolicy())
        return connection

    def run(self, host: str, line: str) -> Any:
        """Runs one line on a host, and returns Fabric's result."""
        with self.connect(host) as connection:
            return connection.run(line, hide=True, warn=True, in_stream=False)

    def send(self, host: str, line: str, content: bytes) -> bytes:
        """Runs one line with bytes on its standard input, and returns its standard output."""
        with self.connect(host) as connection:
            connection.open()
            with connection.client.get_transport().open_session() as channel:
                channel.exec_command(line)
                channel.sendall(content)
                channel.shutdown_write()
                return b"".join(iter(lambda: channel.recv(1 << 16), b""))
