"""SSH as a transport of runs: hosts.yaml says what a host is, ssh_config how it is reached."""

from __future__ import annotations

from loopkit.effects.run.transport import Connection
from loopkit.effects.settings import Settings
from loopkit.effects.ssh.inventory import read_inventory


class SshTransport:
    """Reaches the hosts of a workspace; see `effects.run.transport.Transport`.

    The files are read for each connection and never kept: a process that lives for long would
    otherwise go on reaching a host where it no longer is.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def connection(self, name: str) -> Connection:
        """Returns a new connection to a host, not yet open.

        Raises:
            SettingsError: hosts.yaml has no such host, or ssh_config cannot be read.
        """
        entry = read_inventory(self._settings.hosts).host(name)
        # Fabric and paramiko take 0.3 s to import: only who reaches a host waits for them.
        from loopkit.effects.ssh.access import access_of
        from loopkit.effects.ssh.connection import HostConnection

        return HostConnection(entry, access_of(self._settings))
