"""Values as bytes and back: MessagePack, also of texts that are no Unicode.

Names of files are decoded with ``surrogateescape``, and MessagePack has no such texts. A value with one of them is
written with all its texts spelled as Latin-1, and a byte in front says so: slower, and rare.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import cache
from types import GenericAlias
from typing import TypeVar, cast

import msgspec

_AS_IT_IS, _SPELLED = b"\0", b"\1"
_T = TypeVar("_T")


def written(value: object) -> bytes:
    """Return a value as bytes.

    Raises:
        TypeError, ValueError, OverflowError: it cannot be written: it is of a foreign observer.
    """
    try:
        return _AS_IT_IS + msgspec.msgpack.encode(value)
    except UnicodeEncodeError:
        plain = msgspec.to_builtins(value, builtin_types=(bytes,))
        return _SPELLED + msgspec.msgpack.encode(_respelled(plain, _spelled))


def read_back(data: bytes, kind: type[_T]) -> _T:
    """Return the value that ``written`` was given, which was of type ``kind``.

    Raises:
        ValueError: the bytes are something else.
    """
    return cast(_T, _read(data, kind))


def read_list(data: bytes, kind: type[_T]) -> list[_T]:
    """Return the list of values of one type that ``written`` was given, as ``read_back``."""
    return cast(list[_T], _read(data, GenericAlias(list, (kind,))))


def _read(data: bytes, kind: type | GenericAlias) -> object:
    try:
        if data[:1] == _SPELLED:
            plain = _respelled(msgspec.msgpack.decode(memoryview(data)[1:]), _unspelled)
            return msgspec.convert(plain, kind)
        return _decoder(kind).decode(memoryview(data)[1:])
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise ValueError(str(error)) from None


@cache
def _decoder(kind: Hashable) -> msgspec.msgpack.Decoder[object]:
    return msgspec.msgpack.Decoder(kind)


def _respelled(value: object, spell: Callable[[str], str]) -> object:
    """Return plain values with every text spelled in another way."""
    if isinstance(value, str):
        return spell(value)
    if isinstance(value, dict):
        return {_respelled(key, spell): _respelled(item, spell) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_respelled(item, spell) for item in value]
    return value


def _spelled(text: str) -> str:
    return text.encode("utf-8", "surrogatepass").decode("latin-1")


def _unspelled(text: str) -> str:
    return text.encode("latin-1").decode("utf-8", "surrogatepass")
