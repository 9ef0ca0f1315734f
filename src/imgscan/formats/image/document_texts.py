"""Every text of a JSON document, whoever reads it: those of fields that nobody knows, and of the first of two keys."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from imgscan.errors import ManifestError
from imgscan.formats.image.gojson import Members, parse_node

_NESTED = frozenset({"config", "container_config"})
"""Objects whose keys are as good as the document's."""
_MAX_FIELDS = 40
_MAX_CHARACTERS = 80
_OTHERS = "other fields"
# Escapes of half a pair, which no encoding has; Go reads them so, too. U+DC80 to U+DCFF may stand for bytes.
_UNPAIRED = re.compile("[\ud800-\udc7f\udd00-\udfff]")


def document_texts(data: bytes, known: Collection[str] = ()) -> dict[str, str]:
    """Return the texts of a document by the field that they stand in, one a line, ``key=value`` where they have a key.

    Texts in ``known``, as they are or with their key, are left out. What is no JSON is one text without a field.
    """
    try:
        node = parse_node(data)
    except ManifestError:
        return {"": data.decode("utf-8", "surrogateescape")}
    fields: dict[str, list[str]] = {}
    for field, line in _lines(node, known):
        if field not in fields and len(fields) >= _MAX_FIELDS:
            field = _OTHERS
        fields.setdefault(field, []).append(line)
    return {field: _UNPAIRED.sub("\ufffd", "\n".join(lines)) for field, lines in fields.items()}


def _lines(document: object, known: Collection[str]) -> Iterator[tuple[str, str]]:
    """Yield field and line of each text, in the document's order."""
    todo: list[tuple[str, int, str, object]] = [("", 0, "", document)]
    while todo:
        field, depth, key, node = todo.pop()
        if isinstance(node, Members):
            if key:
                yield field, key
            for name, child in reversed(node):
                inner = field
                if depth == 0 or (depth == 1 and field in _NESTED):
                    inner = f"{field}.{name}"[:_MAX_CHARACTERS] if field else name[:_MAX_CHARACTERS]
                todo.append((inner, depth + 1, name, child))
        elif isinstance(node, list):
            todo += ((field, depth + 2, key if isinstance(child, list) else "", child) for child in reversed(node))
            if key:
                yield field, key
        else:
            text = node if isinstance(node, str) else "" if node is None else str(node)
            line = f"{key}={text}" if key else text
            if text not in known and line not in known:
                yield field, line
