"""Commands on the lines of account files: sed is everywhere, usermod and passwd are not (Alpine, slim images)."""

from __future__ import annotations

import re
from collections.abc import Iterable

from imgscan.model.remedy import Action, Remedy, edit_file
from imgscan.system.accounts.database import PASSWD, SHADOW
from imgscan.system.file_items import absolute

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,31}", re.ASCII)
"""Names that mean themselves in an expression of sed."""


def lock_password(path: str, name: str) -> tuple[Remedy, ...]:
    """Return what gives a user a password that nothing matches, none where it is not the image's own database.

    ``passwd(5)``: ``*`` is the hash of no password.
    """
    if path not in (PASSWD, SHADOW) or not _NAME.fullmatch(name):
        return ()
    return (edit_file(absolute(path), f"s/^{name}:[^:]*:/{name}:*:/", action=Action.CHANGE_ACCOUNT),)


def take_login_shells(names: Iterable[str]) -> tuple[Remedy, ...]:
    """Return what gives users a shell that refuses, none where a name of them cannot be written."""
    listed = list(names)
    if not listed or not all(map(_NAME.fullmatch, listed)):
        return ()
    edits = [f"/^{name}:/s,:[^:]*$,:/usr/sbin/nologin," for name in listed]
    return (edit_file(absolute(PASSWD), *edits, action=Action.CHANGE_ACCOUNT),)
