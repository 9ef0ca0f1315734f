"""The licence of each package of the locks: an SPDX expression, held to a list of those that are allowed.

python -m release.licences           what is installed against release/licences.toml

``licences.toml`` has for each package the expression, and what its metadata says in its words: a package that
says another thing than when it was looked at is looked at again.
"""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import msgspec
from license_expression import LicenseExpression, Licensing, get_spdx_licensing

from release.lock import LOCKED_TEST, Pin, read_lock

TABLE = Path(__file__).parent / "licences.toml"


class Licence(msgspec.Struct, frozen=True):
    """An SPDX expression, and the words of the package's metadata that it was taken from."""

    expression: str
    stated: str


class Licences(msgspec.Struct, frozen=True):
    """The table: identifiers that are allowed, and the packages."""

    allowed: tuple[str, ...]
    packages: dict[str, Licence]

    def allows(self, expression: str) -> bool:
        """Whether an expression lets imgscan be used: one side of an OR, all of an AND.

        Raises:
            Exception: it is none of SPDX; whatever license-expression says.
        """
        return self._allows(_spdx().parse(expression, validate=True))

    def _allows(self, expression: LicenseExpression) -> bool:
        parts: tuple[LicenseExpression, ...] = getattr(expression, "args", ())
        if not parts:
            return str(expression) in self.allowed
        return (any if expression.operator.strip() == "OR" else all)(map(self._allows, parts))


@cache
def _spdx() -> Licensing:
    return get_spdx_licensing()


@cache
def licences() -> Licences:
    """Return the table."""
    return msgspec.convert(tomllib.loads(TABLE.read_text(encoding="utf-8")), Licences)


def stated(name: str) -> str:
    """Return what the metadata of an installed package says of its licence, in one line.

    Raises:
        PackageNotFoundError: it is not installed.
    """
    metadata = distribution(name).metadata
    classifiers = [text for text in metadata.get_all("Classifier") or () if text.startswith("License ::")]
    words = [text for key in ("License-Expression", "License") for text in metadata.get_all(key) or ()]
    said = next((text.strip().splitlines()[0] for text in words if text.strip() not in ("", "UNKNOWN")), "")
    return said or "; ".join(text.rpartition(" :: ")[2] for text in classifiers)


def faults(pins: Iterable[Pin]) -> Iterator[str]:
    """Yield what is wrong with the licences of some packages, in sentences; what is not installed is only looked up."""
    table = licences()
    for pin in pins:
        row = table.packages.get(pin.name)
        if row is None:
            yield f"{pin.name}: no licence in release/licences.toml"
            continue
        if not table.allows(row.expression):
            yield f"{pin.name}: {row.expression} is not allowed"
        try:
            installed, said = distribution(pin.name).version, stated(pin.name)
        except PackageNotFoundError:
            continue
        if installed == pin.version and said != row.stated:
            yield f"{pin.name}: says {said!r} now, and not {row.stated!r}"


def main() -> int:
    """Say what is wrong."""
    pins = read_lock(LOCKED_TEST)
    wrong = list(faults(pins))
    print("\n".join(wrong) or f"licences: {len(pins)} packages, all allowed")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
