"""The wheel's own libmagic, asked through python-magic. Both are wrapped here, and loaded on the first question.

Importing pylibmagic would patch ``ctypes.CDLL`` and rewrite environment variables of the whole process, and
importing python-magic as it is would search the system with a compiler. So a private copy of it is made, whose
loader hands out the library file that lies in pylibmagic's folder; the process stays as it was.
"""

from __future__ import annotations

import ctypes
import sys
from functools import cache
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

_PRIVATE = "imgscan.formats._python_magic"
_LIBRARIES = ("libmagic.so.1", "libmagic.so", "libmagic.1.dylib", "libmagic.dylib")
# MAGIC_NO_CHECK_ of compress, tar, text, encoding, json, csv, soft tokens: slow, and answered before we ask.
_WITHOUT_TEXT = 0x0001000 | 0x0002000 | 0x0020000 | 0x0200000 | 0x0400000 | 0x0080000 | 0x0100000


def describe(head: bytes) -> str | None:
    """Return libmagic's description of some first bytes; None where it knows nothing or is not installed."""
    magic = _magic()
    if magic is None:
        return None
    try:
        result: str = magic.from_buffer(head)
    except Exception:  # noqa: BLE001 (foreign code on hostile bytes: no answer is an answer)
        return None
    return result if result and result != "data" else None


@cache
def _magic() -> Any:
    """Return a ``magic.Magic``, or None. It locks itself, so one serves all threads."""
    folder, package = find_spec("pylibmagic"), find_spec("magic")
    if folder is None or folder.origin is None or package is None or package.origin is None:
        return None
    home = Path(folder.origin).parent
    library = next((home / name for name in _LIBRARIES if (home / name).exists()), None)
    if library is None:
        return None
    try:
        module = _private_copy(package.origin, str(library))
        magic = module.Magic(magic_file=str(home / "magic.mgc"))
        module.magic_setflags(magic.cookie, magic.flags | _WITHOUT_TEXT)
    except Exception:  # noqa: BLE001 (a library that does not fit this system: go on without)
        return None
    return magic


def _private_copy(origin: str, library: str) -> ModuleType:
    """Return python-magic loaded under a name of our own, with a loader of our own.

    Its last line would import the real package, which searches the system for a library by running ldconfig, and
    fails where there is none.
    """
    loader = ModuleType(f"{_PRIVATE}.loader")
    loader.load_lib = lambda: ctypes.CDLL(library)  # type: ignore[attr-defined]  # what python-magic asks for
    spec = spec_from_file_location(_PRIVATE, origin, submodule_search_locations=[])
    if spec is None or spec.loader is None:
        raise ImportError("python-magic cannot be loaded")
    module = module_from_spec(spec)
    sys.modules[_PRIVATE], sys.modules[loader.__name__] = module, loader
    source = Path(origin).read_text(encoding="utf-8").replace("\n_add_compat(globals())", "")
    exec(compile(source, origin, "exec"), module.__dict__)  # noqa: S102 (an installed package's own source)
    return module
