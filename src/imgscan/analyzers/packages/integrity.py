"""Files of packages that are not what their package installed, and programs that no package installed."""

from __future__ import annotations

from collections.abc import Iterator

from imgscan.analyzers.api import Content, Data, DigestRule, Interest
from imgscan.analyzers.packages.digests import ANALYZER, CODE_SUFFIXES
from imgscan.analyzers.packages.drift import drift_findings
from imgscan.analyzers.packages.owners import owners
from imgscan.analyzers.packages.told import modified_findings
from imgscan.analyzers.packages.unowned import unowned_programs
from imgscan.analyzers.packages.verify import Verification, verification
from imgscan.analyzers.rules.integrity import RULES
from imgscan.model.entry import Entry
from imgscan.model.finding import Finding, Item
from imgscan.model.ledger import Cause, Gap
from imgscan.model.limits import Limits
from imgscan.rootfs.view import ImageView
from imgscan.wording import human_bytes

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
_DATA = ("usr/share/", "etc/", "var/lib/dpkg/", "var/lib/apk/")


class Integrity:
    """Compares programs, libraries and the system's scripts with what the package databases record of them.

    What is hashed is bounded by path, first bytes and size: ELF files and scripts everywhere, sources of the system's
    interpreters below the system's directories, none over 2 MiB there and 1 MiB elsewhere (one program in 50 of a large
    image, and three quarters of the bytes); who wants the others compared, too, raises ``limits.hashed_bytes``. Which
    digest is computed follows from where a file lies, since the database comes later in the tar: MD5 where only Debian
    puts files, SHA-256 where only rpm does, all three where any may.
    """

    id = ANALYZER
    version = 1
    rules = RULES

    def __init__(self, largest: int = _DEFAULTS.hashed_bytes) -> None:
        """Compare programs of up to ``largest`` bytes by their content, outside of the system half of that."""
        elsewhere = largest // 2
        self._skipped = {**_SKIPPED, "too_large": _TOO_LARGE.format(human_bytes(largest), human_bytes(elsewhere))}
        self.interest = Interest(
            magics=(b"\x7fELF", b"#!"),
            suffixes=CODE_SUFFIXES,
            suffixes_below=(*_SYSTEM, *_DATA),
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
        if content.digests or kind != "code":
            yield {"kind": kind, **content.digests}

    def conclude(self, view: ImageView) -> Iterator[Finding | Item | Gap]:
        """Yield what was modified, what no package owns, and how much was and was not compared."""
        result = view.derived(verification)
        yield from modified_findings(view, result)
        yield from drift_findings(view)
        yield from unowned_programs(view, view.derived(owners))
        yield from self._counts(result)

    def _counts(self, result: Verification) -> Iterator[Item | Gap]:
        for kind, counts in sorted(result.counts.items()):
            yield Item("integrity", {"type": kind, **{name: counts[name] for name in sorted(counts)}})
        for what, why in self._skipped.items():
            count = sum(counts.get(what, 0) for counts in result.counts.values())
            if count:
                yield Gap(cause=Cause.LIMIT, what="file integrity", count=count, why=why)


_TOO_LARGE = "programs over {} (limits.hashed_bytes), or {} outside the system: compared by size and by layer"
_SKIPPED = {
    "too_large": "",
    "not_hashed": "neither programs nor the system's code: those of the system compared by size and by layer",
    "no_digest": "the package records no digest of a kind that was computed",
    "touched": "written again by a later layer with the same size; their content was not compared",
}
