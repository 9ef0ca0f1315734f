"""The filter of system calls, run here as the kernel runs it."""

from __future__ import annotations

import struct

import pytest

from imgscan.cli.calls import program

ALLOW, REFUSE, UNKNOWN = 0x7FFF0000, 0x00050001, 0x00050026
X86_64, AARCH64 = 0xC000003E, 0xC00000B7
ARCHITECTURES = {"x86_64": X86_64, "aarch64": AARCH64}
PARENT = 4711


def answer(machine: str, architecture: int, number: int, *arguments: int) -> int:
    """Return what the filter says of a call: a machine of six instructions."""
    lines = list(struct.iter_unpack("=HBBI", program(machine, PARENT)))
    data = {0: number, 4: architecture} | {16 + 8 * at: value & 0xFFFFFFFF for at, value in enumerate(arguments)}
    at = value = 0
    while True:
        code, if_true, if_false, constant = lines[at]
        at += 1
        if code == 0x06:
            return int(constant)
        if code == 0x20:
            value = data[constant]
            continue
        if code == 0x54:
            value &= constant
            continue
        holds = {0x15: value == constant, 0x35: value >= constant, 0x45: bool(value & constant)}[code]
        at += if_true if holds else if_false


@pytest.mark.parametrize(
    ("machine", "refused", "allowed"),
    [
        ("x86_64", [41, 42, 53, 59, 322, 425, 101, 90, 280, 227, 112, 76, 173], [0, 1, 9, 39, 57, 61, 77, 157, 231]),
        ("aarch64", [198, 203, 199, 221, 281, 425, 117, 53, 88, 112, 157], [46, 63, 64, 93, 222, 260]),
    ],
)
def test_the_filter_refuses_what_the_table_names_and_nothing_else(
    machine: str, refused: list[int], allowed: list[int]
) -> None:
    architecture = ARCHITECTURES[machine]
    assert {answer(machine, architecture, number) for number in refused} == {REFUSE}
    assert {answer(machine, architecture, number) for number in allowed} == {ALLOW}


@pytest.mark.parametrize(("machine", "numbers"), [("x86_64", (435, 437)), ("aarch64", (435, 437))])
def test_calls_whose_choices_no_filter_sees_do_not_exist(machine: str, numbers: tuple[int, ...]) -> None:
    assert {answer(machine, ARCHITECTURES[machine], number) for number in numbers} == {UNKNOWN}


THREAD = 0x3D0F00  # what pthread_create asks for
IOCTL, CLONE, FCNTL, OPENAT, PRLIMIT, KILL, TGKILL = range(7)
NUMBERS = {"x86_64": (16, 56, 72, 257, 302, 62, 234), "aarch64": (29, 220, 25, 56, 261, 129, 131)}


@pytest.mark.parametrize("machine", NUMBERS)
@pytest.mark.parametrize(
    ("call", "arguments", "expected"),
    [
        (IOCTL, (1, 0x5401), ALLOW),  # isatty
        (IOCTL, (1, 0x5413), ALLOW),  # the width of the terminal
        (IOCTL, (0, 0x5412), REFUSE),  # TIOCSTI
        (IOCTL, (0, 0x541C), REFUSE),  # TIOCLINUX
        (IOCTL, (0, 1 << 32 | 0x5412), REFUSE),  # the kernel takes 32 bits of it
        (IOCTL, (3, 0x40086602), REFUSE),  # FS_IOC_SETFLAGS
        (CLONE, (THREAD,), ALLOW),
        (CLONE, (17,), ALLOW),  # fork
        (CLONE, (0x10000000 | 17,), REFUSE),  # a namespace of users
        (CLONE, (0x8000 | 17,), REFUSE),  # a child of the parent
        (FCNTL, (0, 1), ALLOW),  # F_GETFD
        (FCNTL, (0, 8), REFUSE),  # F_SETOWN
        (FCNTL, (0, 10), REFUSE),  # F_SETSIG
        (OPENAT, (-100, 0, 0), ALLOW),
        (OPENAT, (-100, 0, 0x241), ALLOW),  # to write: Landlock's
        (OPENAT, (-100, 0, 0x200), REFUSE),  # to read, and empty
        (OPENAT, (-100, 0, 0x80000 | 0x200), REFUSE),
        (PRLIMIT, (0,), ALLOW),
        (PRLIMIT, (PARENT,), REFUSE),
        (KILL, (PARENT + 1,), ALLOW),
        (KILL, (PARENT,), REFUSE),
        (KILL, (0,), REFUSE),
        (KILL, (1,), REFUSE),
        (KILL, (-1,), REFUSE),
        (KILL, (-PARENT,), REFUSE),
        (TGKILL, (PARENT, PARENT), REFUSE),
        (TGKILL, (PARENT + 1, PARENT + 1), ALLOW),  # abort()
    ],
)
def test_of_a_call_that_is_needed_the_other_uses_are_refused(
    machine: str, call: int, arguments: tuple[int, ...], expected: int
) -> None:
    assert answer(machine, ARCHITECTURES[machine], NUMBERS[machine][call], *arguments) == expected


def test_open_is_a_call_of_the_older_machine_alone() -> None:
    assert answer("x86_64", X86_64, 2, 0, 0x200) == REFUSE
    assert answer("x86_64", X86_64, 2, 0, 0) == ALLOW


def test_calls_by_numbers_of_another_machine_are_refused() -> None:
    assert answer("x86_64", AARCH64, 0) == REFUSE
    assert answer("x86_64", 0x40000003, 0) == REFUSE  # i386
    assert answer("x86_64", X86_64, 0x40000000) == REFUSE  # x32
    assert answer("x86_64", X86_64, 0x40000000 + 59) == REFUSE


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_a_filter_is_short_enough_for_the_kernel(machine: str) -> None:
    assert len(program(machine, PARENT)) // 8 < 4096  # BPF_MAXINSNS; a jump over 255 does not pack
