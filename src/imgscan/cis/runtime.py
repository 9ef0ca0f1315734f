"""Section 5: what only the running container shows, what to look at there, and what the image hints at."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeAlias

import msgspec

from imgscan.cis.evidence import Line, line_of_item, lines_of, named
from imgscan.cis.subject import Subject
from imgscan.cis.verdict import ControlVerdict, verdict
from imgscan.model.control import Status
from imgscan.model.finding import Finding, State
from imgscan.model.items import CapabilityItem, DaemonItem, FileItem, read_evidence
from imgscan.wording import counted

MEMORY = (
    "JAVA_OPTS",
    "JAVA_TOOL_OPTIONS",
    "JDK_JAVA_OPTIONS",
    "GOMEMLIMIT",
    "NODE_OPTIONS",
    "GOGC",
    "MALLOC_ARENA_MAX",
)
CPU = ("GOMAXPROCS", "OMP_NUM_THREADS", "WEB_CONCURRENCY", "UV_THREADPOOL_SIZE")
_ENGINES = frozenset(
    "docker docker-compose dockerd podman nerdctl containerd ctr crictl buildkitd buildctl kubelet skopeo "
    "buildah".split()
)
_CLIENTS = frozenset("docker docker-compose podman nerdctl ctr crictl".split())
_SOCKETS = ("docker.sock", "containerd.sock", "podman.sock", "crio.sock")

Search: TypeAlias = Callable[[Subject], tuple[Sequence[Line], Sequence[Finding]]]


class Hints(NamedTuple):
    """What an image hints at: in words, and how it is found, as lines and the findings behind them."""

    text: str
    search: Search


class RunTimeSetting(msgspec.Struct, frozen=True, kw_only=True):
    """A setting of the container: where to look, how to set it, and what the image hints at."""

    about: str
    look: str
    remedy: str
    hints: Hints | None = None

    def judge(self, subject: Subject) -> ControlVerdict:
        """Return that no image decides it, with the hints that this one gives."""
        lines, findings = self.hints.search(subject) if self.hints is not None else ([], ())
        text = f"{self.about}, not of an image; look at run time: {self.look}"
        return verdict(Status.NOT_EVALUABLE, text, lines, findings, self.remedy)

    def gives(self) -> dict[Status, str]:
        """Return the one status that there is."""
        hints = f"; hints: {self.hints.text}" if self.hints is not None else ""
        return {Status.NOT_EVALUABLE: f"always: {self.about}{hints}"}


class _Named(msgspec.Struct, frozen=True):
    """What findings on labels, volumes and links name."""

    flags: tuple[str, ...] = ()
    volume: str = ""
    targets: tuple[str, ...] = ()


def flag_hints(*flags: str) -> Hints:
    """Return a search of labels (Atomic's RUN, INSTALL, UNINSTALL) for flags of docker run."""

    def search(subject: Subject) -> tuple[Sequence[Line], Sequence[Finding]]:
        result = [item for item in subject.of("config.label-privileged") if _has_flag(item, flags)]
        return lines_of(result), result

    return Hints(f"labels that ask for {flags[0]}", search)


def _has_flag(finding: Finding, flags: Sequence[str]) -> bool:
    return any(flag in text for text in read_evidence(finding, _Named).flags for flag in flags)


def env_hints(names: Sequence[str]) -> Hints:
    """Return a search for variables that bound what a program takes."""

    def search(subject: Subject) -> tuple[Sequence[Line], Sequence[Finding]]:
        present = [item.partition("=")[0] for item in subject.manifest.config.env]
        return [f"ENV {name} is set" for name in present if name in names], ()

    return Hints(f"variables like {names[0]}", search)


def capability_hints(subject: Subject) -> tuple[Sequence[Line], Sequence[Finding]]:
    """Return the files with capabilities; those outside Docker's default set need ``--cap-add``."""
    lines = []
    for item in subject.items(CapabilityItem):
        outside = item.outside_default
        fails = "does not even start" if item.effective else "lacks them"
        need = f"without --cap-add {' '.join(outside)} it {fails}" if outside else ""
        lines.append(line_of_item(item, item.text, need))
    asked, flagged = flag_hints("--cap-add").search(subject)
    findings = [item for item in subject.of("capabilities.") if item.state is State.VISIBLE]
    return [*lines, *asked], [*findings, *flagged]


def privileged_hints(subject: Subject) -> tuple[Sequence[Line], Sequence[Finding]]:
    """Return labels that ask for ``--privileged``, and container engines, which need it."""
    lines, findings = flag_hints("--privileged").search(subject)
    engines = _tools(subject, _ENGINES - _CLIENTS)
    return [*lines, *(line_of_item(item, "an engine, which asks for privileges") for item in engines)], findings


def device_hints(subject: Subject) -> tuple[Sequence[Line], Sequence[Finding]]:
    """Return device nodes of the image and labels that ask for devices."""
    lines, flagged = flag_hints("--device", "-v /dev", "--volume=/dev", "--volume /dev").search(subject)
    nodes = subject.of("oddities.device")
    return [*lines_of(nodes), *lines], [*nodes, *flagged]


def new_privileges_hints(subject: Subject) -> tuple[Sequence[Line], Sequence[Finding]]:
    """Return what would stop working with no-new-privileges."""
    rules = subject.of("setuid.", "capabilities.file")
    findings = [item for item in rules if item.state is State.VISIBLE]
    if findings:
        return lines_of(findings, "would run without its extra rights: "), findings
    if subject.is_open("setuid.*", "capabilities.*"):
        return [], ()
    return ["no SUID, SGID or capability in any file: setting the flag costs nothing"], ()


def socket_hints(subject: Subject) -> tuple[Sequence[Line], Sequence[Finding]]:
    """Return clients of container engines, and whatever names their socket."""
    asked, flagged = flag_hints("docker.sock").search(subject)
    lines = [*asked, *(line_of_item(item, f"a client: {named(_called(item))}") for item in _tools(subject, _CLIENTS))]
    config = subject.manifest.config
    lines += [f"VOLUME {path}" for path in config.volumes if path.endswith(_SOCKETS)]
    lines += ["ENV DOCKER_HOST is set" for item in config.env if item.startswith("DOCKER_HOST=")]
    volumes = [
        item for item in subject.of("config.volume-sensitive") if read_evidence(item, _Named).volume.endswith(_SOCKETS)
    ]
    links = [item for item in subject.of("oddities.host-link") if _leads_to_socket(item)]
    return [*lines, *lines_of(links)], [*flagged, *volumes, *links]


def _leads_to_socket(link: Finding) -> bool:
    return any(target.endswith(_SOCKETS) for target in read_evidence(link, _Named).targets)


def latest_hints(subject: Subject) -> tuple[Sequence[Line], Sequence[Finding]]:
    """Return the names of the image and whether one is ``latest``."""
    result = subject.of("config.latest-tag")
    references = list(subject.manifest.references)
    shown = [f"references: {named(references)}"] if references else []
    return [*shown, *lines_of(result)], result


def check_mounts(subject: Subject) -> ControlVerdict:
    """5.6: return volumes and labels that name directories of the system."""
    flagged = [
        item for item in subject.of("config.label-privileged") if _has_flag(item, ("-v", "--volume", "docker.sock"))
    ]
    volumes = subject.of("config.volume-sensitive")
    look = "docker inspect --format '{{json .Mounts}}' <container>"
    if volumes or flagged:
        count = counted(len(volumes) + len(flagged), "place")
        text = f"{count} of the config that name directories of the system; what is mounted shows at run time"
        lines = [*lines_of([*volumes, *flagged]), f"look at {look}"]
        return verdict(Status.WARN, text, lines, [*volumes, *flagged], "VOLUME <a directory of the service's own data>")
    declared = [f"VOLUME {path}" for path in subject.manifest.config.volumes]
    text = f"a setting of the container, not of an image; look at run time: {look}"
    return verdict(
        Status.NOT_EVALUABLE, text, declared, remediation="docker run --mount type=volume,src=data,dst=/data <image>"
    )


GIVES_MOUNTS = {
    Status.WARN: "VOLUME names a directory of the system, or a label asks for one of the host's",
    Status.NOT_EVALUABLE: "otherwise; declared volumes are listed",
}


def _tools(subject: Subject, names: frozenset[str]) -> list[FileItem]:
    sections = (*subject.items(FileItem, "container_tools"), *subject.items(DaemonItem))
    result = {str(item.path): item for item in sections if not names.isdisjoint(_called(item))}
    return list(result.values())


def _called(item: FileItem) -> list[str]:
    return sorted({str(path).rpartition("/")[2] for path in (item.path, *item.names)})


def inspect(template: str) -> str:
    """Return the command that shows a setting of a container."""
    return f"docker inspect --format '{{{{{template}}}}}' <container>"


CAPABILITIES = Hints("files with capabilities; those outside Docker's default set ask for --cap-add", capability_hints)
PRIVILEGED = Hints("labels that ask for --privileged, container engines", privileged_hints)
DEVICES = Hints("device nodes that no container needs, labels that ask for devices", device_hints)
NEW_PRIVILEGES = Hints("what would stop working, or that nothing would", new_privileges_hints)
SOCKET = Hints("clients of engines, DOCKER_HOST, the socket as a volume, symlink or in a label", socket_hints)
LATEST = Hints("the image's names, the tag latest", latest_hints)
