"""The documentation as a site: every page is in it, and it builds without a warning."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

import imgscan

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"


def pages_of(nav: Any) -> Iterator[str]:
    for item in nav if isinstance(nav, list) else nav.values():
        if isinstance(item, str):
            yield item
        else:
            yield from pages_of(item)


def settings() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "mkdocs.yml").read_text())
    return loaded


def test_every_page_is_in_the_site_once() -> None:
    listed = [*pages_of(settings()["nav"])]

    assert sorted(listed) == sorted(path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md"))


def test_the_reference_has_every_public_name() -> None:
    named = re.findall(r"^::: imgscan\.(\w+)$", (DOCS / "api.md").read_text(), re.MULTILINE)

    assert sorted(named) == sorted(name for name in imgscan.__all__ if not name.startswith("_"))


def test_every_picture_is_there_and_is_used() -> None:
    used = {name for path in DOCS.rglob("*.md") for name in re.findall(r"!\[[^]]+\]\(([^)]+)\)", path.read_text())}

    assert {f"images/{path.name}" for path in (DOCS / "images").iterdir()} == used


@pytest.mark.skipif(importlib.util.find_spec("mkdocstrings") is None, reason="mkdocs is not installed (imgscan[docs])")
def test_it_builds_without_a_warning(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(tmp_path / "site")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    api = (tmp_path / "site/api/index.html").read_text()
    assert [name for name in ("scan", "Report", "Filesystem") if f'id="imgscan.{name}"' not in api] == []
    assert "fonts.googleapis" not in api
