"""Package URLs. Source: package-url/purl-spec, PURL-SPECIFICATION "rules for each component" and PURL-TYPES."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

_LOWER_NAME = frozenset("alpm apk bitbucket composer deb github golang hex npm pypi".split())
_LOWER_NAMESPACE = frozenset("alpm apk bitbucket composer deb github golang hex npm rpm".split())


def make_purl(
    kind: str,
    name: str,
    version: str = "",
    namespace: str = "",
    qualifiers: Mapping[str, str] | None = None,
    subpath: str = "",
) -> str:
    """Return the canonical package URL; the empty string where ``kind`` or ``name`` is empty, since both are required.

    ``namespace`` and ``subpath`` are divided by slashes. Qualifiers without a value are left out, the others sorted.
    """
    kind = kind.lower()
    if kind in _LOWER_NAME:
        name = name.lower()
    if kind in _LOWER_NAMESPACE:
        namespace = namespace.lower()
    if kind == "pypi":
        name = name.replace("_", "-")
    if not kind or not name:
        return ""
    parts = [part for part in namespace.split("/") if part]
    result = "pkg:" + "/".join([kind, *map(_encoded, parts), _encoded(name)])
    if version:
        result += "@" + _encoded(version)
    given = {key.lower(): value for key, value in (qualifiers or {}).items() if value}
    if given:
        result += "?" + "&".join(f"{key}={_encoded(given[key])}" for key in sorted(given))
    inner = [part for part in subpath.split("/") if part not in ("", ".", "..")]
    return result + ("#" + "/".join(map(_encoded, inner)) if inner else "")


def _encoded(text: str) -> str:
    """Return ``text`` percent-encoded, all but letters, digits, ``.-_~`` and the colon."""
    return quote(text.encode("utf-8", "surrogateescape"), safe=":")
