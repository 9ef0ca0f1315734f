"""Kept outputs: what each machine format says of the sample image, byte for byte.

A change of them is to be looked at (``git diff testdata/golden``) and then kept:

    python -m tests.golden
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

from imgscan.engine import scan
from imgscan.report.document import Report
from imgscan.report.writers import Style, writer_of

ROOT = Path(__file__).parents[1]
GOLDEN = ROOT / "testdata/golden"
SAMPLE = "testdata/alpine-3.10.tar.gz"

FILES = {
    "jsonl": "alpine-3.10.jsonl",
    "sarif": "alpine-3.10.sarif",
    "junit": "alpine-3.10.junit.xml",
    "markdown": "alpine-3.10.md",
    "cyclonedx": "alpine-3.10.cdx.json",
    "spdx": "alpine-3.10.spdx.json",
}
"""Formats and the file that keeps each."""


@cache
def sample_report() -> Report:
    """Return the report of the sample, its source named as from the root of the checkout."""
    before = Path.cwd()
    os.chdir(ROOT)
    try:
        return scan(SAMPLE)
    finally:
        os.chdir(before)


def output_of(name: str) -> bytes:
    """Return the sample in a format."""
    return writer_of(name)([sample_report()], Style())


def main() -> None:
    GOLDEN.mkdir(exist_ok=True)
    for name, file in FILES.items():
        (GOLDEN / file).write_bytes(output_of(name))
        print(GOLDEN / file)


if __name__ == "__main__":
    main()
