"""What a name says that its value is: a password, a token or key, or nothing of the kind."""

from __future__ import annotations

from functools import lru_cache

from imgscan.analyzers.secrets.expression import compile_set

_PASSWORD = r"(?i)(?:passw(?:or)?d|passwrd|passphrase|passcode|(?:^|[_.-])pass(?:$|[_.-])|pwd|pass$|(?:^|_)pw(?:$|_)|identified|authtok$|(?:^|[_.-])psk$)"
_NO_PASSWORD = (
    r"(?i)(?:passw(?:or)?d|pwd|pass)[_.-]?(?:field|label|input|hash(?:er|ing)|policy|reset|hint|file|path|prompt|placeholder|"
    r"confirm|id$|name|url|length|len|min|max|expir|change|strength|regex|pattern|type|text|title|message|error|key$|"
    r"button|link|class|form|form|required|history|age|store|auth|char|mode|manager|command|cmd|callback|enabled|prefix|suffix|var|env|ref|"
    r"validat|verif|encod|algorithm|format|rule|selector|icon|box|view|page|template|grant|credentials|parameter|through|mismatch|sender|secret[_.-]?key$|ed$|es$|ive)|"
    r"^(?:error|message|msg|label|title|help|desc|text|i18n|validation)s?[_.-]|(?:^|[_.-])(?:old|current|on|if|first|second|one|two|multi|single|low|high|band|all|confirm|forgot|reset|change|expire|empty|show|hide|toggle|bad|wrong|invalid|no|check|get|has|is)[_-]?pass|(?:by|com|sur|en|tres)pass"
)
_TOKEN = (
    r"(?i)(?:secret|token|api[_.-]?key|apikey|access[_.-]?key|auth[_.-]?key|private[_.-]?key|encryption[_.-]?key|signing[_.-]?key|"
    r"client[_.-]?key|consumer[_.-]?key|license[_.-]?key|service[_.-]?key|master[_.-]?key|account[_.-]?key|shared[_.-]?key|app(?:lication)?[_.-]?key|"
    r"secret[_.-]?key|crypt|credential|(?:^|[_.-])auth$|salt$|pepper$|oauth|_key$|[a-z]Key$|^key$|dsn$|[_.-]key\d?$|webhook)"
)
_NO_TOKEN = (
    r"(?i)(?:public|gpg[_.-]?keys?$|pub[_.-]?key|key[_.-]?(?:id|name|path|file|size|length|type|code|word|press|up|down|board|frame|store|ring|vault|pair|map|"
    r"usage|algorithm|format|prefix|space|col|event|char|board|hash|func|error|fingerprint)|token[_.-]?(?:type|url|uri|endpoint|name|id$|file|path|expir|"
    r"ttl|length|index|class|regex|pattern|kind|count|count|limit|count|ize|iz|header|field|key|value_|stream|list|max|min|s$)|max_?tokens?|"
    r"secret[_.-]?(?:name|id$|arn|path|file|ref|store|version|manager|type|key_?ref|size|s$|engine|backend)|"
    r"auth[_.-]?(?:or|url|uri|type|method|endpoint|path|file|mode|id$|scheme|provider|domain|server|user|ority|header|flow|enticat\w*|oriz\w*)|"
    r"credentials?[_.-]?(?:id|type|file|path|url|name|provider|source|s?id$)|(?:primary|foreign|partition|sort|cache|hash|index|unique|object|group|"
    r"row|column|dict|json|map|registry|storage|idempotency|routing|lookup|data|config|setting|field|item|event|short|hot|arrow|xmp|exif|state|"
    r"query|tag|metric|bundle|message|msg|i18n|translation|locale|host|known|ssl|tls|cert)[_.-]?key|csrf|xsrf|nonce|keyword|monkey|"
    r"turkey|hockey|jockey|donkey|whiskey|keystone|keynote|site[_.-]?key|etag|checksum|sha\d|md5|digest|integrity|publishable|resource[_-]?key|encrypted|key(?:ing|ed|er)|user[_.-]?secrets[_.-]?id|next[_.-]?token|"
    r"page[_.-]?token|(?:request|change|action|output|input|client|activation|lifecycle)[_.-]?token|activation[_.-]?key|key[_.-]?spec|verification[_.-]?token|(?:key|token|secret)[_.-]?env(?:$|[_.-])|[_.-]header$|signature|continuation|cancel|(?:start|end|stop|pad|eos|bos|unk|mask|special|sep|cls)_?(?:of_\w+_)?token|compile|author|key[_.-]?schema|kms)"
)
# Names that say that a value only looks like a secret: fakes and expectations of tests.
_PRETENDED = r"(?i)invalid|non_?match|fake|dummy|mock|expected|bogus|wrong|(?:^|_)bad|incorrect|sample|example"
_QUESTIONS = (_PASSWORD, _NO_PASSWORD, _TOKEN, _NO_TOKEN, _PRETENDED)


@lru_cache(maxsize=32768)
def name_kind(name: str) -> str:
    """Return ``password``, ``token`` or nothing: what a name says its value is."""
    password, no_password, token, no_token, pretended = range(len(_QUESTIONS))
    said = compile_set(_QUESTIONS)(name.encode("latin-1", "replace"))
    if pretended in said:
        return ""
    if password in said:
        return "" if no_password in said else "password"
    return "token" if token in said and no_token not in said else ""
