"""What a file is, told by its first bytes: an own table for what images are made of, libmagic for the rest."""

from __future__ import annotations

from imgscan.formats.content.libmagic import describe
from imgscan.formats.elf.summary import elf_summary
from imgscan.printable import printable

PREFIX_BYTES = 4096
"""How much of a content ``file_type`` looks at."""

_SIGNATURES = (
    (b"\x7fELF", "ELF"),
    (b"#!", "script"),
    (b"\x1f\x8b", "gzip"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"\xfd7zXZ\0", "xz"),
    (b"BZh", "bzip2"),
    (b"PK\x03\x04", "zip"),
    (b"!<arch>\n", "ar archive"),
    (b"\xca\xfe\xba\xbe", "Java class or Mach-O"),
    (b"MZ", "PE or DOS executable"),
    (b"SQLite format 3\0", "SQLite database"),
    (b"-----BEGIN ", "PEM"),
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"GIF8", "GIF"),
    (b"%PDF-", "PDF"),
    (b"\xde\x12\x04\x95", "gettext catalog"),
    (b"<?xml", "XML"),
)
_FIRST_BYTES = frozenset(signature[0] for signature, _ in _SIGNATURES)
_TEXT_CONTROLS = b"\t\n\r\f\b\x1b"
_CONTROLS = bytes(code for code in (*range(32), 127) if code not in _TEXT_CONTROLS)


def file_type(content: bytes) -> str:
    """Return what a content that starts with these bytes is: ``ELF 64-bit ...``, ``script (/bin/sh)``, ``text``, ...

    libmagic is asked only for binary data that the own table does not know (1,400 times dearer a file); where it is
    not installed such data is ``data``.
    """
    head = content[:PREFIX_BYTES]
    if not head:
        return "empty"
    if head[0] in _FIRST_BYTES:
        for signature, name in _SIGNATURES:
            if head.startswith(signature):
                detail_of = _DETAILS.get(name)
                return printable(detail_of(head)) if detail_of else name
    if head[257:262] == b"ustar":
        return "tar"
    if _is_text(head):
        return "text"
    return printable(describe(head) or "data")


def _script(head: bytes) -> str:
    line = head[2:256].partition(b"\n")[0].strip()
    return f"script ({line.decode('utf-8', 'surrogateescape')})"


_DETAILS = {"ELF": elf_summary, "script": _script}


def _is_text(head: bytes) -> bool:
    if head.translate(None, _CONTROLS) != head:
        return False
    try:
        head.decode()
    except UnicodeDecodeError as error:
        return error.start > len(head) - 4 and len(head) == PREFIX_BYTES  # a character cut by the prefix
    return True
