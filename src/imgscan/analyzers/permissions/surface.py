"""Findings on what others than root may change: everyone, the container's user, owners of what root runs."""

from __future__ import annotations

from collections.abc import Iterator

from imgscan.analyzers.permissions.regions import WHAT, Region
from imgscan.analyzers.permissions.rules import ANALYZER
from imgscan.analyzers.permissions.sweep import sweep
from imgscan.formats.path import base_name
from imgscan.model.finding import Finding, Severity
from imgscan.model.remedy import Action, Remedy
from imgscan.rootfs.view import ImageView
from imgscan.system.accounts.runtime_user import RuntimeUser, runtime_user
from imgscan.system.file_items import absolute
from imgscan.system.tally import Tally
from imgscan.wording import counted

_SEVERITY = {
    Region.PROGRAMS: Severity.HIGH,
    Region.LIBRARIES: Severity.HIGH,
    Region.SCHEDULE: Severity.HIGH,
    Region.ACCOUNTS: Severity.HIGH,
    Region.SERVICES: Severity.MEDIUM,
    Region.TRUST: Severity.MEDIUM,
    Region.START: Severity.MEDIUM,
    Region.CODE: Severity.LOW,
}
_SYSTEM = ("usr", "bin", "sbin", "lib", "lib64", "etc")
_MAX_FINDINGS = 20
_EVERYWHERE = "find / -xdev ! -type l -perm -o+w ! -perm -1000 ! -path /tmp ! -path /var/tmp -exec chmod o-w {} +"
_TEMPORARY = frozenset({"tmp", "shm", "mqueue", "lock"})


def world_findings(view: ImageView) -> Iterator[Finding]:
    """Yield findings on files, and directories without the sticky bit, that everyone may write to."""
    result = sorted(
        view.derived(sweep).world.items(), key=lambda item: (item[0][0] is None, -item[1].count, item[1].common)
    )
    for (region, _), tally in result[:_MAX_FINDINGS]:
        single = tally.count == 1
        kind = "directory" if tally.directories else "file"
        what = f"this {kind}" if single else f"{tally.what()} here"
        without = ", without the sticky bit" if tally.directories else ""
        inside = f": {WHAT[region]}" if region is not None else ""
        yield Finding(
            rule=f"{ANALYZER}.world-writable-{kind}",
            analyzer=ANALYZER,
            severity=Severity.MEDIUM if region is None else Severity.HIGH,
            message=f"everyone may write to {what}{without}{inside}",
            path=tally.common,
            layer=tally.layer(view),
            evidence={**tally.evidence(), "region": region},
            remedies=(_remedy(tally, single),),
            identity=str(region or ""),
        )
    if len(result) > _MAX_FINDINGS:
        count = sum(tally.count for _, tally in result[_MAX_FINDINGS:])
        yield Finding(
            rule=f"{ANALYZER}.world-writable-file",
            analyzer=ANALYZER,
            severity=Severity.MEDIUM,
            message=f"everyone may write to {count} other paths in {counted(len(result) - _MAX_FINDINGS, 'place')}",
            path="",
            evidence={"places": [absolute(tally.common) for _, tally in result[_MAX_FINDINGS : 2 * _MAX_FINDINGS]]},
            remedies=(Remedy(Action.CHANGE_MODE, _EVERYWHERE),),
            identity="rest",
        )


def _remedy(tally: Tally, single: bool) -> Remedy:
    """Return what closes a place; directories for everybody's temporary files stay open, and get their bit."""
    temporary = single and tally.directories and base_name(tally.common) in _TEMPORARY
    mode = "1777" if temporary else "o-w" if single else "-R o-w"
    return Remedy(Action.CHANGE_MODE, f"chmod {mode}", (absolute(tally.common),))


def user_findings(view: ImageView) -> Iterator[Finding]:
    """Yield a finding for each region that the container's user may change; none for root, who may change all."""
    user = view.derived(runtime_user)
    for region, tally in view.derived(sweep).user.items():
        is_application = not any(path.split("/", 1)[0] in _SYSTEM for path, _ in tally.first)
        severity = min(_SEVERITY[region], Severity.MEDIUM) if is_application else _SEVERITY[region]
        yield _region_finding(
            view,
            f"user-writes-{region}",
            severity,
            f"{user.description()}, whom the container runs as, may change {WHAT[region]}: {tally.what()}",
            region,
            tally,
        )


def root_findings(view: ImageView) -> Iterator[Finding]:
    """Yield a finding for each region that root runs or trusts and another user may change."""
    user: RuntimeUser = view.derived(runtime_user)
    for region, tally in view.derived(sweep).others.items():
        if region in (Region.CODE, Region.START) and not user.is_root:
            continue  # what another user runs
        yield _region_finding(
            view,
            f"root-uses-{region}",
            min(_SEVERITY[region], Severity.MEDIUM),
            f"another user than root may change {WHAT[region]}: {tally.what()}",
            region,
            tally,
        )


def _region_finding(
    view: ImageView, rule: str, severity: Severity, message: str, region: Region, tally: Tally
) -> Finding:
    paths = [path for path, _ in tally.first[:3]]
    # -R reaches what lies below.
    below = tuple(f"{other}/" for other in paths)
    tops = tuple(absolute(path) for path in paths if not path.startswith(below))
    return Finding(
        rule=f"{ANALYZER}.{rule}",
        analyzer=ANALYZER,
        severity=severity,
        message=message,
        path=tally.common,
        layer=tally.layer(view),
        evidence={**tally.evidence(), "region": region},
        remedies=(
            Remedy(Action.CHANGE_OWNER, "chown -R root:root", tops),
            Remedy(Action.CHANGE_MODE, "chmod -R go-w", tops),
        ),
        identity=region,
    )
