"""CSAF documents of vendors (Red Hat, SUSE): advisories and VEX files. Source: CSAF 2.0, sections 3.2.2 and 3.2.3."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from urllib.parse import unquote

import msgspec

from imgscan.advisories.modules import named_streams, stream_of
from imgscan.advisories.record import Advisory, Event, Statement
from imgscan.advisories.severity import rating_of_score, rating_of_word
from imgscan.errors import ManifestError, Position
from imgscan.model.vulnerability import Rating

_MAX_DEPTH = 40
_MAX_NOTE = 60
# Red Hat's ids of products: AppStream-8.8.0:nodejs:18:8080020230718100218:63b34585:nodejs-1:18.16.1-1..., or
# red_hat_enterprise_linux_8:nodejs:18/nodejs.
_MODULE = re.compile(r":([\w.+-]+:[\w.+-]+)(?::\d{10,}:[0-9a-f]+:|/)")
_PURL = re.compile(r"pkg:rpm/(redhat|suse|opensuse)/([^@?#]+)(?:@([^?#]*))?(?:\?([^#]*))?")


class _Helper(msgspec.Struct, frozen=True):
    purl: str = ""
    cpe: str = ""


class _Product(msgspec.Struct, frozen=True):
    product_id: str = ""
    name: str = ""
    product_identification_helper: _Helper | None = None


class _Branch(msgspec.Struct, frozen=True):
    product: _Product | None = None
    branches: tuple[_Branch, ...] = ()


class _Relationship(msgspec.Struct, frozen=True):
    full_product_name: _Product
    product_reference: str = ""
    relates_to_product_reference: str = ""


class _Tree(msgspec.Struct, frozen=True):
    branches: tuple[_Branch, ...] = ()
    full_product_names: tuple[_Product, ...] = ()
    relationships: tuple[_Relationship, ...] = ()


class _Cvss(msgspec.Struct, frozen=True, rename={"score": "baseScore"}):
    score: float = 0.0


class _Score(msgspec.Struct, frozen=True):
    cvss_v3: _Cvss | None = None
    cvss_v2: _Cvss | None = None
    products: tuple[str, ...] = ()


class _Threat(msgspec.Struct, frozen=True):
    category: str = ""
    details: str = ""
    product_ids: tuple[str, ...] = ()


class _Vulnerability(msgspec.Struct, frozen=True):
    cve: str = ""
    title: str = ""
    product_status: dict[str, list[str]] = {}
    scores: tuple[_Score, ...] = ()
    threats: tuple[_Threat, ...] = ()
    remediations: tuple[_Threat, ...] = ()


class _Tracking(msgspec.Struct, frozen=True):
    id: str = ""
    current_release_date: str = ""


class _Head(msgspec.Struct, frozen=True):
    tracking: _Tracking = _Tracking()


class _Document(msgspec.Struct, frozen=True):
    document: _Head
    product_tree: _Tree = _Tree()
    vulnerabilities: tuple[_Vulnerability, ...] = ()


class _Named(msgspec.Struct, frozen=True):
    """A product: the package (a package URL) of a platform (its CPE, its name)."""

    purl: str
    cpe: str = ""
    platform: str = ""


def products_of(data: bytes) -> dict[str, str]:
    """Return the package URL of each product of a document that has one, by the product's id.

    Raises:
        msgspec.DecodeError: it is no such document.
    """
    tree = msgspec.json.decode(data, type=_Document).product_tree
    return {name: product.purl for name, product in _products(tree).items() if product.purl}


def csaf_advisories(data: bytes, name: str) -> Iterator[Advisory]:
    """Yield one advisory a vulnerability of the document, with what it says of rpm packages.

    Raises:
        ManifestError: it is no such document.
    """
    try:
        document = msgspec.json.decode(data, type=_Document)
        products = _products(document.product_tree)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ManifestError(f"no document of CSAF ({error})", Position(source=name)) from None
    tracking = document.document.tracking
    for item in document.vulnerabilities:
        if item.cve:
            yield Advisory(
                id=f"{item.cve}+{tracking.id}",
                source="csaf",
                modified=tracking.current_release_date,
                aliases=(item.cve,),
                summary=" ".join(item.title[:600].split())[:300],
                statements=tuple(_statements(item, products)),
            )


def _products(tree: _Tree) -> dict[str, _Named]:
    given = list(tree.full_product_names)
    rest: list[tuple[_Branch, int]] = [(branch, 0) for branch in tree.branches]
    while rest:
        branch, depth = rest.pop()
        if branch.product is not None:
            given.append(branch.product)
        if depth < _MAX_DEPTH:
            rest += [(below, depth + 1) for below in branch.branches]
    helpers = {item.product_id: (item.product_identification_helper or _Helper(), item.name) for item in given}
    result = {name: _Named(helper.purl, helper.cpe, title) for name, (helper, title) in helpers.items()}
    none = (_Helper(), "")
    for relation in tree.relationships:
        package, _ = helpers.get(relation.product_reference, none)
        platform, title = helpers.get(relation.relates_to_product_reference, none)
        result[relation.full_product_name.product_id] = _Named(package.purl, platform.cpe, title)
    return result


def _statements(item: _Vulnerability, products: dict[str, _Named]) -> Iterator[Statement]:
    seen: set[Statement] = set()
    for status in ("fixed", "known_affected"):
        for name in item.product_status.get(status, ()):
            statement = _statement(item, name, products.get(name), fixed=status == "fixed")
            if statement is not None and statement not in seen:
                seen.add(statement)
                yield statement


def _statement(item: _Vulnerability, name: str, product: _Named | None, *, fixed: bool) -> Statement | None:
    match = _PURL.match(product.purl) if product is not None else None
    if product is None or match is None:
        return None
    ecosystem, release = _release(match[1], product)
    version = unquote(match[3] or "")
    if not release or (fixed and not version):
        return None
    qualifiers = dict(part.partition("=")[::2] for part in (match[4] or "").split("&"))
    epoch = qualifiers.get("epoch", "")
    of_product = _MODULE.search(name)
    stream = stream_of(unquote(qualifiers.get("rpmmod", ""))) or (of_product[1] if of_product is not None else "")
    if epoch not in ("", "0"):
        version = f"{epoch}:{version}"
    events = (Event(introduced="0"), Event(fixed=version)) if fixed else (Event(introduced="0"),)
    return Statement(
        ecosystem=ecosystem,
        release=release,
        package=unquote(match[2]),
        rating=str(_rating(item, name)),
        ranges=(events,),
        note="" if fixed else _detail(item.remediations, name, ("no_fix_planned", "none_available"))[:_MAX_NOTE],
        streams=(stream,) if stream else named_streams("", (version,)),
    )


def _release(vendor: str, product: _Named) -> tuple[str, str]:
    if vendor == "redhat":
        return "Red Hat", product.cpe.partition(":redhat:")[2]
    word = "SUSE " if vendor == "suse" else "openSUSE "
    return word.strip(), product.platform.removeprefix(word)


def _rating(item: _Vulnerability, name: str) -> Rating:
    rating = rating_of_word(_detail(item.threats, name, ("impact",)))
    if rating is not Rating.UNKNOWN:
        return rating
    scores = [
        value.score
        for score in item.scores
        if not score.products or name in score.products
        for value in (score.cvss_v3 or score.cvss_v2,)
        if value is not None
    ]
    return rating_of_score(max(scores)) if scores else Rating.UNKNOWN


def _detail(threats: Sequence[_Threat], name: str, categories: tuple[str, ...]) -> str:
    fitting = (item for item in threats if item.category in categories)
    return next((item.details for item in fitting if not item.product_ids or name in item.product_ids), "")
