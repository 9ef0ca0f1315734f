"""Modified files as findings: one a file, or one a package where a layer changed many of its files."""

from __future__ import annotations

import shlex
from collections import defaultdict
from collections.abc import Iterator

from imgscan.analyzers.integrity.rules import ANALYZER
from imgscan.model.finding import Finding, Severity
from imgscan.model.package import SYSTEM_TYPES
from imgscan.model.remedy import Action, Remedy
from imgscan.rootfs.view import ImageView
from imgscan.system.file_items import absolute
from imgscan.system.packages.owners import Owners, owners
from imgscan.system.packages.verify import Modified, Verification

_MAX_SINGLE = 5
_SHOWN = 50
_HOW = {
    "content": "its content is not what {package} installed",
    "size": "rewritten with another size by a layer that did not install {package}",
    "time": "written anew with the same size by a layer that did not install {package}; too large to be compared",
    "kind": "no longer the file that {package} installed but a {found}",
}


def modified_findings(view: ImageView, result: Verification) -> Iterator[Finding]:
    """Yield the findings on modified files."""
    index = view.derived(owners)
    groups: dict[tuple[str, str, int], list[Modified]] = defaultdict(list)
    for item in result.modified.values():
        groups[item.package.database, item.package.title, item.layer].append(item)
    for items in groups.values():
        if len(items) > _MAX_SINGLE:
            yield _group(view, sorted(items, key=lambda item: item.path))
        else:
            yield from (_single(view, index, item) for item in items)


def _severity(item: Modified) -> Severity:
    proved = item.package.record.type in SYSTEM_TYPES and item.how != "time"
    return Severity.HIGH if proved else Severity.MEDIUM


def _single(view: ImageView, index: Owners, item: Modified) -> Finding:
    package = item.package
    rewritten = [layer for layer, paths in package.rewritten if item.path in map(index.real, paths)]
    same_layer = item.layer == package.layer
    message = _HOW[item.how].format(package=package.title, found=item.actual)
    return Finding(
        rule="integrity.modified",
        analyzer=ANALYZER,
        severity=_severity(item),
        message=message + ("" if same_layer else f"; changed in layer {item.layer}, installed in {package.layer}"),
        path=item.path,
        layer=view.points[item.layer],
        evidence={
            "package": package.title,
            "type": str(package.record.type),
            "installed_in": package.layer,
            "recorded": item.recorded,
            "found": item.actual,
            "how": item.how,
            "list_rewritten_in": rewritten,
        },
        remedies=_remedies(item),
        identity=item.actual,
    )


def _group(view: ImageView, items: list[Modified]) -> Finding:
    first = items[0]
    package = first.package
    return Finding(
        rule="integrity.modified-package",
        analyzer=ANALYZER,
        severity=_severity(first),
        message=f"{len(items)} files are not what {package.title} installed",
        path=package.database,
        layer=view.points[first.layer],
        evidence={
            "package": package.title,
            "type": str(package.record.type),
            "installed_in": package.layer,
            "count": len(items),
            "paths": [absolute(item.path) for item in items[:_SHOWN]],
        },
        remedies=_remedies(first),
        identity=" ".join([package.title, *(item.actual for item in items[:_SHOWN])]),
    )


def _remedies(item: Modified) -> tuple[Remedy, ...]:
    record = item.package.record
    name, version = shlex.quote(record.name), shlex.quote(record.version)  # the image's words, not to be obeyed
    command = {
        "deb": f"apt-get update && apt-get install -y --reinstall {name} && rm -rf /var/lib/apt/lists/*",
        "apk": f"apk fix {name}",
        "rpm": f"dnf reinstall -y {name}",
        "alpm": f"pacman -S --noconfirm {name}",
        "pypi": f"pip install --force-reinstall --no-deps {name}=={version}",
    }.get(str(record.type), "")
    return (Remedy(Action.RESTORE, command),) if command else ()
