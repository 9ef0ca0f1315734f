"""The rules of the analyzer ``verification``."""

from __future__ import annotations

from imgscan.model.finding import Severity
from imgscan.model.rule import Rule, Rules, table

RULES: Rules = table(
    Rule(
        "verification.unsigned-packages",
        "a package manager is told to take unsigned packages",
        "A file that ships with the image: [trusted=yes], AllowInsecureRepositories, gpgcheck=0, SigLevel = Never. "
        "Whoever is between the container and the repository decides what is installed.",
        Severity.HIGH,
        "RUN sed -i <line>d <file>",
        ("4.11",),
    ),
    Rule(
        "verification.no-certificate-check",
        "a tool is told to take any certificate",
        "A file that ships with the image: sslverify=0, trusted-host, strict-ssl=false, insecure, http.sslVerify.",
        Severity.MEDIUM,
        "RUN sed -i <line>d <file>",
        ("4.11",),
    ),
    Rule(
        "verification.plain-transport",
        "a package manager without signatures is told to fetch over http",
        "pip, npm and gem check no signatures: https alone says whom a package is from.",
        Severity.MEDIUM,
        "RUN sed -i 's,http://,https://,' <file>",
        ("4.11",),
    ),
    Rule(
        "verification.third-party-source",
        "a package source that is not the distribution's",
        "A file of sources for apt, dnf or zypper that no package of the image owns, but for those that distributions "
        "make while they install. Who runs the source decides what its packages do: a person has to know it.",
        Severity.INFO,
        "RUN rm -f <file>",
        ("4.11",),
    ),
)
