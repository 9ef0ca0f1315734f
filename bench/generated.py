"""A made image: seeded content in realistic paths, streamed, with memory that does not grow with its size.

Where everything lies is a pure function of (layer, package, slot), so that an upper layer can name a path of
a lower one without anything having been remembered. A package is a directory of up to ``SLOTS`` entries:
slot 0 and 1 are directories, most others files, the rest links, now and then a SUID program, and in upper
layers whiteouts and new content for paths of a lower layer.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

from archive import (
    BLOCK,
    END_OF_ARCHIVE,
    ArchiveFormat,
    Compression,
    open_archive,
    padding,
    tar_header,
)

SLOTS = 50
_SYMLINKS = frozenset({9, 29})
_HARDLINK, _HARDLINK_TARGET = 39, 2
_SUID, _SUID_EVERY = 44, 10  # slot; packages between two of them
# What a slot of an upper layer does to a slot of a lower one, each a plain file there.
_WHITEOUT_OF = {45: 12, 46: 13}
_REPLACEMENT_OF = {47: 14}
# Of every 40 packages, number 7 removes a whole lower one, number 17 empties one.
_REMOVAL, _OPAQUE, _RARE_EVERY = 7, 17, 40
_PRELUDE = (b"usr/", b"usr/lib/", b"usr/bin/")
_SUFFIXES = (b"py", b"so", b"txt", b"json", b"js", b"h", b"pyc", b"md")
_PIECE = 1 << 19  # bytes of content drawn at once
_WORDS = (
    "import return value self token index buffer config key error result default length service client { }; "
    "session register password parse node handler = ( ): -> request response license permission copyright "
    "software without warranty include static const struct function export require module"
)


class PlanError(Exception):
    """The numbers asked for do not fit together; the message is one line."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to make. ``size`` is bytes of all uncompressed layers, ``entries`` counts tar members of all layers.

    Raises:
        PlanError: when it cannot be made.
    """

    entries: int
    layers: int
    size: int
    seed: int

    def __post_init__(self) -> None:
        if not 1 <= self.layers <= 1000 or self.entries < self.layers:
            raise PlanError("needs 1 to 1000 layers, and an entry in each")
        if self.content_bytes < 0:
            raise PlanError(f"{self.entries} entries take more than {self.size} bytes: ask for more --bytes")

    @property
    def content_bytes(self) -> int:
        """What headers and ends of layers leave for content, in bytes, whole blocks."""
        room = self.size - self.entries * BLOCK - self.layers * len(END_OF_ARCHIVE)
        return room // BLOCK * BLOCK

    def entries_of(self, layer: int) -> int:
        """Return how many entries a layer has; layers differ by one at most."""
        return self.entries // self.layers + (layer < self.entries % self.layers)

    def has(self, layer: int, package: int, slot: int) -> bool:
        """Tell whether the layer is long enough to have that slot."""
        return len(_PRELUDE) * (layer == 0) + package * SLOTS + slot < self.entries_of(layer)


class Content:
    """File sizes and bytes: skewed sizes that add up to ``total``, in content one half of which compresses."""

    def __init__(self, seed: int, total: int, files: int) -> None:
        self._random = Random(seed)
        self._left = total
        self._files = files
        words = self._random.choices(_WORDS.split(), k=400_000)
        lines = (" ".join(words[n : n + 7]) for n in range(0, len(words), 7))
        self._text = "\n".join(lines).encode()

    def next_size(self) -> int:
        """Return the next file's size in bytes; the last file takes all that is left."""
        if self._files <= 1:
            self._files, size, self._left = 0, self._left, 0
            return size
        mean = self._left / self._files
        drawn = mean * self._random.expovariate(1.0) ** 1.5 / 1.33  # 1.33: the mean of the power
        blocks = min(round(drawn / BLOCK), self._left // BLOCK)
        self._files -= 1
        self._left -= blocks * BLOCK
        return blocks * BLOCK - self._random.randrange(BLOCK) if blocks else 0

    def pieces(self, size: int) -> Iterator[bytes]:
        """Yield ``size`` bytes: text and noise in turn, half and half."""
        while size > 0:
            piece = min(size, 2 * _PIECE)
            noise = piece // 2
            start = self._random.randrange(len(self._text) - _PIECE)
            yield self._text[start : start + piece - noise]
            yield self._random.randbytes(noise)
            size -= piece


def write_image(plan: Plan, output: Path, form: ArchiveFormat, compression: Compression) -> int:
    """Write the image and return its uncompressed bytes."""
    files = sum(1 for layer in range(plan.layers) for entry in _entries(plan, layer) if entry.has_content)
    content = Content(plan.seed, plan.content_bytes, files)
    with open_archive(output, form, compression) as archive:
        for layer in range(plan.layers):
            archive.add_layer(_layer_parts(plan, layer, content))
        archive.finish(_config(), _history(plan), f"imgscan-bench/generated:{plan.seed}")
    return sum(layer.uncompressed_bytes for layer in archive.layers)


def _config() -> dict[str, object]:
    settings = {"Env": ["PATH=/usr/bin:/bin"], "Cmd": ["/usr/bin/tool0-0"], "WorkingDir": "/usr"}
    return {"created": "2023-11-14T22:13:20Z", "architecture": "amd64", "os": "linux", "config": settings}


def _history(plan: Plan) -> Iterator[dict[str, object]]:
    created = {"created": "2023-11-14T22:13:20Z"}
    for layer in range(plan.layers):
        yield {**created, "created_by": f"RUN /bin/sh -c make-layer {layer} --seed {plan.seed}"}
        if layer == 0:
            yield {**created, "created_by": "ENV PATH=/usr/bin:/bin", "empty_layer": True}
    yield {**created, "created_by": 'CMD ["/usr/bin/tool0-0"]', "empty_layer": True}


@dataclass(slots=True)
class _Entry:
    """One tar member before its size is known."""

    path: bytes
    typeflag: bytes = b"0"
    mode: int = 0o644
    link: bytes = b""
    has_content: bool = False


def _layer_parts(plan: Plan, layer: int, content: Content) -> Iterator[bytes]:
    """Yield the bytes of one uncompressed layer tar."""
    for entry in _entries(plan, layer):
        size = content.next_size() if entry.has_content else 0
        yield tar_header(entry.path, size, mode=entry.mode, typeflag=entry.typeflag, link=entry.link)
        if size:
            yield from content.pieces(size)
            yield padding(size)
    yield END_OF_ARCHIVE


def _entries(plan: Plan, layer: int) -> Iterator[_Entry]:
    count = plan.entries_of(layer)
    if layer == 0:
        prelude = _PRELUDE[:count]
        yield from (_Entry(path, b"5", 0o755) for path in prelude)
        count -= len(prelude)
    for number in range(count):
        package, slot = divmod(number, SLOTS)
        yield _entry(plan, layer, package, slot)


def _entry(plan: Plan, layer: int, package: int, slot: int) -> _Entry:
    if slot <= 1:
        return _Entry(_directory(layer, package) + (b"data/" if slot else b""), b"5", 0o755)
    if slot in _SYMLINKS:
        return _Entry(_path(layer, package, slot), b"2", 0o777, link=_name(slot - 1))
    if slot == _HARDLINK:
        return _Entry(_path(layer, package, slot), b"1", link=_path(layer, package, _HARDLINK_TARGET))
    if slot == _SUID and package % _SUID_EVERY == 0:
        return _Entry(b"usr/bin/tool%d-%d" % (layer, package), mode=0o4755, has_content=True)
    if slot >= min(_WHITEOUT_OF) and layer > 0 and (change := _change_below(plan, layer, package, slot)):
        return change
    return _Entry(_path(layer, package, slot), has_content=True)


def _change_below(plan: Plan, layer: int, package: int, slot: int) -> _Entry | None:
    """Return what the slot does to a lower layer: no two change one path, and each changes one that exists."""
    lower = layer - 1 - package % 3
    if lower < 0:
        return None
    rare = package % _RARE_EVERY
    if rare in (_REMOVAL, _OPAQUE):
        if slot != min(_WHITEOUT_OF) or not plan.has(lower, package, 0):
            return None
        directory = _directory(lower, package)
        parent, _, name = directory[:-1].rpartition(b"/")
        return _Entry(directory + b".wh..wh..opq" if rare == _OPAQUE else parent + b"/.wh." + name)
    target = _WHITEOUT_OF.get(slot, _REPLACEMENT_OF.get(slot))
    if target is None or not plan.has(lower, package, target):
        return None
    if slot in _REPLACEMENT_OF:
        return _Entry(_path(lower, package, target), has_content=True)
    parent, _, name = _path(lower, package, target).rpartition(b"/")
    return _Entry(parent + b"/.wh." + name)


def _directory(layer: int, package: int) -> bytes:
    return b"usr/lib/pkg%d-%05d/" % (layer, package)


def _name(slot: int) -> bytes:
    return b"module_%02d.%b" % (slot, _SUFFIXES[slot % len(_SUFFIXES)])


def _path(layer: int, package: int, slot: int) -> bytes:
    """Return a file's path: in the package's second directory from the middle slot on."""
    return _directory(layer, package) + (b"data/" if slot > SLOTS // 2 else b"") + _name(slot)
