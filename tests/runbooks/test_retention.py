"""What a run keeps, in effect."""

from __future__ import annotations

import pytest

from tests.runbooks.books import module

retention = module("pve.retention")


@pytest.mark.parametrize(
    ("job", "storage", "node", "pve", "kept"),
    [
        ({}, {}, {}, 9, "keep-all=1"),
        ({"prune-backups": "keep-last=2"}, {"prune-backups": "keep-all=1"}, {}, 9, "keep-last=2"),
        ({}, {"prune-backups": "keep-last=3"}, {"prune-backups": "keep-last=9"}, 9, "keep-last=3"),
        ({}, {}, {"prune-backups": "keep-daily=7"}, 9, "keep-daily=7"),
        ({"maxfiles": "2"}, {"prune-backups": "keep-all=1"}, {}, 9, "keep-all=1"),
        ({"maxfiles": "2"}, {"prune-backups": "keep-all=1"}, {}, 8, "keep-last=2"),
        ({"maxfiles": "2", "prune-backups": "keep-last=5"}, {}, {}, 8, "keep-last=5"),
        ({"maxfiles": "0"}, {}, {}, 8, "keep-all=1"),
        ({"remove": "0"}, {"prune-backups": "keep-last=1"}, {}, 9, "keep-all=1 (remove=0)"),
    ],
)
def test_job_goes_before_storage_before_node_before_keep_all(
    job: dict[str, str], storage: dict[str, str], node: dict[str, str], pve: int, kept: str
) -> None:
    assert retention.effective(job, storage, node, pve=pve) == kept


def test_the_order_of_the_parts_means_nothing() -> None:
    one, two = "keep-last=2,keep-daily=7", "keep-daily=7, keep-last=2"
    assert retention.normalise(one) == retention.normalise(two)


def test_the_node_file_is_read_without_its_comments() -> None:
    text = "# bwlimit: 5\nprune-backups: keep-last=2\n\ntmpdir: /var/tmp\n"
    assert retention.parse_vzdump_conf(text) == {
        "prune-backups": "keep-last=2",
        "tmpdir": "/var/tmp",
    }
