"""NuGet packages that a .NET program was published with: APP.deps.json.

Source: dotnet/sdk, documentation/specs/runtime-configuration-file.md, "[appname].deps.json".
"""

from __future__ import annotations

from collections.abc import Iterator

from imgscan.errors import PackageDataError, Position
from imgscan.formats.packages.documents import record_object
from imgscan.model.package import PackageRecord, PackageType

_MAX_LIBRARIES = 20_000
_MAX_NAME = 200
_RUNTIME_PACK = "runtimepack."


def parse_deps_json(data: bytes) -> list[PackageRecord]:
    """Return the packages, and the runtime that a self-contained program brings along; projects are the program itself.

    Raises:
        PackageDataError: not JSON, or no object.
    """
    document = record_object(data, "deps.json")
    libraries = document.get("libraries")
    if libraries is None and "targets" not in document:
        raise PackageDataError("a deps.json without targets or libraries", Position(offset=0))
    kinds = libraries if isinstance(libraries, dict) else {}
    return list(dict.fromkeys(_packages(kinds)))


def _packages(kinds: dict[str, object]) -> Iterator[PackageRecord]:
    for key, value in list(kinds.items())[:_MAX_LIBRARIES]:
        kind = value.get("type") if isinstance(value, dict) else None
        name, slash, version = key.partition("/")
        if kind not in ("package", "runtimepack") or not slash or not version or len(name) > _MAX_NAME:
            continue
        yield PackageRecord(type=PackageType.NUGET, name=name.removeprefix(_RUNTIME_PACK), version=version[:100])
