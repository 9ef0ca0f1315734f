"""What capabilities amount to, alone and in the hands of a program. Source: capabilities(7).

Root-equivalent is what leads to every other right: become another user, read or write any file, load code into the
kernel or into another process, or hand out capabilities.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from imgscan.model.entry import Entry


class Rating(StrEnum):
    """How much a capability, or a set of them, is worth."""

    ROOT = "root-equivalent"
    NOTABLE = "notable"
    BENIGN = "benign"


def _names(text: str) -> frozenset[str]:
    return frozenset(f"cap_{name}" for name in text.split())


ROOT_EQUIVALENT = _names(
    "setuid setgid setfcap setpcap dac_override dac_read_search chown fowner sys_admin sys_ptrace sys_module sys_rawio "
    "mknod bpf net_admin mac_admin mac_override"
)
BENIGN = _names("net_bind_service net_raw ipc_lock sys_nice wake_alarm block_suspend net_broadcast lease")
_WITH_OTHERS = "cap_sys_chroot"
"""Leaves a chroot and prepares one for a program that runs as root; alone it cannot make one run."""

DOCKER_DEFAULT = _names(
    "chown dac_override fsetid fowner mknod net_raw setgid setuid setfcap setpcap net_bind_service sys_chroot kill "
    "audit_write"
)
"""What a container may have unless it is started with more. Source: moby, oci/caps/defaults.go."""

# What distributions ship so, by the name of the program. Sources: Debian's iputils-ping, mtr-tiny, wireshark-common;
# Fedora's iputils, shadow-utils, httpd, sssd, systemd.
_SHIPPED = {
    "ping": _names("net_raw net_admin"),
    "ping6": _names("net_raw net_admin"),
    "arping": _names("net_raw net_admin"),
    "clockdiff": _names("net_raw net_admin sys_nice"),
    "fping": _names("net_raw"),
    "mtr-packet": _names("net_raw"),
    "dumpcap": _names("net_raw net_admin"),
    "newuidmap": _names("setuid"),
    "newgidmap": _names("setgid"),
    "suexec": _names("setuid setgid"),
    "krb5_child": _names("setuid setgid dac_read_search chown"),
    "ldap_child": _names("dac_read_search"),
    "selinux_child": _names("setuid setgid"),
    "sssd_pam": _names("dac_read_search"),
    "systemd-detect-virt": _names("dac_override sys_ptrace"),
    "gst-ptp-helper": _names("net_bind_service net_admin sys_nice"),
}
_SYSTEM = ("bin/", "sbin/", "usr/bin/", "usr/sbin/", "usr/libexec/", "usr/lib/")


def rating_of(capabilities: Iterable[str]) -> Rating:
    """Return the rating of a set: that of its weightiest member; an unknown capability is notable."""
    names = set(capabilities)
    if names & ROOT_EQUIVALENT or (_WITH_OTHERS in names and len(names) > 1 and not names <= BENIGN | {_WITH_OTHERS}):
        return Rating.ROOT
    return Rating.BENIGN if names <= BENIGN else Rating.NOTABLE


def is_shipped(paths: Iterable[str], entry: Entry, capabilities: Iterable[str]) -> bool:
    """Whether a distribution ships a program of this name with these capabilities, and the file is as it ships it."""
    if entry.uid != 0 or entry.mode & 0o022:
        return False
    names = [path.rpartition("/")[2] for path in paths if path.startswith(_SYSTEM)]
    wanted = set(capabilities)
    return any(wanted <= _SHIPPED.get(name, frozenset()) for name in names)
