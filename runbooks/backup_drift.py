"""Compares what jobs, guests, inventory and document say of each other; pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from loopkit.markdown.document import Document, Heading, Table
from loopkit.markdown.source import Source
from loopkit.runbook import Loop, PhaseStatus, Row
from loopkit.runbook import read_loop as read

from .backup_inventory import Inventory, Target, hours_text
from .pve.cluster import Guest
from .pve.vzdump_jobs import VzdumpJob, covered, format_vmids

_COVERAGE = "vzdump Job Coverage"


@dataclass(frozen=True, slots=True)
class Claim:
    """A row of the document's coverage table."""

    line: int
    in_job: bool
    enabled: bool


@dataclass(frozen=True, slots=True)
class Claims:
    """What a loop document says of the backups."""

    rows: Mapping[int, Claim] = field(default_factory=dict)
    loop: Loop | None = None

    def joined_since(self, vmid: int) -> str:
        """Returns the done phase that names this VM, empty when none does.

        The table says how things were when the loop was opened, and its phases what came after.
        """
        phases = self.loop.phases if self.loop else ()
        named = (p.id for p in phases if p.status is PhaseStatus.DONE and _names(p.title, vmid))
        return next(named, "")


def _names(title: str, vmid: int) -> bool:
    return re.search(rf"\b{vmid}\b", title) is not None


def claims_of(raw: bytes, path: str) -> Claims:
    """Reads the claims of a document; a document without the table claims nothing."""
    file = read(Source.decode(raw, path), path)
    table = _coverage_table(file.document)
    return Claims(dict(_claims(table)) if table else {}, file.loop)


def _coverage_table(document: Document) -> Table | None:
    heading = ""
    for node in document.nodes:
        if isinstance(node, Heading):
            heading = node.text.text
        elif isinstance(node, Table) and heading.startswith(_COVERAGE):
            return node
    return None


def _claims(table: Table) -> Iterator[tuple[int, Claim]]:
    names = [cell.text for cell in table.header.cells]
    for row in table.rows:
        cells = dict(zip(names, (cell.text.strip("*` ") for cell in row.cells), strict=False))
        if cells.get("VM", "").isdecimal():
            in_job = cells.get("In vzdump?", "").upper().startswith("YES")
            enabled = cells.get("In binding?", "").lower() == "enabled"
            yield int(cells["VM"]), Claim(row.line, in_job, enabled)


def compare(
    jobs: Sequence[VzdumpJob], guests: Mapping[int, Guest], inv: Inventory, claims: Claims
) -> tuple[Row, ...]:
    """Returns one row for every VM that anyone speaks of, and one for every class."""
    in_job = covered(jobs)
    targets = {t.vmid: t for t in inv.targets if t.kind == "vzdump" and t.vmid is not None}
    running = {vmid for vmid, guest in guests.items() if guest.running}
    vmids = sorted(in_job | running | targets.keys() | claims.rows.keys())
    rows = [
        _vm_row(vmid, vmid in in_job, guests.get(vmid), targets.get(vmid), claims) for vmid in vmids
    ]
    return (*rows, *_class_rows(inv, claims.loop))


def _vm_row(
    vmid: int, in_job: bool, guest: Guest | None, target: Target | None, claims: Claims
) -> Row:
    """Returns the row of one VM: the first contradiction, or what there is to know."""
    name = f"VM {vmid}"
    fault = _fault(in_job, guest, target) or _claim_fault(vmid, in_job, target, claims)
    if fault:
        return Row(name, "DIFFERS", fault, False)
    where = "in the job" if in_job else "in no job"
    if target is None:
        return Row(name, "EXTRA", f"{where}, and no inventory or table lists it", True)
    state = "enabled" if target.enabled else "held back"
    return Row(name, "AGREES", f"{where}, {state} in the inventory", True)


def _fault(in_job: bool, guest: Guest | None, target: Target | None) -> str:
    if in_job and guest is None:
        return "the job names it, and there is no such guest: every run ends in job errors"
    if in_job and guest is not None and guest.template:
        return "the job backs up a template"
    if target is not None and target.enabled and not in_job:
        return f"{target.name} is enabled, and no enabled job names the VM"
    if target is not None and not target.enabled and in_job:
        return f"a job names it, and {target.name} is disabled"
    if target is None and guest is not None and guest.running:
        return "it runs, and the inventory does not list it"
    return ""


def _claim_fault(vmid: int, in_job: bool, target: Target | None, claims: Claims) -> str:
    claim = claims.rows.get(vmid)
    if claim is None or claims.joined_since(vmid):
        return ""
    if claim.in_job != in_job:
        said, seen = ("YES", "no job does") if claim.in_job else ("NO", "a job does")
        return f"line {claim.line} of the document says {said}, and {seen} name it"
    if target is not None and claim.enabled != target.enabled:
        seen = "enabled" if target.enabled else "disabled"
        return f"line {claim.line} of the document says otherwise than {seen}"
    return ""


def _class_rows(inv: Inventory, loop: Loop | None) -> Iterator[Row]:
    for threshold in loop.thresholds if loop else ():
        stated = inv.thresholds.get(threshold.name)
        wrong = _misplaced(inv, threshold.name, threshold.members)
        if stated != threshold.limit:
            ours = "nothing" if stated is None else hours_text(stated)
            text = f"the document says {hours_text(threshold.limit)}, the inventory {ours}"
            yield Row(f"class {threshold.name}", "DIFFERS", text, False)
        elif wrong:
            text = f"the document lists {wrong} here, the inventory elsewhere"
            yield Row(f"class {threshold.name}", "DIFFERS", text, False)
        else:
            yield Row(
                f"class {threshold.name}", "AGREES", f"limit {hours_text(threshold.limit)}", True
            )


def _misplaced(inv: Inventory, name: str, members: str) -> str:
    listed = {int(vmid) for vmid in re.findall(r"\((\d{3,})\)", members)}
    wrong = [t.vmid for t in inv.targets if t.vmid in listed and t.class_ != name]
    return format_vmids({vmid for vmid in wrong if vmid is not None})
