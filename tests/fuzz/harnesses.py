"""What is fuzzed: a name, what takes bytes and raises nothing but errors of the tree, and bytes to begin with."""

from __future__ import annotations

import base64
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import imgscan
from imgscan.errors import InputError
from imgscan.model.options import ScanOptions
from imgscan.testing import ImageBuilder, TarBuilder

from ..integration.made import as_tar, docker_hybrid, docker_old, image_of, oci
from ..property.test_mutated import PARSERS as OF_GOOD_DATA
from ..property.test_total import PARSERS as OF_ANY_DATA
from .records import records

CORPUS = Path(__file__).parent / "corpus"
"""A file for some harnesses: inputs that reach further than the seeds, and what once was a finding, in base64."""
_OPTIONS = ScanOptions(skip=("secrets",), jobs=1)
_TEXT = b"root:x:0:0:root:/root:/bin/sh\n"


class Harness(NamedTuple):
    """One thing that is fuzzed."""

    run: Callable[[bytes], object]
    seeds: tuple[bytes, ...]


def _layer() -> bytes:
    tar = TarBuilder().directory("etc").file("etc/passwd", _TEXT).file("bin/su", b"\x7fELF", mode=0o4755)
    tar.symlink("sh", "bin/su").hardlink("bin/sg", "bin/su").whiteout("etc/gone")
    return tar.sparse("1.0", "hole", [(0, b"head")], 4096).build()


def _scanned(data: bytes) -> None:
    """Scan bytes as a source of whatever form."""
    handle, name = tempfile.mkstemp()
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        with suppress(InputError, imgscan.UsageError):
            imgscan.scan(name, _OPTIONS)
    finally:
        Path(name).unlink()


def _image_of_layer(data: bytes) -> None:
    """Scan an image whose one layer these bytes are: nothing before it can fail."""
    _scanned(ImageBuilder().layer(data).docker_archive())


def _image_of_config(data: bytes) -> None:
    """Scan an image whose config these bytes are."""
    files = docker_old(image_of(_layer()))
    name = next(name for name in files if name.endswith(".json") and name != "manifest.json")
    files[name] = data
    _scanned(as_tar(files))


def _config() -> bytes:
    files = docker_old(image_of(_layer()))
    content = next(content for name, content in files.items() if name.endswith(".json") and name != "manifest.json")
    assert isinstance(content, bytes)
    return content


def harnesses() -> dict[str, Harness]:
    """Return all, by name."""
    image = image_of(_layer())
    found = {f"parser {name}": Harness(run, (b"", bytes(64))) for name, run in OF_ANY_DATA.items()}
    found |= {f"mutated {name}": Harness(run, (good,)) for name, (run, good) in OF_GOOD_DATA.items()}
    forms = tuple(as_tar(make(image)) for make in (docker_old, docker_hybrid, oci))
    found["scan"] = Harness(_scanned, (*forms, _layer(), b"\x1f\x8b\x08" + bytes(32)))
    found["layer"] = Harness(_image_of_layer, (_layer(),))
    found["config"] = Harness(_image_of_config, (_config(),))
    found |= {f"records {name}": Harness(run, seeds) for name, (run, seeds) in records().items()}
    return {name: Harness(each.run, (*each.seeds, *kept(name))) for name, each in found.items()}


def kept(name: str) -> Iterator[bytes]:
    """Yield the inputs that are kept for a harness."""
    path = CORPUS / f"{name.replace(' ', '-')}.txt"
    if path.exists():
        for line in path.read_text(encoding="ascii").splitlines():
            if not line.startswith("#"):
                yield base64.b64decode(line, validate=True)


def run_one(harness: Harness, data: bytes) -> None:
    """Run one input; whatever is raised but errors of the tree is a finding of the fuzzer."""
    with suppress(InputError):
        harness.run(data)
