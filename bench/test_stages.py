"""Each stage of a scan on a made input of stated size and seed; the answer is checked, the bytes kept beside the time.

    pytest bench/test_stages.py --benchmark-enable --benchmark-only

Bytes a second are ``extra_info`` divided by the time.
"""

import gzip
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from random import Random

import pytest
import zstandard
from pytest_benchmark.fixture import BenchmarkFixture

from archive import ArchiveFormat, Compression
from generated import Content, Plan, write_image
from imgscan import Limits, ScanOptions, scan
from imgscan.analyzers.builtin import BUILTIN
from imgscan.analyzers.registry import observers_of
from imgscan.layer.decompress import decompressed
from imgscan.layer.stream import LayerStream
from imgscan.layer.tar_reader import TarReader
from imgscan.model.entry import Entry
from imgscan.model.image import Descriptor, ImageConfig, ImageManifest, LayerRef
from imgscan.model.problem import ProblemLog
from imgscan.rootfs.view import ImageView, merge_layers
from imgscan.survey.survey import Surveyor
from imgscan.testing import TarBuilder

SEED = 7
MIB = 1 << 20
LIMITS = Limits()


def content(size: int) -> bytes:
    """Return ``size`` bytes of which one half compresses."""
    return b"".join(Content(SEED, size, 1).pieces(size))


def chunks(data: bytes) -> Iterator[bytes]:
    """Yield the pieces in which a file is read."""
    for at in range(0, len(data), MIB):
        yield data[at : at + MIB]


def layer(entries: int, size: int = 2048) -> bytes:
    """Return a tar of small files, every hundredth SUID, in paths as packages have them."""
    random = Random(SEED)
    tar = TarBuilder()
    for number in range(entries):
        name = f"usr/lib/package-{number // 50}/module_{number}.py"
        tar.file(name, random.randbytes(size), mode=0o4755 if number % 100 == 0 else 0o644, mtime=1_700_000_000)
    return tar.build()


@pytest.mark.parametrize("compression", ["gzip", "zstd"])
def test_inflate(benchmark: BenchmarkFixture, compression: str) -> None:
    """Stored bytes to windows, without digests."""
    data = content(16 * MIB)
    blob = gzip.compress(data, 6) if compression == "gzip" else zstandard.ZstdCompressor(level=3).compress(data)
    benchmark.extra_info |= {"stored_bytes": len(blob), "uncompressed_bytes": len(data)}

    found = benchmark(lambda: sha_of(decompressed(chunks(blob), compression, LIMITS)))

    assert found == sha256(data).hexdigest()


def sha_of(pieces: Iterator[bytes | bytearray | memoryview]) -> str:
    digest = sha256()
    for piece in pieces:
        digest.update(piece)
    return digest.hexdigest()


@pytest.mark.parametrize("compression", ["none", "gzip", "zstd"])
def test_digests(benchmark: BenchmarkFixture, compression: str) -> None:
    """Inflating with both digests, in threads, as a layer is read."""
    data = content(16 * MIB)
    blob = data
    if compression != "none":
        blob = gzip.compress(data, 6) if compression == "gzip" else zstandard.ZstdCompressor(level=3).compress(data)
    benchmark.extra_info |= {"stored_bytes": len(blob), "uncompressed_bytes": len(data)}

    def read() -> LayerStream:
        stream = LayerStream(chunks(blob), LIMITS)
        assert sum(map(len, stream)) == len(data)
        return stream

    stream = benchmark(read)

    assert stream.digest == "sha256:" + sha256(blob).hexdigest()
    assert stream.diff_id == "sha256:" + sha256(data).hexdigest()


@pytest.mark.parametrize("entries", [1_000, 20_000])
def test_headers(benchmark: BenchmarkFixture, entries: int) -> None:
    """Windows to entries, content skipped."""
    tar = layer(entries, 512)
    benchmark.extra_info |= {"entries": entries, "uncompressed_bytes": len(tar)}

    def read() -> int:
        seen = 0

        def take(entry: Entry, _head: bytes | None) -> None:
            nonlocal seen
            seen += entry.size

        reader = TarReader(take, ProblemLog("layer", 0), LIMITS)
        for window in chunks(tar):
            reader.feed(window)
        reader.close()
        assert reader.entries == entries
        return seen

    assert benchmark(read) == 512 * entries


@pytest.mark.parametrize("entries", [1_000, 10_000])
@pytest.mark.parametrize("digests", [False, True], ids=["facts", "facts-and-digests"])
def test_survey(benchmark: BenchmarkFixture, entries: int, digests: bool) -> None:
    """One stored layer to its facts, by all built-in analyzers."""
    tar = layer(entries)
    benchmark.extra_info |= {"entries": entries, "uncompressed_bytes": len(tar)}
    surveyor = Surveyor(observers_of(BUILTIN, LIMITS), LIMITS, digests)

    facts = benchmark(lambda: surveyor.survey(chunks(tar)))

    assert facts.complete
    assert len(facts.entries) == entries
    assert len(facts.facts["setuid"]) == entries // 100


@pytest.mark.parametrize("layers", [1, 20])
def test_merge(benchmark: BenchmarkFixture, layers: int) -> None:
    """Facts of layers to one tree: files, and in each layer whiteouts of a tenth of the layer below."""
    entries = 20_000 // layers
    tars = []
    for number in range(layers):
        tar = TarBuilder()
        for file in range(entries):
            tar.file(f"usr/lib/layer-{number}/package-{file // 50}/module_{file}.py")
        for file in range(0, entries if number else 0, 10):
            tar.whiteout(f"usr/lib/layer-{number - 1}/package-{file // 50}/module_{file}.py")
        tars.append(tar.build())
    surveyor = Surveyor((), LIMITS)
    facts = [surveyor.survey(chunks(tar)) for tar in tars]
    references = tuple(LayerRef(index=index, blob=None, descriptor=Descriptor()) for index in range(layers))
    manifest = ImageManifest(
        references=(), manifest_digest=None, image_id=None, platform=None, config=ImageConfig(), layers=references
    )
    benchmark.extra_info |= {"entries": sum(len(item.entries) for item in facts), "layers": layers}

    def merge() -> ImageView:
        return merge_layers(manifest, facts, LIMITS)[0]

    view = benchmark(merge)

    files = layers * entries - (layers - 1) * entries // 10
    folders = 3 + layers + layers * entries // 50  # the root, usr, usr/lib; one a layer; the packages
    assert len(view) == files + folders


@pytest.mark.parametrize("form", list(ArchiveFormat), ids=lambda form: form.value)
@pytest.mark.parametrize("compression", list(Compression), ids=lambda compression: compression.value)
def test_scan(benchmark: BenchmarkFixture, form: ArchiveFormat, compression: Compression, tmp_path: Path) -> None:
    """A whole scan of a generated image, all built-in analyzers."""
    plan = Plan(entries=4_000, layers=8, size=16 * MIB, seed=SEED)
    archive = tmp_path / "image.tar"
    unpacked = write_image(plan, archive, form, compression)
    benchmark.extra_info |= {
        "entries": plan.entries,
        "stored_bytes": archive.stat().st_size,
        "uncompressed_bytes": unpacked,
    }

    report = benchmark(lambda: scan(archive, ScanOptions()))

    assert report.complete
    assert report.coverage.entries == plan.entries
    assert report.coverage.bytes_read == unpacked
    assert all(True in item.verified.values() for item in report.layers)
    assert any(finding.rule == "setuid.suid-file" for finding in report.findings)
