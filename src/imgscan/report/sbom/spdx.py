"""The format ``spdx``: SPDX 2.3 as JSON. spdx-tools is wrapped here."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from spdx_tools.common.spdx_licensing import spdx_licensing
from spdx_tools.spdx.jsonschema.document_converter import DocumentConverter
from spdx_tools.spdx.model import (
    Actor,
    ActorType,
    Checksum,
    ChecksumAlgorithm,
    CreationInfo,
    Document,
    ExternalPackageRef,
    ExternalPackageRefCategory,
    ExtractedLicensingInfo,
    Package,
    PackagePurpose,
    Relationship,
    RelationshipType,
    SpdxNoAssertion,
)

from imgscan.report.document import Report
from imgscan.report.json import json_bytes
from imgscan.report.sbom.bill import Bill, Part, bill_of, serial_of
from imgscan.report.sbom.licences import licence_expression
from imgscan.report.writers import Style

_DOCUMENT = "SPDXRef-DOCUMENT"
_IMAGE, _SYSTEM, _PACKAGE = "SPDXRef-ContainerImage", "SPDXRef-OperatingSystem", "SPDXRef-Package"
"""Beginnings of identifiers; Trivy knows an image and a system by theirs alone."""
_UNKNOWN_TIME = datetime(1970, 1, 1)
"""In UTC, as the library takes all times."""
_PERSON = re.compile(r"([^<>@]{1,200}?) ?<([^<>\s]{1,200})>")


def write(reports: Sequence[Report], style: Style) -> bytes:
    """Return the format ``spdx``: one document that describes each image.

    There is no clock in it: the time is that at which the image says it was made, else 1970.
    """
    return json_bytes(DocumentConverter().convert(spdx_document(reports)))


def spdx_document(reports: Sequence[Report]) -> Document:
    """Return the document as the library's value."""
    bills = tuple(bill_of(report) for report in reports)
    licences = _Licences()
    packages = list[Package]()
    relations = list[Relationship]()
    for number, bill in enumerate(bills):
        image = f"{_IMAGE}-{number}"
        relations.append(Relationship(_DOCUMENT, RelationshipType.DESCRIBES, image))
        parts = list(_parts(bill, number, licences))
        packages += [_image(bill, image), *parts]
        relations += [Relationship(image, RelationshipType.CONTAINS, part.spdx_id) for part in parts]
        relations += _owned(bill, number)
        relations += [
            Relationship(f"{_PACKAGE}-{number}-{index}", RelationshipType.DEPENDS_ON, f"{_PACKAGE}-{number}-{other}")
            for index, part in enumerate(bill.parts)
            for other in part.needs
        ]
    times = [bill.created.astimezone(UTC).replace(tzinfo=None) for bill in bills if bill.created is not None]
    info = CreationInfo(
        spdx_version="SPDX-2.3",
        spdx_id=_DOCUMENT,
        name=", ".join(bill.name for bill in bills),
        document_namespace=f"urn:uuid:{serial_of(bills)}",
        creators=[Actor(ActorType.TOOL, f"imgscan-{bills[0].tool}"), *_authors(bills)],
        created=max(times, default=_UNKNOWN_TIME),
    )
    return Document(info, packages=packages, relationships=relations, extracted_licensing_info=licences.extracted())


def _authors(bills: tuple[Bill, ...]) -> Iterator[Actor]:
    """Yield who made the document, where the report says it."""
    actor = _actor(bills[0].author)
    if isinstance(actor, Actor):
        yield actor


class _Licences:
    """Licences of packages; those that are no SPDX expression get a reference each, with the text as found."""

    def __init__(self) -> None:
        self._references: dict[str, str] = {}

    def declared(self, text: str) -> object:
        """Return what SPDX says of a licence: a parsed expression, or that nothing is said."""
        if not text:
            return SpdxNoAssertion()
        expression = licence_expression(text)
        if expression is None:
            expression = self._references.setdefault(text, f"LicenseRef-imgscan-{len(self._references)}")
        return spdx_licensing.parse(expression)

    def extracted(self) -> list[ExtractedLicensingInfo]:
        """Return the references."""
        return [
            ExtractedLicensingInfo(license_id=name, extracted_text=text, license_name=text)
            for text, name in self._references.items()
        ]


def _image(bill: Bill, spdx_id: str) -> Package:
    return Package(
        spdx_id=spdx_id,
        name=bill.name,
        version=bill.version or None,
        supplier=_actor(bill.supplier),
        download_location=SpdxNoAssertion(),
        files_analyzed=False,
        checksums=[Checksum(ChecksumAlgorithm.SHA256, bill.sha256)] if bill.sha256 else [],
        license_concluded=SpdxNoAssertion(),
        license_declared=SpdxNoAssertion(),
        copyright_text=SpdxNoAssertion(),
        external_references=list(_purl(bill.purl)),
        primary_package_purpose=PackagePurpose.CONTAINER,
        comment="\n".join(f"{name}: {value}" for name, value in bill.facts.items()),
    )


def _parts(bill: Bill, number: int, licences: _Licences) -> Iterator[Package]:
    if bill.system is not None:
        name, version = bill.system
        yield Package(
            spdx_id=f"{_SYSTEM}-{number}",
            name=name,
            version=version or None,
            supplier=_actor(bill.distributor),
            download_location=SpdxNoAssertion(),
            files_analyzed=False,
            primary_package_purpose=PackagePurpose.OPERATING_SYSTEM,
        )
    for index, part in enumerate(bill.parts):
        yield _package(part, f"{_PACKAGE}-{number}-{index}", licences)


def _package(part: Part, spdx_id: str, licences: _Licences) -> Package:
    layer = f", layer {part.layer} ({part.diff_id})" if part.layer >= 0 else ""
    deleted = "; the database was deleted by a later layer" if part.deleted else ""
    return Package(
        spdx_id=spdx_id,
        name=part.name,
        version=part.version or None,
        supplier=_actor(part.supplier),
        download_location=SpdxNoAssertion(),
        files_analyzed=False,
        source_info=f"found in {part.where}{layer}{deleted}",
        license_concluded=SpdxNoAssertion(),
        license_declared=licences.declared(part.license),
        copyright_text=SpdxNoAssertion(),
        external_references=list(_purl(part.purl)),
        comment=f"built from {part.source}" if part.source else None,
    )


def _owned(bill: Bill, number: int) -> Iterator[Relationship]:
    """Yield which system packages contain which packages of a language."""
    names: dict[str, int] = {}
    for index, part in enumerate(bill.parts):
        if not part.owner:
            names.setdefault(part.name, index)
    for index, part in enumerate(bill.parts):
        if part.owner in names:
            owner = f"{_PACKAGE}-{number}-{names[part.owner]}"
            yield Relationship(owner, RelationshipType.CONTAINS, f"{_PACKAGE}-{number}-{index}")


def _actor(text: str) -> Actor | SpdxNoAssertion:
    """Return who supplies a package: a person where there is a mail address, else an organisation."""
    person = _PERSON.fullmatch(text)
    if person:
        return Actor(ActorType.PERSON, person[1], person[2])
    return Actor(ActorType.ORGANIZATION, text) if text else SpdxNoAssertion()


def _purl(text: str) -> Iterator[ExternalPackageRef]:
    if text:
        yield ExternalPackageRef(ExternalPackageRefCategory.PACKAGE_MANAGER, "purl", text)
