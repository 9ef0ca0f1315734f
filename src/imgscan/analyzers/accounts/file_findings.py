"""Findings on files on accounts: one way to make them, and those that were not read as what their names say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from imgscan.analyzers.accounts.rules import ANALYZER
from imgscan.model.finding import Finding, Severity, State
from imgscan.model.remedy import Action, Remedy
from imgscan.rootfs.view import ImageView, LocatedFact
from imgscan.system.accounts.observed import (
    AccountFile,
    GroupFile,
    GshadowFile,
    PasswdFile,
    ShadowFile,
    SshdConfigFile,
    SudoersFile,
)
from imgscan.system.accounts.versions import FileT, Holds, origin, visible_version
from imgscan.system.file_items import absolute

_FILES: dict[str, type[AccountFile]] = {
    "etc/passwd": PasswdFile,
    "etc/group": GroupFile,
    "etc/shadow": ShadowFile,
    "etc/gshadow": GshadowFile,
    "etc/sudoers": SudoersFile,
    "etc/ssh/sshd_config": SshdConfigFile,
}


def unread_findings(view: ImageView) -> Iterator[Finding]:
    """Yield a finding for each file on accounts that is there and was not read as one: a link leads elsewhere.

    Contents are read where they lie, before links are known; silence would look like an image without such users.
    """
    for path, shape in _FILES.items():
        node = view.stat(path)
        if node is None or visible_version(view, path, shape) is not None:
            continue
        yield Finding(
            rule="accounts.not-read-whole",
            analyzer=ANALYZER,
            severity=Severity.LOW,
            message=f"leads to {absolute(node.path)}, which was not read as such a file: nobody is looked up in it",
            path=path,
            layer=view.points[node.content_layer],
            evidence={"leads_to": absolute(node.path), "kind": str(node.kind)},
            remedies=(Remedy(Action.EDIT_FILE, "cp --remove-destination", (absolute(node.path), absolute(path))),),
            identity=node.path,
        )


def file_finding(
    view: ImageView,
    fact: LocatedFact[FileT],
    rule: str,
    severity: Severity,
    message: str,
    holds: Holds[FileT] | None = None,
    line: int | None = None,
    evidence: Mapping[str, object] | None = None,
    remediation: str = "",
    identity: str = "",
    remedies: tuple[Remedy, ...] = (),
) -> Finding:
    """Return a finding on a file; with ``holds`` its layer is the one that brought in what it is about."""
    path = fact.name
    visible = fact.state is State.VISIBLE
    since = origin(view, path, fact, holds) if holds is not None and visible else None
    return Finding(
        rule=rule,
        analyzer=ANALYZER,
        severity=severity,
        message=message,
        path=path,
        line=line,
        state=fact.state,
        layer=since or fact.layer,
        removed_in=fact.removed_in,
        evidence=dict(evidence or {}),
        remediation=remediation if visible else "",
        remedies=remedies if visible else (),
        identity=identity,
    )
