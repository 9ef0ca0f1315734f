"""imgscan harden on built images: its commands are run by a real shell, and the findings are gone."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from jsonschema_rs import validator_for

from imgscan.engine import scan
from imgscan.harden.hardening import harden
from imgscan.harden.plain import hardening_schema
from imgscan.image import open_image
from imgscan.model.entry import EntryKind
from imgscan.model.finding import State
from imgscan.testing import ImageBuilder, TarBuilder, program

from .made import NET_RAW, save
from .support import ALPINE, imgscan

PASSWD = b"root:x:0:0::/root:/bin/sh\napp:x:101:101::/:/bin/sh\n"
BASE = (
    TarBuilder()
    .directory("bin")
    .directory("srv")
    .file("bin/sh", program(), mode=0o755)
    .file("bin/su", program(), mode=0o4755)
    .file("bin/helper", program(build_id=b"\x04"), mode=0o2755)
    .file("bin/copied", b"#!/bin/sh\nid\n", mode=0o4777)
    .file("bin/odd ; reboot \\\n#", program(build_id=b"\x03"), mode=0o4755)
    .file("bin/nc", program(), mode=0o755)
    .file("bin/gdb", program(), mode=0o755)
    .file("bin/apk", program(), mode=0o755)
    .file("etc/passwd", PASSWD)
    .file("srv/open", b"x", mode=0o666)
    .file("var/lib/apt/lists/x_Packages", b"Package: x\n" * 50)
)
IMAGE = ImageBuilder(references=("app:1",), settings={"Cmd": ["/app"]}).layer(BASE.build(), created_by="RUN make")


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    return save(tmp_path / "image.tar", IMAGE.docker_archive())


def extracted(archive: Path, root: Path) -> Path:
    """Write the merged filesystem of an image below ``root``, with its modes, and return it."""
    with open_image(archive) as image:
        filesystem = image.filesystem()
        for node in filesystem.view.walk():
            path = root / node.path
            if node.kind is EntryKind.DIRECTORY:
                path.mkdir(parents=True, exist_ok=True)
            elif node.kind is EntryKind.FILE:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(b"".join(filesystem.open("/" + node.path)))
                path.chmod(node.entry.mode)
    return root


def visible(source: Path, analyzers: tuple[str, ...]) -> set[tuple[str, str | None]]:
    report = scan(source)
    return {
        (item.rule, item.path)
        for item in report.findings
        if item.state is State.VISIBLE and item.analyzer in analyzers and item.remediation
    }


def test_a_shell_runs_the_commands_and_the_findings_are_gone(archive: Path, tmp_path: Path) -> None:
    root = extracted(archive, tmp_path / "root")
    looked_at = ("setuid", "programs", "permissions", "accounts")
    before = visible(root, looked_at)

    commands = harden(scan(archive)).commands
    script = "set -eu\n" + "\n".join(item.text(str(root)) for item in commands if item.movable)
    done = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (0, "")
    assert {rule for rule, _ in before} >= {
        "setuid.suid-file",
        "setuid.sgid-file",
        "permissions.world-writable-file",
        "programs.network-tool",
        "programs.package-manager",
        "programs.shell",
        "accounts.system-login-shell",
    }
    assert visible(root, looked_at) == set()


def test_what_is_excepted_is_not_touched(archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "e.toml").write_text(
        '[[exception]]\nrule = "setuid.*"\npath = "/bin/su"\nreason = "needed"\nowner = "ops"\n'
    )

    text = imgscan("harden", archive, "-f", "dockerfile", "--exceptions", "e.toml").text

    assert "/bin/su" not in "".join(line for line in text.splitlines() if "#" not in line)
    assert "chmod g-s /bin/helper" in text


def test_the_fragment_has_all_steps_in_their_order(archive: Path) -> None:
    text = imgscan("harden", archive, "-f", "dockerfile").text

    steps = [
        "USER 0",
        "# Rights",
        "# Accounts",
        "# Leftovers",
        "# Tools",
        "# Shells",
        "USER 10001:10001",
        "# HEALTHCHECK",
    ]
    places = [text.index(step) for step in steps]
    assert places == sorted(places)
    assert "rm -rf /var/lib/apt/lists/*" in text
    assert "reboot" not in "".join(
        line for line in text.splitlines() if not line.strip().startswith("#") and "printf" not in line
    )


def test_formats_go_to_files_and_json_is_valid(archive: Path, tmp_path: Path) -> None:
    kube, found = tmp_path / "k.yaml", tmp_path / "h.json"

    run = imgscan("harden", archive, "-f", f"kubernetes={kube}", "-f", f"json={found}", "-f", "dockerfile")

    document: dict[str, Any] = json.loads(found.read_bytes())
    validator_for(hardening_schema()).validate(document)
    assert document["kubernetes"] == kube.read_text()
    assert document["dockerfile"] == run.text
    assert run.code == 0


def test_the_same_image_gives_the_same_bytes(archive: Path) -> None:
    assert imgscan("harden", archive).out == imgscan("harden", archive).out


def test_a_real_image_has_a_remedy(tmp_path: Path) -> None:
    found = json.loads(imgscan("harden", ALPINE, "-f", "json").out)

    assert "rm -f /sbin/apk" in [item["command"] for item in found["commands"]]
    # The container starts BusyBox's shell: its names go, the file stays.
    assert not [item for item in found["commands"] if "/bin/busybox" in item["paths"] or "/bin/sh" in item["paths"]]


def test_capabilities_of_the_started_program_are_kept_and_added(tmp_path: Path) -> None:
    tar = TarBuilder().file("app", program(), {"security.capability": NET_RAW}, mode=0o755)
    image = ImageBuilder(settings={"Entrypoint": ["/app"], "User": "10001:10001"}).layer(tar.build())
    archive = save(tmp_path / "image.tar", image.docker_archive())

    found = json.loads(imgscan("harden", archive, "-f", "json").out)

    assert found["profile"]["capabilities"][0]["name"] == "NET_RAW"
    assert found["profile"]["new_privileges"].startswith("/app needs")
    assert found["commands"] == []


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["-f", "sarif"], 2, "no format sarif for a remedy"),
        (["-f", "text", "-f", "json"], 2, "several formats for standard output"),
    ],
)
def test_what_makes_no_sense_is_refused(archive: Path, words: list[str], code: int, message: str) -> None:
    run = imgscan("harden", archive, *words)

    assert run.code == code
    assert message in run.err


def test_a_flat_image_is_a_whole_dockerfile(archive: Path) -> None:
    text = imgscan("harden", archive, "--flatten", "-f", "dockerfile").text

    assert "ARG IMAGE=app:1\nFROM ${IMAGE} AS hardened\n" in text
    assert "\nFROM scratch\n" in text
    assert 'CMD ["/app"]' in text


def test_a_distroless_image_has_what_the_start_needs() -> None:
    lines = imgscan("harden", ALPINE, "--distroless", "-f", "dockerfile").text.splitlines()

    copies = [line.split()[-1] for line in lines if line.startswith("COPY")]
    assert "/bin/busybox" in copies
    assert "/sbin/apk" not in copies


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["--flatten", "--distroless"], 2, "not allowed with argument"),
        (["--distroless"], 2, "entrypoint and command start no program of the image"),
    ],
)
def test_forms_that_make_no_sense_are_refused(archive: Path, words: list[str], code: int, message: str) -> None:
    run = imgscan("harden", archive, *words)

    assert run.code == code
    assert message in run.err


@pytest.mark.parametrize("form", ["--flatten", "--distroless"])
def test_a_saved_report_is_not_enough_for_a_whole_dockerfile(archive: Path, tmp_path: Path, form: str) -> None:
    imgscan(archive, "-f", f"json={tmp_path / 'r.json'}")

    run = imgscan("harden", tmp_path / "r.json", form)

    assert run.code == 2
    assert "need the image itself" in run.err


def test_an_image_that_is_not_there_is_not_readable(tmp_path: Path) -> None:
    assert imgscan("harden", tmp_path / "gone.tar").code == 3
