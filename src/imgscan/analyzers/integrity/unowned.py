"""Programs and libraries that no package brought."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from imgscan.analyzers.integrity.rules import ANALYZER
from imgscan.formats.path import parent_of
from imgscan.model.finding import Finding, Item, Severity
from imgscan.model.ledger import Cause, Gap
from imgscan.rootfs.view import ImageView, LocatedFact
from imgscan.system.file_items import absolute
from imgscan.system.packages.digests import visible_programs
from imgscan.system.packages.owners import Owners
from imgscan.system.packages.programs import CodeType, HashedFile

_SHOWN = 20
_MAX_ITEMS = 20_000
_BUILDERS = frozenset({"usr/sbin/policy-rc.d"})
"""What builders of images put there, so that no daemon is started while packages are installed."""
_SYSTEM = ("bin/", "sbin/", "lib", "usr/bin/", "usr/sbin/", "usr/lib", "etc/")


def unowned_programs(view: ImageView, index: Owners) -> Iterator[Finding | Item | Gap]:
    """Yield an item for each ELF file and executable script without an owner, and a finding a directory and layer.

    Where no system database was read nothing is said to lack an owner: one gap says why.
    """
    nobodys = [fact for fact in _programs(view) if not any(index.package(name) for name in fact.names)]
    result = [fact for fact in nobodys if index.covers(fact.names[0])]
    if len(result) < len(nobodys):
        count = len(nobodys) - len(result)
        yield Gap(cause=Cause.MISSING, what="owners of programs", count=count, why=index.unknown_reason())
    if not result:
        return
    for fact in result[:_MAX_ITEMS]:
        yield Item("unowned_programs", _item(fact))
    if len(result) > _MAX_ITEMS:
        count = len(result) - _MAX_ITEMS
        why = "more than the report lists"
        yield Gap(cause=Cause.LIMIT, what="items of programs without an owner", count=count, why=why)
    groups: dict[tuple[str, int], list[LocatedFact[HashedFile]]] = defaultdict(list)
    for fact in result:
        groups[_group_folder(fact.names[0]), fact.layer.index].append(fact)
    for (folder, _), facts in groups.items():
        yield _finding(folder, facts)


def _programs(view: ImageView) -> Iterator[LocatedFact[HashedFile]]:
    for fact in view.derived(visible_programs):
        code_type = fact.data.type
        if code_type is CodeType.ELF or (code_type is CodeType.SCRIPT and fact.entry.mode & 0o111):
            yield fact


def _group_folder(path: str) -> str:
    """Return the directory to group by: of the system's the whole path, of others the first two components."""
    folder = parent_of(path)
    return folder if path.startswith(_SYSTEM) else "/".join(folder.split("/")[:2])


def _item(fact: LocatedFact[HashedFile]) -> dict[str, object]:
    return {
        "path": absolute(fact.names[0]),
        "names": [absolute(name) for name in fact.names],
        "kind": str(fact.data.type),
        "mode": f"{fact.entry.mode:04o}",
        "uid": fact.entry.uid,
        "gid": fact.entry.gid,
        "size": fact.entry.size,
        "sha256": fact.data.digests.sha256,
        "layer": fact.layer.index,
        "created_by": fact.layer.created_by,
        "package": None,
    }


def _finding(folder: str, facts: list[LocatedFact[HashedFile]]) -> Finding:
    system = any(fact.names[0].startswith(_SYSTEM) for fact in facts)
    kinds = sorted({str(fact.data.type) for fact in facts})
    paths = sorted(fact.names[0] for fact in facts)
    return Finding(
        rule="integrity.unowned-system-program" if system else "integrity.unowned-program",
        analyzer=ANALYZER,
        severity=_severity(facts) if system else Severity.INFO,
        message=_message(facts, kinds),
        path=paths[0] if len(paths) == 1 else folder,
        layer=facts[0].layer,
        evidence={"count": len(facts), "paths": [absolute(path) for path in paths[:_SHOWN]]},
        remediation="install it as a package, or keep its digest on record" if system else "",
        identity=" ".join(sorted(str(fact.data.digests.sha256 or fact.data.digests.md5) for fact in facts)[:_SHOWN]),
    )


def _severity(facts: list[LocatedFact[HashedFile]]) -> Severity:
    return Severity.LOW if _BUILDERS.issuperset(fact.names[0] for fact in facts) else Severity.MEDIUM


def _message(facts: list[LocatedFact[HashedFile]], kinds: list[str]) -> str:
    if len(facts) == 1:
        return f"{_KINDS.get(kinds[0], 'a program')} that no package installed"
    return f"{len(facts)} programs or libraries ({', '.join(kinds)}) that no package installed"


_KINDS = {"elf": "a program or library", "script": "a script"}
