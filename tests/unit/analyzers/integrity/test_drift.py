"""Mode and owner of packages' files, held against the database or against the layer that installed them."""

from __future__ import annotations

import pytest

from imgscan.analyzers.accounts.analyzer import Accounts
from imgscan.model.finding import Finding, Severity
from imgscan.testing import TarBuilder
from imgscan.testing.packages import alpine, debian, elf
from imgscan.testing.rpm import Value, header, sqlite

from ..packaged import ALL, told

PATH = "usr/bin/tool"
CONTENT = elf("tool")
PASSWD = b"root:x:0:0::/root:/bin/sh\napp:x:999:999::/:/bin/sh\n"


def drifts(*layers: TarBuilder) -> list[Finding]:
    found = told(*layers, analyzers=(*ALL, Accounts())).findings
    return [item for item in found if item.rule == "integrity.mode-drift"]


def base(files: dict[str, bytes], mode: int = 0o755, uid: int = 0, gid: int = 0) -> TarBuilder:
    tar = TarBuilder().file("etc/passwd", PASSWD).file("etc/group", b"root:x:0:\n")
    for name, content in files.items():
        tar.file(name, content)
    return tar.file(PATH, CONTENT, mode=mode, uid=uid, gid=gid)


def of_alpine(mode: int, uid: int = 0) -> TarBuilder:
    return base(alpine(("a", "1", {f"/{PATH}": (0o755, CONTENT)})), mode, uid)


def of_debian() -> TarBuilder:
    return base(debian(("a", "1", {f"/{PATH}": CONTENT})))


def changed(mode: int = 0o755, uid: int = 0, gid: int = 0) -> TarBuilder:
    return TarBuilder().file(PATH, CONTENT, mode=mode, uid=uid, gid=gid)


@pytest.mark.parametrize("mode", [0o755, 0o555, 0o700, 0o4755, 0o777 & ~0o022])
def test_a_mode_as_declared_or_tighter_is_none(mode: int) -> None:
    assert drifts(of_alpine(mode)) == []


def test_a_program_that_others_may_write_against_the_database_is_told() -> None:
    (found,) = drifts(of_alpine(0o777))

    assert (found.path, found.severity) == (PATH, Severity.MEDIUM)
    assert found.message == "mode 0777 where the apk database says 0755 (a 1)"
    assert found.remediation == f"RUN chmod 0755 /{PATH}"


def test_what_others_may_only_read_ranks_low() -> None:
    database = alpine(("a", "1", {f"/{PATH}": (0o700, CONTENT)}))

    (found,) = drifts(base(database, 0o755))

    assert found.severity is Severity.LOW


def test_a_file_that_is_another_users_against_the_database_is_told() -> None:
    (found,) = drifts(of_alpine(0o755, uid=999))

    assert found.severity is Severity.MEDIUM
    assert found.message == "owner 999:0 where the apk database says 0:0 (a 1)"
    assert found.remediation == f"RUN chown 0:0 /{PATH} && chmod 0755 /{PATH}"


def rpm(owner: str, uid: int) -> TarBuilder:
    tags: dict[int, Value] = {
        1000: "a",
        1001: "1",
        1030: [0o100755],
        1035: [""],
        1037: [0],
        1039: [owner],
        1040: ["root"],
    }
    blob = header({**tags, 1116: [0], 1117: ["tool"], 1118: ["/usr/bin/"]})
    return base({"var/lib/rpm/rpmdb.sqlite": sqlite([blob])}, uid=uid)


@pytest.mark.parametrize(("owner", "uid"), [("root", 0), ("app", 999), ("gone", 5), ("app", 0)])
def test_names_are_looked_up_in_passwd_and_unknown_ones_say_nothing(owner: str, uid: int) -> None:
    assert drifts(rpm(owner, uid)) == []


def test_a_name_that_is_another_number_is_told() -> None:
    assert [item.message for item in drifts(rpm("root", 999))] == ["owner 999:0 where the rpm database says 0:0 (a 1)"]


def test_dpkg_declares_nothing_so_the_layer_that_installed_a_file_does() -> None:
    assert drifts(of_debian()) == []
    (found,) = drifts(of_debian(), changed(0o757))

    assert found.message == "mode 0757 where layer 0, which installed it, says 0755 (a 1)"
    assert found.layer is not None
    assert found.layer.index == 1


def test_a_later_layer_that_changes_the_owner_is_told_and_one_that_tightens_is_not() -> None:
    assert [item.severity for item in drifts(of_debian(), changed(uid=999))] == [Severity.MEDIUM]
    assert drifts(of_debian(), changed(0o500)) == []


def test_a_later_layer_that_upgrades_the_package_declares_anew() -> None:
    upgraded = base(debian(("a", "2", {f"/{PATH}": CONTENT})), 0o775)

    assert drifts(of_debian(), upgraded) == []


def test_an_override_of_dpkg_declares() -> None:
    override = TarBuilder().file("var/lib/dpkg/statoverride", f"root root 0757 /{PATH}\n".encode())

    assert drifts(of_debian(), changed(0o757), override) == []
    assert [item.message for item in drifts(of_debian(), changed(0o777), override)] == [
        "mode 0777 where dpkg-statoverride says 0757 (a 1)"
    ]


def test_many_files_of_one_package_and_layer_are_one_finding() -> None:
    files = {f"/usr/bin/{name}": elf(name) for name in "abc"}
    lower, upper = TarBuilder(), TarBuilder()
    for path, content in files.items():
        lower.file(path[1:], content, mode=0o755)
        upper.file(path[1:], content, mode=0o777)
    for name, content in debian(("many", "1", files)).items():
        lower.file(name, content)

    (found,) = drifts(lower, upper)

    assert found.message.startswith("3 files of many 1 are like this one: mode 0777")
    assert found.evidence["paths"] == ["/usr/bin/a", "/usr/bin/b", "/usr/bin/c"]
