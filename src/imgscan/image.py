"""One image opened by hand: its manifest, its merged filesystem, the content of its files."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from hashlib import sha256
from types import TracebackType
from typing import BinaryIO

from msgspec.structs import replace

from imgscan.archive.blobs.archive import Archive
from imgscan.archive.blobs.documents import blob_name
from imgscan.archive.opener import open_archive
from imgscan.archive.select import select_images
from imgscan.archive.source import SourceLike, size_of
from imgscan.errors import DecompressionError, InputError, UsageError
from imgscan.formats.json import member, parse_json
from imgscan.formats.path_pattern import path_pattern
from imgscan.layer.content import file_content, file_contents
from imgscan.layer.decompress import Buffer
from imgscan.layer.file import LayerFile, first_bytes, from_byte
from imgscan.layer.resumed import RESUMABLE, ResumedStream
from imgscan.model.deadline import Deadline
from imgscan.model.entry import Entry, EntryKind
from imgscan.model.fact import LayerFacts
from imgscan.model.image import ImageManifest
from imgscan.model.observer import Observer
from imgscan.model.options import ScanOptions
from imgscan.model.problem import Problem
from imgscan.model.progress import ProgressCallback, ProgressLog
from imgscan.printable import printable
from imgscan.rootfs.view import Event, ImageView, Node, merge_layers
from imgscan.survey.layers import extent_of, facts_of_all, survey_layers
from imgscan.survey.promises import layer_problems, refuse_unread
from imgscan.survey.survey import Surveyor
from imgscan.wording import listed

_BUFFER = 64 << 10
_MARKS = 2048
"""How many marks, of some 40 KB, all compressed layers of an image may have together."""


class Image:
    """One opened image: manifest, config and layers; the content on demand."""

    def __init__(
        self,
        archive: Archive,
        manifest: ImageManifest,
        options: ScanOptions,
        progress: ProgressLog | None = None,
        observers: Sequence[Observer] = (),
    ) -> None:
        self.manifest = manifest
        self._observers = observers
        self._progress = progress
        self._archive = archive
        self._options = options
        self._filesystem: Filesystem | None = None

    @property
    def source(self) -> str:
        """The source as it was given."""
        return self._archive.source

    @property
    def format(self) -> str:
        """What kind of source it is."""
        return self._archive.format

    def config_bytes(self) -> bytes | None:
        """Return the image's config as it is stored; None where the archive has none.

        Raises:
            UsageError, InputError: the image was closed; it cannot be read (again).
        """
        image_id = self.manifest.image_id
        if image_id is None:
            return None
        encoded = image_id.rpartition(":")[2]
        names = (blob_name(image_id), f"{encoded}.json", encoded, f"{encoded}/json", *self._named_configs())
        for name in names:
            data = self._document(name)
            # Of a docker-archive any member may be the config: the digest says which.
            if data is not None and (name == f"{encoded}/json" or sha256(data).hexdigest() == encoded):
                return data
        return next((data for name in names if (data := self._document(name)) is not None), None)

    def manifest_bytes(self) -> bytes | None:
        """Return the image's manifest as it is stored; of a docker-archive manifest.json, None where there is none.

        Raises:
            UsageError, InputError: as ``config_bytes``.
        """
        digest = self.manifest.manifest_digest
        stored = self._document(blob_name(digest)) if digest is not None else None
        return stored if stored is not None else self._document("manifest.json")

    def layer_chunks(self, layer: int) -> Iterator[bytes]:
        """Yield a layer's bytes as they are stored, compressed or not.

        Raises:
            UsageError: there is no such layer, or the archive does not hold it; the image was closed.
            InputError: it cannot be read (again).
        """
        if not 0 <= layer < len(self.manifest.layers):
            raise UsageError(f"no layer {layer}; there are {len(self.manifest.layers)}, counted from 0")
        blob = self.manifest.layers[layer].blob
        if blob is None:
            raise UsageError(f"the archive does not hold layer {layer}")
        return map(bytes, self._archive.chunks(blob))

    def _document(self, name: str) -> bytes | None:
        return self._archive.document(name, self._options.limits.json_bytes)

    def _named_configs(self) -> Iterator[str]:
        """Yield what manifest.json of a docker-archive calls configs."""
        data = self._document("manifest.json")
        try:
            value = parse_json(data or b"null", "manifest.json")
        except InputError:
            return
        for item in value if isinstance(value, list) else ():
            name = member(item, "Config")
            if isinstance(name, str):
                yield name

    def filesystem(self) -> Filesystem:
        """Return the merged filesystem; the first call reads all layers."""
        self._archive.check_open()
        if self._filesystem is None:
            surveyor = Surveyor(self._observers, self._options.limits, self._options.digests)
            facts: dict[str, LayerFacts] = {}
            workers = self._options.workers()
            reading = Deadline(self._options.timeout)
            manifests = [self.manifest]
            read = self._progress.read if self._progress is not None else None
            if self._progress is not None:
                self._progress.opened(*extent_of(self._archive, manifests))
            for _ in survey_layers(self._archive, manifests, surveyor, workers, read, facts, deadline=reading):
                if self._progress is not None:
                    self._progress.layer_done()
            layers = facts_of_all(self.manifest, facts, self._options.limits)
            refuse_unread(self._archive, self.manifest, layers)
            view, problems = merge_layers(self.manifest, layers, self._options.limits, reading.check)
            problems = (*layer_problems(self.manifest, layers), *problems)
            self._filesystem = Filesystem(self._archive, view, tuple(layers), (*self._archive.problems(), *problems))
        return self._filesystem

    def close(self) -> None:
        """Close the source."""
        self._archive.close()

    def __enter__(self) -> Image:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class Filesystem:
    """The merged filesystem of one image: ``view`` answers all but ``open``, which reads a layer again."""

    def __init__(
        self, archive: Archive, view: ImageView, layers: tuple[LayerFacts, ...], problems: tuple[Problem, ...]
    ) -> None:
        self._archive = archive
        self.view = view
        self.layers = layers
        self.problems = problems
        self._resumed: dict[str, ResumedStream | None] = {}

    def at_layer(self, layer: int) -> Filesystem:
        """Return the filesystem as it was when a layer, counted from 0, was the topmost; nothing is read again.

        Raises:
            UsageError: there is no such layer.
        """
        if not 0 <= layer < len(self.layers):
            raise UsageError(f"no layer {layer}; there are {len(self.layers)}, counted from 0")
        manifest = self.view.manifest
        below = replace(manifest, layers=manifest.layers[: layer + 1])
        layers = self.layers[: layer + 1]
        view, problems = merge_layers(below, layers, self._archive.limits)
        return Filesystem(self._archive, view, layers, (*layer_problems(below, layers), *problems))

    def walk(self) -> Iterator[Node]:
        """Yield every visible path, sorted."""
        return self.view.walk()

    def stat(self, path: str, follow: bool = True) -> Node | None:
        """Return what is at ``path``; None for nothing."""
        return self.view.stat(path, follow)

    def readlink(self, path: str) -> str | None:
        """Return the text of the symlink at ``path``."""
        return self.view.readlink(path)

    def resolve(self, path: str) -> str | None:
        """Return the path that ``path`` leads to through symlinks."""
        return self.view.resolve(path)

    def timeline(self, path: str) -> tuple[Event, ...]:
        """Return what the layers did to ``path``."""
        return self.view.timeline(path)

    def open(self, path: str, layer: int | None = None) -> BinaryIO:
        """Return the content of the file at ``path``, of the merged filesystem or of one layer's own entry, to be read.

        One may jump in it. In a layer that is stored as it is nothing else is read. Of one that is compressed by gzip,
        all that lies before the first time, and from then on at most some MiB; of a zstd layer its frame, of another
        all that lies before. Whoever reads may get an InputError (the layer cannot be read that far) or a UsageError
        (the image was closed).

        Raises:
            UsageError: there is no such file, or the image was closed.
        """
        index, entry = self._locate(path, layer)
        self._archive.check_open()
        raw = LayerFile(entry.size, partial(self._pieces, index, entry))
        return io.BufferedReader(raw, _BUFFER)

    def read(self, path: str, layer: int | None = None) -> bytes:
        """Return the whole content of a file.

        Raises:
            UsageError, InputError: as ``open``.
        """
        with self.open(path, layer) as file:
            return file.read()

    def read_many(self, paths: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        """Yield each path with its content; of a compressed layer all in one reading, in the order of the layers.

        Raises:
            UsageError, InputError: as ``open``.
        """
        wanted: dict[int, dict[int, tuple[str, list[str]]]] = {}
        for path in paths:
            index, entry = self._locate(path, None)
            wanted.setdefault(index, {}).setdefault(entry.offset, (path, []))[1].append(path)
        for index, positions in sorted(wanted.items()):
            if self.layers[index].compression == "none":
                for _, named in sorted(positions.items()):
                    content = self.read(named[0])
                    yield from ((path, content) for path in named[1])
                continue
            blob = self.view.manifest.layers[index].blob
            assert blob is not None  # an entry came from it
            for offset, content in file_contents(self._archive.chunks(blob), set(positions), self._archive.limits):
                yield from ((path, content) for path in positions[offset][1])

    def scandir(self, path: str = "") -> Iterator[Node]:
        """Yield what lies in a directory, sorted.

        Raises:
            UsageError: there is no such directory.
        """
        real = self.view.resolve(path.strip("/"))
        node = self.view.stat(real) if real is not None else None
        if real is None or node is None or node.kind is not EntryKind.DIRECTORY:
            raise UsageError(f"/{printable(path.strip('/'))}: no such directory in the image")
        yield from self.view.children(real)

    def glob(self, pattern: str) -> Iterator[Node]:
        """Yield what fits a pattern: ``*`` and ``?`` within a component, ``**`` for any number of them, ``[...]``."""
        fits = path_pattern(pattern.strip("/")).fullmatch
        return (node for node in self.view.walk() if fits(node.path))

    def _pieces(self, index: int, entry: Entry, start: int) -> Iterator[bytes]:
        blob = self.view.manifest.layers[index].blob
        assert blob is not None  # an entry came from it
        layer = self.layers[index]
        if entry.offset not in layer.sparse:
            direct = self._direct(blob, layer.compression, entry.offset + start, entry.size - start)
            try:
                for piece in direct or ():
                    start += len(piece)
                    yield piece
                if direct is not None:
                    return
            except DecompressionError:
                pass  # what follows keeps all that was decoded before the damage
        chunks = file_content(self._archive.chunks(blob), entry.offset, self._archive.limits)
        yield from from_byte(chunks, start)

    def _direct(self, blob: str, compression: str, start: int, size: int) -> Iterator[bytes] | None:
        """Yield a range of a layer's tar without all that lies before it; None where that cannot be."""
        archive = self._archive
        if compression == "none":
            stretch = archive.stretch(blob, start, size)
            return None if stretch is None else map(bytes, stretch)
        if blob not in self._resumed:
            self._resumed[blob] = resumed_blob(archive, blob, compression, _MARKS // max(len(self.layers), 1))
        resumed = self._resumed[blob]
        return None if resumed is None else first_bytes(resumed.pieces(start), size)

    def _locate(self, path: str, layer: int | None) -> tuple[int, Entry]:
        if layer is None:
            node = self.view.stat(path)
            if node is None or node.kind is not EntryKind.FILE:
                what = self._absence(path) if node is None else f"a {node.kind}, not a file"
                raise UsageError(f"/{printable(path.strip('/'))}: {what}")
            return node.content_layer, node.entry
        clean = path.strip("/")
        if not 0 <= layer < len(self.layers):
            raise UsageError(f"no layer {layer}; there are {len(self.layers)}, counted from 0")
        entries = self.layers[layer].entries
        for index in range(len(entries) - 1, -1, -1):
            if entries[index].path == clean:
                origin, entry = self.view.content_of(layer, index)
                if entry.kind is not EntryKind.FILE:
                    raise UsageError(f"/{printable(clean)}: a {entry.kind} in layer {layer}, not a file")
                return origin, entry
        raise UsageError(f"/{printable(clean)}: no such file in layer {layer}{_holders(self._layers_with(clean))}")

    def _layers_with(self, path: str) -> list[int]:
        """Return the layers whose own tar has a file at ``path``, whatever became of it."""
        events = self.view.timeline(path)
        return [event.layer for event in events if event.entry is not None and event.entry.kind is EntryKind.FILE]

    def _absence(self, path: str) -> str:
        """Return why the merged filesystem has no such file: none ever was, or a layer removed it."""
        events = self.view.timeline(path.strip("/"))
        holders = self._layers_with(path.strip("/"))
        if not holders:
            return "no such file in the image"
        removed = [event.layer for event in events if event.action == "removed"]
        return f"no such file in the image{f', layer {removed[-1]} removed it' if removed else ''}{_holders(holders)}"


def resumed_blob(archive: Archive, blob: str, compression: str, limit: int) -> ResumedStream | None:
    """Return a compressed blob as it is read from any byte of its content on, None where that gains nothing."""
    size = archive.size_of(blob)
    if compression not in RESUMABLE or size is None or archive.stretch(blob, 0, size) is None:
        return None

    def reads(offset: int) -> Iterator[Buffer]:
        return archive.stretch(blob, offset, size - offset) or iter(())

    return ResumedStream(reads, compression, archive.limits, min(limit, 256))


def _holders(layers: list[int]) -> str:
    """Return the layers that have a file, as the end of a sentence."""
    if not layers:
        return ""
    if len(layers) == 1:
        return f"; layer {layers[0]} has it"
    return f"; layers {listed([str(layer) for layer in layers])} have it"


def open_image(
    source: SourceLike,
    options: ScanOptions | None = None,
    progress: ProgressCallback | None = None,
    observers: Sequence[Observer] = (),
) -> Image:
    """Open one image of ``source`` without reading its layers; use it in a ``with`` block.

    The view of its filesystem has the facts of ``observers``.

    Raises:
        InputError: the source cannot be read.
        SelectionError: it holds several images and the options name none, or none that is there.
    """
    options = options or ScanOptions()
    surveyor = Surveyor(observers, options.limits, options.digests)
    reading = Deadline(options.timeout)
    log = ProgressLog(progress, size_of(source)) if progress is not None else None
    passed = reading.watching(log.read if log is not None else None)
    survey = surveyor.in_common(reading.check)
    archive = open_archive(source, options.limits, survey, options.workers(), passed)
    try:
        (manifest,) = select_images(archive.images, options.image, options.platform)
    except BaseException:
        archive.close()
        raise
    return Image(archive, manifest, options, log, observers)
