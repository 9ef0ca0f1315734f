"""Packages of languages that say what they are in a file of their own language: Erlang, Lua, PHP (WordPress), Perl.

The files are programs and are not run: what their tools write is read, plain values alone. Sources: Erlang/OTP,
app(4); LuaRocks, "Rockspec format"; WordPress, "Header Requirements"; ExtUtils::Packlist; version.pm.
"""

from __future__ import annotations

import re

from imgscan.formats.packages.documents import record_object, text_of
from imgscan.formats.path import base_name, parent_of
from imgscan.model.package import PackageRecord, PackageType

_HEAD = 64 * 1024
_APPLICATION = re.compile(r"\{\s{0,20}application\s{0,20},\s{0,20}'?([A-Za-z][A-Za-z0-9_@]{0,100})'?\s{0,20},")
_VSN = re.compile(r"\{\s{0,20}vsn\s{0,20},\s{0,20}\"([^\"\n]{1,100})\"")
_OTP = frozenset("elixir mix iex logger eex ex_unit".split())
_LUA = re.compile(r"^\s{0,20}(package|version|license)\s{0,20}=\s{0,20}[\"']([^\"'\n]{1,200})[\"']", re.MULTILINE)
_PLUGIN = re.compile(
    r"^[ \t/*#@]{0,10}(Plugin Name|Theme Name|Version|License)[ \t]{0,10}:[ \t]{0,10}([^\r\n*]{1,200})", re.MULTILINE
)
_WORDPRESS = re.compile(r"^\$wp_version\s{0,5}=\s{0,5}['\"]([0-9A-Za-z.-]{1,50})['\"]", re.MULTILINE)
_PERL = re.compile(
    rb"^[^#\n]{0,100}(?:\$(?:[A-Za-z_:]{0,100}::)?VERSION\s{0,20}=\s{0,20}(?:qv\()?['\"]?v?"
    rb"|package\s{1,10}[A-Za-z0-9_:]{1,200}\s{1,10}v?)(\d[0-9._]{0,50})",
    re.MULTILINE,
)


def parse_erlang_app(data: bytes, path: str) -> PackageRecord | None:
    """Return the application that ``ebin/NAME.app`` describes; those of Erlang and Elixir themselves are of OTP."""
    text = data[:_HEAD].decode("utf-8", "replace")
    name, version = _APPLICATION.search(text), _VSN.search(text)
    if name is None or version is None:
        return None
    otp = name[1] in _OTP or "/erlang/lib/" in f"/{path}"
    return PackageRecord(type=PackageType.OTP if otp else PackageType.HEX, name=name[1], version=version[1])


def parse_rockspec(data: bytes) -> PackageRecord | None:
    """Return the rock that a rockspec describes."""
    fields: dict[str, str] = {}
    for match in _LUA.finditer(data[:_HEAD].decode("utf-8", "replace")):
        fields.setdefault(match[1], match[2])
    if not fields.get("package") or not fields.get("version"):
        return None
    return PackageRecord(
        type=PackageType.LUAROCKS, name=fields["package"], version=fields["version"], license=fields.get("license", "")
    )


def parse_wordpress(data: bytes, path: str) -> PackageRecord | None:
    """Return the plugin or theme by the header of its main file, named by its directory; None for another file.

    WordPress itself is named by ``wp-includes/version.php``.
    """
    text = data[: 8 * 1024].decode("utf-8", "replace")  # WordPress looks no further
    if path.endswith("wp-includes/version.php"):
        core = _WORDPRESS.search(text)
        return PackageRecord(type=PackageType.GENERIC, name="wordpress", version=core[1]) if core else None
    fields: dict[str, str] = {}
    for match in _PLUGIN.finditer(text):
        fields.setdefault(match[1], match[2].strip())
    plugin = "Plugin Name" in fields
    if not (plugin or "Theme Name" in fields) or not fields.get("Version"):
        return None
    return PackageRecord(
        type=PackageType.WORDPRESS_PLUGIN if plugin else PackageType.WORDPRESS_THEME,
        name=base_name(parent_of(path)),
        version=fields["Version"],
        license=fields.get("License", ""),
    )


def perl_version(data: bytes) -> str:
    """Return the version that a module of Perl states, empty for none."""
    match = _PERL.search(data[:_HEAD])
    return match[1].decode("ascii").rstrip("._") if match else ""


def perl_module(path: str) -> str:
    """Return the module that ``auto/Some/Module/.packlist`` is of, ``Some/Module``; empty for Perl's own list."""
    _, result, inside = f"/{parent_of(path)}".rpartition("/auto/")
    return inside if result else ""


def parse_perl_install(data: bytes) -> PackageRecord | None:
    """Return the distribution that cpanm records in ``.meta/NAME-VERSION/install.json``; None without a version.

    Raises:
        PackageDataError: not JSON, or no object.
    """
    document = record_object(data, "install.json")
    version = text_of(document, "version")
    name = text_of(document, "name").replace("::", "-")
    distribution = text_of(document, "dist").rpartition(f"-{version}")[0] or name
    if not distribution or not version:
        return None
    return PackageRecord(type=PackageType.CPAN, name=distribution, version=version)
