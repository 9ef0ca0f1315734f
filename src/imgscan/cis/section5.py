"""The controls of section 5, "Container Runtime Configuration", as a table."""

from __future__ import annotations

from imgscan.cis import health, ports, sshd, writable
from imgscan.cis.definition import Definition
from imgscan.cis.runtime import (
    CAPABILITIES,
    CPU,
    DEVICES,
    GIVES_MOUNTS,
    LATEST,
    MEMORY,
    NEW_PRIVILEGES,
    PRIVILEGED,
    SOCKET,
    Hints,
    RunTimeSetting,
    check_mounts,
    env_hints,
    flag_hints,
    inspect,
)
from imgscan.model.control import Status
from imgscan.model.finding import Severity

_CONTAINER = "a setting of the container"
_HOST = "a setting of the host"
_COMMAND = "a matter of the command that is given"


def _setting(
    number: str, title: str, look: str, remedy: str, hints: Hints | None = None, about: str = _CONTAINER
) -> Definition:
    setting = RunTimeSetting(about=about, look=look, remedy=remedy, hints=hints)
    return Definition(id=number, title=title, severity=Severity.MEDIUM, judge=setting.judge, gives=setting.gives())


SECTION5: tuple[Definition, ...] = (
    _setting(
        "5.1",
        "Swarm mode is not enabled, if not needed",
        "docker info --format '{{.Swarm.LocalNodeState}}'",
        "docker swarm leave",
        about=_HOST,
    ),
    _setting(
        "5.2",
        "An AppArmor profile is enabled, if applicable",
        inspect(".AppArmorProfile"),
        "docker run --security-opt apparmor=docker-default <image>",
        flag_hints("apparmor"),
    ),
    _setting(
        "5.3",
        "SELinux security options are set, if applicable",
        inspect(".HostConfig.SecurityOpt"),
        "docker run --security-opt label=type:container_t <image>",
        flag_hints("label"),
    ),
    _setting(
        "5.4",
        "Linux kernel capabilities are restricted within containers",
        inspect(".HostConfig.CapAdd}} {{.HostConfig.CapDrop"),
        "docker run --cap-drop ALL --cap-add <only what is needed> <image>",
        CAPABILITIES,
    ),
    _setting(
        "5.5",
        "Privileged containers are not used",
        inspect(".HostConfig.Privileged"),
        "docker run --privileged=false <image>",
        PRIVILEGED,
    ),
    Definition(
        id="5.6",
        title="Sensitive host system directories are not mounted on containers",
        severity=Severity.MEDIUM,
        judge=check_mounts,
        gives=GIVES_MOUNTS,
        rests=("config.volume-sensitive", "config.label-privileged"),
    ),
    Definition(
        id="5.7",
        title="sshd is not run within containers",
        severity=Severity.HIGH,
        judge=sshd.check_sshd,
        gives=sshd.GIVES,
        rests=sshd.RESTS,
    ),
    Definition(
        id="5.8",
        title="Privileged ports are not mapped within containers",
        severity=Severity.LOW,
        judge=ports.check_privileged,
        gives=ports.GIVES_PRIVILEGED,
    ),
    Definition(
        id="5.9",
        title="Only needed ports are open on the container",
        severity=Severity.MEDIUM,
        judge=ports.check_needed,
        gives=ports.GIVES_NEEDED,
    ),
    _setting(
        "5.10",
        "The host's network namespace is not shared",
        inspect(".HostConfig.NetworkMode"),
        "docker run --network <a bridge of its own> <image>",
        flag_hints("--net=host", "--net host", "--network=host", "--network host"),
    ),
    _setting(
        "5.11",
        "The memory usage for containers is limited",
        inspect(".HostConfig.Memory"),
        "docker run --memory 512m <image>",
        env_hints(MEMORY),
    ),
    _setting(
        "5.12",
        "CPU priority is set appropriately on containers",
        inspect(".HostConfig.CpuShares}} {{.HostConfig.NanoCpus"),
        "docker run --cpus 1 --cpu-shares 512 <image>",
        env_hints(CPU),
    ),
    Definition(
        id="5.13",
        title="The container's root filesystem is mounted as read only",
        severity=Severity.MEDIUM,
        judge=writable.check_read_only,
        gives=writable.GIVES_READ_ONLY,
    ),
    _setting(
        "5.14",
        "Incoming container traffic is bound to a specific host interface",
        inspect(".NetworkSettings.Ports"),
        "docker run --publish 127.0.0.1:8080:8080 <image>",
    ),
    _setting(
        "5.15",
        "The 'on-failure' container restart policy is set to 5",
        inspect(".HostConfig.RestartPolicy"),
        "docker run --restart on-failure:5 <image>",
    ),
    _setting(
        "5.16",
        "The host's process namespace is not shared",
        inspect(".HostConfig.PidMode"),
        "docker run <image>   # without --pid host",
        flag_hints("--pid=host", "--pid host"),
    ),
    _setting(
        "5.17",
        "The host's IPC namespace is not shared",
        inspect(".HostConfig.IpcMode"),
        "docker run --ipc private <image>",
        flag_hints("--ipc=host", "--ipc host"),
    ),
    _setting(
        "5.18",
        "Host devices are not directly exposed to containers",
        inspect(".HostConfig.Devices"),
        "docker run <image>   # without --device",
        DEVICES,
    ),
    _setting(
        "5.19",
        "The default ulimit is overwritten at runtime if needed",
        inspect(".HostConfig.Ulimits"),
        "docker run --ulimit nofile=1024:1024 <image>",
    ),
    _setting(
        "5.20",
        "Mount propagation mode is not set to shared",
        inspect("range .Mounts}}{{.Propagation}} {{end"),
        "docker run --mount type=bind,src=<path>,dst=<path>,bind-propagation=rprivate <image>",
    ),
    _setting(
        "5.21",
        "The host's UTS namespace is not shared",
        inspect(".HostConfig.UTSMode"),
        "docker run <image>   # without --uts host",
        flag_hints("--uts=host", "--uts host"),
    ),
    _setting(
        "5.22",
        "The default seccomp profile is not disabled",
        inspect(".HostConfig.SecurityOpt"),
        "docker run <image>   # without --security-opt seccomp=unconfined",
        flag_hints("seccomp"),
    ),
    _setting(
        "5.23",
        "docker exec is not used with the privileged option",
        "ausearch -k docker | grep exec | grep privileged",
        "docker exec <container> <command>",
        about=_COMMAND,
    ),
    _setting(
        "5.24",
        "docker exec is not used with the user=root option",
        "ausearch -k docker | grep exec | grep user",
        "docker exec --user <uid> <container> <command>",
        about=_COMMAND,
    ),
    _setting(
        "5.25",
        "cgroup usage is confirmed",
        inspect(".HostConfig.CgroupParent"),
        "docker run <image>   # without --cgroup-parent",
    ),
    _setting(
        "5.26",
        "The container is restricted from acquiring additional privileges",
        inspect(".HostConfig.SecurityOpt"),
        "docker run --security-opt no-new-privileges <image>",
        NEW_PRIVILEGES,
    ),
    Definition(
        id="5.27",
        title="Container health is checked at runtime",
        severity=Severity.LOW,
        judge=health.check_health_at_run_time,
        gives=health.GIVES_AT_RUN_TIME,
        rests=health.RESTS,
        silence=frozenset({Status.INFO}),
    ),
    _setting(
        "5.28",
        "Docker commands always use the latest version of their image",
        inspect(".Image"),
        "docker pull <image>@<digest>",
        LATEST,
        about=_COMMAND,
    ),
    _setting(
        "5.29",
        "The PIDs cgroup limit is used",
        inspect(".HostConfig.PidsLimit"),
        "docker run --pids-limit 100 <image>",
    ),
    _setting(
        "5.30",
        "Docker's default bridge docker0 is not used",
        inspect(".HostConfig.NetworkMode"),
        "docker network create app && docker run --network app <image>",
    ),
    _setting(
        "5.31",
        "The host's user namespaces are not shared",
        inspect(".HostConfig.UsernsMode"),
        "docker run <image>   # without --userns host",
        flag_hints("--userns=host", "--userns host"),
    ),
    _setting(
        "5.32",
        "The Docker socket is not mounted inside any containers",
        inspect("json .Mounts"),
        "docker run <image>   # without -v /var/run/docker.sock",
        SOCKET,
    ),
)
