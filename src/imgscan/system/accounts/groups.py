"""Whether a group has anybody in it, so that what its mode bits let is let to somebody."""

from __future__ import annotations

from collections.abc import Callable

from imgscan.rootfs.view import ImageView
from imgscan.system.accounts.database import account_database


def peopled(view: ImageView) -> Callable[[int], bool]:
    """Return whether a group has anybody in it; one that is not named may have. Call it through ``view.derived``."""
    database = view.derived(account_database)
    named = {group.gid for group in database.groups}
    held = {user.gid for user in database.users if user.uid} | {group.gid for group in database.groups if group.members}
    return lambda gid: gid in held or gid not in named
