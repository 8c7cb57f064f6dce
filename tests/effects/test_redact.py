"""Secrets are removed however they were written, and nothing else is."""

from __future__ import annotations

import base64
import html
import json
import random
import string
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest

from loopkit.effects.redact import MARK, Redactor, redactor_for

CANARY = "cAnary+7/é &<'x\"Q"
WRITTEN: dict[str, Callable[[str], str]] = {
    "plain": str,
    "percent": lambda v: quote(v, safe=""),
    "percent, lower case": lambda v: quote(v, safe="").replace("%C3%A9", "%c3%a9"),
    "form": quote_plus,
    "JSON": json.dumps,
    "JSON in UTF-8": lambda v: json.dumps(v, ensure_ascii=False),
    "HTML": html.escape,
    "Markdown": lambda v: "".join("\\" + c if c in "+<&" else c for c in v),
    "hexadecimal": lambda v: v.encode().hex(),
    "base64": lambda v: base64.b64encode(v.encode()).decode(),
    "base64 after one byte": lambda v: base64.b64encode(b"x" + v.encode()).decode(),
    "base64 after two bytes": lambda v: base64.b64encode(b"u:" + v.encode() + b"\n").decode(),
    "base64 for URLs": lambda v: base64.urlsafe_b64encode(v.encode()).decode(),
    "base64 in lines": lambda v: base64.encodebytes(b"z" * 50 + v.encode()).decode(),
}


def traces(text: str, secret: str) -> list[str]:
    """Returns the ways in which a secret can still be read out of a text."""
    flat = "".join(text.split())
    found = [name for name, write in WRITTEN.items() if "".join(write(secret).split()) in flat]
    core = base64.b64encode(secret.encode()).decode().rstrip("=")[4:-4]
    return [*found, *(["base64 core"] if core in flat else [])]


@pytest.mark.parametrize("way", WRITTEN)
def test_a_known_value_is_removed_in_whatever_way_it_is_written(way: str) -> None:
    text = f"before {WRITTEN[way](CANARY)} after"
    clean = Redactor((CANARY,)).clean(text)
    assert traces(text, CANARY)
    assert traces(clean, CANARY) == []
    assert clean.startswith("before ")
    assert clean.endswith(" after")


def test_no_canary_is_found_in_a_thousand_outputs() -> None:
    rng = random.Random(4)
    alphabet = string.ascii_letters + string.digits + "+/é$&"
    secrets = ["".join(rng.choices(alphabet, k=24)) for _ in range(25)]
    redactors = [Redactor((secret, "another value")) for secret in secrets]
    leaks = []
    for i in range(1000):
        secret, redactor = secrets[i % 25], redactors[i % 25]
        noise = "".join(rng.choices(string.printable, k=rng.randrange(1200)))
        text = noise.join(write(secret) for write in rng.choices(list(WRITTEN.values()), k=3))
        leaks += traces(redactor.clean(text), secret)
    assert leaks == []


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("postgres://ann:p@ss@db:5432/x", f"postgres://{MARK}@db:5432/x"),
        ("export PGPASSWORD=foo; ls", f"export PGPASSWORD={MARK}; ls"),
        ("password: hunter2", f"password: {MARK}"),
        ("pg_dump --password hunter2 -x", f"pg_dump --password {MARK} -x"),
        ("Authorization: Bearer abcdefgh12345678", f"Authorization: Bearer {MARK}"),
        ("ENCRYPTION_KEY=0123456789abcdef", f"ENCRYPTION_KEY={MARK}"),
        ("PVEAPIToken=root@pam!t=01234567-89ab-cdef", f"PVEAPIToken={MARK}"),
        ("x AKIAABCDEFGHIJKLMNOP y", f"x {MARK} y"),
    ],
)
def test_what_is_a_secret_by_its_form_is_removed(text: str, clean: str) -> None:
    assert Redactor().clean(text) == clean


def test_a_private_key_is_removed_even_when_it_is_cut_off() -> None:
    begin = "-----BEGIN OPENSSH PRIVATE " + "KEY-----"
    key = f"{begin}\nb3BlbnNzaC1rZXk\nAAAA\n"
    whole = key + "-----END OPENSSH PRIVATE " + "KEY-----\n"
    assert Redactor().clean(f"a\n{whole}b") == f"a\n{MARK}\nb"
    assert Redactor().clean(f"a\n{key}") == f"a\n{MARK}"
    assert Redactor().clean(json.dumps(key)).startswith(f'"{MARK}')


@pytest.mark.parametrize(
    "text",
    [
        "the password was rotated",
        "| tokens | 5 of 6 |",
        "PGPASSFILE=/root/.pgpass",
        "ssh://git@host/x",
        "http://host:80/a@b",
        "sha256:0f343b0931126a20f133d67c2b018a3b",
        "vzdump-qemu-200-2026_02_08-02_00_01.vma.zst",
        "mail to x@example.org: done",
    ],
)
def test_what_is_no_secret_stays_as_it_is(text: str) -> None:
    assert Redactor(("hunter2",)).clean(text) == text


def test_a_value_that_begins_with_another_leaves_no_rest() -> None:
    assert Redactor(("hunter2", "hunter2-and-more")).clean("hunter2-and-more") == MARK


def test_the_environment_gives_what_is_named_and_what_is_named_like_a_secret() -> None:
    environment = {
        "BACKUP_KEY": "abcdefgh",
        "DB_PASSWORD": "horse staple",
        "PGPASSFILE": "/root/.pgpass",
        "API_TOKEN": "yes",
        "HOME": "/home/ann",
    }
    redactor = redactor_for(("BACKUP_KEY", "NOT_SET"), environment)
    assert sorted(redactor.values) == ["abcdefgh", "horse staple"]


def test_each_line_of_a_secret_of_several_lines_is_one_too() -> None:
    redactor = Redactor(("first line 1\nsecond line 2",))
    assert redactor.clean("x second line 2 y") == f"x {MARK} y"
