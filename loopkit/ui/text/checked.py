"""The text of `loop check`: findings, and one document with its owners in the margin."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from rich.console import RenderableType
from rich.text import Text

from loopkit.commands.results import Checked
from loopkit.loop.model import Finding
from loopkit.loop.parse.reader import OwnedLine
from loopkit.ui.printable import printable
from loopkit.ui.text.pieces import STYLES, counted

_MARGIN = 16
"""The columns of an owner; with the number of the line the text begins at column 25."""
_OWNERS = {"unread": "bold red", "prose": "dim", "evidence": "dim"}


def checked_text(result: Checked, verbose: bool) -> Iterable[RenderableType]:
    """Returns every finding, after the document if one is explained, then how many there are."""
    for path in result.fixed:
        yield Text(printable(f"{path}: mended"))
    for line in (each for file in result.files for each in file.lines):
        yield _owned(line)
    found = [(file.path, finding) for file in result.files for finding in file.findings]
    for path, finding in found:
        if verbose or finding.severity != "info":
            yield from _finding(path, finding)
    counts = Counter(finding.severity for _, finding in found)
    hidden = "" if verbose or not counts["info"] else " (-v shows them)"
    yield Text(
        f"{counted(len(result.files), 'document')}: {counted(counts['error'], 'error')}, "
        f"{counted(counts['warning'], 'warning')}, {counted(counts['info'], 'note')}{hidden}"
    )


def _owned(line: OwnedLine) -> Text:
    """Returns a line behind its margin; however long it is, it stays one line."""
    owner = printable(f"{line.owner} {line.of}".strip())
    if len(owner) > _MARGIN:
        owner = f"{owner[: _MARGIN - 2]}.."
    text = Text(f"{line.line:5} ", no_wrap=True)
    text.append(f"{owner:{_MARGIN}}", style=_OWNERS.get(line.owner, "cyan"))
    return text.append(f"  {printable(line.text.expandtabs(4))}")


def _finding(path: str, finding: Finding) -> Iterable[RenderableType]:
    place = printable(f"{path}:{finding.line}:{finding.column}")
    code = Text(finding.code, style=STYLES[finding.severity])
    kind = "" if finding.severity == "error" else f" ({finding.severity})"
    message = f" {printable(finding.message)}{kind}"
    yield Text(f"{place} ").append_text(code).append(message)
    if finding.mend:
        yield Text(f"    {printable(finding.mend)}", style="dim")
