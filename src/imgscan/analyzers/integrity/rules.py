"""The rules of the analyzer ``integrity``."""

from __future__ import annotations

from imgscan.model.finding import Severity
from imgscan.model.rule import Rule, Rules, table

ANALYZER = "integrity"

RULES: Rules = table(
    Rule(
        "integrity.modified",
        "a file is not what its package installed",
        "Its checksum is not that of the package database (md5sums of dpkg, SHA-1 of apk, digests of rpm, mtree of "
        "pacman, RECORD of pip), as the database was when the package was installed: a later layer that rewrites the "
        "list of checksums changes nothing here. Settings, documentation and missing files are not told. HIGH for a "
        "system package; MEDIUM for a language's, and for a program over the bound on hashing that a later layer wrote "
        "anew.",
        Severity.HIGH,
        "RUN apt-get update && apt-get install -y --reinstall <package> && rm -rf /var/lib/apt/lists/*",
        ("4.11",),
    ),
    Rule(
        "integrity.modified-package",
        "many files of a package are not what it installed",
        "As integrity.modified, told once where one layer changed more than five files of a package.",
        Severity.HIGH,
        "RUN apt-get update && apt-get install -y --reinstall <package> && rm -rf /var/lib/apt/lists/*",
        ("4.11",),
    ),
    Rule(
        "integrity.mode-drift",
        "mode or owner of a file are not what its package lets",
        "Group or others may write or read more than the package declares, or the file is another user's. Declared by "
        "the database of apk, rpm or pacman, by dpkg-statoverride, or else by the layer that installed the package: a "
        "later layer changed the file without the package. MEDIUM where others may now write it, LOW where they may "
        "read it. SUID and SGID bits are told by the analyzer setuid.",
        Severity.MEDIUM,
        "RUN chown <owner> <file> && chmod <mode> <file>",
        ("4.11",),
    ),
    Rule(
        "integrity.unowned-system-program",
        "programs or libraries in the system's directories that no package installed",
        "An executable or ELF file below /bin, /sbin, /lib or /usr (not /usr/local) without an owner: what an "
        "installation by hand leaves, and what an implant looks like. Links of merged /usr are followed.",
        Severity.MEDIUM,
        "install it as a package, or keep its digest on record",
        ("4.3", "4.11"),
    ),
    Rule(
        "integrity.unowned-program",
        "programs or libraries elsewhere that no package installed",
        "Applications come like this. What was not installed as a package is not updated as one.",
        Severity.INFO,
        "keep its digest on record",
        ("4.11",),
    ),
)
