"""What reads a language's package by its name."""

from __future__ import annotations

import io
import zipfile

import pytest

from imgscan.system.packages.files import PackageFiles
from imgscan.testing import facts_of, tar_of

MANIFEST = "Implementation-Title: adapter\nImplementation-Version: 2.1\nImplementation-Vendor-Id: org.example\n"


def archive() -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as file:
        file.writestr("META-INF/MANIFEST.MF", MANIFEST)
        pom = "groupId=org.example\nartifactId=adapter\nversion=2.1\n"
        file.writestr("META-INF/maven/org.example/adapter/pom.properties", pom)
    return data.getvalue()


@pytest.mark.parametrize("name", ["adapter-2.1.jar", "adapter-2.1.rar", "adapter-2.1.kar", "ADAPTER-2.1.JAR"])
def test_archives_of_java_are_read_under_each_suffix(name: str) -> None:
    facts = facts_of(PackageFiles(), tar_of({f"srv/{name}": archive()}))

    assert [path for path, _ in facts] == [f"srv/{name}"]
    assert "adapter" in repr(facts)


def test_an_archive_of_winrar_is_no_resource_adapter() -> None:
    assert facts_of(PackageFiles(), tar_of({"srv/backup.rar": b"Rar!\x1a\x07\x01\x00" + bytes(40)})) == []
