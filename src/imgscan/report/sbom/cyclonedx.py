"""The format ``cyclonedx``: CycloneDX 1.6 as JSON. cyclonedx-python-lib and packageurl-python are wrapped here."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from cyclonedx.model import HashAlgorithm, HashType, Property
from cyclonedx.model.bom import Bom, BomMetaData
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.component_evidence import ComponentEvidence, Occurrence
from cyclonedx.model.contact import OrganizationalEntity
from cyclonedx.model.license import DisjunctiveLicense, LicenseExpression
from cyclonedx.model.tool import ToolRepository
from cyclonedx.output import make_outputter
from cyclonedx.schema import OutputFormat, SchemaVersion
from cyclonedx.spdx import is_supported_id
from packageurl import PackageURL

from imgscan.report.document import Report
from imgscan.report.json import json_bytes
from imgscan.report.sbom.bill import Bill, Part, bill_of, serial_of
from imgscan.report.sbom.licences import licence_expression
from imgscan.report.writers import Style

_NO_TIME = datetime(1970, 1, 1, tzinfo=UTC)


def write(reports: Sequence[Report], style: Style) -> bytes:
    """Return the format ``cyclonedx``: a bill of one image, or with ``style.every`` of an archive of images.

    There is no clock in it: the time is that at which the image says it was made, or left out.
    """
    bills = tuple(bill_of(report) for report in reports)
    whole = not style.every and len(bills) == 1
    bom = _of_image(bills[0]) if whole else _of_archive(bills, reports[0].source)
    return _written(bom, bills)


def _written(bom: Bom, bills: tuple[Bill, ...]) -> bytes:
    bom.serial_number = serial_of(bills)
    times = [bill.created for bill in bills if bill.created is not None]
    bom.metadata.timestamp = max(times, default=_NO_TIME)
    bom.metadata.tools = ToolRepository(
        components=[Component(name="imgscan", version=bills[0].tool, type=ComponentType.APPLICATION)]
    )
    text = make_outputter(bom, OutputFormat.JSON, SchemaVersion.V1_6).output_as_string()
    document: dict[str, Any] = json.loads(text)
    if not times:  # the library would set the clock's
        del document["metadata"]["timestamp"]
    return json_bytes(document)


def _of_image(bill: Bill) -> Bom:
    image = _image(bill, "image-0")
    parts = list(_components(bill, 0))
    bom = Bom(components=parts, metadata=BomMetaData(component=image))
    bom.register_dependency(image, parts)
    return bom


def _of_archive(bills: tuple[Bill, ...], source: str) -> Bom:
    name = source.rstrip("/").rpartition("/")[2] or "archive"
    archive = Component(name=name, type=ComponentType.FILE, bom_ref="archive")
    images = []
    bom = Bom(metadata=BomMetaData(component=archive))
    for number, bill in enumerate(bills):
        image = _image(bill, f"image-{number}")
        parts = list(_components(bill, number))
        image.components = parts
        bom.components.add(image)
        bom.register_dependency(image, parts)
        images.append(image)
    bom.register_dependency(archive, images)
    return bom


def _image(bill: Bill, ref: str) -> Component:
    return Component(
        type=ComponentType.CONTAINER,
        bom_ref=ref,
        name=bill.name,
        version=bill.version or None,
        purl=_purl(bill.purl),
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=bill.sha256)] if bill.sha256 else [],
        properties=_properties(bill.facts),
    )


def _components(bill: Bill, number: int) -> Iterator[Component]:
    if bill.system is not None:
        name, version = bill.system
        kind = ComponentType.OPERATING_SYSTEM
        yield Component(type=kind, bom_ref=f"system-{number}", name=name, version=version or None)
    for index, part in enumerate(bill.parts):
        yield _component(part, f"package-{number}-{index}")


def _component(part: Part, ref: str) -> Component:
    told = {
        "package:type": part.type,
        "package:source": part.source,
        "package:owner": part.owner,
        "package:database": "deleted" if part.deleted else "",
        "layer:index": str(part.layer) if part.layer >= 0 else "",
        "layer:diff_id": part.diff_id,
    }
    return Component(
        type=ComponentType.LIBRARY,
        bom_ref=ref,
        name=part.name,
        version=part.version or None,
        purl=_purl(part.purl),
        supplier=OrganizationalEntity(name=part.supplier) if part.supplier else None,
        licenses=_licences(part.license),
        evidence=ComponentEvidence(occurrences=[Occurrence(location=part.where)]) if part.where else None,
        properties=_properties(told),
    )


def _properties(told: dict[str, str]) -> list[Property]:
    return [Property(name=f"imgscan:{name}", value=value) for name, value in told.items() if value]


def _licences(text: str) -> list[LicenseExpression | DisjunctiveLicense]:
    """Return a licence by its SPDX id, as an expression, or under the name that the package gives it."""
    expression = licence_expression(text)
    if expression is None:
        return [DisjunctiveLicense(name=text)] if text else []
    if is_supported_id(expression):
        return [DisjunctiveLicense(id=expression)]
    return [LicenseExpression(expression)]


def _purl(text: str) -> PackageURL | None:
    try:
        return PackageURL.from_string(text) if text else None
    except ValueError:  # a type's own rules, which make_purl does not know
        return None
