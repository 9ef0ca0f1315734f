"""The files of packages as one text, as facts keep them, and back."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping

from imgscan.model.package import PackageFile


def pack_files(files: Iterable[PackageFile]) -> str:
    """Return files as one text, five fields each and every field ended by NUL.

    One string costs a tenth of so many objects in a fact; interned, since the databases of several layers hold the
    same packages.
    """
    # No path that a filesystem can have, no digest and no name of a user has a NUL.
    parts = [_packed(file) for file in files if "\0" not in f"{file.path}{file.digest}{file.owner}"]
    return sys.intern("\0".join(parts))


def pack_digests(paths: Iterable[str], digests: Mapping[str, str], others: Mapping[str, PackageFile]) -> str:
    """Return, as ``pack_files``, files of which a digest is known at most, but for ``others``.

    The texts are from packed ones.
    """
    digest = digests.get
    if not others:  # dpkg's checksums
        return sys.intern("\0".join([f"{path}\0{digest(path, '')}\0\0\0" for path in paths if path]))
    return sys.intern(
        "\0".join(
            [_packed(others[path]) if path in others else f"{path}\0{digest(path, '')}\0\0\0" for path in paths if path]
        )
    )


def _packed(file: PackageFile) -> str:
    description = "" if file.mode is None else f"{file.mode:o}"
    return f"{file.path}\0{file.digest}\0{description}\0{file.owner}\0{file.flags}"


def unpack_files(text: str) -> Iterator[PackageFile]:
    """Yield the files that ``pack_files`` wrote."""
    parts = text.split("\0")
    fields = (parts[at::5] for at in range(5))
    for path, digest, mode, owner, flags in zip(*fields, strict=False):
        yield PackageFile(path, digest, int(mode, 8) if mode else None, owner, flags)
