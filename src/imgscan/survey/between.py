"""What lies between contents in a tar (headers, padding, data behind the end), gathered for the patterns.

Law: what is found does not depend on how the layer was cut into windows.
"""

from __future__ import annotations

from collections.abc import Sequence

from imgscan.survey.joined_texts import JoinedTexts
from imgscan.survey.spans import Span

_BATCH = 1 << 20
_LONG = 1 << 16


class BetweenContents:
    """Gathers what lies between the contents of one tar, each piece from its first byte that is not zero on.

    Most padding is zeros alone. ``before`` and ``after`` are how far around a hit's end the patterns look.
    """

    def __init__(self, before: int, after: int) -> None:
        self._after = after
        self._overlap = before + after + 2  # of an open piece, scanned again with what follows
        self._texts: list[bytes] = []
        self._bases: list[int] = []
        self._known = -1  # of the first text: up to where its hits are known
        self._parts: list[bytes] = []  # of the open piece, none while it has shown zeros alone
        self._base = 0
        self._bytes = 0

    def take(self, view: memoryview, spans: Sequence[Span], base: int, start: int) -> None:
        """Take what lies between contents, from ``start`` on, of a buffer that begins at ``base`` of the tar."""
        for span in spans:
            if span.stop <= start:
                continue
            if span.start > start:
                if self._parts:
                    self._extend(view[start - base : span.start - base], start)
                    self._close()
                else:
                    piece = view[start - base : span.start - base]
                    # A header, nearly always: not worth a call.
                    text = bytes(piece).lstrip(b"\0") if len(piece) <= _LONG else _without_zeros(piece)
                    if text:
                        self._texts.append(text)
                        self._bases.append(span.start - len(text))
                        self._bytes += len(text)
            elif self._parts:
                self._close()
            start = span.stop
        end = base + len(view)
        if start < end:
            self._extend(view[start - base :], start)

    def batch(self, final: bool) -> JoinedTexts | None:
        """Return what is to be scanned now; None while there is little."""
        if final and self._parts:
            self._close()
        texts, bases, known = self._texts, self._bases, self._known
        if not (texts or self._parts) or not (final or self._bytes >= _BATCH):
            return None
        self._texts, self._bases, self._known = [], [], -1
        self._bytes = 0
        if not self._parts:
            return JoinedTexts(texts, bases, known)
        text = b"".join(self._parts)
        end = self._base + len(text)
        joined = JoinedTexts([*texts, text], [*bases, self._base], known, is_open=True)
        # What ends in the part that looks beyond the end is known only once what follows is here.
        self._known = max(end - self._after, known if not texts else -1)
        tail = text[-self._overlap :]
        self._base, self._parts, self._bytes = end - len(tail), [tail], len(tail)
        return joined

    def _extend(self, piece: memoryview, start: int) -> None:
        """Take a part of what goes on behind it, or has an earlier part."""
        text = bytes(piece) if self._parts else _without_zeros(piece)
        if text:
            if not self._parts:
                self._base = start + len(piece) - len(text)
            self._parts.append(text)
            self._bytes += len(text)

    def _close(self) -> None:
        self._texts.append(b"".join(self._parts))
        self._bases.append(self._base)
        self._parts = []


def _without_zeros(piece: memoryview) -> bytes:
    """Return a piece from its first byte that is not zero on."""
    data = bytes(piece)
    if len(data) > _LONG and data == bytes(len(data)):  # ten times as fast as stripping them
        return b""
    return data.lstrip(b"\0")
