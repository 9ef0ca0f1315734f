"""A stored layer to windows of its tar, both digests computed while the bytes pass."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from itertools import chain

from imgscan.errors import DecompressionError
from imgscan.layer.asides import Asides
from imgscan.layer.budget import ExpansionBudget
from imgscan.layer.decompress import Buffer, compression_of, decompressed
from imgscan.layer.threads import Digester, Prefetched
from imgscan.model.limits import Limits

_AHEAD = 3
_SMALL = 256 * 1024


class LayerStream:
    """The windows of one layer's uncompressed tar.

    Iterate once; afterwards ``digest`` (of the stored bytes), ``diff_id``, ``compression``, ``stored_bytes`` and
    ``uncompressed_bytes`` are known, and the ``asides`` of a compressed layer. A digest is None when the stream broke
    off. Reading and inflating, each digest and the caller's parsing run side by side; a small layer is handled without
    threads.

    Errors raised while iterating are those of ``decompressed`` and of the chunks' source, in stored offsets.
    """

    def __init__(
        self,
        chunks: Iterable[Buffer],
        limits: Limits,
        algorithm: str = "sha256",
        tar_algorithm: str = "sha256",
        budget: ExpansionBudget | None = None,
        threads: bool = True,
    ) -> None:
        self._chunks = iter(chunks)
        self._limits = limits
        self._algorithm = algorithm
        self._tar_algorithm = tar_algorithm
        self._budget = budget
        self._threads = threads
        self.compression = "none"
        self.asides = Asides(limits.aside_bytes)
        self.digest: str | None = None
        self.diff_id: str | None = None
        self._passed = False  # whether the blob's last byte has been read
        self.stored_bytes = 0
        self.uncompressed_bytes = 0

    def __iter__(self) -> Iterator[Buffer]:
        head = self._head()
        self.compression = compression_of(bytes(head[:16]))
        chunks: Iterable[Buffer] = chain((head,), self._chunks) if head else ()
        threads = self._threads and len(head) >= _SMALL
        stored = Digester(self._algorithm)
        # A plain layer is its own tar: one digest serves for both, unless two algorithms were asked for.
        same = self.compression == "none" and self._algorithm == self._tar_algorithm
        tar = stored if same else Digester(self._tar_algorithm)
        with ExitStack() as stack:
            stack.callback(stored.close)
            stack.callback(tar.close)
            pieces = self._pieces(chunks, stored)
            if threads:
                pieces = iter(stack.enter_context(Prefetched(pieces, _AHEAD)))
            try:
                for piece in pieces:
                    if not same:
                        tar.update(piece)
                    self.uncompressed_bytes += len(piece)
                    yield piece
            except DecompressionError:
                if self._passed:
                    self.digest = stored.digest()
                raise
        self.digest = stored.digest()
        self.diff_id = tar.digest()

    def _pieces(self, chunks: Iterable[Buffer], stored: Digester) -> Iterator[Buffer]:
        tapped = self._tapped(chunks, stored)
        try:
            yield from decompressed(tapped, self.compression, self._limits, self._budget, self.asides)
        except DecompressionError:
            for _ in tapped:  # the rest of the blob, so that its digest tells damage on the way from bad making
                pass
            raise

    def _tapped(self, chunks: Iterable[Buffer], stored: Digester) -> Iterator[Buffer]:
        for chunk in chunks:
            self.stored_bytes += len(chunk)
            stored.update(chunk)
            yield chunk
        self._passed = True

    def _head(self) -> Buffer:
        """Return the first chunk, grown until it is long enough to tell the compression by."""
        head = b""
        for chunk in self._chunks:
            head = bytes(chunk) if not head else head + bytes(chunk)
            if len(head) >= 16:
                break
        return head
