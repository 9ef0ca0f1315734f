"""Programs and sources with their digests, to be held against what their packages record."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

import msgspec

from imgscan.formats.path import ending_of
from imgscan.model.entry import Entry
from imgscan.model.interest import DigestRule, Interest
from imgscan.model.limits import Limits
from imgscan.model.observed import Content

CODE_SUFFIXES = frozenset({".py", ".pm", ".pl", ".rb", ".js", ".mjs", ".cjs", ".sh", ".php", ".lua", ".tcl"})
"""Sources that the system's interpreters run, by ending."""

_DEFAULTS = Limits()
_TRIPLETS = (
    "x86_64-linux-gnu aarch64-linux-gnu arm-linux-gnueabihf arm-linux-gnueabi i386-linux-gnu powerpc64le-linux-gnu "
    "s390x-linux-gnu riscv64-linux-gnu mips64el-linux-gnuabi64 mipsel-linux-gnu loongarch64-linux-gnu"
).split()
_DEBIAN = tuple(f"{folder}/{name}/" for folder in ("usr/lib", "lib", "usr/lib/gcc") for name in _TRIPLETS)
_BINUTILS = tuple(f"usr/bin/{name}-" for name in _TRIPLETS)
_ONLY_DEBIAN = (
    *("usr/lib/python3/", "usr/share/perl/", "usr/share/perl5/", "usr/share/nodejs/", "usr/lib/apt/", "usr/lib/dpkg/"),
    *_DEBIAN,
    *_BINUTILS,
)
_SYSTEM = tuple(
    "bin/ sbin/ lib/ lib32/ lib64/ libx32/ usr/bin/ usr/sbin/ usr/lib/ "
    "usr/lib32/ usr/lib64/ usr/libexec/ usr/games/".split()
)
_CONFIGURATION = "etc/"
_DATA = ("usr/share/", "etc/", "var/lib/dpkg/", "var/lib/apk/")


class CodeType(StrEnum):
    """What a file is that is held against the record of its package; CODE is a source without a ``#!``."""

    ELF = "elf"
    SCRIPT = "script"
    CODE = "code"
    CONFIGURATION = "configuration"


class Digests(msgspec.Struct, frozen=True, kw_only=True):
    """Digests of one content, lowercase hex; None for those that were not taken."""

    md5: str | None = None
    sha1: str | None = None
    sha256: str | None = None

    def get(self, algorithm: str) -> str | None:
        """Return the digest of one algorithm, by the name that package databases call it."""
        match algorithm:
            case "md5":
                return self.md5
            case "sha1":
                return self.sha1
            case "sha256":
                return self.sha256
        return None

    def __bool__(self) -> bool:
        """Whether any was taken: of a program over the bound on hashing none is."""
        return bool(self.md5 or self.sha1 or self.sha256)


class HashedFile(msgspec.Struct, frozen=True, kw_only=True):
    """One file that packages record digests of."""

    type: CodeType
    digests: Digests


class ProgramDigests:
    """Observes programs, libraries, configuration and the sources of the system's interpreters, with their digests.

    What is hashed is chosen by path and first bytes, and whole up to ``limits.hashed_bytes``. Which digest follows
    from where a file lies, since the database comes later in the tar: MD5 where only Debian puts files, SHA-256 where
    only rpm does, all three where any may.
    """

    id = "program-digests"
    version = 2
    fact = HashedFile

    @classmethod
    def of(cls, limits: Limits) -> ProgramDigests:
        """Return the observer of a scan."""
        return cls(limits.hashed_bytes)

    def __init__(self, largest: int = _DEFAULTS.hashed_bytes) -> None:
        """Hash programs of up to ``largest`` bytes, outside of the system half of that."""
        elsewhere = largest // 2
        self.interest = Interest(
            magics=(b"\x7fELF", b"#!"),
            suffixes=CODE_SUFFIXES,
            suffixes_below=(*_SYSTEM, *_DATA),
            globs=(f"{_CONFIGURATION}*",),
            digests=(
                DigestRule(("usr/lib64/", "lib64/"), ("sha256",), max_bytes=largest),
                DigestRule(_ONLY_DEBIAN, ("md5",), max_bytes=largest),
                DigestRule((*_SYSTEM, *_DATA), ("md5", "sha1", "sha256"), max_bytes=largest),
                DigestRule(("",), ("sha256",), max_bytes=elsewhere),
            ),
            max_content_bytes=4,
        )

    def observe(self, entry: Entry, content: Content) -> Iterator[HashedFile]:
        """Yield what kind of program a file is, with its digests; nothing of sources that were not hashed."""
        head = content.data
        if head == b"\x7fELF":
            yield HashedFile(type=CodeType.ELF, digests=Digests(**content.digests))
        elif head.startswith(b"#!"):
            yield HashedFile(type=CodeType.SCRIPT, digests=Digests(**content.digests))
        elif content.digests:
            settings = entry.path.startswith(_CONFIGURATION) and ending_of(entry.path) not in CODE_SUFFIXES
            code_type = CodeType.CONFIGURATION if settings else CodeType.CODE
            yield HashedFile(type=code_type, digests=Digests(**content.digests))
