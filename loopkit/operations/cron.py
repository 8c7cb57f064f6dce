"""Files of /etc/cron.d that cron takes as they are meant, and cron's environment to try one in."""

from __future__ import annotations

from loopkit import facts
from loopkit.operations.files import file
from loopkit.operations.given import Given, given
from loopkit.runbook import Host, Refusal, Step

_ENVIRONMENT = ("env", "-i", "PATH=/usr/bin:/bin", "SHELL=/bin/sh", "HOME=/root", "LOGNAME=root")


def cron_path(job: str) -> str:
    """Returns where a job's cron file lies."""
    return f"/etc/cron.d/{job}"


def cron_file(name: str, job: str, content: Given[str], *, host: str = "") -> Step:
    """Returns the step that installs a cron file; one that cron would ignore is refused."""

    def checked(c: Host) -> str:
        text = given(c, content)
        faults = facts.cron_faults(job, text)
        if faults:
            raise Refusal(f"{cron_path(job)} would not run as it is meant: {'; '.join(faults)}")
        return text

    return file(name, cron_path(job), checked, mark=job, host=host)


def daily(hour: int, minute: int, command: str, *, about: str) -> str:
    """Returns the text of a cron file that runs one command of root's once a day.

    Raises:
        ValueError: cron would not run the command as it is meant.
    """
    text = f"# {about}\nMAILTO=root\n{minute} {hour} * * * root {command}\n"
    faults = facts.cron_faults("daily", text)
    if faults:
        raise ValueError("; ".join(faults))
    return text


def as_cron(*argv: str) -> tuple[str, ...]:
    """Returns a command in the environment that cron would give it.

    A script that needs more than that fails when it is tried, and not at night.
    """
    return (*_ENVIRONMENT, *argv)
