"""What imgscan advises where an image is named as other tools name it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from imgscan.cli.hints import hint_on

from ...integration.support import ALPINE, imgscan

DIGEST = "sha256:" + "0" * 64


@pytest.mark.parametrize(
    ("source", "command"),
    [
        ("alpine:3.10", "docker save alpine:3.10 | imgscan -"),
        (f"alpine@{DIGEST}", f"docker save alpine@{DIGEST} | imgscan -"),
        ("team/app", "docker save team/app | imgscan -"),
        ("localhost:5000/team/app:1", "docker save localhost:5000/team/app:1 | imgscan -"),
        ("docker-daemon:app:1", "docker save app:1 | imgscan -"),
        ("docker://team/app:1", "skopeo copy docker://team/app:1 oci-archive:image.tar && imgscan image.tar"),
        ("containers-storage:app:1", "podman save app:1 | imgscan -"),
        ("registry:team/app:1", "skopeo copy docker://team/app:1 oci-archive:image.tar"),
    ],
)
def test_the_name_of_an_image_gets_the_command_that_exports_it(source: str, command: str) -> None:
    hint = hint_on(source)

    assert hint is not None
    assert command in hint


@pytest.mark.parametrize(
    "source",
    [
        "image.tar",
        "./app",
        "app.tar.gz",
        "/srv/app",
        "app",
        "images/",
        "C:\\app",
        "docker://$(reboot)",
        "a b:1",
        "x.tgz",
    ],
)
def test_the_name_of_a_file_gets_none(source: str) -> None:
    assert hint_on(source) is None


def test_a_transport_before_a_path_gets_the_path(tmp_path: Path) -> None:
    (tmp_path / "an image.tar").write_bytes(b"")
    path = tmp_path / "an image.tar"

    assert hint_on(f"docker-archive:{path}") == f"the form is told by content: imgscan '{path}'"
    assert hint_on(f"oci-archive:{path}:app:1") == f"the form is told by content: imgscan '{path}' --image app:1"
    assert hint_on(f"oci-archive:{tmp_path}/none:app:1") is None


def test_no_hint_has_what_a_shell_would_run() -> None:
    for source in ("docker-daemon:a;reboot", "docker://a`b`", "containers-storage:a|b"):
        assert hint_on(source) is None
    shown = hint_on("docker-daemon:app:1")
    assert shown is not None
    words = subprocess.run(["sh", "-nc", shown.partition(": ")[2]], capture_output=True, check=False)
    assert words.returncode == 0


@pytest.mark.parametrize(("word", "command"), [("hardn", "harden"), ("chekcs", "checks"), ("layer", "layers")])
def test_a_word_that_is_nearly_a_command_is_asked_back(word: str, command: str) -> None:
    assert f"did you mean the command {command}?" in (hint_on(word) or "")


def test_a_mistyped_command_with_its_image_is_asked_back(tmp_path: Path) -> None:
    run = imgscan("hardn", ALPINE)

    assert run.code == 3
    assert "did you mean the command harden?" in run.err


def test_the_command_line_says_it_after_the_error() -> None:
    run = imgscan("alpine:3.10")

    assert run.code == 3
    assert run.err.splitlines()[0] == "imgscan: alpine:3.10: No such file or directory"
    assert "docker save alpine:3.10 | imgscan -" in run.err


def test_the_command_line_says_nothing_of_a_file(tmp_path: Path) -> None:
    assert len(imgscan(tmp_path / "none.tar").err.splitlines()) == 1
    assert imgscan(ALPINE, "-q").err == ""
