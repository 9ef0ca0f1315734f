"""Small behaviour of the image's values."""

from __future__ import annotations

from imgscan.model.image import HistoryItem, ImageConfig, ImageManifest, Platform


def manifest(**changes: object) -> ImageManifest:
    fields: dict[str, object] = {
        "references": (),
        "manifest_digest": None,
        "image_id": None,
        "platform": None,
        "config": ImageConfig(),
        "layers": (),
    }
    return ImageManifest(**(fields | changes))  # type: ignore[arg-type]  # fields by name


def test_a_platform_reads_as_go_writes_it() -> None:
    assert str(Platform("linux", "arm64", "v8")) == "linux/arm64/v8"
    assert str(Platform("linux", "amd64")) == "linux/amd64"


def test_instructions_are_those_that_made_layers() -> None:
    history = (HistoryItem("ADD", False), HistoryItem("ENV", True), HistoryItem("RUN", False))

    assert ImageConfig(diff_ids=("a", "b"), history=history).created_by() == ("ADD", "RUN")
    assert ImageConfig(diff_ids=("a",), history=history).created_by() is None
    assert ImageConfig().created_by() is None


def test_an_images_title_is_its_first_name_or_a_digest() -> None:
    platform = Platform("linux", "amd64")

    assert manifest(references=("a:1", "b:2"), platform=platform).title() == "a:1 (linux/amd64)"
    assert manifest(manifest_digest="sha256:m", image_id="sha256:c").title() == "sha256:m"
    assert manifest(image_id="sha256:c").title() == "sha256:c"
    assert manifest().title() == "unnamed"
