"""Java archives and the zip archives that they are."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

import pytest

from imgscan.errors import PackageDataError
from imgscan.formats.archives.zip import read_content, read_members
from imgscan.formats.packages.java.archive import parse_jar, read_text_members

POM = b"#made by Maven\nversion=2.17.1\ngroupId=org.apache.logging.log4j\nartifactId=log4j-core\n"


def archive(files: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as packed:
        for name, content in files.items():
            packed.writestr(zipfile.ZipInfo(name), content, compress_type=method)
    return out.getvalue()


def told(data: bytes, path: str = "app/x.jar") -> list[tuple[str, str, str]]:
    return [(package.namespace, package.name, package.version) for package in parse_jar(data, path).packages]


def test_pom_properties_name_group_artifact_and_version() -> None:
    data = archive({"META-INF/maven/a/b/pom.properties": POM})

    assert told(data) == [("org.apache.logging.log4j", "log4j-core", "2.17.1")]


def test_archives_inside_an_archive_are_told_after_it() -> None:
    inner = archive({"META-INF/maven/a/b/pom.properties": POM})
    data = archive({"BOOT-INF/lib/log4j-core-2.17.1.jar": inner}, zipfile.ZIP_STORED)

    assert told(data, "app/service-1.0.jar") == [
        ("", "service", "1.0"),
        ("org.apache.logging.log4j", "log4j-core", "2.17.1"),
    ]


def test_the_manifest_gives_the_version_that_the_name_lacks() -> None:
    manifest = b"Manifest-Version: 1.0\r\nImplementation-Title: thing\r\nImplementation-Version: 3.\r\n 1\r\n\r\n"

    assert told(archive({"META-INF/MANIFEST.MF": manifest}), "lib/thing.jar") == [("", "thing", "3.1")]


def test_an_archive_without_name_and_version_is_none() -> None:
    assert told(archive({"a.class": b"x"}), "lib/thing.jar") == []


@pytest.mark.parametrize("data", [b"", b"PK\3\4 not one", archive({"a": b"b"})[:-30]])
def test_what_is_no_archive_is_refused(data: bytes) -> None:
    with pytest.raises(PackageDataError):
        parse_jar(data, "x.jar")


def test_a_member_larger_than_it_says_is_not_unpacked() -> None:
    data = bytearray(archive({"META-INF/MANIFEST.MF": bytes(9 << 20)}))
    at = data.rindex(b"PK\1\2")
    data[at + 24 : at + 28] = (10).to_bytes(4, "little")

    assert told(bytes(data), "x.jar") == []


def test_archives_nested_deeper_than_the_bound_are_named_and_not_read() -> None:
    data = archive({"a.class": b""})
    for number in range(10):
        data = archive({f"level-{number}.0.jar": data})

    found = parse_jar(data, "outer-1.0.jar")

    assert [package.version for package in found.packages] == ["1.0", *(f"{number}.0" for number in range(9, 1, -1))]
    assert [(name.rpartition("!/")[2], why) for name, why in found.skipped] == [
        ("level-1.0.jar", "archives nested deeper than 8")
    ]


def test_an_archive_of_many_that_packs_well_is_read_whole() -> None:
    inner = {f"lib/dep{number}-1.jar": archive({"data": bytes(400_000)}, zipfile.ZIP_STORED) for number in range(20)}

    found = parse_jar(archive(inner), "app-1.0.war")

    assert len(found.packages) == 21
    assert found.skipped == ()


def test_what_is_beyond_the_bytes_that_may_be_unpacked_is_named() -> None:
    inner = {f"dep{number}-1.jar": archive({"data": bytes(60 << 20)}, zipfile.ZIP_STORED) for number in range(5)}

    found = parse_jar(archive(inner), "app-1.0.war")

    assert len(found.packages) == 5
    assert [name for name, _ in found.skipped] == ["app-1.0.war!/dep4-1.jar"]


def test_an_archive_inside_that_is_none_is_named() -> None:
    found = parse_jar(archive({"lib/x-1.jar": b"an error page", "lib/y-2.jar": archive({})}), "a-1.jar")

    assert [package.name for package in found.packages] == ["a", "y"]
    assert [name for name, _ in found.skipped] == ["a-1.jar!/lib/x-1.jar"]


def test_a_pom_xml_alone_names_the_archive() -> None:
    pom = b"<project><parent><version>9</version></parent><version>2.0</version><dependencies><version>7</version>"
    data = archive({"META-INF/maven/org.example/thing/pom.xml": pom})

    assert told(data, "thing-2.0.jar") == [("org.example", "thing", "2.0")]


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_members_are_those_that_zipfile_gives(method: int) -> None:
    files = {f"folder/{number}": bytes([number]) * number * 100 for number in range(20)}
    data = b"#!/bin/sh\nexec java -jar $0\n" + archive(files, method)

    assert {member.name: read_content(data, member, 1 << 20) for member in read_members(data)} == files


def test_a_method_that_java_does_not_use_is_refused() -> None:
    data = archive({"a": b"x" * 100}, zipfile.ZIP_BZIP2)

    with pytest.raises(PackageDataError):
        read_content(data, next(read_members(data)), 1000)


def test_the_members_asked_for_are_read() -> None:
    data = archive({"EGG-INFO/PKG-INFO": b"Name: a", "a.py": b"x"})

    assert list(read_text_members(data, frozenset({"EGG-INFO/PKG-INFO"}))) == [("EGG-INFO/PKG-INFO", b"Name: a")]


def test_a_directory_that_names_one_member_again_and_again_is_an_error() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr("PKG-INFO", b"Name: a")
        packed.filelist *= 100

    members = read_text_members(out.getvalue(), frozenset({"PKG-INFO"}))

    with pytest.raises(PackageDataError, match="64 members"):
        list(members)
