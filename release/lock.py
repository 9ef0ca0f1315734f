"""The lock: every package that imgscan needs, directly or not, with its version and the digests of its files.

python -m release.lock               write the locks anew after pyproject.toml changed; versions that fit stay
python -m release.lock --upgrade     take the newest versions

``locked.txt`` is what an installation needs, its extras ``fsspec``, ``re2``, ``redis`` and ``tui`` too;
``locked-test.txt`` also what tests, build, audit and fleets need. Both are for every system and every Python from 3.11
on, and are read by ``pip install --require-hashes -r``. Writing them takes uv (docs/release.md), reading them does not.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import tomllib
from collections.abc import Collection, Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
FOLDER = Path("release")
LOCKED, LOCKED_TEST = "locked.txt", "locked-test.txt"
LOCKS: Mapping[str, tuple[str, ...]] = {
    LOCKED: ("fsspec", "re2", "redis", "tui"),
    LOCKED_TEST: ("audit", "docs", "fleet", "fsspec", "re2", "redis", "test", "tui"),
}
"""The files, and the extras of pyproject.toml that each holds."""
OLDEST = "3.11"
SELF = "imgscan (pyproject.toml)"
"""Who asks for a package, in the words of uv, where that is this project itself."""

_PIN = re.compile(r"(?P<name>[\w.-]+)==(?P<version>[^\s;]+)(?:\s*;\s*(?P<marker>.*))?")
_HASH = re.compile(r"--hash=(sha256:[0-9a-f]{64})")


class Pin(NamedTuple):
    """One package of a lock: ``asked_by`` are the names of those that need it, ``SELF`` among them."""

    name: str
    version: str
    marker: str | None
    hashes: tuple[str, ...]
    asked_by: tuple[str, ...]

    def fits(self, environment: Mapping[str, str]) -> bool:
        """Whether it is for an interpreter that these markers of PEP 508 describe."""
        return self.marker is None or Marker(self.marker).evaluate(dict(environment))

    def requirement(self) -> str:
        """Return it as pip reads it, without its marker."""
        return " \\\n    ".join((f"{self.name}=={self.version}", *(f"--hash={text}" for text in self.hashes))) + "\n"


def parse_lock(text: str) -> tuple[Pin, ...]:
    """Return the packages of a lock.

    Raises:
        ValueError: a line is none of a lock.
    """
    pins: list[Pin] = []
    for block in re.split(r"\n(?=[^\s#])", "\n" + re.sub(r"^(?:#.*\n)+", "", text)):
        if not block.strip():
            continue
        lines = [line.strip().removesuffix("\\").strip() for line in block.strip().splitlines()]
        match = _PIN.fullmatch(lines[0])
        if match is None:
            raise ValueError(f"{lines[0]!r} is no line of a lock")
        hashes = tuple(found[1] for line in lines[1:] if (found := _HASH.fullmatch(line)))
        comments = [line.lstrip("# ").removeprefix("via").strip() for line in lines[1:] if line.startswith("#")]
        if len(hashes) + len(comments) != len(lines) - 1:
            raise ValueError(f"{match['name']} has a line that is neither a digest nor a comment")
        asked_by = tuple(text for text in comments if text and not text.startswith("-c "))
        pins.append(Pin(match["name"], match["version"], match["marker"], hashes, asked_by))
    return tuple(pins)


def read_lock(name: str = LOCKED) -> tuple[Pin, ...]:
    """Return the packages of one of the two locks."""
    return parse_lock((ROOT / FOLDER / name).read_text(encoding="utf-8"))


@cache
def project() -> Mapping[str, object]:
    """Return the table ``project`` of pyproject.toml."""
    table: dict[str, object] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return table


def requirements(extras: Collection[str] = ()) -> tuple[Requirement, ...]:
    """Return what pyproject.toml asks for, with these extras."""
    dependencies, optional = project()["dependencies"], project()["optional-dependencies"]
    assert isinstance(dependencies, list)
    assert isinstance(optional, dict)
    return tuple(Requirement(text) for group in (dependencies, *map(optional.__getitem__, extras)) for text in group)


def needed(pins: Iterable[Pin], roots: Iterable[Requirement]) -> tuple[Pin, ...]:
    """Return the packages that some requirements lead to."""
    given = tuple(pins)
    names: set[str] = {canonicalize_name(root.name) for root in roots}
    while True:
        more = {pin.name for pin in given if names.intersection(pin.asked_by)} - names
        if not more:
            return tuple(pin for pin in given if pin.name in names)
        names |= more


def write(name: str, words: Iterable[str] = ()) -> None:
    """Write a lock anew, with digests, for all systems."""
    extras = [f"--extra={extra}" for extra in LOCKS[name]]
    fixed = ("--universal", f"--python-version={OLDEST}", "--generate-hashes", "--no-emit-index-url", "--quiet")
    command = ("--custom-compile-command=python -m release.lock", f"--output-file={FOLDER / name}")
    # Run in the project's folder: the paths stand in the file.
    subprocess.run(["uv", "pip", "compile", *fixed, *command, *extras, *words, "pyproject.toml"], check=True, cwd=ROOT)


def main() -> None:
    """Write both locks."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--upgrade", action="store_true", help="take the newest versions")
    words = ("--upgrade",) if parser.parse_args().upgrade else ()
    # What an installation gets is what the tests run with: the larger lock leads, the smaller follows.
    write(LOCKED_TEST, words)
    write(LOCKED, (f"--constraint={FOLDER / LOCKED_TEST}", *words))
    for name in LOCKS:
        print(f"{len(read_lock(name)):>4} packages  {FOLDER / name}")


if __name__ == "__main__":
    main()
