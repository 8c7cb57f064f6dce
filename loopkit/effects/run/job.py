"""Long work: started once on its host, detached, and looked at by every later run.

A job's id follows from its loop, phase, item, step and how often it was settled before, so any
run on any machine that has the same receipts finds the same job. Making its folder is the lock:
of two launches one starts it and the other finds it started.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from hashlib import sha256

from loopkit.effects.run.results import Trouble
from loopkit.effects.run.step import Barrier, RunContext, StepRunner
from loopkit.loop.outcome import Result, StepOutcome
from loopkit.runbook import Host, Job, Refusal, Seen

FOLDER = ".loopkit-jobs"

# The folder is made before anything is started, and the process is written down before this
# ends; `status` comes by rename, so that it is whole or absent. The host itself holds the job to
# its deadline, for no connection need be open by then. Everything a child keeps open goes to
# files: a child that held our output would keep the command from ending (8 s measured for
# `sleep 8`, where this returns at once).
LAUNCHER = b"""\
set -eu
umask 077
id=$2 seconds=$3
shift 3
mkdir -p .loopkit-jobs
cd .loopkit-jobs
mkdir "$id" 2>/dev/null || { echo attached; exit 0; }
cd "$id"
here=$PWD
cd ../..
setsid sh -c '
  here=$1 seconds=$2
  shift 2
  code=0
  timeout -k 30 "$seconds" "$@" >"$here/out" 2>"$here/err" </dev/null || code=$?
  echo "$code" >"$here/status.part"
  sync "$here/status.part" 2>/dev/null || sync
  mv "$here/status.part" "$here/status"
' loopkit-job "$here" "$seconds" "$@" >/dev/null 2>&1 </dev/null &
pid=$!
boot=$(cat /proc/sys/kernel/random/boot_id)
start=$(sed 's/.*) //' "/proc/$pid/stat" 2>/dev/null | cut -d ' ' -f 20)
echo "$pid ${start:-0} $boot" >"$here/process.part"
mv "$here/process.part" "$here/process"
echo started
"""


@dataclass(frozen=True, slots=True)
class JobState:
    """What is known of a job: `absent`, `running`, `ended` with its exit status, or `lost`."""

    word: str
    exited: int | None = None
    stderr: str = ""


class JobRunner(StepRunner):
    """Starts a job, or takes it up where an earlier run left it; WAITING while it runs."""

    def __init__(self, context: RunContext, job: Job, host: str, id: str, barrier: Barrier) -> None:
        super().__init__(context, job.name, host)
        self._job = job
        self._id = id
        self._barrier = barrier

    def attempt(self) -> StepOutcome:
        """Looks whether its work is done and how it stands, and starts it where it is absent."""
        seen = self.look(self._job.look)
        before = self.settled_by(seen, Result.OK)
        if isinstance(before, StepOutcome) and before.result is not Result.OK:
            return before
        state = self._state()
        if isinstance(state, Trouble):
            return self.troubled(state, sent=True)
        if isinstance(before, StepOutcome) and state.word != "running":
            return replace(before, result=Result.CHANGED) if state.word == "ended" else before
        return self._start() if state.word == "absent" else self._follow(state)

    def _start(self) -> StepOutcome:
        barred = self._barrier()
        if barred is not None:
            return self.troubled(barred)
        trouble = self.change(self._launch)
        if trouble is not None:
            return self.troubled(trouble, sent=self.has_sent)
        state = self._state()
        if isinstance(state, Trouble):
            return self._waiting(f"started; not looked at yet: {state.reason}")
        return self._follow(state)

    def _launch(self, host: Host) -> None:
        words = ("loopkit-job", self._id, str(max(1, int(self._job.timeout))), *self._job.argv)
        host.change("sh", "-s", "--", *words, stdin=LAUNCHER)

    def _follow(self, state: JobState) -> StepOutcome:
        match state.word:
            case "running":
                return self._waiting(self._progress())
            case "ended":
                return self._ended(state)
            case _:
                reason = f"job {self._id} was started, runs no longer, and left no exit status"
                lost = Trouble(Result.UNKNOWN, reason, self.context.resolve)
                return self.troubled(lost, sent=True)

    def _ended(self, state: JobState) -> StepOutcome:
        after = self.settle(self._job.look, Result.CHANGED)
        if isinstance(after, StepOutcome):
            return after
        ended = f"job {self._id} ended with exit status {state.exited}"
        reason = f"{ended}, and what it is for is not in place: {state.stderr}"
        return self.failed(after, reason.removesuffix(": "))

    def _waiting(self, progress: str) -> StepOutcome:
        return StepOutcome(
            name=self.name,
            host=self.host_name,
            result=Result.WAITING,
            seen=progress,
            reason=f"job {self._id} runs on {self.host_name}",
            facts={"job": self._id},
        )

    def _progress(self) -> str:
        asked = self._job.progress
        if asked is None:
            return "it runs"
        seen = self.look(lambda host: Seen(None, asked(host)))
        return seen.text if isinstance(seen, Seen) else f"it runs; progress unknown: {seen.reason}"

    def _state(self) -> JobState | Trouble:
        """Returns how the job stands, by plain reads."""
        found: list[JobState] = []

        def read(host: Host) -> Seen:
            found.append(read_state(host, self._id))
            return Seen(True, found[0].word)

        seen = self.look(read)
        return seen if isinstance(seen, Trouble) else found[0]


def job_id(loop_id: str, phase: str, item: str | None, step: str, settled: int) -> str:
    """Returns the id of a job; `settled` counts the times it came to a certain end before."""
    # NUL stands in none of them, so that no two lists of words make one text.
    words = "\0".join((loop_id, phase.casefold(), item or "", step, str(settled)))
    return sha256(words.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def read_state(host: Host, id: str) -> JobState:
    """Reads how a job stands on its host.

    Raises:
        Refusal: what stands there was not written by a job.
    """
    here = f"{FOLDER}/{id}"
    ended = _ended_state(host, here)
    if ended is not None:
        return ended
    if not host.read("test", "-d", here, ok=(0, 1)).ok:
        return JobState("absent")
    process = host.read("cat", f"{here}/process", ok=(0, 1)).stdout.split()
    if len(process) == 3 and _alive(host, *process):
        return JobState("running")
    # It may have ended between the two looks; only then is it lost.
    return _ended_state(host, here) or JobState("lost")


def _ended_state(host: Host, here: str) -> JobState | None:
    status = host.read("cat", f"{here}/status", ok=(0, 1))
    if not status.ok:
        return None
    stderr = host.read("tail", "-c", "2000", f"{here}/err", ok=(0, 1)).stdout
    return JobState("ended", _number(status.stdout), stderr.strip())


def _alive(host: Host, pid: str, start: str, boot: str) -> bool:
    """Returns whether the job's own process runs; a later one with its number began later."""
    if host.read("cat", "/proc/sys/kernel/random/boot_id").stdout.strip() != boot:
        return False
    stat = host.read("cat", f"/proc/{_number(pid)}/stat", ok=(0, 1)).stdout
    fields = stat.rpartition(") ")[2].split()
    # Fields 3 and 22 of proc_pid_stat(5): the state and when it began. A zombie has ended.
    return len(fields) > 19 and fields[19] == start and fields[0] != "Z"


def _number(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise Refusal(f"{FOLDER} holds something that no job wrote: {text[:80]!r}") from None
