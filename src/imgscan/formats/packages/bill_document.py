"""Bills of materials in JSON, SPDX 2 and CycloneDX: the packages that they list, by their package URLs.

Sources: SPDX 2.3, "Package Information"; CycloneDX 1.6, ``components``; package-url/purl-spec; in-toto Statement v1;
DSSE, "Envelope".
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from urllib.parse import unquote

import msgspec

from imgscan.errors import PackageDataError, Position
from imgscan.formats.packages.documents import objects_of, record_object, text_of
from imgscan.formats.packages.spdx_document import parse_purl
from imgscan.model.package import PackageType

MAX_PACKAGES = 50_000
_MAX_PURL = 1000
_BILL_PREDICATES = ("spdx.dev/Document", "cyclonedx.org/bom")
_WITH_NAMESPACE = frozenset(
    {PackageType.NPM, PackageType.MAVEN, PackageType.COMPOSER, PackageType.GOLANG, PackageType.SWIFT}
)


class ListedPackage(msgspec.Struct, frozen=True):
    """One package as a bill lists it; ``version`` is empty where the bill has none."""

    type: PackageType
    name: str
    version: str


class BillDocument(msgspec.Struct, frozen=True):
    """One bill: ``form`` is ``SPDX`` or ``CycloneDX``; ``others`` counts what has no package URL of a known type."""

    form: str
    packages: tuple[ListedPackage, ...]
    others: int = 0


def parse_bill(data: bytes) -> BillDocument:
    """Return what a bill lists, 50,000 packages at most.

    Raises:
        PackageDataError: not JSON, or neither of the two.
    """
    return _bill(record_object(data, "bill of materials"))


def attested_bill(data: bytes) -> BillDocument | None:
    """Return the bill that an attestation states, in a DSSE envelope or bare, or that is attached as it is.

    None for an attestation of something else, such as provenance.

    Raises:
        PackageDataError: not JSON, no base64, or neither of the two forms of a bill.
    """
    document = record_object(data, "attestation")
    if text_of(document, "payloadType"):
        try:
            payload = base64.b64decode(_long_text(document, "payload"), validate=True)
        except ValueError as error:
            raise PackageDataError("an envelope whose payload is not base64", Position(offset=0)) from error
        document = record_object(payload, "attestation")
    kind = text_of(document, "predicateType")
    if kind:
        if not any(word in kind for word in _BILL_PREDICATES):
            return None
        predicate = document.get("predicate")
        # cosign wraps what it attests: {"Data": ...}.
        inner = predicate.get("Data", predicate) if isinstance(predicate, dict) else None
        if not isinstance(inner, dict):
            raise PackageDataError("an attestation without a bill", Position(offset=0))
        document = inner
    return _bill(document)


def _long_text(document: dict[str, object], key: str) -> str:
    value = document.get(key)
    return value if isinstance(value, str) else ""


def _bill(document: dict[str, object]) -> BillDocument:
    if text_of(document, "bomFormat") == "CycloneDX":
        form, purls = "CycloneDX", list(_of_cyclonedx(document))
    elif text_of(document, "spdxVersion"):
        form, purls = "SPDX", list(_of_spdx(document))
    else:
        raise PackageDataError("neither SPDX nor CycloneDX", Position(offset=0))
    packages = [package for purl, version in purls if (package := _package(purl, version)) is not None]
    return BillDocument(form, tuple(dict.fromkeys(packages)), len(purls) - len(packages))


def _of_spdx(document: dict[str, object]) -> Iterator[tuple[str, str]]:
    for row in objects_of(document, "packages")[:MAX_PACKAGES]:
        references = objects_of(row, "externalRefs")
        purls = (
            text_of(item, "referenceLocator", _MAX_PURL)
            for item in references
            if text_of(item, "referenceType") == "purl"
        )
        yield next(purls, ""), text_of(row, "versionInfo")


def _of_cyclonedx(document: dict[str, object]) -> Iterator[tuple[str, str]]:
    rest = objects_of(document, "components")[::-1]
    for _ in range(MAX_PACKAGES):
        if not rest:
            return
        row = rest.pop()
        rest += objects_of(row, "components")[::-1]
        if text_of(row, "type") not in ("file", "operating-system"):
            yield text_of(row, "purl", _MAX_PURL), text_of(row, "version")


def _package(purl: str, version: str) -> ListedPackage | None:
    parts = parse_purl(purl)
    if parts is None:
        return None
    kind, namespace, name, _ = parts
    marked = purl.partition("?")[0].partition("#")[0].rpartition("@")
    # The namespace of a system package is its distribution, which is no part of the name.
    whole = f"{namespace}/{name}" if namespace and kind in _WITH_NAMESPACE else name
    return ListedPackage(kind, whole, unquote(marked[2]) if marked[1] else version)
