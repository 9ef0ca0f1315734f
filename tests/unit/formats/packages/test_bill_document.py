from __future__ import annotations

import json

import pytest

from imgscan.errors import PackageDataError
from imgscan.formats.packages.bill_document import ListedPackage, parse_bill
from imgscan.model.package import PackageType


def spdx(*purls: str) -> dict[str, object]:
    rows = [
        {"name": "x", "versionInfo": "1", "externalRefs": [{"referenceType": "purl", "referenceLocator": purl}]}
        for purl in purls
    ]
    return {"spdxVersion": "SPDX-2.3", "packages": [*rows, {"name": "no purl"}]}


def cyclonedx(*purls: str) -> dict[str, object]:
    return {
        "bomFormat": "CycloneDX",
        "components": [
            {"type": "operating-system", "name": "debian"},
            {"type": "library", "name": "nest", "components": [{"type": "library", "purl": purl} for purl in purls]},
        ],
    }


PURLS = ("pkg:deb/debian/bash@5.2-1%2Bb1?arch=amd64", "pkg:npm/%40s/left@1.0.0", "pkg:pypi/requests@2", "pkg:odd/x@1")


@pytest.mark.parametrize(("make", "form", "others"), [(spdx, "SPDX", 2), (cyclonedx, "CycloneDX", 2)])
def test_packages_are_read_by_their_urls(make: object, form: str, others: int) -> None:
    assert callable(make)
    bill = parse_bill(json.dumps(make(*PURLS)).encode())

    assert (bill.form, bill.others) == (form, others)
    assert bill.packages == (
        ListedPackage(PackageType.DEB, "bash", "5.2-1+b1"),
        ListedPackage(PackageType.NPM, "@s/left", "1.0.0"),
        ListedPackage(PackageType.PYPI, "requests", "2"),
    )


def test_without_a_version_in_the_url_that_of_the_row_counts() -> None:
    assert parse_bill(json.dumps(spdx("pkg:pypi/a")).encode()).packages[0].version == "1"


@pytest.mark.parametrize("data", [b"{}", b"[]", b"{", b'{"bomFormat": 7}', b"\xff\xfe"])
def test_what_is_no_bill_is_refused(data: bytes) -> None:
    with pytest.raises(PackageDataError):
        parse_bill(data)


def test_odd_rows_are_passed_over() -> None:
    document = {
        "spdxVersion": "SPDX-2.3",
        "packages": [7, {"externalRefs": 3}, {"externalRefs": [{"referenceType": 7}]}],
    }

    assert parse_bill(json.dumps(document).encode()).packages == ()
