from __future__ import annotations

from pathlib import Path

import pytest

from imgscan.errors import InputError
from tests.integration.made import oci

from ..support import IMAGE, opened


def test_blobs_without_a_manifest_are_no_root_filesystem(tmp_path: Path) -> None:
    files = {name: data for name, data in oci(IMAGE).items() if name.startswith("blobs/")}

    with pytest.raises(InputError, match="manifest"):
        opened(files, tmp_path)
