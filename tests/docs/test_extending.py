"""The recipes of docs/extending.md, carried out in a scratch copy of the package."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from imgscan.testing import ImageBuilder, TarBuilder, oci_archive

ROOT = Path(__file__).parents[2]
BLOCKS = re.findall(r"^```\w+\n# (new|in): ([^\n]*)\n(.*?)^```$", (ROOT / "docs/extending.md").read_text(), re.M | re.S)


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the package with every recipe carried out."""
    folder = tmp_path_factory.mktemp("copy")
    package = folder / "imgscan"
    shutil.copytree(ROOT / "src/imgscan", package, ignore=shutil.ignore_patterns("__pycache__"))
    for action, where, text in BLOCKS:
        name, _, before = where.partition(", before: ")
        path = package / name
        if action == "new":
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
            continue
        lines = path.read_text().splitlines(keepends=True)
        at = next(number for number, line in enumerate(lines) if line.startswith(before))
        path.write_text("".join([*lines[:at], text, *lines[at:]]))
    return folder


def run(copy: Path, *words: str | Path) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "imgscan", *map(str, words)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(copy), "IMGSCAN_SANDBOX": "off"},
    )
    assert done.stderr == ""
    return done.stdout


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    layer = TarBuilder().file("srv/marked", b"abc").file("srv/token", b"key exmpl_k3J9sLq0Zx7Wb2Vn5Tc8Yr1Mf4Gh6PdA\n")
    path = tmp_path_factory.mktemp("image") / "image.tar"
    path.write_bytes(oci_archive(ImageBuilder().layer(layer)))
    return path


def test_every_recipe_is_there() -> None:
    assert [where.partition("/")[0] for action, where, _ in BLOCKS if action == "new" and "__init__" not in where] == [
        "analyzers",
        "analyzers",
        "cis",
        "report",
        "archive",
    ]
    assert "analyzers/secrets/rules/keyed.toml" in [where.partition(",")[0] for _, where, _ in BLOCKS]


def test_the_analyzer_the_rule_and_the_control_have_their_say(copy: Path, image: Path) -> None:
    report = json.loads(run(copy, image, "-f", "json", "--no-cache"))

    rules = {finding["rule"]: finding for finding in report["findings"]}
    assert rules["marked.file"]["evidence"] == {"package": None}
    assert rules["secrets.example.token"]["severity"] == "HIGH"
    assert [control["status"] for control in report["controls"] if control["id"] == "no-marks"] == ["FAIL"]
    assert "Somebody marked this image." in run(copy, "explain", "marked.file")


def test_where_the_analyzer_was_not_chosen_the_control_is_unknown(copy: Path, image: Path) -> None:
    report = json.loads(run(copy, image, "-f", "json", "--no-cache", "--skip", "marked"))

    (control,) = (control for control in report["controls"] if control["id"] == "no-marks")
    assert control["status"] == "UNKNOWN"
    assert control["reason"].startswith("not run:")


def test_the_format_is_one_of_the_command_line(copy: Path, image: Path) -> None:
    assert int(run(copy, image, "-f", "count", "--no-cache")) >= 2


def test_the_form_is_tried_in_its_row(copy: Path) -> None:
    code = "from imgscan.archive.forms.table import FORMS; print([type(form).__name__ for form in FORMS])"
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(copy)},
    )

    assert "'MarkedDir', 'DockerDir'" in done.stdout
