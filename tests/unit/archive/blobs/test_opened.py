from __future__ import annotations

from imgscan.archive.blobs.opened import none_surveyed


def test_an_archive_that_can_be_read_again_was_not_surveyed_while_it_was_opened() -> None:
    assert none_surveyed(()) == {}
