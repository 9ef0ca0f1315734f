"""Tars built member by member, in any dialect, right or wrong on purpose."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Self, TypeAlias, Unpack

from imgscan.testing.header import (
    BLOCK,
    Dialect,
    Fields,
    Records,
    Text,
    extended_header,
    padded,
    pax_records,
    raw_text,
    tar_header,
)
from imgscan.testing.sparse import SparseFormat, sparse_member

_NAME = 100
_PREFIX = 155

Files: TypeAlias = Mapping[str, bytes | tuple[int, bytes]]
"""Content, or mode and content, by name; a name that ends in a slash is a directory."""


class TarBuilder:
    """A tar in memory.

    What a plain header cannot hold goes where ``dialect`` puts it: long names into pax records, GNU's L and K
    members or the ustar prefix, extended attributes into pax records. ``at`` is the offset of the next block.
    Every method that adds something returns the builder.
    """

    def __init__(self, dialect: Dialect = "pax") -> None:
        self.dialect = dialect
        self._parts: list[bytes] = []
        self.at: int = 0

    def raw(self, data: bytes) -> Self:
        """Add bytes as they are."""
        self._parts.append(data)
        self.at += len(data)
        return self

    def header(self, name: Text, **fields: Unpack[Fields]) -> Self:
        """Add one header block and nothing else."""
        return self.raw(tar_header(name, self.dialect, **fields))

    def pax(self, records: Records) -> Self:
        """Add an extended header for the next member."""
        return self.raw(extended_header(b"x", pax_records(records)))

    def global_pax(self, records: Records) -> Self:
        """Add a global extended header."""
        return self.raw(extended_header(b"g", pax_records(records)))

    def long_name(self, name: Text) -> Self:
        """Add a GNU long name for the next member."""
        return self.raw(extended_header(b"L", raw_text(name) + b"\0", "././@LongLink", "gnu"))

    def long_link(self, target: Text) -> Self:
        """Add a GNU long link target for the next member."""
        return self.raw(extended_header(b"K", raw_text(target) + b"\0", "././@LongLink", "gnu"))

    def member(
        self, name: Text, content: bytes = b"", xattrs: Mapping[str, bytes] | None = None, **fields: Unpack[Fields]
    ) -> Self:
        """Add one member: what precedes its header, the header, and its content, padded.

        The header's size is that of ``content`` unless ``size`` says something else.
        """
        fields.setdefault("size", len(content))
        records: list[tuple[Text, Text]] = [(f"SCHILY.xattr.{key}", value) for key, value in (xattrs or {}).items()]
        name = self._fitted(raw_text(name), "path", records, fields)
        fields["link"] = self._fitted(raw_text(fields.get("link", b"")), "linkpath", records, fields)
        if records:
            self.pax(records)
        return self.header(name, **fields).raw(padded(content))

    def _fitted(self, name: bytes, key: str, records: list[tuple[Text, Text]], fields: Fields) -> bytes:
        if len(name) <= _NAME:
            return name
        if self.dialect == "pax":
            records.append((key, name))
        elif self.dialect == "gnu":
            (self.long_name if key == "path" else self.long_link)(name)
        elif self.dialect == "ustar" and key == "path":
            cut = name.rfind(b"/", 0, _PREFIX + 1)
            if cut <= 0 or len(name) - cut - 1 > _NAME:
                raise ValueError("no place to cut the name for a ustar prefix")
            fields["prefix"] = name[:cut]
            return name[cut + 1 :]
        else:
            raise ValueError(f"{self.dialect} has no room for a name of {len(name)} bytes")
        return name[:_NAME]

    def file(
        self, name: Text, content: bytes = b"", xattrs: Mapping[str, bytes] | None = None, **fields: Unpack[Fields]
    ) -> Self:
        """Add a regular file, mode 0644 unless given."""
        return self.member(name, content, xattrs, **fields)

    def directory(self, name: Text, xattrs: Mapping[str, bytes] | None = None, **fields: Unpack[Fields]) -> Self:
        """Add a directory, mode 0755 unless given."""
        fields.setdefault("mode", 0o755)
        fields.setdefault("typeflag", b"5")
        return self.member(name, b"", xattrs, **fields)

    def symlink(self, name: Text, target: Text, **fields: Unpack[Fields]) -> Self:
        """Add a symlink."""
        fields.setdefault("mode", 0o777)
        return self._link(b"2", name, target, fields)

    def hardlink(self, name: Text, target: Text, **fields: Unpack[Fields]) -> Self:
        """Add a hardlink to the member ``target``."""
        return self._link(b"1", name, target, fields)

    def _link(self, typeflag: bytes, name: Text, target: Text, fields: Fields) -> Self:
        fields["link"] = target
        fields.setdefault("typeflag", typeflag)
        return self.member(name, b"", None, **fields)

    def device(self, name: Text, major: int, minor: int, typeflag: bytes = b"3") -> Self:
        """Add a character device, or a block device with typeflag 4."""
        return self.member(name, typeflag=typeflag, major=major, minor=minor, mode=0o600)

    def fifo(self, name: Text) -> Self:
        """Add a FIFO."""
        return self.member(name, typeflag=b"6")

    def sparse(self, form: SparseFormat, name: Text, parts: Sequence[tuple[int, bytes]], size: int) -> Self:
        """Add a sparse file; see ``sparse_member``."""
        return self.raw(sparse_member(form, name, parts, size))

    def whiteout(self, path: str) -> Self:
        """Add a whiteout of ``path``."""
        parent, slash, name = path.rpartition("/")
        return self.file(f"{parent}{slash}.wh.{name}")

    def opaque(self, directory: str) -> Self:
        """Add an opaque whiteout of ``directory``, the root's for an empty name."""
        return self.file(f"{directory}/.wh..wh..opq" if directory else ".wh..wh..opq")

    def build(self, end_blocks: int = 2) -> bytes:
        """Return the tar, with ``end_blocks`` zero blocks at its end."""
        return b"".join(self._parts) + bytes(BLOCK * end_blocks)


def tar_of(files: Files) -> bytes:
    """Return a tar of ``files``, in their order."""
    tar = TarBuilder()
    for name, item in files.items():
        mode, content = item if isinstance(item, tuple) else (None, item)
        if name.endswith("/"):
            tar.directory(name, mode=0o755 if mode is None else mode)
        else:
            tar.file(name, content, mode=0o644 if mode is None else mode)
    return tar.build()
