"""Reads Markdown that is no plan at all: a command.

    python -m tests.unrelated_documents 500

Tables of standards, changelogs, pages for readers with boxes in them, how-to's, notes of meetings:
a repository is full of them, and none may be taken for a plan or be told off for not being one.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from loopkit.loop.parse.reader import read
from loopkit.markdown.source import Source

THINGS = (
    "proxy", "resolver", "cache", "bucket", "volume", "queue", "certificate", "mirror", "agent",
    "exporter", "tunnel", "bridge", "gateway", "ledger", "socket", "parser",
)  # fmt: skip
VERBS = ("Add", "Remove", "Document", "Rename", "Speed up", "Guard", "Test", "Split", "Log")


def _thing(chance: random.Random) -> str:
    return f"{chance.choice(VERBS)} the {chance.choice(THINGS)}"


def _many(chance: random.Random, least: int = 3, most: int = 9) -> range:
    return range(1, chance.randint(least, most) + 1)


def standards(chance: random.Random) -> Iterator[str]:
    """Yields a table of standards and how far each is supported."""
    yield "# Standards we follow\n\n| RFC | Title | Status |\n|-----|-------|--------|\n"
    for _ in _many(chance):
        state = chance.choice(("Accepted", "Draft", "Implemented", "Obsolete"))
        yield f"| RFC {chance.randint(1000, 9999)} | {_thing(chance)} | {state} |\n"


def changelog(chance: random.Random) -> Iterator[str]:
    """Yields a changelog."""
    yield "# Changelog\n\n"
    for minor in reversed(_many(chance)):
        yield f"## [1.{minor}.0] - 2025-0{chance.randint(1, 9)}-11\n\n### Added\n\n"
        yield from (f"- {_thing(chance)} (#{chance.randint(10, 999)})\n" for _ in _many(chance))
        yield "\n"


def readme(chance: random.Random) -> Iterator[str]:
    """Yields a page for readers with a list of features, ticked or not."""
    yield f"# {chance.choice(THINGS)}\n\nA small {chance.choice(THINGS)}.\n\n## Features\n\n"
    yield from (f"- [{chance.choice(' x')}] {_thing(chance)}\n" for _ in _many(chance))
    yield "\n## Install\n\n1. Clone it.\n2. Run `make`.\n3. Copy the file.\n\n## License\n\nMIT\n"


def how_to(chance: random.Random) -> Iterator[str]:
    """Yields instructions in counted steps."""
    yield f"# How to change the {chance.choice(THINGS)}\n\n## Before you begin\n\nHave a key.\n\n"
    for step in _many(chance):
        yield f"## Step {step}: {_thing(chance)}\n\n```sh\nmake step{step}\n```\n\n"


def interface(chance: random.Random) -> Iterator[str]:
    """Yields a table of calls and what they answer."""
    yield "# Interface\n\n## Calls\n\n| Method | Path | Returns |\n|---|---|---|\n"
    yield from (f"| GET | /{chance.choice(THINGS)} | 200 |\n" for _ in _many(chance))
    yield "\n## Codes\n\n| Code | Meaning | State |\n|---|---|---|\n| 404 | gone | final |\n"


def meeting(chance: random.Random) -> Iterator[str]:
    """Yields the notes of a meeting with things to do."""
    yield "# Meeting of 3 March\n\nPresent: all.\n\n## Action items\n\n"
    yield from (f"- [ ] @ann: {_thing(chance).lower()}\n" for _ in _many(chance))
    yield "\n## Decisions\n\n| # | Decision | Status |\n|---|---|---|\n| 1 | Go | accepted |\n"


def inventory(chance: random.Random) -> Iterator[str]:
    """Yields a table of machines and their state."""
    yield "# Inventory\n\n| Host | Role | Status |\n|------|------|--------|\n"
    for n in _many(chance):
        yield f"| node-{n} | {chance.choice(THINGS)} | {chance.choice(('up', 'down', 'ok'))} |\n"


def decision(chance: random.Random) -> Iterator[str]:
    """Yields the record of a decision."""
    number = chance.randint(1, 99)
    yield f"# ADR-{number:03}: {_thing(chance)}\n\n**Status:** Accepted\n\n## Context\n\nText.\n\n"
    yield "## Decision\n\nWe do it.\n\n## Consequences\n\n- More work\n- Less pain\n"


def answers(chance: random.Random) -> Iterator[str]:
    """Yields questions and answers."""
    yield "# Questions\n\n"
    yield from (
        f"### Q{n}: Why the {chance.choice(THINGS)}?\n\nBecause.\n\n" for n in _many(chance)
    )


def severities(chance: random.Random) -> Iterator[str]:
    """Yields what the severities of faults mean."""
    yield "# Severities\n\n| Level | Meaning | Answer within |\n|---|---|---|\n"
    yield from (f"| P{n} | {_thing(chance)} | {n} h |\n" for n in range(4))
    yield "\n- P0 wakes somebody.\n- P3 waits.\n"


def releasing(chance: random.Random) -> Iterator[str]:
    """Yields the list to go through for every release."""
    yield "# Releasing\n\n"
    yield from (f"- [ ] {_thing(chance)}\n" for _ in _many(chance))
    yield "\n<table><tr><th>Name</th><th>Size</th></tr><tr><td>a</td><td>3</td></tr></table>\n"


def tiers(chance: random.Random) -> Iterator[str]:
    """Yields which platforms are supported how well."""
    yield "# Supported platforms\n\n"
    for tier in _many(chance, 2, 4):
        yield f"## Tier {tier}\n\n* {chance.choice(THINGS)}\n* {chance.choice(THINGS)}\n\n"


KINDS: Sequence[Callable[[random.Random], Iterator[str]]] = (
    standards, changelog, readme, how_to, interface, meeting, inventory, decision, answers,
    severities, releasing, tiers,
)  # fmt: skip


def documents(count: int, seed: int) -> Iterator[tuple[str, str]]:
    """Yields so many documents, each with the name of its kind."""
    chance = random.Random(seed)
    for place in range(count):
        kind = KINDS[place % len(KINDS)]
        yield kind.__name__, "".join(kind(chance))


def main() -> int:
    """Prints how many are taken for plans, and how many are told off; exits 1 for any."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("count", type=int, nargs="?", default=500)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    plans: Counter[str] = Counter()
    errors: Counter[str] = Counter()
    for name, text in documents(options.count, options.seed):
        loop = read(Source(text), f"{name}.md").loop
        plans[name] += loop.is_plan
        errors[name] += any(finding.severity == "error" for finding in loop.findings)
    print(f"{options.count} documents that are no plans: {plans.total()} taken for one,")
    print(f"  {errors.total()} with an error")
    print(*(f"  {name}" for name, taken in (plans + errors).items() if taken), sep="\n")
    return 1 if plans.total() or errors.total() else 0


if __name__ == "__main__":
    sys.exit(main())
