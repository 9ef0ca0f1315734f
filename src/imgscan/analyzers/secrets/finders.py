"""Where an assignment may be: the window expressions for names of secrets, and what each says of the syntax."""

from __future__ import annotations

from imgscan.analyzers.api import Pattern
from imgscan.analyzers.secrets.context import SOURCE_ENDINGS

_NAME = r"(?:passw|pwd|passphrase|passcode|secret|token|key|cred|auth|pass|salt|_pw|dsn|pin|license|sonar|postmark|jwt|pepper|okta|psk|_pat|reporter_id|salt|crumb)"
_TAIL = r"[\w.-]{0,24}"
_WRAPPERS = r"(?:\[\](?:byte|u8)|[\w.:]{0,24}(?:from|str|string|encode|decode|hex|bytes|valueof|some|secret|password|b64decode|parse|token|credential|key))"
_OPENED = r"\\{0,3}(?:\"[^\"\r\n\\]{4}|'[^'\r\n\\]{4}|`[^`\r\n\\]{4})"

# Each ends four characters into the value, so that a hit tells where the value starts.
QUOTED = "quoted"
BARE = "bare"

BEFORE, AFTER = 160, 480

EXPRESSIONS = {
    QUOTED: rf"{_NAME}{_TAIL}[\"'\])\\]{{0,4}}[ \t]{{0,12}}(?::[ ]?(?:&(?:'static[ ])?)?[a-z]{{3,9}}[ ])?(?:=>|:=|[=!]==?|[:=])[ \t]{{0,12}}[brunl@]?{_OPENED}",
    BARE: rf"{_NAME}{_TAIL}[\"'\])]{{0,2}}[ \t]{{0,12}}[:=][ \t]{{0,8}}[^\s\"'`<>(){{}}\[\],;$%&|*=:\\]"
    r"[^\s\"'`<>(){}\[\],;\\]{3}",
    "xml": rf"<[\w:.-]{{0,24}}{_NAME}[\w:.-]{{0,24}}[^<>\n]{{0,40}}>[^<>\s$#{{]{{4}}",
    "attribute": rf"{_NAME}[\w.-]{{0,24}}[\"'](?:>|[\s]{{1,8}}value\s?=\s?[\"'])[^\"'<>\s$#{{]{{3}}",
    # Any name: with those of secrets in its middle it would cost a fifth of the whole scan.
    "pair": r"(?:name|key)[\"']? {0,8}[:=] ?[\"']?[\w.-]{2,60}[\"']?,?\s{1,24}[\"']?(?:default)?value[\"']? {0,8}[:=] ?[\"']?[^\s\"'$#{<>\[]{4}",
    "option": r"-[\w-]{0,20}(?:passw|pwd|token|secret|api-?key|passphrase|-pass)[\w-]{0,12}[\"']?[ \t,]{1,3}[\"']?[^\s\"'$<>{}()=-][^\s\"'<>{}()]{3}",
    # The value inside a conversion: []byte("..."), Buffer.from("..."), SecretStr("...").
    "wrapped": rf"{_NAME}{_TAIL}[\"'\])]{{0,2}}[ \t]{{0,6}}(?::[ ]?[\w\[\]&]{{2,12}}[ ]?)?(?:=>|:=|[=:])[ \t]{{0,6}}(?:new[ ])?(?:[\w.:]{{1,24}}\()?{_WRAPPERS}(?:\(\))?\([bru]?[\"'][^\"'\r\n]{{4}}",
    # Name and value with nothing but space between: Dockerfile, C, csh, Apache, FastCGI.
    "spaced": rf"(?:\b(?:env|arg|setenv|fastcgi_param|proxy_set_header|requestheader[ \t]set)|#[ \t]{{0,2}}define)[ \t]{{1,4}}[\w.-]{{0,40}}{_NAME}{_TAIL}[ \t]{{1,8}}[\"']?[^\s\"'$<>=(){{}}][^\s\"'<>]{{3}}",
    "call": r"(?:passw(?:or)?d|secret|token|api[_-]?key|(?:_|db_?)pass|_salt|(?:auth|secure|logged|nonce|secret|access|private|encryption)[\w]{0,12}[_-]?key|sonar\.login)[\"']?\s?[(,]\s{0,12}[\"'](?:\\[\"'])?[^\"'\r\n\\]{4}",
    "word": r"(?:passw(?:or)?d|\bsecret|identified\s{1,2}by|identified\s{1,2}with\s{1,2}\w{1,40}\s{1,2}by|api_?key|auth_?token|with\s{1,2}password)[ \t]{1,4}[\"'][^\"'\s]{4}",
    "prose": r"passw(?:or)?d[^\n]{0,50}\b(?:is|are)[: ]{1,3}[\"'`][^\s\"'`]{4}",
    "netrc": r"(?:login|account)[ \t\n]{1,4}[^\s]{1,80}[ \t\r\n]{1,8}passw(?:or)?d[ \t]{1,4}[^\s\"'$<>{}]{3}",
    "usercall": r"(?:networkcredential|directoryentry|\.login|basicauth|httpbasicauth|setcredentials|usernamepasswordcredentials|passwordauthentication|dbi->connect|\bauth\s?=|mysqli?_connect|new mysqli|new pdo|getconnection|ldap_bind|ftp_login)\s?\(\s{0,4}[^\n\"']{0,8}[\"'][^\"'\n]{1,80}[\"'],\s{0,12}[\"'][^\"'\n]{1,60}[\"']",
    "variable": r"variable[ \t]{1,2}\"[\w-]{2,60}\"[ \t]{0,2}\{[^{}]{0,160}default[ \t]{0,12}=[ \t]{0,4}\"[^\"\n$]{4}",
}

PATTERNS = tuple(
    Pattern(
        id=f"generic:{name}",
        expression=text,
        before=BEFORE,
        after=AFTER,
        ignore_case=True,
        # Without quotes, a program's source assigns one name to another.
        not_in=SOURCE_ENDINGS if name == BARE else frozenset(),
    )
    for name, text in EXPRESSIONS.items()
)
