"""5.7: a daemon for remote logins, started or only there."""

from __future__ import annotations

import shlex

from imgscan.cis.evidence import Line, line_of_item, lines_of, named
from imgscan.cis.subject import Subject
from imgscan.cis.verdict import ControlVerdict, verdict
from imgscan.formats.image.ports import parse_port
from imgscan.model.control import Status
from imgscan.model.items import DaemonItem, PackageItem
from imgscan.printable import printable

_DAEMONS = frozenset({"sshd", "dropbear", "tinysshd"})
_SSH = 22
_PACKAGES = frozenset({"openssh-server", "dropbear", "dropbear-bin", "tinyssh", "tinysshd"})
_REMOVE = {"deb": "apt-get purge -y", "apk": "apk del", "rpm": "dnf remove -y", "alpm": "pacman -R --noconfirm"}

RESTS = ("programs.*", "accounts.ssh-host-key", "packages.*")
GIVES = {
    Status.PASS: "no sshd, dropbear or tinysshd can be run",
    Status.FAIL: "the image starts one: ENTRYPOINT or CMD, what their scripts call, or what a started supervisor is "
    "told",
    Status.WARN: "one is there, or a supervisor that the image does not start is told to start it; its package, host "
    "keys or port 22 are there",
    Status.UNKNOWN: "the programs analyzer did not run, or not read whole",
}


def check_sshd(subject: Subject) -> ControlVerdict:
    """Return whether a daemon for remote logins runs in the container."""
    daemons = [item for item in subject.items(DaemonItem) if _is_sshd(item)]
    started = [item for item in daemons if item.status == "started"]
    paths = {item.path for item in daemons}
    findings = [item for item in subject.of("programs.remote-daemon") if f"/{item.path}" in paths]
    signs = subject.of("config.port-ssh", "accounts.ssh-host-key")
    ports = _ssh_ports(subject)
    packages = [item for item in subject.items(PackageItem) if _is_package(item)]
    remedy = _remedy(packages, daemons)
    lines: list[Line] = [_line(item) for item in daemons]
    lines += [*lines_of(signs), *ports, *(f"package {item.name}" for item in packages)]
    if started:
        text = f"{_name(started[0])} is started by the image"
        return verdict(Status.FAIL, text, lines, [*findings, *signs], remedy)
    if daemons:
        text = f"{_name(daemons[0])} is in the image; nothing that the image starts runs it"
        return verdict(Status.WARN, text, lines, [*findings, *signs], remedy)
    if signs or ports or packages:
        return verdict(Status.WARN, "no sshd was found, but what goes with one", lines, signs, remedy)
    return verdict(Status.PASS, "no sshd can be run")


def _remedy(packages: list[PackageItem], daemons: list[DaemonItem]) -> str:
    """Return the line that takes the daemon's package away, or its file where no package brought it."""
    paths = " ".join(shlex.quote(printable(str(item.path))) for item in daemons)
    commands = [f"{_REMOVE[item.type]} {item.name}" for item in packages if item.type in _REMOVE]
    command = commands[0] if commands else f"rm -f {paths}" if paths else ""
    return f"RUN {command}  # for a shell: docker exec -it <container> sh" if command else "EXPOSE 8080  # not 22"


def _ssh_ports(subject: Subject) -> list[str]:
    """Return what declares port 22, where no finding says so (the analyzer of the config did not run)."""
    if subject.of("config.port-ssh"):
        return []
    ports = ((text, parse_port(text)) for text in subject.manifest.config.exposed_ports)
    return [f"EXPOSE {text}" for text, ports in ports if ports is not None and ports.first <= _SSH <= ports.last]


def _is_sshd(item: DaemonItem) -> bool:
    return not _DAEMONS.isdisjoint(_names(item))


def _names(item: DaemonItem) -> list[str]:
    return [str(path).rpartition("/")[2] for path in (item.path, *item.names)]


def _name(item: DaemonItem) -> str:
    return next((name for name in _names(item) if name in _DAEMONS), "sshd")


def _is_package(item: PackageItem) -> bool:
    return item.name in _PACKAGES and item.database == "visible"


def _line(item: DaemonItem) -> str:
    return line_of_item(item, item.status, named(item.evidence, 2))
