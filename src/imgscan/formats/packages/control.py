"""Paragraphs of fields, as in dpkg's status file and in Python's METADATA.

Source: deb-control(5); Debian policy 5.1, "Syntax of control files".
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from imgscan.errors import LimitError, Position
from imgscan.formats.text_lines import split_lines

MAX_PARAGRAPHS = 200_000
_ODD = re.compile(rb"^(?![ \t\r#]|$)[^:\n]*$", re.MULTILINE)
_BLOCK = 65_536


def parse_paragraphs(data: bytes, keep: frozenset[str]) -> Iterator[dict[str, str]]:
    """Yield the fields of each paragraph: lower-case name to value, continuation lines joined by newlines.

    Only fields that ``keep`` names are kept, of one that stands twice the first. Lines that are no field are passed
    over, so that one damaged line does not hide the packages after it.

    Raises:
        LimitError: more than 200,000 paragraphs.
    """
    text = data.decode("utf-8", "surrogateescape").replace("\r\n", "\n")
    result: dict[str, str] = {}
    current: str | None = None
    blocks: list[str] = []
    further: list[str] = []  # a field of a million lines must not be copied for each of them
    count = 0
    for line in split_lines(text):
        if line[:1] in (" ", "\t"):
            if current is not None:
                further.append(line.strip())
                if len(further) == _BLOCK:  # as one text: 20 million short ones are over a gigabyte
                    blocks.append("\n".join(further))
                    further = []
            continue
        if (further or blocks) and current is not None:
            result[current] = "\n".join((result[current], *blocks, *further))
        further, blocks = [], []
        current = None
        if not line:
            if result:
                yield result
                result = {}
                count += 1
                if count > MAX_PARAGRAPHS:
                    raise LimitError(f"more than {MAX_PARAGRAPHS} paragraphs", Position())
            continue
        name, colon, value = line.partition(":")
        name = name.lower()
        if colon and name in keep and name not in result:
            current = name
            result[name] = value.strip()
    if (further or blocks) and current is not None:
        result[current] = "\n".join((result[current], *blocks, *further))
    if result:
        yield result


def odd_lines(data: bytes) -> int:
    """Return how many lines are no field, none that continues one, and not blank: what a damaged file has."""
    return sum(1 for _ in _ODD.finditer(data))
