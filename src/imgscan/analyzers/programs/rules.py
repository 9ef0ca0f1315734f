"""The rules of the analyzer ``programs``."""

from __future__ import annotations

from imgscan.model.finding import Severity
from imgscan.model.rule import Rule, Rules, table

_NEED = "Whether it is needed a person must judge: the health check or the entrypoint may call it."
_UNUSED = ("4.3", "4.11")

RULES: Rules = table(
    Rule(
        "programs.shell",
        "a shell",
        f"A shell, by name, as an applet of a multi-call binary, or by its content. {_NEED}",
        Severity.LOW,
        "FROM a base image without a shell, with COPY --from=build of what runs",
        _UNUSED,
    ),
    Rule(
        "programs.interpreter",
        "an interpreter, or a program that runs commands it is given",
        "As good as a shell for who gets in: python, perl, awk, editors and pagers with an escape to a shell.",
        Severity.INFO,
        "FROM a base image without it, with COPY --from=build of what runs",
        _UNUSED,
    ),
    Rule(
        "programs.package-manager",
        "a package manager",
        "What gets in can install more with it. Nothing that runs in a container needs one: build in one stage, copy "
        "to another.",
        Severity.LOW,
        "FROM a base image without one, with COPY --from=build of what runs",
        _UNUSED,
    ),
    Rule(
        "programs.network-tool",
        "a network tool",
        f"Fetches tools, carries data out, probes neighbours. {_NEED}",
        Severity.LOW,
        "RUN rm -f <file>",
        _UNUSED,
    ),
    Rule(
        "programs.debug-tool",
        "a debugging, tracing or editing tool",
        f"Reads the memory of other processes, or eases the work of who got in. {_NEED}",
        Severity.LOW,
        "RUN rm -f <file>",
        _UNUSED,
    ),
    Rule(
        "programs.compiler",
        "a compiler or build tool",
        "Belongs into a build stage. Names with version suffixes and triplet prefixes count.",
        Severity.LOW,
        "COPY --from=build <program> /usr/local/bin/",
        ("4.3",),
    ),
    Rule(
        "programs.container-tool",
        "a tool to change users or to steer containers",
        "Container engines and their clients, nsenter, setpriv, sudo, su-exec and the like: with a socket or a "
        "capability from the host they lead out of the container.",
        Severity.LOW,
        "RUN rm -f <file>",
        ("4.3", "5.32"),
    ),
    Rule(
        "programs.daemon",
        "a daemon",
        "A server, and what starts it, as far as config, scripts, units and supervisors tell.",
        Severity.INFO,
        "one service a container: RUN rm -f <file>",
        ("4.3",),
    ),
    Rule(
        "programs.remote-daemon",
        "a daemon for remote logins",
        "sshd, dropbear, telnetd and the like. HIGH where the image starts it, MEDIUM where a unit enables it, LOW "
        "where it is only there.",
        Severity.MEDIUM,
        "RUN apt-get purge -y openssh-server",
        ("5.7",),
    ),
    Rule(
        "programs.renamed-shell",
        "a shell under a name that does not say so",
        "The content is that of a shell (or of BusyBox with one), none of its names is. A copy like that hides from "
        "whoever looks for names.",
        Severity.HIGH,
        "RUN rm -f <file>",
        ("4.3",),
    ),
    Rule(
        "programs.renamed-interpreter",
        "an interpreter under a name that does not say so",
        "The content is that of an interpreter, none of its names is. Applications that bundle their runtime have such "
        "a file.",
        Severity.MEDIUM,
        "RUN rm -f <file>",
        ("4.3",),
    ),
)
