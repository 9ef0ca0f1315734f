"""The files on accounts, read in each layer: users, groups, passwords, sudo, sshd and its keys."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from imgscan.model.entry import Entry
from imgscan.model.interest import Interest, Links
from imgscan.model.observed import Content
from imgscan.system.accounts.observed import (
    ACCOUNT_FILES,
    BACKUPS,
    HOST_KEYS,
    KINDS,
    AccountFile,
    file_kind,
    observed,
)

_MAX_BYTES = 1 << 20


_READERS = {kind: partial(observed, kind) for kind in KINDS}


def read_as(path: str) -> str | None:
    """Return which file on accounts a path is, None for another one."""
    return file_kind(path) or None


class AccountFiles:
    """Observes the account files of every layer."""

    id = "accounts"
    version = 6
    fact = AccountFile
    interest = Interest(
        links=Links(
            read_as, ("etc", "etc/sudoers.d", "etc/doas.d", "etc/ssh", "etc/ssh/sshd_config.d", "root", "root/.ssh")
        ),
        names=ACCOUNT_FILES
        | BACKUPS
        | HOST_KEYS
        | {"sudoers", "doas.conf", "sshd_config", "authorized_keys", "authorized_keys2"},
        globs=(
            "etc/sudoers.*",
            "usr/local/etc/sudoers.*",
            "etc/doas.d/*.conf",
            "etc/ssh/sshd_config.d/*",
            "etc/ssh/*.conf",
        ),
        max_content_bytes=_MAX_BYTES,
    )

    def observe(self, entry: Entry, content: Content) -> Iterator[AccountFile]:
        """Yield one fact a file: its lines, of password fields the scheme alone."""
        kind = file_kind(entry.path)
        # Once, by however many names: links may give a content hundreds of thousands.
        result = content.derived(_READERS[kind]) if kind else None
        if result is not None:
            yield result
