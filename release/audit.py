"""Known vulnerabilities of what imgscan needs, by pip-audit, where there is a network; elsewhere one line says so.

python -m release.audit              exit code 1: some are known, and not accepted here
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping

import msgspec

from release.lock import FOLDER, LOCKED, ROOT

ACCEPTED: Mapping[str, str] = {}
"""Vulnerabilities that do not concern imgscan, with the reason."""
_MOST_SECONDS = 60
_COMMAND = (
    *(sys.executable, "-m", "pip_audit", "--requirement", str(FOLDER / LOCKED), "--require-hashes", "--disable-pip"),
    *("--format", "json", "--progress-spinner", "off", "--timeout", "5"),
)


class _Vulnerability(msgspec.Struct, frozen=True):
    id: str
    aliases: tuple[str, ...] = ()
    fix_versions: tuple[str, ...] = ()


class _Package(msgspec.Struct, frozen=True):
    name: str
    version: str = ""
    skip_reason: str = ""
    vulns: tuple[_Vulnerability, ...] = ()


class _Answer(msgspec.Struct, frozen=True):
    dependencies: tuple[_Package, ...]


def verdict(output: bytes, errors: bytes) -> tuple[int, str]:
    """Return the exit code and what there is to say, of what pip-audit wrote."""
    try:
        packages = msgspec.json.decode(output, type=_Answer).dependencies
    except msgspec.DecodeError:
        lines = errors.decode(errors="replace").strip().splitlines()
        return 0, f"audit: skipped: no answer ({lines[-1][:200] if lines else 'nothing was said'})"
    known = [package for package in packages if not package.skip_reason]
    if not known:
        return 0, f"audit: skipped: the package index speaks of none of {len(packages)} packages"
    wrong = [
        f"audit: {package.name} {package.version}: {item.id}, mended in {' or '.join(item.fix_versions) or 'none'}"
        for package in known
        for item in package.vulns
        if ACCEPTED.keys().isdisjoint((item.id, *item.aliases))
    ]
    unknown = len(packages) - len(known)
    rest = f", {unknown} of which the index does not speak" if unknown else ""
    return (1, "\n".join(wrong)) if wrong else (0, f"audit: {len(packages)} packages{rest}: nothing is known")


def main() -> int:
    """Ask, and say what was answered."""
    try:
        done = subprocess.run(_COMMAND, cwd=ROOT, capture_output=True, timeout=_MOST_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        print(f"audit: skipped: no answer in {_MOST_SECONDS} seconds")
        return 0
    code, text = verdict(done.stdout, done.stderr)
    print(text)
    return code


if __name__ == "__main__":
    sys.exit(main())
