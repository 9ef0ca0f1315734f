"""The templates for pipelines: each parses, takes no parameter as code, and what can run here runs."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from imgscan.cli.arguments import build_parser
from imgscan.testing import ImageBuilder

ROOT = Path(__file__).parents[2]
TEMPLATES = ("action.yml", ".pre-commit-hooks.yaml", "ci/gitlab.yml", "ci/tekton.yaml")
BAD, GOOD = {"bin/sh": (0o4755, b"#!/bin/sh\n")}, {"app": (0o644, b"text\n")}

needs_bash = pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash here")


def document(name: str) -> Any:
    return yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))


def image(folder: Path, files: dict[str, tuple[int, bytes]], name: str = "image.tar") -> str:
    path = folder / name
    path.write_bytes(ImageBuilder().layer(files).docker_archive())
    return str(path)


def run(script: str, folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    # The program of this very installation is what the script finds.
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, **variables}
    return subprocess.run(
        ["bash", "-c", script], cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=300
    )


@pytest.mark.parametrize("name", TEMPLATES)
def test_each_template_is_yaml_and_named_on_the_page(name: str) -> None:
    assert document(name)
    assert f"({os.path.join('..', name)})" in (ROOT / "docs" / "ci.md").read_text()


def scripts() -> dict[str, str]:
    action = {step["name"]: step["run"] for step in document("action.yml")["runs"]["steps"]}
    tekton = {step["name"]: step["script"] for step in document("ci/tekton.yaml")["spec"]["steps"]}
    gitlab = {"gitlab": "\n".join(document("ci/gitlab.yml")[".imgscan"]["script"])}
    return {**action, **tekton, **gitlab}


@pytest.mark.parametrize("name", scripts())
def test_no_parameter_is_text_of_a_script(name: str) -> None:
    script = scripts()[name]

    assert "${{" not in script
    assert "$(params" not in script


def test_every_word_that_a_template_gives_to_imgscan_is_one_that_the_parser_takes() -> None:
    lines = " ".join(scripts()["gitlab"].split()).partition("bin/imgscan ")[2].split(" -- ")[0]
    build_parser("1").parse_args([*lines.replace('"$IMGSCAN_LEVEL"', "high").split(), "image.tar"])
    for hook in document(".pre-commit-hooks.yaml"):
        build_parser("1").parse_args([*hook["entry"].split()[1:], "file.tar"])


@needs_bash
def test_the_action_scans_fails_by_severity_and_writes_its_reports(tmp_path: Path) -> None:
    summary = tmp_path / "summary.md"
    variables = {
        "INPUT_IMAGE": image(tmp_path, BAD),
        "INPUT_FAIL_ON": "medium",
        "INPUT_SARIF": "x.sarif",
        "INPUT_JSON": "x.json",
        "INPUT_SUMMARY": "true",
        "INPUT_ARGUMENTS": "--no-config\n--skip=elf\n",
        "RUNNER_TEMP": str(tmp_path),
        "GITHUB_STEP_SUMMARY": str(summary),
    }

    done = run(scripts()["Scan"], tmp_path, **variables)

    assert done.returncode == 1, done.stderr
    assert json.loads((tmp_path / "x.sarif").read_text())["version"] == "2.1.0"
    assert "elf" in json.loads((tmp_path / "x.json").read_text())["tool"]["not_run"]
    assert "setuid" in summary.read_text()


@needs_bash
def test_what_an_input_of_the_action_says_is_no_command(tmp_path: Path) -> None:
    hostile = "$(touch evil); touch evil; `touch evil`"
    variables = dict.fromkeys(("INPUT_SARIF", "INPUT_JSON"), "x") | {
        "INPUT_IMAGE": hostile,
        "INPUT_FAIL_ON": hostile,
        "INPUT_SUMMARY": hostile,
        "INPUT_ARGUMENTS": hostile,
        "RUNNER_TEMP": str(tmp_path),
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md"),
    }

    assert run(scripts()["Scan"], tmp_path, **variables).returncode == 2
    assert not (tmp_path / "evil").exists()


@needs_bash
@pytest.mark.parametrize(("files", "code"), [(BAD, 1), (GOOD, 0)])
def test_the_task_gives_the_exit_code_as_its_result(
    tmp_path: Path, files: dict[str, tuple[int, bytes]], code: int
) -> None:
    result = tmp_path / "result"
    script = scripts()["scan"]

    done = run(script, tmp_path, IMAGE=image(tmp_path, files), FAIL_ON="high", EXIT_CODE=str(result))

    assert done.returncode == code, done.stderr
    assert result.read_text() == str(code)
    assert json.loads((tmp_path / "imgscan.json").read_text())["schema"] == "imgscan.report/1"


def test_the_task_is_not_root_and_has_what_it_uses() -> None:
    spec = document("ci/tekton.yaml")["spec"]
    (step,) = spec["steps"]
    used = set(re.findall(r"\$\(params\.([\w-]+)\)", (ROOT / "ci/tekton.yaml").read_text()))

    assert step["securityContext"]["runAsNonRoot"]
    assert used == {param["name"] for param in spec["params"]}
    assert {mount["name"] for mount in step["volumeMounts"]} == {volume["name"] for volume in spec["volumes"]}


def test_the_hooks_take_images_and_rule_files() -> None:
    images, rules = (re.compile(hook["files"]) for hook in document(".pre-commit-hooks.yaml"))

    assert [name for name in ("a.tar", "b/c.tar.gz", "d.tgz", "e.tar.zst") if not images.search(name)] == []
    assert not images.search("a.tarball.py")
    assert rules.search("conf/secret-rules.toml")
    assert not rules.search("pyproject.toml")
