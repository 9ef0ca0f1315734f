"""Packages with known vulnerabilities brought to a version that mends them, by the image's own package manager."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

import msgspec

from imgscan.harden.plan import Command, Reference, Step
from imgscan.harden.subject import Subject, Target
from imgscan.model.items import FileItem, PackageItem, read_evidence
from imgscan.model.remedy import Action, Remedy

_RULES = ("vulnerabilities.exploited", "vulnerabilities.fixable")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9+._-]{0,100}", re.ASCII)
_MANAGERS = {
    "deb": {
        "apt-get": "apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --only-upgrade "
        "--no-install-recommends {} && rm -rf /var/lib/apt/lists/*"
    },
    "apk": {"apk": "apk upgrade --no-cache {}"},
    "rpm": {
        "dnf": "dnf upgrade -y {} && dnf clean all",
        "microdnf": "microdnf upgrade -y {} && microdnf clean all",
        "yum": "yum update -y {} && yum clean all",
        "zypper": "zypper --non-interactive update {} && zypper clean --all",
        "tdnf": "tdnf update -y {} && tdnf clean all",
    },
}
"""By type of package and name of the program: one command for all of them, so that the index is fetched once."""


class Evidence(msgspec.Struct, frozen=True):
    """What a finding on vulnerabilities says of its package."""

    package: str = ""
    version: str = ""


def upgrades_of(subject: Subject, answered: Collection[Reference | None]) -> Iterator[Command]:
    """Yield one command for each type of package that the image can update by itself.

    What is ``answered`` already, because the package goes, needs no update.
    """
    managers = {item.path.rpartition("/")[2] for item in subject.items(FileItem, "package_managers")}
    types = {(item.name, item.version): item.type for item in subject.items(PackageItem)}
    for type_, commands in _MANAGERS.items():
        command = next((text for name, text in commands.items() if name in managers), None)
        targets = [
            item
            for item in subject.of(*_RULES)
            if types.get(_package(item)) == type_ and item.reference not in answered
        ]
        names = sorted({name for name, _ in map(_package, targets) if _NAME.fullmatch(name)})
        if command is None or not names:
            continue
        yield Command(
            step=Step.UPGRADES,
            remedy=Remedy(Action.UPGRADE, command.format(" ".join(names))),
            why="known vulnerabilities that newer versions mend",
            answers=tuple(_references(targets)),
        )


def _references(targets: list[Target]) -> Iterator[Reference]:
    yield from (item.reference for item in targets if _NAME.fullmatch(_package(item)[0]))


def _package(target: Target) -> tuple[str, str]:
    evidence = read_evidence(target.finding, Evidence)
    return evidence.package, evidence.version
