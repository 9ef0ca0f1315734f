"""What a fleet costs beside plain scans of the same unique layers, and the unit costs that docs/fleet.md reckons with.

    python -m bench.fleet [--images 40] [--base-mb 25] [--app-mb 3] [--workers 1]

Images share base layers of real files of this system, gzip in OCI form: one layout that stores each blob once, and an
archive for each image, which stores them again and again. Plain: one engine scans all images of the layout with one
job, which reads each unique layer once and merges each image, too. CPU seconds of all tasks, and of the process that
drives them. What a process takes until all is loaded, and what it takes to hold copies of layers against their digests
(which a plain scan of unique layers has none of), are told apart.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import shutil
import tarfile
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import imgscan
from imgscan.fleet import scan_fleet
from imgscan.fleet.driver import FleetRun
from imgscan.fleet.workers import LocalProcesses
from imgscan.testing import ImageBuilder, oci_archive, oci_files, write_files

ROOTS = ("/usr/lib", "/usr/bin", "/usr/share")
BASES = 4


def files() -> Iterator[Path]:
    for root in ROOTS:
        for path in sorted(Path(root).rglob("*")):
            if path.is_file() and not path.is_symlink() and path.stat().st_size < 8 << 20:
                yield path


def layer(source: Iterator[Path], size: int) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        while out.tell() < size and (path := next(source, None)) is not None:
            tar.add(path, recursive=False)
    return out.getvalue()


def images(count: int, base_mb: int, app_mb: int) -> list[ImageBuilder]:
    source = files()
    bases = [ImageBuilder().layer(layer(source, base_mb << 20), "gzip").layers[0] for _ in range(BASES)]
    source = files()
    result = []
    for number in range(count):
        made = ImageBuilder((f"example.test/app:{number}",), settings={"User": "root"})
        for base in (number % BASES, (number + 1) % BASES):
            made.layers.append(bases[base])
            made.history.append({"created_by": f"RUN base {base}"})
        result.append(made.layer(layer(source, app_mb << 20), "gzip", created_by=f"COPY {number}"))
    return result


def plain(layout: Path, folder: Path) -> tuple[float, int]:
    """Return the CPU seconds of a plain scan of all images of the layout, and the bytes of their unique layers."""
    engine = imgscan.Engine(imgscan.ScanOptions(jobs=1, pattern_cache=str(folder)))
    engine.scan_all(folder / "first")  # imports, and patterns compiled
    begun = time.process_time()
    reports = engine.scan_all(layout)
    for number, report in enumerate(reports):
        (folder / f"{number}.json").write_bytes(imgscan.write(report))
    seconds = time.process_time() - begun
    return seconds, sum({layer.digest: layer.uncompressed_bytes for item in reports for layer in item.layers}.values())


def fleet(source: Path, out: Path, workers: int, patterns: Path) -> tuple[FleetRun, float, float]:
    """Return what a run did, the CPU of the process that drove it, and the wall time."""
    shutil.rmtree(out, ignore_errors=True)
    crew = LocalProcesses(workers)
    crew.submit("warm", time.process_time).result()
    cpu, wall = time.process_time(), time.monotonic()
    try:
        report = scan_fleet([source], out, imgscan.ScanOptions(pattern_cache=str(patterns)), workers=crew)
    finally:
        crew.close()
    assert not report.summary.unread
    return report.run, time.process_time() - cpu, time.monotonic() - wall


def hashing() -> float:
    """Return the CPU seconds that the SHA-256 of a byte takes."""
    data, begun = bytes(1 << 28), time.process_time()
    hashlib.sha256(data).digest()
    return (time.process_time() - begun) / len(data)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in (("images", 40), ("base-mb", 25), ("app-mb", 3), ("workers", 1), ("rounds", 3)):
        parser.add_argument(f"--{name}", type=int, default=default)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        made = images(asked.images, asked.base_mb, asked.app_mb)
        kept = folder / "plain"
        kept.mkdir()
        layout = write_files(oci_files(*made), folder / "layout")
        first = write_files(oci_files(made[0]), kept / "first")
        (folder / "archives").mkdir()
        for number, image in enumerate(made):
            (folder / f"archives/{number}.tar").write_bytes(oci_archive(image))
        plain(layout, kept)
        start, _, _ = fleet(first, folder / "out", asked.workers, kept)
        starting = max(start.survey_cpu + start.report_cpu - plain(first, kept)[0], 0.0)
        print(f"{starting:.2f} s of CPU until a process has loaded what it needs, taken off below")
        heads = ("surveys", "reports", "driver", "all", "wall", "hashed MB", "hashing", "over plain", "without")
        widths = (9, 9, 8, 8, 7, 11, 9, 12, 9)
        columns = (f"{head:>{width}}" for head, width in zip(heads, widths, strict=True))
        print(f"{'CPU seconds':24}{''.join(columns)}")
        for _ in range(asked.rounds):
            base, size = plain(layout, kept)
            print(f"{'plain scan of the layout':24}{'':26}{base:8.2f}   {size / 1e6:.0f} MB of unique tars")
            for what, source in (("fleet, the layout", layout), ("an archive each", folder / "archives")):
                run, driver, wall = fleet(source, folder / "out", asked.workers, kept)
                surveys = run.survey_cpu - starting * asked.workers
                spent = surveys + run.report_cpu + driver
                hashes = run.hashed_bytes * hashing()
                shown = f"{surveys:9.2f}{run.report_cpu:9.2f}{driver:8.2f}{spent:8.2f}{wall:7.1f}"
                hashed = f"{run.hashed_bytes / 1e6:11.0f}{hashes:9.2f}"
                print(f"{what:24}{shown}{hashed}{spent / base - 1:12.1%}{(spent - hashes) / base - 1:9.1%}")


if __name__ == "__main__":
    main()
