"""Scenarios of FACTS 5.1, by number, with all analyzers at once; beside those of test_host.py, test_regressions.py.

Each made some other scanner fail. ``test_every_scenario_has_a_test`` holds that none is missing.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from imgscan.testing import ImageBuilder, TarBuilder
from imgscan.testing.packages import debian, elf

from .made import as_tar, docker_hybrid, docker_old, oci, save
from .support import codes, imgscan

PASSWD = b"root:x:0:0::/root:/bin/sh\napp:x:999:999::/srv:/usr/sbin/nologin\n"
KEY = b"-----BEGIN OPENSSH PRIVATE KEY-----\n"
NET_RAW = bytes.fromhex("0100000200200000000000000000000000000000")
CAP_SETUID = bytes.fromhex("0100000280000000000000000000000000000000")
TOKEN = "abc=Zq7LkT9wVx3RmN5pYb8Hc2Jd"


def image(*layers: TarBuilder, compression: Any = "none", **settings: Any) -> ImageBuilder:
    built = ImageBuilder(settings={"User": "app", "Cmd": ["/bin/sh"], **settings})
    for number, layer in enumerate(layers):
        built.layer(layer, compression, created_by=f"RUN step {number}")
    return built


def report_of(built: ImageBuilder, folder: Path, *words: str) -> dict[str, Any]:
    return imgscan(save(folder / "image.tar", built.docker_archive()), "-f", "json", *words).report


def told(report: dict[str, Any], *rules: str) -> list[tuple[str, str, str]]:
    """Return rule, path and severity of the findings by these rules (or of these analyzers)."""
    return [
        (item["rule"], item["path"], item["severity"]) for item in report["findings"] if item["rule"].startswith(rules)
    ]


def host() -> TarBuilder:
    tar = TarBuilder().file("etc/passwd", PASSWD).file("etc/group", b"root:x:0:\napp:x:999:\n")
    return tar.file("bin/sh", elf("sh"), mode=0o755).directory("tmp", mode=0o1777)


def test_every_scenario_has_a_test() -> None:
    names = "".join(path.read_text() for path in Path(__file__).parent.glob("test_*.py"))
    tested = {int(number) for number in re.findall(r"^def test_(\d+)_", names, re.MULTILINE)}
    assert set(range(1, 21)) <= tested


# 1. Every form and compression: the same findings (without analyzers' depth: test_sources.py).

FORMS = {"docker": docker_old, "hybrid": docker_hybrid, "oci": oci}


def rich(compression: str) -> ImageBuilder:
    """An image that most analyzers have something to say of."""
    lower = host().file("usr/bin/su", elf("su"), mode=0o4755).file("etc/ssh/ssh_host_rsa_key", KEY, mode=0o600)
    lower.file("usr/bin/ping", elf("ping"), {"security.capability": NET_RAW}, mode=0o755)
    for name, content in debian(("util-linux", "2", {"/usr/bin/su": elf("su"), "/usr/bin/ls": elf("ls")})).items():
        lower.file(name, content)
    upper = TarBuilder().file("usr/bin/ls", elf("evil"), mode=0o755).whiteout("etc/ssh/ssh_host_rsa_key")
    upper.file("srv/app/.git/config", b"[core]\n").file("srv/a", b"a", mode=0o666).file("bin/curl", elf(""), mode=0o755)
    upper.file("etc/sudoers", b"app ALL=(ALL) NOPASSWD: ALL\n", mode=0o440).file("esc\x1b", b"")
    return image(lower, upper, compression=compression, ExposedPorts={"22/tcp": {}})


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("pack", ["none", "gzip", "zstd"])
def test_1_every_form_and_compression_has_the_same_findings(form: str, pack: str, tmp_path: Path) -> None:
    plain = report_of(rich("none"), tmp_path)
    path = save(tmp_path / "other.tar", as_tar(FORMS[form](rich(pack)), prefix="./" if pack == "gzip" else ""))

    report = imgscan(path, "-f", "json").report

    def comparable(findings: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
        keys = ("rule", "severity", "path", "state", "message", "evidence", "remediation", "fingerprint")
        return [tuple(item[key] for key in keys) for item in findings]

    assert comparable(report["findings"]) == comparable(plain["findings"])
    assert report["inventory"] == plain["inventory"]
    assert len({item["analyzer"] for item in plain["findings"]}) >= 8


# 17. Debian's ownership through merged-/usr links.


def merged_usr() -> TarBuilder:
    """A Debian whose database says /bin, /sbin and /lib, and whose files are below /usr."""
    owned = {path: elf(path) for path in ("/bin/su", "/bin/ls", "/sbin/unix_chkpwd", "/lib/libpam.so.0")}
    tar = TarBuilder().directory("usr/bin").directory("usr/sbin").directory("usr/lib")
    for name in ("bin", "sbin", "lib"):
        tar.symlink(name, f"usr/{name}")
    modes = {"/bin/su": 0o4755, "/sbin/unix_chkpwd": 0o2755}
    for path, content in owned.items():
        gid = 42 if path == "/sbin/unix_chkpwd" else 0
        tar.file(f"usr{path}", content, mode=modes.get(path, 0o755), gid=gid)
    parts = (
        ("util-linux", "2.38", {path: content for path, content in owned.items() if "chkpwd" not in path}),
        ("libpam-modules-bin", "1.5", {"/sbin/unix_chkpwd": owned["/sbin/unix_chkpwd"]}),
    )
    for name, content in debian(*parts).items():
        tar.file(name, content)
    tar.file("etc/os-release", b"ID=debian\nVERSION_ID=12\n").file("etc/group", b"root:x:0:\nshadow:x:42:\n")
    return tar.file("etc/passwd", b"root:x:0:0::/root:/bin/sh\n")


def test_17_files_are_owned_through_the_links_of_merged_usr(tmp_path: Path) -> None:
    report = report_of(image(merged_usr()), tmp_path, "-a", "setuid,packages,integrity")

    items = {item["path"]: item for key in ("setuid", "setgid") for item in report["inventory"][key]}
    assert {path: (item["class"], item["package"]) for path, item in items.items()} == {
        "/usr/bin/su": ("expected", "util-linux"),
        "/usr/sbin/unix_chkpwd": ("expected", "libpam-modules-bin"),
    }
    assert told(report, "integrity.") == []
    assert report["inventory"]["integrity"] == [{"type": "deb", "files": 4, "matching": 4}]


def test_17_a_file_beside_them_without_an_owner_is_stray(tmp_path: Path) -> None:
    tar = merged_usr().file("usr/bin/other", elf("other"), mode=0o4755)

    report = report_of(image(tar), tmp_path, "-a", "setuid,packages,integrity")

    assert told(report, "setuid.suid-file", "integrity.")[:2] == [
        ("setuid.suid-file", "/usr/bin/other", "HIGH"),
        ("integrity.unowned-system-program", "/usr/bin/other", "MEDIUM"),
    ]


# 18. Documentation that was deleted is no tampering.


def documented() -> dict[str, bytes]:
    docs = {f"/usr/share/doc/p{number}/copyright": b"(c)" for number in range(3264)}
    return {"/usr/bin/ls": elf("ls"), **docs}


def test_18_deleted_documentation_is_no_tampering(tmp_path: Path) -> None:
    tar = TarBuilder().file("usr/bin/ls", elf("ls"), mode=0o755)
    for name, content in debian(("big", "1", documented())).items():
        tar.file(name, content)

    report = report_of(image(tar), tmp_path, "-a", "packages,integrity")

    assert told(report, "integrity.", "packages.") == []
    (counts,) = report["inventory"]["integrity"]
    assert (counts["missing"], counts["missing_documentation"], counts["matching"]) == (3264, 3264, 1)


def test_18_a_program_changed_among_the_missing_is_tampering(tmp_path: Path) -> None:
    tar = TarBuilder().file("usr/bin/ls", elf("evil"), mode=0o755)
    for name, content in debian(("big", "1", documented())).items():
        tar.file(name, content)

    assert told(report_of(image(tar), tmp_path, "-a", "packages,integrity"), "integrity.") == [
        ("integrity.modified", "/usr/bin/ls", "HIGH")
    ]


# 19. What stands behind a second "=" is part of the value.


@pytest.mark.parametrize("analyzers", ["all", "all,secrets"])
def test_19_no_part_of_a_value_with_an_equals_sign_is_shown(analyzers: str, tmp_path: Path) -> None:
    tar = host().file("srv/.env", f"TOKEN={TOKEN}\n".encode())
    built = image(tar, Env=[f"API_TOKEN={TOKEN}"], Labels={"api.token": TOKEN})
    built.history[0]["created_by"] = f"RUN |1 API_TOKEN={TOKEN} /bin/sh -c make"
    built.step(f"ENV API_TOKEN={TOKEN}")
    path = save(tmp_path / "image.tar", built.docker_archive())

    for words in (("-f", "json"), ("-v",)):
        run = imgscan(path, "-a", analyzers, *words)
        assert run.code == 0
        assert TOKEN.encode() not in run.out
        assert TOKEN.partition("=")[2].encode() not in run.out


# The others once more with every analyzer: no other finding hides or doubles what is looked for.


def test_10_suid_that_a_chmod_gave_and_one_that_it_took_are_told_apart(tmp_path: Path) -> None:
    lower = host().file("usr/bin/python3.11", elf("py"), mode=0o755).file("usr/bin/at", elf("at"), mode=0o4755)
    upper = TarBuilder().file("usr/bin/python3.11", elf("py"), mode=0o4755).file("usr/bin/at", elf("at"), mode=0o755)

    report = report_of(image(lower, upper), tmp_path)

    assert told(report, "setuid.") == [
        ("setuid.suid-file", "/usr/bin/python3.11", "CRITICAL"),
        ("setuid.suid-file", "/usr/bin/at", "INFO"),
    ]


def test_11_a_capability_that_makes_an_interpreter_a_root_shell_is_critical(tmp_path: Path) -> None:
    tar = host().file("usr/bin/perl", elf("perl"), {"security.capability": CAP_SETUID}, mode=0o755)
    tar.file("usr/bin/ping", elf("ping"), {"security.capability": NET_RAW}, mode=0o755)

    assert told(report_of(image(tar), tmp_path), "capabilities.") == [
        ("capabilities.file", "/usr/bin/perl", "CRITICAL"),
        ("capabilities.file", "/usr/bin/ping", "LOW"),
    ]


def test_12_world_writable_devices_are_no_findings_of_any_analyzer(tmp_path: Path) -> None:
    tar, plain = host(), report_of(image(host()), tmp_path)
    for name, major, minor in (("null", 1, 3), ("zero", 1, 5), ("full", 1, 7), ("tty", 5, 0), ("ptmx", 5, 2)):
        tar.device(f"dev/{name}", major, minor)

    report = report_of(image(tar), tmp_path)

    assert told(report, "") == told(plain, "")


def test_12_a_disk_is_one(tmp_path: Path) -> None:
    report = report_of(image(host().device("dev/sda", 8, 0)), tmp_path)

    assert [rule for rule, _, _ in told(report, "oddities.")] == ["oddities.device"]


def test_15_broken_account_files_stop_no_analyzer(tmp_path: Path) -> None:
    tar = (
        TarBuilder().file("etc/passwd", b"broken\n" + PASSWD + b":::\n\xff\xfe\n").file("bin/sh", elf("sh"), mode=0o755)
    )
    tar.file("etc/group", b"# comment\nroot:x:0:\napp:x:999:\n").file("etc/shadow", b"root\n::\n", mode=0o640)

    report = report_of(image(tar), tmp_path)

    assert codes(report) == []
    assert {path for rule, path, _ in told(report, "accounts.malformed-line")} == {"/etc/passwd", "/etc/shadow"}
    assert report["inventory"]["config"][0]["user"]["uid"] == 999


def test_16_images_that_share_a_layer_are_judged_each_by_its_own_config(tmp_path: Path) -> None:
    shared = host().directory("srv/app", uid=999).file("srv/app/main.py", b"", uid=999).build()
    one = ImageBuilder(("example.test/one:1",), settings={"User": "app", "WorkingDir": "/srv/app"}).layer(shared)
    two = ImageBuilder(("example.test/two:1",), settings={"User": "0", "WorkingDir": "/srv/app"}).layer(shared)
    path = save(tmp_path / "two.tar", as_tar(docker_old(one, two)))

    first, second = imgscan(path, "--all-images", "-f", "json").report["reports"]

    assert [rule for rule, _, _ in told(first, "permissions.")] == ["permissions.user-writes-code"]
    assert [rule for rule, _, _ in told(second, "permissions.")] == ["permissions.root-uses-code"]
    assert not told(first, "config.root-user")
    assert told(second, "config.root-user")
