"""Programs and sources with their digests, to be held against what their packages record."""

from __future__ import annotations

from collections.abc import Iterator

from imgscan.formats.path import ending_of
from imgscan.model.entry import Entry
from imgscan.model.interest import DigestRule, Interest
from imgscan.model.limits import Limits
from imgscan.model.observed import Content
from imgscan.model.observer import Data

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
CONFIGURATION = "configuration"
_CONFIGURATION = "etc/"
_DATA = ("usr/share/", "etc/", "var/lib/dpkg/", "var/lib/apk/")


class ProgramDigests:
    """Observes programs, libraries, configuration and the sources of the system's interpreters, with their digests.

    What is hashed is chosen by path and first bytes, and whole up to ``limits.hashed_bytes``. Which digest follows
    from where a file lies, since the database comes later in the tar: MD5 where only Debian puts files, SHA-256 where
    only rpm does, all three where any may.
    """

    id = "program-digests"
    version = 2

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

    def observe(self, entry: Entry, content: Content) -> Iterator[Data]:
        """Yield what kind of program a file is, with its digests; nothing of sources that were not hashed."""
        head = content.data
        kind = "elf" if head == b"\x7fELF" else "script" if head.startswith(b"#!") else "code"
        if kind == "code" and entry.path.startswith(_CONFIGURATION) and ending_of(entry.path) not in CODE_SUFFIXES:
            kind = CONFIGURATION
        if content.digests or kind in ("elf", "script"):
            yield {"kind": kind, **content.digests}
