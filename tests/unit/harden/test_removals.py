"""Packages go in place of their files, as far as what stays allows it."""

from __future__ import annotations

from typing import Any

import pytest

from imgscan.harden.hardening import harden
from imgscan.harden.plan import Hardening, Step
from imgscan.model.finding import Finding
from imgscan.model.remedy import Action, Remedy

from .test_hardening import finding, report, rm, texts

PURGE = "DEBIAN_FRONTEND=noninteractive dpkg --purge --force-remove-essential"
MANAGERS = {"deb": "dpkg", "apk": "apk", "rpm": "rpm", "alpm": "pacman"}
Items = tuple[dict[str, Any], ...]


def program(path: str, package: str | None, **more: Any) -> dict[str, Any]:
    return {"path": path, "names": [path], "applets": [], "package": package, **more}


def removal(path: str, rule: str = "programs.network-tool") -> Finding:
    return finding(rule, path.lstrip("/"), rm(path), evidence={"names": [path]})


def inventory(kind: str, packages: dict[str, tuple[str, ...]], tools: Items, **more: Any) -> dict[str, Any]:
    """Return an inventory of packages, each with what it needs, of tools, and of a package manager."""
    manager = MANAGERS[kind]
    listed = {manager: (), **packages}
    return {
        "packages": tuple(
            {"type": kind, "name": name, "database": "visible", "depends": list(needs)}
            for name, needs in listed.items()
        ),
        "package_managers": (program(f"/usr/bin/{manager}", manager),),
        "network_tools": tools,
        **more,
    }


def taken_out(hardening: Hardening) -> list[list[str]]:
    """Return the names of the packages that go, by command."""
    commands = [item.text() for item in hardening.commands if item.remedy.action is Action.REMOVE_PACKAGES]
    listed = [command.partition(" ||")[0].rpartition("&& ")[2].split() for command in commands]
    return [[word for word in words if not word.startswith("-") and "=" not in word][1:] for words in listed]


CURL = removal("/usr/bin/curl")


@pytest.mark.parametrize(
    ("kind", "command"),
    [
        ("deb", f"{PURGE} curl"),
        ("apk", "apk del --no-network curl"),
        ("rpm", "rpm -e curl"),
        ("alpm", "pacman -R --noconfirm curl"),
    ],
)
def test_a_package_goes_before_its_program(kind: str, command: str) -> None:
    image = inventory(kind, {"curl": ()}, (program("/usr/bin/curl", "curl"),))

    erasing, files = harden(report(CURL, inventory=image)).commands

    assert erasing.text().partition(" ||")[0] == command
    assert files.text() == "rm -f /usr/bin/curl"
    assert erasing.answers == files.answers


@pytest.mark.parametrize(
    "image",
    [
        inventory("deb", {"curl": ()}, (program("/usr/bin/curl", "curl"), program("/usr/bin/other", "curl"))),
        inventory("deb", {"curl": ()}, (program("/usr/bin/curl", "curl", applets=["curl"]),)),
        inventory("deb", {"c$(reboot)": ()}, (program("/usr/bin/curl", "c$(reboot)"),)),
        inventory("deb", {"curl": ()}, (program("/usr/bin/other", "curl"),)),
        inventory("deb", {"curl": (), "app": ("curl",)}, (program("/usr/bin/curl", "curl"),)),
        inventory("deb", {"curl": (), "app": ("lib",), "lib": ("curl",)}, (program("/usr/bin/curl", "curl"),)),
        inventory("deb", {"curl": ()}, (program("/usr/bin/curl", "curl"),), package_managers=()),
        inventory("deb", {"curl": ()}, (program("/usr/bin/curl", "curl"),), shells=()),
        inventory("deb", {"curl": ()}, (program("/usr/bin/curl", None),)),
        inventory(
            "deb", {"curl": ()}, (program("/usr/bin/curl", "curl"),), elf=({"files": 1, "linked": {"curl": "/a"}},)
        ),
    ],
    ids=["another", "applets", "name", "other", "needed", "deep", "no dpkg", "no shell", "unowned", "linked"],
)
def test_a_package_stays_where_something_that_stays_needs_it(image: dict[str, Any]) -> None:
    assert [item.remedy.action for item in harden(report(CURL, inventory=image)).commands] == [Action.REMOVE]


def test_a_name_that_two_architectures_have_stays() -> None:
    image = inventory("deb", {"curl": ()}, (program("/usr/bin/curl", "curl"),))
    image["packages"] += ({"type": "deb", "name": "curl", "arch": "i386", "database": "visible"},)

    assert taken_out(harden(report(CURL, inventory=image))) == []


def test_libraries_go_with_what_alone_needs_them() -> None:
    needs = {"curl": ("libcurl4", "libc6"), "libcurl4": ("libnghttp2-14", "libc6"), "libnghttp2-14": (), "libc6": ()}
    image = inventory("deb", {**needs, "app": ("libc6",)}, (program("/usr/bin/curl", "curl"),))

    assert taken_out(harden(report(CURL, inventory=image))) == [["curl", "libcurl4", "libnghttp2-14"]]


@pytest.mark.parametrize("linked", [{}, {"libssl3": "/srv/app"}])
def test_libraries_that_a_program_of_no_package_links_to_stay(linked: dict[str, str]) -> None:
    image = inventory(
        "deb",
        {"curl": ("libssl3", "tzdata"), "libssl3": ("libcrypto3",), "libcrypto3": (), "tzdata": ()},
        (program("/usr/bin/curl", "curl"),),
        elf=({"files": 1, "linked": linked},),
    )

    gone = ["curl"] if linked else ["curl", "libcrypto3", "libssl3"]
    assert taken_out(harden(report(CURL, inventory=image))) == [gone]


@pytest.mark.parametrize("name", ["python3-six", "adduser", "libnss-ldap", "mawk", "libfoo-bin", "libperl5.36"])
def test_what_scripts_may_call_by_name_stays(name: str) -> None:
    image = inventory("deb", {"curl": (name,), name: ()}, (program("/usr/bin/curl", "curl"),))

    assert taken_out(harden(report(CURL, inventory=image))) == [["curl"]]


def test_names_for_programs_that_go_go_too() -> None:
    image = inventory("deb", {"gcc": ("gcc-12",), "gcc-12": ()}, (program("/usr/bin/gcc-12", "gcc-12"),))
    image["packages"] += ({"type": "deb", "name": "all", "database": "visible", "depends": ["gcc"]},)
    development = finding("packages.development", "var/lib/dpkg/status", evidence={"packages": ["all"]})

    found = harden(report(removal("/usr/bin/gcc-12"), development, inventory=image))

    assert taken_out(found) == [["all", "gcc", "gcc-12"]]


def test_the_manager_goes_last_and_whatever_was_installed_by_it_works_without() -> None:
    needs = {"curl": (), "dpkg": ("libmd0", "tar"), "libmd0": (), "tar": (), "dash": ("dpkg",), "apt": ("libapt",)}
    image = inventory("deb", {**needs, "libapt": ()}, (program("/usr/bin/curl", "curl"),))
    image["package_managers"] += (program("/usr/bin/apt", "apt"),)
    image["shells"] = (program("/bin/sh", "dash"), program("/bin/bash", "bash"))
    image["packages"] += ({"type": "deb", "name": "bash", "database": "visible"},)
    going = [removal(path, "programs.package-manager") for path in ("/usr/bin/apt", "/usr/bin/dpkg")]
    shells = [removal(path, "programs.shell") for path in ("/bin/sh", "/bin/bash")]

    found = harden(report(CURL, *going, *shells, inventory=image))

    assert taken_out(found) == [["curl"], ["apt", "libapt"], ["bash"], ["dpkg", "libmd0"]]
    erasing = [item for item in found.commands if item.remedy.action is Action.REMOVE_PACKAGES]
    assert [item.step for item in erasing] == [Step.TOOLS, Step.MANAGERS, Step.MANAGERS, Step.MANAGERS]
    assert "--force-depends" in erasing[-1].text()
    assert "--force-depends" not in erasing[0].text()


def test_rpm_stays_where_something_needs_it() -> None:
    image = inventory("rpm", {"rpm": ("rpm-libs",), "rpm-libs": (), "app": ("rpm",)}, ())

    assert taken_out(harden(report(removal("/usr/bin/rpm", "programs.package-manager"), inventory=image))) == []


def test_apk_keeps_what_a_program_of_no_package_links_to_and_certificates() -> None:
    image = inventory(
        "apk",
        {"curl": ("libssl",), "libssl": (), "ca-certificates-bundle": ()},
        (program("/usr/bin/curl", "curl"),),
        elf=({"files": 1, "linked": {"libssl": "/srv/app", "gone": "/srv/app"}},),
    )

    (erasing, *_) = texts(harden(report(CURL, inventory=image)))

    add = "apk add --no-network ca-certificates-bundle libssl"
    assert erasing.startswith(f"{add} && apk del --no-network curl ||")


def test_a_removal_answers_what_is_said_of_its_packages() -> None:
    image = inventory("deb", {"curl": (), "x-dev": (), "other": ()}, (program("/usr/bin/curl", "curl"),))
    evidence = {"package": "curl", "version": ""}
    known = finding("vulnerabilities.fixable", "var/lib/dpkg/status", evidence=evidence)
    development = finding("packages.development", "var/lib/dpkg/status", evidence={"packages": ["x-dev"]})
    other = finding("vulnerabilities.unfixed", "var/lib/dpkg/status", evidence={"package": "other"}, remediation="x")

    found = harden(report(CURL, known, development, other, inventory=image))

    (erasing, _) = found.commands
    assert {item.rule for item in erasing.answers} == {CURL.rule, known.rule, development.rule}
    assert [item.answers.rule for item in found.advice] == [other.rule]


def test_a_development_package_that_is_needed_is_left_to_a_person() -> None:
    image = inventory("deb", {"x-dev": (), "app": ("x-dev",)}, ())
    remedy = Remedy(Action.REMOVE_PACKAGES, "apt-get purge -y x-dev")
    item = finding("packages.development", "var/lib/dpkg/status", remedy, evidence={"packages": ["x-dev"]})

    found = harden(report(item, inventory=image))

    assert found.commands == ()
    assert [line.answers.rule for line in found.advice] == [item.rule]


def test_a_packages_script_that_asks_back_is_answered() -> None:
    image = inventory("deb", {"sudo": ()}, (program("/usr/bin/sudo", "sudo"),))

    (erasing, _) = texts(harden(report(removal("/usr/bin/sudo"), inventory=image)))

    assert erasing.startswith("SUDO_FORCE_REMOVE=yes ")


def test_a_copy_of_the_image_loses_files_alone() -> None:
    image = inventory("deb", {"curl": ()}, (program("/usr/bin/curl", "curl"),), shells=())

    (command,) = harden(report(CURL, inventory=image)).commands

    assert command.text("/image") == "rm -f /image/usr/bin/curl"


def test_programs_of_packages_of_one_layer_go_by_one_command() -> None:
    image = inventory("deb", {"curl": (), "nc": ()}, (program("/usr/bin/curl", "curl"), program("/usr/bin/nc", "nc")))

    found = harden(report(CURL, removal("/usr/bin/nc"), inventory=image))

    assert texts(found)[1:] == ["rm -f /usr/bin/curl /usr/bin/nc"]
    assert found.commands[1].why == "programs of curl, nc"
    assert len(found.commands[1].answers) == 2
