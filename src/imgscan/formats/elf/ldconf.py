"""Where a loader is told to look for libraries: ld.so.conf, ld.so.cache, ld.so.preload, musl's path file."""

from __future__ import annotations

import re
from itertools import islice

from imgscan.formats.text_lines import split_lines

MAX_ENTRIES = 1000
_SEPARATORS = re.compile(r"[\s:,]+")
_CACHE_MAGICS = (b"ld.so-1.7.0", b"glibc-ld.so.cache1.1")
_CACHED = re.compile(rb"\0(/[^\0]{1,4094})(?=\0)")


def parse_ld_conf(text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the directories of an ld.so.conf and the patterns that it includes, in order.

    Source: glibc, elf/ldconfig.c, ``parse_conf``: ``#`` comments, ``include`` and ``hwcap`` lines, ``dir=type``.
    """
    folders: list[str] = []
    includes: list[str] = []
    for line in islice(split_lines(text), MAX_ENTRIES):
        words = _SEPARATORS.split(line.partition("#")[0].strip())
        if words[0] == "include":
            includes += words[1:]
        elif words[0] and words[0] != "hwcap":
            folders += (word.partition("=")[0].rstrip("/") for word in words if word.startswith("/"))
    return tuple(folders[:MAX_ENTRIES]), tuple(includes[:MAX_ENTRIES])


def parse_musl_path(text: str) -> tuple[str, ...]:
    """Return the directories of musl's ``/etc/ld-musl-ARCH.path``. Source: musl, ldso/dynlink.c."""
    return tuple(folder for folder in re.split(r"[:\n]", text) if folder.startswith("/"))[:MAX_ENTRIES]


def parse_preload(text: str) -> tuple[str, ...]:
    """Return the libraries that ``/etc/ld.so.preload`` puts into every process. Source: ld.so(8)."""
    lines = (line.partition("#")[0] for line in split_lines(text))
    return tuple(word for line in lines for word in _SEPARATORS.split(line) if word)[:MAX_ENTRIES]


def cached_folders(data: bytes) -> tuple[str, ...]:
    """Return the directories of the libraries in an ld.so.cache, sorted; empty for any other content.

    ``ldconfig DIR`` writes directories there that no ld.so.conf names. Source: glibc, sysdeps/generic/dl-cache.h:
    both formats end in a table of NUL-terminated names, the libraries' paths among them.
    """
    if not data.startswith(_CACHE_MAGICS):
        return ()
    result = {match.group(1).rpartition(b"/")[0] for match in _CACHED.finditer(data)}
    return tuple(sorted(folder.decode("utf-8", "surrogateescape") for folder in result if folder))[:MAX_ENTRIES]
