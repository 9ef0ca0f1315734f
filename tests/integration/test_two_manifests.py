"""Archives whose manifest.json and index.json disagree, and indexes that say what their blobs are not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import orjson
import pytest

from imgscan.testing import TarBuilder

from .made import (
    INDEX,
    LAYOUT,
    MANIFEST,
    Files,
    artifact,
    as_folder,
    as_tar,
    blob,
    blobs,
    descriptor,
    docker_hybrid,
    image_of,
    index,
    loads,
    oci,
    save,
)
from .support import codes, imgscan, problems

ONE = TarBuilder().file("one", b"1").build()
TWO = TarBuilder().file("two", b"2").build()
IMAGE = image_of(ONE, TWO)


def scanned(path: Path, files: Files, *words: str) -> tuple[int, dict[str, Any]]:
    run = imgscan(save(path / "image.tar", as_tar(files)), "-f", "json", *words)
    return run.code, json.loads(run.out)


def rules_of(report: dict[str, Any]) -> list[str]:
    return [row["rule"] for row in report["findings"] if row["rule"].startswith("oddities.")]


def integrity(report: dict[str, Any]) -> str:
    (status,) = (row["status"] for row in report["controls"] if row["id"] == "archive-integrity")
    return str(status)


def with_index_manifest(**changes: Any) -> Files:
    """Return a hybrid archive in which the manifest that index.json names has other fields."""
    files = docker_hybrid(IMAGE)
    outer = loads(files["index.json"])
    name = "blobs/" + outer["manifests"][0]["digest"].replace(":", "/")
    document = loads(files[name])
    manifest = orjson.dumps({**document, **{key: change(document[key]) for key, change in changes.items()}})
    del files[name]
    return {**files, blob(manifest): manifest, "index.json": index(descriptor(manifest, MANIFEST))}


def test_two_tables_that_agree_are_no_matter(tmp_path: Path) -> None:
    code, report = scanned(tmp_path, docker_hybrid(IMAGE))

    assert (code, report["problems"], rules_of(report), integrity(report)) == (0, [], [], "PASS")


def test_another_order_of_layers_is_a_finding(tmp_path: Path) -> None:
    code, report = scanned(tmp_path, with_index_manifest(layers=lambda layers: layers[::-1]))

    assert (code, codes(report), rules_of(report)) == (0, ["index-disagrees"], ["oddities.two-manifests"])
    assert integrity(report) == "FAIL"


def test_layers_that_index_json_alone_has_were_not_read(tmp_path: Path) -> None:
    files = docker_hybrid(IMAGE)
    files["manifest.json"] = orjson.dumps(
        [{**item, "Layers": item["Layers"][:1]} for item in loads(files["manifest.json"])]
    )

    code, report = scanned(tmp_path, files)

    assert (code, rules_of(report)) == (4, ["oddities.two-manifests"])


def test_sizes_that_index_json_alone_says_wrongly_are_a_finding(tmp_path: Path) -> None:
    def change(layers: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [{**layer, "size": layer["size"] + 1} for layer in layers]

    code, report = scanned(tmp_path, with_index_manifest(layers=change))

    assert (code, rules_of(report)) == (0, ["oddities.descriptor"])
    assert "index-disagrees" in codes(report)


def test_an_index_whose_manifest_has_no_layers_is_docker_25s_and_a_warning(tmp_path: Path) -> None:
    code, report = scanned(tmp_path, with_index_manifest(layers=lambda layers: []))

    assert (code, rules_of(report), integrity(report)) == (0, [], "PASS")
    assert "index-without-layers" in codes(report)
    assert len(report["layers"]) == 2


def test_an_image_of_another_name_in_index_json_alone_was_not_read(tmp_path: Path) -> None:
    other = image_of(TWO, references=("example.test/other:1",))
    files = {**docker_hybrid(IMAGE), **blobs(other), "index.json": oci(IMAGE, other)["index.json"]}

    code, report = scanned(tmp_path, files)

    assert (code, rules_of(report)) == (4, ["oddities.two-manifests"])


def test_an_image_that_index_json_does_not_list_is_a_finding(tmp_path: Path) -> None:
    other = image_of(TWO)
    files = {**docker_hybrid(IMAGE), **blobs(other), "index.json": oci(other)["index.json"]}

    code, report = scanned(tmp_path, files)

    assert (code, report["image"]["references"]) == (4, list(IMAGE.references))
    assert len(report["layers"]) == 2
    assert rules_of(report) == ["oddities.two-manifests"]


def test_an_index_json_that_cannot_be_followed_is_a_warning(tmp_path: Path) -> None:
    code, report = scanned(tmp_path, {**docker_hybrid(IMAGE), "index.json": b"{}"})

    assert (code, codes(report)) == (0, ["index-disagrees"])


# Descriptors


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"size": 5}, 4),
        ({"platform": {"os": "windows", "architecture": "amd64"}}, 0),
        ({"mediaType": "application/vnd.docker.distribution.manifest.v2+json"}, 0),
        ({}, None),
        ({"platform": {"os": "linux", "architecture": "amd64", "variant": "v2"}}, None),
        ({"platform": {"os": "unknown", "architecture": "unknown"}}, None),
    ],
)
def test_a_descriptor_that_does_not_fit_its_manifest_is_a_finding(
    changes: dict[str, Any], code: int | None, tmp_path: Path
) -> None:
    files = oci(IMAGE)
    (row,) = loads(files["index.json"])["manifests"]

    found, report = scanned(tmp_path, {**files, "index.json": index({**row, **changes})})

    assert found == (code or 0)
    assert rules_of(report) == (["oddities.descriptor"] if code is not None else [])


def test_a_document_that_is_an_index_and_a_manifest_is_refused(tmp_path: Path) -> None:
    files = oci(IMAGE)
    (row,) = loads(files["index.json"])["manifests"]
    both = orjson.dumps({**loads(files["blobs/" + row["digest"].replace(":", "/")]), "manifests": [row]})
    files |= {blob(both): both, "index.json": index(descriptor(both, MANIFEST))}

    run = imgscan(save(tmp_path / "image.tar", as_tar(files)))

    assert (run.code, "both an index and a manifest" in run.err) == (3, True)


@pytest.mark.parametrize("layout", [b'{"imageLayoutVersion": "2.0"}', b"{}", b"x"])
def test_a_layout_of_another_version_is_a_warning(layout: bytes, tmp_path: Path) -> None:
    code, report = scanned(tmp_path, {**oci(IMAGE), "oci-layout": layout})

    assert (code, codes(report)) == (0, ["layout-version"])


# What is no image


@pytest.mark.parametrize(
    ("config_type", "layer_type", "what"),
    [
        (
            "application/vnd.cncf.helm.config.v1+json",
            "application/vnd.cncf.helm.chart.content.v1.tar+gzip",
            "1 Helm chart",
        ),
        ("application/vnd.wasm.config.v0+json", "application/wasm", "1 WebAssembly module"),
        ("application/vnd.oci.image.config.v1+json", "application/vnd.in-toto+json", "1 attestation"),
        ("application/vnd.oci.image.config.v1+json", "application/vnd.dev.cosign.simplesigning.v1+json", "1 signature"),
        ("application/vnd.oci.empty.v1+json", "application/spdx+json", "1 artifact"),
    ],
)
def test_an_index_without_an_image_says_what_there_is(
    config_type: str, layer_type: str, what: str, tmp_path: Path
) -> None:
    manifest, files = artifact(b"{}", config_type, layer_type)
    files |= {"oci-layout": LAYOUT, "index.json": index(descriptor(manifest, MANIFEST))}

    run = imgscan(save(tmp_path / "image.tar", as_tar(files)))

    assert run.code == 3
    assert f"lists no image, but {what} (" in run.err


def test_what_says_that_it_is_an_artifact_and_runs_is_scanned_where_it_is_alone(tmp_path: Path) -> None:
    files = oci(IMAGE)
    (row,) = loads(files["index.json"])["manifests"]
    manifest = orjson.dumps(
        {**loads(files["blobs/" + row["digest"].replace(":", "/")]), "artifactType": "application/spdx+json"}
    )

    code, report = scanned(tmp_path, {**files, blob(manifest): manifest, "index.json": index(descriptor(manifest))})

    assert (code, len(report["layers"]), codes(report)) == (0, 2, ["artifact-image"])


# Told once


def test_what_is_absent_under_two_names_is_told_once(tmp_path: Path) -> None:
    files = oci(IMAGE)
    (row,) = loads(files["index.json"])["manifests"]
    absent = {**row, "digest": "sha256:" + "d" * 64, "platform": {"os": "linux", "architecture": "s390x"}}
    inner = index(row, absent)
    names = [
        descriptor(inner, INDEX, annotations={"org.opencontainers.image.ref.name": name}) for name in ("a:1", "a:2")
    ]

    code, report = scanned(tmp_path, {**files, blob(inner): inner, "index.json": index(*names)})

    assert (code, codes(report), len(report["problems"])) == (0, ["absent-manifest"], 1)


def test_what_is_wrong_in_a_layer_that_comes_twice_is_told_once(tmp_path: Path) -> None:
    odd = TarBuilder().file("a", b"a").build() + b"x" * 512

    _, report = scanned(tmp_path, oci(image_of(odd, odd)))

    assert len([row for row in report["problems"] if row["code"] == "trailing-data"]) == 1


# Folders and tars of archives


def test_a_folder_of_archives_is_refused_with_their_names_where_one_image_is_meant(tmp_path: Path) -> None:
    for name in ("one", "two"):
        save(tmp_path / f"{name}.tar", as_tar(oci(IMAGE)))

    run = imgscan("ls", tmp_path)

    assert run.code == 3
    assert "a folder that holds 2 image archives, not an image: name one of them: one.tar, two.tar" in run.err


def test_a_folder_of_archives_and_other_files_is_read_in_part(tmp_path: Path) -> None:
    save(tmp_path / "one.tar", as_tar(oci(IMAGE)))
    (tmp_path / "app").write_bytes(b"\x7fELF")

    run = imgscan(tmp_path, "-f", "json")

    assert run.code == 4
    assert any("one.tar" in message for message in problems(run.report))


def test_a_root_filesystem_may_hold_archives(tmp_path: Path) -> None:
    (tmp_path / "root/etc").mkdir(parents=True)
    save(tmp_path / "root/one.tar", as_tar(oci(IMAGE)))

    assert imgscan(tmp_path / "root").code == 0


def test_a_tar_of_archives_is_refused_with_their_names(tmp_path: Path) -> None:
    outer = as_tar({"one.tar": as_tar(oci(IMAGE)), "two.tar": as_tar(docker_hybrid(IMAGE))})

    run = imgscan(save(tmp_path / "images.tar", outer))

    assert (run.code, "a tar that holds 2 image archives" in run.err) == (3, True)


def test_an_image_in_a_folder_is_no_folder_of_archives(tmp_path: Path) -> None:
    assert imgscan(as_folder(oci(IMAGE), tmp_path / "layout")).code == 0
    assert imgscan(as_folder({"a": b"x", "b": b"y"}, tmp_path / "root")).code == 0
