"""Asks the other side of a connection whether it is still there, and ends it when it is not.

paramiko's own keep-alive asks for no answer, so a dead link would hold a command for the
quarter of an hour that TCP takes. This one asks for an answer. OpenSSH answers "failure",
which is a sign of life as good as any; sshd asks its clients the same way (ClientAliveInterval
in sshd_config(5)).
"""

from __future__ import annotations

import threading
import time
from typing import Any

ASK_EVERY = 3.0
GIVE_UP_AFTER = 9.0
"""Seconds without an answer and without any output: with ASK_EVERY, 12 s in all."""


class KeepAlive(threading.Thread):
    """Watches one transport from the moment it is authenticated until it ends."""

    def __init__(self, transport: Any) -> None:
        super().__init__(daemon=True, name="loopkit-keepalive")
        self.lost = False
        self._transport = transport
        self._asking = threading.Lock()
        self._ended = threading.Event()
        self._last = time.monotonic()

    def seen(self) -> None:
        """Notes a sign of life: output, or input that was taken."""
        self._last = time.monotonic()

    def run(self) -> None:
        """Asks again and again, until the connection ends."""
        while not self._ended.wait(ASK_EVERY) and self._transport.active:
            self.ask()

    def ask(self) -> bool:
        """Returns whether the other side answers; when it does not, the transport is closed."""
        # One question at a time: paramiko keeps one event for answers, and a second question
        # would take it away from the first.
        with self._asking:
            self.seen()
            watch = self._watch(GIVE_UP_AFTER)
            try:
                self._transport.global_request("keepalive@openssh.com", wait=True)
            except (OSError, EOFError):
                return False
            finally:
                self._watching.cancel()
                watch.cancel()
            return bool(self._transport.active)

    def stop(self) -> None:
        """Ends the watch; the transport stays as it is."""
        self._ended.set()

    def _watch(self, seconds: float) -> threading.Timer:
        self._watching = threading.Timer(seconds, self._judge)
        self._watching.daemon = True
        self._watching.start()
        return self._watching

    def _judge(self) -> None:
        """Gives up, unless something came meanwhile: on a slow link an answer waits its turn."""
        silent = time.monotonic() - self._last
        if silent + 0.1 < GIVE_UP_AFTER:
            self._watch(GIVE_UP_AFTER - silent)
            return
        self.lost = True
        self._transport.close()
