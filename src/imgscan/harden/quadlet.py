"""The run profile as a container unit of Podman (podman-systemd.unit(5), "Container units [Container]").

A comment of a unit has a line of its own, and ``%`` begins a specifier: it is doubled.
"""

from __future__ import annotations

from collections.abc import Iterator

from imgscan.harden.plan import TMPFS, Hardening, Mount
from imgscan.harden.quoting import comment, is_plain
from imgscan.printable import printable


def quadlet(hardening: Hardening) -> str:
    """Return a ``.container`` file."""
    return "\n".join(_lines(hardening)) + "\n"


def _lines(hardening: Hardening) -> Iterator[str]:
    profile = hardening.profile
    yield f"# imgscan harden: how to run {comment(hardening.name)}"
    yield "[Unit]"
    yield f"Description={_value(hardening.name)}"
    yield ""
    yield "[Container]"
    yield f"Image={_value(hardening.name)}"
    yield "# control 4.1"
    yield f"User={profile.uid}"
    yield f"Group={profile.gid}"
    yield "# control 5.13: only what is named below can be written to"
    yield "ReadOnly=true"
    yield "ReadOnlyTmpfs=false"
    yield "# control 5.4"
    yield "DropCapability=all"
    for name, why in profile.capabilities:
        yield f"# {comment(why)}"
        yield f"AddCapability=CAP_{name}"
    if profile.new_privileges:
        yield f"# NoNewPrivileges cannot be set: {comment(profile.new_privileges)}"
    else:
        yield "# control 5.26"
        yield "NoNewPrivileges=true"
    if profile.lowest_port is not None:
        yield "# the port needs neither root nor a capability"
        yield f"Sysctl=net.ipv4.ip_unprivileged_port_start={profile.lowest_port}"
    yield "# controls 5.29 and 5.11; measure what the service needs"
    yield "PidsLimit=256"
    yield "PodmanArgs=--memory=512m"
    for number, mount in enumerate(profile.mounts):
        yield from _mount(number, mount)
    yield ""
    yield "[Service]"
    yield "Restart=on-failure"
    yield ""
    yield "[Install]"
    yield "WantedBy=default.target"


def _mount(number: int, mount: Mount) -> Iterator[str]:
    yield f"# {comment(mount.why)}"
    if " " in mount.path:  # the unit takes a space for the end of the value
        yield f"# by hand, its name has a space: {comment(mount.path)}"
    elif mount.volume:
        yield f"Volume=data-{number}:{_value(mount.path)}"
    else:
        yield f"Tmpfs={_value(mount.path)}:{TMPFS}"


def _value(text: str) -> str:
    """Return a text as a value on one line; what is not plain is left to be filled in."""
    shown = printable(text)
    plain = is_plain(shown) and not {"\\", '"', "'"} & set(shown)
    return shown.replace("%", "%%") if plain else "<image>"
