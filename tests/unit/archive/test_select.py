"""Which of an archive's images is meant."""

from __future__ import annotations

import platform as machine

import pytest

from imgscan.archive.select import host_platform, select_images
from imgscan.errors import SelectionError, UsageError
from imgscan.model.image import ImageConfig, ImageManifest, Platform


def image(*references: str, digest: str = "a", platform: str | None = "linux/amd64", group: int = 0) -> ImageManifest:
    return ImageManifest(
        references=references,
        manifest_digest="sha256:" + digest * 64,
        image_id="sha256:" + digest * 32 + "0" * 32,
        platform=Platform(*platform.split("/")) if platform else None,
        config=ImageConfig(),
        layers=(),
        group=group,
    )


ONE = image("one:1", "example.test/one:latest", digest="a", group=0)
TWO = image("two:2", digest="b", group=1)
BARE = image(digest="c", platform=None, group=2)
ALL = [ONE, TWO, BARE]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("one:1", ONE),
        ("example.test/one:latest", ONE),
        ("example.test/one", ONE),  # latest is what a name without a tag means
        ("two:2", TWO),
        ("sha256:" + "b" * 64, TWO),
        ("sha256:" + "b" * 32 + "0" * 32, TWO),
        ("b" * 12, TWO),
        ("sha256:" + "c" * 20, BARE),
        ("@0", ONE),
        ("@2", BARE),
    ],
)
def test_an_image_is_named_by_reference_digest_or_place(wanted: str, found: ImageManifest) -> None:
    assert select_images(ALL, wanted, None) == [found]


@pytest.mark.parametrize("wanted", ["one", "one:2", "two", "b" * 11, "@3", "@-1", "@", "@x", "", "sha256:", "three:1"])
def test_any_other_name_is_an_error_that_lists_what_there_is(wanted: str) -> None:
    with pytest.raises(SelectionError) as caught:
        select_images(ALL, wanted, None)

    assert all(name in str(caught.value) for name in ("@0", "one:1", "@1", "two:2", "@2", "(no name)", "linux/amd64"))
    assert isinstance(caught.value, UsageError)


def test_one_image_need_not_be_named() -> None:
    assert select_images([BARE], None, None) == [BARE]


def test_several_images_must_be_chosen_from_or_all_taken() -> None:
    with pytest.raises(SelectionError, match="--all-images"):
        select_images(ALL, None, None)

    assert select_images(ALL, None, None, every=True) == ALL
    assert select_images(ALL, "two:2", None, every=True) == [TWO]


def platforms(*names: str) -> list[ImageManifest]:
    return [image("app:1", digest="0123456789"[number], platform=name) for number, name in enumerate(names)]


@pytest.fixture
def amd64(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "machine", lambda: "x86_64")


@pytest.mark.usefixtures("amd64")
def test_of_several_platforms_the_hosts_is_taken() -> None:
    found = platforms("linux/arm64/v8", "linux/amd64", "windows/amd64")

    assert str(host_platform()) == "linux/amd64"
    assert select_images(found, None, None) == [found[1]]


@pytest.mark.usefixtures("amd64")
def test_of_several_others_one_must_be_chosen() -> None:
    with pytest.raises(SelectionError, match="--platform"):
        select_images(platforms("linux/arm64/v8", "linux/arm/v7"), None, None)


@pytest.mark.parametrize(
    ("wanted", "places"),
    [
        ("linux/arm64", [0]),
        ("linux/arm64/v8", [0]),
        ("LINUX/ARM64", [0]),
        ("linux/amd64", [1]),
        ("linux/arm", [2]),
        ("linux/arm/v7", [2]),
    ],
)
def test_a_platform_chooses(wanted: str, places: list[int]) -> None:
    found = platforms("linux/arm64/v8", "linux/amd64", "linux/arm/v7")

    assert select_images(found, None, wanted) == [found[place] for place in places]


@pytest.mark.parametrize(
    "wanted", ["linux", "linux/", "arm64", "linux/arm64/v9", "linux/arm64/v8/x", "linux/s390x", ""]
)
def test_a_platform_that_is_not_there_is_an_error(wanted: str) -> None:
    with pytest.raises(SelectionError, match="linux/arm64/v8"):
        select_images(platforms("linux/arm64/v8", "linux/amd64"), None, wanted)


def test_an_image_without_a_platform_fits_none() -> None:
    with pytest.raises(SelectionError):
        select_images([BARE], None, "linux/amd64")


def test_hostile_names_are_safe_to_show() -> None:
    with pytest.raises(SelectionError) as caught:
        select_images([image("a\x1b[31m", group=0), image("b", digest="b", group=1)], "x\x1b", None)

    assert "\x1b" not in str(caught.value)
