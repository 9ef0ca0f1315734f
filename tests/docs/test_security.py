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


def promises() -> list[list[str]]:
    """Return the cells of each promise of the page."""
    part = (ROOT / "docs" / "security.md").read_text().partition("\n## Promises\n")[2].partition("\n## ")[0]
    lines = [line for line in part.splitlines() if line.startswith("|")]
    return [line.strip("| ").split(" | ") for line in lines[2:]]


def test_each_promise_has_a_test_that_exists() -> None:
    rows = promises()
    named = [re.findall(r"`(test_\w+)`", shown_by) for _, _, shown_by in rows]

    assert len(rows) >= 25
    assert [row[0] for row, names in zip(rows, named, strict=True) if not names] == []
    assert {name for names in named for name in names} - names_of_tests() == set()


def test_every_page_names_tests_that_exist() -> None:
    named = {
        (path.name, name)
        for path in (*(ROOT / "docs").rglob("*.md"), *ROOT.glob("*.md"))
        for name in re.findall(r"`(test_\w+)`", path.read_text())
    }
    known = names_of_tests() | {path.stem for path in (ROOT / "tests").rglob("test_*.py")}

    assert {(page, name) for page, name in named if name not in known} == set()


def names_of(*extras: str) -> set[str]:
    """Return what pyproject.toml asks for, by extras; ``""`` are the dependencies of every installation."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    optional = {**project["optional-dependencies"], "": project["dependencies"]}
    texts = [text for extra in extras for text in optional[extra]]
    return {match[0] for text in texts if (match := re.match(r"[A-Za-z0-9_.-]+", text))}


def rows_of(part: str) -> dict[str, tuple[str, ...]]:
    """Return the rows of a table on dependencies, by the package that begins each."""
    rows = (line.strip("| ").split(" | ") for line in part.splitlines() if line.startswith("| `"))
    return {name.strip("`"): tuple(cells) for name, *cells in rows}


def parts_of_dependencies() -> tuple[str, str]:
    installed, _, rest = (ROOT / "docs" / "dependencies.md").read_text().partition("\n## What only tests")
    return installed, rest.partition("\n## ")[0]


def test_each_dependency_is_argued_and_no_other() -> None:
    installed, tested = map(rows_of, parts_of_dependencies())

    assert installed.keys() == names_of("", "fleet", "fsspec", "parquet", "re2", "redis", "tui")
    assert tested.keys() == names_of("audit", "docs", "fuzz", "test") - installed.keys()
    assert all(all(cells) for rows in (installed, tested) for cells in rows.values())


def test_each_dependency_is_wrapped_where_the_page_says() -> None:
    for name, (_, wrapped, *_) in rows_of(parts_of_dependencies()[0]).items():
        files = re.findall(r"`([\w/]+\.py)`", wrapped)
        assert files or wrapped == "everywhere", name
        for path in files:
            assert (ROOT / "src" / "imgscan" / path).is_file(), path


def test_each_command_of_a_release_is_a_module_and_held_by_tests_that_exist() -> None:
    text = (ROOT / "docs" / "release.md").read_text()
    rows = re.findall(r"^\| `python -m release\.(\w+)[^`]*` \| [^|]+ \| (`test_[^|]+) \|$", text, re.MULTILINE)

    assert {name for name, _ in rows} == {"lock", "build", "bill", "bundle", "licences", "audit"}
    assert all((ROOT / "release" / f"{name}.py").is_file() for name, _ in rows)
    assert {name for _, tests in rows for name in re.findall(r"`(test_\w+)`", tests)} <= names_of_tests()
