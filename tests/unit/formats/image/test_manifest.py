"""Manifests, indexes and configs: strict where it matters, tolerant elsewhere."""

from __future__ import annotations

from typing import Any

import pytest

from imgscan.errors import ManifestError
from imgscan.formats.image.manifest import (
    is_docker_manifest,
    parse_config,
    parse_descriptor,
    parse_docker_manifest,
    parse_index,
    parse_manifest,
)
from imgscan.model.image import Descriptor, Platform

DIGEST = "sha256:" + "a" * 64
LAYER = {"mediaType": "application/vnd.oci.image.layer.v1.tar+gzip", "digest": DIGEST, "size": 5}
CONFIG = {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": DIGEST, "size": 2}
NOT_OBJECTS: tuple[Any, ...] = (None, 5, "text", [], True)


# manifest.json


def test_a_docker_manifest_lists_images() -> None:
    (item,) = parse_docker_manifest(
        [{"Config": "c.json", "RepoTags": ["a:1", "b:2"], "Layers": ["x/layer.tar"], "LayerSources": {DIGEST: LAYER}}],
        "manifest.json",
    )

    assert (item.config, item.references, item.layers) == ("c.json", ("a:1", "b:2"), ("x/layer.tar",))
    assert item.sources[DIGEST].size == 5


@pytest.mark.parametrize("tags", [None, [], "text", [5]])
def test_an_image_may_have_no_names(tags: Any) -> None:
    (item,) = parse_docker_manifest([{"Config": "c", "RepoTags": tags, "Layers": None}], "m")

    assert (item.references, item.layers) == ((), ())


@pytest.mark.parametrize(
    "document",
    [
        {},
        None,
        [],
        [None],
        [[]],
        [{}],
        [{"Config": 5, "Layers": []}],
        [{"Config": "c", "Layers": "x"}],
        [{"Config": "c", "Layers": [5]}],
        [{"Config": "c", "Layers": [], "LayerSources": {DIGEST: {"digest": "x"}}}],
    ],
)
def test_anything_else_is_no_docker_manifest(document: Any) -> None:
    with pytest.raises(ManifestError) as caught:
        parse_docker_manifest(document, "manifest.json")

    assert caught.value.position.source == "manifest.json"


def test_an_applications_manifest_json_is_told_from_dockers() -> None:
    assert is_docker_manifest([{"Config": "c", "Layers": []}])
    assert not is_docker_manifest({"name": "web app", "icons": []})
    assert not is_docker_manifest([{"name": "x"}])
    assert not is_docker_manifest(None)


# Descriptors and indexes


def test_a_descriptor_has_all_fields() -> None:
    found = parse_descriptor(
        {
            **LAYER,
            "annotations": {"a": "b", "c": 5},
            "artifactType": "x/y",
            "platform": {"os": "linux", "architecture": "arm64", "variant": "v8", "os.features": []},
            "urls": ["u"],
            "data": "ignored",
        },
        "x",
    )

    assert found == Descriptor(
        media_type=LAYER["mediaType"],  # type: ignore[arg-type]  # a text in that table
        digest=DIGEST,
        size=5,
        annotations={"a": "b"},
        artifact_type="x/y",
        platform=Platform("linux", "arm64", "v8"),
        urls=("u",),
    )
    assert str(found.platform) == "linux/arm64/v8"


def test_a_descriptor_needs_a_digest_alone() -> None:
    assert parse_descriptor({"digest": DIGEST}, "x") == Descriptor(digest=DIGEST)


@pytest.mark.parametrize("digest", [None, 5, "", "sha256", "sha256:", "SHA256:aa", "sha256:../../x", "sha256:a a", []])
def test_a_descriptor_without_a_valid_digest_is_an_error(digest: Any) -> None:
    with pytest.raises(ManifestError):
        parse_descriptor({"digest": digest}, "x")


@pytest.mark.parametrize("size", [None, "5", 5.5, True, -2, []])
def test_a_descriptor_whose_size_is_no_number_is_an_error(size: Any) -> None:
    with pytest.raises(ManifestError):
        parse_descriptor({"digest": DIGEST, "size": size}, "x")


def test_an_index_lists_descriptors() -> None:
    assert [item.size for item in parse_index({"manifests": [LAYER, CONFIG]}, "x")] == [5, 2]
    assert parse_index({"manifests": []}, "x") == []


@pytest.mark.parametrize("document", [*NOT_OBJECTS, {}, {"manifests": None}, {"manifests": {}}, {"manifests": [5]}])
def test_anything_else_is_no_index(document: Any) -> None:
    with pytest.raises(ManifestError):
        parse_index(document, "x")


# Manifests


def test_a_manifest_has_config_and_layers() -> None:
    found = parse_manifest({"config": CONFIG, "layers": [LAYER, LAYER], "annotations": {"a": "b"}}, "x")

    assert (found.config.size, [layer.size for layer in found.layers]) == (2, [5, 5])
    assert found.annotations == {"a": "b"}
    assert found.is_image()


@pytest.mark.parametrize(
    "document", [*NOT_OBJECTS, {}, {"layers": []}, {"config": CONFIG}, {"config": 5, "layers": []}]
)
def test_anything_else_is_no_manifest(document: Any) -> None:
    with pytest.raises(ManifestError):
        parse_manifest(document, "x")


@pytest.mark.parametrize(
    "change",
    [
        {"artifactType": "application/vnd.example.sbom"},
        {"config": {**CONFIG, "mediaType": "application/vnd.oci.empty.v1+json"}},
        {"layers": [{**LAYER, "mediaType": "application/vnd.in-toto+json"}]},
        {"layers": [{**LAYER, "mediaType": "application/vnd.dev.cosign.simplesigning.v1+json"}]},
    ],
)
def test_an_artifact_is_no_image(change: dict[str, Any]) -> None:
    assert not parse_manifest({"config": CONFIG, "layers": [LAYER], **change}, "x").is_image()


def test_an_image_may_have_no_layers() -> None:
    assert parse_manifest({"config": CONFIG, "layers": []}, "x").is_image()


# Configs


def test_a_config_has_settings_history_and_diff_ids() -> None:
    found = parse_config(
        {
            "created": "2024-01-01T00:00:00Z",
            "os": "linux",
            "architecture": "arm",
            "variant": "v7",
            "config": {
                "User": "app:app",
                "Env": ["PATH=/bin"],
                "Entrypoint": ["/e"],
                "Cmd": ["c"],
                "WorkingDir": "/w",
                "ExposedPorts": {"80/tcp": {}, "22/tcp": {}},
                "Volumes": {"/data": {}},
                "Labels": {"a": "b"},
                "StopSignal": "SIGTERM",
            },
            "rootfs": {"type": "layers", "diff_ids": [DIGEST]},
            "history": [{"created_by": "ADD"}, {"created_by": "ENV", "empty_layer": True, "comment": "c"}],
        },
        "x",
    )

    assert found.present
    assert found.platform == Platform("linux", "arm", "v7")
    assert (found.user, found.env, found.entrypoint, found.cmd) == ("app:app", ("PATH=/bin",), ("/e",), ("c",))
    assert (found.working_dir, found.exposed_ports, found.volumes) == ("/w", ("22/tcp", "80/tcp"), ("/data",))
    assert (found.labels, found.diff_ids, found.raw["StopSignal"]) == ({"a": "b"}, (DIGEST,), "SIGTERM")
    assert found.created_by() == ("ADD",)


def test_a_config_may_lack_everything() -> None:
    found = parse_config({}, "x")

    assert found.present
    assert (found.diff_ids, found.history, found.platform, found.created_by()) == ((), (), None, None)
    assert (found.entrypoint, found.cmd) == (None, None)


def test_fields_of_a_wrong_type_count_as_absent() -> None:
    found = parse_config(
        {
            "created": 5,
            "os": [],
            "config": {"User": 5, "Env": "PATH", "Cmd": {}, "ExposedPorts": [], "Labels": ["a"], "Volumes": "x"},
            "history": [None, 5, {"created_by": []}],
        },
        "x",
    )

    assert (found.created, found.os, found.user, found.env, found.cmd) == (None, "", "", (), None)
    assert (found.exposed_ports, found.labels, found.volumes) == ((), {}, ())
    assert [item.created_by for item in found.history] == [""]


def test_a_command_may_be_one_text() -> None:
    assert parse_config({"config": {"Cmd": "sh -c x"}}, "x").cmd == ("sh -c x",)


def test_history_that_does_not_match_the_layers_names_no_instruction() -> None:
    config = {"rootfs": {"diff_ids": [DIGEST, DIGEST]}, "history": [{"created_by": "ADD"}]}

    assert parse_config(config, "x").created_by() is None


@pytest.mark.parametrize(
    "document", [*NOT_OBJECTS, *({"rootfs": {"diff_ids": ids}} for ids in ("x", [5], ["sha256"], {"a": 1}, [None]))]
)
def test_a_config_without_right_diff_ids_is_an_error(document: Any) -> None:
    with pytest.raises(ManifestError):
        parse_config(document, "x")
