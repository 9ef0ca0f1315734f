"""Text that grows up to a limit: what does not fit is counted, and told at the end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from imgscan.wording import counted

_TOLD = 600
"""Characters kept back for the sentence that says what was left out, and for what closes a folded part."""


class Bounded:
    """Lines of at most ``limit`` characters, their line ends counted."""

    def __init__(self, limit: int) -> None:
        self._room = limit - _TOLD
        self._parts: list[str] = []
        self._left_out = Counter[str]()

    @property
    def room(self) -> int:
        """How many characters can still be added."""
        return self._room

    def add(self, *lines: str) -> bool:
        """Add lines, all of them or none; return whether they were."""
        text = "\n".join(lines) + "\n"
        if len(text) > self._room:
            return False
        self._room -= len(text)
        self._parts.append(text)
        return True

    def table(self, noun: str, head: Sequence[str], rows: Iterable[Sequence[str]], share: float = 1.0) -> None:
        """Add a table with as many rows as ``share`` of the room holds; the others are left out as ``noun``s."""
        kept = int(self._room * (1 - share))
        opened = False
        for row in rows:
            line = f"| {' | '.join(row)} |"
            top = [] if opened else [f"| {' | '.join(head)} |", f"|{' --- |' * len(head)}"]
            if self._room - sum(map(len, (*top, line, "\n\n\n"))) >= kept and self.add(*top, line):
                opened = True
            else:
                self._left_out[noun] += 1
        if opened:
            self.add("")

    def close(self, *lines: str) -> None:
        """Add what ends a part that was begun, from the room kept back."""
        self._parts.append("\n".join(lines) + "\n")

    def leave_out(self, noun: str, count: int) -> None:
        """Note what will not be shown."""
        self._left_out[noun] += count

    def text(self) -> str:
        """Return the whole, with the sentence on what was left out."""
        described = ", ".join(counted(count, noun) for noun, count in self._left_out.items() if count)
        end = f"\n**Left out for length:** {described}. The JSON report has all of it.\n" if described else ""
        return "".join(self._parts) + end
