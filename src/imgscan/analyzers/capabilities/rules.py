"""The rules of the analyzer ``capabilities``."""

from __future__ import annotations

from imgscan.model.finding import Severity
from imgscan.model.rule import Rule, Rules, table

RULES: Rules = table(
    Rule(
        "capabilities.file",
        "a file gains capabilities when it is run",
        "The extended attribute security.capability gives a part of root's rights to whoever runs the file; a search "
        "for SUID bits does not see it. Rated by the permitted set: root-equivalent (cap_setuid, cap_dac_override, "
        "cap_sys_admin and the like: HIGH), notable (MEDIUM) or benign (cap_net_bind_service: LOW). A shell or an "
        "interpreter with a root-equivalent one is a root shell: CRITICAL. One step less for what distributions ship, "
        "LOW or MEDIUM for inheritable sets alone, INFO where the kernel grants nothing.",
        Severity.MEDIUM,
        "RUN setcap -r <file>",
        ("5.4",),
    ),
    Rule(
        "capabilities.malformed",
        "an attribute security.capability that the kernel does not take",
        "The attribute has a size or revision that no kernel knows: the kernel refuses to run the file. Somebody wrote "
        "it by hand, or a tool damaged it.",
        Severity.LOW,
        "RUN setcap -r <file>",
    ),
)
