"""What a host answers is what it said, over a real OpenSSH server."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import pytest

from loopkit.effects.evidence.receipt import Output
from loopkit.effects.run.hosts import Hosts, StepHosts
from loopkit.effects.run.recorder import StepRecorder
from loopkit.effects.run.step import CheckAndApply, RunContext
from loopkit.effects.ssh.transport import SshTransport
from loopkit.errors import (
    CommandFailed,
    CommandKilled,
    CommandTimedOut,
    ConnectionLost,
    HostUnreachable,
    NotReadOnly,
    OutcomeUnknown,
    RecordFailed,
    RunbookError,
)
from loopkit.loop.outcome import StepOutcome
from loopkit.runbook import Host, Seen, Step
from tests.effects.sshd import MISSING, Bench, running

pytestmark = pytest.mark.skipif(bool(MISSING), reason=MISSING)

# The tests need more commands than a look may send by itself.
DECLARED = frozenset({("sh",), ("sleep",), ("printf",), ("setsid",), ("bash",)})


@dataclass
class Written:
    """A journal that keeps what it is given."""

    events: list[tuple[object, ...]] = field(default_factory=list)
    broken: bool = False
    filed: dict[int, list[str]] = field(default_factory=dict)
    """What each step sent, by its number."""
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    @property
    def sent(self) -> list[object]:
        return [event[2] for event in self.events if event[0] == "intent"]

    def began(self, name: str, host: str) -> int:
        number = next(self.numbers)
        self.filed[number] = [name]
        return number

    def ended(self, number: int, outcome: StepOutcome) -> None:
        self.filed[number].append(outcome.result)

    def intent(self, step: int, host: str, argv: Sequence[str], *, changing: bool) -> int:
        if self.broken:
            raise RecordFailed("the disk is full")
        self.filed.setdefault(step, []).append(f"{host}: {' '.join(argv)}")
        self.events.append(("intent", host, tuple(argv), changing))
        return len(self.events)

    def replied(
        self, number: int, exited: int, stdout: Output, stderr: Output, seconds: float
    ) -> None:
        self.events.append(("replied", number, exited, stdout.bytes))


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with running(tmp_path_factory.mktemp("sshd")) as server:
        yield Bench(tmp_path_factory.mktemp("workspace"), server)


@pytest.fixture
def hosts(bench: Bench) -> Iterator[StepHosts]:
    with bench.hosts(declared=DECLARED) as opened:
        yield opened


@pytest.fixture
def bashrc(bench: Bench) -> Iterator[Path]:
    path = bench.server.folder / "home" / ".bashrc"
    yield path
    path.unlink(missing_ok=True)


def test_every_argument_arrives_as_it_is(hosts: StepHosts) -> None:
    words = ["a b", "$(id)", "`id`", "; rm -rf /", "'", '"', "\\", "*", "é\n|", "", "-n", "~", "!x"]
    reply = hosts["pve"].read("printf", "%s\\0", *words)
    assert reply.stdout.split("\0")[:-1] == words


def test_a_reply_has_status_texts_size_and_hash(hosts: StepHosts) -> None:
    reply = hosts["pve"].read("sh", "-c", "echo out; echo err >&2; exit 3", ok=(0, 3))
    assert (reply.exited, reply.stdout, reply.stderr) == (3, "out\n", "err\n")
    assert reply.sha256 == hashlib.sha256(b"out\n").hexdigest()
    assert (reply.size, reply.truncated) == (4, False)


def test_another_status_than_allowed_is_a_failure_with_what_the_host_said(
    bench: Bench, hosts: StepHosts
) -> None:
    with pytest.raises(CommandFailed) as caught:
        hosts["pve"].read("cat", "/not/there")
    assert caught.value.exited == 1
    assert "No such file" in caught.value.stderr
    config = bench.root / "ssh_config"
    assert caught.value.help == f"ssh -F {config} pve 'cat /not/there'"


def test_standard_input_ends_given_or_not(hosts: StepHosts) -> None:
    content = os.urandom(300_000)
    assert hosts["pve"].read("cat").stdout == ""
    reply = hosts["pve"].read("sha256sum", stdin=content)
    assert reply.stdout.split()[0] == hashlib.sha256(content).hexdigest()


def test_a_command_that_does_not_read_its_input_ends_all_the_same(hosts: StepHosts) -> None:
    assert hosts["pve"].read("true", stdin=b"x" * 10_000_000).ok


def test_no_character_is_cut_by_a_chunk(hosts: StepHosts) -> None:
    text = "x" + "é€😀" * 200_000
    assert hosts["pve"].read("cat", stdin=text.encode()).stdout == text


def test_bytes_that_are_no_utf_8_are_replaced_and_hashed_as_they_came(hosts: StepHosts) -> None:
    reply = hosts["pve"].read("cat", stdin=b"a\xff\xfeb")
    assert reply.stdout == "a��b"
    assert reply.sha256 == hashlib.sha256(b"a\xff\xfeb").hexdigest()


def test_more_than_the_cap_is_counted_and_hashed_but_not_kept(hosts: StepHosts) -> None:
    began = time.monotonic()
    reply = hosts["pve"].read("head", "-c", str(100 * 2**20), "/dev/zero")
    took = time.monotonic() - began
    assert (reply.size, reply.truncated, len(reply.stdout)) == (100 * 2**20, True, 8 * 2**20)
    assert reply.sha256 == _hash_of_zeros(100 * 2**20)
    assert took < 15  # 0.5 s on an idle machine; in quadratic time it would be hours


def _hash_of_zeros(size: int) -> str:
    found = hashlib.sha256()
    for _ in range(size // 2**20):
        found.update(bytes(2**20))
    return found.hexdigest()


def test_a_noisy_login_shell_adds_nothing(hosts: StepHosts, bashrc: Path) -> None:
    bashrc.write_text(
        "printf 'no newline'; echo noise; echo noise >&2; PS4='+'; trap 'echo bye' EXIT\n"
        'cd() { echo cd; builtin cd "$@"; }; head -c 300000 /dev/zero\n'
    )
    reply = hosts["pve"].read("sh", "-c", "printf said; printf err >&2")
    assert (reply.stdout, reply.stderr, reply.size) == ("said", "err", 4)


def test_a_login_shell_that_ends_by_itself_is_no_reply(hosts: StepHosts, bashrc: Path) -> None:
    bashrc.write_text("echo no logins today; exit 0\n")
    with pytest.raises(HostUnreachable, match="did not run what it was sent"):
        hosts["pve"].read("true")
    with hosts.changing(), pytest.raises(OutcomeUnknown):
        hosts["pve"].change("true")


def test_a_child_that_holds_the_output_open_does_not_hold_us(hosts: StepHosts) -> None:
    began = time.monotonic()
    reply = hosts["pve"].read("sh", "-c", "sleep 60 & echo started", timeout=40)
    assert (reply.stdout, reply.truncated) == ("started\n", True)
    assert time.monotonic() - began < 20


# ── Ends that are not the command's own ──────────────────────────────────────────────────────


def test_a_deadline_ends_the_command_on_the_host(hosts: StepHosts) -> None:
    with pytest.raises(CommandTimedOut, match="still running on pve after 1 s"):
        hosts["pve"].read("sleep", "71.93", timeout=1)
    assert b"71.93" not in _processes()


def test_a_command_that_ignores_its_deadline_is_killed(hosts: StepHosts) -> None:
    with pytest.raises(CommandTimedOut):
        hosts["pve"].read("sh", "-c", "trap '' TERM; sleep 72.94; sleep 72.94", timeout=1)
    assert b"trap" not in _processes()


def _processes() -> bytes:
    return subprocess.run(["ps", "ax", "-o", "args="], capture_output=True, check=True).stdout


def test_a_status_of_124_before_the_deadline_is_the_commands_own(hosts: StepHosts) -> None:
    assert hosts["pve"].read("sh", "-c", "exit 124", ok=(124,)).exited == 124


def test_a_signal_is_told_from_a_lost_connection(hosts: StepHosts) -> None:
    with pytest.raises(CommandKilled, match="a signal on pve"):
        hosts["pve"].read("sh", "-c", "kill -9 $$")
    assert hosts["pve"].read("true").ok


def test_a_lost_connection_is_named_and_nothing_is_sent_again(
    bench: Bench, hosts: StepHosts, tmp_path: Path
) -> None:
    counter = tmp_path / "counter"
    pve = hosts["pve"]
    pve.read("true")
    with (
        _soon(counter.exists, lambda: bench.server.send(signal.SIGKILL)),
        hosts.changing(),
        pytest.raises(ConnectionLost, match="to pve was lost") as caught,
    ):
        pve.change("sh", "-c", f"echo ran >> {counter}; sleep 30", timeout=40)
    assert caught.value.help == f"ssh -F {bench.root / 'ssh_config'} pve true"
    with hosts.changing(), pytest.raises(HostUnreachable, match="lost earlier"):
        pve.change("sh", "-c", f"echo ran >> {counter}")
    assert counter.read_text() == "ran\n"
    assert hosts["pve"] is not pve
    assert hosts["pve"].read("true").ok


def test_a_dead_peer_is_found_within_15_seconds(bench: Bench, tmp_path: Path) -> None:
    started = tmp_path / "started"
    with bench.hosts(declared=DECLARED) as hosts:
        began: list[float] = []

        def stop() -> None:
            bench.server.send(signal.SIGSTOP)
            began.append(time.monotonic())

        with _soon(started.exists, stop), pytest.raises(ConnectionLost) as caught:
            hosts["pve"].read("sh", "-c", f"touch {started}; sleep 60", timeout=90)
        took = time.monotonic() - began[0]
        bench.server.send(signal.SIGCONT)
    assert "no sign of life" in caught.value.why
    assert took < 15


class _soon:
    """Does something on another thread as soon as a condition holds, while the body runs."""

    def __init__(self, when: Callable[[], bool], then: Callable[[], None]) -> None:
        self._when, self._then = when, then
        self._thread = threading.Thread(target=self._wait, daemon=True)

    def _wait(self) -> None:
        over = time.monotonic() + 30
        while not self._when() and time.monotonic() < over:
            time.sleep(0.01)
        self._then()

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._thread.join(40)


def test_an_interruption_lets_go_of_the_command_at_once(hosts: StepHosts, tmp_path: Path) -> None:
    started = tmp_path / "started"

    def interrupt() -> None:
        os.kill(os.getpid(), signal.SIGINT)

    began = time.monotonic()
    with _soon(started.exists, interrupt), pytest.raises(KeyboardInterrupt):
        hosts["pve"].read("sh", "-c", f"touch {started}; sleep 20", timeout=30)
    assert time.monotonic() - began < 15


# ── What may be sent, and what is written down first ─────────────────────────────────────────


def test_a_look_can_change_nothing(hosts: StepHosts, tmp_path: Path) -> None:
    with pytest.raises(NotReadOnly, match="not known to only read"):
        hosts["pve"].read("touch", str(tmp_path / "x"))
    with pytest.raises(NotReadOnly, match="a look only reads"):
        hosts["pve"].change("touch", str(tmp_path / "x"))
    with pytest.raises(NotReadOnly):
        hosts["pve"].put(str(tmp_path / "x"), b"")
    with pytest.raises(NotReadOnly):
        hosts["local"].files.write("x", b"")
    assert list(tmp_path.iterdir()) == []


def test_a_read_only_run_has_no_way_to_change(bench: Bench) -> None:
    with (
        bench.hosts(read_only=True) as hosts,
        pytest.raises(NotReadOnly, match="read-only phase"),
        hosts.changing(),
    ):
        pass


def test_peers_share_what_may_be_sent(hosts: StepHosts, tmp_path: Path) -> None:
    with pytest.raises(NotReadOnly):
        hosts["local"].peer("pve").change("touch", str(tmp_path / "x"))
    with hosts.changing():
        hosts["pve"].peer("pve").change("touch", str(tmp_path / "x"))
    assert (tmp_path / "x").exists()


def test_an_intent_is_written_before_the_command_and_the_reply_after(
    bench: Bench, tmp_path: Path
) -> None:
    written = Written()
    with bench.hosts(written) as hosts, hosts.changing():
        hosts["pve"].change("touch", str(tmp_path / "x"))
        hosts["pve"].read("cat", "/dev/null")
    assert written.events == [
        ("intent", "pve", ("touch", str(tmp_path / "x")), True),
        ("replied", 1, 0, 0),
        ("intent", "pve", ("cat", "/dev/null"), False),
        ("replied", 3, 0, 0),
    ]


def test_what_two_steps_send_to_one_host_is_recorded_by_each_of_them(bench: Bench) -> None:
    one, other = Written(), Written()
    with Hosts(bench, SshTransport(bench.settings)) as hosts:
        first, second = (hosts.for_step(StepRecorder(written)) for written in (one, other))
        first["pve"].read("cat", "/dev/null")
        second["pve"].read("hostname")
        first["pve"].read("uptime")
        with first.changing(), pytest.raises(NotReadOnly):
            second["pve"].change("true")
    assert one.sent == [("cat", "/dev/null"), ("uptime",)]
    assert other.sent == [("hostname",)]


def test_steps_of_two_hosts_run_side_by_side_each_under_its_own_number(
    bench: Bench, tmp_path: Path
) -> None:
    both = Bench(tmp_path / "workspace", bench.server, yaml="hosts:\n  pve:\n  nas:\n")
    both.ssh = both.entry("pve") + both.entry("nas")
    both.write()
    written, together = Written(), threading.Barrier(2)

    def step(name: str) -> Step:
        def look(c: Host) -> Seen:
            together.wait(60)
            return Seen(c.read("test", "-e", str(tmp_path / name), ok=(0, 1)).ok, "looked")

        def change(c: Host) -> None:
            c.change("touch", str(tmp_path / name))

        return Step(name, look, change)

    with Hosts(both, SshTransport(both.settings)) as hosts, ThreadPoolExecutor(2) as pool:
        context = RunContext(hosts, written)
        runners = [CheckAndApply(context, step(n), n, "", lambda: None) for n in ("pve", "nas")]
        outcomes = list(pool.map(CheckAndApply.run, runners))
    assert [(o.host, o.result) for o in outcomes] == [("pve", "changed"), ("nas", "changed")]
    assert sorted(written.filed.values()) == [
        [
            name,
            f"{name}: test -e {tmp_path / name}",
            f"{name}: touch {tmp_path / name}",
            f"{name}: test -e {tmp_path / name}",
            "changed",
        ]
        for name in ("nas", "pve")
    ]


def test_what_cannot_be_written_down_is_not_sent(bench: Bench, tmp_path: Path) -> None:
    with bench.hosts(Written(broken=True)) as hosts, hosts.changing():
        with pytest.raises(RecordFailed):
            hosts["pve"].change("touch", str(tmp_path / "x"))
        with pytest.raises(RecordFailed):
            hosts["pve"].put(str(tmp_path / "y"), b"")
    assert list(tmp_path.iterdir()) == []


def test_a_command_without_an_end_has_no_reply_on_record(bench: Bench) -> None:
    written = Written()
    with (
        bench.hosts(written, declared=DECLARED) as hosts,
        pytest.raises(CommandTimedOut),
    ):
        hosts["pve"].read("sleep", "30", timeout=1)
    assert [event[0] for event in written.events] == ["intent"]


@pytest.mark.parametrize(
    "argv", [(), ("",), ("-x",), ("cat", "a\0b"), ("cat", "x" * 200_000)], ids=range(5)
)
def test_what_no_host_could_run_is_refused_before_it_is_sent(
    hosts: StepHosts, argv: tuple[str, ...]
) -> None:
    with hosts.changing(), pytest.raises(RunbookError):
        hosts["pve"].change(*argv)


@pytest.mark.parametrize("way", ["run", "sudo", "local", "get", "cd", "prefix", "shell", "sftp"])
def test_fabrics_own_ways_past_the_journal_are_closed(hosts: StepHosts, way: str) -> None:
    with pytest.raises(RunbookError, match="read, change and put"):
        getattr(hosts["pve"], way)("id")


def test_the_controller_runs_nothing(hosts: StepHosts) -> None:
    with pytest.raises(RunbookError, match="controller"):
        hosts["local"].read("cat", "/etc/hostname")
    with hosts.changing(), pytest.raises(RunbookError, match="controller"):
        hosts["local"].change("true")


# ── Files ────────────────────────────────────────────────────────────────────────────────────


def test_a_file_is_put_whole_with_its_mode_and_nothing_else(bench: Bench, tmp_path: Path) -> None:
    content = os.urandom(200_000)
    written = Written()
    path = tmp_path / "a file"
    with bench.hosts(written) as hosts, hosts.changing():
        hosts["pve"].put(str(path), content, 0o640, "root:daemon")
    assert path.read_bytes() == content
    assert (path.stat().st_mode & 0o7777, path.stat().st_gid) == (0o640, 1)
    assert [p.name for p in tmp_path.iterdir()] == ["a file"]
    assert [event[0] for event in written.events] == ["intent", "replied"]
    assert written.events[0][2][:2] == ("put", str(path))  # type: ignore[index]


def test_a_put_keeps_the_owner_of_what_stood_there(hosts: StepHosts, tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"old")
    os.chown(path, 1, 2)
    with hosts.changing():
        hosts["pve"].put(str(path), b"new")
    assert path.read_bytes() == b"new"
    assert (path.stat().st_uid, path.stat().st_gid) == (1, 2)


def test_a_put_that_fails_leaves_the_old_file_and_no_rest(hosts: StepHosts, tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"old")
    with hosts.changing(), pytest.raises(CommandFailed):
        hosts["pve"].put(str(path), b"new", owner="nobody-of-this-name")
    assert [(p.name, p.read_bytes()) for p in tmp_path.iterdir()] == [("x", b"old")]


@pytest.mark.parametrize(
    ("path", "mode", "owner"),
    [("x", 0o644, ""), ("/a/../b", 0o644, ""), ("/x", 0o666, ""), ("/x", 0o644, "a b")],
)
def test_a_put_that_cannot_be_meant_is_refused(
    hosts: StepHosts, path: str, mode: int, owner: str
) -> None:
    with hosts.changing(), pytest.raises(RunbookError):
        hosts["pve"].put(path, b"", mode, owner)


def test_workspace_files_are_replaced_whole_and_never_outside(
    bench: Bench, hosts: StepHosts, tmp_path: Path
) -> None:
    (bench.root / "note").write_text("old")
    (bench.root / "out").symlink_to(tmp_path)
    files = hosts["local"].files
    with hosts.changing():
        assert files.read("note") == b"old"
        files.write("note", b"new")
        for path in ("../x", "/etc/x", "out/x", ".git/config", "a\0b", "."):
            with pytest.raises(RunbookError):
                files.write(path, b"x")
    assert (bench.root / "note").read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == []


# ── One connection, closed always ────────────────────────────────────────────────────────────


def test_one_connection_carries_every_command_and_is_closed(bench: Bench) -> None:
    before = set(bench.server.sessions())
    with bench.hosts() as hosts:
        for _ in range(20):
            hosts["pve"].read("true")
        assert len(set(bench.server.sessions()) - before) == 1
    assert _gone(bench, before)


def test_a_connection_is_closed_when_a_run_ends_by_an_error(bench: Bench) -> None:
    before = set(bench.server.sessions())
    with pytest.raises(CommandFailed), bench.hosts() as hosts:
        hosts["pve"].read("cat", "/not/there")
    assert _gone(bench, before)


def _gone(bench: Bench, before: set[int]) -> bool:
    over = time.monotonic() + 10
    while set(bench.server.sessions()) - before and time.monotonic() < over:
        time.sleep(0.02)
    return not set(bench.server.sessions()) - before


def test_asking_for_a_host_opens_nothing(bench: Bench) -> None:
    before = set(bench.server.sessions())
    with bench.hosts() as hosts:
        assert hosts["pve"].facts == {"role": "hypervisor"}
        assert hosts["pve"].name == "pve"
        assert set(bench.server.sessions()) - before == set()


def test_settings_of_fabric_in_the_environment_count_for_nothing(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("FABRIC_RUN_DRY", "1")
    monkeypatch.setenv("INVOKE_RUN_DRY", "1")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "fabric.yaml").write_text("run: {dry: true, echo: true}\n")
    with bench.hosts() as hosts:
        assert hosts["pve"].read("echo", "x").stdout == "x\n"
