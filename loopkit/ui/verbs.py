"""The table of verbs: each with its help, the command that it calls, and its options."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from loopkit.errors import UsageError
from loopkit.ui import options
from loopkit.ui.call import Command, Typed, Verb

if TYPE_CHECKING:
    from loopkit.commands.results import CommandResult


# ── Verbs whose words need more than a request filled with them ─────────────


def _advance(typed: Typed) -> CommandResult:
    """Runs what is ready, or only plans it."""
    return (_PLAN if typed.args.dry_run else _ADVANCE)(typed)


_PLAN = Command("plan:plan_loop", "PlanRequest")
_ADVANCE = Command("advance:advance", "AdvanceRequest")


def _mark(typed: Typed) -> CommandResult:
    """States a status of a phase, or, with `--status`, of the loop itself.

    Raises:
        UsageError: it is not said of what, or which.
    """
    args = typed.args
    if args.status and args.phase:
        raise UsageError(
            "--status is for the loop itself",
            why="a phase's status follows its id",
            help="loop mark --help",
        )
    if not args.status and not (args.phase and args.value):
        raise UsageError(
            "which phase, and what is it now?",
            why=f"as in: loop mark {args.loop} P1 done --note TEXT",
            help=f"loop show {shlex.quote(args.loop)}",
        )
    return Command("by_hand:mark", "MarkRequest", {"status": args.status or args.value})(typed)


def _demo(typed: Typed) -> CommandResult:
    from loopkit.ui.demo import play

    args = typed.args
    return play(Path(getattr(args, "directory", ".")) / args.folder, typed.main, args.begin)


# ── The table ───────────────────────────────────────────────────────────────

OVERVIEW = Verb(
    "", "the loops that are open",
    Command("inspect.list:list_loops", "ListRequest", {"open_only": True}),
)  # fmt: skip

VERBS: tuple[Verb, ...] = (
    Verb(
        "list",
        "every loop, a line each",
        Command("inspect.list:list_loops", "ListRequest"),
        (options.state,),
    ),
    Verb(
        "show",
        "a loop as it was read",
        Command("inspect.show:show_loop", "ShowRequest"),
        (options.loop, options.a_phase),
    ),
    Verb(
        "why",
        "every gate: met, not met or unknown, what was seen, what opens it",
        Command("inspect.why:explain", "WhyRequest"),
        (options.loop, options.a_phase),
    ),
    Verb(
        "plan",
        "what advance would do: hosts, steps, and the diff of the document",
        _PLAN,
        (options.loop, options.probe),
    ),
    Verb(
        "advance",
        "run the phases that are ready, and write down what came of it",
        _advance,
        (options.loop, options.advancing, options.commit),
    ),
    Verb(
        "approve",
        "open a manual gate",
        Command("approve:decide", "DecideRequest", {"approved": True}),
        (options.loop, options.phase, options.decision, options.reason, options.commit),
    ),
    Verb(
        "reject",
        "shut a manual gate",
        Command("approve:decide", "DecideRequest", {"approved": False}),
        (options.loop, options.phase, options.decision, options.reason, options.commit),
    ),
    Verb(
        "resolve",
        "say what became of a phase whose outcome is unknown",
        Command("by_hand:resolve", "ResolveRequest"),
        (
            *(options.loop, options.phase, options.item, options.resolution),
            *(options.reason, options.commit),
        ),
        takes_who=False,
    ),
    Verb(
        "mark",
        "state a status by hand, recorded as such",
        _mark,
        (options.loop, options.a_phase, options.status, options.commit),
    ),
    Verb(
        "skip",
        "leave a phase out, recorded as such",
        Command("by_hand:skip", "SkipRequest"),
        (options.loop, options.phase, options.reason, options.commit),
    ),
    Verb(
        "reopen",
        "take a phase or a closed loop up again",
        Command("by_hand:reopen", "ReopenRequest"),
        (options.loop, options.a_phase, options.reason, options.commit),
    ),
    Verb(
        "verify",
        "success criteria and done phases, checked again, read-only",
        Command("verify:verify", "VerifyRequest"),
        (options.loop, options.record),
    ),
    Verb(
        "attest",
        "vouch for a criterion that no check can judge",
        Command("attest:attest", "AttestRequest"),
        (options.loop, options.criterion, options.reason, options.commit),
    ),
    Verb(
        "close",
        "close a loop; refuses while a criterion is not met, attested or waived",
        Command("close:close", "CloseRequest"),
        (options.loop, options.waivers, options.commit),
    ),
    Verb(
        "check",
        "find contradictions in documents: file:line:column code message",
        Command("inspect.check:check", "CheckRequest"),
        (options.checking,),
    ),
    Verb(
        "log",
        "every run: who, when, outcome, evidence",
        Command("inspect.log:log", "LogRequest"),
        (options.loop,),
    ),
    Verb(
        "cap",
        "read-only capabilities, such as backup.status",
        actions=(
            Verb(
                "list",
                "the capabilities of this workspace",
                Command("inspect.cap:list_capabilities", "CapabilityListRequest"),
            ),
            Verb(
                "run",
                "run one, read-only",
                Command("inspect.cap:run_capability", "CapabilityRequest"),
                (options.capability,),
            ),
        ),
    ),
    Verb(
        "unlock",
        "show who holds a loop, and take the lock away",
        Command("mend.unlock:unlock", "UnlockRequest"),
        (options.loop,),
    ),
    Verb(
        "apply",
        "write into the document what a receipt says",
        Command("mend.apply:apply", "ApplyRequest"),
        (options.receipt, options.commit),
    ),
    Verb(
        "merge-driver",
        "merge two versions of a document, for git",
        Command("mend.merge_driver:merge_driver", "MergeRequest", needs_session=False),
        (options.versions,),
    ),
    Verb(
        "lab",
        "the built-in lab: four hosts to try things on",
        actions=(
            Verb(
                "up",
                "start four hosts on loopback",
                Command("lab.lab:up", "UpRequest"),
                (options.begin,),
            ),
            Verb("down", "stop them; their files stay", Command("lab.lab:down", "DownRequest")),
            Verb(
                "status",
                "say what runs and what is broken",
                Command("lab.lab:status", "StatusRequest"),
            ),
            Verb(
                "fault",
                "break something",
                Command("lab.lab:fault", "FaultRequest"),
                (options.host, options.fault),
            ),
            Verb("heal", "mend it again", Command("lab.lab:heal", "HealRequest"), (options.host,)),
            Verb(
                "clock",
                "move the lab's clock on, as 24h or 90m",
                Command("lab.lab:clock", "ClockRequest"),
                (options.forward,),
            ),
        ),
    ),
    Verb(
        "demo",
        "watch a loop run from its opening to its closing",
        _demo,
        (options.folder, options.begin),
    ),
)
