"""Fleets of small images that share base layers, each in a form of its own."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Any

from imgscan.testing import ImageBuilder, TarBuilder, oci_archive

BASES = 4
"""Base layers of a fleet; each image has two of them, and one layer of its own."""


def base_layer(number: int) -> TarBuilder:
    """Return a base layer: an ELF with SUID, a private key, and something to read."""
    tar = TarBuilder().file(f"bin/base-{number}", b"\x7fELF" + bytes([number]) * 4000, mode=0o4755)
    return tar.file(f"etc/base-{number}.conf", b"password = swordfish-%d\n" % number * 40)


def image(number: int) -> ImageBuilder:
    """Return an image of the fleet."""
    made = ImageBuilder((f"example.test/app:{number}",), settings={"User": "root", "Env": [f"N={number}"]})
    compression: Any = ("none", "gzip", "zstd")[number % 3]
    for base in (number % BASES, (number + 1) % BASES):
        made.layer(base_layer(base), compression, created_by=f"RUN base {base}")
    own = TarBuilder().file(f"app/{number}", b"%d" % number * 100).file("bin/tool", b"#!/bin/sh\n", mode=0o4755)
    return made.layer(own, compression, created_by=f"COPY {number}")


def unique_layers(count: int) -> int:
    """Return how many stored layers so many images have, each counted once."""
    return len({layer.digest for number in range(count) for layer in image(number).layers})


def save_fleet(folder: Path, count: int) -> list[Path]:
    """Write so many images: docker-archives, OCI archives and layouts."""
    folder.mkdir(parents=True, exist_ok=True)
    return [_saved(folder, number) for number in range(count)]


def _saved(folder: Path, number: int) -> Path:
    made, path = image(number), folder / f"app-{number}.tar"
    path.write_bytes(made.docker_archive() if number % 3 == 0 else oci_archive(made))
    return path


class Here(Executor):
    """An executor that does each task at once, in this process."""

    _max_workers = 2

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except BaseException as error:  # noqa: BLE001 (as executors do)
            future.set_exception(error)
        return future


def reports_of(out: Path) -> Iterator[Path]:
    """Return the files of reports below a fleet's folder."""
    return (path for path in sorted((out / "reports").rglob("*")) if path.is_file())
