"""Reports of Trivy and Grype (their JSON formats) to values.

Sources: Trivy documentation, "Reporting", JSON, SchemaVersion 2; Grype's ``grype/presenter/models``. Of both only
what is counted is read; a report of another form is refused rather than counted as none.
"""

from __future__ import annotations

from collections.abc import Iterator

from imgscan.errors import ManifestError, Position
from imgscan.formats.json import member, parse_json
from imgscan.model.vulnerability import Rating, Vulnerabilities, Vulnerability

_ORDER = {rating: number for number, rating in enumerate(Rating)}
_MAX_TEXT = 1000


def parse_vulnerabilities(data: bytes, name: str) -> Vulnerabilities:
    """Return what a report of Trivy or Grype says.

    Raises:
        ManifestError: not JSON, or none of the two; no other exception, whatever the bytes.
    """
    document = parse_json(data, name)
    if isinstance(document, dict):
        matches, results = member(document, "matches"), member(document, "Results")
        if isinstance(matches, list):
            return _made("grype", _grype(matches, name), member(document, "source", "target", "imageID"))
        if member(document, "SchemaVersion") == 2 and (results is None or isinstance(results, list)):
            return _made("trivy", _trivy(results or [], name), member(document, "Metadata", "ImageID"))
    raise ManifestError("no report of Trivy (SchemaVersion 2) or Grype (matches)", Position(source=name))


def _made(tool: str, items: Iterator[Vulnerability], image_id: object) -> Vulnerabilities:
    ranked = sorted(items, key=lambda item: (_ORDER[item.rating], item.id, item.package, item.version, item.fixed_in))
    return Vulnerabilities(tool=tool, items=tuple(ranked), image_id=_text(image_id) or None)


def _trivy(results: list[object], name: str) -> Iterator[Vulnerability]:
    for result in results:
        for item in _list(member(_dict(result, name), "Vulnerabilities"), name):
            vulnerability = _dict(item, name)
            yield _vulnerability(
                member(vulnerability, "VulnerabilityID"),
                member(vulnerability, "PkgName"),
                member(vulnerability, "InstalledVersion"),
                member(vulnerability, "Severity"),
                member(vulnerability, "FixedVersion"),
                name,
            )


def _grype(matches: list[object], name: str) -> Iterator[Vulnerability]:
    for match in matches:
        entry = _dict(match, name)
        about, artifact = _dict(member(entry, "vulnerability"), name), _dict(member(entry, "artifact"), name)
        versions = member(about, "fix", "versions") if member(about, "fix", "state") == "fixed" else None
        fixed = ", ".join(map(_text, versions[:10])) if isinstance(versions, list) else ""
        yield _vulnerability(
            member(about, "id"),
            member(artifact, "name"),
            member(artifact, "version"),
            member(about, "severity"),
            fixed,
            name,
        )


def _vulnerability(
    identifier: object, package: object, version: object, rating: object, fixed_in: object, name: str
) -> Vulnerability:
    if not (isinstance(identifier, str) and identifier and isinstance(package, str)):
        raise ManifestError("a vulnerability without id or package", Position(source=name))
    word = _text(rating).upper()
    known = Rating(word) if word in Rating.__members__ else Rating.UNKNOWN
    return Vulnerability(_text(identifier), _text(package), _text(version), known, _text(fixed_in))


def _text(value: object) -> str:
    return value[:_MAX_TEXT] if isinstance(value, str) else ""


def _dict(value: object, name: str) -> dict[str, object]:
    if not isinstance(value, dict):
        raise ManifestError("an object is missing", Position(source=name))
    return value


def _list(value: object, name: str) -> list[object]:
    if value is not None and not isinstance(value, list):
        raise ManifestError("a list is missing", Position(source=name))
    return value or []
