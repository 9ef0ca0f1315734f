"""Licences as SPDX expressions. license-expression is wrapped here."""

from __future__ import annotations

from functools import cache

from license_expression import Licensing, get_spdx_licensing

_MAX_LENGTH = 300
"""Characters of an expression: what is longer is a text, or meant to cost time."""


_NAMES = {
    "mit license": "MIT",
    "the mit license": "MIT",
    "isc license": "ISC",
    "isc license (iscl)": "ISC",
    "apache 2": "Apache-2.0",
    "apache 2.0": "Apache-2.0",
    "apache license 2.0": "Apache-2.0",
    "apache license, version 2.0": "Apache-2.0",
    "bsd 2-clause": "BSD-2-Clause",
    "bsd 3-clause": "BSD-3-Clause",
    "3-clause bsd license": "BSD-3-Clause",
    "new bsd": "BSD-3-Clause",
    "mozilla public license 2.0 (mpl 2.0)": "MPL-2.0",
    "mpl 2.0": "MPL-2.0",
    "the unlicense (unlicense)": "Unlicense",
    "gnu general public license v3 (gplv3)": "GPL-3.0-only",
    "gnu general public license v3 or later (gplv3+)": "GPL-3.0-or-later",
    "gnu general public license v2 (gplv2)": "GPL-2.0-only",
    "gnu general public license v2 or later (gplv2+)": "GPL-2.0-or-later",
    "gnu lesser general public license v3 (lgplv3)": "LGPL-3.0-only",
    "gnu lesser general public license v3 or later (lgplv3+)": "LGPL-3.0-or-later",
    "gnu lesser general public license v2 or later (lgplv2+)": "LGPL-2.0-or-later",
}
"""Names, in lower case, that mean one licence; those that leave the version open (BSD, GPL) are not among them."""


@cache
def _licensing() -> Licensing:
    return get_spdx_licensing()  # 0.1 s


@cache
def licence_expression(text: str) -> str | None:
    """Return ``text`` as a normalized SPDX licence expression, None where it is none (SPDX 2.3, annex D).

    Deprecated identifiers become those of today: ``GPL-2.0+`` is ``GPL-2.0-or-later``.
    """
    if not text or len(text) > _MAX_LENGTH:
        return None
    text = _NAMES.get(text.lower(), text)
    try:
        result = _licensing().validate(text)
    except Exception:  # noqa: BLE001 (a foreign parser, given a text from the image: AttributeError, RecursionError)
        return None
    expression = result.normalized_expression
    return str(expression) if expression and not result.errors else None
