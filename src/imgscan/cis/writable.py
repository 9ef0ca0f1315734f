"""no-writable-directories and 5.13: what others than root may write, and what a read-only root filesystem needs."""

from __future__ import annotations

import shlex

from imgscan.cis.evidence import lines_of, named
from imgscan.cis.remedy import one_line
from imgscan.cis.subject import Subject
from imgscan.cis.verdict import ControlVerdict, unknown, verdict
from imgscan.model.control import Status
from imgscan.model.finding import Severity
from imgscan.model.items import WriteSurfaceItem
from imgscan.printable import printable
from imgscan.wording import counted

_LOOK = "docker inspect --format '{{.HostConfig.ReadonlyRootfs}} {{.HostConfig.Tmpfs}}' <container>"

RESTS = ("permissions.*",)
GIVES = {
    Status.PASS: "no directory without the sticky bit, and no file, is writable by everyone; the container's user "
    "may write to no program, library, configuration or account file",
    Status.FAIL: "one is writable by everyone, or what the container's user may change ranks high",
    Status.WARN: "the container's user, or another one, may change what a service is started with; or it is root, "
    "who may write everywhere",
    Status.UNKNOWN: "the permissions analyzer did not run, the user is not known, or not read whole",
}
GIVES_READ_ONLY = {
    Status.NOT_EVALUABLE: "a setting of the container; what must be a tmpfs or a volume is told, as far as modes, "
    "owners and volumes say"
}


def check_writable(subject: Subject) -> ControlVerdict:
    """Return whether others than root may change what matters."""
    world = subject.of("permissions.world-writable-file", "permissions.world-writable-directory")
    regions = [item for item in subject.of("permissions.") if item.rule.startswith(_REGIONS)]
    bad = [*world, *(item for item in regions if item.severity >= Severity.HIGH)]
    findings = [*world, *regions]
    remedy = one_line(findings)
    if bad:
        text = f"{counted(len(bad), 'place')} that others than root may write to, and should not"
        return verdict(Status.FAIL, text, lines_of(findings), findings, remedy)
    if regions:
        text = f"{counted(len(regions), 'place')} that others than root may change"
        return verdict(Status.WARN, text, lines_of(regions), regions, remedy)
    surface = subject.item(WriteSurfaceItem)
    if surface is None:
        return unknown("nothing was seen, but who the container runs as is not known")
    if surface.everything:
        text = "no other user may write what matters; the container's own is root, who may write everywhere"
        return verdict(
            Status.WARN, text, remediation="USER 10001:10001  # and: docker run --read-only --tmpfs /tmp <image>"
        )
    return verdict(Status.PASS, f"neither everyone nor uid {surface.uid} may write what matters")


_REGIONS = ("permissions.user-writes-", "permissions.root-uses-")


def check_read_only(subject: Subject) -> ControlVerdict:
    """Return what a read-only root filesystem would need; whether it is one shows at run time."""
    mounts, lines = _mounts(subject)
    flags = " ".join(f"--tmpfs {shlex.quote(printable(path))}" for path in mounts)
    text = f"a setting of the container; look at {_LOOK}"
    return verdict(Status.NOT_EVALUABLE, text, lines, remediation=f"docker run --read-only {flags} <image>")


def _mounts(subject: Subject) -> tuple[list[str], list[str]]:
    """Return the directories to mount a tmpfs on, and lines that say why."""
    surface = subject.item(WriteSurfaceItem)
    sticky, owned, usual = (surface.sticky, surface.directories, surface.usual) if surface is not None else ((),) * 3
    volumes = list(subject.manifest.config.volumes)
    lines = []
    if sticky:
        lines.append(f"everyone may write to {named(sticky)}: a tmpfs")
    if owned:
        lines.append(f"the container's user may write to {named(owned, 12)}: a tmpfs or a volume where it does")
    if volumes:
        lines.append(f"declared volumes stay writable: {named(volumes)}")
    if surface is not None and surface.everything:
        lines.append("the container runs as root and may write everywhere")
        lines += [f"services mostly write to {named(usual)}"] if usual else []
        lines.append("what it writes shows at run time: docker diff <container>")
    mounts = [path for path in dict.fromkeys(sticky or usual) if path not in volumes]
    return mounts[:6] or ["/tmp"], lines  # noqa: S108 (a mount point, no file of ours)
