"""The other places that state a phase's status: what is written there once the phase says it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from loopkit.loop.change import SetPhaseStatus
from loopkit.loop.edit.cells import set_cell
from loopkit.loop.edit.status import Edits, box_marks, in_place
from loopkit.loop.edit.style import Wanted, wanted_by
from loopkit.loop.model import PhaseStatus
from loopkit.loop.parse.drafts import read_box
from loopkit.loop.parse.findings import contradicts
from loopkit.loop.parse.layout import StatusForm, StatusSite
from loopkit.loop.parse.reader import LoopFile
from loopkit.loop.words.status import read_status
from loopkit.markdown.source import Edit, Span


def with_echoes(
    file: LoopFile, change: SetPhaseStatus, sites: Sequence[StatusSite], edits: Edits
) -> Edits:
    """Returns edits with those of every place that would say another status beside them."""
    wrong = [site for site in sites if contradicts(site, _says(site), change.status)]
    wanted = wanted_by(file, change, "")
    again = [edit for site in wrong for edit in _edits(file, site, wanted)]
    # An empty box says no more than that it is not done, and stays as it is for all the rest.
    fresh = [edit for edit in again if file.source.cut(edit.span) != edit.text]
    return (*edits, *(edit for edit in fresh if not _meets(edit, edits)))


def _says(site: StatusSite) -> PhaseStatus:
    if site.form is StatusForm.CHECKBOX:
        return read_box(site.piece.text[1:-1])
    found = read_status(site.piece.text)
    return found.status if found else PhaseStatus.UNKNOWN


def _edits(file: LoopFile, site: StatusSite, wanted: Wanted) -> Iterator[Edit]:
    """Yields the edit of a place; what is said of several at once follows from what they say."""
    old = site.piece
    match site.form:
        case StatusForm.CELL:
            yield set_cell(file.source, old, wanted.cell(old.text))
        case StatusForm.CHECKBOX:
            inner = Span(old.span.start + 1, old.span.end - 1)
            yield Edit(inner, box_marks(file).get(wanted.status, " "))
        case StatusForm.SUFFIX | StatusForm.PREFIX | StatusForm.FIELD:
            yield in_place(file.source, site, wanted)


def _meets(edit: Edit, edits: Edits) -> bool:
    """Returns whether an edit would change characters that another changes."""
    start, end = edit.span.start, edit.span.end
    return any(start < other.span.end and other.span.start < end for other in edits)
