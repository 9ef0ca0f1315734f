"""Installed Ruby gems: specifications/*.gemspec, as RubyGems writes them (Gem::Specification#to_ruby)."""

from __future__ import annotations

import re

from imgscan.errors import PackageDataError, Position
from imgscan.model.package import PackageRecord, PackageType

_STRING = r"""\s{0,20}=\s{0,20}(?:Gem::Version\.new\s?\(?\s?)?["']([^"'\n]{1,200})["']"""
_FIELD = re.compile(r"^\s{0,20}[a-z_]{1,20}\.(name|version|platform|license|licenses)" + _STRING, re.MULTILINE)
_LICENSES = re.compile(r"^\s{0,20}[a-z_]{1,20}\.licenses\s{0,20}=\s{0,20}\[([^\]\n]{1,300})\]", re.MULTILINE)
_STUB = re.compile(r"^# stub: (\S{1,200}) (\S{1,100}) (\S{1,100})", re.MULTILINE)
_HEAD = 64 * 1024


def parse_gemspec(data: bytes) -> PackageRecord:
    """Return the gem that a gemspec describes; its platform, where it is not ``ruby``, as ``arch``.

    The file is Ruby and is not run: the stub line that RubyGems writes for itself is read, or plain assignments.

    Raises:
        PackageDataError: neither says name and version.
    """
    text = data[:_HEAD].decode("utf-8", "replace")
    fields: dict[str, str] = {}
    for match in _FIELD.finditer(text):
        fields.setdefault(match[1], match[2])
    stub = _STUB.search(text)
    name, version, platform = stub.groups() if stub else ("", "", "")
    name, version = fields.get("name") or name, fields.get("version") or version
    platform = fields.get("platform") or platform
    if not name or not version:
        raise PackageDataError("a gemspec without a plain name and version", Position(offset=0))
    licenses = _LICENSES.search(text)
    result = re.findall(r"""["']([^"']{1,100})["']""", licenses[1]) if licenses else []
    return PackageRecord(
        type=PackageType.GEM,
        name=name,
        version=version,
        arch="" if platform == "ruby" else platform,
        license=" OR ".join(result) or fields.get("license", ""),
    )
