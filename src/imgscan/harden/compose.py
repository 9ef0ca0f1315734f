"""The run profile as a service of Compose (Compose Specification, "Services top-level element")."""

from __future__ import annotations

from collections.abc import Iterator

from imgscan.harden.plan import TMPFS, Hardening
from imgscan.harden.quoting import comment, yaml_text


def compose(hardening: Hardening) -> str:
    """Return a file of one service, as YAML."""
    return "\n".join(_lines(hardening)) + "\n"


def _lines(hardening: Hardening) -> Iterator[str]:
    profile = hardening.profile
    yield f"# imgscan harden: how to run {comment(hardening.name)}"
    yield "services:"
    yield "  app:"
    yield f"    image: {yaml_text(hardening.name)}"
    yield f'    user: "{profile.uid}:{profile.gid}"  # control 4.1'
    yield "    read_only: true  # control 5.13"
    yield "    cap_drop:"
    yield "      - ALL  # control 5.4"
    if profile.capabilities:
        yield "    cap_add:"
        for name, why in profile.capabilities:
            yield f"      - {name}  # {comment(why)}"
    if profile.new_privileges:
        yield f"    # no-new-privileges cannot be set: {comment(profile.new_privileges)}"
    else:
        yield "    security_opt:"
        yield "      - no-new-privileges:true  # control 5.26"
    if profile.lowest_port is not None:
        yield "    sysctls:"
        yield f"      net.ipv4.ip_unprivileged_port_start: {profile.lowest_port}  # no root and no capability for it"
    yield "    pids_limit: 256  # control 5.29; measure what the service needs"
    yield "    mem_limit: 512m  # control 5.11; measure what the service needs"
    passing = [mount for mount in profile.mounts if not mount.volume]
    if passing:
        yield "    tmpfs:"
        for mount in passing:
            yield f"      - {yaml_text(f'{mount.path}:{TMPFS}')}  # {comment(mount.why)}"
    kept = [mount for mount in profile.mounts if mount.volume]
    if kept:
        yield "    volumes:"
        for number, mount in enumerate(kept):
            yield f"      - type: volume  # {comment(mount.why)}"
            yield f"        source: data-{number}"
            yield f"        target: {yaml_text(mount.path)}"
        yield "volumes:"
        for number in range(len(kept)):
            yield f"  data-{number}: {{}}"
