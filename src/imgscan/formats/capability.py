"""The value of the extended attribute ``security.capability``.

Source: linux/include/uapi/linux/capability.h, struct vfs_cap_data (revisions 1, 2) and vfs_ns_cap_data (3).
"""

from __future__ import annotations

from functools import lru_cache
from struct import unpack_from

import msgspec

_NAMES = (
    "chown dac_override dac_read_search fowner fsetid kill setgid setuid setpcap linux_immutable net_bind_service "
    "net_broadcast net_admin net_raw ipc_lock ipc_owner sys_module sys_rawio sys_chroot sys_ptrace sys_pacct sys_admin "
    "sys_boot sys_nice sys_resource sys_time sys_tty_config mknod lease audit_write audit_control setfcap mac_override "
    "mac_admin syslog wake_alarm block_suspend audit_read perfmon bpf checkpoint_restore"
).split()
_KNOWN = frozenset(f"cap_{name}" for name in _NAMES)
_PAIRS = {1: 1, 2: 2, 3: 2}
_EFFECTIVE = 1


class FileCapabilities(msgspec.Struct, frozen=True):
    """Capabilities of a file; the sets hold names like ``cap_net_raw``, unknown bits as ``cap_<number>``.

    ``effective`` is one bit for the whole file; ``rootid`` the uid (in the initial user namespace) of the namespace's
    root that revision 3 binds them to.
    """

    revision: int
    effective: bool
    permitted: tuple[str, ...]
    inheritable: tuple[str, ...]
    rootid: int | None = None

    def text(self) -> str:
        """Return the sets as getcap(8) prints them: ``cap_net_admin,cap_net_raw=ep``."""
        return _text(self)


@lru_cache(maxsize=1024)
def _text(value: FileCapabilities) -> str:
    both = [name for name in value.permitted if name in value.inheritable]
    groups: dict[str, list[str]] = {}
    e = "e" if value.effective else ""
    for flags, names in (
        (f"{e}ip", both),
        (f"{e}p", [name for name in value.permitted if name not in both]),
        ("i", [name for name in value.inheritable if name not in both]),
    ):
        if names:
            groups[flags] = names
    return " ".join(f"{','.join(names)}={flags}" for flags, names in groups.items()) or "="


@lru_cache(maxsize=1024)  # a hostile image has a million files of one value
def parse_capability(value: bytes) -> FileCapabilities | None:
    """Return the decoded attribute, or None when it is malformed (the kernel then refuses to run the file)."""
    if len(value) < 4:
        return None
    (magic,) = unpack_from("<I", value)
    revision = magic >> 24
    pairs = _PAIRS.get(revision)
    size = 4 + 8 * (pairs or 0) + (4 if revision == 3 else 0)
    if pairs is None or len(value) != size:
        return None
    words = unpack_from(f"<{2 * pairs}I", value, 4)
    permitted = words[0] | (words[2] << 32 if pairs == 2 else 0)
    inheritable = words[1] | (words[3] << 32 if pairs == 2 else 0)
    rootid = unpack_from("<I", value, 20)[0] if revision == 3 else None
    return FileCapabilities(revision, bool(magic & _EFFECTIVE), _names(permitted), _names(inheritable), rootid)


def _names(bits: int) -> tuple[str, ...]:
    return tuple(
        f"cap_{_NAMES[bit] if bit < len(_NAMES) else bit}" for bit in range(bits.bit_length()) if bits >> bit & 1
    )


def is_known(name: str) -> bool:
    """Whether a capability is one that has a name; others the kernel masks. Source: Linux, CAP_VALID_MASK."""
    return name in _KNOWN
