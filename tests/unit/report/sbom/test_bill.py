from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from imgscan.model.package import PackageFile
from imgscan.report.document import Report
from imgscan.report.sbom import bill
from imgscan.report.sbom.bill import bill_of, divided, file_digest, serial_of
from imgscan.report.sbom.licences import licence_expression
from imgscan.system.packages.records import pack_files

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
    made = bill_of(with_image(report(), manifest_digest=DIGEST))

    assert made.purl == (
        f"pkg:oci/app@sha256:{'d' * 64}?arch=amd64&repository_url=example.test%2Fapp&tag=1"
    )  # fmt: skip
    assert made.sha256 == "d" * 64


def test_an_image_without_one_has_neither() -> None:
    made = bill_of(report())

    assert (made.purl, made.sha256) == ("", "")
    assert (made.name, made.version) == ("example.test/app", "1")


def test_an_image_without_a_name_is_called_by_its_archive() -> None:
    made = bill_of(report(references=()))

    assert (made.name, made.version) == ("app.tar", "sha256:" + "c" * 64)


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

    made = bill_of(with_image(found, config=replace(found.image.config, created=created)))

    assert made.created == expected


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
        ("Apache License 2.0", "Apache-2.0"),
        ("MIT License", "MIT"),
        ("BSD License", None),
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


HEX = "00" * 20


@pytest.mark.parametrize(
    ("recorded", "expected"),
    [
        (f"sha1:{HEX}", ("sha1", HEX)),
        ("md5:" + "AB" * 16, ("md5", "ab" * 16)),
        ("sha256:" + "_-" + "A" * 41, ("sha256", "ffe" + "0" * 61)),
        (f"sha256:{HEX}", ("", "")),
        ("crc32:00000000", ("", "")),
        ("sha256:!", ("", "")),
        ("", ("", "")),
    ],
)
def test_digests_become_hex_whatever_their_database_writes(recorded: str, expected: tuple[str, str]) -> None:
    assert file_digest(recorded) == expected


def test_a_package_has_its_files_where_they_are_asked_for() -> None:
    packed = pack_files([PackageFile("bin/a", f"sha1:{HEX}"), PackageFile("bin/b\x1b"), PackageFile("bin/a")])
    found = replace(report(packages=(package("a"), package("b"))), package_files=(packed, ""))

    one, other = bill_of(found, files=True).parts

    assert [tuple(file) for file in map(msgspec.structs.astuple, one.files)] == [
        ("/bin/a", "sha1", HEX),
        ("/bin/b\\x1b", "", ""),
    ]
    assert other.files == ()
    assert bill_of(found).parts[0].files == ()


def test_a_bill_lists_a_bounded_number_of_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bill, "MAX_FILES", 3)
    packed = pack_files([PackageFile("a"), PackageFile("b")])
    found = replace(report(packages=(package("a"), package("b"))), package_files=(packed, packed))

    made = bill_of(found, files=True)

    assert [len(part.files) for part in made.parts] == [2, 1]
    assert made.facts["files_left_out"] == "1"
    assert "files_left_out" not in bill_of(report(packages=(package("a"),)), files=True).facts
