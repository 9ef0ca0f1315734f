"""Configuration, exceptions and baseline read from files: names to one ``Settings`` whose policy is whole."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from msgspec.structs import replace

from imgscan.errors import UsageError
from imgscan.files import is_replaceable, regular_bytes
from imgscan.model.limits import Limits
from imgscan.model.policy import Exemption, Policy
from imgscan.policy.baseline import parse_baseline
from imgscan.policy.exceptions import parse_exceptions
from imgscan.policy.settings import Settings, parse_pyproject, parse_settings, parse_trusted_base
from imgscan.printable import printable

NAME = "imgscan.toml"
PYPROJECT = "pyproject.toml"
_MAX_TEXT = 16 * 1024 * 1024
_MAX_REPORT = 1024 * 1024 * 1024


def load_settings(config: str | None = None, folder: str = ".") -> Settings:
    """Return the settings of a file, or else of ``imgscan.toml`` or ``[tool.imgscan]`` of ``pyproject.toml`` there.

    Where the folder has none, ``imgscan/imgscan.toml`` of the user's own folder of settings counts. Exceptions,
    trusted bases and the baseline that it names are read, by paths relative to its own folder; rule files, the pattern
    cache and the files of formats become such paths too. Without any file the settings are empty.

    A file that nobody named comes with the folder, and whoever made that may have made the image too: of its settings
    those that decide how findings count hold, not those that write elsewhere, run less, or look for other things.

    Raises:
        UsageError: a file cannot be read or says something that makes no sense; the message names it.
    """
    if config is not None:
        result = _read(Path(config))
        if result is None:
            raise UsageError(f"{printable(config)}: it has no table [tool.imgscan]")
        return result
    personal = user_settings()
    for path in (Path(folder, NAME), Path(folder, PYPROJECT)):
        result = _read(path) if path.is_file() else None
        if result is not None:
            return (
                result
                if personal is not None and _is_below(path, personal.parent)
                else of_a_folder(result, path.parent)
            )
    result = _read(personal) if personal is not None and personal.is_file() else None
    return result or Settings()


def user_settings() -> Path | None:
    """Return where the user's own settings lie, there or not; None where there is no home.

    Source: XDG Base Directory Specification 0.8: ``XDG_CONFIG_HOME`` where it is an absolute path, else ``~/.config``;
    ``APPDATA`` on Windows.
    """
    given = os.environ.get("APPDATA" if sys.platform == "win32" else "XDG_CONFIG_HOME", "")
    try:
        folder = Path(given) if Path(given).is_absolute() else Path.home() / ".config"
    except RuntimeError:
        return None
    return folder / "imgscan" / NAME if folder.is_absolute() else None


def _read(path: Path) -> Settings | None:
    text = read_text(str(path))
    result = parse_pyproject(text, str(path)) if path.name == PYPROJECT else parse_settings(text, str(path))
    return None if result is None else _whole(replace(result, source=str(path)), path.parent)


def of_a_folder(settings: Settings, folder: Path) -> Settings:
    """Return what may hold of settings that lie in a folder and that nobody named; the rest stands in ``ignored``.

    Reports are written into the folder at most, links followed. A cache is no report: what lies in one is loaded as
    code of the library that compiled it. A rule of the folder's takes the place of a shipped one.
    """
    inside = tuple(text for text in settings.formats if _stays(text, folder))
    ignored = [f"formats {text}" for text in settings.formats if text not in inside]
    ignored += [name for name in ("analyzers", "skip", "rules", "cache") if getattr(settings, name)]
    if settings.policy.controls_off:
        ignored.append("controls.off")
    raised = [name for name in Limits.__struct_fields__ if getattr(settings.limits, name) > getattr(Limits(), name)]
    ignored += [f"limits.{name}" for name in raised]
    return replace(
        settings,
        limits=replace(settings.limits, **{name: getattr(Limits(), name) for name in raised}),
        policy=replace(settings.policy, controls_off=frozenset()),
        formats=inside,
        analyzers=None,
        skip=(),
        rules=(),
        cache=None,
        ignored=tuple(ignored),
    )


def _stays(text: str, folder: Path) -> bool:
    """Whether a format goes to standard output or to a file in the folder."""
    target = text.partition("=")[2]
    return target in ("", "-") or (_is_below(Path(target), folder) and is_replaceable(target))


def _is_below(path: Path, folder: Path) -> bool:
    try:
        return path.resolve().is_relative_to(folder.resolve())
    except (OSError, RuntimeError, ValueError):  # links in a circle, a NUL
        return False


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
        formats=tuple(_format_within(text, folder) for text in settings.formats),
        rules=tuple(map(placed, settings.rules)),
        cache=None if settings.cache is None else placed(settings.cache),
    )


def _format_within(text: str, folder: Path) -> str:
    name, equals, target = text.partition("=")
    return text if target in ("", "-") else f"{name}{equals}{folder / target}"


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
    return parse_baseline(read_bytes(path, _MAX_REPORT), path)


def with_files(policy: Policy, exceptions: Sequence[str], baseline: str | None) -> Policy:
    """Return a policy with the exceptions of more files, and with another baseline where one is named.

    Raises:
        UsageError: as ``load_settings``.
    """
    exempted = load_exceptions(exceptions)
    known = policy.baseline if baseline is None else load_baseline(baseline)
    return replace(policy, exemptions=(*policy.exemptions, *exempted), baseline=known)


def read_bytes(path: str, limit: int) -> bytes:
    """Return a file's content, at most ``limit`` bytes of it.

    Raises:
        UsageError: it cannot be read, is no regular file, or is larger.
    """
    try:
        data = regular_bytes(path, limit)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise UsageError(f"{printable(path)}: cannot be read ({reason})") from None
    if len(data) > limit:
        raise UsageError(f"{printable(path)}: larger than {limit} bytes")
    return data


def read_text(path: str) -> str:
    """Return the text of a file of settings.

    Raises:
        UsageError: as ``read_bytes``, or it is not UTF-8.
    """
    try:
        return read_bytes(path, _MAX_TEXT).decode("utf-8")
    except UnicodeDecodeError:
        raise UsageError(f"{printable(path)}: not UTF-8") from None
