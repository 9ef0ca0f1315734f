"""Each form bids on its own sources and on no others; the first of the table that bids reads."""

from __future__ import annotations

from dataclasses import replace

import orjson
import pytest

from imgscan.archive.blobs.archive import Blobs, passed_once
from imgscan.archive.blobs.documents import Documents
from imgscan.archive.blobs.members import Evidence
from imgscan.archive.blobs.opened import Opened
from imgscan.archive.blobs.store import MemoryStore
from imgscan.archive.forms.table import FORMS, form_of, read_images
from imgscan.errors import ManifestError
from imgscan.model.limits import Limits
from imgscan.model.problem import ProblemLog

DOCKER = orjson.dumps([{"Config": "c.json", "RepoTags": ["a:1"], "Layers": []}])
DIGEST = "sha256:" + "a" * 64
OF_ONE = orjson.dumps({"schemaVersion": 2, "config": {"digest": DIGEST, "size": 2}, "layers": []})
WEB_APP = b'{"name": "an application"}'
INDEX = b'{"schemaVersion": 2, "manifests": []}'


def opened(image: bool = False, rootfs: bool = False, system: bool = False, **files: bytes) -> Opened:
    """Return a tar of these documents, ``manifest_json`` standing for ``manifest.json``."""
    limits, log = Limits(), ProblemLog("archive", 20)
    store = MemoryStore("image.tar", limits)
    for name, data in files.items():
        path = name.replace("_json", ".json").replace("oci_layout", "oci-layout")
        store.blobs[path] = data
        store.sizes[path] = len(data)
    evidence = Evidence()
    evidence.image, evidence.rootfs, evidence.system = image, rootfs, system
    blobs = Blobs(passed_once)
    return Opened(
        source="image.tar",
        limits=limits,
        log=log,
        documents=Documents(store, limits, log),
        evidence=evidence,
        members=blobs,
        whole=blobs,
    )


def folder(source: Opened, *others: str) -> Opened:
    """Return the same as a folder."""
    store = source.documents.store
    assert isinstance(store, MemoryStore)
    return replace(source, names=frozenset((*store.sizes, *others)))


def name_of(source: Opened) -> str:
    return type(form_of(source)).__name__


@pytest.mark.parametrize(
    ("source", "form"),
    [
        (opened(manifest_json=DOCKER), "DockerArchive"),
        (opened(manifest_json=DOCKER, index_json=INDEX, oci_layout=b"{}"), "DockerArchive"),
        (opened(manifest_json=DOCKER, rootfs=True, system=True), "DockerArchive"),
        (opened(manifest_json=OF_ONE), "DockerDir"),
        (opened(manifest_json=OF_ONE, rootfs=True), "RootFilesystem"),
        (opened(manifest_json=WEB_APP), "DockerArchive"),
        (opened(manifest_json=WEB_APP, rootfs=True), "RootFilesystem"),
        (opened(index_json=INDEX), "OciLayout"),
        (opened(index_json=INDEX, oci_layout=b"{}", rootfs=True), "OciLayout"),
        (opened(index_json=INDEX, manifest_json=WEB_APP, oci_layout=b"{}", rootfs=True), "OciLayout"),
        (opened(index_json=INDEX, rootfs=True), "RootFilesystem"),
        (opened(repositories=b"{}", image=True), "DockerArchiveV1"),
        (opened(repositories=b"{}", image=True, rootfs=True), "RootFilesystem"),
        (opened(image=True), "NoManifest"),
        (opened(image=True, rootfs=True), "RootFilesystem"),
        (opened(), "RootFilesystem"),
    ],
)
def test_a_tar_is_of_the_form_that_bids_first(source: Opened, form: str) -> None:
    assert name_of(source) == form


@pytest.mark.parametrize(
    ("source", "form"),
    [
        (folder(opened(manifest_json=DOCKER)), "DockerArchive"),
        (folder(opened(manifest_json=DOCKER, index_json=INDEX), "blobs"), "OciLayout"),
        (folder(opened(manifest_json=OF_ONE)), "DockerDir"),
        (folder(opened(manifest_json=WEB_APP)), "DockerDir"),
        (folder(opened(manifest_json=WEB_APP, system=True)), "RootFilesystem"),
        (folder(opened(index_json=INDEX, system=True)), "RootFilesystem"),
        (folder(opened(index_json=INDEX, system=True), "blobs"), "OciLayout"),
        (folder(opened(oci_layout=b"{}", system=True)), "OciLayout"),
        (folder(opened(repositories=b"{}", image=True)), "RootFilesystem"),
        (folder(opened()), "RootFilesystem"),
    ],
)
def test_a_folder_is_of_the_form_that_bids_first(source: Opened, form: str) -> None:
    assert name_of(source) == form


def test_the_last_form_takes_what_no_other_does() -> None:
    assert [form.bid(opened()) for form in FORMS] == [False] * (len(FORMS) - 1) + [True]


def test_a_root_filesystem_is_no_archive_of_images() -> None:
    assert read_images(opened(rootfs=True, system=True)) is None


def test_an_image_beside_a_root_filesystem_is_read_and_the_rest_is_a_problem() -> None:
    source = opened(manifest_json=DOCKER.replace(b"c.json", b"config"), config=b"{}", rootfs=True, system=True)

    archive = read_images(source)

    assert archive is not None
    assert (archive.format, [image.references for image in archive.images]) == ("docker-archive", [("a:1",)])
    assert [problem.code for problem in archive.problems()] == ["ambiguous-archive"]


def test_an_image_without_a_manifest_raises_what_ended_the_reading() -> None:
    with pytest.raises(ManifestError, match=r"no manifest\.json or index\.json"):
        read_images(opened(image=True))
    with pytest.raises(ManifestError, match="cut"):
        read_images(replace(opened(image=True), fault=ManifestError("cut")))
