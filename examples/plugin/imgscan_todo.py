"""An analyzer of another package: files called TODO that an image shows, with how many lines they have."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

import imgscan


class TodoFact(msgspec.Struct, frozen=True):
    """One such file of one layer."""

    lines: int


class Todo:
    """``observe`` sees each file once, in any process; ``conclude`` the merged image."""

    id = "todo"
    version = 1  # raise it whenever observe() would yield other facts
    fact = TodoFact
    interest = imgscan.Interest(names=frozenset({"TODO", "TODO.md"}), max_content_bytes=1 << 20)

    def observe(self, entry: imgscan.Entry, content: imgscan.Content) -> Iterator[TodoFact]:
        """Yield a fact for a file, whatever becomes of it in later layers."""
        yield TodoFact(content.data.count(b"\n"))

    def conclude(self, view: imgscan.ImageView) -> Iterator[imgscan.Finding]:
        """Yield a finding for each that a container sees."""
        for fact in view.visible(self):
            yield imgscan.Finding(
                rule="todo.file",
                analyzer=self.id,
                severity=imgscan.Severity.INFO,
                message=f"{fact.data.lines} lines are left to do",
                path=fact.path,
                layer=fact.layer,
            )
