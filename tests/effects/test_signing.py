"""Receipts signed by an operator's SSH key, with real keys and the real ssh-keygen."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from loopkit.effects.evidence.audit import check_chain
from loopkit.effects.evidence.codec import to_bytes
from loopkit.effects.evidence.journal import recover
from loopkit.effects.evidence.signing import signature_of, signer_of
from loopkit.effects.evidence.store import receipt_path
from loopkit.errors import RecordFailed
from loopkit.loop.model import PhaseStatus
from tests.effects.stage import LOOP_ID, Garden, a_loop, a_phase, planting

pytestmark = pytest.mark.skipif(not shutil.which("ssh-keygen"), reason="needs ssh-keygen")


def make_key(path: Path, passphrase: str = "") -> Path:
    argv = ["ssh-keygen", "-q", "-t", "ed25519", "-N", passphrase, "-f", str(path)]
    subprocess.run(argv, check=True, stdin=subprocess.DEVNULL)
    return path


def allow(path: Path, **keys: Path) -> Path:
    lines = [f"{who} {key.with_suffix('.pub').read_text()}" for who, key in keys.items()]
    path.write_text("".join(lines))
    return path


@pytest.fixture
def garden(tmp_path: Path) -> Garden:
    key = make_key(tmp_path / "ann")
    allowed = allow(tmp_path / "allowed_signers", ann=key)
    return Garden(tmp_path / "garden", signing_key=key, allowed_signers=allowed)


def codes(garden: Garden) -> list[str]:
    done = a_loop(a_phase(status=PhaseStatus.DONE))
    return [finding.code for finding in check_chain(garden.histories, done)]


def test_a_receipt_is_signed_and_says_by_whom(garden: Garden) -> None:
    garden.advance(planting())
    path = receipt_path(garden, garden.receipts()[0])
    assert garden.allowed_signers is not None
    assert signer_of(path, garden.allowed_signers) == "ann"
    assert codes(garden) == []


def test_a_receipt_made_anew_by_someone_else_is_forged(garden: Garden) -> None:
    garden.advance(planting())
    (receipt,) = garden.receipts()
    receipt_path(garden, receipt).write_bytes(to_bytes(replace(receipt, who="somebody")))
    assert codes(garden) == ["evidence-forged"]


def test_a_signature_by_a_key_that_is_not_allowed_is_forged(garden: Garden, tmp_path: Path) -> None:
    garden.signing_key = make_key(tmp_path / "eve")
    garden.advance(planting())
    assert codes(garden) == ["evidence-forged"]


def test_a_receipt_without_a_signature_is_named(garden: Garden) -> None:
    garden.advance(planting())
    signature_of(receipt_path(garden, garden.receipts()[0])).unlink()
    assert codes(garden) == ["evidence-unsigned"]


def test_nothing_needs_a_signature_where_no_signers_are_named(garden: Garden) -> None:
    garden.signing_key = garden.allowed_signers = None
    garden.advance(planting())
    assert not list((garden.root / "loops" / "receipts" / LOOP_ID).glob("*.sig"))
    assert codes(garden) == []


def test_a_key_that_cannot_sign_writes_no_receipt_and_asks_nobody(
    garden: Garden, tmp_path: Path
) -> None:
    garden.signing_key = make_key(tmp_path / "locked", passphrase="not given")
    with pytest.raises(RecordFailed, match="cannot be signed"):
        garden.advance(planting())
    assert garden.receipts() == ()


def test_a_signature_left_by_a_killed_run_is_replaced(garden: Garden) -> None:
    run = garden.begin()
    run.began("beans", "shed")
    folder = garden.root / "loops" / "receipts" / LOOP_ID
    folder.mkdir(parents=True)
    at = run.begun.started.strftime("%Y%m%dT%H%M%SZ")
    (folder / f"{at}-P1-{run.run_id}.json.sig").write_text("half a signature")
    (receipt,) = recover(garden.histories, LOOP_ID)
    assert garden.allowed_signers is not None
    assert signer_of(receipt_path(garden, receipt), garden.allowed_signers) == "ann"
