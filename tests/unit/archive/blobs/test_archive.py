from __future__ import annotations

from pathlib import Path

import pytest

from imgscan.archive.blobs.archive import shown_source
from imgscan.errors import UsageError
from tests.integration.made import oci

from ..support import IMAGE, content, opened


def test_a_closed_archive_reads_no_other_file(tmp_path: Path) -> None:
    archive = opened(oci(IMAGE), tmp_path)
    archive.close()

    with pytest.raises(UsageError, match="was closed"):
        content(archive)


def test_a_read_that_has_begun_ends_with_the_archive(tmp_path: Path) -> None:
    archive = opened(oci(IMAGE), tmp_path)
    blob = archive.images[0].layers[0].blob
    assert blob is not None
    chunks = archive.chunks(blob)
    next(chunks)
    archive.close()

    with pytest.raises(UsageError, match="was closed"):
        next(chunks)


def test_standard_input_has_a_name_that_people_know() -> None:
    assert shown_source("-") == "standard input"
    assert shown_source("a-") == "a-"
