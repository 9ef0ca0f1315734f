"""The digest that a package brings of its own header, held against the header in the database."""

from __future__ import annotations

import pytest

from imgscan.formats.packages.rpm_digest import is_as_packaged
from imgscan.testing.rpm import immutable, package

HEADER = package("bash", "5.2", bash=(0o100755, "0" * 64))


def test_a_header_as_packaged_has_its_digest() -> None:
    assert is_as_packaged(immutable(HEADER)) is True


def test_a_changed_digest_of_a_file_is_told() -> None:
    blob = immutable(HEADER)

    assert is_as_packaged(blob.replace(b"0" * 64, b"1" * 64, 1)) is False


def test_tags_that_the_database_adds_behind_the_region_do_not_count() -> None:
    blob = immutable(HEADER)
    count = int.from_bytes(blob[:4], "big")
    added = (1008).to_bytes(4, "big") + bytes(3) + b"\4" + bytes(4) + bytes(3) + b"\1"  # INSTALLTIME
    more = (count + 1).to_bytes(4, "big") + blob[4 : 8 + 16 * count] + added + blob[8 + 16 * count :]

    assert is_as_packaged(more) is True


@pytest.mark.parametrize("blob", [b"", HEADER, immutable(HEADER, digest=False), immutable(HEADER)[:60]])
def test_without_region_or_digest_nothing_is_said(blob: bytes) -> None:
    assert is_as_packaged(blob) is None
