"""A process gives up what reading an image does not need: new programs, the network, files. By ctypes, no library.

Four walls, each with a hole that another closes: ``no_new_privs`` (a SUID program gives nothing), capabilities (root is
a user like any other), Landlock (which files; it never asks about one that is open already), seccomp (which system
calls; it knows no paths).

Sources: landlock(7), landlock_create_ruleset(2), capabilities(7), seccomp(2), prctl(2), and the kernel's
``userspace-api/landlock.rst``.
"""

from __future__ import annotations

import ctypes
import os
import stat
import struct
import sys
from collections.abc import Sequence
from contextlib import suppress

from imgscan.cli.calls import MACHINES, program

_PR_SET_PDEATHSIG, _PR_SET_SECCOMP, _PR_SET_NO_NEW_PRIVS = 1, 22, 38
_SIGKILL, _FILTER = 9, 2

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

_CAPABILITIES = {"x86_64": (125, 126), "aarch64": (90, 91)}
"""Numbers of capget and capset."""
_CAPABILITIES_VERSION, _CAP_DAC_READ_SEARCH = 0x20080522, 2


def missing() -> tuple[str, ...]:
    """Return what this kernel or machine lacks for ``confine``: nothing where all of it works."""
    if sys.platform != "linux":
        return ("Linux",)
    result = []
    if _landlock_version() < 1:
        result.append("Landlock")
    if os.uname().machine not in MACHINES or not os.path.exists("/proc/sys/kernel/seccomp/actions_avail"):
        result.append("seccomp filters")
    return tuple(result)


def confine(readable: Sequence[str], writable: Sequence[str] = ()) -> None:
    """Give up, for good and for all that this process will start: see the module. The process has one thread yet.

    It may read the files and what is below the folders ``readable``, and write what is open already and below the
    folders ``writable``; those that do not exist are left out. It may fork, so that layers are read side by side.

    Raises:
        OSError: the kernel refuses; what was given up so far is gone.
    """
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core file would hold the image's secrets
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)
    _restrict_files(readable, writable)
    _drop_capabilities()
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


def _restrict_files(readable: Sequence[str], writable: Sequence[str]) -> None:
    version = _checked(_landlock_version(), "Landlock")
    known = (1 << _ACCESSES[min(version, len(_ACCESSES)) - 1]) - 1
    network = _BIND_AND_CONNECT if version >= _NETWORK_SINCE else 0
    scopes = _SOCKETS_AND_SIGNALS if version >= _SCOPES_SINCE else 0
    size = 24 if version >= _SCOPES_SINCE else 16 if version >= _NETWORK_SINCE else 8
    attributes = struct.pack("=QQQ", known, network, scopes)[:size]
    rules = _checked(_syscall(_CREATE, attributes, ctypes.c_size_t(size), ctypes.c_uint(0)), "Landlock")
    try:
        allowed = [(path, _READ) for path in readable]
        allowed += [(os.devnull, _OF_A_FILE), *((path, _KEEP) for path in writable)]
        for path, access in allowed:
            with suppress(OSError):
                _allow(rules, path, access & known)
        _checked(_syscall(_RESTRICT, ctypes.c_int(rules), ctypes.c_uint(0)), "Landlock")
    finally:
        os.close(rules)


def _allow(rules: int, path: str, access: int) -> None:
    descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        if not stat.S_ISDIR(os.fstat(descriptor).st_mode):
            access &= _OF_A_FILE
        rule = struct.pack("=Qi", access, descriptor)
        _checked(_syscall(_ADD, ctypes.c_int(rules), ctypes.c_int(_PATH_BENEATH), rule, ctypes.c_uint(0)), "Landlock")
    finally:
        os.close(descriptor)


# Capabilities and system calls


def _drop_capabilities() -> None:
    """Keep of root's rights none but to read what others own: what is left has no use for a process of any user."""
    get, put = _CAPABILITIES[os.uname().machine]
    head = struct.pack("=Ii", _CAPABILITIES_VERSION, 0)
    held = ctypes.create_string_buffer(24)  # effective, permitted, inheritable, twice 32 bits each
    _checked(_syscall(get, head, held), "capget")
    (permitted,) = struct.unpack_from("=I", held.raw, 4)
    kept = permitted & 1 << _CAP_DAC_READ_SEARCH
    _checked(_syscall(put, head, struct.pack("=6I", kept, kept, 0, 0, 0, 0)), "capset")


def _restrict_calls() -> None:
    code = program(os.uname().machine, os.getppid())
    buffer = ctypes.create_string_buffer(code, len(code))
    header = struct.pack("@HP", len(code) // 8, ctypes.addressof(buffer))
    header_buffer = ctypes.create_string_buffer(header, len(header))
    _prctl(_PR_SET_SECCOMP, _FILTER, ctypes.c_void_p(ctypes.addressof(header_buffer)))
