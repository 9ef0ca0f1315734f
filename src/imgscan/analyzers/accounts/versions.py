"""Every layer's version of a file that was observed, so that a finding can name the layer that brought it in."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

from imgscan.analyzers.places import absolute
from imgscan.model.finding import Finding, LayerPoint, Severity, State
from imgscan.model.remedy import Action, Remedy
from imgscan.rootfs.view import ImageView, PlacedFact

ANALYZER = "accounts"

Holds: TypeAlias = Callable[[dict[str, Any]], bool]
"""Whether a version of a file says what a finding is about."""

_FILES = {
    "etc/passwd": "passwd",
    "etc/group": "group",
    "etc/shadow": "shadow",
    "etc/gshadow": "gshadow",
    "etc/sudoers": "sudoers",
    "etc/ssh/sshd_config": "sshd_config",
}

Versions: TypeAlias = Mapping[tuple[str, str], list[PlacedFact]]
"""By kind of file and path, bottom up."""


def file_versions(view: ImageView) -> Versions:
    """Return what was observed of each file on accounts; call it through ``view.derived``.

    A hardlink may give one file names of several kinds: it was read as one kind, and answers for that one alone.
    """
    found: dict[tuple[str, str], list[PlacedFact]] = {}
    for fact in view.facts(ANALYZER):
        for path in {fact.path, *fact.names}:
            found.setdefault((fact.data["file"], path), []).append(fact)
    return found


def visible_version(view: ImageView, path: str, kind: str) -> PlacedFact | None:
    """Return what was observed of the file that ``path`` leads to in the merged image, None for nothing.

    ``kind`` is that of ``file_kind``; what was read as another kind of file is not returned.
    """
    real = view.resolve(path)
    if real is None:
        return None
    found = view.derived(file_versions).get((kind, real), ())
    return found[-1] if found and real in found[-1].names else None


def visible_data(view: ImageView, path: str, kind: str) -> dict[str, Any] | None:
    """Return the data of ``visible_version``."""
    fact = visible_version(view, path, kind)
    return fact.data if fact is not None else None


def unread_findings(view: ImageView) -> Iterator[Finding]:
    """Yield a finding for each file on accounts that is there and was not read as one: a link leads elsewhere.

    Contents are read where they lie, before links are known; silence would look like an image without such users.
    """
    for path, kind in _FILES.items():
        node = view.stat(path)
        if node is None or visible_version(view, path, kind) is not None:
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


def origin(view: ImageView, path: str, kind: str, holds: Holds) -> LayerPoint | None:
    """Return the layer since which the visible version of ``path`` has said something without a break."""
    found: LayerPoint | None = None
    for fact in reversed(view.derived(file_versions).get((kind, path), ())):
        if not holds(fact.data):
            break
        found = fact.layer
    return found


def file_finding(
    view: ImageView,
    fact: PlacedFact,
    rule: str,
    severity: Severity,
    message: str,
    holds: Holds | None = None,
    line: int | None = None,
    evidence: Mapping[str, Any] | None = None,
    remediation: str = "",
    identity: str = "",
    remedies: tuple[Remedy, ...] = (),
) -> Finding:
    """Return a finding on a file; with ``holds`` its layer is the one that brought in what it is about."""
    path = fact.names[0] if fact.names else fact.path
    visible = fact.state is State.VISIBLE
    since = origin(view, path, fact.data["file"], holds) if holds is not None and visible else None
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
