from __future__ import annotations

from pathlib import Path

import pytest

from imgscan.errors import UsageError
from imgscan.stores.directory import DirectoryStore
from imgscan.stores.opened import open_store


def test_a_path_is_a_folder(tmp_path: Path) -> None:
    store = open_store(str(tmp_path / "store"))

    assert isinstance(store, DirectoryStore)
    assert store.directory == str(tmp_path / "store")


def test_a_scheme_that_nobody_serves_is_refused() -> None:
    with pytest.raises(UsageError, match="no store for s3://; there are redis://, rediss://, unix:// and folders"):
        open_store("s3://bucket")
