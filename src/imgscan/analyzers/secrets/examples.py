r"""Examples of rules, kept as templates so that no scanner takes this repository's rule files for leaks.

``<<A-Za-z0-9|36>>`` stands for 36 characters of that class (of the regular-expression kind, without brackets), drawn
from a generator that the rule's id seeds; everything else stands for itself. ``<<crc>>`` is the six-digit checksum of
what follows the first underscore (GitHub, npm).
"""

from __future__ import annotations

import re
import zlib
from random import Random

_SLOT = re.compile(r"<<(?:(crc)|(.+?)\|(\d{1,5}))>>", re.DOTALL)
_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_ALL = [chr(code) for code in range(33, 127)]


def expand(template: str, seed: str) -> str:
    """Return the example that a template stands for; the same for the same seed."""
    random = Random(seed)  # noqa: S311 (examples, not keys)
    out = ""
    at = 0
    for slot in _SLOT.finditer(template):
        out += template[at : slot.start()]
        at = slot.end()
        if slot[1]:
            out += checksum(out.rpartition("_")[2])
        else:
            kind = re.compile(f"[{slot[2]}]")
            letters = [char for char in _ALL if kind.match(char)] or ["a"]
            out += "".join(random.choice(letters) for _ in range(int(slot[3])))
    return out + template[at:]


def checksum(payload: str) -> str:
    """Return the CRC-32 of a payload in six base-62 digits."""
    number, digits = zlib.crc32(payload.encode()), ""
    while number:
        number, digit = divmod(number, 62)
        digits = _BASE62[digit] + digits
    return digits.rjust(6, "0")
