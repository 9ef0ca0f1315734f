"""Bills of materials in the image and beside it (SPDX, CycloneDX), and whether they say what is installed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import msgspec

from imgscan.analyzers.bills.rules import ANALYZER, RULES
from imgscan.errors import InputError
from imgscan.formats.packages.bill_document import BillDocument, ListedPackage, attested_bill, parse_bill
from imgscan.model.entry import Entry, ImagePath
from imgscan.model.finding import Finding, Item, LayerPoint, Severity, State
from imgscan.model.interest import Interest
from imgscan.model.ledger import Cause, Gap
from imgscan.model.observed import Content
from imgscan.model.package import PackageType
from imgscan.rootfs.view import ImageView
from imgscan.system.file_items import absolute
from imgscan.system.packages.files import PackageFiles
from imgscan.system.packages.installed import installed_packages
from imgscan.system.packages.items import full_version

_SHOWN = 20
_MAY_BE_A_BILL = re.compile(r"in-toto|dsse|spdx|cyclonedx|sbom", re.IGNORECASE)
"""Media types of documents beside an image that may hold a bill; a signature's layer holds none."""
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
        bills: list[_Bill] = []
        for bill in (*self._inside(view), *_attached(view)):
            if isinstance(bill, Gap):
                yield bill
            else:
                bills.append(bill)
        if not bills:
            return
        present = _present(view)
        for bill in bills:
            absent = [package for package in bill.document.packages if _is_absent(package, present)]
            yield Item("bills", _item(bill, absent))
            if absent:
                yield _listed_and_absent(bill, absent)
        listed = {_key(package.type, package.name) for bill in bills for package in bill.document.packages}
        types = {kind for kind, _ in listed} - _NOT_COMPARED
        missing = sorted(key for key in present if key[0] in types and key not in listed)
        if missing:
            yield _present_and_not_listed(bills[0], missing)

    def _inside(self, view: ImageView) -> Iterator[_Bill | Gap]:
        """Yield the bills among the image's files."""
        for fact in view.facts(self):
            if fact.state is not State.VISIBLE:
                continue
            if fact.data.bill is None:
                yield _gap(fact.data.damage, path=fact.path)
            else:
                yield _Bill(fact.data.bill, absolute(fact.path), fact.path, fact.layer)


class _Bill(NamedTuple):
    """A bill and where it is: ``path`` and ``layer`` of one in the image, a blob's name of one beside it."""

    document: BillDocument
    name: str
    path: ImagePath | None = None
    layer: LayerPoint | None = None


def _attached(view: ImageView) -> Iterator[_Bill | Gap]:
    """Yield the bills that lie beside the image and speak of it: BuildKit's attestations, cosign's."""
    for document in view.attached:
        if document.damage or not _MAY_BE_A_BILL.search(document.media_type):
            continue
        try:
            bill = attested_bill(document.data)
        except InputError as error:
            yield _gap(str(error))
            continue
        if bill is not None:
            yield _Bill(bill, f"{document.digest} (beside the image)")


def _gap(why: str, path: ImagePath | None = None) -> Gap:
    what = "a bill of materials" if path else "a document beside the image"
    return Gap(cause=Cause.DAMAGE, what=what, why=why, path=path, rules=(f"{ANALYZER}.*",))


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


def _item(bill: _Bill, absent: Sequence[ListedPackage]) -> dict[str, object]:
    return {
        "path": bill.name,
        "form": bill.document.form,
        "layer": bill.layer.index if bill.layer else None,
        "packages": len(bill.document.packages),
        "others": bill.document.others,
        "absent": len(absent),
    }


def _listed_and_absent(bill: _Bill, absent: Sequence[ListedPackage]) -> Finding:
    names = [f"{package.type} {package.name} {package.version}".rstrip() for package in absent]
    message = f"lists {_counted(names)} that {'is' if len(names) == 1 else 'are'} not installed"
    return _finding("listed-and-absent", bill, message, names)


def _present_and_not_listed(bill: _Bill, missing: Sequence[_Key]) -> Finding:
    names = [f"{kind} {name}" for kind, name in missing]
    message = f"{_counted(names)} {'is' if len(names) == 1 else 'are'} installed and in no bill of the image"
    return _finding("present-and-not-listed", bill, message, names)


def _finding(rule: str, bill: _Bill, message: str, names: Sequence[str]) -> Finding:
    return Finding(
        rule=f"{ANALYZER}.{rule}",
        analyzer=ANALYZER,
        severity=Severity.LOW,
        message=message if bill.path is not None else f"{bill.name}: {message}",
        path=bill.path,
        layer=bill.layer,
        evidence={"count": len(names), "packages": names[:_SHOWN]},
        identity="\0".join(names[:_SHOWN]),
    )


def _counted(names: Iterable[str]) -> str:
    listed = list(names)
    return listed[0] if len(listed) == 1 else f"{len(listed)} packages"
