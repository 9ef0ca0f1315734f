"""The members of an archive's outer tar: where their bytes are, and what kind of thing the tar is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from imgscan.archive.blobs.location import ReadAt, read_at
from imgscan.errors import ArchiveError, InputError, LimitError, Position
from imgscan.formats.path import clean_path
from imgscan.layer.decompress import Buffer, compression_of
from imgscan.layer.sinks import EntrySink
from imgscan.layer.tar_reader import TarReader
from imgscan.model.entry import Entry, EntryKind
from imgscan.model.limits import Limits
from imgscan.model.problem import ProblemLog

_INDEX_WINDOW = 64 * 1024
SYSTEM_FOLDERS = frozenset(
    "bin boot dev etc home lib lib32 lib64 libx32 media mnt opt proc root run sbin srv sys tmp usr var".split()
)
_IMAGE_FILES = frozenset({"manifest.json", "index.json", "oci-layout", "repositories"})
_BLOB = re.compile(r"blobs/[a-z0-9+._-]+/[0-9a-fA-F]{32,}|(?:.*/)?layer\.tar|(?:sha256[:-])?[0-9a-f]{64}(?:[./].*)?")
_SMALL_NAMES = frozenset({"json", "VERSION", "version"})


class Evidence:
    """What the members seen so far say: an image's archive, a root filesystem, or neither yet.

    ``rootfs`` is set by anything that no image's archive has, ``system`` only by what a root filesystem is made of.
    """

    def __init__(self) -> None:
        self.image = False
        self.rootfs = False
        self.system = False

    @property
    def decisive(self) -> bool:
        """Whether a stream need not be looked at further."""
        return self.image or self.system

    def add(self, entry: Entry, head: bytes | None) -> None:
        """Weigh one member."""
        path = entry.path
        top = path.partition("/")[0]
        if top in SYSTEM_FOLDERS or top == ".dockerenv":
            self.rootfs = self.system = True
        elif entry.kind is EntryKind.DIRECTORY:
            return
        elif entry.kind is EntryKind.FILE:
            if path in _IMAGE_FILES or _BLOB.fullmatch(path):
                self.image = True
            elif not (_is_small(path) or _is_document(head or b"") or path.endswith(".tar")):
                self.rootfs = True
        elif entry.kind is EntryKind.SYMLINK:
            names = (path, clean_path(entry.link_target or ""))
            self.rootfs = self.rootfs or not any(map(_BLOB.fullmatch, names))
        elif entry.kind is not EntryKind.HARDLINK:
            self.rootfs = True


def _is_small(path: str) -> bool:
    return path.rpartition("/")[2] in _SMALL_NAMES


def _is_document(head: bytes) -> bool:
    return looks_like_json(head) or compression_of(head) != "none"


def looks_like_json(head: bytes) -> bool:
    """Whether a member may be a JSON document: an object or list, and no NUL as in a tar header's name."""
    text = head.lstrip(b" \t\r\n")
    return (text[:1] in (b"{", b"[") and b"\0" not in head) or head == b"null"


class MemberIndex:
    """The members of a plain tar in a file, found by their headers alone.

    ``fault`` is the error that ended the walk early; members before it are kept.
    """

    def __init__(self, reads: ReadAt, size: int, limits: Limits, problems: ProblemLog) -> None:
        self.locations: dict[str, tuple[int, int]] = {}
        self.links: dict[str, tuple[str, bool]] = {}
        self.evidence = Evidence()
        self.fault: InputError | None = None
        self.sparse: list[Entry] = []
        self._limits = limits
        self._problems = problems
        reader = TarReader(self._take, problems, limits)
        at = 0
        try:
            while at < size and not reader.ended:
                window = read_at(reads, _INDEX_WINDOW, at, None)
                if not window:
                    break
                reader.feed(window)
                at += len(window) + reader.skip(size - at - len(window))
            reader.close()
        except InputError as error:
            self.fault = error

    def _take(self, entry: Entry, head: bytes | None) -> EntrySink | None:
        self.evidence.add(entry, head)
        if entry.path in self.locations or entry.path in self.links:
            note_duplicate(self._problems, entry)
        if len(self.locations) + len(self.links) >= self._limits.archive_members:
            raise LimitError("more members than limits.archive_members", Position(offset=entry.offset))
        self.locations.pop(entry.path, None)
        self.links.pop(entry.path, None)
        if entry.kind is EntryKind.FILE and head is not None:
            self.locations[entry.path] = (entry.offset, entry.size)
        elif entry.kind is EntryKind.FILE:
            self.sparse.append(entry)
        elif entry.kind in (EntryKind.SYMLINK, EntryKind.HARDLINK):
            self.links[entry.path] = (entry.link_target or "", entry.kind is EntryKind.SYMLINK)
        return None


def note_duplicate(problems: ProblemLog, entry: Entry) -> None:
    """Note a member that comes twice: of an archive's members loaders take different ones."""
    text = "comes twice in the archive; the last one counts, loaders differ"
    problems.error("duplicate-blob", text, entry.path, entry.offset)


def note_sparse(problems: ProblemLog, entry: Entry) -> None:
    """Note a member stored as a sparse file, which no exporter writes."""
    problems.error("sparse-blob", "stored as a sparse file in the archive; not read", entry.path, entry.offset)


def recognise(windows: Iterable[Buffer], limits: Limits) -> Evidence:
    """Return what the first telling member of a stream says; reads no further than that.

    Raises:
        InputError: the stream is no tar from its very start.
    """
    evidence = Evidence()
    quiet = ProblemLog("archive", 0)

    def take(entry: Entry, head: bytes | None) -> None:
        if not evidence.decisive:
            evidence.add(entry, head)

    reader = TarReader(take, quiet, limits)
    seen = 0
    for window in windows:
        try:
            reader.feed(window)
        except InputError:
            if not reader.entries:
                raise
            return evidence
        seen += len(window)
        if evidence.decisive or reader.ended or seen > limits.json_bytes:
            break
    if not seen:
        raise ArchiveError("nothing inside the compression")
    return evidence


def member_chunks(windows: Iterable[Buffer], name: str, limits: Limits) -> Iterator[bytes]:
    """Yield the bytes of one member of a tar that can only be read in order."""
    pieces: list[bytes] = []

    def take(entry: Entry, _head: bytes | None) -> EntrySink | None:
        return _Pieces(pieces) if entry.path == name and entry.kind is EntryKind.FILE else None

    reader = TarReader(take, ProblemLog("archive", 0), limits)
    for window in windows:
        reader.feed(window)
        yield from pieces
        pieces.clear()


class _Pieces:
    """Appends copies to a list."""

    def __init__(self, pieces: list[bytes]) -> None:
        self._pieces = pieces

    def write(self, data: memoryview) -> None:
        self._pieces.append(bytes(data))

    def hole(self, length: int) -> None:
        self._pieces.append(bytes(length))

    def close(self) -> None:
        """Nothing to end."""

    def abort(self) -> None:
        """Nothing to end."""
