"""Where the command line keeps compiled patterns and facts on layers."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from imgscan.stores.directory import NEW, PREFIX, SUFFIX

_FILES = ("patterns-*.hsdb", ".patterns-*", f"{PREFIX}*{SUFFIX}", f"{NEW}*")


def cache_directory() -> str | None:
    """Return the user's cache folder for imgscan, there or not; None where there is no home.

    Source: XDG Base Directory Specification 0.8: ``XDG_CACHE_HOME`` where it is an absolute path, else ``~/.cache``;
    ``~/Library/Caches`` on macOS, ``LOCALAPPDATA`` on Windows.
    """
    given = os.environ.get("LOCALAPPDATA" if sys.platform == "win32" else "XDG_CACHE_HOME", "")
    if Path(given).is_absolute():
        return str(Path(given) / "imgscan")
    try:
        home = Path.home()
    except RuntimeError:
        return None
    folder = home / "Library/Caches" if sys.platform == "darwin" else home / ".cache"
    return str(folder / "imgscan") if home.is_absolute() else None


def kept_in(arguments: argparse.Namespace, configured: str | None = None) -> str | None:
    """Return the folder of what is kept: what the words say, then a configuration, then the user's folder."""
    return None if arguments.no_cache else arguments.cache or configured or cache_directory()


def kept_files(directory: str) -> list[Path]:
    """Return the files that are kept in ``directory``, sorted; nothing else there is ours.

    What a killed process left half written is among them.
    """
    result = (path for pattern in _FILES for path in Path(directory).glob(pattern))
    return sorted(path for path in result if path.is_symlink() or not path.is_dir())
