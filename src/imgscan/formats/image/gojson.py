"""JSON as Go's encoding/json reads it into structs: every runtime that starts an image reads its documents that way.

Go looks a field up by its exact name, then by Unicode simple folding (``foldName`` in encode.go: U+017F is an s,
U+212A a k). A key that comes again is decoded over what the former one left: texts are replaced, objects merged, maps
united, and the elements of a list are decoded over those that lay at their index, also beyond the list's end (the
backing array is used again: golang/go issue 21092). ``null`` leaves texts and structs as they are, and empties lists,
maps and pointers. Source: encoding/json, decode.go ("To unmarshal JSON into a struct"), Go 1.22.

A ``Shape`` says what a document is decoded into; the result is plain values under the names that the shape gives.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from enum import Enum
from typing import Any, Protocol

import msgspec

from imgscan.errors import ManifestError, Position
from imgscan.printable import printable

_MAX_DEPTH = 64
"""Levels of arrays and objects that are kept; no document of an image has ten of meaning."""
_GO_DEPTH = 10_000  # scanner.go, maxNestingDepth
_MAX_REMARKS = 20
_MAX_KEY = 40
# A text without an end goes to the last byte: a search that failed would begin again at each quote in it.
_TOKEN = re.compile(r'"[^"\\]*(?:\\.?[^"\\]*)*(?:"|\Z)|[\[\]{}]', re.DOTALL)
_SURROGATES = re.compile("[\ud800-\udfff]")
_BLANKS = " \t\r\n"


class RemarkClass(Enum):
    """What there is to say of how a document is written."""

    AMBIGUOUS = "ambiguous"
    """Two keys of one object are one to Go: other readers take another value."""
    FOLDED = "folded"
    """A key that is a field's name by folding alone: other readers do not see it."""
    MISTYPED = "mistyped"
    """A value that Go does not decode into its field: runtimes refuse the document."""
    UNREAD = "unread"
    """Something that only some readers accept, and that was left out."""
    JUNK = "junk"
    """Something that no field needs, and that was not kept as it is."""


class Remark(msgspec.Struct, frozen=True):
    """Something odd in how a document is written, in words."""

    type: RemarkClass
    text: str


class Document(msgspec.Struct, frozen=True):
    """What Go reads in a document, and what is odd about it."""

    value: Any
    remarks: tuple[Remark, ...] = ()


class Shape(Protocol):
    """What a JSON value is decoded into."""

    def zero(self) -> object:
        """Return what Go has there before anything was decoded; None where that is nil."""

    def decode(self, node: object, old: object, reader: Reader, path: str) -> object:
        """Return what is there once ``node`` was decoded over ``old``; None for nothing."""


def read_as_go(data: bytes, shape: Shape, name: str) -> Document:
    """Return the document as Go's encoding/json decodes it into ``shape``.

    Junk in parts that no field needs (values nested deeply, huge numbers, bytes that are not UTF-8, what follows the
    document) does not refuse it: it is left out, with a remark.

    Raises:
        ManifestError: not JSON; ``name`` is the member or blob it stands in, the offset that of the fault.
    """
    reader = Reader()
    node = _parsed(data, name, reader)
    return Document(shape.decode(node, None, reader, ""), tuple(reader.remarks))


def parse_node(data: bytes) -> object:
    """Return a document's values as they stand there, objects as ``Members``.

    Raises:
        ManifestError: not JSON.
    """
    return _parsed(data, "", Reader())


class Members(list[tuple[str, object]]):
    """A JSON object: its keys as often and in the order that they come."""

    __slots__ = ()


class Reader:
    """Collects the remarks on one document."""

    def __init__(self) -> None:
        self.remarks: list[Remark] = []

    def remark(self, type_: RemarkClass, text: str) -> None:
        """Keep a remark, unless there are many already; those that make a document ambiguous go first."""
        if len(self.remarks) < _MAX_REMARKS:
            self.remarks.append(Remark(type_, text))
        elif type_ is RemarkClass.AMBIGUOUS and self.remarks[-1].type is not type_:
            self.remarks[-1] = Remark(type_, text)

    def mistyped(self, path: str, what: str) -> None:
        """Remark on a value that is none of its field."""
        text = f"{printable(path) or 'the document'} is not {what}: runtimes refuse such a document"
        self.remark(RemarkClass.MISTYPED, text)


def fold(key: str) -> str:
    """Return a key by Unicode simple case folding, in which Go compares it with the names of fields."""
    return key.lower() if key.isascii() else "".join(map(_fold_character, key))


def _fold_character(character: str) -> str:
    # str.casefold is full folding (CaseFolding.txt C and F): where that takes several characters, Go takes the simple
    # one (S), which lower() gives; U+0130, whose lower() has two as well, folds to itself.
    for folded in (character.casefold(), character.lower()):
        if len(folded) == 1:
            return folded
    return character


# Shapes


class Text:
    """A Go string."""

    def zero(self) -> str:
        """Return the empty text."""
        return ""

    def decode(self, node: object, old: object, reader: Reader, path: str) -> object:
        """Replace the text; null is no value for it."""
        if node is None:
            return old
        if isinstance(node, str):
            return _clean(node)
        reader.mistyped(path, "a text")
        return plain(node) if old is None else old


class Number:
    """A Go integer."""

    def zero(self) -> int:
        """Return 0."""
        return 0

    def decode(self, node: object, old: object, reader: Reader, path: str) -> object:
        """Replace the number; null is no value for it."""
        if node is None:
            return old
        if isinstance(node, int) and not isinstance(node, bool) and -(1 << 63) <= node < 1 << 63:
            return node
        reader.mistyped(path, "a whole number")
        return plain(node) if old is None else old


class Flag:
    """A Go bool."""

    def zero(self) -> bool:
        """Return false."""
        return False

    def decode(self, node: object, old: object, reader: Reader, path: str) -> object:
        """Replace the flag; null is no value for it."""
        if node is None or isinstance(node, bool):
            return old if node is None else node
        reader.mistyped(path, "true or false")
        return plain(node) if old is None else old


class Struct:
    """A Go struct, or with ``pointer`` a pointer to one, which null makes nil.

    Keys of no field are left out or, with ``others``, kept under their own name as plain values.
    """

    def __init__(self, fields: Mapping[str, Shape], pointer: bool = False, others: bool = False) -> None:
        self._fields = dict(fields)
        self._folded = {fold(name): name for name in fields}
        self._pointer = pointer
        self._others = others

    def zero(self) -> dict[str, object] | None:
        """Return a struct without values."""
        return None if self._pointer else {}

    def decode(self, node: object, old: object, reader: Reader, path: str) -> object:
        """Decode field by field over what is there."""
        if node is None:
            return None if self._pointer else old
        if not isinstance(node, Members):
            reader.mistyped(path, "an object")
            return plain(node) if old is None else old
        values: dict[str, object] = old if isinstance(old, dict) else {}
        seen: dict[str, str] = {}
        for key, child in node:
            folded = fold(key)
            where = f"{path}.{key}" if path else key
            if folded in seen:
                reader.remark(RemarkClass.AMBIGUOUS, _one_to_go(seen[folded], where))
            name = key if key in self._fields else self._folded.get(folded)
            if name is None:
                if self._others:
                    values[_clean(key)] = plain(child)
            else:
                if name != key and folded not in seen:
                    text = f"{_shown(where)} is read as {name}, as Go reads it; other readers pass it over"
                    reader.remark(RemarkClass.FOLDED, text)
                _put(values, name, self._fields[name].decode(child, values.get(name), reader, where))
            seen[folded] = where
        return values


def _put(values: dict[str, object], name: str, value: object) -> None:
    if value is None:
        values.pop(name, None)
    else:
        values[name] = value


def _one_to_go(first: str, second: str) -> str:
    if first == second:
        return f"{_shown(first)} is there twice: Go decodes the second over the first, other readers take one of them"
    return f"{_shown(first)} and {_shown(second)} are one field to Go, whose value is the last; to other readers not"


def _shown(path: str) -> str:
    head, dot, key = path.rpartition(".")
    return printable(head + dot + (key if len(key) <= _MAX_KEY else key[:_MAX_KEY] + "..."))


class _Elements(list[object]):
    """A Go slice: the elements up to its length, and those that its backing array still has beyond."""

    beyond: list[object]


class Slice:
    """A Go slice."""

    def __init__(self, element: Shape) -> None:
        self._element = element

    def zero(self) -> None:
        """Return nil."""

    def decode(self, node: object, old: object, reader: Reader, path: str) -> object:
        """Decode each element over the one at its index; null makes it nil."""
        if node is None:
            return None
        if not isinstance(node, list) or isinstance(node, Members):
            reader.mistyped(path, "a list")
            return plain(node) if old is None else old
        backing = [*old, *old.beyond] if isinstance(old, _Elements) else []
        for index, child in enumerate(node):
            old = backing[index] if index < len(backing) else None
            value = self._element.decode(child, old, reader, f"{path}[{index}]")
            backing[index : index + 1] = [self._element.zero() if value is None else value]
        result = _Elements(backing[: len(node)])
        result.beyond = backing[len(node) :] if node else []  # an empty array gets a slice of its own
        return result


class Map:
    """A Go map with text keys: names have their case, and of a value that comes twice the last counts."""

    def __init__(self, element: Shape) -> None:
        self._element = element

    def zero(self) -> None:
        """Return nil."""

    def decode(self, node: object, old: object, reader: Reader, path: str) -> object:
        """Add to the map that is there; null makes it nil."""
        if node is None:
            return None
        if not isinstance(node, Members):
            reader.mistyped(path, "an object")
            return plain(node) if old is None else old
        values: dict[str, object] = old if isinstance(old, dict) else {}
        seen: set[str] = set()
        for raw, child in node:
            key = _clean(raw)
            where = f"{path}.{key}"
            if key in seen:
                reader.remark(RemarkClass.AMBIGUOUS, _one_to_go(where, where))
            seen.add(key)
            values[key] = self._element.decode(child, self._element.zero(), reader, where)
        return values


class TextOrTexts:
    """Docker's strslice.StrSlice: a list of texts, or one text, which is a list of one; always made anew."""

    _texts = Slice(Text())

    def zero(self) -> None:
        """Return nil."""

    def decode(self, node: object, old: object, reader: Reader, path: str) -> object:
        """Replace the list."""
        return [_clean(node)] if isinstance(node, str) else self._texts.decode(node, None, reader, path)


class Either:
    """A list or an object, each of its own shape: the two documents that are called manifest.json."""

    def __init__(self, array: Shape, record: Shape) -> None:
        self._array = array
        self._record = record

    def zero(self) -> None:
        """Return nil."""

    def decode(self, node: object, old: object, reader: Reader, path: str) -> object:
        """Decode it as what it is."""
        return (self._record if isinstance(node, Members) else self._array).decode(node, old, reader, path)


def plain(node: object, depth: int = _MAX_DEPTH) -> object:
    """Return a node as plain values, of a key that comes twice the last; None for what is nested deeper."""
    if isinstance(node, str):
        return _clean(node)
    if not isinstance(node, list):
        return node
    if not depth:
        return None
    if isinstance(node, Members):
        return {_clean(key): plain(child, depth - 1) for key, child in node}
    return [plain(child, depth - 1) for child in node]


def _clean(text: str) -> str:
    """Return a text as Go has it: half of a surrogate pair alone is U+FFFD."""
    return text if text.isascii() else _SURROGATES.sub("\ufffd", text)


# Text to nodes


def _parsed(data: bytes, name: str, reader: Reader) -> object:
    text = _decoded(data, reader)
    start = len(text) - len(text.lstrip(_BLANKS))
    try:
        try:
            node, end = _scan(text, start)
        except RecursionError:
            text = _shallow(text, start, reader)
            node, end = _scan(text, start)
    except json.JSONDecodeError as error:
        position = error.pos if error.doc is text else max(text.find(error.doc), 0)  # of a word, as _refused has it
        offset = len(text[:position].encode("utf-8", "replace"))
        message = f"not JSON ({error.msg[:1].lower()}{error.msg[1:]})"
        raise ManifestError(message, Position(source=name, offset=offset)) from None
    rest = text[end:].strip(_BLANKS)
    if rest:
        text = f"{len(rest)} characters follow the document: some readers refuse it, others do not see them"
        reader.remark(RemarkClass.UNREAD, text)
    return node


def _decoded(data: bytes, reader: Reader) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        text = f"bytes that are not UTF-8, the first at {error.start}: read as U+FFFD, as Go reads them"
        reader.remark(RemarkClass.JUNK, text)
    # Go replaces each byte, where errors="replace" would replace runs.
    return _SURROGATES.sub("\ufffd", data.decode("utf-8", "surrogateescape"))


def _scan(text: str, start: int) -> tuple[object, int]:
    return _decoder().raw_decode(text, start)


def _decoder() -> json.JSONDecoder:
    return json.JSONDecoder(object_pairs_hook=Members, parse_int=_integer, parse_constant=_refused)


def _integer(digits: str) -> int | float:
    """Return a number as an integer, where Go's integers could hold it."""
    return int(digits) if len(digits) < 20 else float(digits)  # int() refuses 4,300 digits, float() never


def _refused(word: str) -> object:
    raise json.JSONDecodeError(f"{word} is no value", word, 0)


def _shallow(text: str, start: int, reader: Reader) -> str:
    """Return a document with null for each value that is nested deeper than ``_MAX_DEPTH``."""
    pieces: list[str] = []
    depth = deepest = 0
    kept = start
    for token in _TOKEN.finditer(text, start):
        mark = token[0]
        if mark in "[{":
            depth += 1
            deepest = max(deepest, depth)
            if depth == _MAX_DEPTH + 1:
                pieces += (text[kept : token.start()], "null")
        elif mark in "]}":
            if depth == _MAX_DEPTH + 1:
                kept = token.end()
            depth -= 1
            if not depth:
                break
    if depth > _MAX_DEPTH:
        raise json.JSONDecodeError("Unexpected end of data", text, len(text))
    if deepest > _GO_DEPTH:
        reader.remark(RemarkClass.UNREAD, f"nested deeper than {_GO_DEPTH} levels: runtimes refuse such a document")
    else:
        reader.remark(RemarkClass.JUNK, f"values nested deeper than {_MAX_DEPTH} levels were left out")
    return text[:start] + "".join(pieces) + text[kept:]
