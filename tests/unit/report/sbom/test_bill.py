from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from msgspec.structs import replace

from imgscan.report.document import Report
from imgscan.report.sbom.bill import bill_of, divided, serial_of
from imgscan.report.sbom.licences import licence_expression

from ..made import package, report

DIGEST = "sha256:" + "d" * 64


def with_image(found: Report, **changes: Any) -> Report:
    return replace(found, image=replace(found.image, **changes))


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ("example.test:5000/a/app:1", ("example.test:5000/a/app", "1")),
        ("example.test:5000/app", ("example.test:5000/app", "")),
        (f"app:1@{DIGEST}", ("app", "1")),
        ("app", ("app", "")),
        ("", ("", "")),
    ],
)
def test_a_name_is_divided_into_repository_and_tag(reference: str, expected: tuple[str, str]) -> None:
    assert divided(reference) == expected


def test_an_image_with_a_manifest_has_a_package_url_and_a_hash() -> None:
    bill = bill_of(with_image(report(), manifest_digest=DIGEST))

    assert bill.purl == (
        f"pkg:oci/app@sha256:{'d' * 64}?arch=amd64&repository_url=example.test%2Fapp&tag=1"
    )  # fmt: skip
    assert bill.sha256 == "d" * 64


def test_an_image_without_one_has_neither() -> None:
    bill = bill_of(report())

    assert (bill.purl, bill.sha256) == ("", "")
    assert (bill.name, bill.version) == ("example.test/app", "1")


def test_an_image_without_a_name_is_called_by_its_archive() -> None:
    bill = bill_of(report(references=()))

    assert (bill.name, bill.version) == ("app.tar", "sha256:" + "c" * 64)


@pytest.mark.parametrize(
    ("created", "expected"),
    [
        ("2020-01-23T16:53:06.686519038Z", datetime(2020, 1, 23, 16, 53, 6, tzinfo=UTC)),
        ("2020-01-23T16:53:06+02:00", datetime(2020, 1, 23, 14, 53, 6, tzinfo=UTC)),
        ("2020-01-23", datetime(2020, 1, 23, tzinfo=UTC)),
        ("0001-01-01T00:00:00+23:00", None),
        ("yesterday", None),
        (None, None),
    ],
)
def test_the_time_is_the_images_own_or_none(created: str | None, expected: datetime | None) -> None:
    found = report()

    bill = bill_of(with_image(found, config=replace(found.image.config, created=created)))

    assert bill.created == expected


def test_the_serial_number_is_that_of_the_image() -> None:
    one, other = bill_of(report()), bill_of(report(references=("example.test/b:1",)))

    assert serial_of((one,)) == serial_of((bill_of(report()),))
    assert len({serial_of((one,)), serial_of((other,)), serial_of((one, other))}) == 3


def test_an_item_of_another_shape_is_taken_as_far_as_it_goes() -> None:
    (part,) = bill_of(report(packages=({"name": None, "layer": "x"},))).parts

    assert (part.name, part.layer, part.diff_id, part.deleted) == ("unnamed", -1, "", False)


def test_a_package_has_its_layer() -> None:
    found = report(packages=(package("musl", database="deleted"),))

    (part,) = bill_of(found).parts

    assert (part.layer, part.diff_id, part.deleted) == (0, found.layers[0].diff_id, True)


@pytest.mark.parametrize(
    ("text", "expression"),
    [
        ("MIT", "MIT"),
        ("mit", "MIT"),
        ("GPL-2.0+", "GPL-2.0-or-later"),
        ("MIT AND (BSD-3-Clause OR ISC)", "MIT AND (BSD-3-Clause OR ISC)"),
        ("Apache License 2.0", None),
        ("GPL2", None),
        ("MIT OR (", None),
        ("MIT/X", None),
        ("", None),
        ("(" * 149 + "MIT" + ")" * 148, None),
        ("MIT AND " * 100 + "MIT", None),
    ],
)
def test_licences_are_expressions_or_not(text: str, expression: str | None) -> None:
    assert licence_expression(text) == expression
