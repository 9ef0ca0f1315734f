"""Make one file to carry in: imgscan with all wheels that it needs, for several interpreters and machines.

python -m release.bundle --out dist                  download wheels and make the bundle
python -m release.bundle --out dist --wheels DIR     make it of wheels that are there (DIR/TARGET/*.whl)

The wheels are those of release/locked.txt, and pip holds each to its digest there. Beside the bundle come a wheelhouse
with the digests for pip install --no-index --require-hashes, a bill of materials and the checksums of all. The same
wheels give the same bytes.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from packaging.markers import default_environment

from release.build import build, epoch_of
from release.lock import needed, read_lock, requirements

ROOT = Path(__file__).parents[1]
VERSIONS = ("3.11", "3.12", "3.13", "3.14")
# The oldest glibc that a platform's wheels may ask for; pip tries the list from the left.
PLATFORMS = {
    "linux_x86_64": ("manylinux_2_28_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64"),
    "linux_aarch64": ("manylinux_2_28_aarch64", "manylinux_2_17_aarch64", "manylinux2014_aarch64"),
}
_EPOCH = (1980, 1, 1, 0, 0, 0)
_SHEBANG = b"#!/usr/bin/env python3\n"
_WHEEL = re.compile(r"(?P<name>[^-]+)-(?P<version>[^-]+)(?:-\d[^-]*)?-[^-]+-[^-]+-[^-]+\.whl")

Wheels = Mapping[str, Sequence[Path]]
"""The wheels of each target: ``cp312-linux_x86_64``."""


def bundle_bytes(wheels: Wheels, database: bytes | None = None) -> bytes:
    """Return the bundle: a zip that Python runs, with each wheel once."""
    files = {path.name: path.read_bytes() for paths in wheels.values() for path in paths}
    targets = {target: sorted(path.name for path in paths) for target, paths in sorted(wheels.items())}
    listed = {"targets": targets, "digest": _digest([*(files[name] for name in sorted(files)), database or b""])}
    out = io.BytesIO(_SHEBANG)
    out.seek(0, io.SEEK_END)
    with zipfile.ZipFile(out, "w") as archive:
        _add(archive, "__main__.py", (ROOT / "release" / "start.py").read_bytes())
        _add(archive, "bundle.json", json.dumps(listed, indent=1, sort_keys=True).encode())
        for name in sorted(files):
            _add(archive, f"wheels/{name}", files[name])
        if database is not None:
            _add(archive, "advisories.db", database)
    return out.getvalue()


def _digest(parts: Iterable[bytes]) -> str:
    """Return what tells bundles apart: the digests of all parts in order."""
    return hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in parts)).hexdigest()


def _add(archive: zipfile.ZipFile, name: str, data: bytes) -> None:
    """Add a file without a time; wheels are compressed already."""
    member = zipfile.ZipInfo(name, _EPOCH)
    member.external_attr = 0o644 << 16
    member.create_system = 3
    archive.writestr(member, data, zipfile.ZIP_STORED)


def wheelhouse_bytes(wheels: Wheels) -> bytes:
    """Return all wheels as a tar, and for each target their digests, for ``pip install --require-hashes``."""
    files = {path.name: path.read_bytes() for paths in wheels.values() for path in paths}
    files |= {f"{target}.txt": _requirements(paths) for target, paths in wheels.items()}
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name in sorted(files):
            member = tarfile.TarInfo(f"wheelhouse/{name}")
            member.size, member.mode = len(files[name]), 0o644
            archive.addfile(member, io.BytesIO(files[name]))
    return out.getvalue()


def _requirements(paths: Sequence[Path]) -> bytes:
    """Return wheels as pip reads what is to be installed, each with its digest."""
    lines = []
    for path in sorted(paths, key=lambda path: path.name):
        project, version = _parts(path.name)
        lines.append(f"{project}=={version} --hash=sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}\n")
    return "".join(lines).encode()


def _parts(name: str) -> tuple[str, str]:
    """Return the project and the version of a wheel.

    Raises:
        ValueError: it has no name of one.
    """
    match = _WHEEL.fullmatch(name)
    if match is None:
        raise ValueError(f"{name} is not named as a wheel is")
    return match["name"].replace("_", "-").lower(), match["version"]


def materials(wheels: Wheels) -> bytes:
    """Return a bill of materials (CycloneDX 1.5): each wheel with its digest."""
    files = {path.name: path.read_bytes() for paths in wheels.values() for path in paths}
    components = []
    for name in sorted(files):
        project, version = _parts(name)
        components.append(
            {
                "type": "library",
                "bom-ref": name,
                "name": project,
                "version": version,
                "purl": f"pkg:pypi/{project}@{version}?file_name={name}",
                "hashes": [{"alg": "SHA-256", "content": hashlib.sha256(files[name]).hexdigest()}],
            }
        )
    document = {"bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1, "components": components}
    return json.dumps(document, indent=1).encode() + b"\n"


def checksums(files: Mapping[str, bytes]) -> bytes:
    """Return the checksums as ``sha256sum -c`` reads them."""
    return "".join(f"{hashlib.sha256(files[name]).hexdigest()}  {name}\n" for name in sorted(files)).encode()


def outputs(version: str, wheels: Wheels, database: bytes | None = None) -> dict[str, bytes]:
    """Return all files of a release by their names."""
    name = f"imgscan-{version}"
    files = {
        f"{name}.pyz": bundle_bytes(wheels, database),
        f"{name}-wheelhouse.tar": wheelhouse_bytes(wheels),
        f"{name}-bundle.cdx.json": materials(wheels),
    }
    return {**files, "SHA256SUMS": checksums(files)}


def download(folder: Path, versions: Sequence[str], platforms: Sequence[str]) -> None:
    """Build the wheel of this checkout and download what it needs by the lock, each target into a folder of its own."""
    built = folder / "own"
    built.mkdir(parents=True, exist_ok=True)
    wheel = build(ROOT, built, epoch_of(ROOT))[-1]
    for version in versions:
        for name in platforms:
            target = folder / f"cp{version.replace('.', '')}-{name}"
            target.mkdir(parents=True, exist_ok=True)
            shutil.copy(wheel, target)
            wanted = built / f"{target.name}.txt"
            wanted.write_text(locked_for(version, name), encoding="utf-8")
            tags = [f"--platform={tag}" for tag in PLATFORMS[name]]
            only = ("--only-binary=:all:", f"--python-version={version}", "--implementation=cp", *tags)
            _pip("download", *only, "--no-deps", "--require-hashes", f"--requirement={wanted}", "--dest", str(target))


def locked_for(version: str, platform: str) -> str:
    """Return what a target needs of the lock, with digests.

    Markers are evaluated here: pip would do so for the interpreter that it runs in, whatever ``--python-version`` says.
    """
    environment = {
        **{name: str(value) for name, value in default_environment().items()},
        "python_version": version,
        "python_full_version": f"{version}.0",
        "implementation_version": f"{version}.0",
        "platform_machine": platform.removeprefix("linux_"),
        "sys_platform": "linux",
        "platform_system": "Linux",
        "os_name": "posix",
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
    }
    pins = needed(read_lock(), requirements())
    return "".join(pin.requirement() for pin in pins if pin.fits(environment))


def _pip(*words: str) -> None:
    subprocess.run([sys.executable, "-m", "pip", "--disable-pip-version-check", *words], check=True)


def main() -> None:
    """Make the files of a release."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("dist"))
    parser.add_argument("--wheels", type=Path, help="folders of wheels by target, instead of a download")
    parser.add_argument("--python", action="append", default=[], choices=VERSIONS, help="default: all")
    parser.add_argument("--platform", action="append", default=[], choices=tuple(PLATFORMS), help="default: all")
    parser.add_argument("--with-db", type=Path, metavar="FILE", help="a database of advisories (imgscan db import)")
    arguments = parser.parse_args()
    folder = arguments.wheels or arguments.out / "wheels"
    if arguments.wheels is None:
        download(folder, arguments.python or VERSIONS, arguments.platform or tuple(PLATFORMS))
    wheels = {path.name: sorted(path.glob("*.whl")) for path in sorted(folder.glob("cp*"))}
    if not wheels:
        parser.error(f"{folder} has no folders of wheels")
    names = [_WHEEL.fullmatch(path.name) for paths in wheels.values() for path in paths]
    (version,) = {match["version"] for match in names if match is not None and match["name"] == "imgscan"}
    database = arguments.with_db.read_bytes() if arguments.with_db else None
    arguments.out.mkdir(parents=True, exist_ok=True)
    for name, data in outputs(version, wheels, database).items():
        (arguments.out / name).write_bytes(data)
        print(f"{len(data):>12}  {arguments.out / name}")


if __name__ == "__main__":
    main()
