"""Secrets in fields of an image's documents that no runtime reads: they are sent to everybody all the same."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from imgscan.analyzers.secrets.examples import expand
from imgscan.engine import scan
from imgscan.model.finding import State
from imgscan.report.document import Report
from imgscan.testing import ImageBuilder
from imgscan.testing.layout import oci_files
from imgscan.testing.tar import tar_of

TOKEN = expand("ghp_<<0-9A-Za-z|30>><<crc>>", "documents")
Files = dict[str, bytes]
Document = dict[str, Any]


def image(**settings: object) -> ImageBuilder:
    return ImageBuilder(settings=settings).layer({"a": (0o644, b"x")})


def report(folder: Path, data: bytes) -> Report:
    path = folder / "image.tar"
    path.write_bytes(data)
    return scan(path)


def blob(digest: str) -> str:
    return f"blobs/sha256/{digest[7:]}"


def changed(files: Files, change: Callable[[Document, Document, Document], None]) -> Files:
    """Return the files of a layout whose index, manifest and config were changed, their digests with them."""
    from hashlib import sha256

    index = json.loads(files["index.json"])
    manifest_name = blob(index["manifests"][0]["digest"])
    manifest = json.loads(files[manifest_name])
    config_name = blob(manifest["config"]["digest"])
    config = json.loads(files[config_name])
    change(index, manifest, config)
    result = {name: data for name, data in files.items() if name not in (manifest_name, config_name)}
    for document, descriptor in ((config, manifest["config"]), (manifest, index["manifests"][0])):
        data = json.dumps(document).encode()
        descriptor |= {"digest": "sha256:" + sha256(data).hexdigest(), "size": len(data)}
        result[blob(descriptor["digest"])] = data
    return result | {"index.json": json.dumps(index).encode()}


PLACES: dict[str, tuple[Callable[[Document, Document, Document], None], str]] = {
    "annotation of the manifest": (
        lambda index, manifest, config: manifest.update(annotations={"note": TOKEN}),
        "manifest annotations",
    ),
    "annotation of a layer": (
        lambda index, manifest, config: manifest["layers"][0].update(annotations={"note": TOKEN}),
        "manifest layers",
    ),
    "annotation of the index": (
        lambda index, manifest, config: index.update(annotations={"note": TOKEN}),
        "index annotation note",
    ),
    "annotation of the descriptor": (
        lambda index, manifest, config: index["manifests"][0].update(annotations={"note": TOKEN}),
        "index annotation note",
    ),
    "author": (lambda index, manifest, config: config.update(author=TOKEN), "config author"),
    "field that nobody knows": (
        lambda index, manifest, config: config.update(x={"deep": [{"er": TOKEN}]}),
        "config x",
    ),
    "field of the settings that nobody knows": (
        lambda index, manifest, config: config.setdefault("config", {}).update(Note=TOKEN),
        "config config.Note",
    ),
    "key": (lambda index, manifest, config: config.update({TOKEN: 1}), "config"),
}


@pytest.mark.parametrize("place", PLACES)
def test_a_secret_in_a_document_is_found_where_it_stands(tmp_path: Path, place: str) -> None:
    change, where = PLACES[place]

    (finding,) = (
        item
        for item in report(tmp_path, tar_of(changed(oci_files(image()), change))).findings
        if item.analyzer == "secrets"
    )

    assert finding.rule == "secrets.github.personal-token"
    assert finding.state in (State.CONFIG, State.ARCHIVE)
    assert finding.evidence["where"].startswith(where)
    assert TOKEN not in repr(finding)


def test_documents_without_a_secret_are_silent(tmp_path: Path) -> None:
    files = changed(oci_files(image()), lambda index, manifest, config: config.update(author="me", x=["y"]))

    assert [item for item in report(tmp_path, tar_of(files)).findings if item.analyzer == "secrets"] == []


def test_what_is_read_as_a_setting_is_told_once(tmp_path: Path) -> None:
    env = image(Env=[f"TOKEN={TOKEN}"], Cmd=["run", TOKEN], Labels={"token": TOKEN})

    (finding,) = (item for item in report(tmp_path, env.docker_archive()).findings if item.analyzer == "secrets")

    wheres = [place["where"] for place in finding.evidence["places"]]
    assert sorted(wheres) == sorted(set(wheres))
    assert not any(where.startswith(("config ", "manifest ")) for where in wheres)
