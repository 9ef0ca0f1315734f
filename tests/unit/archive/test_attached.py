"""Documents that lie beside an image: read whole and verified, left out where the archive lacks them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from imgscan.archive import attached
from imgscan.engine import scan
from imgscan.report.document import Report
from imgscan.testing import ImageBuilder
from imgscan.testing.image import digest_of
from imgscan.testing.layout import oci_files
from imgscan.testing.tar import tar_of

Files = dict[str, bytes]
SECRET = b"AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI4K7MDENGhPxRfiCYzQ81LkeyT0p"
PROVENANCE = json.dumps(
    {"predicateType": "https://slsa.dev/provenance/v0.2", "predicate": {"args": {"build-arg:x": SECRET.decode()}}}
).encode()


def files_of(content: bytes) -> Files:
    return oci_files(ImageBuilder(attestation=content).layer({"a": (0o644, b"x")}))


def attestation_in(files: Files) -> dict[str, Any]:
    index = json.loads(files["index.json"])
    found: dict[str, Any] = index["manifests"][1]
    return found


def blob(digest: str) -> str:
    return f"blobs/sha256/{digest[7:]}"


def layer_of(files: Files) -> str:
    manifest = json.loads(files[blob(attestation_in(files)["digest"])])
    return blob(manifest["layers"][0]["digest"])


def scanned(folder: Path, files: Files) -> Report:
    path = folder / "image.tar"
    path.write_bytes(tar_of(files))
    return scan(path)


def secrets(report: Report) -> list[str]:
    return [item.rule for item in report.findings if item.analyzer == "secrets"]


def unread(report: Report) -> list[str]:
    return [gap.why for gap in report.coverage.skipped if gap.what == "a document beside the image"]


def status(report: Report, control: str) -> str:
    return next(item.status.value for item in report.controls if item.id == control)


def test_a_secret_among_the_arguments_of_the_build_is_found(tmp_path: Path) -> None:
    report = scanned(tmp_path, files_of(PROVENANCE))

    assert secrets(report) == ["secrets.aws.secret-access-key"]
    assert status(report, "no-secrets") == "FAIL"
    assert SECRET[22:].decode() not in str(report)


def test_provenance_without_a_secret_gives_none(tmp_path: Path) -> None:
    report = scanned(tmp_path, files_of(PROVENANCE.replace(SECRET, b"VERSION=1.2")))

    assert (secrets(report), unread(report), status(report, "no-secrets")) == ([], [], "PASS")


@pytest.mark.parametrize("missing", ["manifest", "document"])
def test_an_attestation_that_stayed_behind_leaves_nothing_open(tmp_path: Path, missing: str) -> None:
    files = files_of(PROVENANCE)
    del files[layer_of(files) if missing == "document" else blob(attestation_in(files)["digest"])]

    report = scanned(tmp_path, files)

    assert (secrets(report), unread(report), status(report, "no-secrets")) == ([], [], "PASS")


def test_a_document_that_is_not_what_its_digest_says_leaves_secrets_open(tmp_path: Path) -> None:
    files = files_of(PROVENANCE)
    files[layer_of(files)] = b"{}"

    report = scanned(tmp_path, files)

    assert [why.rpartition(": ")[2] for why in unread(report)] == ["not what its digest says"]
    assert status(report, "no-secrets") == "UNKNOWN"


def test_a_document_over_the_limit_leaves_secrets_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attached, "MAX_DOCUMENT_BYTES", len(PROVENANCE) - 1)

    report = scanned(tmp_path, files_of(PROVENANCE))

    assert [f"over {len(PROVENANCE) - 1}" in why for why in unread(report)] == [True]
    assert status(report, "no-secrets") == "UNKNOWN"


def test_more_documents_than_the_limit_leave_secrets_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attached, "MAX_DOCUMENTS", 0)

    assert unread(scanned(tmp_path, files_of(PROVENANCE))) == ["over 0 documents"]


def by_annotation(descriptor: dict[str, Any], _subject: str) -> None:
    """Leave it as BuildKit writes it."""


def by_tag(descriptor: dict[str, Any], subject: str) -> None:
    descriptor["annotations"] = {"org.opencontainers.image.ref.name": f"{subject.replace(':', '-')}.att"}


def by_tag_of_a_repository(descriptor: dict[str, Any], subject: str) -> None:
    descriptor["annotations"] = {"org.opencontainers.image.ref.name": f"example.test/app:{subject.replace(':', '-')}"}


def of_another_image(descriptor: dict[str, Any], _subject: str) -> None:
    descriptor["annotations"]["vnd.docker.reference.digest"] = "sha256:" + "0" * 64


@pytest.mark.parametrize(
    ("names", "rules"),
    [
        (by_annotation, ["secrets.aws.secret-access-key"]),
        (by_tag, ["secrets.aws.secret-access-key"]),
        (by_tag_of_a_repository, ["secrets.aws.secret-access-key"]),
        (of_another_image, []),
    ],
)
def test_a_document_is_of_the_image_that_it_speaks_of(
    tmp_path: Path, names: Callable[[dict[str, Any], str], None], rules: list[str]
) -> None:
    files = files_of(PROVENANCE)
    index = json.loads(files["index.json"])
    image, attestation = index["manifests"]
    names(attestation, image["digest"])
    files["index.json"] = json.dumps(index).encode()

    assert secrets(scanned(tmp_path, files)) == rules


def test_the_subject_of_a_manifest_says_what_it_speaks_of(tmp_path: Path) -> None:
    files = files_of(PROVENANCE)
    index = json.loads(files["index.json"])
    image, attestation = index["manifests"]
    manifest = json.loads(files[blob(attestation["digest"])])
    manifest |= {"artifactType": "application/vnd.in-toto+json", "subject": {"digest": image["digest"], "size": 1}}
    data = json.dumps(manifest).encode()
    index["manifests"][1] = {"digest": digest_of(data), "size": len(data), "mediaType": attestation["mediaType"]}
    files |= {blob(digest_of(data)): data, "index.json": json.dumps(index).encode()}

    assert secrets(scanned(tmp_path, files)) == ["secrets.aws.secret-access-key"]
