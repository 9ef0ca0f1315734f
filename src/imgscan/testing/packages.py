"""Package databases made for tests: what a package manager would leave in a layer."""

from __future__ import annotations

from base64 import b64encode, urlsafe_b64encode
from collections.abc import Mapping
from hashlib import md5, sha1, sha256

ELF = b"\x7fELF" + bytes(60)
"""What counts as a program, nothing more."""

Installed = Mapping[str, bytes]
"""The files of one package: absolute path as recorded, and content."""


def elf(text: str) -> bytes:
    """Return a program whose content differs by ``text``."""
    return ELF + text.encode()


def debian(*packages: tuple[str, str, Installed], conffiles: Mapping[str, Installed] | None = None) -> dict[str, bytes]:
    """Return the files of dpkg's database with these packages installed: name, version, files."""
    result: dict[str, bytes] = {}
    status = []
    for name, version, files in packages:
        configuration = (conffiles or {}).get(name, {})
        lines = [f" {path} {_md5(content)}" for path, content in configuration.items()]
        field = "\n".join(["Conffiles:", *lines]) + "\n" if lines else ""
        status.append(
            f"Package: {name}\nStatus: install ok installed\nArchitecture: amd64\nVersion: {version}\n{field}"
        )
        info = f"var/lib/dpkg/info/{name}"
        result[f"{info}.list"] = "\n".join(["/.", *files, *configuration, ""]).encode()
        result[f"{info}.md5sums"] = "".join(f"{_md5(data)}  {path[1:]}\n" for path, data in files.items()).encode()
    return result | {"var/lib/dpkg/status": "\n".join(status).encode()}


def _md5(data: bytes) -> str:
    return md5(data, usedforsecurity=False).hexdigest()


def alpine(*packages: tuple[str, str, Mapping[str, tuple[int, bytes]]]) -> dict[str, bytes]:
    """Return apk's database: name, version, and the mode and content of each file."""
    blocks = []
    for name, version, files in packages:
        lines = [f"C:Q1{name}=", f"P:{name}", f"V:{version}", "A:x86_64"]
        for path, (mode, data) in files.items():
            folder, _, base = path.strip("/").rpartition("/")
            digest = b64encode(sha1(data, usedforsecurity=False).digest()).decode()
            lines += [f"F:{folder}", f"R:{base}", f"a:0:0:{mode:o}", f"Z:Q1{digest}"]
        blocks.append("\n".join([*lines, ""]))
    return {"lib/apk/db/installed": "\n".join(blocks).encode()}


def wheel(site: str, name: str, version: str, files: Installed) -> dict[str, bytes]:
    """Return an installed Python distribution: its dist-info in ``site`` and its files, relative to that."""
    info = f"{name}-{version}.dist-info"
    lines = [f"{path},sha256={_b64(data)},{len(data)}" for path, data in files.items()]
    record = "\n".join([*lines, f"{info}/RECORD,,", ""]).encode()
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n".encode()
    return {f"{site}/{path}": data for path, data in files.items()} | {
        f"{site}/{info}/METADATA": metadata,
        f"{site}/{info}/RECORD": record,
    }


def _b64(data: bytes) -> str:
    return urlsafe_b64encode(sha256(data).digest()).decode().rstrip("=")
