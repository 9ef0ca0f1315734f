"""The system calls that a confined process is refused, as a program that the kernel runs for each (seccomp(2)).

A call is refused by its number, or by one of its arguments where some uses of it are needed. What a pointer leads to no
filter can see: calls that take their choices in memory are said not to exist.
"""

from __future__ import annotations

import errno
import struct
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple, TypeAlias

MACHINES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
"""Column of the tables below, and AUDIT_ARCH of linux/audit.h."""

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
    "process_madvise": (440, 440),
    "process_mrelease": (448, 448),
    "pidfd_open": (434, 434),
    "pidfd_getfd": (438, 438),
    "pidfd_send_signal": (424, 424),
    "kcmp": (312, 272),
    "migrate_pages": (256, 238),
    "move_pages": (279, 239),
    "setpriority": (141, 140),
    "ioprio_set": (251, 30),
    "sched_setparam": (142, 118),
    "sched_setscheduler": (144, 119),
    "sched_setattr": (314, 274),
    "sched_setaffinity": (203, 122),
    # memory and queues that the user's other processes share
    "shmget": (29, 194),
    "shmat": (30, 196),
    "shmctl": (31, 195),
    "msgget": (68, 186),
    "msgsnd": (69, 189),
    "msgrcv": (70, 188),
    "msgctl": (71, 187),
    "semget": (64, 190),
    "semop": (65, 193),
    "semtimedop": (220, 192),
    "semctl": (66, 191),
    "mq_open": (240, 180),
    "mq_unlink": (241, 181),
    # out of the group of processes that is ended with the work
    "setsid": (112, 157),
    "setpgid": (109, 154),
    # ways around a filter: calls made by the kernel for one
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    # large surfaces of the kernel
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "fanotify_init": (300, 262),
    "kexec_load": (246, 104),
    "kexec_file_load": (320, 294),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "delete_module": (176, 106),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "personality": (135, 92),
    "modify_ldt": (154, -1),
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
    "quotactl": (179, 60),
    "quotactl_fd": (443, 443),
    # attributes of files, which Landlock does not guard, and length, which it does since Linux 6.2; -1: no such call
    "truncate": (76, 45),
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
    "file_setattr": (469, 469),
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
    "adjtimex": (159, 171),
    "clock_adjtime": (305, 266),
    "syslog": (103, 116),
    "ioperm": (173, -1),
    "iopl": (172, -1),
}
"""Numbers on x86_64 and aarch64. Source: ``unistd_64.h`` and ``asm-generic/unistd.h`` of Linux."""

_MISSING: dict[str, tuple[int, int]] = {"clone3": (435, 435), "openat2": (437, 437)}
"""Calls whose choices stand in memory; C libraries do without them where the kernel has none."""

# linux/bpf_common.h: BPF_LD|W|ABS, JMP|JEQ|K, JMP|JGE|K, JMP|JSET|K, ALU|AND|K, RET|K
_LOAD, _EQUAL, _ATLEAST, _ANY, _AND, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x54, 0x06
_ALLOW, _ERRNO = 0x7FFF0000, 0x00050000  # SECCOMP_RET_ALLOW, SECCOMP_RET_ERRNO
_REFUSE, _UNKNOWN = _ERRNO | errno.EPERM, _ERRNO | errno.ENOSYS
_NUMBER_AT, _MACHINE_AT, _ARGUMENTS_AT, _ARGUMENT_BYTES = 0, 4, 16, 8  # struct seccomp_data, low words first
_X32 = 0x40000000

_NAMESPACES = 0x7E020000  # CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET of linux/sched.h
_CLONE_PARENT = 0x00008000  # a child of the parent: outside of what is waited for
_O_ACCMODE, _O_TRUNC = 3, 0x200
_NEGATIVE = 0x80000000
# F_SETOWN, F_SETSIG, F_SETOWN_EX: the kernel sends a signal, to whom the call says.
_OWNERS = (8, 10, 15)
# TCGETS, TIOCGWINSZ, FIONREAD, FIONBIO, FIONCLEX, FIOCLEX, BLKGETSIZE64: what Python asks of its descriptors. All
# others are refused: TIOCSTI and TIOCLINUX type into the user's terminal, FS_IOC_SETFLAGS and those of file systems
# write through a descriptor that is open for reading.
_IOCTLS = (0x5401, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451, 0x80081272)

_Line: TypeAlias = tuple[int, int, int, int]
_Test: TypeAlias = tuple[int, int]
"""Instruction and constant: a jump that is taken decides."""


class _Rule(NamedTuple):
    """A call that an argument decides on."""

    numbers: tuple[int, int]
    argument: int
    tests: Callable[[int], Sequence[_Test]]
    """Given the parent's process id."""
    taken: int = _REFUSE
    """What a test that holds means; what it means that none does is the other one."""
    mask: int | None = None

    def lines(self, number: int, parent: int) -> Iterator[_Line]:
        """Yield instructions that decide on call ``number``, and leave any other to those behind them."""
        tests = self.tests(parent)
        otherwise = _ALLOW if self.taken == _REFUSE else _REFUSE
        inside = [(_LOAD, 0, 0, _ARGUMENTS_AT + _ARGUMENT_BYTES * self.argument)]
        if self.mask is not None:
            inside.append((_AND, 0, 0, self.mask))
        inside += [(code, len(tests) - at, 0, constant) for at, (code, constant) in enumerate(tests)]
        inside += [(_RETURN, 0, 0, otherwise), (_RETURN, 0, 0, self.taken)]
        yield _EQUAL, 0, len(inside), number
        yield from inside


def _others(parent: int) -> Sequence[_Test]:
    """Everybody, the first process, the parent and groups: the process and what it forks are the rest."""
    return (_EQUAL, 0), (_EQUAL, 1), (_EQUAL, parent), (_ATLEAST, _NEGATIVE)


def _truncated(_parent: int) -> Sequence[_Test]:
    """A file that is opened for reading, and emptied all the same: Landlock sees that since Linux 6.2 alone."""
    return ((_EQUAL, _O_TRUNC),)


_RULES: dict[str, _Rule] = {
    "ioctl": _Rule((16, 29), 1, lambda _: [(_EQUAL, request) for request in _IOCTLS], taken=_ALLOW),
    "clone": _Rule((56, 220), 0, lambda _: [(_ANY, _NAMESPACES | _CLONE_PARENT)]),
    "fcntl": _Rule((72, 25), 1, lambda _: [(_EQUAL, command) for command in _OWNERS]),
    "open": _Rule((2, -1), 1, _truncated, mask=_O_ACCMODE | _O_TRUNC),
    "openat": _Rule((257, 56), 2, _truncated, mask=_O_ACCMODE | _O_TRUNC),
    "prlimit64": _Rule((302, 261), 0, lambda _: [(_EQUAL, 0)], taken=_ALLOW),
    # Landlock keeps signals in since Linux 6.12.
    "kill": _Rule((62, 129), 0, _others),
    "tkill": _Rule((200, 130), 0, _others),
    "tgkill": _Rule((234, 131), 0, _others),
    "rt_sigqueueinfo": _Rule((129, 138), 0, _others),
    "rt_tgsigqueueinfo": _Rule((297, 240), 0, _others),
}


def program(machine: str, parent: int) -> bytes:
    """Return the filter for a machine, instructions of classic BPF: what the tables name ends in EPERM or ENOSYS.

    ``parent`` is the process that nothing is to be sent to.
    """
    column, architecture = MACHINES[machine]
    lines: list[_Line] = [
        (_LOAD, 0, 0, _MACHINE_AT),
        (_EQUAL, 1, 0, architecture),
        (_RETURN, 0, 0, _REFUSE),  # calls of another machine have other numbers
        (_LOAD, 0, 0, _NUMBER_AT),
    ]
    if machine == "x86_64":  # x32: the same calls by numbers of their own
        lines += [(_ATLEAST, 0, 1, _X32), (_RETURN, 0, 0, _REFUSE)]
    for rule in _RULES.values():
        if rule.numbers[column] >= 0:
            lines += rule.lines(rule.numbers[column], parent)
    for table, answer in ((_MISSING, _UNKNOWN), (_REFUSED, _REFUSE)):
        numbers = [pair[column] for pair in table.values() if pair[column] >= 0]
        # One behind the other: the last of them jumps over the answer, the others to it.
        lines += [(_EQUAL, len(numbers) - 1 - at, 0, number) for at, number in enumerate(numbers[:-1])]
        lines += [(_EQUAL, 0, 1, numbers[-1]), (_RETURN, 0, 0, answer)]
    lines.append((_RETURN, 0, 0, _ALLOW))
    return b"".join(struct.pack("=HBBI", *line) for line in lines)
