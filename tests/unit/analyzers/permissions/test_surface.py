from __future__ import annotations

from typing import Any

import pytest

from imgscan.analyzers.accounts.analyzer import Accounts
from imgscan.analyzers.config.analyzer import Config
from imgscan.analyzers.elf.analyzer import Elf
from imgscan.analyzers.permissions.analyzer import Permissions
from imgscan.analyzers.programs.analyzer import Programs
from imgscan.model.finding import Finding, Severity
from imgscan.testing import TarBuilder, elf
from imgscan.testing.image import LayerSource

from ...system.accounts import test_acl as acl
from ..support import concluded, view_of

PASSWD = b"root:x:0:0::/root:/bin/sh\napp:x:999:998::/srv:/bin/sh\n"
ELF = elf(interpreter="/lib/ld.so")
GROUP = b"root:x:0:\napp:x:998:\nstaff:x:50:\nlog:x:4:app\n"


def image() -> TarBuilder:
    tar = TarBuilder().file("etc/passwd", PASSWD).file("etc/group", GROUP)
    for folder in ("usr/bin", "usr/lib", "etc/cron.d", "etc/init.d", "srv/app"):
        tar.directory(folder)
    return tar


def rules(layer: LayerSource, settings: dict[str, Any] | None) -> dict[str, Severity]:
    found = concluded(Permissions(), layer, settings=settings).findings
    return {item.rule.removeprefix("permissions."): item.severity for item in found}


APP: dict[str, Any] = {"User": "app", "WorkingDir": "/srv/app"}


def test_a_user_that_owns_nothing_can_change_nothing() -> None:
    assert rules(image().file("usr/bin/x", mode=0o755).file("srv/app/main.py"), APP) == {}


@pytest.mark.parametrize(
    ("path", "mode", "uid", "gid", "rule", "severity"),
    [
        ("usr/bin/x", 0o755, 999, 0, "user-writes-programs", Severity.HIGH),
        ("usr/bin/x", 0o775, 0, 998, "user-writes-programs", Severity.HIGH),
        ("usr/bin/x", 0o775, 0, 4, "user-writes-programs", Severity.HIGH),
        ("usr/bin/x", 0o555, 999, 0, "user-writes-programs", Severity.HIGH),
        ("usr/lib/x86_64-linux-gnu/libc.so.6", 0o755, 999, 0, "user-writes-libraries", Severity.HIGH),
        ("etc/cron.d/job", 0o644, 999, 0, "user-writes-schedule", Severity.HIGH),
        ("etc/init.d/x", 0o755, 999, 0, "user-writes-services", Severity.MEDIUM),
        ("etc/profile.d/x.sh", 0o644, 999, 0, "user-writes-accounts", Severity.HIGH),
        ("etc/ssl/certs/ca.pem", 0o644, 999, 0, "user-writes-trust", Severity.MEDIUM),
        ("srv/app/main.py", 0o644, 999, 0, "user-writes-code", Severity.LOW),
    ],
)
def test_what_the_containers_user_can_change(
    path: str, mode: int, uid: int, gid: int, rule: str, severity: Severity
) -> None:
    assert rules(image().file(path, mode=mode, uid=uid, gid=gid), APP) == {rule: severity}


def test_a_group_that_the_user_is_not_in_gives_it_nothing() -> None:
    assert rules(image().file("usr/bin/x", mode=0o775, gid=50), APP) == {}


@pytest.mark.parametrize(
    ("named", "config", "expected"),
    [
        ((acl.USER, 7, 999), APP, {"user-writes-programs": Severity.HIGH}),
        ((acl.GROUP, 7, 4), APP, {"user-writes-programs": Severity.HIGH}),
        ((acl.USER, 5, 999), APP, {}),
        ((acl.USER, 7, 77), APP, {"root-uses-programs": Severity.MEDIUM}),
        ((acl.USER, 7, 77), {}, {"root-uses-programs": Severity.MEDIUM}),
        ((acl.GROUP, 7, 4), {}, {"root-uses-programs": Severity.MEDIUM}),
        ((acl.GROUP, 7, 50), {}, {}),  # nobody is in it
    ],
)
def test_an_access_control_list_gives_what_the_mode_does_not_say(
    named: tuple[int, int, int], config: dict[str, Any], expected: dict[str, Severity]
) -> None:
    listed = {"system.posix_acl_access": acl.of_file(named)}

    assert rules(image().file("usr/bin/x", mode=0o775, xattrs=listed), config) == expected
    assert rules(image().file("usr/bin/x", mode=0o755, xattrs=listed), config) == expected


def test_an_explicit_group_takes_the_place_of_the_others() -> None:
    layer = image().file("srv/app/log", mode=0o664, gid=4)
    assert "user-writes-code" in rules(layer, APP)
    assert rules(layer, {**APP, "User": "app:app"}) == {}


def test_what_cannot_be_reached_cannot_be_changed() -> None:
    layer = image().directory("srv", mode=0o700).file("srv/app/x", mode=0o644, uid=999)
    assert rules(layer, APP) == {}


def test_the_entrypoint_and_its_directory() -> None:
    layer = image().file("opt/run", b"\x7fELF", mode=0o755, uid=999)
    assert rules(layer, {"User": "app", "Entrypoint": ["/opt/run"]}) == {"user-writes-start": Severity.MEDIUM}
    above = image().directory("opt", mode=0o755, uid=999).file("opt/run", b"\x7fELF", mode=0o755)
    assert rules(above, {"User": "app", "Entrypoint": ["/opt/run"]}) == {"user-writes-start": Severity.MEDIUM}


def test_directories_that_the_linker_is_told_of() -> None:
    layer = image().file("opt/lib/libx.so", mode=0o755, uid=999)
    listed = image().file("etc/ld.so.conf.d/x.conf", b"# c\n/opt/lib\n").file("opt/lib/libx.so", mode=0o755, uid=999)
    assert rules(layer, APP) == {}
    assert rules(listed, APP) == {"user-writes-libraries": Severity.MEDIUM}


def test_a_directory_of_path_in_the_users_own_home_ranks_lower() -> None:
    layer = image().directory("srv/bin", uid=999)
    settings = {"User": "app", "Env": ["PATH=/srv/bin:/usr/bin"]}
    assert rules(layer, settings) == {"user-writes-programs": Severity.MEDIUM}


def test_what_lies_below_a_directory_of_path_is_not_run_by_name() -> None:
    layer = image().file("srv/bin/deep/data", uid=999, mode=0o644)
    assert rules(layer, {"User": "app", "Env": ["PATH=/srv/bin:/usr/bin"]}) == {}


def test_root_can_write_everything_which_is_said_once() -> None:
    layer = image().file("usr/bin/x", mode=0o755)
    found = concluded(Permissions(), layer, settings={})
    assert [item.data for item in found.items] == [{"uid": 0, "everything": True}]
    assert found.findings == ()


def test_the_item_counts_by_region() -> None:
    layer = image().file("srv/app/a", uid=999).file("srv/app/b", uid=999)
    (item,) = concluded(Permissions(), layer, settings=APP).items
    assert item.data == {"uid": 999, "everything": False, "code": 2}


def test_without_a_config_nobody_runs() -> None:
    found = concluded(Permissions(), image().file("srv/app/a", uid=999))
    assert found.items == ()
    assert not any("user-writes" in item.rule for item in found.findings)


# What root uses


def test_a_program_that_another_user_owns() -> None:
    assert rules(image().file("usr/bin/x", mode=0o755, uid=999), {}) == {"root-uses-programs": Severity.MEDIUM}


def test_a_suid_program_of_its_owner_is_the_owners_business() -> None:
    assert rules(image().file("usr/bin/at", mode=0o6755, uid=999, gid=998), {}) == {}


def test_a_group_without_anybody_in_it_opens_nothing() -> None:
    assert rules(image().directory("usr/local/bin", mode=0o2775, gid=50), {}) == {}
    assert "root-uses-programs" in rules(image().directory("usr/local/bin", mode=0o2775, gid=4), {})


def test_code_that_root_runs_and_another_user_owns() -> None:
    layer = image().file("srv/app/main.py", uid=999)
    assert rules(layer, {"WorkingDir": "/srv/app"}) == {"root-uses-code": Severity.LOW}


def test_another_users_table_of_cron_is_that_users() -> None:
    layer = image().directory("var/spool/cron/crontabs", mode=0o1730, gid=50)
    assert rules(layer.file("var/spool/cron/crontabs/app", mode=0o600, uid=999, gid=50), {}) == {}


# What lies elsewhere and is run from here


MINE: dict[str, Any] = {"mode": 0o755, "uid": 1500}


def led(layer: TarBuilder, settings: dict[str, Any] | None = None) -> set[str]:
    analyzers = (Permissions(), Programs(), Elf(), Config(), Accounts())
    view = view_of(layer, analyzers=analyzers, settings=settings if settings is not None else {})
    found = (item for item in Permissions().conclude(view) if isinstance(item, Finding))
    return {item.rule.removeprefix("permissions.") for item in found if "owner" not in item.rule}


@pytest.mark.parametrize(
    ("layer", "rule"),
    [
        (image().symlink("etc/cron.daily/job", "/opt/job").file("opt/job", b"#!/bin/sh\n", **MINE), "schedule"),
        (image().file("etc/cron.d/t", b"* * * * * root /opt/t\n").file("opt/t", b"#!/bin/sh\n", **MINE), "schedule"),
        (image().file("etc/crontab", b"@daily root /opt/t x\n").file("opt/t", b"#!/bin/sh\n", **MINE), "schedule"),
        (
            image().file("etc/systemd/system/x.service", b"[Service]\nExecStart=/opt/d\n").file("opt/d", ELF, **MINE),
            "services",
        ),
        (image().symlink("usr/bin/tool", "../../opt/tool").file("opt/tool", ELF, **MINE), "programs"),
    ],
)
def test_what_root_runs_from_elsewhere_is_roots_business(layer: TarBuilder, rule: str) -> None:
    assert led(layer) == {f"root-uses-{rule}"}


@pytest.mark.parametrize(
    "layer",
    [
        image().symlink("etc/cron.daily/job", "/opt/job").file("opt/job", b"#!/bin/sh\n", mode=0o755),
        image().file("etc/cron.d/t", b"* * * * * app /opt/t\n").file("opt/t", b"#!/bin/sh\n", **MINE),
        image().file("etc/cron.d/t", b"* * * * * root cat /opt/t\n").file("opt/t", mode=0o644, uid=1500),
        image()
        .file("etc/systemd/system/x.service", b"[Service]\nUser=x\nExecStart=/opt/d\n")
        .file("opt/d", ELF, **MINE),
        image().symlink("srv/tool", "../opt/tool").file("opt/tool", ELF, **MINE),
        image().file("opt/job", b"#!/bin/sh\n", **MINE),
    ],
)
def test_what_root_does_not_run_is_its_owners(layer: TarBuilder) -> None:
    assert led(layer) == set()


def test_libraries_of_what_the_container_starts() -> None:
    program = elf(interpreter="/lib/ld.so", needed=("libown.so",), runpath="/opt/own/lib")
    layer = image().file("usr/bin/server", program, mode=0o755).directory("opt/own/lib", mode=0o755, uid=1500)

    assert led(layer, {"Cmd": ["/usr/bin/server"]}) == {"root-uses-libraries"}
    assert led(layer, {"Cmd": ["/usr/bin/other"]}) == set()
    assert led(layer, {"Cmd": ["/usr/bin/server"], "User": "1500"}) == {"user-writes-libraries"}
