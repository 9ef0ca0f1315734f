"""The files of dpkg's database."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from imgscan.errors import PackageDataError
from imgscan.formats.packages.dpkg import (
    MAX_SUMS,
    Diversion,
    StatOverride,
    parse_diversions,
    parse_list,
    parse_md5sums,
    parse_statoverride,
    parse_status,
)
from imgscan.model.package import PackageFile

STATUS = b"""Package: sudo
Status: install ok installed
Architecture: amd64
Source: sudo-src (1.9-1)
Version: 1.9-1+b1
Maintainer: A B <a@example.test>
Description: gain rights
 Version: not this one
Conffiles:
 /etc/sudoers 96d69a2a1b0eda3d03d03a6d36b9e9d4
 /etc/gone newconffile

Package: gone
Status: deinstall ok config-files
Version: 1

Package: half
Status: install ok half-configured
Version: 2
"""


def test_a_stanza_is_a_package_with_its_source_and_conffiles() -> None:
    found = next(parse_status(STATUS))

    assert (found.name, found.version, found.arch) == ("sudo", "1.9-1+b1", "amd64")
    assert (found.source, found.source_version) == ("sudo-src", "1.9-1")
    assert found.files == (
        PackageFile("etc/sudoers", "md5:96d69a2a1b0eda3d03d03a6d36b9e9d4", flags="c"),
        PackageFile("etc/gone", "", flags="c"),
    )


def test_a_removed_package_is_none_and_a_half_configured_one_is() -> None:
    assert [package.name for package in parse_status(STATUS)] == ["sudo", "half"]


def test_a_package_without_a_source_is_its_own() -> None:
    assert list(parse_status(STATUS))[1].source == "half"


def test_a_stanza_of_distroless_has_no_status() -> None:
    assert [package.name for package in parse_status(b"Package: base-files\nVersion: 12\n")] == ["base-files"]


def test_lines_that_are_no_field_hide_nothing() -> None:
    found = parse_status(b"garbage\n\xff\xfe\n\nPackage: a\nnonsense\nVersion: 1\n")

    assert next(found).name == "a"
    with pytest.raises(PackageDataError, match="3 lines of another form"):
        list(found)


@pytest.mark.parametrize("data", [b"<html><body>404 Not Found</body></html>\n", b"\0" * 100, b"Status: install\n"])
def test_a_status_without_one_package_is_refused(data: bytes) -> None:
    with pytest.raises(PackageDataError, match="without one package"):
        list(parse_status(data))


def test_a_package_without_a_version_is_not_one_and_is_told() -> None:
    found = parse_status(b"Package: a\nVersion: 1\n\nPackage: b\nStatus: install ok installed\n")

    assert next(found).name == "a"
    with pytest.raises(PackageDataError, match="1 package without a version"):
        list(found)


def test_an_empty_status_and_a_removed_package_are_no_damage() -> None:
    assert list(parse_status(b"\n")) == []
    assert list(parse_status(b"Package: a\nStatus: deinstall ok config-files\n")) == []


def test_a_field_of_a_million_lines_is_read_once_a_line() -> None:
    data = b"Package: a\nVersion: 1\nConffiles:\n" + b" /a 0\n" * 300_000

    assert [file.path for file in next(parse_status(data)).files] == ["a"]


def test_a_list_gives_paths_without_the_root() -> None:
    assert parse_list(b"/.\n/bin\n/bin/ls\nrelative\n\n") == ["bin", "bin/ls"]


def test_md5sums_give_a_digest_for_each_path() -> None:
    data = b"d41d8cd98f00b204e9800998ecf8427e  usr/bin/a b\nnot a digest  x\n\n"

    assert parse_md5sums(data) == {"usr/bin/a b": "md5:d41d8cd98f00b204e9800998ecf8427e"}


def test_more_checksums_than_any_package_has_are_refused() -> None:
    line = b"d41d8cd98f00b204e9800998ecf8427e  a\n"

    assert len(parse_md5sums(line * MAX_SUMS)) == 1
    with pytest.raises(PackageDataError, match="a list of checksums of more than 300,000 lines"):
        parse_md5sums(line * (MAX_SUMS + 1))


def test_diversions_come_in_threes() -> None:
    data = b"/bin/sh\n/bin/sh.distrib\ndash\n/cut\n"

    assert parse_diversions(data) == [Diversion("bin/sh", "bin/sh.distrib", "dash")]


def test_overrides_have_owner_mode_and_path() -> None:
    data = b"root crontab 2755 /usr/bin/crontab\nroot root 99 /x\nroot\n#0 #0 4755 /with space\n"

    assert parse_statoverride(data) == [
        StatOverride("root", "crontab", 0o2755, "usr/bin/crontab"),
        StatOverride("#0", "#0", 0o4755, "with space"),
    ]


def test_conffiles_of_more_lines_than_one_piece_are_read_to_the_last() -> None:
    lines = b" /same 0\n" * 150_000 + b" /etc/last 0\n"
    data = b"Package: a\nStatus: install ok installed\nVersion: 1\nConffiles:\n" + lines

    (package,) = parse_status(data)

    assert [file.path for file in package.files] == ["same", "etc/last"]


@pytest.mark.parametrize("parse", [parse_list, parse_diversions, parse_statoverride])
def test_a_list_of_more_lines_than_any_system_has_is_refused(parse: Callable[[bytes], object]) -> None:
    with pytest.raises(PackageDataError, match="lines"):
        parse(b"/\n" * 1_000_001)
