"""5.8 and 5.9: the ports that the image declares."""

from __future__ import annotations

from imgscan.cis.evidence import lines_of, named
from imgscan.cis.subject import Subject
from imgscan.cis.verdict import ControlVerdict, unknown, verdict
from imgscan.formats.image.ports import Ports, parse_port
from imgscan.model.control import Status
from imgscan.model.items import DaemonItem
from imgscan.wording import counted

PRIVILEGED = 1024
NO_CONFIG = "the source has no config: it is a root filesystem"
_LOOK = "docker inspect --format '{{.NetworkSettings.Ports}}' <container>"
_MAPPED = "docker run --publish 127.0.0.1:8080:8080 <image>"

GIVES_PRIVILEGED = {
    Status.WARN: "EXPOSE declares a port below 1024 (1024 itself is none), alone or in a range",
    Status.NOT_EVALUABLE: "it declares none; what is mapped shows at run time",
    Status.UNKNOWN: "no config",
}
GIVES_NEEDED = {
    Status.PASS: "all declared ports are on the policy's list",
    Status.FAIL: "a declared port is not on the policy's list",
    Status.INFO: "the policy has no list: declared ports are listed",
    Status.UNKNOWN: "no config",
}


def check_privileged(subject: Subject) -> ControlVerdict:
    """Return whether the image declares ports that only root may bind."""
    config = subject.manifest.config
    if not config.present:
        return unknown(NO_CONFIG)
    low = [text for text in config.exposed_ports if (ports := parse_port(text)) and ports.first < PRIVILEGED]
    odd = [f"cannot be read: EXPOSE {text}" for text in config.exposed_ports if parse_port(text) is None]
    if low:
        findings = subject.of("config.port-privileged", "config.port-ssh")
        text = f"{counted(len(low), 'declared port')} below {PRIVILEGED}: {named(low)}"
        lines = [*(f"EXPOSE {port}" for port in low), f"which port of the host it gets shows at run time: {_LOOK}"]
        return verdict(Status.WARN, text, [*lines, *odd], findings, f"EXPOSE 8080  # and: {_MAPPED}")
    text = f"no port below {PRIVILEGED} is declared; what is mapped shows at run time: {_LOOK}"
    return verdict(Status.NOT_EVALUABLE, text, odd, remediation=_MAPPED)


def check_needed(subject: Subject) -> ControlVerdict:
    """Return whether the declared ports are those that the policy allows."""
    config = subject.manifest.config
    if not config.present:
        return unknown(NO_CONFIG)
    declared = [f"EXPOSE {text}" for text in config.exposed_ports]
    if subject.policy.ports is None:
        text = f"{counted(len(declared), 'port')} declared, and no list of the policy to compare with"
        lines = [*declared, *_silent_daemons(subject), f"look at run time: {_LOOK}"]
        return verdict(Status.INFO, text, lines, remediation=_MAPPED)
    allowed = [ports for text in subject.policy.ports if (ports := parse_port(text))]
    refused = [text for text in config.exposed_ports if not _is_allowed(parse_port(text), allowed)]
    if refused:
        findings = subject.of("config.port-malformed", "config.port-ssh")
        text = f"{counted(len(refused), 'declared port')} that the policy does not allow: {named(refused)}"
        lines = [f"EXPOSE {port}" for port in refused]
        return verdict(
            Status.FAIL, text, [*lines, *lines_of(findings)], remediation="EXPOSE <only what the policy allows>"
        )
    return verdict(Status.PASS, f"{counted(len(declared), 'declared port')}, all allowed by the policy", declared)


def _is_allowed(ports: Ports | None, allowed: list[Ports]) -> bool:
    """Whether one range of the list holds all of these ports."""
    return ports is not None and any(
        ports.protocol == item.protocol and item.first <= ports.first and ports.last <= item.last for item in allowed
    )


def _silent_daemons(subject: Subject) -> list[str]:
    """Return the daemons that the image starts, where it declares no port at all."""
    if subject.manifest.config.exposed_ports:
        return []
    started = [str(item.path) for item in subject.items(DaemonItem) if item.status == "started"]
    return [f"started, with no port declared: {named(started)}"] if started else []
