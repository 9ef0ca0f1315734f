"""Facts on layers kept from scan to scan: by the command line and by the library."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

import imgscan as library
from imgscan.kept.units import ObserverUnits
from imgscan.survey.survey import Surveyor
from imgscan.testing import ImageBuilder, TarBuilder, docker_archive, program
from tests.unit.kept.memory import plain

from .support import Run, imgscan

TOKEN = "ghp_a8Kd93jXb2LqPz7RtYwE5nMv1cUo4sGh6FiT"
PASSWORD = "Xk9vQ2mLp8wT4zRb"


@pytest.fixture(autouse=True)
def small_layers_are_kept_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("imgscan.kept.layers.SMALLEST", 0)


def built(*upper: bytes) -> ImageBuilder:
    base: dict[str, bytes | tuple[int, bytes]] = {
        "bin/su": (0o4755, program()),
        "etc/passwd": b"root:x:0:0::/root:/bin/sh\n",
    }
    image = ImageBuilder().layer(base)
    for text in upper:
        image.layer({"app/.env": b"AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI4K7MDENGhPxRfiCYzQ81LkeyT0p\n", "app/x": text})
    return image


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    path = tmp_path / "image.tar"
    path.write_bytes(docker_archive(built(b"a")))
    return path


def scanned(archive: Path, *words: str | Path) -> Run:
    return imgscan(archive, "-f", "json", *words)


def test_a_named_store_says_in_the_coverage_what_came_from_it(archive: Path, tmp_path: Path) -> None:
    without = scanned(archive, "--no-cache").report
    first, second = (scanned(archive, "--store", tmp_path / "store").report for _ in range(2))

    assert (first["coverage"].pop("from_store"), second["coverage"].pop("from_store")) == (0, 2)
    assert first == without == second
    assert "from_store" not in without["coverage"]


def test_the_store_of_the_cache_changes_no_byte_of_a_report(archive: Path, tmp_path: Path) -> None:
    without = scanned(archive, "--no-cache")

    assert [scanned(archive, "--cache", tmp_path / "cache") for _ in range(2)] == [without, without]
    assert len(list((tmp_path / "cache").glob("facts-*.bin"))) == 2


def test_with_times_it_is_told_all_the_same(archive: Path, tmp_path: Path) -> None:
    words = ("--cache", tmp_path / "cache", "--timing")

    assert [scanned(archive, *words).report["coverage"]["from_store"] for _ in range(2)] == [0, 2]


def test_off_keeps_nothing(archive: Path, tmp_path: Path) -> None:
    scanned(archive, "--cache", tmp_path / "cache", "--store", "off")

    assert list((tmp_path / "cache").glob("facts-*")) == []


def test_the_environment_names_a_store(archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IMGSCAN_STORE", str(tmp_path / "store"))

    assert scanned(archive, "--no-cache").report["coverage"]["from_store"] == 0
    assert len(list((tmp_path / "store").iterdir())) == 2


def test_a_store_that_others_may_write_to_is_refused(archive: Path, tmp_path: Path) -> None:
    (tmp_path / "open").mkdir()
    (tmp_path / "open").chmod(0o777)
    (tmp_path / "link").symlink_to(tmp_path)

    for name, why in (("open", "a folder that others may write to"), ("link", "a symbolic link")):
        run = scanned(archive, "--store", tmp_path / name)
        assert run.code == 2
        assert f"{tmp_path / name}: {why}, so facts are not kept there" in run.err
    run = scanned(archive, "--cache", tmp_path / "open")
    assert run.code == 0
    assert run.err.count("a folder that others may write to") == 1


def test_cache_info_and_clear_know_facts(archive: Path, tmp_path: Path) -> None:
    scanned(archive, "--cache", tmp_path / "cache")

    assert imgscan("cache", "--cache", tmp_path / "cache").text.startswith("3 files")
    assert imgscan("cache", "clear", "--cache", tmp_path / "cache").code == 0
    assert list((tmp_path / "cache").iterdir()) == []


def spoil_all(change: Callable[[Path], object]) -> Callable[[Path], None]:
    return lambda folder: [change(path) for path in folder.iterdir()].clear()


def swap(folder: Path) -> None:
    one, other, *_ = sorted(folder.glob("facts-*"))
    data = one.read_bytes()
    one.write_bytes(other.read_bytes())
    other.write_bytes(data)


def to_fifo(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def to_link(path: Path) -> None:
    path.unlink()
    path.symlink_to("/dev/zero")


SPOILED: dict[str, Callable[[Path], None]] = {
    "cut": spoil_all(lambda path: os.truncate(path, path.stat().st_size // 2)),
    "empty": spoil_all(lambda path: path.write_bytes(b"")),
    "other bytes": spoil_all(lambda path: path.write_bytes(bytes(range(256)) * 100)),
    "one bit": spoil_all(lambda path: path.write_bytes(path.read_bytes()[:-1] + b"\x00")),
    "longer": spoil_all(lambda path: path.write_bytes(path.read_bytes() + b"\x00")),
    "huge": spoil_all(lambda path: os.truncate(path, 1 << 40)),
    "of another key": swap,
    "fifo": spoil_all(to_fifo),
    "link": spoil_all(to_link),
    "writable by others": spoil_all(lambda path: path.chmod(0o666)),
}


@pytest.mark.parametrize("name", SPOILED)
def test_what_somebody_changed_in_the_store_is_surveyed_again(archive: Path, tmp_path: Path, name: str) -> None:
    store = tmp_path / "store"
    report = scanned(archive, "--store", store).report
    SPOILED[name](store)

    again, third = (scanned(archive, "--store", store).report for _ in range(2))

    assert again == report
    assert third["coverage"].pop("from_store") == 2
    report["coverage"].pop("from_store")
    assert third == report


def test_one_new_layer_pays_for_that_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = library.DirectoryStore(tmp_path / "store")
    paths = [tmp_path / name for name in ("before.tar", "after.tar")]
    paths[0].write_bytes(docker_archive(built(b"a", b"b")))
    paths[1].write_bytes(docker_archive(built(b"a", b"b", b"new")))
    surveyed: list[bool] = []
    survey = Surveyor.survey

    def counted(self: Surveyor, *arguments: object, **named: object) -> object:
        surveyed.append(True)
        return survey(self, *arguments, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(Surveyor, "survey", counted)
    without = library.scan(paths[1])
    surveyed.clear()

    library.scan(paths[0], library.ScanOptions(store=store))
    assert len(surveyed) == 3
    report = library.scan(paths[1], library.ScanOptions(store=store))

    assert len(surveyed) == 4
    assert report.coverage.from_store == 3
    assert plain(report) == without


RULE = """\
[[rules]]
id = "house-token"
description = "A token of the house"
regex = '''house-[0-9a-f]{16}'''
keywords = ["house-"]
"""


def test_a_new_secret_rule_has_secrets_alone_looked_for_again(
    archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive.write_bytes(docker_archive(built(b"house-7c1e93fa5b20d846\n")))
    rules = tmp_path / "rules.toml"
    rules.write_text(RULE)
    asked: list[list[str]] = []
    surveyor_of = ObserverUnits.surveyor_of

    def noted(self: ObserverUnits, keys: tuple[str, ...]) -> Surveyor:
        result = surveyor_of(self, keys)
        asked.append([observer.id for observer in result.observers])
        return result

    monkeypatch.setattr(ObserverUnits, "surveyor_of", noted)
    store = library.DirectoryStore(tmp_path / "store")
    ruled = library.ScanOptions(rules=(str(rules),))

    library.scan(archive, library.ScanOptions(store=store))
    report = library.scan(archive, library.ScanOptions(store=store, rules=(str(rules),)))

    assert asked == [["secrets"]]
    assert plain(report) == library.scan(archive, ruled)
    assert any("house" in finding.rule for finding in report.findings)


def test_a_layer_with_another_content_under_the_promised_digest_borrows_nothing(tmp_path: Path) -> None:
    store = library.DirectoryStore(tmp_path / "store")
    true, false = tmp_path / "true.tar", tmp_path / "false.tar"
    true.write_bytes(docker_archive(built(b"a")))
    forged = ImageBuilder().layer({"etc/passwd": b"x"}, diff_id=built().layers[0].diff_id)
    false.write_bytes(docker_archive(forged.layer({"a": b""})))
    options = library.ScanOptions(store=store)

    library.scan(true, options)
    report = library.scan(false, options)

    assert plain(report) == library.scan(false)
    assert not report.complete
    assert library.scan(false, options).coverage.from_store == 1  # the other one


def secret_image() -> ImageBuilder:
    """Return an image with secrets in contents, names, attributes, and in all that observers keep of files."""
    url, token = f"https://bob:{PASSWORD}@git.example.test/x.git", f"/bin/x --token {TOKEN}"
    status = f"Package: a\nStatus: install ok installed\nVersion: 1\nHomepage: {url}\nDescription: {TOKEN}\n\n"
    texts = {
        "etc/environment": f"DB_PASSWORD={PASSWORD}\nTOKEN={TOKEN}\n",
        "etc/systemd/system/x.service": f"[Service]\nExecStart={token}\nEnvironment=DB_PASSWORD={PASSWORD}\n",
        "etc/crontab": f"* * * * * root curl {url}\n",
        "etc/sudoers": f"bob ALL=(ALL) NOPASSWD: /usr/bin/curl -H {TOKEN}, /bin/mount -o password={PASSWORD}\n",
        "etc/ssh/sshd_config": f"PermitRootLogin yes\nForceCommand x --token {TOKEN}\n",
        "etc/ld.so.conf": f"/opt/{TOKEN}\n",
        "var/lib/dpkg/status": status,
        "app/node_modules/a/package.json": f'{{"name":"a","version":"1","license":"{TOKEN}","repository":"{url}"}}',
        "app/bom.json": f'{{"bomFormat":"CycloneDX","components":[{{"name":"{TOKEN}","purl":"pkg:npm/{TOKEN}@1"}}]}}',
        "etc/apt/sources.list": f"deb [trusted=yes] https://bob:{PASSWORD}@deb.example.test/ x main\n",
        "root/.ssh/authorized_keys": f'command="{token}" ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQC {TOKEN}\n',
        "usr/bin/x": f"#!/bin/sh\nexport PASSWORD={PASSWORD}\ncurl -k {url}\n",
    }
    image = ImageBuilder()
    for name, text in texts.items():
        image.layer({name: (0o755, text.encode())})
    image.layer({name: (0o4755, text.encode()) for name, text in texts.items()}, "gzip")
    image.layer({f"srv/{TOKEN}.txt": b"x"})
    image.layer(TarBuilder().file("srv/a", b"", xattrs={"user.token": TOKEN.encode()}))
    image.layer(TarBuilder().symlink("etc/linked", f"/srv/{TOKEN}"))
    return image.layer(TarBuilder().file("store/1", texts["etc/sudoers"].encode()).symlink("etc/sudoers", "/store/1"))


def test_the_value_of_a_secret_is_nowhere_in_the_store(tmp_path: Path) -> None:
    path, store = tmp_path / "image.tar", tmp_path / "store"
    path.write_bytes(docker_archive(secret_image()))
    options = library.ScanOptions(store=library.DirectoryStore(store))

    reports = [library.scan(path, options) for _ in range(2)]
    library.scan(path, library.ScanOptions(store=library.DirectoryStore(store), skip=("secrets",)))

    assert plain(reports[0]) == plain(reports[1]) == library.scan(path)
    secrets = [finding for finding in reports[0].findings if finding.rule.startswith("secrets.")]
    assert len(secrets) >= 3
    kept = [stored for file in store.iterdir() for stored in unfolded(file.read_bytes())]
    assert len(kept) > 30
    assert any(b"etc/systemd/system/x.service" in data for data in kept), "nothing was looked at"
    for data in kept:
        assert TOKEN.encode() not in data
        assert PASSWORD.encode() not in data


def unfolded(data: bytes) -> list[bytes]:
    """Return stored bytes, and all that is compressed in them."""
    starts = [match.start() for match in re.finditer(rb"\x28\xb5\x2f\xfd", data)]
    return [data, *(zstandard.ZstdDecompressor().decompressobj().decompress(data[start:]) for start in starts)]


@pytest.mark.skipif(sys.platform != "linux", reason="the sandbox is Linux's")
def test_a_confined_process_keeps_facts_and_finds_them(tmp_path: Path) -> None:
    image = ImageBuilder().layer({"bin/su": (0o4755, b"\x01" * (1 << 20))})  # large enough to be kept
    path, store = tmp_path / "image.tar", tmp_path / "store"
    path.write_bytes(docker_archive(image))
    words = [path, "-f", "json", "--store", store, "--no-config", "-a", "setuid"]
    command = [shutil.which("imgscan", path=str(Path(sys.executable).parent)) or "imgscan", *map(str, words)]

    first, second = (subprocess.run(command, capture_output=True, check=True) for _ in range(2))

    assert (b'"from_store":0' in first.stdout.replace(b" ", b""), first.stderr) == (True, b"")
    assert b'"from_store":1' in second.stdout.replace(b" ", b"")
    assert len(list(store.iterdir())) == 1


def test_a_server_needs_a_process_that_is_not_confined(archive: Path) -> None:
    run = imgscan(archive, "--store", "s3://bucket")

    assert run.code == 2
    assert "no store for s3://" in run.err
