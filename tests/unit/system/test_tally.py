from __future__ import annotations

import pytest

from imgscan.model.entry import Entry, EntryKind
from imgscan.system.tally import Tally
from imgscan.testing import TarBuilder, merged


@pytest.mark.parametrize(
    ("paths", "common"),
    [
        (["a/b/c"], "a/b/c"),
        (["a/b/c", "a/b/d"], "a/b"),
        (["a/b", "a/b/c"], "a/b"),
        (["a/b/c", "a/b"], "a/b"),
        (["a/bc", "a/b"], "a"),
        (["a", "b"], ""),
        (["a", "b", "b/c"], ""),
    ],
)
def test_the_common_directory_of_paths(paths: list[str], common: str) -> None:
    tally = Tally()
    for path in paths:
        tally.add(path, Entry(path, EntryKind.FILE, 0o644, 0, 0, 0, 0, 0), 0)
    assert tally.common == common


def test_counts_bytes_and_the_layer_of_most() -> None:
    view, _ = merged(TarBuilder().file("a", b"123"), TarBuilder().directory("b").file("b/c", b"4567"))
    tally = Tally()
    for path, entry, inode in view.rows():
        if path:
            tally.add(path, entry, inode)
    assert (tally.count, tally.size, tally.what()) == (3, 7, "2 files and 1 directory")
    assert tally.layer(view).index == 1
    assert tally.evidence()["layers"] == [0, 1]
