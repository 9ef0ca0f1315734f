from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pytest
from examples.bucket import Bucket

import imgscan
from imgscan.testing import ImageBuilder, TarBuilder, oci_files

OPTIONS = imgscan.ScanOptions(analyzers=("setuid",))
FILES = oci_files(ImageBuilder().layer(TarBuilder().file("bin/su", b"s" * 4000, mode=0o4755).build()))


class ClientError(Exception):
    """As botocore's."""

    def __init__(self, code: str) -> None:
        super().__init__(f"An error occurred ({code})")
        self.response = {"Error": {"Code": code}}


class Body(io.BytesIO):
    """As botocore's."""

    def iter_chunks(self, size: int) -> Iterator[bytes]:
        return iter(lambda: self.read(size), b"")


class Client:
    """What the example uses of boto3's client."""

    class exceptions:  # noqa: N801 (boto3's name)
        ClientError = ClientError

    def __init__(self, objects: dict[str, bytes], error: str = "404") -> None:
        self.objects = objects
        self.error = error
        self.ranges: list[str] = []

    def head_object(self, Bucket: str, Key: str) -> dict[str, Any]:  # noqa: N803 (boto3's names)
        if Bucket != "images" or Key not in self.objects:
            raise ClientError(self.error)
        return {"ContentLength": len(self.objects[Key])}

    def get_object(self, Bucket: str, Key: str, Range: str = "") -> dict[str, Any]:  # noqa: N803
        data = self.objects[Key]
        if Range:
            self.ranges.append(Range)
            first, last = map(int, Range.removeprefix("bytes=").split("-"))
            data = data[first : last + 1]
        return {"Body": Body(data)}


def test_a_layout_in_a_bucket_is_scanned() -> None:
    client = Client({f"app/1.4/{name}": data for name, data in FILES.items()})

    report = imgscan.scan(Bucket(client, "images", "app/1.4"), OPTIONS)

    assert report.complete
    assert report.source == "s3://images/app/1.4"
    assert [finding.path for finding in report.findings] == ["bin/su"]


def test_one_file_is_one_ranged_request() -> None:
    client = Client(FILES)

    with imgscan.open_image(Bucket(client, "images")) as image, image.filesystem().open("bin/su") as file:
        file.seek(3990)
        assert file.read() == b"s" * 10

    assert len(client.ranges) == 1


def test_a_prefix_without_an_image_is_an_error() -> None:
    with pytest.raises(imgscan.InputError, match=r"no manifest\.json or index\.json"):
        imgscan.scan(Bucket(Client(FILES), "images", "other"), OPTIONS)


def test_a_bucket_that_may_not_be_read_is_not_taken_for_an_empty_one() -> None:
    with pytest.raises(imgscan.InputError, match="403"):
        imgscan.scan(Bucket(Client({}, "403"), "images"), OPTIONS)
