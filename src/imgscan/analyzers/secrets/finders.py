"""Where an assignment may be: the window expressions for names of secrets, and what each says of the syntax.

They ask of the value what the verifier will ask for and the scan can tell at little cost: most of what stands behind a
name like ``key`` is too short or a sentence, and so is never a hit.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from imgscan.analyzers.secrets.context import SOURCE_ENDINGS
from imgscan.analyzers.secrets.syntaxes import REACH, SYNTAXES, TAIL
from imgscan.model.interest import Pattern

PREFIX = "generic:"
QUOTED = "quoted"
BARE = "bare"
CALL = "call"

_BEFORE, _AFTER = 156, 484  # bytes around the first one of the value
_LONG = 10  # token_value.SHORTEST_TOKEN; and what has a provider's form is longer, but for the names below

# Names whose values may be short or hold spaces: passwords, keys of a few rules, WordPress' keys and salts.
_SHORT = (
    r"(?:passw|pwd|passphrase|passcode|pass|\bpw|_pw|psk|honeybadger[\w.-]{0,20}key|identitytoken|registrytoken|"
    r"(?:auth|logged_in|nonce)_(?:key|salt))"
)
_TOKEN = r"(?:secret|token|cred|auth|sonar|postmark|jwt|okta|crumb|_pat[_.-])"
_KEY = r"(?:key|salt|dsn|_pin|license|pepper|reporter_id)"
_SHORT_NAME = rf"(?:{_SHORT}{TAIL}|\bauth[.-]{{0,4}})"
_TOKEN_NAME = rf"(?:{_TOKEN}{TAIL}|_pat)"
_KEY_NAME = _KEY + TAIL
_QUOTED_LONG = rf"[^Q\s\\]{{4}}[^Q\s]{{{_LONG - 4}}}"
_BARE_MORE = rf"[^\s\"'`<>(){{}}\[\],;\\]{{3}}[^ \t\r\n\"'`<>|,)\]}}\\]{{{_LONG - 4}}}"
# Of names as they are read, without marks at their ends: the shorter tail lets no name fall between two finders.
_SURE_TAIL = r"[\w.-]{0,20}"
_FAMILIES = (
    re.compile(rf"(?i)(?:{_SHORT}{_SURE_TAIL}|(?:^|[.-])auth)\Z"),
    re.compile(rf"(?i)(?:{_TOKEN}{_SURE_TAIL}|_pat)\Z"),
)


class Finder(NamedTuple):
    """A window expression; its matches end ``reach`` bytes into the value, so that a hit tells where that starts.

    Expressions of one syntax are each for a ``family`` of names.
    """

    syntax: str
    expression: str
    reach: int = REACH
    family: int = 0


@lru_cache(maxsize=32768)
def family_of(name: str) -> int:
    """Return the first family that a name is of: a finder of a later one may tell it, too, and need not be heard."""
    return next((number for number, names in enumerate(_FAMILIES) if names.search(name)), len(_FAMILIES))


def _quoted(name: str, value: str) -> str:
    """Return the expression of a quoted value; ``Q`` in ``value`` stands for the quote."""
    opened = "|".join(quote + value.replace("Q", quote) for quote in (r"\"", "'", "`"))
    return (
        rf"{name}[\"'\])\\]{{0,4}}[ \t]{{0,12}}"
        r"(?::[ ]?(?:&(?:'static[ ])?)?[a-z]{3,9}(?:\[[a-z]{3,9}\]|[ ]\|[ ]none)?[ ]|as[ ]string[ ])?"
        r"(?:=>|:=|[=!]==?|[:=])[ \t]{0,12}[brunl@]?"
        rf"\\{{0,3}}(?:{opened})"
    )


def _bare(name: str, rest: str) -> str:
    return rf"{name}[\"'\])]{{0,2}}[ \t]{{0,12}}[:=][ \t]{{0,8}}[^\s\"'`<>(){{}}\[\],;$%&|*=:\\]{rest}"


def _call(name: str, value: str) -> str:
    return rf"{name}[\"'\])]{{0,3}}\s?[(,]\s{{0,12}}[\"']{value}"


_FINDERS = {
    "quoted": Finder(QUOTED, _quoted(_SHORT_NAME, r"[^Q\r\n\\]{4}")),
    "quoted-token": Finder(QUOTED, _quoted(_TOKEN_NAME, _QUOTED_LONG), _LONG, 1),
    "quoted-key": Finder(QUOTED, _quoted(_KEY_NAME, _QUOTED_LONG), _LONG, 2),
    "bare": Finder(BARE, _bare(_SHORT_NAME, r"[^\s\"'`(),;\\]{3}")),
    "bare-token": Finder(BARE, _bare(_TOKEN_NAME, _BARE_MORE), _LONG, 1),
    "bare-key": Finder(BARE, _bare(_KEY_NAME, _BARE_MORE), _LONG, 2),
    "call": Finder(
        CALL,
        _call(
            r"(?:passw(?:or)?d|(?:_|db_?)pass|_salt|(?:auth|secure|logged|nonce)\w{0,12}_key|"
            r"honeybadger\w{0,20}key|(?:identity|registry)token)",
            r"[^\"'\r\n]{4}",
        ),
    ),
    "call-token": Finder(
        CALL,
        _call(
            r"(?:secret|token|api[_-]?key|(?:secret|access|private|encryption)[\w.]{0,12}[_.-]?key|sonar\.login)",
            rf"(?:\\[\"'])?[^\"'\s\\]{{{_LONG}}}",
        ),
        _LONG,
    ),
    **{syntax.name: Finder(syntax.name, syntax.find, syntax.reach) for syntax in SYNTAXES},
}

BY_ID = {PREFIX + name: finder for name, finder in _FINDERS.items()}
"""The finders by the ids of their patterns."""

PATTERNS = tuple(
    Pattern(
        id=name,
        expression=finder.expression,
        before=_BEFORE + finder.reach,
        after=_AFTER - finder.reach,
        ignore_case=True,
        # Without quotes, a program's source assigns one name to another.
        not_in=SOURCE_ENDINGS if finder.syntax == BARE else frozenset(),
    )
    for name, finder in BY_ID.items()
)
