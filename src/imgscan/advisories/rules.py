"""The rules of findings on known vulnerabilities; they come of the database of advisories, and of no analyzer."""

from __future__ import annotations

from imgscan.model.finding import Severity
from imgscan.model.rule import Rule, Rules, table

FAMILY = "vulnerabilities"

RULES: Rules = table(
    Rule(
        f"{FAMILY}.exploited",
        "a package with a vulnerability that is known to be exploited",
        "CISA lists it among those that were used in attacks. One finding a package, as severe as the worst of them, "
        "and a step more for being used.",
        Severity.CRITICAL,
        "update the package, or take it out of the image",
        ("4.4",),
    ),
    Rule(
        f"{FAMILY}.fixable",
        "a package with known vulnerabilities that a newer version mends",
        "One finding a package, as severe as the worst of its vulnerabilities (by CVSS, else by the word of who "
        "published it), MEDIUM where nobody said; one that is likely to be exploited soon (EPSS of 0.5 and more) "
        "counts a step more.",
        Severity.HIGH,
        "update the package: docker build --pull --no-cache .",
        ("4.4",),
    ),
    Rule(
        f"{FAMILY}.unfixed",
        "a package with known vulnerabilities for which no version is known that mends them",
        "One finding a package, as severe as the worst of its vulnerabilities. What the distribution says in place of "
        "a fix (no-dsa, end-of-life) is in the evidence.",
        Severity.MEDIUM,
        "take the package out of the image where nothing needs it",
    ),
    Rule(
        f"{FAMILY}.lower-layer",
        "a package with known vulnerabilities that only a lower layer holds",
        "A later layer removed or replaced it: no container runs it, and whoever has the image has its files.",
        Severity.INFO,
        "build the image without it, or copy the result into a stage of its own",
    ),
)
