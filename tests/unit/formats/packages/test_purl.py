"""Package URLs, held to the examples of the specification's own test suite."""

from __future__ import annotations

import pytest

from imgscan.formats.packages.purl import make_purl


@pytest.mark.parametrize(
    ("expected", "kind", "name", "version", "namespace", "qualifiers", "subpath"),
    [
        ("pkg:maven/org.apache.commons/io@1.3.4", "maven", "io", "1.3.4", "org.apache.commons", {}, ""),
        ("pkg:maven/org.apache.commons/io", "maven", "io", "", "org.apache.commons", {}, ""),
        (
            "pkg:golang/google.golang.org/genproto@abcdedf#googleapis/api/annotations",
            "GOLANG",
            "genproto",
            "abcdedf",
            "google.golang.org",
            {},
            "/googleapis/api/annotations/",
        ),
        (
            "pkg:deb/debian/curl@7.50.3-1?arch=i386&distro=jessie",
            "deb",
            "curl",
            "7.50.3-1",
            "debian",
            {"distro": "jessie", "arch": "i386"},
            "",
        ),
        ("pkg:gem/jruby-launcher@1.1.2?platform=java", "gem", "jruby-launcher", "1.1.2", "", {"Platform": "java"}, ""),
        ("pkg:npm/%40angular/animation@12.3.1", "npm", "animation", "12.3.1", "@angular", {}, ""),
        ("pkg:pypi/django-package@1.11.1.dev1", "PYPI", "Django_package", "1.11.1.dev1", "", {}, ""),
        (
            "pkg:rpm/fedora/curl@7.50.3-1.fc25?arch=i386&distro=fedora-25",
            "Rpm",
            "curl",
            "7.50.3-1.fc25",
            "fedora",
            {"arch": "i386", "distro": "fedora-25"},
            "",
        ),
        ("pkg:maven/HTTPClient/HTTPClient@0.3-3", "maven", "HTTPClient", "0.3-3", "HTTPClient", {}, ""),
        (
            "pkg:maven/mygroup/myartifact@1.0.0%20Final?mykey=my%20value",
            "maven",
            "myartifact",
            "1.0.0 Final",
            "mygroup",
            {"mykey": "my value"},
            "",
        ),
        (
            "pkg:docker/customer/dockerimage@sha256:244fd47e07d1004f0aed9c?repository_url=registry.example",
            "docker",
            "dockerimage",
            "sha256:244fd47e07d1004f0aed9c",
            "customer",
            {"repository_url": "registry.example"},
            "",
        ),
    ],
)
def test_examples_of_the_specification(
    expected: str, kind: str, name: str, version: str, namespace: str, qualifiers: dict[str, str], subpath: str
) -> None:
    assert make_purl(kind, name, version, namespace, qualifiers, subpath) == expected


def test_a_plus_in_a_version_is_encoded_and_a_tilde_is_not() -> None:
    assert make_purl("deb", "x", "1:2.3~rc1+dfsg-1", "debian") == "pkg:deb/debian/x@1:2.3~rc1%2Bdfsg-1"


def test_bytes_that_are_no_text_are_encoded_as_they_are() -> None:
    assert make_purl("deb", "a\udcff") == "pkg:deb/a%FF"


@pytest.mark.parametrize(("kind", "name"), [("", "x"), ("deb", "")])
def test_without_type_or_name_there_is_no_url(kind: str, name: str) -> None:
    assert make_purl(kind, name, "1") == ""
