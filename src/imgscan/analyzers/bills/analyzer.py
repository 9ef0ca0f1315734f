"""Bills of materials in the image (SPDX, CycloneDX), and whether they say what is installed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from imgscan.analyzers.bills.rules import ANALYZER, RULES
from imgscan.errors import InputError
from imgscan.formats.packages.bill_document import BillDocument, ListedPackage, parse_bill
from imgscan.model.entry import Entry
from imgscan.model.finding import Finding, Item, Severity, State
from imgscan.model.interest import Interest
from imgscan.model.ledger import Cause, Gap
from imgscan.model.observed import Content
from imgscan.model.package import PackageType
from imgscan.rootfs.view import ImageView, LocatedFact
from imgscan.system.file_items import absolute
from imgscan.system.packages.files import PackageFiles
from imgscan.system.packages.installed import installed_packages
from imgscan.system.packages.items import full_version

_SHOWN = 20
_NOT_COMPARED = frozenset({PackageType.GOLANG, PackageType.CARGO, PackageType.GENERIC})
"""What other analyzers list, out of programs: a bill of a source tree names what no program took in."""
_Key = tuple[PackageType, str]


class BillFact(msgspec.Struct, frozen=True):
    """A bill of one layer, or why it could not be read."""

    bill: BillDocument | None = None
    damage: str = ""


class Bills:
    """Reads what BuildKit, apko, Bitnami and builds leave in an image: which packages it is said to have."""

    id = ANALYZER
    rules = RULES
    needs = (PackageFiles,)
    version = 1
    fact = BillFact
    interest = Interest(
        names=frozenset({"sbom.json", "bom.json", "sbom.spdx.json", "sbom.cdx.json", "cyclonedx.json"}),
        suffixes=frozenset({".spdx.json", ".cdx.json", ".cyclonedx.json", ".spdx"}),
        globs=("usr/share/sbom/*.json", "var/lib/db/sbom/*.json", "usr/local/share/sbom/*.json"),
        max_content_bytes=64 * 1024 * 1024,
    )

    def observe(self, entry: Entry, content: Content) -> Iterator[BillFact]:
        """Yield the bill, or what is wrong with a file that is called one."""
        if not content.whole:
            yield BillFact(damage=f"only {len(content.data)} of its {content.size} bytes were at hand")
            return
        if content.data.lstrip()[:1] != b"{":
            return  # SPDX's tag-value form, or none at all
        try:
            yield BillFact(parse_bill(content.data))
        except InputError as error:
            if b'"spdxVersion"' in content.data or b'"bomFormat"' in content.data:
                yield BillFact(damage=str(error))

    def conclude(self, view: ImageView) -> Iterator[Finding | Item | Gap]:
        """Yield an item a bill, and where they and the packages differ."""
        bills: list[tuple[LocatedFact[BillFact], BillDocument]] = []
        for fact in view.facts(self):
            if fact.state is not State.VISIBLE:
                continue
            if fact.data.bill is None:
                why = f"{fact.data.damage}"
                yield Gap(
                    cause=Cause.DAMAGE, what="a bill of materials", why=why, path=fact.path, rules=(f"{ANALYZER}.*",)
                )
            else:
                bills.append((fact, fact.data.bill))
        if not bills:
            return
        present = _present(view)
        for fact, bill in bills:
            absent = [package for package in bill.packages if _is_absent(package, present)]
            yield Item("bills", _item(fact, bill, absent))
            if absent:
                yield _listed_and_absent(view, fact, absent)
        listed = {_key(package.type, package.name) for _, bill in bills for package in bill.packages}
        types = {kind for kind, _ in listed} - _NOT_COMPARED
        missing = sorted(key for key in present if key[0] in types and key not in listed)
        if missing:
            yield _present_and_not_listed(bills[0][0], missing)


def _present(view: ImageView) -> dict[_Key, set[str]]:
    """Return the versions of each package that is installed."""
    installed = view.derived(installed_packages)
    result: dict[_Key, set[str]] = {}
    for package in (*installed.system, *installed.language):
        record = package.record
        name = f"{record.namespace}/{record.name}" if record.namespace else record.name
        result.setdefault(_key(record.type, name), set()).update((record.version, full_version(record)))
    return result


def _key(kind: PackageType, name: str) -> _Key:
    return kind, re.sub(r"[-_.]+", "-", name).lower() if kind is PackageType.PYPI else name


def _is_absent(package: ListedPackage, present: dict[_Key, set[str]]) -> bool:
    if package.type in _NOT_COMPARED:
        return False
    versions = present.get(_key(package.type, package.name), set())
    return package.version not in versions if package.version else not versions


def _item(fact: LocatedFact[BillFact], bill: BillDocument, absent: Sequence[ListedPackage]) -> dict[str, object]:
    return {
        "path": absolute(fact.path),
        "form": bill.form,
        "layer": fact.layer.index,
        "packages": len(bill.packages),
        "others": bill.others,
        "absent": len(absent),
    }


def _listed_and_absent(view: ImageView, fact: LocatedFact[BillFact], absent: Sequence[ListedPackage]) -> Finding:
    names = [f"{package.type} {package.name} {package.version}".rstrip() for package in absent]
    return Finding(
        rule="bills.listed-and-absent",
        analyzer=ANALYZER,
        severity=Severity.LOW,
        message=f"lists {_counted(names)} that {'is' if len(names) == 1 else 'are'} not installed",
        path=fact.path,
        layer=fact.layer,
        evidence={"count": len(names), "packages": names[:_SHOWN]},
        identity="\0".join(names[:_SHOWN]),
    )


def _present_and_not_listed(fact: LocatedFact[BillFact], missing: Sequence[_Key]) -> Finding:
    names = [f"{kind} {name}" for kind, name in missing]
    return Finding(
        rule="bills.present-and-not-listed",
        analyzer=ANALYZER,
        severity=Severity.LOW,
        message=f"{_counted(names)} {'is' if len(names) == 1 else 'are'} installed and in no bill of the image",
        path=fact.path,
        layer=fact.layer,
        evidence={"count": len(names), "packages": names[:_SHOWN]},
        identity="\0".join(names[:_SHOWN]),
    )


def _counted(names: Iterable[str]) -> str:
    listed = list(names)
    return listed[0] if len(listed) == 1 else f"{len(listed)} packages"
