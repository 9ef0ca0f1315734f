"""The files on accounts, read in each layer: users, groups, passwords, sudo, sshd and its keys."""

from __future__ import annotations

from collections.abc import Iterator

from imgscan.model.entry import Entry
from imgscan.model.interest import Interest
from imgscan.model.observed import Content
from imgscan.model.observer import Data
from imgscan.system.accounts.observed import ACCOUNT_FILES, BACKUPS, HOST_KEYS, file_kind, observed

_MAX_BYTES = 1 << 20


class AccountFiles:
    """Observes the account files of every layer."""

    id = "accounts"
    version = 3
    interest = Interest(
        names=ACCOUNT_FILES | BACKUPS | HOST_KEYS | {"sudoers", "sshd_config", "authorized_keys", "authorized_keys2"},
        globs=("etc/sudoers.*", "usr/local/etc/sudoers.*", "etc/ssh/sshd_config.d/*", "etc/ssh/*.conf"),
        max_content_bytes=_MAX_BYTES,
    )

    def observe(self, entry: Entry, content: Content) -> Iterator[Data]:
        """Yield one fact a file: its lines as plain values, of password fields the scheme alone."""
        kind = file_kind(entry.path)
        found = observed(kind, content) if kind else None
        if found is not None:
            yield found
