"""Start imgscan out of a bundle: unpack the wheels for this interpreter once, run the command. Needs Python alone.

This file is ``__main__.py`` of the bundle (release/bundle.py). What it unpacks lies in a folder that is the user's and
that nobody else can write to; without such a folder it lies in a temporary one, which goes when the command ends.
"""

from __future__ import annotations

import atexit
import json
import os
import platform
import shutil
import stat
import sys
import sysconfig
import tempfile
import zipfile
from pathlib import Path


def target_of() -> str:
    """Return what this interpreter is called in the bundle's list: ``cp312-linux_x86_64``, musl apart."""
    version = f"cp{sys.version_info[0]}{sys.version_info[1]}"
    if sysconfig.get_config_var("Py_GIL_DISABLED"):
        version += "t"
    system = sys.platform
    if system == "linux":
        # Built for musl, an interpreter has it in its host's name; libc_ver() would guess.
        system = "musl" if "musl" in str(sysconfig.get_config_var("HOST_GNU_TYPE") or "") else "linux"
    return f"{version}-{system}_{platform.machine().lower()}"


def start(bundle: str) -> int:
    """Unpack what is missing and run imgscan."""
    with zipfile.ZipFile(bundle) as archive:
        listed = json.loads(archive.read("bundle.json"))
        target = target_of()
        wheels = listed["targets"].get(target)
        if wheels is None:
            print(f"imgscan: this bundle is for {', '.join(sorted(listed['targets']))}, not {target}", file=sys.stderr)
            return 70
        folder = unpacked(archive, wheels, listed)
    database = folder / "advisories.db"
    if database.exists():
        os.environ.setdefault("IMGSCAN_DB", str(database))
    sys.path.insert(0, str(folder))
    # Processes that imgscan starts are of the same interpreter, and know nothing of the bundle.
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (str(folder), os.environ.get("PYTHONPATH"))))
    from imgscan.cli.main import main

    return main()


def unpacked(archive: zipfile.ZipFile, wheels: list[str], listed: dict[str, str]) -> Path:
    """Return the folder with all wheels unpacked; made beside it and put there in one step."""
    home = private_home()
    folder = home / f"{listed['digest'][:32]}-{target_of()}"
    if folder.is_dir():
        return folder
    beside = Path(tempfile.mkdtemp(prefix=".new-", dir=home))
    for name in wheels:
        with archive.open(f"wheels/{name}") as file, zipfile.ZipFile(file) as wheel:
            unpack(wheel, beside)
    if "advisories.db" in archive.namelist():
        archive.extract("advisories.db", beside)
    try:
        beside.rename(folder)
    except OSError:  # another process was faster
        shutil.rmtree(beside, ignore_errors=True)
    return folder


def unpack(wheel: zipfile.ZipFile, folder: Path) -> None:
    """Unpack a wheel's packages. Source: the binary distribution format, "Installing a wheel"."""
    for member in wheel.infolist():
        parts = member.filename.split("/")
        if member.is_dir() or ".." in parts or member.filename.startswith("/"):
            continue
        if parts[0].endswith(".data"):
            if len(parts) < 3 or parts[1] not in ("purelib", "platlib"):
                continue
            parts = parts[2:]
        path = folder.joinpath(*parts)
        path.parent.mkdir(parents=True, exist_ok=True)
        with wheel.open(member) as file, path.open("wb") as target:
            shutil.copyfileobj(file, target)


def install(wheels: str) -> None:
    """Install all wheels of a folder for this interpreter; scripts are left out, ``python -m`` starts what there is."""
    target = Path(sysconfig.get_path("purelib"))
    for path in sorted(Path(wheels).glob("*.whl")):
        with zipfile.ZipFile(path) as wheel:
            unpack(wheel, target)


def private_home() -> Path:
    """Return a folder that is ours alone: of the cache, or a temporary one."""
    cache = os.environ.get("XDG_CACHE_HOME", "")
    try:
        base = Path(cache) if os.path.isabs(cache) else Path.home() / ".cache"
        folder = base / "imgscan" / "bundle"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        state = folder.stat()
        foreign = state.st_uid != os.geteuid() or state.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
        if not foreign and os.access(folder, os.W_OK):
            return folder
    except (OSError, RuntimeError):  # no home, or nothing can be written there
        pass
    folder = Path(tempfile.mkdtemp(prefix="imgscan-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


if __name__ == "__main__":
    sys.exit(start(sys.argv[0]))
