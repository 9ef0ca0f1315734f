"""The syntaxes that are read by an expression: one value each, of how a hit is searched for and then read.

``find`` is for the window scan, case aside: it asks what it can at little cost, and ends ``reach`` bytes into the value.
``read`` is for Python's ``re`` on small letters of the excerpt: group 1 is the name, group 2 the value (3 where a call
names a server first). Every repetition is bounded, and so are the excerpts: what ``re`` can lose on a hostile text is
bounded, too. Quoted values, bare ones and arguments of calls are read byte by byte (``assignment.py``).
"""

from __future__ import annotations

from typing import NamedTuple

REACH = 4
"""Bytes of a value that a hit ends behind: the shortest that is looked at."""

TAIL = r"[\w.-]{0,24}"
"""What may stand in a name behind the word that says that its value is secret."""

# The words of secrets' names, anywhere in a name.
_ANY = (
    r"(?:passw|pwd|passphrase|passcode|pass|_pw|psk|secret|token|key|cred|auth|salt|dsn|license|sonar|postmark|jwt|okta|"
    r"reporter_id|crumb|_pat)"
)
# Conversions around a literal.
_WRAPPERS = (
    r"(?:\[\](?:byte|u8)|[\w.:]{0,24}(?:from|str|string|encode|decode|hex|bytes|valueof|some|secret|password|"
    r"b64decode|parse|token|credential|key))"
)


class Syntax(NamedTuple):
    """A syntax: its name, and the two expressions."""

    name: str
    find: str
    read: str
    reach: int = REACH


SYNTAXES: tuple[Syntax, ...] = (
    Syntax(
        "xml",
        find=rf"<[\w:.-]{{0,24}}{_ANY}[\w:.-]{{0,24}}[^<>\n]{{0,40}}>[^<>\s$#{{]{{4}}",
        read=r"<([\w:.-]{1,64})[^<>\n]{0,40}>\s{0,3}([^<>\n]{3,400}?)\s{0,3}(?:<|\Z|\n)",
    ),
    Syntax(
        "attribute",
        find=rf"{_ANY}{TAIL}[\"'](?:>|[\s]{{1,8}}value\s?=\s?[\"'])[^\"'<>\s$#{{]{{3}}",
        read=r"""([\w.-]{1,64})["'](?:>|\s{1,8}value\s?=\s?["'])([^"'<>\n]{3,400})(?:["'<]|\Z)""",
    ),
    # A block of YAML that is one word (YAML 1.2.2, 8.1): several lines are a key, a text or a file, and are read as such.
    Syntax(
        "block",
        find=rf"{_ANY}{TAIL}[\"']?:[ \t]{{1,4}}[|>][-+0-9]{{0,2}}[ \t]{{0,4}}\r?\n[ \t]{{1,24}}[^\s\"'$<>{{}}#-][^\s]{{3}}",
        read=r"""([\w.-]{1,64})["']?:[ \t]{1,4}[|>][-+0-9]{0,2}[ \t]{0,4}\r?\n[ \t]{1,24}([^\s"'$<>{}#-]\S{3,399})[ \t]{0,8}(?:\r?\n|\Z)""",
    ),
    # Any name: with those of secrets in its middle it would cost a fifth of the whole scan.
    Syntax(
        "pair",
        find=(
            r"(?:name|key)[\"']? {0,8}[:=] ?[\"']?[\w.-]{2,60}[\"']?,?\s{1,24}[\"']?(?:default)?value[\"']? {0,8}[:=] ?"
            r"[\"']?[^\s\"'$#{<>\[][^\s\"'$#{\[]{3}"
        ),
        read=r"""(?:name|key|setting)["']?\s{0,2}[:=]\s{0,2}["']?([\w.-]{2,80})["']?,?\s{1,24}["']?(?:value|default|defaultvalue)["']?\s{0,2}[:=]\s{0,2}["']?([^\s"'<>][^\s"']{3,399})""",
    ),
    Syntax(
        "option",
        find=(
            r"-[\w-]{0,20}(?:passw|pwd|token|secret|(?:api|account|access|auth|shared|client)-?key|passphrase|-pass)[\w-]{0,12}[\"']?[ \t,]{1,3}[\"']?"
            r"[^\s\"'$<>{}()=-][^\s\"'<>{}()]{3}"
        ),
        read=r"""(?:^|[ \t\n"'\[])--?([\w-]{2,60})["']?[ \t,]{1,3}["']?([^\s"'<>()\[\]]{4,400})""",
    ),
    # A literal that is a whole setting: "POSTGRES_PASSWORD=...", "--token=...".
    Syntax(
        "literal",
        find=rf"[\"'][\w.-]{{0,40}}{_ANY}{TAIL}=[^\s\"'<>$&{{}}%=;()][^\s\"'$&{{}}%;()]{{4,160}}[\"']",
        read=r"""["']-{0,2}([\w.-]{2,80})=([^\s"'<>$&{}%=;()][^\s"'$&{}%;()]{4,160})["']""",
        reach=1,
    ),
    # The value inside a conversion: []byte("..."), Buffer.from("..."), SecretStr("...").
    Syntax(
        "wrapped",
        find=(
            rf"{_ANY}{TAIL}[\"'\])]{{0,2}}[ \t]{{0,6}}(?::[ ]?[\w\[\]&]{{2,12}}[ ]?)?(?:=>|:=|[=:])[ \t]{{0,6}}(?:new[ ])?"
            rf"(?:[\w.:]{{1,24}}\()?{_WRAPPERS}(?:\(\))?\([bru]?[\"'][^\"'\r\n]{{4}}"
        ),
        read=r"""([\w.-]{2,64})["'\])]{0,2}[ \t]{0,6}(?::[ ]?[\w\[\]&]{2,12}[ ]?)?(?:=>|:=|[=:])[ \t]{0,6}(?:new[ ])?(?:[\w.:]{1,24}\()?(?:\[\][a-z0-9]{2,4}|[\w.:]{2,40})(?:\(\))?\([bru]?["']([^"'\n]{4,400})["']""",
    ),
    # Name and value with nothing but space between: Dockerfile, C, csh, Apache, FastCGI.
    Syntax(
        "spaced",
        find=(
            rf"(?:\b(?:env|arg|setenv|fastcgi_param|proxy_set_header|requestheader[ \t]set)|#[ \t]{{0,2}}define)[ \t]{{1,4}}"
            rf"[\w.-]{{0,40}}{_ANY}{TAIL}[ \t]{{1,8}}[\"']?[^\s\"'$<>=(){{}}][^\s\"'<>]{{3}}"
        ),
        read=r"""(?:\b(?:env|arg|setenv|fastcgi_param|proxy_set_header|requestheader[ \t]set)|#[ \t]{0,2}define)[ \t]{1,4}([\w.-]{2,80})[ \t]{1,8}["']?([^\s"'$<>=(){}][^\s"'<>]{3,399})""",
    ),
    Syntax(
        "word",
        find=(
            r"(?:passw(?:or)?d|\bsecret|identified\s{1,2}by|identified\s{1,2}with\s{1,2}\w{1,40}\s{1,2}by|api_?key|auth_?token|"
            r"with\s{1,2}password)[ \t]{1,4}[\"'][^\"'\s]{4}"
        ),
        read=r"""(password|passwd|\bsecret|identified\s{1,2}by|identified\s{1,2}with\s{1,2}\w{1,40}\s{1,2}by|api_?key|auth_?token|with\s{1,2}password)[ \t]{1,4}["']([^"'\s]{3,200})["']""",
    ),
    Syntax(
        "prose",
        find=r"passw(?:or)?d[^\n]{0,50}\b(?:is|are)[: ]{1,3}[\"'`][^\s\"'`]{4}",
        read=r"""(passw(?:or)?d)[^\n]{0,50}?\b(?:is|are)[: ]{1,3}["'`]([^\s"'`]{4,100})["'`]""",
    ),
    Syntax(
        "netrc",
        find=r"(?:login|account)[ \t\n]{1,4}[^\s]{1,80}[ \t\r\n]{1,8}passw(?:or)?d[ \t]{1,4}[^\s\"'$<>{}]{3}",
        read=r"""(?:login|account)[ \t\n]{1,4}\S{1,80}[ \t\r\n]{1,8}(password|passwd)[ \t]{1,4}([^\s"'$<>{}]{3,200})""",
    ),
    Syntax(
        "usercall",
        find=(
            r"(?:networkcredential|directoryentry|\.login|basicauth|httpbasicauth|setcredentials|"
            r"usernamepasswordcredentials|passwordauthentication|dbi->connect|\bauth\s?=|postgresql_password|mysqli?_connect|new mysqli|new pdo|getconnection|ldap_bind|ftp_login)"
            r"\s?\(\s{0,4}[^\n\"']{0,8}[\"'][^\"'\n]{1,80}[\"'],\s{0,12}[\"'][^\"'\n]{1,60}[\"']"
        ),
        read=r"""(networkcredential|directoryentry|\.login|basicauth|httpbasicauth|setcredentials|usernamepasswordcredentials|passwordauthentication|dbi->connect|\bauth\s?=|postgresql_password|mysqli?_connect|new mysqli|new pdo|getconnection|ldap_bind|ftp_login)\s?\(\s{0,4}[^\n"']{0,8}["'][^"'\n]{1,80}["'],\s{0,12}["']([^"'\n]{3,60})["'](?:,\s{0,12}["']([^"'\n]{3,60})["'])?""",
    ),
    Syntax(
        "account",
        find=r"(?:new user|create_?user|add_?user|authenticate|sign_?in)\s?\(\s{0,4}[\"'][^\"'\n]{1,80}[\"'],\s{0,12}[\"'][^\"'\n]{4}",
        read=r"""(new user|create_?user|add_?user|authenticate|sign_?in)\s?\(\s{0,4}["'][^"'\n]{1,80}["'],\s{0,12}["']([^"'\n]{4,60})["']""",
    ),
    Syntax(
        "variable",
        find=r"variable[ \t]{1,2}\"[\w-]{2,60}\"[ \t]{0,2}\{[^{}]{0,160}default[ \t]{0,12}=[ \t]{0,4}\"[^\"\n$]{4}",
        read=r"""variable[ \t]{1,2}"([\w-]{2,60})"[ \t]{0,2}\{[^{}]{0,160}?default[ \t]{0,12}=[ \t]{0,4}"([^"\n]{4,400})\"""",
    ),
)

BY_NAME = {syntax.name: syntax for syntax in SYNTAXES}
