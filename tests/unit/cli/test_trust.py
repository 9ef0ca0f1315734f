from __future__ import annotations

from pathlib import Path

import pytest

import imgscan
from imgscan.cli.init import run_init
from imgscan.cli.trust import base_table, run_trust
from imgscan.errors import UsageError
from imgscan.policy.load import load_settings
from imgscan.policy.settings import parse_settings
from imgscan.testing import ImageBuilder

from .support import parsed

LOWER, UPPER = {"etc/os-release": (0o644, b"ID=ours\n")}, {"bin/sh": (0o755, b"#!")}


def base() -> ImageBuilder:
    return ImageBuilder(references=("ours:1",)).layer(LOWER).layer(UPPER)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    target = tmp_path / "base.tar"
    target.write_bytes(base().docker_archive())
    return target


def test_the_layers_are_a_trusted_base_for_the_settings(path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert run_trust(parsed("trust", str(path))) == 0

    (read,) = parse_settings(capfdbinary.readouterr().out.decode(), "x").policy.trusted_bases
    assert "ours:1" in read.name
    assert read.diff_ids == tuple(layer.diff_id for layer in base().layers)


def test_an_image_on_the_base_passes_then_and_another_does_not(path: Path, tmp_path: Path) -> None:
    run_init(parsed("init", str(tmp_path)))
    config = tmp_path / "imgscan.toml"
    assert run_trust(parsed("trust", str(path), "--name", "ours", "--to", str(config))) == 0
    policy = load_settings(str(config)).policy
    above, other = tmp_path / "app.tar", tmp_path / "other.tar"
    above.write_bytes(base().layer({"app": (0o755, b"app")}).docker_archive())
    other.write_bytes(ImageBuilder().layer({"app": (0o755, b"app")}).docker_archive())

    def status(image: Path) -> str:
        report = imgscan.scan(image, imgscan.ScanOptions(policy=policy, analyzers=("config",)))
        (control,) = [control.status for control in report.controls if control.id == "4.2"]
        return control

    assert status(above) == "PASS"
    assert status(other) == "FAIL"


def test_a_name_that_is_there_is_not_written_again(path: Path, tmp_path: Path) -> None:
    config = tmp_path / "ours.toml"
    words = ("trust", str(path), "--to", str(config))
    assert run_trust(parsed(*words)) == 0
    before = config.read_text()

    with pytest.raises(UsageError, match="already"):
        run_trust(parsed(*words))
    assert config.read_text() == before
    assert run_trust(parsed(*words, "--name", "another")) == 0
    assert len(load_settings(str(config)).policy.trusted_bases) == 2


def test_what_is_no_configuration_stays_as_it_is(path: Path, tmp_path: Path) -> None:
    config = tmp_path / "ours.toml"
    config.write_text("no toml")

    with pytest.raises(UsageError):
        run_trust(parsed("trust", str(path), "--to", str(config)))
    assert config.read_text() == "no toml"
    with pytest.raises(UsageError, match="pyproject"):
        run_trust(parsed("trust", str(path), "--to", str(tmp_path / "pyproject.toml")))


def test_an_image_that_is_not_what_it_promises_is_not_trusted(
    tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    path = tmp_path / "base.tar"
    path.write_bytes(ImageBuilder().layer(LOWER, diff_id="sha256:" + "0" * 64).docker_archive())

    assert run_trust(parsed("trust", str(path))) == 4

    assert capfdbinary.readouterr().out == b""


def test_whatever_the_name_it_is_one_string_of_toml() -> None:
    for name in ('a"b', "a\\b", "a\nb", "ä\x7f", "]"):
        (read,) = parse_settings(base_table(name, ["sha256:" + "1" * 64]), "x").policy.trusted_bases
        assert read.name == name
