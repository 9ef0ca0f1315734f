"""The filter of system calls, run here as the kernel runs it."""

from __future__ import annotations

import struct

import pytest

from imgscan.cli.confine import program

ALLOW, REFUSE = 0x7FFF0000, 0x00050001
X86_64, AARCH64 = 0xC000003E, 0xC00000B7


def answer(machine: str, architecture: int, number: int) -> int:
    """Return what the filter says of a call: a machine of four instructions."""
    lines = list(struct.iter_unpack("=HBBI", program(machine)))
    data = {0: number, 4: architecture}
    at = value = 0
    while True:
        code, if_true, if_false, constant = lines[at]
        at += 1
        if code == 0x06:
            return int(constant)
        if code == 0x20:
            value = data[constant]
        elif code == 0x15:
            at += if_true if value == constant else if_false
        else:
            assert code == 0x35
            at += if_true if value >= constant else if_false


@pytest.mark.parametrize(
    ("machine", "architecture", "refused", "allowed"),
    [
        ("x86_64", X86_64, [41, 42, 53, 59, 322, 425, 101, 90, 280, 227], [0, 1, 2, 9, 39, 56, 57, 61, 231, 257]),
        ("aarch64", AARCH64, [198, 203, 199, 221, 281, 425, 117, 53, 88, 112], [56, 63, 64, 93, 220, 222, 260]),
    ],
)
def test_the_filter_refuses_what_the_table_names_and_nothing_else(
    machine: str, architecture: int, refused: list[int], allowed: list[int]
) -> None:
    assert {answer(machine, architecture, number) for number in refused} == {REFUSE}
    assert {answer(machine, architecture, number) for number in allowed} == {ALLOW}


def test_calls_by_numbers_of_another_machine_are_refused() -> None:
    assert answer("x86_64", AARCH64, 0) == REFUSE
    assert answer("x86_64", 0x40000003, 0) == REFUSE  # i386
    assert answer("x86_64", X86_64, 0x40000000) == REFUSE  # x32
    assert answer("x86_64", X86_64, 0x40000000 + 59) == REFUSE


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_a_filter_is_short_enough_for_its_jumps(machine: str) -> None:
    assert len(program(machine)) // 8 < 256
