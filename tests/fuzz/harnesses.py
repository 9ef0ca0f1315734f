"""What is fuzzed: a name, what takes bytes and raises nothing but errors of the tree, and bytes to begin with."""

from __future__ import annotations

import base64
import json
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import imgscan
from imgscan.compare.comparison import compare
from imgscan.compare.side import parse_side
from imgscan.errors import InputError
from imgscan.formats.path import decode_name
from imgscan.model.options import ScanOptions
from imgscan.report.document import Report
from imgscan.report.writers import FORMATS, Style, writer_of
from imgscan.testing import ImageBuilder, TarBuilder
from imgscan.testing.image import digest_of
from imgscan.testing.layout import oci_files
from imgscan.testing.tar import tar_of

from ..integration.made import as_tar, docker_hybrid, docker_old, image_of, oci
from ..integration.test_formats import RAW, TRICKS
from ..property.test_mutated import PARSERS as OF_GOOD_DATA
from ..property.test_total import PARSERS as OF_ANY_DATA
from .readers import readers
from .records import records
from .shaken import shaken

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


def _scanned(data: bytes) -> Report | None:
    """Return the report on bytes as a source of whatever form, None for what is refused."""
    handle, name = tempfile.mkstemp()
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        with suppress(InputError, imgscan.UsageError):
            return imgscan.scan(name, _OPTIONS)
    finally:
        Path(name).unlink()
    return None


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


def _attached(data: bytes) -> None:
    """Scan an image beside which these bytes lie as an attestation, or a shaken manifest of one."""
    builder = ImageBuilder(attestation=data).layer(_layer())
    files = oci_files(builder)
    _scanned(tar_of(files))
    index = json.loads(files["index.json"])
    listed = index["manifests"][-1]
    manifest = json.loads(files[f"blobs/sha256/{listed['digest'][7:]}"])
    changed = json.dumps(shaken((manifest,), data)).encode()
    listed["digest"], listed["size"] = digest_of(changed), len(changed)
    files[f"blobs/sha256/{listed['digest'][7:]}"] = changed
    files["index.json"] = json.dumps(index if data[:1] < b"\x80" else shaken((index,), data)).encode()
    _scanned(tar_of(files))


def _outputs(data: bytes) -> None:
    """Write every format of a report on an image with these bytes for names, settings and instructions."""
    words = [word.replace("\0", "") for word in decode_name(data).split("\n")[:3]]
    texts = [word.encode("utf-8", "replace").decode() for word in words]
    settings = {"User": texts[0], "Env": texts, "Cmd": texts, "Labels": dict.fromkeys(texts, texts[-1])}
    tar = TarBuilder().file(f"usr/bin/{words[0].replace('/', '_')}x", b"x", mode=0o4777)
    made = ImageBuilder(references=(texts[-1],), settings=settings).layer(tar, created_by=texts[0])
    reports = [report for report in (_scanned(made.docker_archive()),) if report is not None]
    for report in reports:
        for name in FORMATS:
            text = writer_of(name)((report,), Style()).decode()
            assert not RAW.search(text), name
            if name == "jsonl":
                assert [json.loads(line) for line in text.splitlines()]
            elif text.startswith(("{", "[")):
                json.loads(text)
        side = parse_side(writer_of("json")((report,), Style()), "x")
        assert compare(side, side).findings.same == len(side.findings)


def harnesses() -> dict[str, Harness]:
    """Return all, by name."""
    image = image_of(_layer())
    found = {f"parser {name}": Harness(run, (b"", bytes(64))) for name, run in OF_ANY_DATA.items()}
    found |= {f"mutated {name}": Harness(run, (good,)) for name, (run, good) in OF_GOOD_DATA.items()}
    forms = tuple(as_tar(make(image)) for make in (docker_old, docker_hybrid, oci))
    found["scan"] = Harness(_scanned, (*forms, _layer(), b"\x1f\x8b\x08" + bytes(32)))
    found["layer"] = Harness(_image_of_layer, (_layer(),))
    found["attached"] = Harness(_attached, (b'{"predicateType": "https://spdx.dev/Document"}', bytes(range(90, 160))))
    found["outputs"] = Harness(_outputs, ("\n".join(TRICKS[:3]).encode(), b"a\n<b>&`|\n::warning::c\x1b[0m"))
    found["config"] = Harness(_image_of_config, (_config(),))
    found |= {f"records {name}": Harness(run, seeds) for name, (run, seeds) in records().items()}
    found |= {f"reader {name}": Harness(run, seeds) for name, (run, seeds) in readers().items()}
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
