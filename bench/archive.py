"""Write a docker-archive or an OCI archive as one stream, in memory that does not grow with the image.

A blob's name holds its digest, known only once the blob is written. So its header block is left empty, the
blob follows, and the header is written afterwards: no blob is kept in memory or in a second file.
Tar headers are made by hand, because a ``tarfile.TarInfo`` costs some ten times as much.
"""

import hashlib
import json
import os
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import BinaryIO

import zstandard

BLOCK = 512
END_OF_ARCHIVE = bytes(2 * BLOCK)
EPOCH = 1_700_000_000  # seconds: the mtime of everything made here, so that equal input gives equal bytes
_CHUNK = 1 << 20
_OCTAL_SIZE_LIMIT = 8**11  # bytes; the first size that eleven octal digits cannot say
_TAIL = b"ustar\x0000" + bytes(BLOCK - 257 - 8)


class ArchiveFormat(Enum):
    """How the image's parts are named and tied together."""

    DOCKER = "docker-archive"
    OCI = "oci-archive"


class Compression(Enum):
    """How layers are stored; the value names it on the command line."""

    NONE = "none"
    GZIP = "gzip"
    ZSTD = "zstd"


_MEDIA_TYPE = {
    Compression.NONE: "application/vnd.oci.image.layer.v1.tar",
    Compression.GZIP: "application/vnd.oci.image.layer.v1.tar+gzip",
    Compression.ZSTD: "application/vnd.oci.image.layer.v1.tar+zstd",
}


@dataclass(frozen=True, slots=True)
class Blob:
    """A stored blob; ``size`` in bytes as stored, ``digest`` and ``diff_id`` as ``sha256:<hex>``."""

    digest: str
    size: int
    diff_id: str
    uncompressed_bytes: int

    def descriptor(self, media_type: str) -> dict[str, object]:
        """Return the OCI descriptor."""
        return {"mediaType": media_type, "digest": self.digest, "size": self.size}


def tar_header(
    name: bytes, size: int = 0, *, mode: int = 0o644, uid: int = 0, typeflag: bytes = b"0", link: bytes = b""
) -> bytes:
    """Return one ustar header block of 512 bytes.

    ``name`` and ``link`` are at most 100 bytes; ``size`` in bytes, in GNU base-256 from 8 GiB on.
    Source: POSIX.1-2017 pax, "ustar Interchange Format".
    """
    octal = size < _OCTAL_SIZE_LIMIT
    size_field = b"%011o\0" % size if octal else b"\x80" + size.to_bytes(11, "big")
    front = name.ljust(100, b"\0") + b"%07o\0%07o\0%07o\0%b%011o\0" % (mode, uid, uid, size_field, EPOCH)
    back = typeflag + link.ljust(100, b"\0") + _TAIL
    # The checksum counts its own eight bytes as spaces.
    return b"%b%06o\0 %b" % (front, sum(front) + sum(back) + 8 * 0x20, back)


def padding(size: int) -> bytes:
    """Return the zero bytes that fill the last block of ``size`` bytes of content."""
    return bytes(-size % BLOCK)


def coalesce(parts: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the same bytes in pieces of about 1 MiB."""
    buffer = bytearray()
    for part in parts:
        buffer += part
        if len(buffer) >= _CHUNK:
            yield bytes(buffer)
            buffer.clear()
    if buffer:
        yield bytes(buffer)


def _codec(compression: Compression) -> tuple[Callable[[bytes], bytes], Callable[[], bytes]]:
    """Return the ``compress`` and ``flush`` functions of a new compressed stream."""
    match compression:
        case Compression.NONE:
            return (lambda data: data), (lambda: b"")
        case Compression.GZIP:
            gzip = zlib.compressobj(6, wbits=31)  # its header has no clock, unlike GzipFile's
            return gzip.compress, gzip.flush
        case Compression.ZSTD:
            zstd = zstandard.ZstdCompressor(level=3).compressobj()
            return zstd.compress, zstd.flush


class ArchiveWriter:
    """An image archive under construction: ``add_layer`` from the lowest up, then ``finish``."""

    def __init__(self, file: BinaryIO, form: ArchiveFormat, compression: Compression) -> None:
        self._file = file
        self._form = form
        self._compression = compression
        self.layers: list[Blob] = []
        if form is ArchiveFormat.OCI:  # Syft unpacks no archive that leaves its directories out
            directories = (b"blobs/", b"blobs/sha256/")
            file.writelines(tar_header(name, mode=0o755, typeflag=b"5") for name in directories)

    def add_layer(self, parts: Iterable[bytes]) -> Blob:
        """Write the bytes of an uncompressed layer tar, compressed as asked, and return what was stored."""
        layer = self._add_blob(coalesce(parts), self._compression, ".tar")
        self.layers.append(layer)
        return layer

    def finish(self, config: Mapping[str, object], history: Iterable[Mapping[str, object]], tag: str) -> None:
        """Write config, manifest and index; ``config`` lacks only ``rootfs`` and ``history``.

        Source: OCI image-spec 1.1, config.md, manifest.md and image-layout.md.
        """
        diff_ids = [layer.diff_id for layer in self.layers]
        whole = {**config, "rootfs": {"type": "layers", "diff_ids": diff_ids}, "history": list(history)}
        stored = self._add_blob([_json(whole)], Compression.NONE, ".json")
        if self._form is ArchiveFormat.DOCKER:
            layers = [self._name(layer, ".tar") for layer in self.layers]
            manifest = [{"Config": self._name(stored, ".json"), "RepoTags": [tag], "Layers": layers}]
            self._add_member("manifest.json", _json(manifest))
        else:
            self._finish_oci(stored, tag)
        self._file.write(END_OF_ARCHIVE)

    def _finish_oci(self, config: Blob, tag: str) -> None:
        head = {"schemaVersion": 2}
        media_type = "application/vnd.oci.image.manifest.v1+json"
        manifest = {
            **head,
            "mediaType": media_type,
            "config": config.descriptor("application/vnd.oci.image.config.v1+json"),
            "layers": [layer.descriptor(_MEDIA_TYPE[self._compression]) for layer in self.layers],
        }
        stored = self._add_blob([_json(manifest)], Compression.NONE, ".json")
        annotations = {"org.opencontainers.image.ref.name": tag}
        entry = {**stored.descriptor(media_type), "annotations": annotations}
        self._add_member("index.json", _json({**head, "manifests": [entry]}))
        self._add_member("oci-layout", _json({"imageLayoutVersion": "1.0.0"}))

    def _name(self, blob: Blob, suffix: str) -> str:
        if self._form is ArchiveFormat.OCI:
            return "blobs/sha256/" + blob.digest.removeprefix("sha256:")
        return blob.diff_id.removeprefix("sha256:") + suffix

    def _add_member(self, name: str, content: bytes) -> None:
        self._file.write(tar_header(name.encode(), len(content)) + content + padding(len(content)))

    def _add_blob(self, chunks: Iterable[bytes], compression: Compression, suffix: str) -> Blob:
        compress, flush = _codec(compression)
        plain, stored = hashlib.sha256(), hashlib.sha256()
        start, plain_bytes, stored_bytes = self._file.tell(), 0, 0
        self._file.write(bytes(BLOCK))
        for chunk in chunks:
            plain.update(chunk)
            plain_bytes += len(chunk)
            packed = compress(chunk)
            if compression is not Compression.NONE:
                stored.update(packed)
            stored_bytes += self._file.write(packed)
        rest = flush()
        stored.update(rest)
        stored_bytes += self._file.write(rest)
        digest = plain if compression is Compression.NONE else stored
        blob = Blob(f"sha256:{digest.hexdigest()}", stored_bytes, f"sha256:{plain.hexdigest()}", plain_bytes)
        self._file.write(padding(stored_bytes))
        end = self._file.tell()
        self._file.seek(start)
        self._file.write(tar_header(self._name(blob, suffix).encode(), stored_bytes))
        self._file.seek(end)
        return blob


@contextmanager
def open_archive(path: Path, form: ArchiveFormat, compression: Compression) -> Iterator[ArchiveWriter]:
    """Yield a writer of ``path``; the file gets its name only when all went well."""
    partial = path.with_name(path.name + ".partial")
    try:
        with partial.open("wb", buffering=_CHUNK) as file:
            yield ArchiveWriter(file, form, compression)
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


def _json(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()
