"""Small inputs that are many of one thing: what each costs, at three sizes, in CPU seconds and memory.

Usage: python bench/dimensions.py [--only NAME] [--full]

The rule is docs/limits.md: no input under 10 MB costs over 10 s or 512 MB, and time grows as n log n at most. Each row
is a whole process (``imgscan IMAGE -q``); the last column is how CPU grew from the middle size to the largest.
"""

from __future__ import annotations

import argparse
import gzip
import io
import random
import subprocess
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

from imgscan.testing import ImageBuilder, TarBuilder, docker_archive, elf

ELF = b"\x7fELF" + bytes(60)
CAPABILITY = {"security.capability": bytes.fromhex("0100000200200000000000000000000000000000")}
SECRET = b"aws_secret_access_key = %s\n"

Make = Callable[[int], ImageBuilder | TarBuilder | list[TarBuilder]]


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


def cron_tables(count: int) -> list[TarBuilder]:
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


def long_chain(count: int) -> TarBuilder:
    tar = TarBuilder()
    for number in range(count):
        tar.symlink(f"opt/{number:07d}", f"{number + 1:07d}")
    return tar


def link_loop(count: int) -> TarBuilder:
    tar = TarBuilder()
    for number in range(count):
        tar.symlink(f"opt/{number}", f"{(number + 1) % count}")
    return tar


def secret_hits(count: int) -> TarBuilder:
    lines = (b"password%d = %032x\n" % (number, number * 7919**5) for number in range(count))
    return TarBuilder().file("srv/a.conf", b"".join(lines))


def accounts_in_links(count: int) -> TarBuilder:
    keys = b"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIO6c0pXJyHxg0z7MSTdZ2jvTCBDRYBk1D7ZLw7zvDc0r a@b\n" * 1000
    tar = TarBuilder().file("opt/keys", keys)
    for number in range(count):
        tar.symlink(f"home/{number}/.ssh/authorized_keys", "/opt/keys")
    return tar


def archives(count: int) -> TarBuilder:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for number in range(4):  # a little that does not shrink: of what unpacks to 64 times its size much is left out
            noise = random.Random(number).randbytes(240_000)
            archive.writestr(f"{number}.properties", b"some words of a file\n" * 700_000 + noise)
    content = packed.getvalue()
    tar = TarBuilder()
    for number in range(count):
        tar.file(f"srv/{number}.zip", content + b"%d" % number)
    return tar


def gzip_files(count: int) -> TarBuilder:
    tar = TarBuilder()
    for number in range(count):
        tar.file(f"srv/{number}.gz", gzip.compress(b"%d" % number, mtime=0))
    return tar


def nested_archives(count: int) -> TarBuilder:
    def packed(members: dict[str, bytes]) -> bytes:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in members.items():
                archive.writestr(name, content)
        return out.getvalue()

    side = max(int(count ** (1 / 3)), 1)
    inner = packed({f"{number}.txt": b"%d" % number for number in range(side)})
    middle = packed({f"{number}.zip": inner for number in range(side)})
    return TarBuilder().file("srv/a.zip", packed({f"{number}.zip": middle for number in range(side)}))


def gzip_members(count: int) -> TarBuilder:
    return TarBuilder().file("srv/a.gz", gzip.compress(b"x", mtime=0) * count)


def behind_the_end(count: int) -> list[TarBuilder]:
    tar = TarBuilder().file("a", b"x")
    tar.raw(bytes(1024))
    return [tar.raw(b"password = %d\n" % 7919**9 * count)]


def users(count: int) -> TarBuilder:
    lines = (b"u%d:x:%d:%d::/home/u%d:/bin/sh\n" % (number, number, number, number) for number in range(count))
    return TarBuilder().file("etc/passwd", b"".join(lines)).file("bin/sh", ELF, mode=0o755)


def users_of_one_id(count: int) -> TarBuilder:
    users = b"".join(b"u%d:x:7:7::/:/bin/sh\n" % number for number in range(count))
    groups = b"".join(b"g%d:x:7:\n" % number for number in range(count))
    return TarBuilder().file("etc/passwd", users).file("etc/group", groups).file("a", b"x", mode=0o4755, uid=7, gid=7)


def users_in_groups(count: int) -> TarBuilder:
    side = max(int(count**0.5), 1)
    users = b"".join(b"u%d:x:%d:%d::/:/bin/sh\n" % (number, number, number) for number in range(side))
    members = b",".join(b"u%d" % number for number in range(side))
    groups = b"".join(b"g%d:x:%d:%s\n" % (number, number, members) for number in range(side))
    shadow = b"".join(b"u%d:$6$a$b:1::::::\n" % number for number in range(side))
    return TarBuilder().file("etc/passwd", users).file("etc/group", groups).file("etc/shadow", shadow)


def sudoers_lines(count: int) -> TarBuilder:
    lines = b"".join(b"u%d ALL=(ALL) NOPASSWD: ALL\n" % number for number in range(count))
    return TarBuilder().file("etc/sudoers", lines)


def sudoers_aliases(count: int) -> TarBuilder:
    lines = b"".join(b"User_Alias A%d = A%d, A%d\n" % (number, number + 1, number + 1) for number in range(count))
    return TarBuilder().file("etc/sudoers", lines + b"A0 ALL=(ALL) NOPASSWD: ALL\n")


def sudoers_includes(count: int) -> TarBuilder:
    tar = TarBuilder().file("etc/sudoers", b"@include /etc/sudoers.0\n")
    for number in range(count):
        tar.file(f"etc/sudoers.{number}", b"@include /etc/sudoers.%d\n" % (number + 1) * 2)
    return tar


def sshd_includes(count: int) -> TarBuilder:
    tar = TarBuilder().file("etc/ssh/sshd_config", b"Include /etc/ssh/sshd_config.d/*.conf\n" * 100)
    tar.file("usr/sbin/sshd", ELF, mode=0o755)
    for number in range(count):
        tar.file(f"etc/ssh/sshd_config.d/{number}.conf", b"PermitRootLogin yes\n")
    return tar


def crontab_lines(count: int) -> TarBuilder:
    lines = b"".join(b"* * * * * root /opt/%d\n" % number for number in range(count))
    return TarBuilder().file("etc/crontab", lines)


def authorized_keys(count: int) -> TarBuilder:
    key = b"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIO6c0pXJyHxg0z7MSTdZ2jvTCBDRYBk1D7ZLw7zvDc0r a@b\n"
    return TarBuilder().file("root/.ssh/authorized_keys", key * count)


def library_directories(count: int) -> TarBuilder:
    lines = b"".join(b"/opt/%d\n" % number for number in range(count))
    return TarBuilder().file("etc/ld.so.conf", lines).file("bin/a", elf(needed=("libx.so.1",)), mode=0o755)


def library_links(count: int) -> TarBuilder:
    tar = TarBuilder().file("usr/lib/libx.so.1.0", elf(soname="libx.so.1"))
    for number in range(count):
        tar.symlink(f"usr/lib/libx{number}.so.1", "libx.so.1.0")
    return tar


def needed_libraries(count: int) -> TarBuilder:
    tar = TarBuilder()
    names = tuple(f"lib{number}.so" for number in range(100))
    for number in range(count // 100):
        tar.file(f"opt/{number}", elf(needed=names, runpath=":".join(f"/opt/{part}" for part in range(50))), mode=0o755)
    return tar


def elf_files(count: int) -> TarBuilder:
    tar = TarBuilder()
    for number in range(count):
        tar.file(f"opt/{number}", elf(needed=("libc.so.6",)), mode=0o755)
    return tar


def extended_attributes(count: int) -> TarBuilder:
    tar = TarBuilder()
    for start in range(0, count, 1000):
        tar.file(f"opt/{start}", b"x", xattrs={f"user.{start + number}": b"x" for number in range(1000)})
    return tar


def long_names(count: int) -> TarBuilder:
    tar = TarBuilder()
    for number in range(count):
        tar.file(f"{number}/" + "/".join(["n" * 250] * 3), b"x")
    return tar


def release(count: int) -> TarBuilder:
    lines = b"".join(b'A%d="%d"\n' % (number, number) for number in range(count))
    return TarBuilder().file("etc/os-release", b"ID=debian\n" + lines)


def dpkg_conffiles(count: int) -> TarBuilder:
    lines = b"".join(b" /etc/%d 0123456789abcdef0123456789abcdef\n" % number for number in range(count))
    head = b"Package: p\nStatus: install ok installed\nArchitecture: all\nVersion: 1\nConffiles:\n"
    return TarBuilder().file("var/lib/dpkg/status", head + lines + b"\n")


def dpkg_files(count: int) -> TarBuilder:
    head = b"Package: p\nStatus: install ok installed\nArchitecture: all\nVersion: 1\n\n"
    tar = TarBuilder().file("var/lib/dpkg/status", head)
    tar.file("var/lib/dpkg/info/p.list", b"".join(b"/opt/%d\n" % number for number in range(count)))
    sums = b"".join(b"0123456789abcdef0123456789abcdef  opt/%d\n" % number for number in range(count))
    return tar.file("var/lib/dpkg/info/p.md5sums", sums)


def dpkg_parts(count: int) -> TarBuilder:
    tar = TarBuilder()
    for number in range(count):
        head = b"Package: p%d\nStatus: install ok installed\nArchitecture: all\nVersion: 1\n\n" % number
        tar.file(f"var/lib/dpkg/status.d/p{number}", head)
    return tar


def apk_packages(count: int) -> TarBuilder:
    record = b"P:p%d\nV:1\nA:x86_64\nL:MIT\nF:opt\nR:%d\nZ:Q1pS9x2e0YV1M7eDPCHuRWZ1kAxA8=\n\n"
    return TarBuilder().file("lib/apk/db/installed", b"".join(record % (number, number) for number in range(count)))


def npm_packages(count: int) -> TarBuilder:
    tar = TarBuilder()
    for number in range(count):
        tar.file(f"app/node_modules/p{number}/package.json", b'{"name":"p%d","version":"1"}' % number)
    return tar


def jars(count: int) -> TarBuilder:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(20):
            text = f"groupId=g\nartifactId=a{number}\nversion=1\n"
            archive.writestr(f"META-INF/maven/g/a{number}/pom.properties", text)
    tar = TarBuilder()
    for number in range(count):
        tar.file(f"app/{number}.jar", packed.getvalue())
    return tar


def licences(count: int) -> TarBuilder:
    head = b"Metadata-Version: 2.1\nName: p\nVersion: 1\nLicense: MIT\n"
    return TarBuilder().file("usr/lib/python3/dist-packages/p-1.dist-info/METADATA", head + b"        more\n" * count)


def lock_entries(count: int) -> TarBuilder:
    parts = ",".join(f'"node_modules/p{number}":{{"version":"1"}}' for number in range(count))
    text = f'{{"name":"a","lockfileVersion":3,"packages":{{{parts}}}}}'
    return TarBuilder().file("app/package-lock.json", text.encode())


def known_programs(count: int) -> TarBuilder:
    tar = TarBuilder()
    for number in range(count):
        tar.file(f"opt/{number}/bash", ELF, mode=0o755)
    return tar


def wrapped_scripts(count: int) -> ImageBuilder:
    tar = TarBuilder().file("run.sh", b"#!/bin/sh\n" + b"exec env nice timeout 1 " * count + b"app\n", mode=0o755)
    return ImageBuilder(settings={"Entrypoint": ["/run.sh"]}).layer(tar)


def script_lines(count: int) -> ImageBuilder:
    lines = b"".join(b'A%d="$A%d/x" && cd $A%d\n' % (number + 1, number, number) for number in range(count))
    return ImageBuilder(settings={"Entrypoint": ["/run.sh"]}).layer(
        TarBuilder().file("run.sh", b"#!/bin/sh\n" + lines, mode=0o755)
    )


def units(count: int) -> TarBuilder:
    tar = TarBuilder()
    for number in range(count):
        tar.file(f"etc/systemd/system/u{number}.service", b"[Service]\nExecStart=/opt/%d\nUser=a\n" % number)
    return tar


def netrc_files(count: int) -> TarBuilder:
    tar = TarBuilder()
    for number in range(count):
        tar.file(f"home/{number}/.netrc", b"machine a login b password c%d\n" % number)
    return tar


def whiteouts(count: int) -> list[TarBuilder]:
    below, above = TarBuilder(), TarBuilder()
    for number in range(count):
        below.file(f"opt/{number}/a", b"")
        above.whiteout(f"opt/{number}")
    return [below, above]


def opaque_folders(count: int) -> list[TarBuilder]:
    below, above = TarBuilder(), TarBuilder()
    for number in range(count):
        below.file(f"opt/{number}/a", b"")
        above.opaque(f"opt/{number}")
    return [below, above]


def comments(count: int) -> TarBuilder:
    tar = TarBuilder()
    for number in range(count):
        tar.pax([("comment", f"c{number}")]).file(f"opt/{number}", b"")
    return tar


def deleted_again(count: int) -> list[TarBuilder]:
    layers = []
    for _ in range(count):
        layers += [TarBuilder().file("opt/a", b"x", mode=0o4755), TarBuilder().whiteout("opt/a")]
    return layers


def environment(count: int) -> ImageBuilder:
    return ImageBuilder(settings={"Env": [f"A{number}=x" for number in range(count)]}).layer(
        TarBuilder().file("a", b"x")
    )


def passwords_in_one_value(count: int) -> ImageBuilder:
    return ImageBuilder(settings={"Env": ["A=" + "password=" * count]}).layer(TarBuilder().file("a", b"x"))


def path_entries(count: int) -> ImageBuilder:
    path = ":".join(f"/opt/{number}" for number in range(count))
    tar = TarBuilder().symlink("bin", "usr/bin").file("usr/bin/app", ELF, mode=0o755)
    return ImageBuilder(settings={"Env": [f"PATH={path}"], "Cmd": ["app"]}).layer(tar)


def labels(count: int) -> ImageBuilder:
    found = {f"a{number}": f"password={number}abcdef" for number in range(count)}
    return ImageBuilder(settings={"Labels": found}).layer(TarBuilder().file("a", b"x"))


def ports(count: int) -> ImageBuilder:
    found: dict[str, dict[str, str]] = {f"{number % 65536}/tcp{number}": {} for number in range(count)}
    return ImageBuilder(settings={"ExposedPorts": found, "Volumes": found}).layer(TarBuilder().file("a", b"x"))


def history(count: int) -> ImageBuilder:
    image = ImageBuilder().layer(TarBuilder().file("a", b"x"))
    for number in range(count):
        image.step(f"RUN curl http://a/{number} | sh && apt-get install x=$A{number}")
    return image


def one_long_instruction(count: int) -> ImageBuilder:
    return ImageBuilder().layer(TarBuilder().file("a", b"x"), created_by="RUN " + "apt-get install a && " * count + "x")


def arguments(count: int) -> ImageBuilder:
    text = f"RUN |{count} " + " ".join(f"A{number}=x" for number in range(count)) + " /bin/sh -c x"
    return ImageBuilder().layer(TarBuilder().file("a", b"x"), created_by=text)


def deep_json(count: int) -> ImageBuilder:
    return ImageBuilder(settings={"Labels": {"a": "[" * count + "]" * count}}).layer(TarBuilder().file("a", b"x"))


def command(count: int) -> ImageBuilder:
    words = ["sh", "-c", "exec " * count + "app"]
    return ImageBuilder(settings={"Cmd": words}).layer(TarBuilder().file("bin/sh", ELF, mode=0o755))


DIMENSIONS: dict[str, tuple[Make, int]] = {
    "hard links to a SUID file": (hard_links, 400_000),
    "SUID files": (suid_files, 200_000),
    "files with capabilities": (capability_files, 200_000),
    "a chain of symbolic links": (symlinks, 200_000),
    "the same chain, from its far end": (long_chain, 200_000),
    "a loop of symbolic links": (link_loop, 200_000),
    "files with a secret": (secret_files, 100_000),
    "secrets in one file": (secret_hits, 200_000),
    "removed SUID files": (removed_suid_files, 100_000),
    "overwritten SUID files": (overwritten, 100_000),
    "passwd in one layer": (repeated_passwd, 10_000),
    "layers": (tiny_layers, 1_000),
    "a file added and removed": (deleted_again, 1_000),
    "writable directories": (directories, 200_000),
    "deep paths": (deep_paths, 20_000),
    "cron tables": (cron_tables, 100_000),
    "scripts that start one another": (scripts, 100_000),
    "files of sudoers.d": (sudoers, 50_000),
    "packages of dpkg": (packages, 200_000),
    "packages of Python": (python_packages, 100_000),
    "private keys": (private_keys, 20_000),
    "links to authorized keys": (accounts_in_links, 5_000),
    "archives that unpack to 60 MB": (archives, 100),
    "gzip files": (gzip_files, 100_000),
    "archives in archives": (nested_archives, 200_000),
    "members of one gzip file": (gzip_members, 400_000),
    "secrets behind the end of the tar": (behind_the_end, 1_000_000),
    "users": (users, 250_000),
    "users and groups of one id": (users_of_one_id, 5_000),
    "users in groups, all in all": (users_in_groups, 1_000_000),
    "lines of sudoers": (sudoers_lines, 200_000),
    "aliases of sudoers": (sudoers_aliases, 50_000),
    "includes of sudoers": (sudoers_includes, 20_000),
    "includes of sshd_config": (sshd_includes, 20_000),
    "lines of a crontab": (crontab_lines, 400_000),
    "authorized keys": (authorized_keys, 100_000),
    "directories of libraries": (library_directories, 400_000),
    "links to a library": (library_links, 200_000),
    "needed libraries": (needed_libraries, 500_000),
    "ELF files": (elf_files, 50_000),
    "extended attributes": (extended_attributes, 300_000),
    "long names": (long_names, 50_000),
    "lines of os-release": (release, 400_000),
    "Conffiles of a package": (dpkg_conffiles, 400_000),
    "files of a package": (dpkg_files, 400_000),
    "parts of dpkg's database": (dpkg_parts, 100_000),
    "packages of apk": (apk_packages, 100_000),
    "packages of npm": (npm_packages, 100_000),
    "jars": (jars, 10_000),
    "lines of a licence": (licences, 1_000_000),
    "packages of a lock file": (lock_entries, 200_000),
    "programs of a known name": (known_programs, 100_000),
    "wrappers of a program": (wrapped_scripts, 100_000),
    "lines of a start script": (script_lines, 100_000),
    "units": (units, 100_000),
    ".netrc files": (netrc_files, 100_000),
    "whiteouts": (whiteouts, 200_000),
    "opaque directories": (opaque_folders, 200_000),
    "comments of headers": (comments, 200_000),
    "variables of the environment": (environment, 100_000),
    "passwords in one variable": (passwords_in_one_value, 200_000),
    "directories of PATH": (path_entries, 200_000),
    "labels": (labels, 50_000),
    "ports and volumes": (ports, 50_000),
    "lines of the history": (history, 20_000),
    "commands of one instruction": (one_long_instruction, 100_000),
    "build arguments": (arguments, 100_000),
    "depth of a label": (deep_json, 1_000_000),
    "wrappers of the command": (command, 200_000),
}


def cost(made: ImageBuilder | TarBuilder | list[TarBuilder], words: list[str]) -> tuple[float, float, int, int]:
    """Return CPU seconds, megabytes, the bytes of the image, compressed as a whole, and the exit code."""
    image = made if isinstance(made, ImageBuilder) else ImageBuilder()
    if not isinstance(made, ImageBuilder):
        for layer in made if isinstance(made, list) else [made]:
            image.layer(layer.build())
    with tempfile.TemporaryDirectory() as folder:
        plain = Path(folder, "image.tar")
        plain.write_bytes(docker_archive(image))
        data = zlib.compress(plain.read_bytes(), 6)
        # By way of a small process: the peak of a child counts from its fork on, when it is as large as its parent.
        options = [*words, "--sandbox", "off", "-o", str(Path(folder, "out"))]
        command = [sys.executable, "-c", _MEASURE, sys.executable, "-m", "imgscan", str(plain), *options]
        result = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    return float(result[0]), float(result[1]), len(data), int(result[2])


_MEASURE = """
import resource, subprocess, sys
done = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, done.returncode)
"""


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", default="")
    parser.add_argument("--full", action="store_true", help="three sizes of each, not the largest alone")
    parser.add_argument("--format", default="text", help="of the report that is written")
    parser.add_argument("--scale", type=float, default=1.0, help="of all sizes")
    arguments = parser.parse_args()
    print(f"{'dimension':<34} {'n':>8} {'MB gz':>6} {'CPU s':>7} {'MB':>6} {'exit':>4} {'growth':>7}", flush=True)
    for name, (make, largest) in DIMENSIONS.items():
        if arguments.only not in name:
            continue
        former = 0.0
        most = max(int(largest * arguments.scale), 4)
        for size in (most // 4, most // 2, most) if arguments.full else (most,):
            seconds, megabytes, stored, code = cost(make(size), ["-f", arguments.format])
            growth = f"{seconds / former:>7.1f}" if former else ""
            row = f"{name:<34} {size:>8} {stored / 1e6:>6.1f} {seconds:>7.1f} {megabytes:>6.0f} {code:>4} {growth}"
            print(row, flush=True)
            former = seconds


if __name__ == "__main__":
    main()
