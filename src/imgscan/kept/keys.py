"""Keys of kept facts: all that they are a function of.

A layer's facts are a function of its bytes, the observers, the limits and the program. The program is more than its
version: whoever changes a line of it must get new facts, and so do those who change a library that it reads with.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import msgspec

from imgscan.model.limits import Limits
from imgscan.model.observer import Observer
from imgscan.version import __version__

_FORM = "imgscan facts 1"
"""Rises whenever the records are written in another form."""

_LIBRARIES = (
    "hyperscan isal msgspec zstandard pyelftools PyYAML python-magic pylibmagic google-re2 orjson packaging tomli"
).split()


def surroundings_of(limits: Limits, digests: bool) -> str:
    """Return the digest of what facts depend on, whatever the layer and the observer."""
    return _digest((_FORM, __version__, _sources(), *_libraries(), repr(limits), repr(digests)))


def layer_key(surroundings: str, digest: str, tar_algorithm: str) -> str:
    """Return the key of a layer's record: ``digest`` is that of its stored bytes."""
    return _digest(("layer", surroundings, digest, tar_algorithm))


def hint_key(surroundings: str, first: bytes, size: int | None) -> str:
    """Return the key under which the digest of a layer stands that nobody promises: by its size and first bytes."""
    return _digest(("hint", surroundings, str(size), hashlib.sha256(first).hexdigest()))


def linked_key(surroundings: str, digest: str, observers: Iterable[Observer], wanted: bytes) -> str:
    """Return the key of what one more reading of a layer gave, of the contents that are ``wanted``."""
    return _digest(("linked", surroundings, digest, *map(observer_key, observers), hashlib.sha256(wanted).hexdigest()))


def unit_key(observers: Sequence[Observer]) -> str:
    """Return the key of observers whose facts are kept together."""
    return _digest(("unit", *map(observer_key, observers)))


def observer_key(observer: Observer) -> str:
    """Return what identifies an observer: its kind, version, interest and rules, and the code of a foreign one."""
    kind = type(observer)
    return _digest(
        (
            observer.id,
            repr(observer.version),
            f"{kind.__module__}.{kind.__qualname__}",
            str(getattr(observer, "rules_digest", "")),
            _code_of(kind),
            hashlib.sha256(
                msgspec.msgpack.encode(observer.interest, enc_hook=_named, order="deterministic")
            ).hexdigest(),
        )
    )


def _named(value: object) -> str:
    """Return the name of a function; one without a name is another one in each process, and its facts are not kept."""
    name = getattr(value, "__qualname__", None)
    return f"{getattr(value, '__module__', '')}.{name}" if name and "<" not in name else repr(value)


def _code_of(kind: type) -> str:
    """Return the digest of the file that a foreign observer's class is in: versions are forgotten while one writes."""
    if kind.__module__.partition(".")[0] == __name__.partition(".")[0]:
        return ""
    with suppress(OSError):
        file = getattr(sys.modules.get(kind.__module__), "__file__", None)
        return hashlib.sha256(Path(file).read_bytes()).hexdigest() if file else ""
    return ""


@cache
def _sources() -> str:
    """Return the digest of the program's files: 3 MB, a hundredth of a second."""
    made = hashlib.sha256()
    package = Path(__file__).parent.parent
    for path in sorted(package.rglob("*")):
        if path.suffix not in (".pyc", ".pyo") and path.is_file():
            made.update(f"{path.relative_to(package)}\0".encode())
            made.update(hashlib.sha256(path.read_bytes()).digest())
    return made.hexdigest()


@cache
def _libraries() -> tuple[str, ...]:
    return (sys.version, *(f"{name} {_version(name)}" for name in _LIBRARIES))


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "none"


def _digest(parts: Iterable[str]) -> str:
    made = hashlib.sha256(usedforsecurity=False)
    for part in parts:
        data = part.encode("utf-8", "surrogateescape")
        made.update(len(data).to_bytes(8, "big") + data)
    return made.hexdigest()
