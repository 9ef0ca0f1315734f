"""Documents that Go reads in one way and others in another: the report shows what runs, and says so."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from imgscan.testing import TarBuilder

from .made import as_tar, blob, descriptor, digest, index, save
from .support import codes, imgscan

GOOD = TarBuilder().file("usr/bin/alpha", b"a", mode=0o755).build()
EVIL = TarBuilder().file("usr/bin/evil", b"b", mode=0o4755).build()
OCI = "application/vnd.oci.image."


def config_of(settings: str, data: bytes = GOOD, more: str = "") -> bytes:
    text = f'{{"os": "linux", "architecture": "amd64", "config": {settings}, '
    text += f'"rootfs": {{"type": "layers", "diff_ids": ["{digest(data)}"]}}{more}}}'
    return text.encode("utf-8", "surrogateescape")


def manifest_of(config: bytes, data: bytes = GOOD, more: str = "") -> bytes:
    layers = json.dumps([descriptor(data, OCI + "layer.v1.tar")])
    text = f'{{"schemaVersion": 2, "config": {json.dumps(descriptor(config, OCI + "config.v1+json"))}, '
    return (text + f'"layers": {layers}{more}}}').encode()


def archive_of(path: Path, index_json: bytes, *blobs_: bytes) -> Path:
    files = {"oci-layout": b'{"imageLayoutVersion": "1.0.0"}', "index.json": index_json}
    return save(path / "image.tar", as_tar({**files, **{blob(data): data for data in blobs_}}))


def scanned(archive: Path, *words: str) -> tuple[int, dict[str, Any]]:
    run = imgscan(archive, "-f", "json", *words)
    return run.code, json.loads(run.out)


def of_config(path: Path, settings: str, more: str = "") -> tuple[int, dict[str, Any]]:
    config = config_of(settings, more=more)
    manifest = manifest_of(config)
    return scanned(archive_of(path, index(descriptor(manifest, OCI + "manifest.v1+json")), manifest, config, GOOD))


def rules_of(report: dict[str, Any]) -> list[tuple[str, str]]:
    return [(row["rule"], row["severity"]) for row in report["findings"] if row["rule"].startswith("oddities.")]


# Keys


@pytest.mark.parametrize("key", ["User", "user", "U\u017fer", "USER"])
def test_a_user_that_comes_twice_is_the_one_that_runs_and_the_report_says_so(key: str, tmp_path: Path) -> None:
    code, report = of_config(tmp_path, f'{{"User": "1000", "{key}": "0"}}')

    assert (code, report["image"]["user"]) == (4, "0")
    assert "ambiguous-json" in codes(report)
    assert rules_of(report) == [("oddities.ambiguous-key", "HIGH")]


def test_a_key_of_another_case_alone_is_read_and_found(tmp_path: Path) -> None:
    code, report = of_config(tmp_path, '{"User": "1000", "entrypoint": ["/bin/sh"]}')

    assert (code, report["image"]["entrypoint"]) == (0, ["/bin/sh"])
    assert codes(report) == ["folded-key"]
    assert rules_of(report) == [("oddities.folded-key", "MEDIUM")]


@pytest.mark.parametrize("settings", ['{"User": "1000", "U\u00dfer": "0"}', '{"Labels": {"user": "0", "USER": "1"}}'])
def test_keys_that_no_runtime_takes_for_one_are_no_matter(settings: str, tmp_path: Path) -> None:
    code, report = of_config(tmp_path, settings)

    assert (code, report["problems"], rules_of(report)) == (0, [], [])


def test_a_label_that_comes_twice_is_ambiguous(tmp_path: Path) -> None:
    code, report = of_config(tmp_path, '{"Labels": {"a": "1", "a": "2"}}')

    assert (code, report["image"]["labels"]) == (4, {"a": "2"})
    assert rules_of(report) == [("oddities.ambiguous-key", "HIGH")]


def test_the_settings_of_two_configs_are_merged(tmp_path: Path) -> None:
    code, report = of_config(tmp_path, '{"User": "0", "ExposedPorts": {"22/tcp": {}}}', ', "Config": {"Cmd": ["x"]}')

    image = report["image"]
    assert (code, image["user"], image["cmd"], image["exposed_ports"]) == (4, "0", ["x"], ["22/tcp"])


def test_an_index_with_two_lists_shows_the_image_of_the_second(tmp_path: Path) -> None:
    configs = [config_of('{"User": "1000"}'), config_of('{"User": "0"}', EVIL)]
    good, evil = manifest_of(configs[0]), manifest_of(configs[1], EVIL)
    twice = index(descriptor(good)).replace(
        b"]}", b'], "manife\xc5\xbft\xc5\xbf": ' + json.dumps([descriptor(evil)]).encode() + b"}"
    )

    code, report = scanned(archive_of(tmp_path, twice, good, evil, *configs, GOOD, EVIL))

    assert (code, report["image"]["user"]) == (4, "0")
    assert [row["path"] for row in report["inventory"]["setuid"]] == ["/usr/bin/evil"]
    assert rules_of(report) == [("oddities.ambiguous-key", "HIGH")]


def test_a_manifest_with_two_lists_of_layers_shows_the_second(tmp_path: Path) -> None:
    config = config_of('{"User": "1000"}', EVIL)
    more = ', "Layer\u017f": ' + json.dumps([descriptor(EVIL, OCI + "layer.v1.tar")])
    manifest = manifest_of(config, GOOD, more)

    code, report = scanned(archive_of(tmp_path, index(descriptor(manifest)), manifest, config, GOOD, EVIL))

    assert code == 4
    assert [row["path"] for row in report["inventory"]["setuid"]] == ["/usr/bin/evil"]


# Junk


@pytest.mark.parametrize(
    ("settings", "more", "code", "told"),
    [
        ('{"User": "1000"}', ', "x": ' + "[" * 5000 + "]" * 5000, 0, ["unneeded-json"]),
        ('{"User": "1000", "x": ' + "[" * 5000 + "]" * 5000 + "}", "", 0, ["unneeded-json"]),
        ('{"User": "1000", "x": 1e999}', ', "x": ' + "9" * 5000, 0, []),
        ('{"User": "1000", "Labels": {"a": "\udcff", "b": "\\ud800\\u0000"}}', "", 0, ["unneeded-json"]),
        ('{"User": "1000"}', "} {", 4, ["unread-json"]),
        ('{"User": "1000", "Env": "A=b"}', "", 0, ["mistyped-json"]),
    ],
)
def test_junk_does_not_refuse_an_image(settings: str, more: str, code: int, told: list[str], tmp_path: Path) -> None:
    found, report = of_config(tmp_path, settings, more)

    assert (found, report["image"]["user"], codes(report)) == (code, "1000", told)
