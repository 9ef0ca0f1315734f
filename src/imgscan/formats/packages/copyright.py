"""The licences of a Debian package: usr/share/doc/PACKAGE/copyright.

Sources: Debian, "Machine-readable debian/copyright file" 1.0 (DEP 5); Debian policy 12.5 (the older free form).
"""

from __future__ import annotations

import re
from itertools import chain

from imgscan.formats.packages.licenses import licenses_in_text, spdx_name
from imgscan.formats.text_lines import split_lines

_INITIALS = "fFlL"
_MAX_BYTES = 1024 * 1024
_MAX_LICENSES = 40
_WORDS = re.compile(r"\s+(and|or)\s+", re.IGNORECASE)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+_/-]{0,99}")
_LINE = re.compile(r"^[ \t]*Licen[sc]e:[ \t]*([A-Za-z0-9][A-Za-z0-9.+ _-]{1,60})[ \t]*$", re.MULTILINE)


def parse_copyright(data: bytes) -> str:
    """Return the licences as an SPDX expression as far as they are known, else as they are named; empty for none.

    Several licences of several files are all of them: AND. Total.
    """
    data = data[:_MAX_BYTES]
    head = data[:4096].lower()
    if b"format:" in head or b"format-specification:" in head:
        result = _of_paragraphs(data)
        if result:
            return result
    text = data.decode("utf-8", "replace")
    named = [spdx_name(match[1]) for match in _LINE.finditer(text)]
    found_names = [*(name for name in named if name), *licenses_in_text(text)]
    return _joined(found_names)


def _of_paragraphs(data: bytes) -> str:
    """Return what the paragraphs on files name; those on licences alone give their texts."""
    named: dict[str, None] = {}
    alone: dict[str, None] = {}
    short: str | None = None
    is_named = False
    # As ``parse_paragraphs`` reads them, but for what continues a field: the texts of licences, most of all lines.
    text = data.decode("utf-8", "surrogateescape").replace("\r\n", "\n")
    for line in chain(split_lines(text), ("",)):
        if not line:
            if short:
                (named if is_named else alone)[short] = None
            short, is_named = None, False
        elif line[0] in _INITIALS:
            name, colon, value = line.partition(":")
            name = name.lower()
            if colon and name == "license" and short is None:
                short = value.strip()
            elif colon and name in ("files", "format"):
                is_named = True
    return _joined([_expression(text) for text in named or alone])


def _expression(text: str) -> str:
    """Return one ``License`` field: names with ``and``, ``or`` and a comma for the looser of the two."""
    parts = [part for part in _WORDS.split(text.replace(",", " ")) if part]
    out = []
    for part in parts:
        if part.lower() in ("and", "or"):
            out.append(part.upper())
            continue
        name = part.strip().partition(" with ")[0]
        known = spdx_name(name) or (name.strip() if _NAME.fullmatch(name.strip()) else "")
        if not known:
            return text[:100]
        out.append(f"({known})" if " " in known and len(parts) > 1 else known)
    return " ".join(out)


def _joined(names: list[str]) -> str:
    unique = list(dict.fromkeys(name for name in names if name))[:_MAX_LICENSES]
    if len(unique) == 1:
        return unique[0]
    return " AND ".join(f"({name})" if " OR " in name or " AND " in name else name for name in unique)
