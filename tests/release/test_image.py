"""The image of imgscan itself: built by its own recipe, it starts, and passes every check that it can pass."""

from __future__ import annotations

import importlib.metadata
import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from release.image import make, version_of
from release.start import install

from ..buildah import Buildah, unusable
from ..integration.support import ALPINE
from ..roots import debian_root, missing_for_debian

ROOT = Path(__file__).parents[2]
EXCEPTIONS = ROOT / "release/exceptions.toml"
CANNOT_PASS = {
    "4.4": "of the base in this test Debian itself says when updates end; there are no advisories",
    "base-pinned": "it is built from scratch by buildah, which says nothing of that in the image",
}
"""Controls that one can answer otherwise than by a pass, and why; what shows at run time alone is not among them."""


def required(name: str, seen: dict[str, importlib.metadata.Distribution]) -> None:
    """Collect a distribution of this environment and all that it needs."""
    distribution = importlib.metadata.distribution(name)
    if distribution.metadata["Name"] in seen:
        return
    seen[distribution.metadata["Name"]] = distribution
    for text in distribution.requires or ():
        requirement = Requirement(text)
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            required(requirement.name, seen)


def wheels(folder: Path) -> Path:
    """Return a folder with the wheels of imgscan and what it needs, made of what is installed here."""
    seen: dict[str, importlib.metadata.Distribution] = {}
    required("imgscan", seen)
    folder.mkdir()
    for name, distribution in seen.items():
        path = folder / f"{name.replace('-', '_')}-{distribution.version}-cp311-cp311-linux_x86_64.whl"
        with zipfile.ZipFile(path, "w") as archive:
            for file in distribution.files or ():
                if not file.parts[0].startswith("..") and not file.name.endswith((".pyc", ".pth")):
                    archive.write(str(distribution.locate_file(file)), str(file))
            if name == "imgscan":
                for source in sorted((ROOT / "src/imgscan").rglob("*")):
                    if source.is_file() and "__pycache__" not in source.parts:
                        archive.write(source, str(source.relative_to(ROOT / "src")))
    return folder


def test_the_version_is_that_of_the_wheel(tmp_path: Path) -> None:
    (tmp_path / "imgscan-1.2-py3-none-any.whl").touch()
    (tmp_path / "other-3-py3-none-any.whl").touch()

    assert version_of(tmp_path) == "1.2"


def test_wheels_are_installed_where_the_interpreter_looks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with zipfile.ZipFile(tmp_path / "lib-1-py3-none-any.whl", "w") as archive:
        archive.writestr("lib.py", "x = 1\n")
    monkeypatch.setattr("sysconfig.get_path", lambda name: str(tmp_path / name))

    install(str(tmp_path))

    assert (tmp_path / "purelib/lib.py").read_text() == "x = 1\n"


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Buildah, Path]]:
    folder = tmp_path_factory.mktemp("image")
    shutil.copy(debian_root(Path(os.environ["IMGSCAN_ROOTS"])), folder / "root.tar")
    store = Buildah(folder)
    store.build("FROM scratch\nADD root.tar /\n", "localhost/base", folder)
    archive = folder / "imgscan.tar"
    make(wheels(folder / "wheels"), "localhost/base", archive, store.command)
    yield store, archive
    shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.slow
@pytest.mark.skipif(bool(unusable()), reason=unusable() or "-")
@pytest.mark.skipif(bool(missing_for_debian()), reason=missing_for_debian() or "-")
@pytest.mark.skipif(sys.version_info[:2] != (3, 11), reason="Debian 12 has Python 3.11, and so are the wheels")
def test_it_starts_and_passes_every_check_that_it_can_pass(image: tuple[Buildah, Path]) -> None:
    store, archive = image
    name = f"localhost/imgscan:{importlib.metadata.version('imgscan')}"

    assert "imgscan" in store.started(name, "/usr/bin/python3", "-I", "-m", "imgscan", "--version", user=65532)
    done = subprocess.run(
        [sys.executable, "-m", "imgscan", str(archive), "-f", "json", "--no-config", "--exceptions", str(EXCEPTIONS)],
        capture_output=True,
        check=False,
    )
    report = json.loads(done.stdout)

    # What is excused is told with its reason: the rules for secrets come with samples of them.
    statuses = {
        control["id"]: "EXCUSED" if control["suppressed"] else control["status"] for control in report["controls"]
    }
    answered = {"PASS", "EXCUSED", "INFO", "NOT_EVALUABLE"}
    assert {key for key, value in statuses.items() if value not in answered} <= CANNOT_PASS.keys()
    assert {"FAIL", "WARN"}.isdisjoint({value for key, value in statuses.items() if key != "4.4"})
    assert statuses["no-shell"] == statuses["no-package-manager"] == statuses["non-root-user"] == "PASS"
    assert {key for key, value in statuses.items() if value == "EXCUSED"} == {"4.10", "no-secrets"}
    assert {"imgscan", "python3.11-minimal"} <= {item["name"] for item in report["inventory"]["packages"]}
    assert not [
        item["rule"] for item in report["findings"] if item["rule"] in ("elf.missing-library", "config.start-broken")
    ]


@pytest.mark.slow
@pytest.mark.skipif(bool(unusable()), reason=unusable() or "-")
@pytest.mark.skipif(bool(missing_for_debian()), reason=missing_for_debian() or "-")
@pytest.mark.skipif(sys.version_info[:2] != (3, 11), reason="Debian 12 has Python 3.11, and so are the wheels")
def test_it_scans_an_image(image: tuple[Buildah, Path]) -> None:
    store, _ = image
    name = f"localhost/imgscan:{importlib.metadata.version('imgscan')}"
    command = ("/usr/bin/python3", "-I", "-m", "imgscan", "-", "-f", "json", "--no-config", "--no-progress")

    printed = store.started(name, *command, user=65532, data=ALPINE.read_bytes())

    assert json.loads(printed)["coverage"]["complete"]
