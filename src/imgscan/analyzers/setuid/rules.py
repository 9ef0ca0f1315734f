"""The rules of the analyzer ``setuid``."""

from __future__ import annotations

from imgscan.model.finding import Severity
from imgscan.model.rule import Rule, Rules, table

_CLASSES = (
    "The class decides the severity. expected: path, mode, owner and package are a row of the distribution's baseline "
    "(INFO); declared: the package database or dpkg-statoverride has this mode (LOW); unknown: there is no database to "
    "ask (MEDIUM); unexpected: a package's file, but not with this mode (HIGH); stray: no package's (HIGH); dangerous: "
    "whoever runs it has the rights it runs with, or may change it (shells and the like by name or content, copies, "
    "scripts, writable by others, owner not root; CRITICAL where running it is enough to become root). Lower where "
    "only its owner may run it; INFO for a file that a later layer removed."
)

RULES: Rules = table(
    Rule(
        "setuid.suid-file",
        "a file runs with its owner's rights (SUID)",
        f"Whoever runs it gets its owner's rights (mostly root's) unless no-new-privileges is set. {_CLASSES}",
        Severity.MEDIUM,
        "RUN find / -xdev -type f -perm /6000 -exec chmod ug-s {} +",
        ("4.8",),
    ),
    Rule(
        "setuid.sgid-file",
        "a file runs with its group's rights (SGID)",
        f"Whoever runs it gets the rights of its group. {_CLASSES}",
        Severity.MEDIUM,
        "RUN find / -xdev -type f -perm /6000 -exec chmod ug-s {} +",
        ("4.8",),
    ),
)
