"""Gates that time opens: from when a wait counts, and when it is over."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from shlex import quote

from loopkit.loop.index import Order, index_of
from loopkit.loop.model import Item, Loop, Phase, PhaseStatus, TimePassed, phases_named
from loopkit.loop.snapshot import Answer, Snapshot, Verdict, When


def time_passed(
    gate: TimePassed, loop: Loop, phase: Phase, item: Item | None, snapshot: Snapshot
) -> Verdict:
    """Returns the verdict on a wait, or on a time of day that has to come.

    A wait counts from when what the phase waits for was finished, the latest of them; without
    any, from the latest of the phases before it that are done.
    """
    where = f"{loop.path}:{gate.place.line}"
    if gate.until is not None:
        return _until(gate, _aware(gate.until, snapshot.now), snapshot.now, "", where)
    if gate.wait is None:
        reason = "it says no time that can be told"
        return Verdict(
            gate, Answer.UNKNOWN, gate.text, reason, help=_show(loop, phase), where=where
        )
    before = _waits_for(index_of(snapshot).order(loop), phase, item)
    if not before:
        reason = "nothing before this phase is done, so nothing says from when the wait counts"
        seen = "no phase to count from"
        return Verdict(gate, Answer.UNKNOWN, seen, reason, help=_show(loop, phase), where=where)
    return _waited(gate, gate.wait, loop, before, snapshot)


def _waited(
    gate: TimePassed, wait: timedelta, loop: Loop, before: tuple[Phase, ...], snapshot: Snapshot
) -> Verdict:
    open_phases = [p for p in before if p.status is not PhaseStatus.DONE]
    if open_phases:
        return _not_begun(gate, loop, open_phases[0])
    finished = [(p, snapshot.finished.get((loop.id, p.id), _NOBODY_SAID)) for p in before]
    for earlier, when in finished:
        if when.at is None:
            return _unknown_since(gate, loop, earlier, when, snapshot.now)
    earlier, when = max(finished, key=lambda pair: pair[1].at or snapshot.now)
    since = _aware(when.at or snapshot.now, snapshot.now)
    seen = f"{earlier.id} done {_shown(since, snapshot.now)} ({when.source})"
    return _until(
        gate, _after(since, wait), snapshot.now, seen, f"{loop.path}:{earlier.place.line}"
    )


_NOBODY_SAID = When(None, "nothing says when it was done")


def _waits_for(order: Order, phase: Phase, item: Item | None) -> tuple[Phase, ...]:
    """Returns the phases that the wait counts from; a skipped one has no time of its own."""
    gates = (*phase.gates, *(item.gates if item else ()))
    waited = tuple(p for gate in gates for p in _waited_for(order, phases_named(gate)))
    return waited or order.of_status_before(PhaseStatus.DONE, order.at(phase))


def _waited_for(order: Order, ids: tuple[str, ...]) -> tuple[Phase, ...]:
    """Returns the phases of one gate; of several alternatives those that are done, if any is."""
    named = (p for id in ids for p in order.by_id.get(id.casefold(), ()))
    waited = tuple(p for p in named if p.status is not PhaseStatus.SKIPPED)
    done = tuple(p for p in waited if p.status is PhaseStatus.DONE)
    return done if done and len(ids) > 1 else waited


def _until(gate: TimePassed, opens: datetime, now: datetime, seen: str, where: str) -> Verdict:
    met = now >= opens
    answer = Answer.MET if met else Answer.NOT_MET
    ago = f"{'since' if met else 'opens'} {_shown(opens, now)}"
    distance = f"{ago}, {_span(now - opens)} ago" if met else f"{ago}, in {_span(opens - now)}"
    at_now = f"it is {_shown(now, now)}"
    return Verdict(gate, answer, seen or at_now, distance, opens_at=opens, where=where)


def _not_begun(gate: TimePassed, loop: Loop, earlier: Phase) -> Verdict:
    known = earlier.status is not PhaseStatus.UNKNOWN
    return Verdict(
        gate,
        Answer.NOT_MET if known else Answer.UNKNOWN,
        seen=f"{earlier.id} {earlier.status_text or 'states no status'}",
        reason=f"the wait counts from when {earlier.id} is done",
        help=f"loop why {quote(loop.id)} {quote(earlier.id)}",
        where=f"{loop.path}:{earlier.place.line}",
    )


def _unknown_since(
    gate: TimePassed, loop: Loop, earlier: Phase, when: When, now: datetime
) -> Verdict:
    mark = f"loop mark {quote(loop.id)} {quote(earlier.id)} done --at"
    return Verdict(
        gate,
        Answer.UNKNOWN,
        seen=f"{earlier.id} done, not known when ({when.source})",
        reason=f"the wait counts from when {earlier.id} was done; state it: {mark} TIME",
        help=f"{mark} {now.astimezone(UTC):%Y-%m-%dT%H:%MZ}",
        where=f"{loop.path}:{earlier.place.line}",
    )


def _aware(time: datetime, now: datetime) -> datetime:
    """Returns a time in UTC; one that is written without a zone is in the operator's own."""
    aware = time if time.tzinfo else time.replace(tzinfo=now.tzinfo)
    return max(_FIRST, min(aware, _LAST)).astimezone(UTC)


# No calendar here goes beyond the years 1 to 9999, in any zone; a document may name any time.
_FIRST, _LAST = datetime(2, 1, 1, tzinfo=UTC), datetime(9998, 1, 1, tzinfo=UTC)


def _after(since: datetime, wait: timedelta) -> datetime:
    return since + min(wait, _LAST - since)


def _shown(time: datetime, now: datetime) -> str:
    return f"{time.astimezone(now.tzinfo):%Y-%m-%d %H:%M %Z}"


def _span(time: timedelta) -> str:
    """Returns a length of time as people write it: `3d4h`, `5h31m`, `12m`, `8s`."""
    minutes, seconds = divmod(int(time.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    parts = [(days, "d"), (hours, "h"), (minutes, "m"), (seconds, "s")]
    first = next((n for n, (count, _) in enumerate(parts) if count), 3)
    shown = parts[first : first + 2] if first < 2 else parts[first : first + 1]
    return "".join(f"{count}{unit}" for count, unit in shown)


def _show(loop: Loop, phase: Phase) -> str:
    return f"loop show {quote(loop.id)} {quote(phase.id)}"
