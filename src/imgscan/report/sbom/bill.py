"""What goes into a bill of materials, as plain values that both formats are written from."""

from __future__ import annotations

import binascii
import re
from base64 import urlsafe_b64decode
from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import NAMESPACE_URL, UUID, uuid5

import msgspec
from msgspec import UNSET

from imgscan.formats.packages.purl import make_purl
from imgscan.model.items import PackageItem, ReleaseItem, read_item
from imgscan.model.package import SYSTEM_TYPES
from imgscan.printable import printable
from imgscan.report.document import Report
from imgscan.report.show import shown_report
from imgscan.report.shown import Json, ShownReport, ShownVulnerability
from imgscan.system.packages.records import unpack_files

_SIZES = {"md5": 16, "sha1": 20, "sha224": 28, "sha256": 32, "sha384": 48, "sha512": 64}
"""Bytes of a digest."""

_DIGEST = re.compile(r"sha256:([0-9a-f]{64})")


_UNNAMED = dict.fromkeys(("type", "name", "version", "database"), "")
_NOT_TEXT = frozenset({"layer", "also_in", "depends"})
_RELEASE = re.compile(r"\s+v?\d.*", re.DOTALL)
"""The release behind a distribution's name: "Debian GNU/Linux 12 (bookworm)"."""
_SUPPLIERS = ("org.opencontainers.image.vendor", "org.opencontainers.image.authors", "vendor", "maintainer")
"""Labels that name who supplies an image (OCI image-spec 1.1, annotations.md; label-schema.org)."""

MAX_FILES = 500_000
"""Files listed in one bill."""


class PartFile(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One file of a package: its absolute path, and the digest its package's database records.

    ``algorithm`` is as hashlib calls it, ``value`` hex; both are empty where none is recorded.
    """

    path: str
    algorithm: str
    value: str


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """One installed package; ``where`` is the file that says so, ``layer`` the layer that installed it.

    ``owner`` is the name of the system package whose files it is part of.
    """

    type: str
    name: str
    version: str
    purl: str
    license: str
    supplier: str
    where: str
    layer: int
    diff_id: str
    deleted: bool
    source: str
    owner: str
    files: tuple[PartFile, ...] = ()
    needs: tuple[int, ...] = ()
    """Positions of the parts that it depends on."""


class Bill(msgspec.Struct, frozen=True, kw_only=True):
    """One image and its packages; ``created`` is the report's date, else the image's own, None where neither is known.

    ``system`` is id and version of the distribution, ``distributor`` its name. ``supplier`` is who hands over the
    image, ``author`` who made the bill, by the report's details or, the supplier, by the image's labels. ``facts`` are
    more things to know of the image, by name. So a bill has what NTIA's "Minimum Elements" (2021) ask for.
    """

    name: str
    version: str
    purl: str
    sha256: str
    created: datetime | None
    tool: str
    system: tuple[str, str] | None
    parts: tuple[Part, ...]
    facts: dict[str, str]
    supplier: str = ""
    author: str = ""
    distributor: str = ""
    vulnerabilities: tuple[ShownVulnerability, ...] = ()
    """Of the packages that the image has; with a ``reason`` those that do not count."""


def bill_of(report: Report, files: bool = False) -> Bill:
    """Return the bill of one report, every text in it safe to show; with ``files`` those of the packages."""
    plain = shown_report(report)
    image = plain.image
    reference = image.references[0] if image.references else ""
    repository, tag = divided(reference)
    digest = image.manifest_digest or ""
    matched = _DIGEST.fullmatch(digest)
    release = read_item(plain.inventory, ReleaseItem)
    distributor = _RELEASE.sub("", release.name) or release.id if release is not None else ""
    parts, left_out = _parts(plain, report.package_files if files else (), report.package_dependencies)
    # NTIA asks for a supplier: where the database names no maintainer, the package came from the distribution.
    parts = tuple(
        msgspec.structs.replace(part, supplier=distributor) if not part.supplier and part.type in SYSTEM_TYPES else part
        for part in parts
    )
    facts = dict(_facts(plain))
    labels = image.labels or {}
    details = plain.details if plain.details is not UNSET else {}
    return Bill(
        name=repository or _archive(image.source),
        version=tag or digest or image.image_id or "",
        purl=_image_purl(repository, tag, digest, image.platform or "") if matched else "",
        sha256=matched[1] if matched else "",
        created=_moment((plain.date if plain.date is not UNSET else "") or image.created or ""),
        tool=plain.tool.version,
        system=(release.id, release.version_id or "") if release is not None and release.id else None,
        parts=parts,
        facts={**facts, "files_left_out": str(left_out)} if left_out else facts,
        supplier=details.get("supplier") or next((labels[name] for name in _SUPPLIERS if labels.get(name)), ""),
        author=details.get("author", ""),
        distributor=distributor,
        vulnerabilities=tuple(_vulnerabilities(plain)),
    )


def serial_of(bills: tuple[Bill, ...]) -> UUID:
    """Return a number that the same images, and nothing else, give."""
    text = "\n".join(f"{bill.name} {bill.version} {sorted(bill.facts.items())}" for bill in bills)
    return uuid5(NAMESPACE_URL, f"urn:imgscan:sbom:{text}")


def divided(reference: str) -> tuple[str, str]:
    """Return the repository and the tag of an image's name, the tag empty where it has none."""
    name = reference.partition("@")[0]
    repository, colon, tag = name.rpartition(":")
    return (repository, tag) if colon and "/" not in tag else (name, "")


def _archive(source: str) -> str:
    return source.rstrip("/").rpartition("/")[2] or "image"


def _image_purl(repository: str, tag: str, digest: str, platform: str) -> str:
    """Return an image's package URL (purl-spec, type oci): it needs the digest of the manifest."""
    architecture = platform.split("/")[1] if platform.count("/") else ""
    given = {"repository_url": repository, "tag": tag, "arch": architecture}
    return make_purl("oci", repository.rpartition("/")[2].lower(), digest, "", given)


def _moment(text: str) -> datetime | None:
    try:
        result = datetime.fromisoformat(text)
        return result.replace(tzinfo=result.tzinfo or UTC).astimezone(UTC).replace(microsecond=0)
    except (ValueError, OverflowError):
        return None


def _facts(plain: ShownReport) -> Iterator[tuple[str, str]]:
    image = plain.image
    named = {
        "image_id": image.image_id,
        "manifest_digest": image.manifest_digest,
        "platform": image.platform,
        "format": image.format,
    }
    yield from ((name, value) for name, value in named.items() if value)
    for number, reference in enumerate(image.references):
        yield f"reference:{number}", reference
    for layer in plain.layers:
        if layer.diff_id:
            yield f"layer:{layer.index}:diff_id", layer.diff_id
    yield "complete", "true" if plain.coverage.complete else "false"


def _vulnerabilities(plain: ShownReport) -> Iterator[ShownVulnerability]:
    known = plain.vulnerabilities
    if known is not None and known.same_image is not False:
        excused = known.excused if known.excused is not UNSET else ()
        yield from (item for item in (*known.items, *excused) if item.deleted is UNSET)


def _parts(
    plain: ShownReport, packed: tuple[str, ...], needed: tuple[tuple[int, ...], ...]
) -> tuple[tuple[Part, ...], int]:
    """Return the packages, and how many of their files are left out."""
    items = [item for item in plain.inventory.get("packages", ()) if isinstance(item, dict)]
    layers = {layer.index: layer.diff_id or "" for layer in plain.layers}
    parts, room, left_out = list[Part](), MAX_FILES, 0
    for index, item in enumerate(items):
        files = tuple(_files(packed[index])) if index < len(packed) else ()
        left_out += max(len(files) - room, 0)
        needs = tuple(number for number in needed[index] if number < len(items)) if index < len(needed) else ()
        parts.append(msgspec.structs.replace(_part(_package(item), layers, files[:room]), needs=needs))
        room -= len(parts[-1].files)
    return tuple(parts), left_out


def _part(item: PackageItem, layers: dict[int, str], files: tuple[PartFile, ...]) -> Part:
    index = item.layer if item.layer is not None else -1
    return Part(
        type=item.type,
        name=item.name or "unnamed",
        version=item.version,
        purl=item.purl or "",
        license=item.license or "",
        supplier=item.supplier or "",
        where=item.path or "",
        layer=index,
        diff_id=layers.get(index, ""),
        deleted=item.database == "deleted",
        source=" ".join(filter(None, (item.source, item.source_version))),
        owner=item.package or "",
        files=files,
    )


def _package(item: dict[str, Json]) -> PackageItem:
    """Return an item with fields; of one that does not fit, of an analyzer of somebody else's, what does."""
    try:
        return msgspec.convert(item, PackageItem)
    except msgspec.ValidationError:
        fitting: dict[str, Json] = {}
        for field in msgspec.structs.fields(PackageItem):
            value = item.get(field.name)
            if field.name not in _NOT_TEXT and value is not None:
                fitting[field.name] = printable(str(value))
            elif field.name == "layer" and type(value) is int:
                fitting[field.name] = value
        return msgspec.convert({**_UNNAMED, **fitting}, PackageItem)


def _files(packed: str) -> Iterator[PartFile]:
    """Yield the files of one package, each path once."""
    seen = set[str]()
    for file in unpack_files(packed):
        path = "/" + printable(file.path)
        if path not in seen:
            seen.add(path)
            yield PartFile(path, *file_digest(file.digest))


def file_digest(text: str) -> tuple[str, str]:
    """Return algorithm and hex of ``algorithm:value``, the value in hex or base64; two empty strings for another text.

    Python's RECORD has base64 of the URL-safe kind without padding (PEP 376, "RECORD").
    """
    algorithm, _, value = text.partition(":")
    size = _SIZES.get(algorithm, 0)
    if len(value) == 2 * size and not value.lower().strip("0123456789abcdef"):
        return (algorithm, value.lower()) if size else ("", "")
    try:
        raw = urlsafe_b64decode(value + "=" * (-len(value) % 4))
    except (binascii.Error, ValueError):
        return "", ""
    return (algorithm, raw.hex()) if len(raw) == size > 0 else ("", "")
