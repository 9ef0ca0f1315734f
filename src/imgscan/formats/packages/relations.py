"""What packages need and what they provide, as names: versions and architectures are left out.

Sources: Debian Policy 7.1, "Syntax of relationship fields"; Alpine wiki, "Apk spec"; rpm-dependencies(7); PEP 508.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

MAX_NAMES = 2_000
"""Of one package; what it needs or provides beyond is left out."""
_MAX_LENGTH = 300
_DEBIAN_NAME = re.compile(r"[a-z0-9][a-z0-9+.-]{0,200}", re.ASCII)
_APK_END = re.compile(r"[<>=~@]")
_PYTHON_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,200}[A-Za-z0-9])?", re.ASCII)
_EXTRA = re.compile(r";.*\bextra\s*==")


def debian_relations(*fields: str) -> tuple[str, ...]:
    """Return the names of relationship fields; alternatives of one stand in one text, separated by ``|``."""
    groups = (group for field in fields for group in field.replace("\n", " ").split(","))
    return bounded("|".join(_debian_names(group)) for group in groups)


def _debian_names(group: str) -> Iterator[str]:
    for text in group.split("|"):
        match = _DEBIAN_NAME.match(text.strip())
        if match is not None:
            yield match[0]


def apk_relations(field: str) -> tuple[str, ...]:
    """Return the names of apk's ``D:`` or ``p:``; what must not be there (``!name``) is none."""
    return bounded(_APK_END.split(word)[0] for word in field.split() if not word.startswith("!"))


def rpm_relations(names: Iterable[str]) -> tuple[str, ...]:
    """Return the names without those that rpm itself provides, and without those of rich dependencies."""
    return bounded(name for name in names if not name.startswith(("(", "rpmlib(", "config(")))


def python_relations(lines: Iterable[str]) -> tuple[str, ...]:
    """Return the names of ``Requires-Dist`` lines, without those that only an extra needs."""
    matches = (_PYTHON_NAME.match(line.strip()) for line in lines if _EXTRA.search(line) is None)
    return bounded(match[0] for match in matches if match is not None)


def bounded(names: Iterable[str]) -> tuple[str, ...]:
    """Return names each once, without what is empty or too long, ``MAX_NAMES`` at most."""
    result: dict[str, None] = {}
    for name in names:
        if name and len(name) <= _MAX_LENGTH:
            result[name] = None
            if len(result) == MAX_NAMES:
                break
    return tuple(result)
