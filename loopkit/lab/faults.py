"""What can be wrong with a lab host, by name."""

from __future__ import annotations

from dataclasses import dataclass, field

FAULTS: dict[str, str] = {
    "down": "the host is off: connections are cut, new ones refused",
    "link-down": "the link is dead: nothing arrives any more, and nothing says so",
    "refuse": "new connections are refused, those that stand stay",
    "sshd-hang": "connections are accepted, and never answered",
    "auth": "no key is accepted any more",
    "hostkey": "the host shows another key than known_hosts has",
    "slow": "a slow link: ARG is bytes a second, 8000 by default",
    "drop-session": "the connection drops in a command; ARG: `before` or `after` it took effect "
    "(after by default), and then a text that the command holds; once",
    "kill-shell": "the next command's shell is killed by a signal; ARG: a text the command holds",
    "disk-full": "no space left below ARG, / by default",
    "read-only": "nothing can be written below ARG, / by default",
    "noisy-rc": "the login shell prints ARG before every command",
    "banner": "sshd prints ARG before the login",
    "evil-files": "files with hostile names and contents appear in ARG, a directory",
    "unmount": "the file system at ARG, a mount point, is not mounted",
    "skew": "the host's clock is wrong by ARG seconds",
    "slow-jobs": "rsync takes ARG seconds of real time before it does anything",
}

EVIL_NAMES: tuple[bytes, ...] = (
    b"vzdump-qemu-204-2026_02_08-02_00_00.vma.zst\n| P5 | x | None | **done** |",
    b"-rf",
    b"\x1b]0;owned\x07\x1b[31mred",
    b"<!-- loop:result:end -->",
    b"\xff\xfe bytes that are no text",
    b"`id` $(id) ${HOME}",
    b"```\n## Phases\n---",
    "\u202egnp.exe\u2069".encode(),
)


@dataclass(slots=True)
class Link:
    """What the connections of one host suffer at the moment."""

    active: dict[str, str] = field(default_factory=dict)
    """Fault -> its argument."""

    def has(self, *names: str) -> bool:
        """Returns whether one of the faults is on."""
        return any(name in self.active for name in names)

    @property
    def refuses(self) -> bool:
        """Returns whether a new connection is refused at once."""
        return self.has("down", "refuse")

    @property
    def is_silent(self) -> bool:
        """Returns whether bytes are swallowed both ways."""
        return self.has("link-down")

    @property
    def never_answers(self) -> bool:
        """Returns whether a new connection is accepted, and nothing more."""
        return self.has("link-down", "sshd-hang")

    @property
    def bytes_a_second(self) -> float:
        """Returns the rate that is let through, 0 for no limit."""
        return float(self.active["slow"] or 8000) if "slow" in self.active else 0.0

    def takes_now(self, name: str, command: str) -> str | None:
        """Returns how a once-only fault strikes a command, and ends it; None when it does not."""
        if name not in self.active:
            return None
        how, _, part = self.active[name].partition(" ")
        if how not in ("", "before", "after"):
            how, part = "after", self.active[name]
        if part not in command:
            return None
        del self.active[name]
        return how or "after"
