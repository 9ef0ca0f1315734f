"""The bill of materials of imgscan itself (CycloneDX 1.6): what an installation has, by the lock.

python -m release.bill --out dist          writes imgscan-VERSION.cdx.json

The same lock gives the same bytes. The wheels with their digests stand in the bill of the bundle (release/bundle.py).
"""

from __future__ import annotations

import argparse
import json
import tomllib
from collections.abc import Iterable
from pathlib import Path

from imgscan.version import __version__
from release.licences import licences
from release.lock import SELF, Pin, read_lock

ROOT = Path(__file__).parents[1]


def bill(pins: Iterable[Pin]) -> bytes:
    """Return the bill of imgscan with these packages."""
    listed = tuple(pins)
    own = _reference("imgscan", __version__)
    references = {pin.name: _reference(pin.name, pin.version) for pin in listed}
    asked: dict[str, list[str]] = {own: [], **{reference: [] for reference in references.values()}}
    for pin in listed:
        for name in pin.asked_by:
            asker = own if name == SELF else references.get(name)
            if asker is not None:
                asked[asker].append(references[pin.name])
    document = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": _component("application", "imgscan", __version__, _own_licence())},
        "components": [
            _component("library", pin.name, pin.version, licences().packages[pin.name].expression) for pin in listed
        ],
        "dependencies": [{"ref": name, "dependsOn": sorted(others)} for name, others in sorted(asked.items())],
    }
    return json.dumps(document, indent=1).encode() + b"\n"


def _reference(name: str, version: str) -> str:
    return f"pkg:pypi/{name}@{version}"


def _component(kind: str, name: str, version: str, licence: str) -> dict[str, object]:
    reference = _reference(name, version)
    return {
        "type": kind,
        "bom-ref": reference,
        "name": name,
        "version": version,
        "purl": reference,
        "licenses": [{"expression": licence}],
    }


def _own_licence() -> str:
    table = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return str(table["project"]["license"])


def main() -> None:
    """Write the bill."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("dist"))
    out = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    path = out / f"imgscan-{__version__}.cdx.json"
    path.write_bytes(bill(read_lock()))
    print(path)


if __name__ == "__main__":
    main()
