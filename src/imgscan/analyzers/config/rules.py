"""The rules of the analyzer ``config``."""

from __future__ import annotations

from imgscan.model.finding import Severity
from imgscan.model.rule import Rule, Rules, table

_INFO, _LOW, _MEDIUM, _HIGH = Severity.INFO, Severity.LOW, Severity.MEDIUM, Severity.HIGH

ANALYZER = "config"

RULES: Rules = table(
    Rule(
        "config.root-user",
        "the container starts as root",
        "No USER, or one whose uid in the image's own passwd is 0. LOW where the entrypoint calls what gives root's "
        "rights away (gosu, su-exec, setpriv).",
        _MEDIUM,
        "USER 10001:10001",
        ("4.1",),
    ),
    Rule(
        "config.user-missing",
        "the user or group does not exist",
        "The name stands in no line of the image's passwd or group: the container does not start.",
        _HIGH,
        "USER 10001:10001",
        ("4.1",),
    ),
    Rule(
        "config.user-root-group",
        "the container runs in root's group",
        "What root's group may write is open to it. Some platforms (arbitrary uids, gid 0) want it so.",
        _LOW,
        "USER 10001:10001",
        ("4.1",),
    ),
    Rule(
        "config.no-command",
        "neither ENTRYPOINT nor CMD",
        "What the container runs is told at its start alone, and was not looked at.",
        _INFO,
        'ENTRYPOINT ["/path/to/program"]',
    ),
    Rule(
        "config.start-broken",
        "what ENTRYPOINT and CMD need is missing or may not be run",
        "The program, the interpreter of a script, the loader or a library is not in the image, or the container's "
        "user may not run it, or the kernel cannot: neither ELF nor #!, damaged, an object file, for another machine. "
        "MEDIUM where a shell or wrapper looks for it.",
        _HIGH,
        "COPY --chmod=0755 <program> <path>",
    ),
    Rule(
        "config.healthcheck-missing",
        "no HEALTHCHECK",
        "The config has none, or NONE. The config is the truth, not the history. Orchestrators have checks of their "
        "own.",
        _LOW,
        'HEALTHCHECK CMD ["/path/to/check"]',
        ("4.6",),
    ),
    Rule(
        "config.healthcheck-unknown",
        "the builder leaves HEALTHCHECK out of its configs",
        "Buildah drops it from configs of the OCI format: whether there was one is unknown.",
        _INFO,
        "buildah build --format docker",
        ("4.6",),
    ),
    Rule(
        "config.healthcheck-broken",
        "what HEALTHCHECK runs is missing or may not be run",
        "The container never becomes healthy.",
        _MEDIUM,
        'HEALTHCHECK CMD ["/path/to/check"]',
        ("4.6",),
    ),
    Rule(
        "config.port-ssh",
        "port 22 is exposed",
        "A remote login into the container is planned.",
        _MEDIUM,
        "leave out EXPOSE 22; docker exec needs no sshd",
        ("5.7", "5.9"),
    ),
    Rule(
        "config.port-privileged",
        "a port below 1024 is exposed",
        "Binding it takes root or a capability, unless the runtime lowers the bound.",
        _LOW,
        "EXPOSE 8080",
        ("5.8",),
    ),
    Rule(
        "config.port-malformed",
        "an exposed port cannot be read",
        "Runtimes refuse it or leave it out.",
        _LOW,
        "EXPOSE 8080/tcp",
        ("5.9",),
    ),
    Rule(
        "config.volume-sensitive",
        "a directory of the system is a volume",
        "What is mounted there hides or changes the image's own files. HIGH for the socket of a container engine.",
        _MEDIUM,
        "VOLUME /data",
        ("5.6", "5.32"),
    ),
    Rule(
        "config.env-risky",
        "a variable switches a protection off",
        "LD_PRELOAD, or one that makes clients take any certificate. Names are told, never values.",
        _MEDIUM,
        "leave out the ENV",
        ("4.11",),
    ),
    Rule(
        "config.path-relative",
        "PATH has an empty or relative element",
        "Programs are run from wherever one stands.",
        _MEDIUM,
        "ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    ),
    Rule(
        "config.label-privileged",
        "a label asks for privileges on the host",
        "The labels RUN and INSTALL hold a command line with --privileged, a namespace of the host, or the engine's "
        "socket.",
        _MEDIUM,
        "leave out the LABEL",
        ("5.5", "5.10", "5.16", "5.32"),
    ),
    Rule(
        "config.working-dir-escape",
        "the working directory leads out of the container",
        "WORKDIR below /proc/self/fd, by whatever name or link: on runtimes open to CVE-2024-21626 the process starts "
        "in the host's filesystem.",
        Severity.CRITICAL,
        "WORKDIR /",
    ),
    Rule(
        "config.onbuild",
        "instructions that run in builds on top of the image",
        "ONBUILD triggers: who builds on the image runs them unseen.",
        _INFO,
        "leave out ONBUILD",
    ),
    Rule(
        "config.latest-tag",
        "the image is called latest",
        "The name means another image tomorrow.",
        _LOW,
        "docker tag <image> <name>:<version>",
        ("5.28",),
    ),
)
