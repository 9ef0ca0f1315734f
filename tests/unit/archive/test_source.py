from __future__ import annotations

import gzip
import io
import os
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

import imgscan
from imgscan import ScanOptions
from imgscan.errors import ArchiveError, InputError, ManifestError, UnreadableError, UsageError
from imgscan.testing import COMPRESSIONS, ImageBuilder, TarBuilder, compress, oci_files
from imgscan.testing.compress import Compression

OPTIONS = ScanOptions(analyzers=("setuid",), jobs=2)
LAYERS = (
    TarBuilder().file("bin/su", b"s" * 3000, mode=0o4755).file("etc/issue", b"hello\n").build(),
    TarBuilder().whiteout("bin/su").file("bin/ping", b"p" * 5000, mode=0o4755).build(),
)
ARCHIVE = ImageBuilder().layer(LAYERS[0]).layer(LAYERS[1]).docker_archive()
ROOTFS = TarBuilder().directory("etc").file("bin/su", b"su", mode=0o4755).build()


class Blobs:
    """A source of the caller's, of blobs in memory."""

    name = "bucket/app"

    def __init__(self, blobs: dict[str, bytes], piece: int = 7) -> None:
        self.blobs = blobs
        self.piece = piece
        self.asked: list[str] = []

    def find(self, name: str) -> str | None:
        self.asked.append(name)
        return f"key:{name}" if name in self.blobs else None

    def size(self, key: str) -> int:
        return len(self.blobs[key.removeprefix("key:")])

    def chunks(self, key: str) -> Iterator[bytes]:
        data = self.blobs[key.removeprefix("key:")]
        return (data[at : at + self.piece] for at in range(0, len(data), self.piece))


class Ranged(Blobs):
    """One that can be read from any byte on."""

    def __init__(self, blobs: dict[str, bytes]) -> None:
        super().__init__(blobs, 1 << 20)
        self.stretches: list[tuple[int, int]] = []

    def stretch(self, key: str, start: int, size: int) -> Iterator[bytes]:
        self.stretches.append((start, size))
        return iter((self.blobs[key.removeprefix("key:")][start : start + size],))


class Pipe:
    """A file object that comes once."""

    def __init__(self, data: bytes) -> None:
        self._file = io.BytesIO(data)

    def read(self, size: int = -1, /) -> bytes:
        return self._file.read(min(size, 1000))


SOURCES: dict[str, Callable[[bytes], Any]] = {
    "bytes": bytes,
    "a bytearray": bytearray,
    "a memoryview": memoryview,
    "a BytesIO": io.BytesIO,
    "a buffered reader": lambda data: io.BufferedReader(io.BytesIO(data)),
    "a pipe": Pipe,
    "a GzipFile": lambda data: gzip.GzipFile(fileobj=io.BytesIO(gzip.compress(data))),
}


def shown(report: imgscan.Report) -> list[tuple[str, object, str]]:
    return [(finding.rule, finding.path, finding.state) for finding in report.findings]


@pytest.mark.parametrize("form", SOURCES)
@pytest.mark.parametrize("packing", COMPRESSIONS)
def test_an_archive_reads_the_same_from_whatever_gives_its_bytes(
    form: str, packing: Compression, tmp_path: Path
) -> None:
    for data in (ARCHIVE, ROOTFS):
        stored = compress(data, packing)
        path = tmp_path / "image.tar"
        path.write_bytes(stored)

        report = imgscan.scan(SOURCES[form](stored), OPTIONS)

        expected = imgscan.scan(path, OPTIONS)
        assert shown(report) == shown(expected) != []
        assert (report.problems, report.format, report.coverage) == ((), expected.format, expected.coverage)
        assert report.source in ("<bytes>", "<file>")


def test_an_open_file_is_called_by_its_name_and_stays_open(tmp_path: Path) -> None:
    path = tmp_path / "image.tar"
    path.write_bytes(ARCHIVE)

    with path.open("rb") as file:
        file.seek(700)
        report = imgscan.scan(file, OPTIONS)

        assert not file.closed
        assert report == imgscan.scan(path, OPTIONS)
        assert imgscan.scan(file, OPTIONS) == report, "and can be scanned again"


def test_an_upload_that_stands_at_its_end_is_read_from_its_start() -> None:
    with tempfile.SpooledTemporaryFile(max_size=1 << 20) as file:
        file.write(ARCHIVE)

        assert shown(imgscan.scan(file, OPTIONS)) == shown(imgscan.scan(ARCHIVE, OPTIONS))


def test_files_inside_are_read_from_every_source() -> None:
    for form in ("bytes", "a BytesIO", "a GzipFile"):
        with imgscan.open_image(SOURCES[form](ARCHIVE)) as image:
            files = image.filesystem()
            assert files.read("bin/ping") == b"p" * 5000
            assert list(files.read_many(["etc/issue"])) == [("etc/issue", b"hello\n")]
            with files.open("bin/ping") as file:
                file.seek(4990)
                assert file.read() == b"p" * 10
    assert [image.number for image in imgscan.list_images(ARCHIVE)] == [0]


def test_an_engine_scans_uploads_from_several_threads() -> None:
    engine = imgscan.Engine(OPTIONS)

    with ThreadPoolExecutor(4) as pool:
        reports = list(pool.map(engine.scan, [io.BytesIO(ARCHIVE) for _ in range(8)]))

    assert all(report == reports[0] for report in reports)


def test_blobs_by_names_are_an_image() -> None:
    files = oci_files(ImageBuilder().layer(LAYERS[0]).layer(LAYERS[1]))

    for source in (Blobs(files), Ranged(files)):
        report = imgscan.scan(source, OPTIONS)

        assert shown(report) == shown(imgscan.scan(ARCHIVE, OPTIONS))
        assert (report.source, report.problems) == ("bucket/app", ())
        assert all(set(layer.verified.values()) == {True} for layer in report.layers)


def test_of_a_ranged_source_a_file_is_read_alone() -> None:
    source = Ranged(oci_files(ImageBuilder().layer(LAYERS[0])))

    with imgscan.open_image(source) as image:
        files = image.filesystem()
        with files.open("bin/su") as file:
            file.seek(2000)
            assert file.read() == b"s" * 1000

    assert [size for _, size in source.stretches] == [1000]


def test_blobs_without_a_manifest_are_no_image() -> None:
    with pytest.raises(ManifestError, match="no manifest"):
        imgscan.scan(Blobs({"other": b""}), OPTIONS)


def one_layer(change: Callable[[str, bytes], bytes]) -> dict[str, bytes]:
    files = oci_files(ImageBuilder().layer(LAYERS[0]))
    largest = max(files, key=lambda name: len(files[name]))
    return {**files, largest: change(largest, files[largest])}


def test_a_changed_blob_does_not_verify() -> None:
    source = Blobs(one_layer(lambda _, data: data.replace(b"hello", b"jello")))

    report = imgscan.scan(source, OPTIONS)

    assert not report.complete
    assert "digest-mismatch" in {problem.code for problem in report.problems}


class Lying(Blobs):
    """One that gives other bytes than it says."""

    def __init__(self, blobs: dict[str, bytes], gives: Callable[[bytes], Any]) -> None:
        super().__init__(blobs)
        self.gives = gives
        self.largest = max(blobs, key=lambda name: len(blobs[name]))

    def chunks(self, key: str) -> Iterator[bytes]:
        if key.endswith(self.largest):
            yield self.gives(self.blobs[self.largest])
        else:
            yield from super().chunks(key)


def failing(_data: bytes) -> bytes:
    raise ConnectionResetError("the peer went away")


@pytest.mark.parametrize(
    ("gives", "text"),
    [
        (lambda data: data + b"x", "more bytes than its size says"),
        (lambda data: data[:-600], "ends 600 bytes before"),
        (lambda data: data.decode("latin-1"), "gives str"),
        (failing, "the peer went away"),
    ],
)
def test_what_a_source_does_not_keep_is_a_problem_of_its_layer(gives: Callable[[bytes], Any], text: str) -> None:
    report = imgscan.scan(Lying(oci_files(ImageBuilder().layer(LAYERS[0]).layer(LAYERS[1])), gives), OPTIONS)

    assert not report.complete
    assert any(text in problem.message for problem in report.problems), report.problems


def test_what_a_source_raises_while_it_is_opened_is_an_error_with_its_cause() -> None:
    class Broken(Blobs):
        def find(self, name: str) -> str | None:
            raise RuntimeError("no credentials")

    with pytest.raises(UnreadableError, match="no credentials") as caught:
        imgscan.scan(Broken({}), OPTIONS)

    assert isinstance(caught.value.__cause__, RuntimeError)
    assert caught.value.position.source == "bucket/app"


@pytest.mark.parametrize("size", [-1, "12", None])
def test_a_size_that_is_none_is_an_error(size: Any) -> None:
    class Odd(Blobs):
        def size(self, key: str) -> int:
            return size  # type: ignore[no-any-return]

    with pytest.raises(UnreadableError, match="no number of bytes"):
        imgscan.scan(Odd(oci_files(ImageBuilder().layer(LAYERS[0]))), OPTIONS)


def test_an_error_of_the_callers_own_choice_passes_as_it_is() -> None:
    class Refusing(Blobs):
        def find(self, name: str) -> str | None:
            raise UsageError("sign in first")

    with pytest.raises(UsageError, match="sign in first"):
        imgscan.scan(Refusing({}), OPTIONS)


def test_a_file_opened_as_text_is_refused() -> None:
    with pytest.raises(UsageError, match="opened as text"):
        imgscan.scan(io.StringIO("x" * 600), OPTIONS)  # type: ignore[arg-type]


def test_a_closed_file_cannot_be_read() -> None:
    file = io.BytesIO(ARCHIVE)
    file.close()

    with pytest.raises(UnreadableError, match="closed file"):
        imgscan.scan(file, OPTIONS)


def test_a_file_that_has_nothing_yet_cannot_be_read() -> None:
    class Waiting:
        def read(self, size: int = -1, /) -> bytes | None:
            return None

    with pytest.raises(UnreadableError, match="nothing yet"):
        imgscan.scan(Waiting(), OPTIONS)


@pytest.mark.parametrize("source", [b"", bytearray(), io.BytesIO(), Pipe(b"")])
def test_nothing_at_all_is_no_image(source: Any) -> None:
    with pytest.raises(ArchiveError, match="an empty file"):
        imgscan.scan(source, OPTIONS)


@pytest.mark.parametrize("source", [None, 7, object(), {"a": 1}, os.fsencode])
def test_what_is_no_source_is_a_type_error(source: Any) -> None:
    with pytest.raises(TypeError, match="an image is read from a path, bytes"):
        imgscan.scan(source, OPTIONS)


def test_a_pipe_cut_short_is_said_to_be() -> None:
    with pytest.raises(InputError, match="ends"):
        imgscan.scan(Pipe(ARCHIVE[:3000]), OPTIONS)
