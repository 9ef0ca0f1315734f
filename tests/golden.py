"""Kept outputs: what each format says of three images, byte for byte.

The sample image, a Debian with things planted (``tests/debian.py``), and one without a distribution's tools. A change
of them is to be looked at (``git diff testdata/golden``) and then kept:

    python -m tests.golden
"""

from __future__ import annotations

import os
import tempfile
from functools import cache
from pathlib import Path

from imgscan.engine import scan
from imgscan.report.document import Report
from imgscan.report.writers import Style, writer_of
from imgscan.testing import ImageBuilder, TarBuilder, program

from .debian import planted, pristine

ROOT = Path(__file__).parents[1]
GOLDEN = ROOT / "testdata/golden"
SAMPLE = "testdata/alpine-3.10.tar.gz"

ENDINGS = {
    "text": ".txt",
    "jsonl": ".jsonl",
    "sarif": ".sarif",
    "junit": ".junit.xml",
    "codequality": ".codequality.json",
    "markdown": ".md",
    "cyclonedx": ".cdx.json",
    "spdx": ".spdx.json",
}
"""Formats and how the files that keep them end."""


def debian() -> ImageBuilder:
    """Return the Debian with a layer of planted faults."""
    image = ImageBuilder(("example.test/debian:planted",), settings={"User": "root", "Cmd": ["/bin/bash"]})
    image.layer(pristine(), created_by="RUN /bin/sh -c debootstrap # buildkit")
    return image.layer(planted(), created_by="RUN /bin/sh -c /tmp/plant # buildkit")


def distroless() -> ImageBuilder:
    """Return an image of one static program and what it needs, run by a user of its own."""
    base = TarBuilder().file("etc/os-release", b"ID=debian\nVERSION_ID=13\nPRETTY_NAME='Distroless'\n")
    base.file(
        "etc/passwd", b"root:x:0:0:root:/root:/sbin/nologin\nnonroot:x:65532:65532::/home/nonroot:/sbin/nologin\n"
    )
    base.file("etc/group", b"root:x:0:\nnonroot:x:65532:\n").directory("tmp", mode=0o1777)
    base.file("var/lib/dpkg/status.d/tzdata", b"Package: tzdata\nArchitecture: all\nVersion: 2025a-1\n")
    settings = {
        "User": "65532:65532",
        "Entrypoint": ["/app/server"],
        "ExposedPorts": {"8443/tcp": {}},
        "Healthcheck": {"Test": ["CMD", "/app/server", "--check"]},
    }
    image = ImageBuilder(("example.test/server:1.0",), settings=settings)
    image.layer(base, created_by="bazel build ...")
    server = TarBuilder().file("app/server", program(interpreter=None, needed=()), mode=0o755)
    return image.layer(server, created_by="COPY server /app/server")


MADE = {"planted-debian": debian, "distroless": distroless}
NAMES = ("alpine-3.10", *MADE)
FILES = {(image, name): f"{image}{ending}" for image in NAMES for name, ending in ENDINGS.items()}
"""Image and format, and the file that keeps the one in the other."""


@cache
def report_of(image: str) -> Report:
    """Return the report of an image, its source named without a folder of this machine."""
    before = Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(ROOT if image not in MADE else folder)
        try:
            if image in MADE:
                Path(f"{image}.tar").write_bytes(MADE[image]().docker_archive())
            return scan(f"{image}.tar" if image in MADE else SAMPLE)
        finally:
            os.chdir(before)


def output_of(image: str, name: str) -> bytes:
    """Return an image's report in a format."""
    report = report_of(image)
    digest = (report.tool.rules_digest or "").encode()
    # A new rule on secrets would change every file that is kept, and say nothing by it.
    return writer_of(name)([report], Style()).replace(digest, b"sha256:" + b"0" * 64)


def main() -> None:
    GOLDEN.mkdir(exist_ok=True)
    for (image, name), file in FILES.items():
        (GOLDEN / file).write_bytes(output_of(image, name))
        print(GOLDEN / file)


if __name__ == "__main__":
    main()
