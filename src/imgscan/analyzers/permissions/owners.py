"""Findings on files whose owner or group no line of passwd or group names: they belong to whoever gets the number."""

from __future__ import annotations

from collections.abc import Iterator

from imgscan.analyzers.permissions.regions import regions_of
from imgscan.analyzers.permissions.rules import ANALYZER
from imgscan.analyzers.permissions.sweep import sweep
from imgscan.model.entry import EntryKind
from imgscan.model.finding import Finding, Severity
from imgscan.model.remedy import Action, Remedy
from imgscan.rootfs.view import ImageView
from imgscan.system.accounts.database import Known, account_database
from imgscan.system.accounts.runtime_user import runtime_user
from imgscan.system.tally import Tally

_MAX_FINDINGS = 20
_MAX_KEPT = 2000


def owner_findings(view: ImageView) -> Iterator[Finding]:
    """Yield a finding for each uid and gid without a name; none where the image has no passwd (or group) at all."""
    database = view.derived(account_database)
    owners = view.derived(sweep).owners
    uids = {uid for uid, _ in owners} - {user.uid for user in database.users} - {0}
    gids = {gid for _, gid in owners} - {group.gid for group in database.groups} - {0}
    uids = uids if database.passwd is Known.READ else set()
    gids = gids if database.group is Known.READ else set()
    if not uids and not gids:
        return
    tallies: dict[tuple[str, int], Tally] = {}
    touching: set[tuple[str, int]] = set()
    regions = view.derived(regions_of)
    for path, entry, inode in view.rows():
        for what, number in (("uid", entry.uid), ("gid", entry.gid)):
            if number in (uids if what == "uid" else gids):
                if (what, number) not in tallies and len(tallies) >= _MAX_KEPT:
                    continue
                tallies.setdefault((what, number), Tally()).add(path, entry, inode)
                if what == "uid" and regions.touched(path, entry.kind is EntryKind.DIRECTORY) is not None:
                    touching.add((what, number))
    ranked = sorted(tallies.items(), key=lambda item: (-item[1].count, item[0]))
    user = view.derived(runtime_user)
    for (what, number), tally in ranked[:_MAX_FINDINGS]:
        if what == "gid" and ("uid", number) in tallies:
            continue  # one cause: told with the uid of the same number
        severity = Severity.MEDIUM if (what, number) in touching else Severity.LOW
        is_user = number == (user.uid if what == "uid" else user.gid)
        also = ", which the container runs as" if is_user else ""
        name = "/etc/passwd" if what == "uid" else "/etc/group"
        yield Finding(
            rule=f"{ANALYZER}.unknown-{'owner' if what == 'uid' else 'group'}",
            analyzer=ANALYZER,
            severity=Severity.INFO if is_user else severity,
            message=f"{tally.what()} of {what} {number}{also}, which no line of {name} names",
            path=tally.common,
            layer=tally.layer(view),
            evidence={**tally.evidence(), what: number},
            remedies=(_remedy(what, number),),
            identity=f"{what} {number}",
        )
    numbers = len(uids) + len(gids)
    if numbers > _MAX_FINDINGS:
        yield Finding(
            rule=f"{ANALYZER}.unknown-owner",
            analyzer=ANALYZER,
            severity=Severity.LOW,
            message=f"{numbers - _MAX_FINDINGS} more numbers that no line of /etc/passwd or /etc/group names",
            path="",
            evidence={"ids": [f"{what} {number}" for (what, number), _ in ranked[_MAX_FINDINGS : 3 * _MAX_FINDINGS]]},
            identity="rest",
        )


def _remedy(what: str, number: int) -> Remedy:
    change = "chown -h root" if what == "uid" else "chgrp -h root"
    return Remedy(Action.CHANGE_OWNER, f"find / -xdev -{what} {number} -exec {change} {{}} +")
