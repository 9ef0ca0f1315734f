"""A Debian 12 in small, as its packages make it and with things planted; on a real one: bench/planted.py."""

from __future__ import annotations

from collections import Counter
from hashlib import md5
from pathlib import Path
from typing import Any

from imgscan.testing import ImageBuilder, TarBuilder, program
from imgscan.testing.packages import debian, elf

from .made import save
from .support import imgscan

BASH = program(imports=["execve", "setpgid"], contents={".rodata": b"\0BASH_VERSINFO\0BASH_VERSION\0GNU bash\0"})
CAP_SETUID = bytes.fromhex("0100000280000000000000000000000000000000")
# Path as the package records it, mode, gid, package: those of a real one (FACTS 3.1).
PROGRAMS: tuple[tuple[str, int, int, str], ...] = (
    *((f"/usr/bin/{name}", 0o4755, 0, "passwd") for name in ("chfn", "chsh", "gpasswd", "passwd")),
    ("/usr/bin/newgrp", 0o4755, 0, "login"),
    ("/bin/mount", 0o4755, 0, "mount"),
    ("/bin/umount", 0o4755, 0, "mount"),
    ("/bin/su", 0o4755, 0, "util-linux"),
    ("/usr/bin/chage", 0o2755, 42, "passwd"),
    ("/usr/bin/expiry", 0o2755, 42, "passwd"),
    ("/sbin/unix_chkpwd", 0o2755, 42, "libpam-modules-bin"),
    ("/usr/bin/sudo", 0o4755, 0, "sudo"),
    ("/usr/lib/openssh/ssh-keysign", 0o4755, 0, "openssh-client"),
    ("/usr/bin/ssh-agent", 0o2755, 105, "openssh-client"),
    ("/usr/bin/crontab", 0o2755, 101, "cron"),
    ("/usr/bin/tcpdump", 0o755, 0, "tcpdump"),
    ("/usr/bin/python3.11", 0o755, 0, "python3.11-minimal"),
    ("/usr/bin/perl", 0o755, 0, "perl-base"),
    ("/usr/bin/x86_64-linux-gnu-gcc-12", 0o755, 0, "gcc-12"),
    ("/bin/ls", 0o755, 0, "coreutils"),
    ("/bin/bash", 0o755, 0, "bash"),
)
SUMS = "var/lib/dpkg/info/coreutils.md5sums"


def content(path: str) -> bytes:
    return BASH if path == "/bin/bash" else elf(path)


def pristine() -> TarBuilder:
    tar = TarBuilder().file("etc/os-release", b"ID=debian\nVERSION_ID=12\nPRETTY_NAME='Debian 12'\n")
    for name in ("bin", "sbin", "lib"):
        tar.directory(f"usr/{name}").symlink(name, f"usr/{name}")
    tar.directory("usr/local/bin").directory("tmp", mode=0o1777)
    tar.file("etc/passwd", b"root:x:0:0::/root:/bin/bash\n")
    tar.file("etc/group", b"root:x:0:\nshadow:x:42:\ncrontab:x:101:\n_ssh:x:105:\n")
    packages: dict[str, dict[str, bytes]] = {}
    for path, mode, gid, package in PROGRAMS:
        packages.setdefault(package, {})[path] = content(path)
        tar.file(path if path.startswith("/usr") else f"usr{path}", content(path), mode=mode, gid=gid)
    for name, data in debian(*((package, "1", files) for package, files in packages.items())).items():
        tar.file(name, data)
    return tar.file("usr/sbin/policy-rc.d", b"#!/bin/sh\nexit 101\n", mode=0o755)


def report_of(tmp_path: Path, *layers: TarBuilder) -> dict[str, Any]:
    built = ImageBuilder(settings={"User": "root"})
    for number, layer in enumerate(layers):
        built.layer(layer, created_by=("debootstrap", "RUN /tmp/plant")[number])
    return imgscan(save(tmp_path / "image.tar", built.docker_archive()), "-f", "json").report


def grave(report: dict[str, Any]) -> set[tuple[str, str, str]]:
    return {
        (item["rule"], item["path"], item["severity"])
        for item in report["findings"]
        if item["severity"] in ("HIGH", "CRITICAL")
    }


def test_a_pristine_debian_has_no_stray_and_no_unexpected_file(tmp_path: Path) -> None:
    report = report_of(tmp_path, pristine())

    items = [*report["inventory"]["setuid"], *report["inventory"]["setgid"]]
    assert Counter(item["class"] for item in items) == {"expected": 15}
    assert grave(report) == set()
    assert report["inventory"]["integrity"] == [{"type": "deb", "files": 21, "matching": 21}]


def test_everything_planted_is_found_with_the_layer_that_planted_it(tmp_path: Path) -> None:
    evil = content("/bin/ls") + b"\n"
    told = debian(("coreutils", "1", {"/bin/ls": evil}))[SUMS]
    assert md5(evil, usedforsecurity=False).hexdigest().encode() in told
    planted = TarBuilder().file("usr/bin/python3.11", content("/usr/bin/python3.11"), mode=0o4755)
    planted.file("usr/lib/.dbus-helper", BASH, mode=0o4755)
    planted.file("usr/bin/perl", content("/usr/bin/perl"), {"security.capability": CAP_SETUID}, mode=0o755)
    planted.file("usr/bin/ls", evil, mode=0o755).file(SUMS, told).directory("usr/local/bin", mode=0o777)

    report = report_of(tmp_path, pristine(), planted)

    assert grave(report) == {
        ("setuid.suid-file", "/usr/bin/python3.11", "CRITICAL"),
        ("setuid.suid-file", "/usr/lib/.dbus-helper", "CRITICAL"),
        ("programs.renamed-shell", "/usr/lib/.dbus-helper", "HIGH"),
        ("capabilities.file", "/usr/bin/perl", "CRITICAL"),
        ("integrity.modified", "/usr/bin/ls", "HIGH"),
        ("packages.record-rewritten", "/var/lib/dpkg/status", "HIGH"),
        ("permissions.world-writable-directory", "/usr/local/bin", "HIGH"),
    }
    by = {item["path"]: item["layer"]["created_by"] for item in report["findings"] if item["severity"] == "CRITICAL"}
    assert set(by.values()) == {"RUN /tmp/plant"}


def test_every_file_of_the_inventory_has_its_package(tmp_path: Path) -> None:
    report = report_of(tmp_path, pristine().directory("var/mail", mode=0o2775))

    sections = ("setuid", "setgid", "setgid_directories", "shells", "interpreters", "network_tools", "compilers")
    owners = {item["path"]: item["package"] for name in sections for item in report["inventory"][name]}
    expected = {path if path.startswith("/usr") else f"/usr{path}": package for path, _, _, package in PROGRAMS}
    assert owners.pop("/var/mail") is None  # no package of this database lists it
    assert len(owners) > 15
    assert owners == {path: expected[path] for path in owners}
