"""Hiding a password changes neither a path nor a command, whatever the password is called by."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import imgscan
from imgscan.harden.dockerfile import dockerfile
from imgscan.harden.hardening import harden
from imgscan.harden.kubernetes import kubernetes
from imgscan.report.document import Report
from imgscan.testing import ImageBuilder, docker_archive, program

# Names of directories, accounts and programs, and what else a person takes for a password.
NAMES = st.one_of(
    st.sampled_from(["postgres", "admin", "app", "apprunner8", "sbin", "opt", "helper", "chmod", "Sommer2024", "u-s"]),
    st.from_regex(r"[a-z][a-z0-9]{3,14}", fullmatch=True),
)
COMMENT = re.compile(r"\s*#.*")


def report_of(name: str, settings_of: Mapping[str, object], step: str) -> Report:
    """Return the report on an image in which a directory, an account and a program have a name."""
    image = ImageBuilder(settings={"User": "root", "Volumes": {f"/var/lib/{name}": {}}, **settings_of})
    image.layer(
        {
            f"opt/{name}/su": (0o4755, program()),
            f"opt/{name}/{name}": (0o4755, b"#!/bin/sh\nid\n"),
            f"srv/{name}": (0o666, b"x"),
            "bin/nc": (0o755, program()),
            "bin/sh": (0o755, program()),
            "etc/passwd": f"root:x:0:0::/root:/bin/sh\n{name}:x:101:101::/:/bin/sh\n".encode(),
        },
        created_by=step,
    )
    with TemporaryDirectory() as folder:
        source = Path(folder) / "image.tar"
        source.write_bytes(docker_archive(image))
        return imgscan.scan(source)


def commands(report: Report) -> list[str]:
    """Return what harden writes to be run, and the commands of findings and controls, without comments."""
    hardening = harden(report)
    texts = [dockerfile(hardening), kubernetes(hardening)]
    texts += [item.remediation for item in report.findings if item.analyzer != "secrets"]
    lines = [COMMENT.sub("", line) for text in texts for line in text.splitlines()]
    return [line for line in lines if line.strip()]  # a comment has as many lines as it needs


@given(name=NAMES)
@settings(max_examples=25, deadline=None)
def test_neither_paths_nor_commands_change_by_what_is_hidden(name: str) -> None:
    secret = {"Env": ["PATH=/bin", f"DB_PASSWORD={name}"], "Cmd": ["app", "--password", name]}
    plain = {"Env": ["PATH=/bin", "DB_NAME=x"], "Cmd": ["app", "--name", "x"]}
    step = f"RUN useradd -p {name} x && mkdir -p /opt/{name} && chown app /opt/{name}"

    hidden, shown = report_of(name, secret, step), report_of(name, plain, "RUN true")

    assert commands(hidden) == commands(shown)
    assert [item.path for item in hidden.findings if item.path] == [item.path for item in shown.findings if item.path]


@pytest.mark.parametrize("name", ["postgres", "admin", "Sommer2024", "changeme"])
def test_a_password_is_hidden_behind_its_name_in_settings_and_history(name: str) -> None:
    secret = {"Env": [f"DB_PASSWORD={name}"], "Cmd": ["app", "--password", name]}

    report = report_of("data", secret, f"ENV DB_PASSWORD={name}")

    assert report.image.config.env == ("DB_PASSWORD=[secret]",)
    assert report.image.config.cmd == ("app", "--password", "[secret]")
    assert [layer.created_by for layer in report.layers] == ["ENV DB_PASSWORD=[secret]"]


def test_what_follows_a_command_is_shown() -> None:
    report = report_of("data", {}, "RUN useradd -r app && mkdir -p /opt/myapp && chown app /opt/myapp")

    assert [layer.created_by for layer in report.layers] == [
        "RUN useradd -r app && mkdir -p /opt/myapp && chown app /opt/myapp"
    ]
