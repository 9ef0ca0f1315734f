"""The rules of the analyzer ``elf``."""

from __future__ import annotations

from imgscan.model.finding import Severity
from imgscan.model.rule import Rule, Rules, table

_LOW, _MEDIUM = Severity.LOW, Severity.MEDIUM

ANALYZER = "elf"

RULES: Rules = table(
    Rule(
        "elf.insecure-rpath",
        "a program or library looks for libraries where others may put them",
        "RPATH or RUNPATH has an element that is empty, relative, missing, writable by others than root, or $ORIGIN in "
        "a SUID file. One step more for a file that gains rights when run.",
        _MEDIUM,
        "RUN patchelf --remove-rpath <file>",
    ),
    Rule(
        "elf.missing-interpreter",
        "a program's loader is not in the image",
        "The program cannot start. Mostly built for another C library, or its image was cut down too far.",
        _MEDIUM,
        "build the program for this base image, or link it statically",
    ),
    Rule(
        "elf.odd-interpreter",
        "a program's loader is relative, or outside the library directories",
        "The loader decides what the program runs. A relative one is taken from wherever the program is started.",
        _LOW,
        "RUN patchelf --set-interpreter <loader> <file>",
    ),
    Rule(
        "elf.missing-library",
        "a library that a file needs is not where its loader looks",
        "NEEDED was looked up as the loader does: RPATH, LD_LIBRARY_PATH of the config, RUNPATH, ld.so.cache, default "
        "directories. MEDIUM for a program that cannot start, also for want of what its libraries need, LOW where the "
        "library stands elsewhere in the image, INFO for a library that nothing needs.",
        _MEDIUM,
        "install the package of the library",
    ),
    Rule(
        "elf.foreign-machine",
        "ELF files for another machine than the image is for",
        "HIGH where most files do not fit the config's architecture: the config is wrong. LOW for single programs.",
        _LOW,
        "build for the image's platform: docker build --platform <os>/<arch>",
    ),
    Rule(
        "elf.executable-stack",
        "a file asks for an executable stack",
        "What an overflow puts on the stack can be run. PT_GNU_STACK has the flag X, or is missing.",
        _LOW,
        "RUN execstack -c <file>",
    ),
    Rule(
        "elf.writable-code",
        "a segment is both writable and executable",
        "What is written there can be run.",
        _LOW,
        "link again without -N and with -z separate-code",
    ),
    Rule(
        "elf.text-relocations",
        "the loader writes to the code (TEXTREL)",
        "Pages of code are made writable at start, and are not shared.",
        _LOW,
        "compile with -fPIC",
    ),
    Rule(
        "elf.weak-privileged",
        "a program that gains rights lacks protections",
        "A SUID or SGID program, or one with file capabilities, without PIE, RELRO, stack canary or with an executable "
        "stack. Properties that a language or a linking cannot have do not count.",
        _MEDIUM,
        "build with -fPIE -pie -Wl,-z,relro,-z,now -fstack-protector-strong, or RUN chmod ug-s <file>",
    ),
    Rule(
        "elf.packed",
        "a packed program",
        "What runs cannot be read in the file: scanners of all kinds see the packer alone.",
        _MEDIUM,
        "RUN upx -d <file>",
    ),
    Rule(
        "elf.bundle",
        "a program that carries an archive of itself",
        "PyInstaller, AppImage and the like: the files inside were not looked at.",
        Severity.INFO,
        "install the application's files unpacked, so that they can be scanned",
    ),
    Rule(
        "elf.appended-data",
        "data is appended behind a program",
        "More than 64 KiB behind the last byte that sections and segments account for, which no loader reads.",
        Severity.INFO,
        "look at the data: imgscan cat IMAGE <file>",
    ),
    Rule(
        "elf.malformed",
        "an executable ELF file with parts that cannot be read",
        "Sections, notes or the dynamic table point outside the file or contradict each other: tools that rely on them "
        "see less than the loader.",
        _LOW,
        "install the file again from its source",
    ),
    Rule(
        "elf.preload",
        "a library is forced into every program",
        "By /etc/ld.so.preload (SUID programs load it too) or by LD_PRELOAD of the config.",
        _MEDIUM,
        "RUN rm /etc/ld.so.preload",
    ),
)
