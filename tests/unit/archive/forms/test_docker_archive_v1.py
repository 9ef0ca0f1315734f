from __future__ import annotations

import json
from pathlib import Path

from ..support import ONE, content, opened


def test_repositories_alone_name_the_top_layer_and_its_json_the_others(tmp_path: Path) -> None:
    files: dict[str, bytes] = {
        "repositories": json.dumps({"app": {"1": "a" * 64}}).encode(),
        f"{'a' * 64}/json": json.dumps({"id": "a" * 64, "os": "linux", "config": {"User": "1"}}).encode(),
        f"{'a' * 64}/VERSION": b"1.0",
        f"{'a' * 64}/layer.tar": ONE,
    }

    with opened(dict(files), tmp_path) as archive:
        assert archive.format == "docker-archive-v1"
        assert archive.images[0].references == ("app:1",)
        assert archive.images[0].config.user == "1"
        assert content(archive) == ONE
