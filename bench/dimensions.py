"""Small inputs that are many of one thing: what each costs, at three sizes, in CPU seconds and memory.

Usage: python bench/dimensions.py [--only NAME] [--full]

The rule is docs/limits.md: no input under 10 MB costs over 10 s or 512 MB, and time grows as n log n at most. Each row
is a whole process (``imgscan IMAGE -q``); the last column is how CPU grew from the middle size to the largest.
"""

from __future__ import annotations

import argparse
import gzip
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from imgscan.testing import ImageBuilder, TarBuilder, docker_archive

ELF = b"\x7fELF" + bytes(60)
CAPABILITY = {"security.capability": bytes.fromhex("0100000200200000000000000000000000000000")}
SECRET = b"aws_secret_access_key = %s\n"

Make = Callable[[int], list[TarBuilder]]


def hard_links(count: int) -> list[TarBuilder]:
    tar = TarBuilder().file("bin/su", ELF, mode=0o4755)
    for number in range(count):
        tar.hardlink(f"opt/{number}", "bin/su")
    return [tar]


def suid_files(count: int) -> list[TarBuilder]:
    tar = TarBuilder()
    for number in range(count):
        tar.file(f"opt/{number}", b"x", mode=0o4755)
    return [tar]


def capability_files(count: int) -> list[TarBuilder]:
    tar = TarBuilder()
    for number in range(count):
        tar.file(f"opt/{number}", b"x", mode=0o755, xattrs=CAPABILITY)
    return [tar]


def symlinks(count: int) -> list[TarBuilder]:
    tar = TarBuilder().file("opt/0", b"x")
    for number in range(1, count):
        tar.symlink(f"opt/{number}", f"{number - 1}")
    return [tar]


def secret_files(count: int) -> list[TarBuilder]:
    tar = TarBuilder()
    for number in range(count):
        value = f"{number:08x}Kd83hdLs93jHsKq02mXnB4vT7pWzYc5r".encode()[:40]
        tar.file(f"srv/{number}.conf", b"aws_secret_access_key = " + value + b"\n")
    return [tar]


def removed_suid_files(count: int) -> list[TarBuilder]:
    above = TarBuilder()
    for number in range(count):
        above.file(f"opt/.wh.{number}", b"")
    return [*suid_files(count), above]


def repeated_passwd(count: int) -> list[TarBuilder]:
    tar = TarBuilder()
    content = b"".join(b"user%d:x:%d:%d::/home:/bin/sh\n" % (number, number, number) for number in range(100))
    for _ in range(count):
        tar.file("etc/passwd", content)
    return [tar]


def tiny_layers(count: int) -> list[TarBuilder]:
    return [TarBuilder().file(f"opt/{number}", b"x") for number in range(count)]


def directories(count: int) -> list[TarBuilder]:
    tar = TarBuilder()
    for number in range(count):
        tar.directory(f"opt/{number}", mode=0o777)
    return [tar]


def deep_paths(count: int) -> list[TarBuilder]:
    tar = TarBuilder()
    for number in range(count):
        tar.file(f"{number}/" + "d/" * 200 + "f", b"x")
    return [tar]


def devices(count: int) -> list[TarBuilder]:
    tar = TarBuilder()
    for number in range(count):
        tar.file(f"etc/cron.d/{number}", b"* * * * * root /opt/%d\n" % number)
    return [tar]


def scripts(count: int) -> list[TarBuilder]:
    tar = TarBuilder()
    for number in range(count):
        tar.file(f"usr/local/bin/s{number}", b"#!/bin/sh\nexec s%d\n" % (number + 1), mode=0o755)
    return [tar]


def sudoers(count: int) -> list[TarBuilder]:
    tar = TarBuilder().file("etc/sudoers", b"#includedir /etc/sudoers.d\n")
    for number in range(count):
        tar.file(f"etc/sudoers.d/{number}", b"u%d ALL=(ALL) NOPASSWD: ALL\n" % number)
    return [tar]


def packages(count: int) -> list[TarBuilder]:
    status = b"".join(
        b"Package: p%d\nStatus: install ok installed\nArchitecture: all\nVersion: 1\n\n" % number
        for number in range(count)
    )
    return [TarBuilder().file("var/lib/dpkg/status", status)]


def python_packages(count: int) -> list[TarBuilder]:
    tar = TarBuilder()
    for number in range(count):
        path = f"usr/lib/python3/dist-packages/p{number}-1.dist-info/METADATA"
        tar.file(path, b"Metadata-Version: 2.1\nName: p%d\nVersion: 1\n" % number)
    return [tar]


def private_keys(count: int) -> list[TarBuilder]:
    body = "MIIEpAIBAAKCAQEA" + "Zm9vYmFyYmF6cXV4" * 40
    tar = TarBuilder()
    for number in range(count):
        text = f"-----BEGIN RSA PRIVATE KEY-----\n{number:08d}{body}\n-----END RSA PRIVATE KEY-----\n"
        tar.file(f"srv/{number}.pem", text.encode())
    return [tar]


def overwritten(count: int) -> list[TarBuilder]:
    return [*suid_files(count), *suid_files(count)]


DIMENSIONS: dict[str, tuple[Make, int]] = {
    "hard links to a SUID file": (hard_links, 400_000),
    "SUID files": (suid_files, 200_000),
    "files with capabilities": (capability_files, 200_000),
    "a chain of symbolic links": (symlinks, 200_000),
    "files with a secret": (secret_files, 100_000),
    "removed SUID files": (removed_suid_files, 100_000),
    "overwritten SUID files": (overwritten, 100_000),
    "passwd in one layer": (repeated_passwd, 10_000),
    "layers": (tiny_layers, 1_000),
    "writable directories": (directories, 200_000),
    "deep paths": (deep_paths, 20_000),
    "cron tables": (devices, 100_000),
    "scripts that start one another": (scripts, 100_000),
    "files of sudoers.d": (sudoers, 50_000),
    "packages of dpkg": (packages, 200_000),
    "packages of Python": (python_packages, 100_000),
    "private keys": (private_keys, 20_000),
}


def cost(layers: list[TarBuilder]) -> tuple[float, float, int]:
    """Return CPU seconds, megabytes and the bytes of the image, compressed as a whole."""
    image = ImageBuilder()
    for layer in layers:
        image.layer(layer.build())
    with tempfile.TemporaryDirectory() as folder:
        plain = Path(folder, "image.tar")
        plain.write_bytes(docker_archive(image))
        data = gzip.compress(plain.read_bytes(), 6)
        # By way of a small process: the peak of a child counts from its fork on, when it is as large as its parent.
        command = [
            sys.executable,
            "-c",
            _MEASURE,
            sys.executable,
            "-m",
            "imgscan",
            str(plain),
            "-q",
            "--sandbox",
            "off",
        ]
        words = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    return float(words[0]), float(words[1]), len(data)


_MEASURE = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)
"""


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", default="")
    parser.add_argument("--full", action="store_true", help="three sizes of each, not the largest alone")
    arguments = parser.parse_args()
    print(f"{'dimension':<34} {'n':>8} {'MB gz':>6} {'CPU s':>7} {'MB':>6} {'growth':>7}", flush=True)
    for name, (make, most) in DIMENSIONS.items():
        if arguments.only not in name:
            continue
        former = 0.0
        for size in (most // 4, most // 2, most) if arguments.full else (most,):
            seconds, megabytes, stored = cost(make(size))
            growth = f"{seconds / former:>7.1f}" if former else ""
            row = f"{name:<34} {size:>8} {stored / 1e6:>6.1f} {seconds:>7.1f} {megabytes:>6.0f} {growth}"
            print(row, flush=True)
            former = seconds


if __name__ == "__main__":
    main()
