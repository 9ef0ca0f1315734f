"""An image straight out of a bucket: an OCI layout below a prefix, read through boto3's client or one like it.

    import boto3
    report = imgscan.scan(Bucket(boto3.client("s3"), "images", "app/1.4"))

A bucket that holds one file for an image needs none of this: ``imgscan.scan(s3fs.S3FileSystem().open("a/b.tar"))``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


class Bucket:
    """The blobs of one layout; it is a ``imgscan.RangedSource``, so that files inside are read without the rest."""

    def __init__(self, client: Any, bucket: str, prefix: str = "") -> None:
        self.name = f"s3://{bucket}/{prefix}"
        self._client = client
        self._bucket = bucket
        self._prefix = f"{prefix}/" if prefix else ""

    def find(self, name: str) -> str | None:
        """Return the object's key."""
        key = self._prefix + name
        try:
            self.size(key)
        except self._client.exceptions.ClientError as error:
            if error.response["Error"]["Code"] in ("404", "NoSuchKey"):
                return None
            raise  # not allowed, not reached: an UnreadableError of the scan
        return key

    def size(self, key: str) -> int:
        """Return the object's size."""
        return int(self._client.head_object(Bucket=self._bucket, Key=key)["ContentLength"])

    def chunks(self, key: str) -> Iterator[bytes]:
        """Yield the object."""
        yield from self._client.get_object(Bucket=self._bucket, Key=key)["Body"].iter_chunks(1 << 20)

    def stretch(self, key: str, start: int, size: int) -> Iterator[bytes]:
        """Yield a range of the object."""
        wanted = f"bytes={start}-{start + size - 1}"
        yield from self._client.get_object(Bucket=self._bucket, Key=key, Range=wanted)["Body"].iter_chunks(1 << 20)
