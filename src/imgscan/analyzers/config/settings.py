"""Findings on ports, volumes, variables, labels, tags and triggers; of variables and labels the names alone."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from imgscan.analyzers.config.finding import config_finding
from imgscan.analyzers.config.way_out import way_out
from imgscan.formats.image.ports import parse_port
from imgscan.formats.path import base_name, clean_path
from imgscan.model.finding import Finding, Severity
from imgscan.rootfs.view import ImageView
from imgscan.wording import counted, listed, quoted

_MAX_TEXT = 1 << 16
_SOCKETS = frozenset("docker.sock containerd.sock podman.sock crio.sock buildkitd.sock cri-dockerd.sock".split())
_SENSITIVE = ("boot", "dev", "etc", "lib", "proc", "sys", "usr", "run", "var/run")
# Name (in capitals or small letters), the values that make it a risk (empty: any), why.
_VARIABLES: tuple[tuple[str, tuple[str, ...], str], ...] = (
    ("LD_PRELOAD", (), "a library is loaded into every program"),
    ("LD_AUDIT", (), "a library is loaded into every program"),
    ("NODE_TLS_REJECT_UNAUTHORIZED", ("0",), "Node.js takes any certificate"),
    ("PYTHONHTTPSVERIFY", ("0",), "Python takes any certificate"),
    ("GIT_SSL_NO_VERIFY", ("1", "true", "yes", "on"), "git takes any certificate"),
    ("NPM_CONFIG_STRICT_SSL", ("false", "0"), "npm takes any certificate"),
    ("PIP_TRUSTED_HOST", (), "pip takes any certificate of a host"),
    ("DOCKER_CONTENT_TRUST", ("0",), "signatures of images are not checked"),
)
_HOST_FLAGS = re.compile(
    r"--privileged|--(?:net|network|pid|ipc|uts|userns)[= ]host|--cap-add[= ]\S{1,40}|"
    r"--security-opt[= ]label[:=]disable|--device[= ]\S{1,60}|"
    r"--security-opt[= ]\S{1,60}?unconfined|/var/run/docker\.sock|(?:-v|--volume)[= ]/(?=[: ])|"
    r"(?:-v|--volume)[= ]/(?:etc|proc|sys|dev|boot|run)\b"
)
_RUN_LABELS = frozenset({"run", "install", "uninstall", "update"})


def setting_findings(view: ImageView) -> Iterator[Finding]:
    """Yield findings on single settings of the config."""
    yield from _ports(view.config.exposed_ports)
    yield from _volumes(view.config.volumes)
    yield from _variables(view.config.env, view.config.is_windows)
    yield from _labels(view.config.labels)
    yield from _working_dir(view)
    yield from _onbuild(view.config.raw.get("OnBuild"))
    latest = [name for name in view.manifest.references if name == "latest" or name.endswith(":latest")]
    if latest:
        text = f"the tag latest ({listed(latest, 3)}) can move to another image"
        remedy = "docker tag <image> <name>:<version>"
        yield config_finding("latest-tag", Severity.LOW, text, {"references": latest[:10]}, remedy)


def _ports(declared: Sequence[str]) -> Iterator[Finding]:
    result = {text: parse_port(text) for text in declared}
    ssh = [
        text for text, ports in result.items() if ports and ports.protocol == "tcp" and ports.first <= 22 <= ports.last
    ]
    if ssh:
        text = f"EXPOSE {ssh[0]}: a remote login into the container"
        remedy = f"leave out EXPOSE {ssh[0]}"
        yield config_finding("port-ssh", Severity.MEDIUM, text, {"ports": ssh[:10]}, remedy)
    low = [text for text, ports in result.items() if ports and ports.first < 1024 and text not in ssh]
    if low:
        text = f"{counted(len(low), 'privileged port')} (below 1024): {listed(low)}"
        yield config_finding(
            "port-privileged", Severity.LOW, text, {"ports": low[:50]}, "EXPOSE 8080", " ".join(low[:50])
        )
    odd = [text for text, ports in result.items() if ports is None]
    if odd:
        text = f"{counted(len(odd), 'port')} that cannot be read: {listed([quoted(text) for text in odd], 3)}"
        yield config_finding("port-malformed", Severity.LOW, text, {"ports": odd[:10]})


def _volumes(volumes: Sequence[str]) -> Iterator[Finding]:
    for volume in volumes[:50]:
        path = clean_path(volume)
        top = next((item for item in _SENSITIVE if path == item or path.startswith(f"{item}/")), None)
        if path and top is None:
            continue
        socket = base_name(path) in _SOCKETS
        severity = Severity.HIGH if socket else Severity.MEDIUM if path in ("", top) else Severity.LOW
        why = "the container engine's socket" if socket else "a directory of the system"
        text = f"VOLUME /{path}: {why}, which files from elsewhere would hide or change"
        yield config_finding("volume-sensitive", severity, text, {"volume": f"/{path}"}, identity=path)


def _variables(env: Sequence[str], windows: bool) -> Iterator[Finding]:
    # Of a name that is set twice the last value counts.
    for name, value in dict(item.partition("=")[::2] for item in env).items():
        for risky, values, why in _VARIABLES:
            if name in (risky, risky.lower()) and value and (not values or value.lower() in values):
                yield config_finding(
                    "env-risky", Severity.MEDIUM, f"ENV {name}: {why}", {"name": name}, f"ENV {name}=", name
                )
        if name == "PATH" and not windows:
            odd = [part for part in value.split(":") if not part.startswith("/")]
            if odd:
                text = "ENV PATH has an empty or relative element: programs are run from wherever one stands"
                yield config_finding("path-relative", Severity.MEDIUM, text, {"elements": odd[:10]})


def _labels(labels: dict[str, str]) -> Iterator[Finding]:
    for name, value in labels.items():
        flags = (
            sorted({match[0] for match in _HOST_FLAGS.finditer(value[:_MAX_TEXT])})
            if name.lower() in _RUN_LABELS
            else []
        )
        if flags:
            text = f"LABEL {name} asks to be run with {listed(flags, 5)}"
            yield config_finding(
                "label-privileged", Severity.MEDIUM, text, {"label": name, "flags": flags[:10]}, "", name
            )


def _working_dir(view: ImageView) -> Iterator[Finding]:
    path = view.config.working_dir
    where = way_out(view, path)
    if where is None:
        return
    text = "WORKDIR below /proc/self/fd: it leads out of the container on runtimes open to CVE-2024-21626"
    evidence = {"working_dir": path[:200]}
    if where != path.lstrip("/")[: len(where)]:
        text = f"WORKDIR leads to /{where}: out of the container on runtimes open to CVE-2024-21626"
        evidence["leads_to"] = f"/{where}"
    yield config_finding("working-dir-escape", Severity.CRITICAL, text, evidence, "WORKDIR /")


def _onbuild(triggers: object) -> Iterator[Finding]:
    words = (
        [text.split(None, 1)[0][:20] for text in triggers if isinstance(text, str) and text.strip()]
        if isinstance(triggers, list)
        else []
    )
    if words:
        text = f"{counted(len(words), 'ONBUILD trigger')} ({listed(words, 5)}), run in every build on top of this image"
        yield config_finding("onbuild", Severity.INFO, text, {"instructions": words[:20]})
