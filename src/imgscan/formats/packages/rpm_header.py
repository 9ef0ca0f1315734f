"""The header of an installed rpm package. Source: rpm, docs/manual/format_header.md, tags.md; lib/rpmfi.h (flags)."""

from __future__ import annotations

from collections.abc import Sequence
from struct import unpack_from
from typing import TypeVar

from imgscan.errors import PackageDataError, Position
from imgscan.formats.packages.relations import rpm_relations
from imgscan.formats.path import clean_path
from imgscan.model.package import PackageFile, PackageRecord, PackageType

MAX_TAGS = 0xFFFF
MAX_FILES = 1_000_000
_MAX_BYTES = 256 * 1024 * 1024
_MAX_LENGTH = 4096  # PATH_MAX of Linux

_Item = TypeVar("_Item")

_NAME, _VERSION, _RELEASE, _EPOCH, _VENDOR, _LICENSE = 1000, 1001, 1002, 1003, 1011, 1014
_ARCH, _OLD_NAMES, _MODES, _DIGESTS, _LINK_TO, _FLAGS = 1022, 1027, 1030, 1035, 1036, 1037
_USERS, _GROUPS, _SOURCE, _VERIFY, _DIR_INDEXES, _BASE_NAMES, _DIR_NAMES = 1039, 1040, 1044, 1045, 1116, 1117, 1118
_PROVIDES, _REQUIRES = 1047, 1049
_ALGORITHM, _MODULE = 5011, 5096
_STRINGS = frozenset({6, 8, 9})
_INTEGERS = {2: ("B", 1), 3: ("H", 2), 4: ("I", 4), 5: ("Q", 8)}
# pgpHashAlgo, RFC 4880 9.4; without the tag it is MD5.
_HASHES = {1: "md5", 2: "sha1", 8: "sha256", 9: "sha384", 10: "sha512"}
_CONFIG, _DOC, _GHOST = 1, 2, 64
_VERIFY_DIGEST = 1
_S_IFMT, _S_IFLNK, _S_IFDIR = 0o170000, 0o120000, 0o040000


class RpmHeader:
    """The tags of one header blob, as the database holds it (without the lead magic).

    Raises:
        PackageDataError: not a header, or tags point outside it.
    """

    def __init__(self, blob: bytes) -> None:
        if len(blob) < 24:
            raise PackageDataError("an rpm header cut short", Position(offset=0))
        count, size = unpack_from(">II", blob)
        start = 8 + 16 * count
        if not 0 < count <= MAX_TAGS or size > _MAX_BYTES or start + size > len(blob):
            raise PackageDataError("an rpm header whose sizes do not fit", Position(offset=0))
        self._data = blob[start : start + size]
        self._tags: dict[int, tuple[int, int, int]] = {}
        for number in range(count):
            tag, kind, offset, items = unpack_from(">IIII", blob, 8 + 16 * number)
            if offset < size:
                self._tags.setdefault(tag, (kind, offset, items))

    def strings(self, tag: int) -> list[str]:
        """Return a tag's strings; empty when it is absent or of another type."""
        kind, offset, items = self._tags.get(tag, (0, 0, 0))
        if kind not in _STRINGS or items > MAX_FILES:
            return []
        result = self._data[offset:].split(b"\0", items)[:items]
        return [raw.decode("utf-8", "surrogateescape") for raw in result]

    def string(self, tag: int) -> str:
        """Return a tag's first string, empty when there is none."""
        kind, offset, _ = self._tags.get(tag, (0, 0, 0))
        if kind not in _STRINGS:
            return ""
        end = self._data.find(b"\0", offset)
        raw = self._data[offset : end if end >= 0 else len(self._data)]
        text = raw.decode("utf-8", "surrogateescape")
        return "" if text == "(none)" else text

    def integers(self, tag: int) -> tuple[int, ...]:
        """Return a tag's numbers; empty when it is absent, of another type or cut short."""
        kind, offset, items = self._tags.get(tag, (0, 0, 0))
        code, width = _INTEGERS.get(kind, ("", 0))
        if not code or items > MAX_FILES or offset + items * width > len(self._data):
            return ()
        return unpack_from(f">{items}{code}", self._data, offset)


def parse_rpm_header(blob: bytes) -> PackageRecord:
    """Return the package that a header blob describes; its files with mode, owner, digest and flags.

    Raises:
        PackageDataError: not a header, or one without a name.
    """
    header = RpmHeader(blob)
    name = header.string(_NAME)
    if not name:
        raise PackageDataError("an rpm header without a name", Position(offset=0))
    release, epoch = header.string(_RELEASE), header.integers(_EPOCH)
    version = header.string(_VERSION)
    return PackageRecord(
        type=PackageType.RPM,
        name=name,
        version=f"{version}-{release}" if release else version,
        arch=header.string(_ARCH),
        source=header.string(_SOURCE),
        license=header.string(_LICENSE),
        supplier=header.string(_VENDOR),
        epoch=str(epoch[0]) if epoch else "",
        module=":".join(header.string(_MODULE).split(":")[:2]),  # NAME:STREAM:VERSION:CONTEXT
        files=tuple(_files(header)),
        depends=rpm_relations(header.strings(_REQUIRES)),
        provides=rpm_relations(header.strings(_PROVIDES)),
    )


def _files(header: RpmHeader) -> list[PackageFile]:
    paths = _paths(header)
    count = len(paths)
    modes, flags, verify = (_padded(header.integers(tag), count, -1) for tag in (_MODES, _FLAGS, _VERIFY))
    digests, users, groups = (_padded(header.strings(tag), count, "") for tag in (_DIGESTS, _USERS, _GROUPS))
    algorithm = _HASHES.get((header.integers(_ALGORITHM) or (1,))[0], "unknown")
    result = []
    for number in range(count):
        mode = modes[number]
        if not paths[number] or (mode >= 0 and mode & _S_IFMT == _S_IFDIR):
            continue
        marks = _marks(flags[number], verify[number], mode)
        digest = f"{algorithm}:{digests[number].lower()}" if digests[number] else ""
        bits = mode & 0o7777 if mode >= 0 else None
        result.append(PackageFile(paths[number], digest, bits, f"{users[number]}:{groups[number]}", marks))
    return result


def _paths(header: RpmHeader) -> list[str]:
    """Return the files' paths, of the old form (whole names) or the new one (directory index and base name)."""
    names, folders, indexes = header.strings(_BASE_NAMES), header.strings(_DIR_NAMES), header.integers(_DIR_INDEXES)
    if not names:
        return [clean_path(name) for name in header.strings(_OLD_NAMES)]
    pairs = zip(names, indexes, strict=False)
    # No longer path can exist, and a crafted header could repeat one long directory a million times.
    return [
        clean_path(folders[at] + name) if at < len(folders) and len(folders[at]) + len(name) < _MAX_LENGTH else ""
        for name, at in pairs
    ]


def _marks(flags: int, verify: int, mode: int) -> str:
    flags = max(flags, 0)
    marks = "".join(mark for bit, mark in ((_CONFIG, "c"), (_DOC, "d"), (_GHOST, "g")) if flags & bit)
    marks += "v" if verify >= 0 and not verify & _VERIFY_DIGEST else ""
    return marks + ("l" if mode >= 0 and mode & _S_IFMT == _S_IFLNK else "")


def _padded(values: Sequence[_Item], count: int, filler: _Item) -> list[_Item]:
    result = list(values[:count])
    return result + [filler] * (count - len(result))
