"""Whether an assignment's value is a secret, and how sure that is. Context decides: name, quoting, file, the value."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from imgscan.analyzers.secrets.assignment import Assignment
from imgscan.analyzers.secrets.context import FileKind
from imgscan.analyzers.secrets.placeholder import is_placeholder
from imgscan.analyzers.secrets.strength import entropy, is_made_up, kinds_of_characters, surprise

_PASSWORD = re.compile(
    r"(?i)(?:passw(?:or)?d|passwrd|passphrase|passcode|(?:^|[_.-])pass(?:$|[_.-])|pwd|pass$|(?:^|_)pw(?:$|_)|identified)"
)
_NO_PASSWORD = re.compile(
    r"(?i)(?:passw(?:or)?d|pwd|pass)[_.-]?(?:field|label|input|hash(?:er|ing)|policy|reset|hint|file|path|prompt|placeholder|"
    r"confirm|id$|name|url|length|len|min|max|expir|change|strength|regex|pattern|type|text|title|message|error|key$|"
    r"button|link|class|form|form|required|history|age|store|auth|char|mode|manager|command|cmd|callback|enabled|prefix|suffix|var|env|ref|"
    r"validat|verif|encod|algorithm|format|rule|selector|icon|box|view|page|template|grant|credentials|parameter|through|ed$|es$|ive)|"
    r"(?:^|[_.-])(?:old|current|confirm|forgot|reset|change|show|hide|toggle|bad|wrong|invalid|no|check|get|has|is)[_-]?pass|(?:by|com|sur|en|tres)pass"
)
_TOKEN = re.compile(
    r"(?i)(?:secret|token|api[_.-]?key|apikey|access[_.-]?key|auth[_.-]?key|private[_.-]?key|encryption[_.-]?key|signing[_.-]?key|"
    r"client[_.-]?key|consumer[_.-]?key|license[_.-]?key|service[_.-]?key|master[_.-]?key|account[_.-]?key|shared[_.-]?key|app(?:lication)?[_.-]?key|"
    r"secret[_.-]?key|crypt|credential|(?:^|[_.-])auth$|salt$|oauth|psk$|_key$|[a-z]Key$|^key$|dsn$|[_.-]key\d?$|webhook)"
)
_NO_TOKEN = re.compile(
    r"(?i)(?:public|gpg[_.-]?keys?$|pub[_.-]?key|key[_.-]?(?:id|name|path|file|size|length|type|code|word|press|up|down|board|frame|store|ring|vault|pair|map|"
    r"usage|algorithm|format|prefix|space|col|event|char|board|hash|func|error|fingerprint)|token[_.-]?(?:type|url|uri|endpoint|name|id$|file|path|expir|"
    r"ttl|length|index|class|regex|pattern|kind|count|count|limit|count|ize|iz|header|field|key|value_|stream|list|max|min|s$)|max_?tokens?|"
    r"secret[_.-]?(?:name|id$|arn|path|file|ref|store|version|manager|type|key_?ref|size|s$|engine|backend)|"
    r"auth[_.-]?(?:or|url|uri|type|method|endpoint|path|file|mode|id$|scheme|provider|domain|server|user|ority|header|flow|enticat\w*|oriz\w*)|"
    r"credentials?[_.-]?(?:id|type|file|path|url|name|provider|source|s?id$)|(?:primary|foreign|partition|sort|cache|hash|index|unique|object|group|"
    r"row|column|dict|json|map|registry|storage|idempotency|routing|lookup|data|config|setting|field|item|event|short|hot|arrow|xmp|exif|state|"
    r"query|tag|metric|bundle|message|msg|i18n|translation|locale|host|known|ssl|tls|cert)[_.-]?key|csrf|xsrf|nonce|keyword|monkey|"
    r"turkey|hockey|jockey|donkey|whiskey|keystone|keynote|site[_.-]?key|etag|checksum|sha\d|md5|digest|integrity|publishable|resource[_-]?key|encrypted|key(?:ing|ed|er)|user[_.-]?secrets[_.-]?id|next[_.-]?token|"
    r"page[_.-]?token|(?:request|change|action|output|input|client|activation|lifecycle)[_.-]?token|activation[_.-]?key|signature|continuation|cancel|(?:start|end|stop|pad|eos|bos|unk|mask|special|sep|cls)_?(?:of_\w+_)?token|compile|author|key[_.-]?schema|kms)"
)
_URLISH = re.compile(r"^(?:[a-z][a-z0-9+.-]{1,12}://|//|/|\./|\.\./|~/|[A-Za-z]:\\|www\.)")
_FILE = re.compile(
    r"(?i)\.(?:py|js|ts|json|ya?ml|xml|html?|php|pem|key|crt|cer|txt|conf|cfg|ini|jks|p12|pfx|keytab|com|org|net|io|local|dev|rb|go|java|class|md|sh|env|pub|csv|sql|png|svg|css)(?::\d+)?(?:/|$)"
)
_IDENTIFIER = re.compile(r"^[A-Za-z_$][A-Za-z_]*(?:[._:/-]+[A-Za-z_]+)*[?!]?$")
_CONSTANT = re.compile(r"^[A-Z][A-Z_]*(?:[_-][A-Z]+)+$")
_HEX = re.compile(r"^(?:0x)?[0-9a-fA-F]{16,}$")
_UUID = re.compile(r"(?i)^[0-9a-z]{7,8}-[0-9a-z]{4,5}-[0-9a-z]{3,4}-[0-9a-z]{3,4}-[0-9a-z]{6,12}$")
_NUMBER = re.compile(r"^[0-9][0-9._,-]*(?:[smhdkKMG]|ms|px|em|%)?$")
_DATE = re.compile(r"^\d{4}-\d\d-\d\d|^\d{1,2}:\d\d|^v?\d+\.\d+(?:\.\d+)?")
_CALL = re.compile(
    r"[A-Za-z_]\w*\(|\)\.|\w\.\w+\(|\[['\"]|\w\[\w|->|=>|\+\s|\|\||^['\"]?\s*[.+,]\s?[$\w]|^['\"]\s*[.+]"
)


_PRETENDED = re.compile(
    r"(?i)invalid|non_?match|fake|dummy|mock|expected|bogus|wrong|(?:^|_)bad|incorrect|sample|example"
)
# Where the syntax leaves no doubt that a password stands there, a word is one.
_CERTAIN = frozenset({"netrc", "usercall", "connection", "prose"})
_USER_BESIDE = re.compile(rb"(?i)user(?:name)?\s{1,3}['\"]")
_CONNECTION = re.compile(
    rb"(?i)(?:server|data source|host|hostname|database|initial catalog|uid|user id|driver)\s{0,2}=[^;\n]{1,120};"
)


class Verdict(NamedTuple):
    """Which generic rule holds, and how sure."""

    rule: str
    confidence: str


@lru_cache(maxsize=4096)
def name_kind(name: str) -> str:
    """Return ``password``, ``token`` or nothing: what a name says its value is."""
    if _PASSWORD.search(name):
        return "" if _NO_PASSWORD.search(name) else "password"
    if _TOKEN.search(name):
        return "" if _NO_TOKEN.search(name) else "token"
    return ""


def judge(found: Assignment, syntax: str, kind: FileKind) -> Verdict | None:
    """Return what an assignment is, None for no secret."""
    sort = name_kind(found.name)
    if not sort or _PRETENDED.search(found.name):
        return None
    text = found.value.decode("latin-1")
    if sort == "password" and syntax == "bare" and _CONNECTION.search(found.line):
        syntax = "connection"
    if (
        sort == "password"
        and syntax in _CERTAIN
        and text.isalpha()
        and len(text) > 3
        and (
            kind is not FileKind.SOURCE or (syntax == "usercall" and text.lower() not in ("password", "pass", "secret"))
        )
    ):
        return Verdict("generic.password", "low")
    if len(text) > 400 or not _plausible(text, found, kind):
        return None
    if sort == "password":
        return _password(text, found, syntax, kind)
    return _token(text, found, syntax, kind)


def _plausible(text: str, found: Assignment, kind: FileKind) -> bool:
    if is_placeholder(text) or _URLISH.match(text) or _CALL.search(text) or _DATE.match(text):
        return False
    if any(ord(char) < 32 or ord(char) > 126 for char in text):
        return False
    if not found.quote and ("$" in text or "(" in text or "{" in text or "<" in text):
        return False
    lower, name = text.lower(), found.name.lower()
    return not (lower == name or name.endswith(lower) or lower.replace("-", "_") in name.replace("-", "_"))


def _password(text: str, found: Assignment, syntax: str, kind: FileKind) -> Verdict | None:
    if text[-1:] == ":" or (text.isdigit() and is_made_up(text, 4)):
        return None
    if len(text) < 4 or (len(text) < 5 and kind in (FileKind.SOURCE, FileKind.MARKUP)):
        return None
    spaces = text.count(" ")
    if spaces and (
        spaces > 1
        or not found.quote
        or text[-1:] in ".:!?"
        or text[:1].isupper()
        or kind in (FileKind.SOURCE, FileKind.MARKUP)
    ):
        return None
    if _FILE.search(text) and not any(char in text for char in "!@#%^&*+="):
        return None
    if _CONSTANT.match(text) and surprise(text) < 4.6:
        return None
    if syntax == "option" and (text[:1] in "-/[" or re.match(r"\w+=", text)):
        return None
    if "password" in text.lower() and text[:1] in "#.":
        return None
    wordy = _IDENTIFIER.match(text) is not None and surprise(text) < 4.6
    camel = wordy and re.search(r"[a-z][A-Z]|[._:/-]", text) is not None
    made_up = is_made_up(text)
    strong = not wordy and len(text) >= 8 and kinds_of_characters(text) >= 3 and not made_up
    random = len(text) >= 8 and surprise(text) >= 4.9 and not made_up and len(set(text)) >= 6
    if kind is FileKind.SOURCE:
        if not found.quote or camel:
            return None
        if syntax in ("call", "word", "prose") and not (strong or random):
            return None
        if wordy and not random:
            return None
        return Verdict("generic.password", "medium" if (strong or random) and len(text) >= 10 else "low")
    if kind is FileKind.MARKUP:
        if not found.quote and (wordy or not (strong or random)):
            return None
        return (
            None
            if wordy and not random
            else Verdict("generic.password", "medium" if strong and len(text) >= 10 else "low")
        )
    if text.isdigit() and len(text) < 4:
        return None
    if not found.quote and camel and kind is not FileKind.CONFIG and "." in text:
        return None
    if text in ("True", "False", "None", "NULL", "nil", "enabled", "disabled"):
        return None
    return Verdict(
        "generic.password",
        "low" if (wordy and not random) or made_up or (kind is FileKind.TEXT and not (strong or random)) else "medium",
    )


def _token(text: str, found: Assignment, syntax: str, kind: FileKind) -> Verdict | None:
    size = len(text)
    if size < 10 or " " in text or _FILE.search(text) or (_NUMBER.match(text) and size < 12):
        return None
    if not found.quote and re.fullmatch(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+", text) and surprise(text) < 4.6:
        return None
    if is_made_up(text) or text[:1] in "/.@#&*-" or (text.count("/") > 4 and size < 30):
        return None
    if kind in (FileKind.SOURCE, FileKind.MARKUP) and not found.quote:
        return None
    weak_name = found.name.lower() in ("key", "auth", "credential", "credentials", "token") or (
        "secret" not in found.name.lower() and found.name[-3:] == "Key"
    )
    digits = sum(char.isdigit() for char in text)
    bits = entropy(text.encode("latin-1"))
    if _UUID.match(text):
        if kind is FileKind.SOURCE or weak_name or bits < 2.8:
            return None
        return Verdict("generic.token", "low" if kind in (FileKind.MARKUP, FileKind.TEXT) else "medium")
    if _HEX.match(text):
        if size < 16 or bits < 2.6 or (weak_name and kind is FileKind.SOURCE):
            return None
        return Verdict(
            "generic.token",
            "medium" if size in (32, 40, 48, 64, 128) and not weak_name and kind is not FileKind.SOURCE else "low",
        )
    if _NUMBER.match(text):
        return (
            Verdict("generic.token", "low")
            if kind is FileKind.CONFIG or kind is FileKind.SHELL or kind is FileKind.TEXT
            else None
        )
    score = surprise(text)
    letters = sum(char.isalpha() for char in text)
    if digits == 0:
        # Letters alone: chance, or a name? Long words average out, short ones vary.
        needed = 5.0 if size < 12 else 4.75 if size < 20 else 4.5
        if score < needed or bits < 2.7 or (letters < size * 0.8 and size < 20):
            return None
        sure = size >= 16 and bits >= 3.2 and kind is not FileKind.SOURCE
        return (
            Verdict("generic.token", "medium" if sure else "low")
            if kind is not FileKind.SOURCE or (size >= 20 and kinds_of_characters(text) >= 2)
            else None
        )
    if letters and score < 4.1 and digits * 5 < size and _IDENTIFIER.match(re.sub(r"\d", "", text).strip("._-")):
        return None
    if bits < (3.0 if size < 20 else 3.3) or letters < 3:
        return None
    if kind is FileKind.SOURCE:
        if size < 16 or (weak_name and size < 24) or score < 4.2:
            return None
        return Verdict(
            "generic.token",
            "medium"
            if size >= 32 and bits >= 3.8 and score >= 4.6 and not weak_name and kinds_of_characters(text) >= 3
            else "low",
        )
    if weak_name and (size < 16 or score < 4.3):
        return None
    return Verdict("generic.token", "medium" if size >= 16 and bits >= 3.3 else "low")
