"""Damages one phase of a written plan in every way an author does: a command.

    python -m tests.mutated_documents 1200

Whatever happens to one line, its phase is read or reported, and so is every other one; none is
silently gone. The plans and the damages are made from a seed, so that a run can be had again.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from loopkit.loop.model import Loop, UnreadKind
from loopkit.loop.parse.reader import read
from loopkit.markdown.source import Source

TITLES = (
    "Racks", "Cables", "Switches", "Firmware", "Mirrors", "Tunnels", "Gateways", "Snapshots",
    "Probes", "Certificates", "Resolvers", "Hypervisors", "Volumes", "Dashboards", "Tokens",
    "Relays",
)  # fmt: skip
LABELS = (
    "P{}", "Phase {:A}", "Phase {:one}", "Phase {}", "Step {}", "W{}", "Milestone {}",
    "Stage {}", "T-{}", "M{}", "Sprint {}", "Schritt {}", "Étape {}", "Этап {}", "阶段 {}",
)  # fmt: skip
DONE = ("done", "DONE", "✅", "✅ Complete", "completed")
OPEN = ("pending", "⏳", "todo", "not started", "")
HEADERS = (
    "> **Status:** open\n> **Owner:** Netops\n",
    "**Status:** in progress\n",
    "- **Status:** open\n- **Created:** 2026-02-01\n",
    "",
)
AFTER = (
    "## Risks\n\n| Risk | Status |\n|---|---|\n| Power | open |\n",
    "## Notes\n\n- The vendor is slow.\n- Bring a torch.\n",
    "## Success criteria\n\n- [ ] Nobody noticed\n- [x] It is faster\n",
    "",
)


@dataclass(frozen=True)
class Written:
    """A plan: what stands before, in and after its phases; each phase is one or more lines."""

    family: str
    before: str
    head: tuple[str, ...]
    phases: tuple[tuple[str, ...], ...]
    after: str

    def text(self, phases: Sequence[Sequence[str]]) -> str:
        """Returns the document with these lines for its phases."""
        body = [*self.head, *(line for lines in phases for line in lines)]
        return self.before + "\n".join(body) + "\n\n" + self.after


@dataclass
class Figures:
    """What a run found."""

    read: int = 0
    told: int = 0
    gone: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    """Where another phase than the damaged one says another status."""
    ways: Counter[str] = field(default_factory=Counter)


# ── Plans ────────────────────────────────────────────────────────────────────


def plan(chance: random.Random) -> Written:
    """Returns a plan of one of the families."""
    family = chance.choice(sorted(FAMILIES))
    titles = chance.sample(TITLES, chance.randint(3, 6))
    label, first = chance.choice(LABELS), chance.choice((0, 1, 1))
    ids = [_labelled(label, first + i) for i in range(len(titles))]
    done = chance.randint(0, len(titles) - 1)
    word, still = chance.choice(DONE), chance.choice(OPEN)
    statuses = [word if i < done else still for i in range(len(titles))]
    title = f"# {chance.choice(('Move', 'Rebuild', 'Replace'))} the {chance.choice(TITLES)[:-1]}"
    header = chance.choice(HEADERS)
    head, phases = FAMILIES[family](list(zip(ids, titles, statuses, strict=True)), chance)
    above = "" if family.startswith("top") else "## Phases\n\n"
    before = f"{title}\n\n{header}\n{above}"
    return Written(family, before, head, phases, chance.choice(AFTER))


def _labelled(label: str, number: int) -> str:
    words = ("Zero", "One", "Two", "Three", "Four", "Five", "Six", "Seven")
    spelt = label.replace("{:A}", chr(ord("A") + number)).replace("{:one}", words[number])
    return spelt.format(number)


Rows = list[tuple[str, str, str]]
Made = tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]


def _table(rows: Rows, chance: random.Random) -> Made:
    head = ("| Phase | Scope | Status |", "|-------|-------|--------|")
    return head, tuple((f"| {id} | {title} | {status} |",) for id, title, status in rows)


def _table_first(rows: Rows, chance: random.Random) -> Made:
    head = ("| Status | Phase | What |", "|---|---|---|")
    return head, tuple((f"| {status} | {id} | {title} |",) for id, title, status in rows)


def _bullets(rows: Rows, chance: random.Random) -> Made:
    mark = chance.choice("-*+")
    return (), tuple((f"{mark} {id}: {title}{_suffix(status)}",) for id, title, status in rows)


def _bold_bullets(rows: Rows, chance: random.Random) -> Made:
    lines = ((f"- **{id}: {title}**{_suffix(status)}", "  - by hand") for id, title, status in rows)
    return (), tuple(lines)


def _boxes(rows: Rows, chance: random.Random) -> Made:
    lines = ((f"- [{'x' if _is_done(s) else ' '}] {id} {title}",) for id, title, s in rows)
    return (), tuple(lines)


def _headings(rows: Rows, chance: random.Random) -> Made:
    lines = (
        (f"### {id}: {title}{_suffix(status)}", "", "Some words about it.", "")
        for id, title, status in rows
    )
    return (), tuple(lines)


def _headings_with_fields(rows: Rows, chance: random.Random) -> Made:
    lines = (
        (f"### {id} — {title}", "", f"**Status:** {status or 'pending'}", "", "- a detail", "")
        for id, title, status in rows
    )
    return (), tuple(lines)


def _task_file(rows: Rows, chance: random.Random) -> Made:
    lines = (
        (f"### {id}: {title}", "", f"- [{'x' if _is_done(status) else ' '}] one thing", "")
        for id, title, status in rows
    )
    return (), tuple(lines)


def _top_headings(rows: Rows, chance: random.Random) -> Made:
    lines = (
        (f"## {id}: {title}", "", f"Status: {status or 'pending'}", "", "Some words.", "")
        for id, title, status in rows
    )
    return (), tuple(lines)


def _paragraphs(rows: Rows, chance: random.Random) -> Made:
    return (), tuple((f"{id} {title} (by hand): words about it.", "") for id, title, _ in rows)


def _numbered(rows: Rows, chance: random.Random) -> Made:
    lines = (
        (f"{at}. **{title}**{_suffix(status)}",) for at, (_, title, status) in enumerate(rows, 1)
    )
    return (), tuple(lines)


FAMILIES: dict[str, Callable[[Rows, random.Random], Made]] = {
    "table": _table,
    "table, status first": _table_first,
    "bullets": _bullets,
    "bold bullets": _bold_bullets,
    "boxes": _boxes,
    "headings": _headings,
    "headings with fields": _headings_with_fields,
    "headings with boxes": _task_file,
    "top headings": _top_headings,
    "paragraphs": _paragraphs,
    "numbered list": _numbered,
}


def _suffix(status: str) -> str:
    return f" — {status}" if status else ""


def _is_done(status: str) -> bool:
    return status in DONE


# ── Damages ──────────────────────────────────────────────────────────────────

Lines = tuple[str, ...]
Damage = Callable[[Lines, random.Random], Lines]


def _first(change: Callable[[str, random.Random], str]) -> Damage:
    return lambda lines, chance: (change(lines[0], chance), *lines[1:])


def _content(line: str) -> int:
    """Returns where the text of a heading, an item or a row begins."""
    for mark in ("### ", "## ", "- [x] ", "- [ ] ", "- ", "* ", "+ ", "| "):
        if line.startswith(mark):
            return len(mark)
    return 0


def _put(text: str) -> Callable[[str, random.Random], str]:
    def put(line: str, chance: random.Random) -> str:
        at = _content(line)
        return line[:at] + text + line[at:]

    return put


def _wrapped(mark: str) -> Callable[[str, random.Random], str]:
    def wrap(line: str, chance: random.Random) -> str:
        at = _content(line)
        end = next((i for i in range(at, len(line)) if line[i] in ":|—"), len(line))
        end = len(line[:end].rstrip())
        return line[:at] + mark.format(line[at:end]) + line[end:]

    return wrap


def _lost_label(line: str, chance: random.Random) -> str:
    at = _content(line)
    title = next(line.index(title) for title in TITLES if title in line)
    return line[:at] + ("| " if "|" in line[at:title] else "") + line[title:]


def _typo(line: str, chance: random.Random) -> str:
    at = _content(line)
    end = at + len(line[at:].split(" ")[0])
    letters = [i for i in range(at, end - 1) if line[i : i + 2].isalpha()]
    if not letters:
        return line[:at] + "x" + line[at:]
    place = chance.choice(letters)
    return line[:place] + line[place + 1] + line[place] + line[place + 2 :]


def _marker(line: str, chance: random.Random) -> str:
    if line.startswith(("- ", "* ", "+ ")):
        others = [mark for mark in ("-", "*", "+", "1.", "2)", "•") if not line.startswith(mark)]
        return chance.choice(others) + line[1:]
    return line.replace("# ", "#", 1) if line.startswith("##") else line.removeprefix("| ")


def _level(line: str, chance: random.Random) -> str:
    if line.startswith("##"):
        level = line.index(" ") + chance.choice((-1, 1, 2))
        return "#" * level + line[line.index(" ") :]
    return chance.choice(("  ", "    ", "\t")) + line


def _box(line: str, chance: random.Random) -> str:
    mark = chance.choice(("[~]", "[/]", "[-]", "[!]", "[?]", "[>]", "[X]", "[]", "[*]", "[✓]"))
    if "[x]" in line or "[ ]" in line:
        return line.replace("[x]", mark, 1).replace("[ ]", mark, 1)
    return _put(f"{mark} ")(line, chance)


def _sign(line: str, chance: random.Random) -> str:
    sign = chance.choice(("🔥 ", "⏳ ", "✅ ", "❓ ", "🟣 ", "★ ", "→ ", "(!) ", ":construction: "))
    return _put(sign)(line, chance)


def _lower(line: str, chance: random.Random) -> str:
    at = _content(line)
    return line[:at] + line[at : at + 8].lower() + line[at + 8 :]


def _cut_row(lines: Lines, chance: random.Random) -> Lines:
    return ("", *lines) if chance.random() < 0.5 else (*lines, "")


def _prose_before(lines: Lines, chance: random.Random) -> Lines:
    return ("A word on the next one.", "", *lines)


def _bold_line(lines: Lines, chance: random.Random) -> Lines:
    return (f"**{lines[0][_content(lines[0]) :].strip(' |')}**", *lines[1:])


def _quoted(lines: Lines, chance: random.Random) -> Lines:
    return tuple(f"> {line}" for line in lines)


def _folded(lines: Lines, chance: random.Random) -> Lines:
    return ("<details>", "<summary>more</summary>", *lines, "</details>", "")


DAMAGES: dict[str, Damage] = {
    "sign": _first(_sign),
    "box": _first(_box),
    "level or indentation": _first(_level),
    "marker": _first(_marker),
    "blank line": _cut_row,
    "prose between": _prose_before,
    "label lost": _first(_lost_label),
    "label misspelt": _first(_typo),
    "lower case": _first(_lower),
    "bold": _first(_wrapped("**{}**")),
    "code": _first(_wrapped("`{}`")),
    "emphasis": _first(_wrapped("_{}_")),
    "struck": _first(_wrapped("~~{}~~")),
    "link": _first(_wrapped("[{}](part.md)")),
    "brackets": _first(_wrapped("[{}]")),
    "no-break space": _first(lambda line, chance: line.replace(" ", "\u00a0", 2)),
    "section number": _first(_put("2.1 ")),
    "bold line": _bold_line,
    "quoted": _quoted,
    "folded": _folded,
}


# ── Judging ──────────────────────────────────────────────────────────────────


def gone(written: Written, damaged: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yields the phases of a damaged plan that are neither read nor reported."""
    text = written.text(damaged)
    loop = read(Source(text), "plan.md").loop
    for lines in written.phases:
        title = next(title for title in TITLES if title in lines[0])
        if not is_seen(loop, text, title, lines[0]):
            yield title


def is_seen(loop: Loop, text: str, title: str, line: str) -> bool:
    """Returns whether a phase is read, or its line, or its number, is reported."""
    if not loop.phases:
        return any(finding.code == "no-phases" for finding in loop.findings)
    if any(title.casefold() in f"{p.id} {p.title}".casefold() for p in loop.phases):
        return True
    rows = enumerate(text.split("\n"), 1)
    lines = {at for at, row in rows if title.casefold() in row.casefold()}
    told = [each for each in loop.unread if each.kind is UnreadKind.PHASE]
    return any(each.line in lines or each.text in line for each in told)


def changed(written: Written, damaged: Sequence[Lines], place: int) -> Iterator[str]:
    """Yields the phases beside the damaged one that say something else than before."""
    before = _statuses(written.text(written.phases))
    after = _statuses(written.text(damaged))
    for at, lines in enumerate(written.phases):
        title = next(title for title in TITLES if title in lines[0])
        if at != place and title in after and after[title] != before.get(title):
            yield f"{title} is {after[title]}\n{written.text(damaged)}"


def _statuses(text: str) -> dict[str, str]:
    """Returns the status of each phase, by the word of ours that its title holds."""
    phases = read(Source(text), "plan.md").loop.phases
    names = {title: p for title in TITLES for p in phases if title in f"{p.id} {p.title}"}
    return {title: str(phase.status) for title, phase in names.items()}


def run(count: int, seed: int) -> Figures:
    """Returns the figures of so many damaged plans."""
    figures, chance = Figures(), random.Random(seed)
    for _ in range(count):
        written = plan(chance)
        way = chance.choice(sorted(DAMAGES))
        place = chance.randrange(len(written.phases))
        damaged = list(written.phases)
        damaged[place] = DAMAGES[way](damaged[place], chance)
        figures.ways[way] += 1
        lost = list(gone(written, damaged))
        figures.gone += [f"{way}, {written.family}: {lost}\n{written.text(damaged)}"] * bool(lost)
        figures.changed += changed(written, damaged, place)
        loop = read(Source(written.text(damaged)), "plan.md").loop
        figures.read += len(loop.phases) == len(written.phases)
        figures.told += bool(loop.unread) or not loop.phases
    return figures


def main() -> int:
    """Prints the figures; exits 1 when a phase was silently gone."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("count", type=int, nargs="?", default=1_200)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    figures = run(options.count, options.seed)
    print(f"{options.count} mutated documents: {len(figures.gone)} with a phase silently gone")
    print(f"  all phases still read in {figures.read}, something reported in {figures.told}")
    print("  " + ", ".join(f"{way} {count}" for way, count in sorted(figures.ways.items())))
    print(f"  phases beside it that say another status: {len(figures.changed)}")
    print(*figures.gone[:8], *figures.changed[:8], sep="\n")
    return 1 if figures.gone or figures.changed else 0


if __name__ == "__main__":
    sys.exit(main())
