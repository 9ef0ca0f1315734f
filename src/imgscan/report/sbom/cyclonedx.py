"""The format ``cyclonedx``: CycloneDX 1.6 as JSON. cyclonedx-python-lib and packageurl-python are wrapped here."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, TypeAlias

import msgspec
from cyclonedx.model import HashAlgorithm, HashType, Property
from cyclonedx.model.bom import Bom, BomMetaData
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.component_evidence import ComponentEvidence, Occurrence
from cyclonedx.model.contact import OrganizationalContact, OrganizationalEntity
from cyclonedx.model.license import DisjunctiveLicense, LicenseExpression
from cyclonedx.model.tool import ToolRepository
from cyclonedx.output import make_outputter
from cyclonedx.schema import OutputFormat, SchemaVersion
from cyclonedx.schema.schema import SchemaVersion1Dot6
from cyclonedx.spdx import is_supported_id
from msgspec import UNSET
from packageurl import PackageURL

from imgscan.printable import printable
from imgscan.report.document import Report
from imgscan.report.json import json_bytes
from imgscan.report.sbom.bill import Bill, Part, PartFile, bill_of, serial_of
from imgscan.report.sbom.licences import licence_expression
from imgscan.report.writers import Style

_Object: TypeAlias = dict[str, Any]
"""An object of JSON."""

_ALGORITHMS = {"md5": "MD5", "sha1": "SHA-1", "sha256": "SHA-256", "sha384": "SHA-384", "sha512": "SHA-512"}
_INDENTED = 10_000
"""Files up to which a bill is written to be read by people too."""

_SEVERITIES = {
    "CRITICAL": "critical",
    "HIGH": "high",
    "MEDIUM": "medium",
    "LOW": "low",
    "NEGLIGIBLE": "info",
    "UNKNOWN": "unknown",
}
_NO_TIME = datetime(1970, 1, 1, tzinfo=UTC)


def write(reports: Sequence[Report], style: Style) -> bytes:
    """Return the format ``cyclonedx``: a bill of one image, or with ``style.every`` of an archive of images.

    There is no clock in it: the time is that at which the image says it was made, or left out.
    """
    bills = tuple(bill_of(report, files=True) for report in reports)
    whole = not style.every and len(bills) == 1
    document = _of_image(bills[0]) if whole else _of_archive(bills, reports[0].source)
    files = sum(len(part.files) for bill in bills for part in bill.parts)
    return json_bytes(document, lines=files > _INDENTED)


def _of_image(bill: Bill) -> _Object:
    parts = list(_components(bill, 0))
    needed = [part["bom-ref"] for part in parts]
    return {
        **_head(_image(bill, "image-0"), (bill,)),
        "components": parts,
        "dependencies": [_needs("image-0", needed), *_dependencies(bill, 0, needed)],
        **_known((bill,)),
    }


def _of_archive(bills: tuple[Bill, ...], source: str) -> _Object:
    name = source.rstrip("/").rpartition("/")[2] or "archive"
    archive = Component(name=printable(name), type=ComponentType.FILE, bom_ref="archive")
    images, needs = [], []
    for number, bill in enumerate(bills):
        parts = list(_components(bill, number))
        image = _plain(_image(bill, f"image-{number}"))
        images.append({**image, "components": parts} if parts else image)
        needs.append(_needs(f"image-{number}", [part["bom-ref"] for part in parts]))
        needs += _dependencies(bill, number, [part["bom-ref"] for part in parts])
    needed = [image["bom-ref"] for image in images]
    return {
        **_head(archive, bills),
        "components": images,
        "dependencies": [_needs("archive", needed), *needs],
        **_known(bills),
    }


def _head(subject: Component, bills: tuple[Bill, ...]) -> _Object:
    """Return a bill without components: what the library does with a thousand of them takes it a million steps."""
    times = [bill.created for bill in bills if bill.created is not None]
    tool = Component(name="imgscan", version=bills[0].tool, type=ComponentType.APPLICATION)
    metadata = BomMetaData(
        component=subject,
        tools=ToolRepository(components=[tool]),
        timestamp=max(times, default=_NO_TIME),
        authors=[OrganizationalContact(name=bills[0].author)] if bills[0].author else None,
    )
    bom = Bom(metadata=metadata, serial_number=serial_of(bills))
    result: _Object = json.loads(make_outputter(bom, OutputFormat.JSON, SchemaVersion.V1_6).output_as_string())
    if not times:  # the library would set the clock's
        del result["metadata"]["timestamp"]
    return result


def _plain(component: Component) -> _Object:
    # By msgspec, which keeps one text of a key: tens of thousands of components have the same.
    result: _Object = msgspec.json.decode(component.as_json(view_=SchemaVersion1Dot6))  # type: ignore[attr-defined]  # added by a decorator
    return result


def _known(bills: Sequence[Bill]) -> dict[str, list[_Object]]:
    """Return the vulnerabilities with the packages that they affect; nothing where none are known."""
    result: dict[tuple[str, ...], _Object] = {}
    for number, bill in enumerate(bills):
        refs: dict[tuple[str, str], list[str]] = {}
        for index, part in enumerate(bill.parts):
            refs.setdefault((part.name, part.version), []).append(f"package-{number}-{index}")
        for item in bill.vulnerabilities:
            reason = item.reason if item.reason is not UNSET else ""
            key = (item.id, item.severity, item.fixed_in, reason, item.package)
            affected = [{"ref": ref} for ref in refs.get((item.package, item.version), ())]
            if key not in result:
                result[key] = {"id": item.id, "ratings": [{"severity": _SEVERITIES[item.severity]}], "affects": []}
                if item.fixed_in:
                    result[key]["recommendation"] = f"update {item.package} to {item.fixed_in} or later"
                if reason:
                    result[key]["analysis"] = {"state": "not_affected", "detail": reason}
            result[key]["affects"] += affected
    return {"vulnerabilities": list(result.values())} if result else {}


def _dependencies(bill: Bill, number: int, refs: Sequence[str]) -> Iterator[_Object]:
    """Yield for each component what it needs."""
    by_ref = {f"package-{number}-{index}": part.needs for index, part in enumerate(bill.parts)}
    for ref in refs:
        yield _needs(ref, [f"package-{number}-{index}" for index in by_ref.get(ref, ())])


def _needs(ref: str, others: Sequence[str] = ()) -> _Object:
    return {"ref": ref, "dependsOn": list(others)} if others else {"ref": ref}


def _file(file: PartFile) -> _Object:
    # By hand: 100,000 of them are too many for the library's objects.
    result: _Object = {"type": "file", "name": file.path}
    algorithm = _ALGORITHMS.get(file.algorithm)
    return {**result, "hashes": [{"alg": algorithm, "content": file.value}]} if algorithm else result


def _image(bill: Bill, ref: str) -> Component:
    return Component(
        type=ComponentType.CONTAINER,
        bom_ref=ref,
        name=bill.name,
        version=bill.version or None,
        supplier=_supplier(bill.supplier),
        purl=_purl(bill.purl),
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=bill.sha256)] if bill.sha256 else [],
        properties=_properties(bill.facts),
    )


def _supplier(name: str) -> OrganizationalEntity | None:
    return OrganizationalEntity(name=name) if name else None


def _components(bill: Bill, number: int) -> Iterator[_Object]:
    if bill.system is not None:
        name, version = bill.system
        kind = ComponentType.OPERATING_SYSTEM
        supplier = _supplier(bill.distributor)
        ref = f"system-{number}"
        yield _plain(Component(type=kind, bom_ref=ref, name=name, version=version or None, supplier=supplier))
    for index, part in enumerate(bill.parts):
        result = _plain(_component(part, f"package-{number}-{index}"))
        yield {**result, "components": [_file(file) for file in part.files]} if part.files else result


def _component(part: Part, ref: str) -> Component:
    described = {
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
        supplier=_supplier(part.supplier),
        licenses=_licences(part.license),
        evidence=ComponentEvidence(occurrences=[Occurrence(location=part.where)]) if part.where else None,
        properties=_properties(described),
    )


def _properties(described: dict[str, str]) -> list[Property]:
    return [Property(name=f"imgscan:{name}", value=value) for name, value in described.items() if value]


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
