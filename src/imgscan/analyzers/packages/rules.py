"""The rules of the analyzer ``packages``."""

from __future__ import annotations

from imgscan.model.finding import Severity
from imgscan.model.rule import Rule, Rules, table

ANALYZER = "packages"

RULES: Rules = table(
    Rule(
        "packages.end-of-life",
        "the distribution's release gets no more security updates",
        "The date is that of a table that comes with imgscan, whose own date stands in the evidence; the day of the "
        "scan does not count. MEDIUM where long-term support, or support by contract, goes on.",
        Severity.HIGH,
        "FROM a release that still gets security updates",
        ("4.4",),
    ),
    Rule(
        "packages.development",
        "packages to build, debug or document programs",
        "Told by name: -dev, -devel, -headers, -static, -dbg, -debuginfo, -doc, build-essential and the like. Nothing "
        "that runs needs them: build in one stage, copy to another.",
        Severity.LOW,
        "COPY --from=build <program> /usr/local/bin/",
        ("4.3",),
    ),
    Rule(
        "packages.record-rewritten",
        "a layer rewrote the list of files of a package that it did not install",
        "File lists and checksums are written when a package is installed. A later layer that changes them without "
        "changing the package's version hides a change of files, or tried to. Files are held against the checksums of "
        "the layer that installed the package.",
        Severity.HIGH,
        "RUN apt-get update && apt-get install -y --reinstall <package> && rm -rf /var/lib/apt/lists/*",
        ("4.11",),
    ),
    Rule(
        "packages.header-altered",
        "a record of rpm's database is not the one its package had",
        "A package brings a digest of its own header (names, modes, digests of its files). Where the header in the "
        "database has another, somebody changed it after the installation: what it says of files proves nothing.",
        Severity.HIGH,
        "RUN dnf reinstall -y <package>",
        ("4.11",),
    ),
    Rule(
        "packages.unreadable",
        "package data that cannot be read",
        "A database or a file on a package is damaged, too large or in an unknown format: its packages are not in the "
        "inventory, and their files not verified.",
        Severity.LOW,
        "install the package again",
    ),
)
