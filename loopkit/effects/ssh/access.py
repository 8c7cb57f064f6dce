"""How the hosts of a workspace are reached: ssh_config, known_hosts, and how long to wait."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path

from loopkit.effects.settings import Settings
from loopkit.effects.ssh.hostkeys import KnownHosts
from loopkit.effects.ssh.sshconfig import Way, Ways, default_files
from loopkit.errors import SettingsError

# Long enough for a host that wakes its disks, short enough for a person who watches.
CONNECT_SECONDS = 10.0


@dataclass(frozen=True)
class Access:
    """What ssh_config and known_hosts say, and how long connecting may take."""

    ways: Ways
    known_hosts: tuple[Path, ...] = ()
    """Empty for those that ssh_config names, or ssh's own."""
    seconds: float = CONNECT_SECONDS
    given: Path | None = None

    @classmethod
    def of(
        cls,
        ssh_config: Path | None = None,
        known_hosts: tuple[Path, ...] = (),
        seconds: float = CONNECT_SECONDS,
    ) -> Access:
        """Reads the ssh_config that is given, or those that ssh reads by itself."""
        if ssh_config is not None:
            return cls(Ways.read([ssh_config]), known_hosts, seconds, ssh_config)
        # ssh itself does not mind when one of its own files is missing.
        return cls(Ways.read(default_files(), required=False), known_hosts, seconds)

    def known_for(self, way: Way) -> KnownHosts:
        """Returns the known_hosts that count for a host."""
        return KnownHosts.read(self.known_hosts or way.known_hosts)

    def ssh(self, name: str, *argv: str) -> str:
        """Returns the command by which a person goes the same way, to run `true` or an argv."""
        config = f"-F {shlex.quote(str(self.given))} " if self.given else ""
        return f"ssh {config}{name} {shlex.quote(shlex.join(argv)) if argv else 'true'}"


def access_of(settings: Settings) -> Access:
    """Returns how the hosts of a workspace are reached: by its lab, where it has one.

    Raises:
        SettingsError: there is no lab yet, or an ssh_config cannot be read.
    """
    seconds = settings.connect_timeout
    if settings.lab is not None:
        config, known = settings.lab / "ssh_config", (settings.lab / "known_hosts",)
        if not config.is_file():
            raise SettingsError("there is no lab yet", where=str(settings.lab), help="loop lab up")
        return Access.of(config, known, seconds)
    return Access.of(settings.ssh_config, settings.known_hosts, seconds)
