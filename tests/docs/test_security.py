"""The page on security names tests that exist, the one on dependencies those that are there."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]


def names_of_tests() -> set[str]:
    return {
        node.name
        for path in (ROOT / "tests").rglob("test_*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef)
    }


def test_each_promise_has_a_test_that_exists() -> None:
    rows = re.findall(
        r"^\| [^|]+ \| [^|]+ \| (`test_[^|]+) \|$", (ROOT / "docs" / "security.md").read_text(), re.MULTILINE
    )
    named = {name for row in rows for name in re.findall(r"`(test_\w+)`", row)}

    assert len(rows) >= 15
    assert named - names_of_tests() == set()


def test_each_dependency_is_argued_and_wrapped_where_the_page_says() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    asked = [
        *project["dependencies"],
        *project["optional-dependencies"]["re2"],
        *project["optional-dependencies"]["tui"],
    ]
    wanted = {match[0] for text in asked if (match := re.match(r"[A-Za-z0-9_.-]+", text))}
    rows = dict(
        re.findall(r"^\| `([\w.-]+)` \| [^|]+ \| ([^|]+) \|", (ROOT / "docs" / "dependencies.md").read_text(), re.M)
    )

    assert wanted - rows.keys() == set()
    for files in rows.values():
        for name in re.findall(r"`([\w/]+\.py)`", files):
            assert (ROOT / "src" / "imgscan" / name).is_file(), name
