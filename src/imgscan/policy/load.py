"""Configuration, exceptions and baseline read from files: names to one ``Settings`` whose policy is whole."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from msgspec.structs import replace

from imgscan.errors import UsageError
from imgscan.files import regular_bytes
from imgscan.model.policy import Exemption, Policy
from imgscan.policy.baseline import parse_baseline
from imgscan.policy.exceptions import parse_exceptions
from imgscan.policy.settings import Settings, parse_pyproject, parse_settings, parse_trusted_base
from imgscan.printable import printable

NAME = "imgscan.toml"
PYPROJECT = "pyproject.toml"
_MOST_TEXT = 16 * 1024 * 1024
_MOST_REPORT = 1024 * 1024 * 1024


def load_settings(config: str | None = None, folder: str = ".") -> Settings:
    """Return the settings of a file, or else of ``imgscan.toml`` or ``[tool.imgscan]`` of ``pyproject.toml`` there.

    Exceptions, trusted bases and the baseline that it names are read, by paths relative to its own folder; rule files
    and the pattern cache become such paths too. Without any file the settings are empty.

    Raises:
        UsageError: a file cannot be read or says something that makes no sense; the message names it.
    """
    path = Path(config) if config is not None else Path(folder, NAME)
    if config is None and not path.is_file():
        path = Path(folder, PYPROJECT)
        if not path.is_file():
            return Settings()
    text = read_text(str(path))
    found = parse_pyproject(text, str(path)) if path.name == PYPROJECT else parse_settings(text, str(path))
    if found is None:
        if config is not None:
            raise UsageError(f"{path}: it has no table [tool.imgscan]")
        return Settings()
    return _whole(found, path.parent)


def _whole(settings: Settings, folder: Path) -> Settings:
    def placed(name: str) -> str:
        return str(folder / name)

    bases = [parse_trusted_base(name, read_text(placed(file)), placed(file)) for name, file in settings.base_files]
    policy = replace(
        settings.policy,
        trusted_bases=(*settings.policy.trusted_bases, *bases),
        exemptions=load_exceptions([placed(name) for name in settings.exceptions]),
        baseline=None if settings.baseline is None else load_baseline(placed(settings.baseline)),
    )
    return replace(
        settings,
        policy=policy,
        rules=tuple(map(placed, settings.rules)),
        cache=None if settings.cache is None else placed(settings.cache),
    )


def load_exceptions(paths: Sequence[str]) -> tuple[Exemption, ...]:
    """Return the exceptions of files, in their order.

    Raises:
        UsageError: as ``load_settings``.
    """
    return tuple(item for path in paths for item in parse_exceptions(read_text(path), path))


def load_baseline(path: str) -> frozenset[str]:
    """Return the fingerprints that a JSON report knows.

    Raises:
        UsageError: as ``load_settings``.
    """
    return parse_baseline(read_bytes(path, _MOST_REPORT), path)


def with_files(policy: Policy, exceptions: Sequence[str], baseline: str | None) -> Policy:
    """Return a policy with the exceptions of more files, and with another baseline where one is named.

    Raises:
        UsageError: as ``load_settings``.
    """
    more = load_exceptions(exceptions)
    known = policy.baseline if baseline is None else load_baseline(baseline)
    return replace(policy, exemptions=(*policy.exemptions, *more), baseline=known)


def read_bytes(path: str, most: int) -> bytes:
    """Return a file's content, at most ``most`` bytes of it.

    Raises:
        UsageError: it cannot be read, is no regular file, or is larger.
    """
    try:
        data = regular_bytes(path, most)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise UsageError(f"{printable(path)}: cannot be read ({reason})") from None
    if len(data) > most:
        raise UsageError(f"{printable(path)}: larger than {most} bytes")
    return data


def read_text(path: str) -> str:
    """Return the text of a file of settings.

    Raises:
        UsageError: as ``read_bytes``, or it is not UTF-8.
    """
    try:
        return read_bytes(path, _MOST_TEXT).decode("utf-8")
    except UnicodeDecodeError:
        raise UsageError(f"{printable(path)}: not UTF-8") from None
