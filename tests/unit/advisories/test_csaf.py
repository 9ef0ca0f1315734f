from __future__ import annotations

from pathlib import Path

import pytest

from imgscan.advisories.csaf import csaf_advisories
from imgscan.errors import ManifestError
from imgscan.model.vulnerability import Rating
from tests.unit.advisories.made import database
from tests.unit.advisories.test_matching import ids, matched

RHEL = {"id": "rhel", "version_id": "9.2"}


def platform(identifier: str, cpe: str) -> dict[str, object]:
    return {"product": {"product_id": identifier, "name": identifier, "product_identification_helper": {"cpe": cpe}}}


def package(identifier: str, purl: str) -> dict[str, object]:
    return {"product": {"product_id": identifier, "name": identifier, "product_identification_helper": {"purl": purl}}}


def relation(name: str, on: str) -> dict[str, object]:
    return {
        "full_product_name": {"product_id": f"{on}:{name}", "name": ""},
        "product_reference": name,
        "relates_to_product_reference": on,
    }


DOCUMENT = {
    "document": {"csaf_version": "2.0", "tracking": {"id": "RHSA-2023:1", "current_release_date": "2023-01-01"}},
    "product_tree": {
        "branches": [
            {
                "branches": [
                    platform("BaseOS", "cpe:/o:redhat:enterprise_linux:9::baseos"),
                    platform("Old", "cpe:/o:redhat:enterprise_linux:8::baseos"),
                    package("bind", "pkg:rpm/redhat/bind@9.16.23-11.el9?arch=x86_64&epoch=32"),
                    package("bash", "pkg:rpm/redhat/bash?arch=src"),
                    package("img", "pkg:oci/bind@sha256:1"),
                ]
            }
        ],
        "relationships": [relation(name, on) for name in ("bind", "bash", "img") for on in ("BaseOS", "Old")],
    },
    "vulnerabilities": [
        {
            "cve": "CVE-2023-1",
            "title": "bind: a flaw",
            "product_status": {"fixed": ["BaseOS:bind", "BaseOS:img"], "known_affected": ["BaseOS:bash"]},
            "threats": [{"category": "impact", "details": "Important"}],
            "remediations": [{"category": "no_fix_planned", "details": "Will not fix", "product_ids": ["BaseOS:bash"]}],
        },
        {
            "cve": "CVE-2023-2",
            "product_status": {"known_affected": ["BaseOS:bash"], "known_not_affected": ["BaseOS:bind"]},
            "scores": [{"cvss_v3": {"baseScore": 9.8}, "products": ["BaseOS:bash"]}],
        },
    ],
}


@pytest.mark.parametrize(("version", "found"), [("32:9.16.23-10.el9", True), ("32:9.16.23-11.el9", False)])
def test_a_fixed_package_is_affected_below_its_version(tmp_path: Path, version: str, found: bool) -> None:
    path = database(tmp_path, DOCUMENT)

    items = matched(path, {"type": "rpm", "name": "bind", "version": version}, release=RHEL).vulnerabilities.items

    assert [(item.id, item.rating, item.fixed_in) for item in items] == (
        [("CVE-2023-1", Rating.HIGH, "32:9.16.23-11.el9")] if found else []
    )


def test_what_will_not_be_fixed_is_said(tmp_path: Path) -> None:
    path = database(tmp_path, DOCUMENT)

    items = matched(path, {"type": "rpm", "name": "bash", "version": "5"}, release=RHEL).vulnerabilities.items

    assert [(item.id, item.rating, item.fixed_in, item.note) for item in items] == [
        ("CVE-2023-2", Rating.CRITICAL, "", ""),
        ("CVE-2023-1", Rating.HIGH, "", "Will not fix"),
    ]


def test_another_release_is_not_concerned(tmp_path: Path) -> None:
    path = database(tmp_path, DOCUMENT)
    release = {"id": "rhel", "version_id": "8.9"}

    assert ids(matched(path, {"type": "rpm", "name": "bash", "version": "5"}, release=release)) == []


PRODUCTS = {
    "by its url": (
        "nodejs",
        "pkg:rpm/redhat/nodejs@{version}?arch=x86_64&epoch=1&rpmmod=nodejs:18:80:63b3",
        "{on}:nodejs",
    ),
    "by its id": (
        "n",
        "pkg:rpm/redhat/nodejs@{version}?epoch=1",
        "{on}:nodejs:18:8080020230718100218:63b34585:nodejs-1:18",
    ),
    "unnamed": ("nodejs", "pkg:rpm/redhat/nodejs@{version}?epoch=1", "{on}:nodejs"),
}


@pytest.mark.parametrize(
    ("how", "module", "found"),
    [
        ("by its url", "nodejs:18", True),
        ("by its url", "nodejs:16", False),
        ("by its id", "nodejs:18", True),
        ("by its id", "nodejs:16", False),
        ("unnamed", "nodejs:16", True),
        ("unnamed", None, True),
    ],
)
def test_a_stream_of_a_module_stands_in_the_url_or_in_the_products_id(
    tmp_path: Path, how: str, module: str | None, found: bool
) -> None:
    reference, purl, identifier = PRODUCTS[how]
    identifier = identifier.format(on="AppStream")
    relations = {
        "full_product_name": {"product_id": identifier, "name": ""},
        "product_reference": reference,
        "relates_to_product_reference": "AppStream",
    }
    document = {
        "document": DOCUMENT["document"],
        "product_tree": {
            "branches": [
                platform("AppStream", "cpe:/a:redhat:enterprise_linux:9::appstream"),
                package(reference, purl.format(version="18.18.2-1.module%2Bel9.2.0%2B1")),
            ],
            "relationships": [relations],
        },
        "vulnerabilities": [{"cve": "CVE-2023-3", "product_status": {"fixed": [identifier]}}],
    }
    installed = {"type": "rpm", "name": "nodejs", "version": "1:16.1-1.module+el9.2.0+1", "module": module}

    assert ids(matched(database(tmp_path, document), installed, release=RHEL)) == (["CVE-2023-3"] if found else [])


@pytest.mark.parametrize(
    "data",
    [b"{", b'{"document": 3}', b'{"document": {}, "vulnerabilities": 3}', b'{"document": {}, "product_tree": []}'],
)
def test_what_is_no_such_document_is_refused(data: bytes) -> None:
    with pytest.raises(ManifestError, match="the-file"):
        list(csaf_advisories(data, "the-file"))


def test_branches_that_go_deep_end(tmp_path: Path) -> None:
    text = b'{"document": {}, "product_tree": {"branches": ' + b'[{"branches": ' * 3000 + b"[]" + b"}]" * 3000 + b"}}"

    with pytest.raises(ManifestError):
        list(csaf_advisories(text, "the-file"))
