"""Root filesystems of real packages, made by the tools of their distributions where these are installed."""

from __future__ import annotations

import os
import shutil
import subprocess
import tarfile
from collections.abc import Iterable
from pathlib import Path

from .integration.support import ALPINE

_DEBIAN_PACKAGES = (
    "python3",
    "ca-certificates",
    "curl",
    "gcc",
    "gdb",
    "libc6-dev",
    "netcat-openbsd",
    "openssh-client",
    "sudo",
    "tcpdump",
    "tzdata",
)
_RELEASE = "bookworm"


def missing_for_debian() -> str:
    """Return why there is no root of Debian, empty where there is one or where it can be made."""
    folder = os.environ.get("IMGSCAN_ROOTS")
    if not folder:
        return "IMGSCAN_ROOTS names no folder to keep roots in"
    if (Path(folder) / "debian.tar").exists() or shutil.which("debootstrap"):
        return ""
    return "no debian.tar in IMGSCAN_ROOTS, and debootstrap is not installed"


def debian_root(folder: Path) -> Path:
    """Return a tar of Debian's root in a folder, made over the network where it is not there."""
    result = folder / "debian.tar"
    if not result.exists():
        root = folder / "debian"
        shutil.rmtree(root, ignore_errors=True)
        install = ["apt-get", "install", "-y", "--no-install-recommends", *_DEBIAN_PACKAGES]
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(["debootstrap", "--variant=minbase", _RELEASE, str(root)], check=True, capture_output=True)
        subprocess.run(["chroot", str(root), *install], check=True, capture_output=True, env=environment)
        subprocess.run(["tar", "-C", str(root), "--numeric-owner", "-cf", f"{result}.new", "."], check=True)
        os.replace(f"{result}.new", result)
        shutil.rmtree(root)
    return result


def missing_for_rpm() -> str:
    """Return why no root of rpm packages can be made, empty where it can."""
    missing = [name for name in ("rpm", "rpmbuild", "ldd", "curl", "seq") if shutil.which(name) is None]
    return f"{', '.join(missing)} not installed" if missing else ""


def rpm_root(folder: Path) -> Path:
    """Return a tar of a root of packages that this machine's rpm installed: a shell, curl, and rpm itself.

    BusyBox is that of the sample image. A program of no package links to the C library.
    """
    needs = {name: _libraries(f"/usr/bin/{name}") for name in ("rpm", "curl", "seq")}
    of_glibc = ("/libresolv.so.2", "/libgcc_s.so.1")
    common = needs["seq"] | {path for paths in needs.values() for path in paths if path.endswith(of_glibc)}
    shared = (needs["rpm"] & needs["curl"]) - common
    packages = {
        "busybox": ((), _busybox(folder / "busybox")),
        "glibc": ((), _copied(folder / "glibc", common)),
        "shared-libs": (("glibc",), _copied(folder / "shared-libs", shared)),
        "curl-libs": (("shared-libs",), _copied(folder / "curl-libs", needs["curl"] - common - shared)),
        "curl": (("curl-libs",), _copied(folder / "curl", ["/usr/bin/curl"])),
        "rpm-libs": (("shared-libs",), _copied(folder / "rpm-libs", needs["rpm"] - common - shared, settings=True)),
        "rpm": (("rpm-libs",), _copied(folder / "rpm", ["/usr/bin/rpm"])),
    }
    built = [_built(folder, name, *what) for name, what in packages.items()]
    root = folder / "root"
    root.mkdir()
    rpm = ["rpm", "--root", str(root), "--dbpath", "/var/lib/rpm"]
    subprocess.run([*rpm, "--initdb"], check=True, capture_output=True)
    subprocess.run([*rpm, "-i", "--nosignature", *map(str, built)], check=True, capture_output=True)
    (root / "srv/app").mkdir(parents=True)
    shutil.copy("/usr/bin/seq", root / "srv/app/count")
    result = folder / "root.tar"
    subprocess.run(["tar", "-C", str(root), "--numeric-owner", "-cf", str(result), "."], check=True)
    return result


def _libraries(program: str) -> set[str]:
    """Return the loader and the libraries of a program of this machine, by the paths that its loader takes."""
    said = subprocess.run(["ldd", program], check=True, capture_output=True, text=True).stdout
    return {word for line in said.splitlines() for word in line.split() if word.startswith("/")}


def _copied(folder: Path, paths: Iterable[str], settings: bool = False) -> Path:
    """Return a folder with copies of files at their paths; ``settings`` are rpm's."""
    if settings:
        for name in ("rpmrc", "macros", "platform"):
            source, target = Path("/usr/lib/rpm", name), folder / "usr/lib/rpm" / name
            target.parent.mkdir(parents=True, exist_ok=True)
            (shutil.copytree if source.is_dir() else shutil.copy)(source, target)
        macros = folder / "etc/rpm/macros.image"
        macros.parent.mkdir(parents=True)
        macros.write_text("%_dbpath /var/lib/rpm\n")  # Debian's rpm has its database in the user's home
    for path in paths:
        target = folder / path.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)
    return folder


def _busybox(folder: Path) -> Path:
    """Return a folder with a shell and its tools, and with what every root has."""
    with tarfile.open(ALPINE) as image:
        (name,) = (member for member in image.getnames() if member.endswith("/layer.tar"))
        layer = image.extractfile(name)
        with tarfile.open(fileobj=layer) as root:
            wanted = [m for m in root.getmembers() if m.name.startswith(("bin/", "usr/bin/", "lib/ld-musl"))]
            wanted = [m for m in wanted if m.isfile() is (m.name in ("bin/busybox", "lib/ld-musl-x86_64.so.1"))]
            root.extractall(folder, [m for m in wanted if not m.isdir()], filter="fully_trusted")
    (folder / "etc").mkdir()
    (folder / "etc/os-release").write_text("ID=fedora\nVERSION_ID=99\nPRETTY_NAME='Fedora in small'\n")
    (folder / "etc/passwd").write_text("root:x:0:0::/root:/bin/sh\n")
    (folder / "etc/group").write_text("root:x:0:\n")
    return folder


def _built(folder: Path, name: str, requires: Iterable[str], files: Path) -> Path:
    """Return a package of all files of a folder."""
    listed = [
        f'"/{path.relative_to(files)}"' for path in sorted(files.rglob("*")) if path.is_symlink() or path.is_file()
    ]
    spec = folder / f"{name}.spec"
    lines = [f"Name: {name}", "Version: 1", "Release: 1", "Summary: x", "License: MIT", "AutoReqProv: no"]
    lines += [f"Requires: {other}" for other in requires]
    lines += ["%description", "x", "%install", f"cp -a {files}/. %{{buildroot}}/", "%files", *listed]
    spec.write_text("\n".join(lines) + "\n")
    # No debugging packages and no stripping: the files are to stay as they are.
    defines = {"_topdir": str(folder / "build"), "debug_package": "%{nil}", "__os_install_post": "%{nil}"}
    defines["_build_id_links"] = "none"
    words = [word for key, value in defines.items() for word in ("--define", f"{key} {value}")]
    subprocess.run(["rpmbuild", "-bb", *words, str(spec)], check=True, capture_output=True)
    (package,) = (folder / "build/RPMS").rglob(f"{name}-1-1.*.rpm")
    return package
