"""An advance that is killed, or loses its link: nothing runs twice, nothing is lost.

`python -m tests.crash --kills 500 --cuts 200` does the same at length, and prints its figures.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.crash.killing import cut_links, interrupt_at_random, kill_at_points, kill_at_random
from tests.crash.scene import server_at_home
from tests.effects.sshd import MISSING, Sshd

pytestmark = pytest.mark.skipif(bool(MISSING), reason=MISSING)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    with server_at_home(tmp_path_factory.mktemp("sshd")) as server:
        yield server


def test_killed_before_and_after_what_it_writes(tmp_path: Path, server: Sshd) -> None:
    figures = kill_at_points(tmp_path, server, every=23)
    assert figures.crashes > 5
    assert len(figures.points) > 2


def test_killed_at_random_instants(tmp_path: Path, server: Sshd) -> None:
    assert kill_at_random(tmp_path, server, 5, seed=7).crashes == 5


def test_the_link_is_cut_at_random_instants(tmp_path: Path, server: Sshd) -> None:
    assert cut_links(tmp_path, server, 4, seed=7).crashes == 4


def test_ctrl_c_at_random_instants(tmp_path: Path, server: Sshd) -> None:
    assert interrupt_at_random(tmp_path, server, 4, seed=7).crashes == 4
