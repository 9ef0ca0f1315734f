"""Build the sdist and the wheel, the same bytes wherever and whenever they are built.

python -m release.build --out dist        of the files that the version control has; of all files without one

The time in both is that of the last commit, or what ``SOURCE_DATE_EPOCH`` says. The version of hatchling stands in the
wheel: build with the one of release/locked-test.txt to compare.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
_LEFT_OUT = shutil.ignore_patterns(".git", ".venv", "__pycache__", "dist", "build", ".*_cache", ".hypothesis")


def build(source: Path, out: Path, epoch: str) -> tuple[Path, ...]:
    """Build both of the files of ``source``, which is a project's folder or an sdist unpacked."""
    # What lies in a checkout besides is no part of a release; nor are the modes that someone's umask left.
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "imgscan"
        _copy(source, copy)
        command = [sys.executable, "-m", "hatchling", "build", "-d", str(out.absolute())]
        environment = {**os.environ, "SOURCE_DATE_EPOCH": epoch}
        subprocess.run(
            command, check=True, cwd=copy, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
    return (*sorted(out.glob("imgscan-*.tar.gz")), *sorted(out.glob("imgscan-*.whl")))


def _copy(source: Path, copy: Path) -> None:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached"], cwd=source, capture_output=True, check=False, text=True
    ).stdout
    names = [name for name in listed.split("\0") if name and (source / name).exists()]
    if not names:
        shutil.copytree(source, copy, ignore=_LEFT_OUT)
    for name in names:
        target = copy / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source / name, target)
    for path in copy.rglob("*"):
        runs = path.is_dir() or bool((source / path.relative_to(copy)).stat().st_mode & 0o100)
        path.chmod(0o755 if runs else 0o644)


def epoch_of(source: Path) -> str:
    """Return the time of the last commit in seconds; without one, and unless the environment says, 2020-02-02."""
    given = os.environ.get("SOURCE_DATE_EPOCH")
    if given:
        return given
    command = ["git", "log", "-1", "--format=%ct"]
    said = subprocess.run(command, cwd=source, capture_output=True, check=False, text=True).stdout.strip()
    return said or "1580601600"


def main() -> None:
    """Build, and say the digests."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("dist"))
    out = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    for path in build(ROOT, out, epoch_of(ROOT)):
        print(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path}")


if __name__ == "__main__":
    main()
