"""A path's content is what the merged image has there, under whatever name it was stored."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import imgscan
from imgscan.formats.accounts.passwd import PasswdLine
from imgscan.model.limits import Limits
from imgscan.model.options import ScanOptions
from imgscan.testing import ImageBuilder, TarBuilder
from imgscan.testing.compress import Compression
from imgscan.testing.packages import debian

PASSWD = b"root:x:0:0::/root:/bin/sh\napp:x:1000:1000::/home/app:/bin/false\n"
GROUP = b"root:x:0:\napp:x:1000:\n"
USER = {"User": "app"}


def report(
    tmp_path: Path, *layers: TarBuilder, compression: Compression = "none", config: dict[str, Any] | None = None
) -> Any:
    image = ImageBuilder(settings=config or {})
    for layer in layers:
        image = image.layer(layer, compression)
    path = tmp_path / "image.tar"
    path.write_bytes(image.docker_archive())
    return imgscan.scan(path)


def rules(found: Any) -> set[str]:
    return {finding.rule for finding in found.findings}


def accounts(found: Any) -> list[str]:
    return [item["name"] for item in found.inventory.get("accounts", ())]


@pytest.mark.parametrize("compression", ["none", "gzip", "zstd"])
def test_accounts_behind_a_symbolic_link_are_read(tmp_path: Path, compression: Compression) -> None:
    layer = TarBuilder().file("usr/lib/accounts", PASSWD).symlink("etc/passwd", "../usr/lib/accounts")

    found = report(tmp_path, layer, compression=compression)

    assert accounts(found) == ["root", "app"]
    assert found.problems == ()


def test_accounts_that_are_a_hard_link_to_an_object_are_read(tmp_path: Path) -> None:
    layer = TarBuilder().file("sysroot/objects/ab/cd.file", PASSWD).hardlink("etc/passwd", "sysroot/objects/ab/cd.file")

    assert accounts(report(tmp_path, layer)) == ["root", "app"]


NAMED = [
    ("etc/shadow", b"root::19000:0:99999:7:::\n", "accounts.empty-password"),
    ("etc/ssh/sshd_config", b"PermitEmptyPasswords yes\n", "accounts.sshd-setting"),
    ("etc/sudoers", b"ALL ALL=(ALL) NOPASSWD: ALL\n", "accounts.sudo-nopasswd"),
    (
        "root/.ssh/authorized_keys",
        b"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPmlnOzcaGMyhkWFIPC81EQHWRpL1y8hLfxYIqjoP2l0 a@b\n",
        "accounts.authorized-keys",
    ),
    ("root/.pgpass", b"db.example.net:5432:shop:shop:k9Hq2vXw7Lp4Zr\n", "secrets.file.secret"),
]


@pytest.mark.parametrize(("name", "content", "rule"), NAMED, ids=[name for name, *_ in NAMED])
@pytest.mark.parametrize("stored", [None, "aa/object", "zz/object"])
def test_a_finding_names_the_file_as_what_it_is_read_as(
    tmp_path: Path, name: str, content: bytes, rule: str, stored: str | None
) -> None:
    layer = TarBuilder().file("etc/passwd", b"root:x:0:0::/root:/bin/sh\n")
    layer = layer.file(stored or name, content)
    if stored is not None:
        layer = layer.hardlink(name, stored)

    found = [finding for finding in report(tmp_path, layer).findings if finding.rule == rule]

    assert [finding.path for finding in found] == [name]


def test_accounts_behind_a_directory_that_is_a_link_are_read(tmp_path: Path) -> None:
    layer = TarBuilder().file("usr/etc/passwd", PASSWD).file("usr/etc/group", GROUP).symlink("etc", "usr/etc")

    assert accounts(report(tmp_path, layer)) == ["root", "app"]


def test_a_link_of_an_upper_layer_leads_to_a_content_of_a_lower_one(tmp_path: Path) -> None:
    lower = TarBuilder().file("opt/base/users", PASSWD)
    upper = TarBuilder().symlink("etc/passwd", "/opt/base/users")

    assert accounts(report(tmp_path, lower, upper)) == ["root", "app"]


def test_a_link_that_a_later_layer_replaced_is_not_followed(tmp_path: Path) -> None:
    lower = TarBuilder().file("opt/users", PASSWD).symlink("etc/passwd", "/opt/users")
    upper = TarBuilder().file("etc/passwd", b"other:x:1:1::/:/bin/sh\n")

    assert accounts(report(tmp_path, lower, upper)) == ["other"]


def test_packages_of_a_database_behind_a_link_are_listed(tmp_path: Path) -> None:
    layer = TarBuilder()
    for name, content in debian(("alpha", "1.0", {"/usr/bin/alpha": b"x"})).items():
        layer.file(name.replace("var/lib/dpkg", "usr/share/db"), content)
    layer.symlink("var/lib/dpkg", "../../usr/share/db")

    found = report(tmp_path, layer)

    assert [item["name"] for item in found.inventory["packages"]] == ["alpha"]


def test_a_secret_file_behind_a_link_is_known_by_the_links_name(tmp_path: Path) -> None:
    content = b"db.example.net:5432:shop:shop:k9Hq2vXw7Lp4Zr\n"
    linked = TarBuilder().file("stow/pg", content).symlink("root/.pgpass", "../stow/pg")

    assert any(rule.startswith("secrets.") for rule in rules(report(tmp_path, linked)))


def test_a_pipe_that_has_passed_says_what_was_not_read(tmp_path: Path) -> None:
    layer = TarBuilder().file("usr/lib/accounts", PASSWD).symlink("etc/passwd", "../usr/lib/accounts")
    archive = ImageBuilder(settings=USER).layer(layer, "gzip").docker_archive()
    code = "import imgscan, sys; r = imgscan.scan('-'); print([(p.code, p.path) for p in r.problems]); "
    code += "print(*[c.status for c in r.controls if c.id == '4.1'])"

    done = subprocess.run([sys.executable, "-c", code], input=archive, capture_output=True, check=True)

    assert "('linked-content', 'etc/passwd')" in done.stdout.decode()
    assert done.stdout.decode().split()[-1] == "UNKNOWN"


def test_what_was_read_under_its_first_name_is_not_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_arguments: object) -> None:
        raise AssertionError("read again")

    monkeypatch.setattr("imgscan.engine.links.read_linked", refuse)
    release = b'ID=alpine\nVERSION_ID="3.19.0"\n'
    layer = (
        TarBuilder()
        .file("usr/lib/os-release", release)
        .symlink("etc/os-release", "../usr/lib/os-release")
        .file("etc/passwd", PASSWD)
        .hardlink("etc/passwd.bak", "etc/passwd")
        .file("usr/share/java/a-1.jar", b"PK\5\6" + bytes(18))
        .symlink("usr/share/java/a.jar", "a-1.jar")
    )

    assert accounts(report(tmp_path, layer)) == ["root", "app"]


def test_a_loop_and_a_link_to_nothing_are_no_contents(tmp_path: Path) -> None:
    layer = (
        TarBuilder().symlink("etc/passwd", "passwd").symlink("etc/group", "nowhere").symlink("root/.netrc", "/dev/x")
    )

    found = report(tmp_path, layer)

    assert [problem.code for problem in found.problems if problem.code == "linked-content"] == []


def test_processes_and_one_process_say_the_same_of_links(tmp_path: Path) -> None:
    layer = TarBuilder().file("usr/lib/accounts", PASSWD).symlink("etc/passwd", "../usr/lib/accounts")
    path = tmp_path / "image.tar"
    path.write_bytes(ImageBuilder().layer(layer).layer(TarBuilder().file("a", b"b")).docker_archive())

    assert imgscan.scan(path, ScanOptions(jobs=1)) == imgscan.scan(path, ScanOptions(jobs=2))


def test_links_beyond_the_bound_are_counted_and_those_before_are_read(tmp_path: Path) -> None:
    layer = TarBuilder().file("opt/users", PASSWD).symlink("etc/passwd", "../opt/users")
    layer.symlink("srv/etc/passwd", "/opt/users")
    path = tmp_path / "image.tar"
    path.write_bytes(ImageBuilder(settings=USER).layer(layer).docker_archive())

    found = imgscan.scan(path, ScanOptions(limits=Limits(linked_bytes=9000)))
    cut = imgscan.scan(path, ScanOptions(limits=Limits(linked_bytes=5000)))

    assert [problem for problem in found.problems if problem.code == "limit"] == []
    assert accounts(cut) == ["root", "app"]
    (problem,) = cut.problems
    assert problem.message.startswith("1 link whose contents")
    assert "accounts.*" in problem.rules
    assert not cut.complete


def test_a_content_is_read_once_however_many_links_name_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    layer = TarBuilder().file("opt/users", PASSWD)
    for number in range(100):
        layer.symlink(f"{number}/etc/passwd", "/opt/users")
    read: list[bytes] = []

    def parse(data: bytes) -> tuple[PasswdLine, ...]:
        read.append(data)
        return ()

    monkeypatch.setattr("imgscan.system.accounts.observed.parse_passwd", parse)

    report(tmp_path, layer)

    assert len(read) == 1
