from __future__ import annotations

import json

import pytest

from imgscan.advisories.vex import excuse_of, parse_vex
from imgscan.errors import UsageError
from imgscan.model.image import ImageConfig, ImageManifest
from imgscan.model.vulnerability import Rating, Vulnerability

IMAGE = ImageManifest(
    references=("shop/app:1.2",),
    manifest_digest="sha256:aa",
    image_id="sha256:bb",
    platform=None,
    config=ImageConfig(),
    layers=(),
)
ITEM = Vulnerability(id="CVE-2026-1", package="openssl", version="3.0.9-1", rating=Rating.HIGH, aliases=("GHSA-aaaa",))


def openvex(status: str = "not_affected", **more: object) -> dict[str, object]:
    statement = {"vulnerability": {"name": "CVE-2026-1"}, "status": status, **more}
    return {"@context": "https://openvex.example/ns/v0.2.0", "statements": [statement]}


def reason(document: object, item: Vulnerability = ITEM) -> str | None:
    return excuse_of(parse_vex(json.dumps(document).encode(), "f.json"), item, IMAGE)


def test_openvex_takes_out_with_its_justification() -> None:
    document = openvex(justification="vulnerable_code_not_present", impact_statement="not linked")

    assert reason(document) == "not affected: vulnerable code not present; not linked"
    assert reason(openvex("fixed")) == "fixed"


@pytest.mark.parametrize("status", ["affected", "under_investigation", "anything"])
def test_another_status_takes_nothing_out(status: str) -> None:
    assert reason(openvex(status)) is None


@pytest.mark.parametrize(
    ("product", "fits"),
    [
        ("pkg:deb/debian/openssl@3.0.9-1?arch=amd64", True),
        ("pkg:deb/debian/openssl", True),
        ("pkg:deb/debian/openssl@3.0.8-1", False),
        ("pkg:deb/debian/bash", False),
        ("pkg:oci/app@sha256:aa", True),
        ("pkg:oci/app@sha256%3Abb", True),
        ("pkg:oci/app@sha256:cc", False),
        ("pkg:oci/app?repository_url=shop", True),
        ("pkg:oci/other", False),
        ("shop/app:1.2", True),
        ("sha256:aa", True),
        ("shop/app:1.3", False),
    ],
)
def test_a_statement_is_about_its_products_alone(product: str, fits: bool) -> None:
    assert (reason(openvex(products=[{"@id": product}])) is not None) is fits


def test_of_a_product_with_parts_the_parts_are_meant() -> None:
    parts = [{"@id": "pkg:deb/debian/openssl"}]

    assert reason(openvex(products=[{"@id": "pkg:oci/app", "subcomponents": parts}])) == "not affected"
    assert reason(openvex(products=[{"@id": "pkg:oci/app", "subcomponents": [{"@id": "pkg:deb/debian/bash"}]}])) is None


def test_products_that_nothing_names_are_not_everything() -> None:
    assert reason(openvex(products=[{"hashes": {"sha-256": "00"}}])) is None


def test_an_alias_is_the_same_vulnerability() -> None:
    document = {"statements": [{"vulnerability": {"name": "X-1", "aliases": ["GHSA-aaaa"]}, "status": "fixed"}]}

    assert reason(document) == "fixed"
    assert reason({"statements": [{"vulnerability": "CVE-2026-2", "status": "fixed"}]}) is None


def test_cyclonedx_names_products_by_reference() -> None:
    def document(state: str, ref: str) -> dict[str, object]:
        analysis = {"state": state, "justification": "code_not_reachable", "detail": "see ticket 7"}
        return {
            "bomFormat": "CycloneDX",
            "components": [
                {"bom-ref": "a", "purl": "pkg:deb/debian/openssl@3.0.9-1"},
                {"bom-ref": "b", "purl": "pkg:deb/debian/x"},
            ],
            "vulnerabilities": [{"id": "CVE-2026-1", "analysis": analysis, "affects": [{"ref": ref}]}],
        }

    assert reason(document("not_affected", "a")) == "not affected: code not reachable; see ticket 7"
    assert reason(document("false_positive", "urn:cdx:1/1#pkg:deb/debian/openssl")) is not None
    assert reason(document("not_affected", "b")) is None
    assert reason(document("exploitable", "a")) is None


def test_csaf_names_products_by_its_tree() -> None:
    def document(status: str) -> dict[str, object]:
        helper = {"purl": "pkg:deb/debian/openssl@3.0.9-1"}
        product = {"product_id": "P1", "name": "openssl", "product_identification_helper": helper}
        return {
            "document": {"csaf_version": "2.0"},
            "product_tree": {"branches": [{"branches": [{"product": product}]}]},
            "vulnerabilities": [
                {
                    "cve": "CVE-2026-1",
                    "product_status": {status: ["P1", "P2"]},
                    "flags": [{"label": "component_not_present"}],
                }
            ],
        }

    assert reason(document("known_not_affected")) == "not affected: component not present"
    assert reason(document("fixed")) == "fixed"
    assert reason(document("known_affected")) is None


@pytest.mark.parametrize(
    "data", [b"{", b"{}", b"[]", b'{"statements": 7}', b'{"statements": [{}]}', b"\xff", b"[" * 9999]
)
def test_what_is_no_vex_document_is_refused_by_name(data: bytes) -> None:
    with pytest.raises(UsageError, match=r"f\.json"):
        parse_vex(data, "f.json")
