"""apk's installed database."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha1
from itertools import islice

import pytest

from imgscan.errors import LimitError, PackageDataError
from imgscan.formats.packages.apk import MAX_PACKAGES, parse_installed
from imgscan.model.package import PackageFile

SUM = sha1(b"x", usedforsecurity=False)
Z = "Q1" + b64encode(SUM.digest()).decode()
DATABASE = f"""C:Q1abc=
P:busybox
V:1.36-r0
A:x86_64
o:busybox-src
L:GPL-2.0-only
m:A <a@example.test>
F:bin
M:0:0:755
R:busybox
a:0:0:755
Z:{Z}
R:bbsuid
a:0:0:4111
Z:{Z}
R:plain
Z:{Z}
F:
R:at-root

P:second
V:2
""".encode()


def test_a_package_has_its_fields() -> None:
    found = next(parse_installed(DATABASE))

    assert (found.name, found.version, found.arch, found.source) == ("busybox", "1.36-r0", "x86_64", "busybox-src")
    assert (found.license, found.build) == ("GPL-2.0-only", "Q1abc=")


def test_a_file_has_its_mode_owner_and_digest_or_the_defaults() -> None:
    digest = f"sha1:{SUM.hexdigest()}"

    assert next(parse_installed(DATABASE)).files == (
        PackageFile("bin/busybox", digest, 0o755, "0:0"),
        PackageFile("bin/bbsuid", digest, 0o4111, "0:0"),
        PackageFile("bin/plain", digest, 0o644, "0:0"),
        PackageFile("at-root", "", 0o644, "0:0"),
    )


def test_the_last_package_needs_no_empty_line() -> None:
    assert [package.name for package in parse_installed(DATABASE)] == ["busybox", "second"]


def test_a_digest_of_another_length_is_none() -> None:
    data = b"P:a\nV:1\nF:b\nR:c\nZ:Q1AAAA\nR:d\nZ:%%%\n"

    assert [file.digest for file in next(parse_installed(data)).files] == ["", ""]


def test_a_mode_that_is_no_number_is_the_default() -> None:
    assert next(parse_installed(b"P:a\nV:1\nF:b\nR:c\na:0:0:9x\n")).files[0].mode == 0o644


@pytest.mark.parametrize("data", [b"F:bin\nR:x\n\n\n", b"<html>404</html>", b"\x00\xff" * 40])
def test_a_database_without_one_package_is_refused(data: bytes) -> None:
    with pytest.raises(PackageDataError, match="without one package"):
        list(parse_installed(data))


@pytest.mark.parametrize("data", [b"", b"\n\n"])
def test_an_empty_database_has_no_package_and_no_damage(data: bytes) -> None:
    assert list(parse_installed(data)) == []


@pytest.mark.parametrize("rest", [b"P:b\n\n", b"P:b\nV:2\ngarbage\n\n", b"P:b\nV:2\n\n\xff\xfe\xfd"])
def test_what_is_whole_in_a_damaged_database_is_read_before_it_is_refused(rest: bytes) -> None:
    found = parse_installed(b"P:a\nV:1\n\n" + rest)

    assert next(found).name == "a"
    with pytest.raises(PackageDataError, match="damaged"):
        list(found)


def test_a_directory_of_a_megabyte_is_not_repeated_for_each_of_its_files() -> None:
    data = b"P:a\nV:1\nF:" + b"d" * 1_000_000 + b"\n" + b"R:x\n" * 3

    assert next(parse_installed(data)).files == ()


def test_more_packages_than_any_system_has_are_a_limit_and_those_before_are_read() -> None:
    found = parse_installed(b"P:a\nV:1\n\n" * (MAX_PACKAGES + 1))

    assert sum(1 for _ in islice(found, MAX_PACKAGES)) == MAX_PACKAGES
    with pytest.raises(LimitError):
        next(found)
