"""A store by its name: a folder, or the URL of a server."""

from __future__ import annotations

from imgscan.errors import UsageError
from imgscan.model.store import FactStore
from imgscan.stores.directory import DirectoryStore
from imgscan.stores.redis import SCHEMES, RedisStore


def open_store(name: str) -> FactStore:
    """Return the store that a name means: ``redis://``, ``rediss://`` or ``unix://`` a server, all else a folder.

    Raises:
        UsageError: the folder is not this user's alone, the server does not answer, the scheme is another one.
    """
    if name.startswith(SCHEMES):
        store = RedisStore(name)
        store.check()
        return store
    scheme, separator, _ = name.partition("://")
    if separator and scheme.isalnum():
        raise UsageError(f"no store for {scheme}://; there are {', '.join(SCHEMES)} and folders")
    return DirectoryStore(name)
