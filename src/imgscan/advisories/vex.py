"""VEX documents: statements that a vulnerability does not concern a product, and why.

Sources: OpenVEX 0.2.0, "Statements"; CycloneDX 1.6, ``vulnerabilities[].analysis``; CSAF 2.0, profile 5 ("VEX").
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from urllib.parse import unquote

import msgspec

from imgscan.advisories.csaf import products_of
from imgscan.errors import UsageError
from imgscan.model.image import ImageManifest
from imgscan.model.vulnerability import Vulnerability
from imgscan.printable import printable

_CLEARED = {
    "not_affected": "not affected",
    "fixed": "fixed",
    "resolved": "resolved",
    "resolved_with_pedigree": "resolved",
    "false_positive": "a false positive",
}


class VexStatement(msgspec.Struct, frozen=True):
    """Vulnerabilities (ids and aliases) that do not concern some products: package URLs, digests or names of images.

    Without products a statement is about whatever image it is held against.
    """

    ids: frozenset[str]
    products: tuple[str, ...]
    reason: str

    def excuse(self, item: Vulnerability, image: ImageManifest) -> str | None:
        """Return why this vulnerability of this image does not count, None where the statement is not about it."""
        if self.ids.isdisjoint((item.id, *item.aliases)):
            return None
        fits = not self.products or any(_is_product(text, item, image) for text in self.products)
        return self.reason if fits else None


def excuse_of(statements: Iterable[VexStatement], item: Vulnerability, image: ImageManifest) -> str | None:
    """Return why the first statement that is about a vulnerability takes it out, None where none is."""
    return next((reason for each in statements if (reason := each.excuse(item, image)) is not None), None)


def _is_product(text: str, item: Vulnerability, image: ImageManifest) -> bool:
    if not text.startswith("pkg:"):
        return text in {image.image_id, image.manifest_digest, *image.references}
    kind, _, rest = text.removeprefix("pkg:").partition("/")
    named, _, version = rest.partition("?")[0].partition("#")[0].rpartition("@") if "@" in rest else (rest, "", "")
    named = named.partition("?")[0]
    version = unquote(version)
    if kind == "oci":
        digests = {image.image_id, image.manifest_digest}
        return version in digests if version else any(_image_name(name) == named for name in image.references)
    name = unquote(named.rpartition("/")[2])
    whole = unquote(named)
    return item.package in (name, whole) and version in ("", item.version)


def _image_name(reference: str) -> str:
    return reference.rpartition("/")[2].partition("@")[0].partition(":")[0]


class _Named(msgspec.Struct, frozen=True):
    name: str = ""
    aliases: tuple[str, ...] = ()


class _Product(msgspec.Struct, frozen=True, rename={"id": "@id"}):
    id: str = ""
    identifiers: dict[str, str] = {}
    hashes: dict[str, str] = {}
    subcomponents: tuple[_Product, ...] = ()

    def names(self) -> Iterator[str]:
        """Yield what names it: where parts are named, those alone are meant."""
        if self.subcomponents:
            for part in self.subcomponents:
                yield from part.names()
            return
        yield from filter(None, (self.id, self.identifiers.get("purl", "")))


class _OpenStatement(msgspec.Struct, frozen=True):
    status: str
    vulnerability: _Named | str = ""
    products: tuple[_Product | str, ...] = ()
    justification: str = ""
    impact_statement: str = ""


class _OpenVex(msgspec.Struct, frozen=True):
    statements: tuple[_OpenStatement, ...]


class _Analysis(msgspec.Struct, frozen=True):
    state: str = ""
    justification: str = ""
    detail: str = ""


class _Affects(msgspec.Struct, frozen=True):
    ref: str = ""


class _CycloneItem(msgspec.Struct, frozen=True):
    id: str = ""
    analysis: _Analysis = _Analysis()
    affects: tuple[_Affects, ...] = ()


class _Component(msgspec.Struct, frozen=True, rename={"ref": "bom-ref"}):
    ref: str = ""
    purl: str = ""


class _Cyclone(msgspec.Struct, frozen=True):
    vulnerabilities: tuple[_CycloneItem, ...] = ()
    components: tuple[_Component, ...] = ()


class _Flag(msgspec.Struct, frozen=True):
    label: str = ""


class _CsafItem(msgspec.Struct, frozen=True):
    cve: str = ""
    product_status: dict[str, list[str]] = {}
    flags: tuple[_Flag, ...] = ()


class _Csaf(msgspec.Struct, frozen=True):
    vulnerabilities: tuple[_CsafItem, ...] = ()


class _Head(msgspec.Struct, frozen=True):
    statements: msgspec.Raw = msgspec.Raw()
    bomFormat: str = ""  # noqa: N815 (the name of the document)
    document: msgspec.Raw = msgspec.Raw()


def parse_vex(data: bytes, name: str) -> tuple[VexStatement, ...]:
    """Return what a VEX document takes out; ``name`` is its file, fit to be shown.

    Raises:
        UsageError: it is none of the three forms.
    """
    try:
        head = msgspec.json.decode(data, type=_Head)
        if head.bomFormat == "CycloneDX":
            return tuple(_of_cyclonedx(msgspec.json.decode(data, type=_Cyclone)))
        if bytes(head.statements):
            return tuple(_of_openvex(msgspec.json.decode(data, type=_OpenVex).statements))
        if bytes(head.document):
            return tuple(_of_csaf(msgspec.json.decode(data, type=_Csaf).vulnerabilities, products_of(data)))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UsageError(f"{name}: not a readable VEX document ({printable(str(error))})") from None
    raise UsageError(f"{name}: neither OpenVEX nor CycloneDX nor CSAF")


def _reason(state: str, *more: str) -> str:
    words = " ".join("; ".join(text.replace("_", " ") if " " not in text else text for text in more if text).split())
    return f"{_CLEARED[state]}: {words}" if words else _CLEARED[state]


def _of_openvex(statements: Iterable[_OpenStatement]) -> Iterator[VexStatement]:
    for item in statements:
        if item.status not in _CLEARED:
            continue
        named = item.vulnerability
        ids = (named,) if isinstance(named, str) else (named.name, *named.aliases)
        products = [
            name for product in item.products for name in ((product,) if isinstance(product, str) else product.names())
        ]
        if item.products and not products:
            continue  # products that nothing here can name: not a statement about everything
        reason = _reason(item.status, item.justification, item.impact_statement)
        yield VexStatement(frozenset(filter(None, ids)), tuple(products), reason)


def _of_cyclonedx(document: _Cyclone) -> Iterator[VexStatement]:
    purls = {item.ref: item.purl for item in document.components if item.ref and item.purl}
    for item in document.vulnerabilities:
        if item.analysis.state in _CLEARED and item.affects:
            products = tuple(purls.get(target.ref, target.ref.rpartition("#")[2]) for target in item.affects)
            reason = _reason(item.analysis.state, item.analysis.justification, item.analysis.detail)
            yield VexStatement(frozenset({item.id}), products, reason)


def _of_csaf(items: Iterable[_CsafItem], products: dict[str, str]) -> Iterator[VexStatement]:
    for item in items:
        for status, state in (("known_not_affected", "not_affected"), ("fixed", "fixed")):
            named: Sequence[str] = [products[name] for name in item.product_status.get(status, ()) if name in products]
            if named:
                labels = (flag.label for flag in item.flags) if state == "not_affected" else ()
                yield VexStatement(frozenset({item.cve}), tuple(named), _reason(state, *labels))
