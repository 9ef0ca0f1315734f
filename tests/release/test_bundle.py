"""The bundle: the same wheels give the same bytes, the fitting ones are unpacked where nobody else can write."""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import stat
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from pathlib import Path

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from release.bundle import Wheels, bundle_bytes, checksums, locked_for, materials, outputs, wheelhouse_bytes
from release.start import target_of

MAIN = "import os, sys\ndef main():\n    print(sys.argv[1:], os.environ.get('IMGSCAN_DB'))\n    return 4\n"
BASE = getattr(sys, "_base_executable", sys.executable)


def wheel(folder: Path, name: str, files: dict[str, str]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    with zipfile.ZipFile(path, "w") as archive:
        for member, text in files.items():
            archive.writestr(member, text)
    return path


@pytest.fixture
def wheels(tmp_path: Path) -> Wheels:
    files = {"imgscan/__init__.py": "", "imgscan/cli/__init__.py": "", "imgscan/cli/main.py": MAIN}
    own = wheel(tmp_path / "w", "imgscan-1.2.3-py3-none-any.whl", files)
    data = {"lib-1.0.data/purelib/lib.py": "x = 1\n", "lib-1.0.data/scripts/evil": "", "../outside.py": ""}
    other = wheel(tmp_path / "w", "lib-1.0-py3-none-any.whl", data)
    return {target_of(): [own, other], "cp399-linux_vax": [own]}


def run(bundle: Path, home: Path, *words: str, prefix: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    environment = {"HOME": str(home), "PATH": os.environ["PATH"]}
    command = [*prefix, BASE, "-I", str(bundle), *words]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=300)


@pytest.fixture
def bundle(wheels: Wheels, tmp_path: Path) -> Path:
    path = tmp_path / "imgscan.pyz"
    path.write_bytes(bundle_bytes(wheels))
    return path


def test_the_same_wheels_give_the_same_bytes(wheels: Wheels) -> None:
    first = outputs("1.2.3", wheels)
    for paths in wheels.values():
        for path in paths:
            os.utime(path, (1, 1))

    assert outputs("1.2.3", dict(reversed(list(wheels.items())))) == first


def test_it_runs_with_an_empty_home_and_gives_the_exit_code(bundle: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()

    done = run(bundle, home, "ls", "a b")

    assert (done.returncode, done.stdout, done.stderr) == (4, "['ls', 'a b'] None\n", "")
    (folder,) = (home / ".cache/imgscan/bundle").iterdir()
    assert (folder / "lib.py").exists()
    assert not (folder / "evil").exists()
    assert not list(home.rglob("outside.py"))
    assert stat.S_IMODE(folder.parent.stat().st_mode) == 0o700


def test_it_is_unpacked_once(bundle: Path, tmp_path: Path) -> None:
    run(bundle, tmp_path)
    (folder,) = (tmp_path / ".cache/imgscan/bundle").iterdir()
    before = folder.stat().st_ino

    assert run(bundle, tmp_path).returncode == 4
    assert [path.stat().st_ino for path in folder.parent.iterdir()] == [before]


def test_a_folder_that_others_can_write_to_is_not_used(bundle: Path, tmp_path: Path) -> None:
    shared = tmp_path / ".cache/imgscan/bundle"
    shared.mkdir(parents=True)
    shared.chmod(0o777)

    assert run(bundle, tmp_path).returncode == 4
    assert list(shared.iterdir()) == []


def test_without_a_home_it_runs_and_leaves_nothing(bundle: Path, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")

    assert run(bundle, blocked).returncode == 4


def test_an_interpreter_that_it_is_not_for_is_told_which_it_is(wheels: Wheels, tmp_path: Path) -> None:
    path = tmp_path / "other.pyz"
    path.write_bytes(bundle_bytes({"cp399-linux_vax": wheels["cp399-linux_vax"]}))

    done = run(path, tmp_path)

    assert done.returncode == 70
    assert done.stderr == f"imgscan: this bundle is for cp399-linux_vax, not {target_of()}\n"


def test_a_database_comes_with_it(wheels: Wheels, tmp_path: Path) -> None:
    path = tmp_path / "with.pyz"
    path.write_bytes(bundle_bytes(wheels, b"advisories"))

    done = run(path, tmp_path)

    (name,) = (tmp_path / ".cache/imgscan/bundle").glob("*/advisories.db")
    assert done.stdout == f"[] {name}\n"
    assert name.read_bytes() == b"advisories"


def test_checksums_and_materials_are_of_what_is_in_it(wheels: Wheels) -> None:
    files = outputs("1.2.3", wheels)
    (own,) = wheels["cp399-linux_vax"]
    document = json.loads(files["imgscan-1.2.3-bundle.cdx.json"])
    digest = hashlib.sha256(own.read_bytes()).hexdigest()

    assert set(files) == {
        "imgscan-1.2.3.pyz",
        "imgscan-1.2.3-wheelhouse.tar",
        "imgscan-1.2.3-bundle.cdx.json",
        "SHA256SUMS",
    }
    assert files["SHA256SUMS"] == checksums({name: data for name, data in files.items() if name != "SHA256SUMS"})
    assert [item["name"] for item in document["components"]] == ["imgscan", "lib"]
    assert document["components"][0]["hashes"] == [{"alg": "SHA-256", "content": digest}]


def test_the_materials_are_valid(wheels: Wheels) -> None:
    validator = JsonStrictValidator(SchemaVersion.V1_5)

    assert validator.validate_str(materials(wheels).decode()) is None


def test_the_wheelhouse_has_each_wheel_once_and_for_each_target_its_digests(wheels: Wheels) -> None:
    with tarfile.open(fileobj=io.BytesIO(wheelhouse_bytes(wheels))) as archive:
        names = archive.getnames()
        file = archive.extractfile("wheelhouse/cp399-linux_vax.txt")
        assert file is not None
        wanted = file.read().decode()

    assert [name for name in names if name.endswith(".whl")] == [
        "wheelhouse/imgscan-1.2.3-py3-none-any.whl",
        "wheelhouse/lib-1.0-py3-none-any.whl",
    ]
    (own,) = wheels["cp399-linux_vax"]
    assert wanted == f"imgscan==1.2.3 --hash=sha256:{hashlib.sha256(own.read_bytes()).hexdigest()}\n"
    assert f"wheelhouse/{target_of()}.txt" in names


def test_a_wheel_that_has_no_name_of_one_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not named as a wheel is"):
        wheelhouse_bytes({"cp399-linux_vax": [wheel(tmp_path, "odd.whl", {})]})


def test_what_a_target_needs_is_of_the_lock_with_digests_and_without_markers() -> None:
    wanted = locked_for("3.13", "linux_aarch64")
    names = {line.partition("==")[0] for line in wanted.splitlines() if "==" in line}

    assert {"msgspec", "pylibmagic", "rdflib"} <= names
    assert not names & {"colorama", "textual", "google-re2", "pytest"}  # for Windows, of extras, of tests
    assert ";" not in wanted
    assert wanted.count("--hash=sha256:") >= len(names)


def test_a_target_is_version_system_and_machine() -> None:
    assert target_of().startswith(f"cp{sys.version_info[0]}{sys.version_info[1]}")
    assert target_of().endswith(os.uname().machine.lower())
    assert sysconfig.get_python_version() in f"{sys.version_info[0]}.{sys.version_info[1]}"


WITHOUT_NETWORK = ("unshare", "-n")
REAL = "IMGSCAN_BUNDLE"


def _can_unshare() -> bool:
    if shutil.which("unshare") is None:
        return False
    return subprocess.run([*WITHOUT_NETWORK, "true"], capture_output=True, check=False).returncode == 0


@pytest.mark.skipif(REAL not in os.environ, reason=f"{REAL} names no bundle that release/bundle.py made")
@pytest.mark.skipif(not _can_unshare(), reason="no network namespace can be made here")
def test_the_real_bundle_scans_without_any_network(tmp_path: Path) -> None:
    image = Path(__file__).parents[2] / "testdata/alpine-3.10.tar.gz"
    bundle = Path(os.environ[REAL])

    done = run(bundle, tmp_path, str(image), "-f", "json", "--no-config", prefix=WITHOUT_NETWORK)

    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["coverage"]["complete"]
