from __future__ import annotations

import pytest

from imgscan.archive.blobs.documents import blob_name


def test_a_digest_names_a_blob_of_a_layout() -> None:
    assert blob_name("sha256:" + "a" * 64) == "blobs/sha256/" + "a" * 64


@pytest.mark.parametrize("algorithm", ["sha256", "sha512"])
def test_the_algorithm_is_a_folder(algorithm: str) -> None:
    assert blob_name(f"{algorithm}:00").split("/") == ["blobs", algorithm, "00"]
