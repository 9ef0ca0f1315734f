"""Each class of SUID and SGID files, and what is not in it."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from imgscan.analyzers.setuid.analyzer import Setuid
from imgscan.analyzers.setuid.baseline import baseline_of
from imgscan.formats.packages.os_release import OsRelease
from imgscan.model.finding import Finding, Severity, State
from imgscan.system.programs.dangerous import danger_of, runs_commands
from imgscan.testing import TarBuilder
from imgscan.testing.image import LayerSource
from imgscan.testing.packages import alpine, debian, elf
from imgscan.testing.rpm import package, sqlite

from ..packaged import ALL, Told, told

Files = Mapping[str, tuple[int, bytes]]
OS = {"etc/os-release": b"ID=debian\nVERSION_ID=12\n", "etc/group": b"root:x:0:\nshadow:x:42:\n"}
SUDO = debian(("sudo", "1.9", {"/usr/bin/sudo": elf("sudo"), "/usr/bin/other": elf("other")}))
BASH = b"\x7fELF..BASH_VERSION..GNU bash..."


def image(files: Files, database: Mapping[str, bytes] = SUDO, release: Mapping[str, bytes] = OS) -> TarBuilder:
    tar = TarBuilder()
    for name, content in {**release, **database}.items():
        tar.file(name, content)
    for name, (mode, content) in files.items():
        tar.file(name, content, mode=mode)
    return tar


def verdict(files: Files, database: Mapping[str, bytes] = SUDO, release: Mapping[str, bytes] = OS) -> Finding:
    (found,) = (item for item in told(image(files, database, release)).findings if item.analyzer == "setuid")
    return found


def only(result: Told, kind: str) -> Finding:
    """Return the one finding of a class."""
    (found,) = (item for item in result.findings if item.evidence.get("class") == kind)
    return found


def classes(layer: LayerSource) -> list[str]:
    return [item.evidence["class"] for item in told(layer).findings if item.analyzer == "setuid"]


# The classes


def test_a_file_of_the_baseline_is_expected() -> None:
    found = verdict({"usr/bin/sudo": (0o4755, elf("sudo"))})

    assert (found.evidence["class"], found.severity) == ("expected", Severity.INFO)
    assert found.evidence["package"] == "sudo 1.9"
    assert found.remediation == "RUN chmod u-s /usr/bin/sudo"


@pytest.mark.parametrize("mode", [0o4711, 0o6755, 0o2755], ids=["fewer bits", "more bits", "other bit"])
def test_another_mode_than_the_baselines_is_not(mode: int) -> None:
    assert verdict({"usr/bin/sudo": (mode, elf("sudo"))}).evidence["class"] == "unexpected"


def test_another_package_than_the_baselines_is_not() -> None:
    database = debian(("evil", "1", {"/usr/bin/sudo": elf("sudo")}))

    assert verdict({"usr/bin/sudo": (0o4755, elf("sudo"))}, database).evidence["class"] == "unexpected"


def test_a_file_of_the_baseline_that_no_package_owns_is_stray() -> None:
    assert verdict({"usr/bin/passwd": (0o4755, elf("passwd"))}).evidence["class"] == "stray"


def test_the_baseline_goes_by_the_name_of_the_group() -> None:
    database = debian(("passwd", "4", {"/usr/bin/chage": elf("chage")}))
    tar = image({}, database).file("usr/bin/chage", elf("chage"), mode=0o2755, gid=42)
    other = image({}, database).file("usr/bin/chage", elf("chage"), mode=0o2755, gid=43)

    assert classes(tar) == ["expected"]
    assert classes(other) == ["unexpected"]


def test_the_baseline_is_of_one_distribution() -> None:
    release = {"etc/os-release": b"ID=fedora\nVERSION_ID=40\n"}

    assert verdict({"usr/bin/sudo": (0o4755, elf("sudo"))}, release=release).evidence["class"] == "unexpected"


def test_a_mode_that_dpkg_statoverride_sets_is_declared() -> None:
    database = {**SUDO, "var/lib/dpkg/statoverride": b"root root 4755 /usr/bin/other\n"}
    found = verdict({"usr/bin/other": (0o4755, elf("other"))}, database)

    assert (found.evidence["class"], found.severity) == ("declared", Severity.LOW)
    assert verdict({"usr/bin/other": (0o4711, elf("other"))}, database).evidence["class"] == "unexpected"


def test_an_override_of_a_later_layer_is_declared_and_says_so() -> None:
    base = image({"usr/bin/other": (0o755, elf("other"))})
    later = TarBuilder().file("var/lib/dpkg/statoverride", b"root root 4755 /usr/bin/other\n")
    result = told(base, later.file("usr/bin/other", elf("other"), mode=0o4755))

    assert "by a later layer" in only(result, "declared").message


def test_modes_of_apk_and_rpm_are_declared() -> None:
    apk = alpine(("tool", "1", {"/usr/bin/tool": (0o4711, elf("tool"))}))
    rpm = {"var/lib/rpm/rpmdb.sqlite": sqlite([package("tool", tool=(0o104711, ""))])}

    for database in (apk, rpm):
        assert verdict({"usr/bin/tool": (0o4711, elf("tool"))}, database, {}).evidence["class"] == "declared"
        assert verdict({"usr/bin/tool": (0o4755, elf("tool"))}, database, {}).evidence["class"] == "unexpected"


def test_an_rpm_mode_rewritten_by_a_later_layer_declares_nothing() -> None:
    path = "var/lib/rpm/rpmdb.sqlite"
    first = TarBuilder().file(path, sqlite([package("tool", tool=(0o100755, ""))]))
    first.file("usr/bin/tool", elf("tool"), mode=0o755)
    second = TarBuilder().file(path, sqlite([package("tool", tool=(0o104755, ""))]))
    second.file("usr/bin/tool", elf("tool"), mode=0o4755)

    assert only(told(first, second), "unexpected").path == "usr/bin/tool"


def test_a_file_of_a_package_that_declares_no_such_mode_is_unexpected() -> None:
    found = verdict({"usr/bin/other": (0o4755, elf("other"))})

    assert (found.evidence["class"], found.severity) == ("unexpected", Severity.HIGH)


def test_a_file_of_no_package_is_stray() -> None:
    found = verdict({"usr/bin/helper": (0o4755, elf("x"))})

    assert (found.evidence["class"], found.severity) == ("stray", Severity.HIGH)


def test_a_file_that_only_its_owner_may_run_ranks_lower() -> None:
    assert verdict({"usr/bin/helper": (0o4700, elf("x"))}).severity is Severity.MEDIUM


def test_a_file_that_nobody_may_run_ranks_lowest() -> None:
    assert verdict({"usr/bin/helper": (0o4644, elf("x"))}).severity is Severity.LOW


# Ownership unknown


def test_without_a_database_the_owner_is_unknown_and_not_missing() -> None:
    found = verdict({"usr/bin/helper": (0o4755, elf("x"))}, {}, {})

    assert (found.evidence["class"], found.severity) == ("unknown", Severity.MEDIUM)
    assert "the image has no package database" in found.message


def test_alone_the_analyzer_finds_what_it_finds_beside_the_others() -> None:
    layer = image({"usr/bin/helper": (0o4755, elf("x")), "usr/bin/sudo": (0o4755, elf("sudo"))})

    alone = told(layer, analyzers=(Setuid(),)).findings

    assert [finding.evidence["class"] for finding in alone] == ["stray", "expected"]
    assert alone == tuple(finding for finding in told(layer).findings if finding.analyzer == "setuid")


def test_without_a_database_a_file_of_the_baseline_is_expected_but_says_what_was_not_asked() -> None:
    found = verdict({"usr/bin/passwd": (0o4755, elf("passwd"))}, {})

    assert found.evidence["class"] == "expected"
    assert "the image has no package database" in found.message


# Dangerous


@pytest.mark.parametrize(
    ("name", "severity"),
    [
        ("python3.11", Severity.CRITICAL),
        ("find", Severity.CRITICAL),
        ("vim.basic", Severity.CRITICAL),
        ("busybox", Severity.CRITICAL),
        ("gosu", Severity.CRITICAL),
        ("ld-linux-x86-64.so.2", Severity.CRITICAL),
        ("tee", Severity.HIGH),
        ("base64", Severity.HIGH),
    ],
)
def test_a_name_that_gives_its_rights_away_is_dangerous(name: str, severity: Severity) -> None:
    found = verdict({f"usr/bin/{name}": (0o4755, elf("x"))})

    assert (found.evidence["class"], found.severity) == ("dangerous", severity)


def test_another_name_of_the_file_counts_too() -> None:
    tar = image({}).file("usr/bin/harmless", elf("x"), mode=0o4755).hardlink("usr/bin/bash", "usr/bin/harmless")

    assert only(told(tar), "dangerous").severity is Severity.CRITICAL


def test_a_shell_under_another_name_is_known_by_its_content() -> None:
    found = verdict({"usr/local/bin/.helper": (0o4755, BASH)})

    assert (found.evidence["class"], found.severity) == ("dangerous", Severity.CRITICAL)
    assert "its content is bash" in found.message


def test_a_copy_of_an_interpreter_is_known_by_its_digest() -> None:
    files = {
        "usr/bin/python3.11": (0o755, elf("py")),
        "opt/thing": (0o4755, elf("py")),
        "opt/else": (0o4755, elf("no")),
    }
    result = told(image(files))

    assert "a copy of /usr/bin/python3.11" in only(result, "dangerous").message
    assert only(result, "stray").path == "opt/else"


def test_a_script_is_dangerous() -> None:
    assert verdict({"usr/bin/run": (0o4755, b"#!/bin/sh\n")}).evidence["class"] == "dangerous"


@pytest.mark.parametrize(("mode", "severity"), [(0o4757, Severity.CRITICAL), (0o4775, Severity.HIGH)])
def test_a_file_that_others_may_write_is_dangerous_even_where_its_package_has_it(mode: int, severity: Severity) -> None:
    found = verdict({"usr/bin/sudo": (mode, elf("sudo"))})

    assert (found.evidence["class"], found.severity) == ("dangerous", severity)
    assert found.remediation == "RUN chmod u-s,go-w /usr/bin/sudo"


def test_a_file_whose_owner_is_not_root_is_dangerous_unless_it_is_declared() -> None:
    stray = image({}).file("usr/bin/x", elf("x"), mode=0o4755, uid=1000)
    declared = image({}, {**SUDO, "var/lib/dpkg/statoverride": b"man root 4755 /usr/bin/other\n"})

    assert "uid 1000" in only(told(stray), "dangerous").message
    assert classes(declared.file("usr/bin/other", elf("other"), mode=0o4755, uid=6)) == ["declared"]


def test_an_expected_file_with_another_content_than_its_packages_is_dangerous() -> None:
    found = verdict({"usr/bin/sudo": (0o4755, elf("backdoor"))})

    assert found.evidence["class"] == "dangerous"
    assert "not what its package installed" in found.message


def test_ssh_agent_is_expected_though_its_name_is_known() -> None:
    database = debian(("openssh-client", "9", {"/usr/bin/ssh-agent": elf("agent")}))
    release = {"etc/os-release": b"ID=debian\nVERSION_ID=12\n", "etc/group": b"_ssh:x:105:\n"}
    tar = image({}, database, release).file("usr/bin/ssh-agent", elf("agent"), mode=0o2755, gid=105)

    assert only(told(tar), "expected")


def test_a_path_that_a_shell_would_take_apart_is_quoted_in_the_remedy() -> None:
    assert verdict({"opt/a b;c": (0o4755, elf("x"))}).remediation == "RUN chmod u-s \"$(printf '/opt/a b\\073c')\""


# What is listed


def test_directories_are_listed_apart_and_are_no_findings() -> None:
    tar = TarBuilder().directory("var/mail/", mode=0o2775).directory("tmp/", mode=0o1777).directory("odd/", mode=0o4755)
    result = told(tar)

    assert [item["path"] for item in result.section("setgid_directories")] == ["/var/mail"]
    assert result.findings == ()


def test_an_item_has_its_class_and_package() -> None:
    (item,) = told(image({"usr/bin/sudo": (0o4755, elf("sudo"))})).section("setuid")

    assert (item["class"], item["package"], item["mode"]) == ("expected", "sudo", "4755")


def test_a_file_with_both_bits_is_in_both_lists() -> None:
    result = told(image({"usr/bin/x": (0o6755, elf("x"))}))

    assert len(result.section("setuid")) == len(result.section("setgid")) == 1
    assert only(result, "stray").remediation == "RUN chmod ug-s /usr/bin/x"


def test_a_file_that_a_later_layer_removed_or_tamed_is_told_as_gone() -> None:
    base = {"bin/a": (0o4755, elf("a")), "bin/b": (0o4755, elf("b"))}
    result = told(base, TarBuilder().whiteout("bin/a").file("bin/b", elf("b"), mode=0o755))

    assert [(item.rule, item.path, item.state, item.severity) for item in result.findings] == [
        ("setuid.suid-file", "bin/a", State.DELETED, Severity.INFO),
        ("setuid.suid-file", "bin/b", State.OVERWRITTEN, Severity.INFO),
    ]


def test_a_file_without_the_bits_is_nothing() -> None:
    assert told({"bin/a": (0o1755, elf("a"))}).findings == ()


def test_a_stray_file_that_only_root_can_reach_ranks_lower() -> None:
    def stray(*folders: tuple[str, int, int]) -> Finding:
        tar = image({"root/p/s": (0o4755, elf("s"))})
        for name, mode, uid in folders:
            tar.directory(name, mode=mode, uid=uid)
        (found,) = (item for item in told(tar).findings if item.analyzer == "setuid")
        return found

    closed = stray(("root", 0o700, 0))
    assert closed.severity is Severity.MEDIUM
    assert "only root may reach it, through /root" in closed.message
    assert stray(("root", 0o711, 0)).severity is Severity.HIGH
    assert stray(("root", 0o700, 1000)).severity is Severity.HIGH  # its owner has a way in


# The tables


@pytest.mark.parametrize(
    "name",
    "python3.11 perl5.36.0 lua5.4 php8.2 node20 ruby3.1 gawk-5.1 vim.tiny dumb-init run-parts deno bun jruby groovy "
    "Rscript original-awk bash-static busybox-extras x86_64-linux-gnu-gdb opencode".split(),
)
def test_versioned_and_hyphenated_names_count_as_their_programs(name: str) -> None:
    assert runs_commands(name)


@pytest.mark.parametrize(
    "name", "sudo su passwd mount fusermount3 newgrp at crontab pkexec mount.nfs unix_chkpwd exim4".split()
)
def test_programs_that_are_made_to_be_suid_are_not_dangerous_by_name(name: str) -> None:
    assert danger_of(name) is None


def test_the_baseline_of_a_derived_distribution_is_its_parents() -> None:
    kali = OsRelease(id="kali", like=("debian",), version_id="2024.1")

    assert baseline_of(kali, "deb").find("usr/bin/su", 0o4755, {"root"}, {"root"}, "util-linux")
    assert not baseline_of(OsRelease(id="nixos"), None)


def test_without_a_release_the_baseline_follows_the_kind_of_database() -> None:
    assert baseline_of(None, "rpm").find("usr/bin/sudo", 0o4111, {"root"}, {"root"}, "sudo")
    assert not baseline_of(None, "rpm").find("usr/bin/sudo", 0o4755, {"root"}, {"root"}, "sudo")


def test_the_analyzers_ids_are_those_of_the_report() -> None:
    assert {analyzer.id for analyzer in ALL} == {"packages", "integrity", "setuid", "golang"}
