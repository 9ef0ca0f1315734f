"""pacman's local database."""

from __future__ import annotations

import gzip

import pytest

from imgscan.errors import PackageDataError
from imgscan.formats.packages.pacman import parse_desc, parse_files, parse_mtree
from imgscan.model.package import PackageFile

DESC = b"%NAME%\nbash\n\n%VERSION%\n5.2-1\n\n%BASE%\nbash\n\n%ARCH%\nx86_64\n\n%LICENSE%\nGPL\nMIT\n\n"
MTREE = b"""#mtree
/set type=file uid=0 gid=0 mode=644
./.BUILDINFO time=1.0 size=3
./usr time=1.0 mode=755 type=dir
./usr/bin/su time=1.0 mode=4755 size=3 sha256digest=ABcd
./usr/bin/sh time=1.0 mode=777 type=link link=bash
./usr/share/a\\040b size=1 md5digest=11
"""


def test_a_desc_names_the_package() -> None:
    found = parse_desc(DESC)

    assert (found.name, found.version, found.arch, found.license) == ("bash", "5.2-1", "x86_64", "GPL AND MIT")


def test_a_desc_without_a_name_is_refused() -> None:
    with pytest.raises(PackageDataError):
        parse_desc(b"%VERSION%\n1\n")


def test_files_are_listed_without_directories_and_with_what_is_configuration() -> None:
    text = b"%FILES%\nusr/\nusr/bin/\nusr/bin/bash\netc/x\n\n%BACKUP%\netc/x\t1\n"

    assert parse_files(text) == [PackageFile("usr/bin/bash"), PackageFile("etc/x", flags="c")]


def test_an_mtree_gives_mode_digest_and_kind() -> None:
    assert list(parse_mtree(gzip.compress(MTREE))) == [
        PackageFile("usr/bin/su", "sha256:abcd", 0o4755, "0:0"),
        PackageFile("usr/bin/sh", "", 0o777, "0:0", "l"),
        PackageFile("usr/share/a b", "md5:11", 0o644, "0:0"),
    ]


@pytest.mark.parametrize("data", [b"", b"plain", gzip.compress(MTREE)[:-9]])
def test_an_mtree_that_is_no_whole_gzip_is_refused(data: bytes) -> None:
    with pytest.raises(PackageDataError):
        list(parse_mtree(data))


def test_a_bomb_is_refused() -> None:
    with pytest.raises(PackageDataError):
        list(parse_mtree(gzip.compress(bytes(65 * 1024 * 1024))))


def test_what_a_set_line_hands_on_is_what_is_asked_for() -> None:
    words = " ".join(f"k{number}=v" for number in range(1000))
    text = f"/set mode=600 {words}\n./a\n".encode()

    assert list(parse_mtree(gzip.compress(text))) == [PackageFile("a", "", 0o600, ":")]


@pytest.mark.parametrize("text", [b"./a\n" * 500_001, b"./a " + b"k=v " * 20_000 + b"\n"])
def test_an_mtree_of_more_lines_or_longer_ones_than_any_package_has_is_refused(text: bytes) -> None:
    with pytest.raises(PackageDataError, match="line"):
        list(parse_mtree(gzip.compress(text)))
