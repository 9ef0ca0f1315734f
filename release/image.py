"""Make the image of imgscan itself: what its start needs and nothing else, for a user that is not root.

python -m release.image --wheels dist/wheels/cp313-linux_x86_64 --out imgscan.tar
python -m release.image --wheels DIR --base NAME             upon another base with the same Python

Needs buildah, and of the network what the base is pulled by. The wheels are those of the base's interpreter
(release/bundle.py downloads them).
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parents[1]
_OWN = re.compile(r"imgscan-([^-]+)-.*\.whl")


def version_of(wheels: Path) -> str:
    """Return the version of imgscan among the wheels."""
    (version,) = {match[1] for path in wheels.glob("*.whl") if (match := _OWN.fullmatch(path.name))}
    return version


def make(wheels: Path, base: str | None, out: Path, buildah: Sequence[str] = ("buildah",)) -> None:
    """Build the image and write it as an archive; ``buildah`` is the command with its global options."""
    version = version_of(wheels)
    name, full = f"localhost/imgscan:{version}", f"localhost/imgscan-full:{version}"
    with tempfile.TemporaryDirectory() as folder:
        context = Path(folder)
        shutil.copytree(wheels, context / "wheels")
        shutil.copy(ROOT / "release" / "start.py", context)
        recipe = ROOT / "release" / "Containerfile"
        given = [f"VERSION={version}", *([f"BASE={base}"] if base is not None else [])]
        _build([*buildah], recipe, full, given, context)
        archive = context / "full.tar"
        _run([*buildah, "push", "-q", full, f"docker-archive:{archive}:{full}"])
        last = context / "Containerfile"
        harden = [sys.executable, "-m", "imgscan", "harden", str(archive), "--distroless", "--no-config"]
        _run([*harden, "-f", f"dockerfile={last}", "-q", "--no-progress"])
        _build([*buildah], last, name, [f"IMAGE={full}"], context)
        out.unlink(missing_ok=True)
        _run([*buildah, "push", "-q", name, f"docker-archive:{out}:imgscan:{version}"])


def _build(buildah: list[str], recipe: Path, name: str, given: Sequence[str], context: Path) -> None:
    words = [word for item in given for word in ("--build-arg", item)]
    # OCI's own format has no HEALTHCHECK; without times the same wheels give the same layers.
    options = ["--format", "docker", "--isolation", "chroot", "--timestamp", "0", *words]
    _run([*buildah, "bud", *options, "-f", str(recipe), "-t", name, str(context)])


def _run(command: Sequence[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command[:3])} failed:\n{done.stdout}{done.stderr}")


def main() -> None:
    """Make the image."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--wheels", type=Path, required=True, help="a folder with imgscan's wheel and all it needs")
    parser.add_argument("--base", help="default: that of release/Containerfile")
    parser.add_argument("--out", type=Path, default=Path("imgscan.tar"), help="default: imgscan.tar")
    arguments = parser.parse_args()
    make(arguments.wheels, arguments.base, arguments.out)


if __name__ == "__main__":
    main()
