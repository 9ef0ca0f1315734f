"""What a zip archive's directory says, read within bounds."""

from __future__ import annotations

import io
import zipfile

import pytest

from imgscan.errors import PackageDataError
from imgscan.formats.archives.zip import has_more_members, read_content, read_members


def zip_of(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


FILES = {f"d/{number}": b"%d" % number * 50 for number in range(30)}


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
@pytest.mark.parametrize("before", [b"", b"#!/bin/sh\nexec java -jar $0\n"])
def test_every_member_is_read_also_behind_a_script(method: int, before: bytes) -> None:
    data = before + zip_of(FILES, method)

    assert {member.name: read_content(data, member, 1000) for member in read_members(data)} == FILES


@pytest.mark.parametrize("data", [b"", b"PK", b"x" * 100, zip_of(FILES)[:-30]])
def test_what_is_no_zip_or_cut_short_is_an_error(data: bytes) -> None:
    with pytest.raises(PackageDataError):
        list(read_members(data))


@pytest.mark.parametrize("most", [49, 99])
def test_a_member_larger_than_asked_for_is_an_error(most: int) -> None:
    data = zip_of(FILES)
    member = [*read_members(data)][29]

    with pytest.raises(PackageDataError):
        read_content(data, member, most)


def test_more_members_than_a_number_are_told_from_the_size_of_the_directory() -> None:
    assert not has_more_members(zip_of(FILES), 30)
    assert has_more_members(zip_of(FILES), 29)
    assert not has_more_members(b"no zip", 0)


def test_members_of_an_archive_with_zip64_records_are_counted() -> None:
    data = zip_of(FILES)
    end = data.rindex(b"PK\5\6")
    data = data[:end] + b"PK\6\7" + bytes(16) + data[end:].replace(data[end + 12 : end + 16], b"\1\0\0\0", 1)

    assert has_more_members(data, 29)
    assert not has_more_members(data, 30)


def test_long_names_are_no_members() -> None:
    assert not has_more_members(zip_of({"x" * 5000: b""}), 1)
