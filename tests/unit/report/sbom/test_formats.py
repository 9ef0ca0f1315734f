from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

import pytest
from msgspec.structs import replace

from imgscan.errors import UsageError
from imgscan.model.package import PackageFile
from imgscan.report import writers
from imgscan.report.document import Report
from imgscan.report.sbom import cyclonedx, spdx
from imgscan.report.writers import Style, writer_of
from imgscan.system.packages.records import pack_files

from ..made import package, report
from ..schemas import cyclonedx_of, spdx_of

PACKAGES = (
    package("musl", "1.2", license="MIT", supplier="Ann <ann@example.test>", source="musl", source_version="1.2"),
    package("busybox", "1.36", license="GPL-2.0-only AND MIT"),
    package("odd", "1", license="GPL2 or so", supplier="The Company"),
    package("flask", "3.0", "pypi", package="musl", path="/usr/lib/flask/METADATA", license="GPL2 or so"),
    package("flask", "3.0", "pypi", path="/opt/flask/METADATA"),
)
RELEASE: dict[str, tuple[dict[str, Any], ...]] = {
    "release": ({"id": "alpine", "version_id": "3.19", "name": "Alpine Linux v3.19"},)
}
FULL = report(packages=PACKAGES, inventory=RELEASE)

TRICKS = ("\x1b[31m\u202e\udcff\ufffe", "<a>&\"'", "LicenseRef-x (", "a" * 500, "\n\t", "Person: x <y@z>", "(", "%zz#?")


def bill(found: Report = FULL) -> dict[str, Any]:
    return cyclonedx_of(cyclonedx.write([found], Style()))


def document(found: Report = FULL) -> dict[str, Any]:
    return spdx_of(spdx.write([found], Style()))


def by_name(items: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {item["name"]: item for item in items}


# CycloneDX


def test_cyclonedx_has_the_image_the_system_and_every_package() -> None:
    found = bill()

    assert found["specVersion"] == "1.6"
    assert (found["metadata"]["component"]["name"], found["metadata"]["component"]["type"]) == (
        "example.test/app",
        "container",
    )
    names = sorted((item["type"], item["name"], item.get("version")) for item in found["components"])
    assert names == [
        ("library", "busybox", "1.36"),
        ("library", "flask", "3.0"),
        ("library", "flask", "3.0"),
        ("library", "musl", "1.2"),
        ("library", "odd", "1"),
        ("operating-system", "alpine", "3.19"),
    ]


def test_cyclonedx_says_where_a_package_was_found_and_in_which_layer() -> None:
    found = by_name(bill()["components"])["musl"]

    properties = {item["name"]: item["value"] for item in found["properties"]}
    assert found["purl"] == "pkg:apk/musl@1.2"
    assert found["evidence"]["occurrences"] == [{"location": "/lib/apk/db/installed"}]
    assert properties["imgscan:layer:index"] == "0"
    assert properties["imgscan:layer:diff_id"] == FULL.layers[0].diff_id
    assert properties["imgscan:package:source"] == "musl 1.2"


def test_cyclonedx_has_licences_as_ids_expressions_or_names() -> None:
    found = by_name(bill()["components"])

    assert found["musl"]["licenses"] == [{"license": {"id": "MIT"}}]
    assert found["busybox"]["licenses"] == [{"expression": "GPL-2.0-only AND MIT"}]
    assert found["odd"]["licenses"] == [{"license": {"name": "GPL2 or so"}}]


def test_cyclonedx_lists_the_files_of_a_package_with_their_digests() -> None:
    packed = pack_files([PackageFile("lib/ld.so", "sha1:" + "0" * 40), PackageFile("lib/odd\n<a>")])
    files = replace(FULL, package_files=(packed, "", "", "", ""))

    found = by_name(bill(files)["components"])

    assert found["musl"]["components"] == [
        {"type": "file", "name": "/lib/ld.so", "hashes": [{"alg": "SHA-1", "content": "0" * 40}]},
        {"type": "file", "name": "/lib/odd\\x0a<a>"},
    ]
    assert "components" not in found["busybox"]
    assert "components" in cyclonedx_of(cyclonedx.write([files], Style(every=True)))["components"][0]["components"][1]


def test_cyclonedx_of_many_files_is_not_indented() -> None:
    many = replace(FULL, package_files=(pack_files([PackageFile(f"usr/{n}") for n in range(10_001)]), "", "", "", ""))

    assert cyclonedx.write([many], Style()).count(b"\n") == 1
    assert cyclonedx.write([FULL], Style()).count(b"\n") > 50


def test_cyclonedx_says_that_the_image_depends_on_all_of_it() -> None:
    found = bill()

    needs = {item["ref"]: item.get("dependsOn", []) for item in found["dependencies"]}
    assert sorted(needs["image-0"]) == sorted(item["bom-ref"] for item in found["components"])


def test_cyclonedx_has_the_images_time_or_none() -> None:
    timeless = replace(FULL, image=replace(FULL.image, config=replace(FULL.image.config, created=None)))

    assert bill()["metadata"]["timestamp"].startswith("2024-01-01T00:00:00")
    assert "timestamp" not in bill(timeless)["metadata"]


def test_cyclonedx_of_an_archive_has_its_images_each_with_its_packages() -> None:
    other = report(packages=(package("zlib"),), references=("example.test/b:2",))

    found = cyclonedx_of(cyclonedx.write([FULL, other], Style(every=True)))

    images = by_name(found["components"])
    assert found["metadata"]["component"]["type"] == "file"
    assert sorted(images) == ["example.test/app", "example.test/b"]
    assert len(images["example.test/app"]["components"]) == 6
    assert [item["name"] for item in images["example.test/b"]["components"]] == ["zlib"]


# SPDX


def test_spdx_describes_the_image_which_contains_every_package() -> None:
    found = document()

    relations = [
        (item["spdxElementId"], item["relationshipType"], item["relatedSpdxElement"]) for item in found["relationships"]
    ]
    assert ("SPDXRef-DOCUMENT", "DESCRIBES", "SPDXRef-ContainerImage-0") in relations
    assert len([item for item in relations if item[:2] == ("SPDXRef-ContainerImage-0", "CONTAINS")]) == 6
    assert ("SPDXRef-Package-0-0", "CONTAINS", "SPDXRef-Package-0-3") in relations
    assert ("SPDXRef-Package-0-0", "CONTAINS", "SPDXRef-Package-0-4") not in relations


def test_spdx_says_who_supplies_a_package_where_it_was_found_and_its_licence() -> None:
    found = by_name(document()["packages"])

    assert found["musl"]["supplier"] == "Person: Ann (ann@example.test)"
    assert found["odd"]["supplier"] == "Organization: The Company"
    assert found["busybox"]["supplier"] == "Organization: Alpine Linux"
    assert found["alpine"]["supplier"] == "Organization: Alpine Linux"
    assert found["flask"]["supplier"] == "NOASSERTION"
    assert found["musl"]["sourceInfo"] == f"found in /lib/apk/db/installed, layer 0 ({FULL.layers[0].diff_id})"
    assert found["busybox"]["licenseDeclared"] == "GPL-2.0-only AND MIT"
    assert found["musl"]["externalRefs"][0]["referenceLocator"] == "pkg:apk/musl@1.2"


def test_a_package_of_an_unknown_distribution_has_no_supplier() -> None:
    packages = by_name(document(report(packages=PACKAGES))["packages"])

    assert packages["busybox"]["supplier"] == "NOASSERTION"


@pytest.mark.parametrize(
    ("details", "labels", "supplier"),
    [
        ({"supplier": "ACME"}, {"vendor": "Other"}, "Organization: ACME"),
        ({}, {"org.opencontainers.image.vendor": "Other"}, "Organization: Other"),
        ({}, {"maintainer": "Ann <ann@example.test>"}, "Person: Ann (ann@example.test)"),
        ({}, {"version": "1"}, "NOASSERTION"),
    ],
)
def test_the_image_has_the_supplier_that_is_given_or_that_its_labels_name(
    details: dict[str, str], labels: dict[str, str], supplier: str
) -> None:
    config = replace(FULL.image.config, labels=labels)
    found = replace(FULL, details=details, image=replace(FULL.image, config=config))

    image = document(found)["packages"][0]

    assert image.get("supplier") == supplier
    named = bill(found)["metadata"]["component"].get("supplier", {}).get("name", "NOASSERTION")
    assert named.partition(" <")[0] == supplier.partition(": ")[2].partition(" (")[0] or supplier == named


def test_the_author_is_who_the_report_names() -> None:
    found = replace(FULL, details={"author": "Jo <jo@example.test>"})

    assert document(found)["creationInfo"]["creators"][1:] == ["Person: Jo (jo@example.test)"]
    assert bill(found)["metadata"]["authors"] == [{"name": "Jo <jo@example.test>"}]
    assert document()["creationInfo"]["creators"][1:] == []
    assert "authors" not in bill()["metadata"]


def test_the_date_of_the_report_is_the_bills() -> None:
    found = replace(FULL, date="2026-11-30")

    assert document(found)["creationInfo"]["created"] == "2026-11-30T00:00:00Z"
    assert bill(found)["metadata"]["timestamp"] == "2026-11-30T00:00:00+00:00"


def test_spdx_keeps_a_licence_that_is_no_expression_as_text_once() -> None:
    found = document()

    packages = by_name(found["packages"])
    (extracted,) = found["hasExtractedLicensingInfos"]
    assert extracted["extractedText"] == "GPL2 or so"
    assert packages["odd"]["licenseDeclared"] == extracted["licenseId"]


def test_spdx_says_nothing_of_a_licence_that_is_not_known() -> None:
    assert (
        by_name(document(report(packages=(package("zlib"),)))["packages"])["zlib"]["licenseDeclared"] == "NOASSERTION"
    )


def test_spdx_has_the_images_time_or_1970() -> None:
    timeless = replace(FULL, image=replace(FULL.image, config=replace(FULL.image.config, created="no time")))

    assert document()["creationInfo"]["created"] == "2024-01-01T00:00:00Z"
    assert document(timeless)["creationInfo"]["created"] == "1970-01-01T00:00:00Z"


def test_spdx_describes_several_images() -> None:
    found = spdx_of(spdx.write([FULL, report(packages=(package("zlib"),))], Style(every=True)))

    described = [
        item["relatedSpdxElement"] for item in found["relationships"] if item["relationshipType"] == "DESCRIBES"
    ]
    assert described == ["SPDXRef-ContainerImage-0", "SPDXRef-ContainerImage-1"]


# Both

BOTH: tuple[Callable[[Report], dict[str, Any]], ...] = (bill, document)


@pytest.mark.parametrize("written", BOTH)
def test_an_image_without_packages_has_a_bill(written: Callable[[Report], dict[str, Any]]) -> None:
    assert written(report())


@pytest.mark.parametrize("written", BOTH)
@pytest.mark.parametrize("trick", TRICKS)
def test_hostile_values_leave_a_bill_valid(written: Callable[[Report], dict[str, Any]], trick: str) -> None:
    hostile = package(trick, trick, trick, license=trick, supplier=trick, source=trick, path=trick, package=trick)
    found = report(
        packages=(hostile, hostile), references=(trick,), source=trick, inventory={"release": ({"id": trick},)}
    )

    assert written(found)


@pytest.mark.parametrize("module", [cyclonedx, spdx])
def test_the_same_report_gives_the_same_bytes(module: Any) -> None:
    assert module.write([FULL], Style()) == module.write([FULL], Style())


@pytest.mark.parametrize(("name", "library"), [("cyclonedx", "cyclonedx-python-lib"), ("spdx", "spdx-tools")])
def test_a_missing_library_is_told_with_the_command(name: str, library: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def without(module: str) -> Any:
        if "sbom" in module:
            raise ModuleNotFoundError(f"No module named '{name}'", name=name)
        return import_module(module)

    monkeypatch.setattr(writers, "import_module", without)

    with pytest.raises(UsageError, match=f"the format {name} needs the package {name}: pip install {library}"):
        writer_of(name)


def test_another_missing_module_is_a_fault_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    def without(module: str) -> Any:
        raise ModuleNotFoundError(module)

    monkeypatch.setattr(writers, "import_module", without)

    with pytest.raises(ModuleNotFoundError):
        writer_of("json")
