"""The examples that embed imgscan do what their first lines say."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from examples.embedding import Reader

import imgscan
from examples import gate
from imgscan.testing import ImageBuilder, TarBuilder, conclude
from imgscan.testing.packages import debian

ROOT = Path(__file__).parents[2]
PLUGIN = ROOT / "examples/plugin"
KEY = (
    b"-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ+DYvh6SEqVTm50DFtMDoQikTmiCqirVv9mWG9qfSnF\n"
    b"-----END PRIVATE KEY-----\n"
)


def saved(folder: Path, tar: TarBuilder, name: str = "image.tar") -> Path:
    path = folder / name
    path.write_bytes(ImageBuilder(settings={"User": "1000"}).layer(tar).docker_archive())
    return path


def test_another_scanner_reads_packages_and_files(tmp_path: Path) -> None:
    tar = TarBuilder().file("etc/os-release", b"ID=debian\n").symlink("etc/release", "os-release")
    for name, content in debian(("alpha", "1.0", {"/usr/bin/alpha": b"x"})).items():
        tar.file(name, content)

    with Reader(str(saved(tmp_path, tar))) as reader:
        assert reader.packages() == [("pkg:deb/debian/alpha@1.0?arch=amd64&distro=debian", 0)]
        assert (reader.text("etc/release"), reader.text("etc"), reader.text("none")) == ("ID=debian\n", None, None)


def test_another_scanner_takes_no_list_of_an_image_read_in_part(tmp_path: Path) -> None:
    path = saved(tmp_path, TarBuilder().file("a", bytes(100_000)))
    path.write_bytes(path.read_bytes()[:60_000])

    with pytest.raises((RuntimeError, imgscan.InputError)), Reader(str(path)) as reader:
        reader.packages()


def test_the_gate_lets_a_clean_image_pass_and_writes_its_report(tmp_path: Path) -> None:
    path, report = saved(tmp_path, TarBuilder().file("app/a", b"x")), tmp_path / "report.json"

    assert gate.main([str(path), str(report)]) == 0
    assert json.loads(report.read_bytes())["coverage"]["complete"]


def test_the_gate_holds_back_a_secret_and_what_cannot_be_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = saved(tmp_path, TarBuilder().file("app/key.pem", KEY))

    assert gate.main([str(path)]) == 1
    assert "secrets.key.private" in capsys.readouterr().out
    assert gate.main([str(tmp_path / "none.tar")]) == 3


def test_the_plugin_finds_its_files_and_no_other() -> None:
    sys.path.insert(0, str(PLUGIN))
    try:
        from imgscan_todo import Todo
    finally:
        sys.path.remove(str(PLUGIN))

    found = conclude(
        Todo(), {"srv/TODO": b"a\nb\n", "srv/todo": b"a\n"}, TarBuilder().file("old/TODO", b"x\n")
    ).findings

    assert [(item.path, item.message) for item in found] == [
        ("srv/TODO", "2 lines are left to do"),
        ("old/TODO", "1 lines are left to do"),
    ]


def test_the_plugin_is_found_by_its_entry_point(tmp_path: Path) -> None:
    project = tomllib.loads((PLUGIN / "pyproject.toml").read_text())["project"]
    info = tmp_path / "imgscan_todo-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n")
    points = project["entry-points"]["imgscan.analyzers"]
    (info / "entry_points.txt").write_text("[imgscan.analyzers]\n" + "".join(f"{k} = {v}\n" for k, v in points.items()))
    image = saved(tmp_path, TarBuilder().file("srv/TODO", b"a\n"))
    command = [sys.executable, "-m", "imgscan", str(image), "-a", "todo", "-f", "json", "--no-progress"]
    environment = {**os.environ, "PYTHONPATH": f"{tmp_path}{os.pathsep}{PLUGIN}"}

    done = subprocess.run(command, env=environment, capture_output=True, check=False)

    assert [item["rule"] for item in json.loads(done.stdout)["findings"]] == ["todo.file"]


def test_the_service_answers_an_upload_with_a_report(tmp_path: Path) -> None:
    pytest.importorskip("fastapi", reason="fastapi is not installed")
    testclient = pytest.importorskip("fastapi.testclient", reason="httpx is not installed")
    from examples.service import app

    client = testclient.TestClient(app)
    answer = client.post("/reports", content=saved(tmp_path, TarBuilder().file("app/key.pem", KEY)).read_bytes())
    refused = client.post("/reports", content=b"no image")

    assert answer.status_code == 200
    assert "secrets.key.private" in {item["rule"] for item in answer.json()["findings"]}
    assert refused.status_code == 422


def test_a_fleets_reports_are_a_table(tmp_path: Path) -> None:
    pytest.importorskip("pandas", reason="pandas is not installed")
    from examples import frame

    paths = []
    for name in ("a", "b"):
        image = saved(tmp_path, TarBuilder().file("app/key.pem", KEY).file(name, b""), f"{name}.tar")
        paths.append(tmp_path / f"{name}.json")
        paths[-1].write_bytes(imgscan.write(imgscan.scan(image)))

    table = frame.findings(paths)
    rules = frame.by_rule(table)

    assert set(table["image"]) == {str(tmp_path / "a.tar"), str(tmp_path / "b.tar")}
    assert rules.loc[("CRITICAL", "secrets.key.private"), "images"] == 2
