"""Signatures of receipts by an operator's SSH key: `ssh-keygen -Y`, nothing of our own."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from loopkit.effects.atomic import replace_file
from loopkit.errors import RecordFailed

NAMESPACE = "loopkit-receipt"
_SECONDS = 30


def signature_of(receipt: Path) -> Path:
    """Returns where a receipt's signature stands."""
    return receipt.with_name(f"{receipt.name}.sig")


def sign_file(receipt: Path, content: bytes, key: Path) -> None:
    """Signs the content that a receipt is about to have; never asks for a passphrase.

    Raises:
        RecordFailed: the key cannot sign.
    """
    done = _keygen("sign", "-f", str(key), "-n", NAMESPACE, given=content)
    if done.returncode != 0 or not done.stdout:
        raise RecordFailed(
            "the receipt cannot be signed",
            where=str(key),
            why=done.stderr.decode("utf-8", "replace").strip().replace("\n", "; "),
            help="ssh-add -l",
        )
    path = signature_of(receipt)
    # One may be left by a run that was killed right here.
    before = path.read_bytes() if path.exists() else None
    replace_file(path, before, done.stdout)


def signer_of(receipt: Path, allowed_signers: Path) -> str:
    """Returns who signed a receipt as it stands, of those who may; empty when nobody did."""
    allowed, signature = str(allowed_signers), str(signature_of(receipt))
    found = _keygen("find-principals", "-f", allowed, "-s", signature)
    for name in found.stdout.decode("utf-8", "replace").splitlines():
        words = ("-f", allowed, "-I", name, "-n", NAMESPACE, "-s", signature)
        if _keygen("verify", *words, given=receipt.read_bytes()).returncode == 0:
            return name
    return ""


def _keygen(verb: str, *words: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    # A session of its own has no terminal to ask on: a key that needs a passphrase just fails.
    argv = ["ssh-keygen", "-Y", verb, *words]
    try:
        return subprocess.run(
            argv,
            input=given,
            capture_output=True,
            check=False,
            timeout=_SECONDS,
            start_new_session=True,
            env=os.environ | {"SSH_ASKPASS_REQUIRE": "never"},
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise RecordFailed("ssh-keygen cannot be run", why=str(error)) from error
