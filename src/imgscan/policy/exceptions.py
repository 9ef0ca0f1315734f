"""The file of documented exceptions: which finding of which image does not count, why, who says so, until when."""

from __future__ import annotations

from imgscan.model.policy import Exemption
from imgscan.policy.table import Table, table_of

_KEYS = ("rule", "path", "image", "fingerprint", "reason", "owner", "expires")
_LEAST_DIGITS = 12


def parse_exceptions(text: str, source: str) -> tuple[Exemption, ...]:
    """Return the exceptions of a file of ``[[exception]]`` tables, in their order.

    Raises:
        UsageError: it is not TOML, a key is unknown, or ``rule``, ``reason`` or ``owner`` is missing.
    """
    root = table_of(text, source)
    root.only(("exception",))
    return tuple(_exemption(table) for table in root.tables("exception"))


def _exemption(table: Table) -> Exemption:
    table.only(_KEYS)
    fingerprint = table.text("fingerprint")
    if fingerprint is not None and (len(fingerprint) < _LEAST_DIGITS or fingerprint.strip("0123456789abcdef")):
        raise table.fault("fingerprint", f"must be at least {_LEAST_DIGITS} hexadecimal digits of a finding's")
    return Exemption(
        rule=table.needed("rule", "the rule of a finding or the id of a control, * stands for anything"),
        reason=table.needed("reason", "an exception says why it is one"),
        owner=table.needed("owner", "somebody answers for an exception"),
        path=table.text("path"),
        image=table.text("image"),
        fingerprint=fingerprint,
        expires=table.day("expires"),
    )
