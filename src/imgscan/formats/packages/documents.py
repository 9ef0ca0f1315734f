"""What readers of JSON records of packages share: a refused document, and texts of bounded length."""

from __future__ import annotations

from imgscan.errors import ManifestError, PackageDataError, Position
from imgscan.formats.json import parse_json

MAX_TEXT = 300


def parse_record_json(data: bytes, name: str) -> object:
    """Return a decoded JSON document, its bytes taken as Latin-1 where they are not UTF-8.

    A byte of another encoding, mostly in an author's name, does not hide the package.

    Raises:
        PackageDataError: it is not JSON.
    """
    data = data.removeprefix(b"\xef\xbb\xbf")
    try:
        return parse_json(data, name)
    except ManifestError as error:
        first = error
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        try:
            return parse_json(data.decode("latin-1").encode(), name)
        except ManifestError:
            pass
    raise PackageDataError(first.message, Position(offset=first.position.offset)) from None


def record_object(data: bytes, name: str) -> dict[str, object]:
    """Return a document that must be an object.

    Raises:
        PackageDataError: it is not JSON, or no object.
    """
    document = parse_record_json(data, name)
    if not isinstance(document, dict):
        raise PackageDataError(f"{name} that is no object", Position(offset=0))
    return document


def text_of(document: object, key: str, limit: int = MAX_TEXT) -> str:
    """Return a text of an object, trimmed; empty where it is none, or longer than ``limit``."""
    value = document.get(key) if isinstance(document, dict) else None
    text = value.strip() if isinstance(value, str) else ""
    return text if len(text) <= limit else ""


def objects_of(document: object, key: str) -> list[dict[str, object]]:
    """Return the objects in a list of an object; empty where it is no list."""
    value = document.get(key) if isinstance(document, dict) else None
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def texts_of(document: object, key: str) -> list[str]:
    """Return the texts in a list of an object, or the one text that stands in its place."""
    value = document.get(key) if isinstance(document, dict) else None
    items = value if isinstance(value, list) else [value]
    return [item for item in items if isinstance(item, str) and item]
