"""Packages by the names of the directories that a package manager makes for each: nix, Gentoo's portage, Homebrew.

Sources: Nix manual, "Store path" and ``builtins.parseDrvName``; Gentoo PMS 3.1 and 3.2 (names and versions).
"""

from __future__ import annotations

import re

from imgscan.formats.path import base_name, clean_path, parent_of
from imgscan.formats.text_lines import bounded_lines
from imgscan.model.package import PackageFile, PackageRecord, PackageType

_NIX = re.compile(r"([0-9abcdfghijklmnpqrsvwxyz]{32})-([A-Za-z0-9+._?=-]{1,211})", re.ASCII)
# A name ends before the first dash that no letter follows.
_NIX_NAME = re.compile(r"(.+?)-(\d.*)", re.ASCII)
_OUTPUTS = (
    "bin dev out lib man doc devdoc info static debug py dist data terminfo getent nc icons host npm tests".split()
)
_OUTPUT = re.compile(rf"(.+)-({'|'.join(_OUTPUTS)})")
_EBUILD = re.compile(
    r"([A-Za-z0-9_][A-Za-z0-9+_-]*?)-(\d+(?:\.\d+)*[a-z]?(?:_(?:alpha|beta|pre|rc|p)\d*)*(?:-r\d+)?)", re.ASCII
)
_MAX_FILES = 500_000
_MAX_PATH = 4096


def parse_store_path(path: str) -> PackageRecord | None:
    """Return the package of a directory ``nix/store/HASH-NAME-VERSION[-OUTPUT]``; None where it has no version."""
    match = _NIX.fullmatch(base_name(path))
    if match is None or match[2].endswith(".drv"):
        return None
    named = _OUTPUT.fullmatch(match[2])
    both = _NIX_NAME.fullmatch(named[1] if named else match[2])
    if both is None:
        return None
    return PackageRecord(
        type=PackageType.NIX, name=both[1], version=both[2], arch=named[2] if named else "", build=match[1]
    )


def parse_ebuild_folder(path: str) -> PackageRecord | None:
    """Return the package of a directory ``var/db/pkg/CATEGORY/NAME-VERSION``, None for another name."""
    match = _EBUILD.fullmatch(base_name(path))
    if match is None:
        return None
    return PackageRecord(type=PackageType.EBUILD, name=match[1], namespace=base_name(parent_of(path)), version=match[2])


def parse_contents(data: bytes) -> list[PackageFile]:
    """Return the files of a package of portage: ``obj PATH MD5 MTIME`` and ``sym PATH -> TARGET MTIME``."""
    result = []
    for line in bounded_lines(data.decode("utf-8", "surrogateescape"), _MAX_FILES, "a CONTENTS"):
        word, _, rest = line.partition(" ")
        if word == "obj":
            path, digest, _ = ("", "", "") if rest.count(" ") < 2 else rest.rsplit(" ", 2)
            known = len(digest) == 32 and not digest.strip("0123456789abcdef")
            file = PackageFile(clean_path(path), f"md5:{digest}" if known else "")
        elif word == "sym":
            file = PackageFile(clean_path(rest.partition(" -> ")[0]), flags="l")
        else:
            continue
        if file.path and len(file.path) < _MAX_PATH:
            result.append(file)
    return result


def parse_cellar_folder(path: str) -> PackageRecord | None:
    """Return the package of a directory ``Cellar/NAME/VERSION`` of Homebrew; None for another one."""
    name, version = base_name(parent_of(path)), base_name(path)
    if base_name(parent_of(parent_of(path))) != "Cellar" or not version[:1].isdigit():
        return None
    return PackageRecord(type=PackageType.BREW, name=name, version=version)
