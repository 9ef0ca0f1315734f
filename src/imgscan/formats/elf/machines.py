"""Machines: their names, what Go calls them, and where a missing PT_GNU_STACK means an executable stack.

Sources: gABI e_machine registry; elf.h of glibc; Go's GOARCH; stackinfo.h of glibc for each machine.
"""

from __future__ import annotations

from functools import lru_cache

EM_386, EM_X86_64, EM_AARCH64, EM_BPF = 3, 62, 183, 247
X86 = frozenset({EM_386, EM_X86_64})

_NAMES = {
    2: "sparc",
    3: "i386",
    4: "m68k",
    8: "mips",
    15: "parisc",
    18: "sparc32plus",
    20: "powerpc",
    21: "powerpc64",
    22: "s390",
    40: "arm",
    42: "sh",
    43: "sparcv9",
    50: "ia64",
    62: "x86-64",
    83: "avr",
    93: "arcompact",
    94: "xtensa",
    183: "aarch64",
    189: "microblaze",
    190: "cuda",
    195: "arcv2",
    224: "amdgpu",
    243: "riscv",
    247: "bpf",
    252: "csky",
    258: "loongarch",
    0x9026: "alpha",
}

_ARCHITECTURES = {
    "386": (3, 32, True),
    "amd64": (62, 64, True),
    "arm": (40, 32, True),
    "armbe": (40, 32, False),
    "arm64": (183, 64, True),
    "arm64be": (183, 64, False),
    "loong64": (258, 64, True),
    "mips": (8, 32, False),
    "mipsle": (8, 32, True),
    "mips64": (8, 64, False),
    "mips64le": (8, 64, True),
    "ppc": (20, 32, False),
    "ppc64": (21, 64, False),
    "ppc64le": (21, 64, True),
    "riscv": (243, 32, True),
    "riscv64": (243, 64, True),
    "s390x": (22, 64, False),
    "sparc64": (43, 64, False),
}

_ALSO_RUNS = {"amd64": ("386",), "arm64": ("arm",), "mips64": ("mips",), "mips64le": ("mipsle",), "ppc64": ("ppc",)}

# i386, x86-64, arm, s390, mips, m68k, alpha, sparc, sh, powerpc; not aarch64, powerpc64, riscv, loongarch.
_STACK_EXECUTABLE_BY_DEFAULT = frozenset({3, 62, 40, 22, 8, 4, 0x9026, 2, 18, 43, 42, 20})


def machine_name(machine: int) -> str:
    """Return a short name of an e_machine value, ``machine 4711`` for one that is not in the table."""
    return _NAMES.get(machine, f"machine {machine}")


def default_stack_executable(machine: int) -> bool:
    """Whether glibc makes the stack executable for a file without PT_GNU_STACK."""
    return machine in _STACK_EXECUTABLE_BY_DEFAULT


@lru_cache(maxsize=1024)
def runs_on(architecture: str, machine: str, bits: int, little: bool) -> bool | None:
    """Whether a file for this machine runs on a GOARCH, compatibility modes included; None for an unknown GOARCH."""
    if architecture not in _ARCHITECTURES:
        return None
    fits = (_ARCHITECTURES[name] for name in (architecture, *_ALSO_RUNS.get(architecture, ())))
    # An x32 program is a 32-bit file of x86-64.
    return any((_NAMES[code], order) == (machine, little) and (width >= bits) for code, width, order in fits)
