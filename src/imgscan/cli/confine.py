"""A process gives up what reading an image does not need: new programs, the network, writing. By ctypes, no library.

Three walls, each with a hole that another closes: ``no_new_privs`` (a SUID program gives nothing), Landlock (which
files; it never asks about one that is open already), seccomp (which system calls; it knows no paths).

Sources: landlock(7), landlock_create_ruleset(2), seccomp(2), prctl(2), and the kernel's ``userspace-api/landlock.rst``.
"""

from __future__ import annotations

import ctypes
import os
import struct
import sys
from collections.abc import Sequence
from contextlib import suppress

_PR_SET_PDEATHSIG, _PR_SET_SECCOMP, _PR_SET_NO_NEW_PRIVS = 1, 22, 38
_SIGKILL, _FILTER, _EPERM = 9, 2, 1

# Numbers of landlock_create_ruleset, landlock_add_rule, landlock_restrict_self: the same on every machine.
_CREATE, _ADD, _RESTRICT = 444, 445, 446
_VERSION, _PATH_BENEATH = 1, 1

_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR, _REMOVE_DIR, _REMOVE_FILE = (1 << bit for bit in range(6))
_MAKE_DIR, _MAKE_REG, _TRUNCATE = 1 << 7, 1 << 8, 1 << 14
_READ = _READ_FILE | _READ_DIR
_KEEP = _READ | _WRITE_FILE | _REMOVE_FILE | _MAKE_DIR | _MAKE_REG | _TRUNCATE
_OF_A_FILE = _WRITE_FILE | _READ_FILE | _TRUNCATE
# What each version of the interface knows; a version that is newer than these knows the last.
_ACCESSES = (13, 14, 15, 15, 16)
_NETWORK_SINCE, _BIND_AND_CONNECT = 4, 3
_SCOPES_SINCE, _SOCKETS_AND_SIGNALS = 6, 3

_MACHINES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
"""Column of the table below, and AUDIT_ARCH of linux/audit.h."""

_REFUSED: dict[str, tuple[int, int]] = {
    # network
    "socket": (41, 198),
    "socketpair": (53, 199),
    "connect": (42, 203),
    "accept": (43, 202),
    "accept4": (288, 242),
    "bind": (49, 200),
    "listen": (50, 201),
    "sendto": (44, 206),
    "sendmsg": (46, 211),
    "sendmmsg": (307, 269),
    # new programs
    "execve": (59, 221),
    "execveat": (322, 281),
    # other processes
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "pidfd_getfd": (438, 438),
    # ways around a filter: calls made by the kernel for one
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    # large surfaces of the kernel
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "kexec_load": (246, 104),
    "kexec_file_load": (320, 294),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "delete_module": (176, 106),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    # the view of the filesystem
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "move_mount": (429, 429),
    "open_tree": (428, 428),
    "fsopen": (430, 430),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "mount_setattr": (442, 442),
    "unshare": (272, 97),
    "setns": (308, 268),
    "open_by_handle_at": (304, 265),
    # attributes of files, which Landlock does not guard; -1: the machine has no such call
    "chmod": (90, -1),
    "fchmod": (91, 52),
    "fchmodat": (268, 53),
    "fchmodat2": (452, 452),
    "chown": (92, -1),
    "fchown": (93, 55),
    "lchown": (94, -1),
    "fchownat": (260, 54),
    "setxattr": (188, 5),
    "lsetxattr": (189, 6),
    "fsetxattr": (190, 7),
    "setxattrat": (463, 463),
    "removexattr": (197, 14),
    "lremovexattr": (198, 15),
    "fremovexattr": (199, 16),
    "removexattrat": (466, 466),
    "utime": (132, -1),
    "utimes": (235, -1),
    "futimesat": (261, -1),
    "utimensat": (280, 88),
    # the machine itself
    "reboot": (169, 142),
    "swapon": (167, 224),
    "swapoff": (168, 225),
    "acct": (163, 89),
    "sethostname": (170, 161),
    "setdomainname": (171, 162),
    "settimeofday": (164, 170),
    "clock_settime": (227, 112),
}
"""Numbers on x86_64 and aarch64. Source: ``unistd_64.h`` and ``asm-generic/unistd.h`` of Linux."""

_LOAD, _EQUAL, _ATLEAST, _RETURN = 0x20, 0x15, 0x35, 0x06  # linux/bpf_common.h: BPF_LD|W|ABS, JMP|JEQ|K, JGE, RET|K
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000 | _EPERM  # SECCOMP_RET_ALLOW, SECCOMP_RET_ERRNO
_NUMBER_AT, _MACHINE_AT = 0, 4  # struct seccomp_data
_X32 = 0x40000000


def missing() -> tuple[str, ...]:
    """Return what this kernel or machine lacks for ``confine``: nothing where all of it works."""
    if sys.platform != "linux":
        return ("Linux",)
    result = []
    if _landlock_version() < 1:
        result.append("Landlock")
    if os.uname().machine not in _MACHINES or not os.path.exists("/proc/sys/kernel/seccomp/actions_avail"):
        result.append("seccomp filters")
    return tuple(result)


def confine(writable: Sequence[str] = ()) -> None:
    """Give up, for good and for all that this process will start: see the module. The process has one thread yet.

    It may read files, and write what is open already and below the folders ``writable``; those that do not exist are
    left out. It may fork, so that layers are read side by side.

    Raises:
        OSError: the kernel refuses; what was given up so far is gone.
    """
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core file would hold the image's secrets
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)
    _restrict_files(writable)
    _restrict_calls()


def end_with_parent() -> None:
    """Have the kernel end this process when its parent ends, however that happens."""
    with suppress(OSError):
        _prctl(_PR_SET_PDEATHSIG, _SIGKILL)


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _checked(result: int, what: str) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result


def _prctl(option: int, *values: int | ctypes.c_void_p) -> None:
    words = [ctypes.c_ulong(value) if isinstance(value, int) else value for value in (*values, 0, 0, 0)[:4]]
    _checked(_libc().prctl(option, *words), "prctl")


def _syscall(number: int, *values: object) -> int:
    return int(_libc().syscall(ctypes.c_long(number), *values))


# Files


def _landlock_version() -> int:
    return _syscall(_CREATE, ctypes.c_void_p(None), ctypes.c_size_t(0), ctypes.c_uint(_VERSION))


def _restrict_files(writable: Sequence[str]) -> None:
    version = _checked(_landlock_version(), "Landlock")
    known = (1 << _ACCESSES[min(version, len(_ACCESSES)) - 1]) - 1
    network = _BIND_AND_CONNECT if version >= _NETWORK_SINCE else 0
    scopes = _SOCKETS_AND_SIGNALS if version >= _SCOPES_SINCE else 0
    size = 24 if version >= _SCOPES_SINCE else 16 if version >= _NETWORK_SINCE else 8
    attributes = struct.pack("=QQQ", known, network, scopes)[:size]
    rules = _checked(_syscall(_CREATE, attributes, ctypes.c_size_t(size), ctypes.c_uint(0)), "Landlock")
    try:
        _allow(rules, "/", _READ & known)
        with suppress(OSError):
            _allow(rules, os.devnull, _OF_A_FILE & known)
        for path in writable:
            with suppress(OSError):
                _allow(rules, path, _KEEP & known)
        _checked(_syscall(_RESTRICT, ctypes.c_int(rules), ctypes.c_uint(0)), "Landlock")
    finally:
        os.close(rules)


def _allow(rules: int, path: str, access: int) -> None:
    descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        rule = struct.pack("=Qi", access, descriptor)
        _checked(_syscall(_ADD, ctypes.c_int(rules), ctypes.c_int(_PATH_BENEATH), rule, ctypes.c_uint(0)), "Landlock")
    finally:
        os.close(descriptor)


# System calls


def program(machine: str) -> bytes:
    """Return the filter for a machine: instructions of classic BPF that refuse what the table names, with EPERM."""
    column, architecture = _MACHINES[machine]
    numbers = [pair[column] for pair in _REFUSED.values() if pair[column] >= 0]
    lines = [
        (_LOAD, 0, 0, _MACHINE_AT),
        (_EQUAL, 1, 0, architecture),
        (_RETURN, 0, 0, _REFUSE),  # calls of another machine have other numbers
        (_LOAD, 0, 0, _NUMBER_AT),
    ]
    refuse = len(numbers) + (2 if machine == "x86_64" else 1)  # lines from here to the last
    if machine == "x86_64":
        lines.append((_ATLEAST, refuse - 1, 0, _X32))  # x32: the same calls by numbers of their own
        refuse -= 1
    for at, number in enumerate(numbers):
        lines.append((_EQUAL, refuse - 1 - at, 0, number))
    lines += [(_RETURN, 0, 0, _ALLOW), (_RETURN, 0, 0, _REFUSE)]
    return b"".join(struct.pack("=HBBI", *line) for line in lines)


def _restrict_calls() -> None:
    code = program(os.uname().machine)
    buffer = ctypes.create_string_buffer(code, len(code))
    header = struct.pack("@HP", len(code) // 8, ctypes.addressof(buffer))
    place = ctypes.create_string_buffer(header, len(header))
    _prctl(_PR_SET_SECCOMP, _FILTER, ctypes.c_void_p(ctypes.addressof(place)))
