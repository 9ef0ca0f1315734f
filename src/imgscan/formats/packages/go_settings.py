"""The version of a Go program that its module does not have, from the settings that it was built with.

A program built in its own source tree has the module version ``(devel)``; makers set a variable by ``-ldflags -X``
instead. Sources: cmd/link, "-X importpath.name=value"; cmd/go, "Pseudo-versions"; runtime/debug.BuildSetting.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_MAX_FLAGS = 64 * 1024
# The flags are quoted once by the go command and may quote values again: 'main.version=1.2', "-X=main.version=1.2".
_VARIABLE = re.compile(r"-X[\s=]*[\"'\\]*([^\s=\"'\\]{1,300})=[\"'\\]*([^\s\"'\\]{1,100})")
_NAME = re.compile(
    r"(?:git|build|app|application|release|product|program|cli|binary|server|client|service|semver|sem|current|pkg|_)*"
    r"(?:version|tag|semver|release)(?:string|number|name|full|core|info|raw|git|long|str|_)*",
    re.IGNORECASE,
)
_VALUE = re.compile(r"v?\d+\.\d+[0-9A-Za-z.+_~-]*", re.ASCII)
_REVISION = re.compile(r"[0-9a-f]{12,64}")
_TIME = re.compile(r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)Z")


def main_version(settings: dict[str, str], module: str) -> str:
    """Return the version of the program of ``module`` by what ``-X`` set, else by the commit; empty for neither."""
    result = list(_set_versions(settings.get("-ldflags", "")[:_MAX_FLAGS]))
    for wanted in ("main.", f"{module}/", f"{module}."):
        for variable, value in result:
            if variable.startswith(wanted):
                return value
    # Many libraries have a variable for the version of the program that they are part of.
    return result[0][1] if result else _by_commit(settings)


def _set_versions(flags: str) -> Iterator[tuple[str, str]]:
    for match in _VARIABLE.finditer(flags):
        variable, value = match.groups()
        if _NAME.fullmatch(variable.rpartition(".")[2]) and _VALUE.fullmatch(value):
            yield variable, value


def _by_commit(settings: dict[str, str]) -> str:
    """Return the pseudo-version of the commit that was built, as the go command itself writes it since 1.24."""
    revision, time = settings.get("vcs.revision", ""), _TIME.fullmatch(settings.get("vcs.time", ""))
    if not _REVISION.fullmatch(revision) or time is None:
        return ""
    return f"v0.0.0-{''.join(time.groups())}-{revision[:12]}"
