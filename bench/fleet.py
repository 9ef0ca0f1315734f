"""What a fleet costs beside plain scans of the same unique layers, and the unit costs that docs/fleet.md reckons with.

    python -m bench.fleet [--images 40] [--base-mb 25] [--app-mb 3] [--workers 1]

Images share base layers of real files of this system, gzip in OCI form: one layout that stores each blob once, and an
archive for each image, which stores them again and again. Plain: each unique layer as an image of its own, one engine,
one job. CPU seconds of all tasks, and of the process that drives them; what a process takes to start is told apart.
"""

from __future__ import annotations

import argparse
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


def plain(folder: Path, made: list[ImageBuilder]) -> tuple[float, int]:
    """Return the CPU seconds that plain scans of the unique layers take, and how many bytes these are."""
    unique = {item.digest: item for image in made for item in image.layers}
    paths = []
    for number, item in enumerate(unique.values()):
        alone = ImageBuilder((f"layer:{number}",))
        alone.layers.append(item)
        alone.history.append({"created_by": "RUN"})
        paths.append(folder / f"layer-{number}.tar")
        paths[-1].write_bytes(oci_archive(alone))
    engine = imgscan.Engine(imgscan.ScanOptions(jobs=1, pattern_cache=str(folder)))
    engine.scan(paths[-1])  # imports, and patterns compiled
    begun, size = time.process_time(), 0
    for path in paths:
        report = engine.scan(path)
        size += report.coverage.bytes_read
        (folder / "report.json").write_bytes(imgscan.write(report))
    return time.process_time() - begun, size


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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in (("images", 40), ("base-mb", 25), ("app-mb", 3), ("workers", 1), ("rounds", 3)):
        parser.add_argument(f"--{name}", type=int, default=default)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        made = images(asked.images, asked.base_mb, asked.app_mb)
        (folder / "plain").mkdir()
        layout = write_files(oci_files(*made), folder / "layout")
        (folder / "archives").mkdir()
        for number, image in enumerate(made):
            (folder / f"archives/{number}.tar").write_bytes(oci_archive(image))
        tiny = write_files(oci_files(ImageBuilder().layer({"a": (0o644, b"a")})), folder / "tiny")
        plain(folder / "plain", made[:1])  # patterns compiled
        start, _, _ = fleet(tiny, folder / "out", asked.workers, folder / "plain")
        starting = start.survey_cpu + start.report_cpu
        print(f"{starting:.2f} s of CPU until a process has its analyzers and patterns at hand, taken off below")
        print(
            f"{'CPU seconds':24}{'surveys':>9}{'reports':>9}{'driver':>8}{'wall':>7}{'hashed MB':>11}{'over plain':>12}"
        )
        for _ in range(asked.rounds):
            base, size = plain(folder / "plain", made)
            print(f"{'plain, unique layers':24}{base:9.2f}{'':47}   {size / 1e6:.0f} MB of tars")
            for what, source in (("one layout", layout), ("an archive each", folder / "archives")):
                run, driver, wall = fleet(source, folder / "out", asked.workers, folder / "plain")
                surveys = run.survey_cpu - starting * asked.workers
                over = (surveys + run.report_cpu + driver) / base - 1
                spent = f"{surveys:9.2f}{run.report_cpu:9.2f}{driver:8.2f}{wall:7.1f}"
                print(f"{what:24}{spent}{run.hashed_bytes / 1e6:11.0f}{over:12.1%}")


if __name__ == "__main__":
    main()
