"""Values that stand for a secret instead of being one."""

from __future__ import annotations

import hashlib
import re

# The last line: sample passwords of vendors' reference pages.
_WORDS = frozenset(
    """
    password passwd pass pwd secret token key apikey api_key api-key user username login none null nil undefined true
    false yes no on off empty string str text value values required optional default changeme change_me change-me
    todo tbd fixme unset unknown hidden masked redacted removed omitted censored private public auth credentials
    credential bearer basic your-password yourpassword your_password mypassword_here passphrase int bool boolean number
    object array any void bytes char varchar password_here secret_here token_here key_here prompt ask env stdin file
    enabled disabled not_set not-set notset n/a foobar blah dummy fake example sample placeholder
    passwort kennwort wachtwoord contrasena senha motdepasse haslo parola heslo losenord salasana adgangskode passord
    plaintext plain test tests testing demo string! int! boolean! float! id! string? int? boolean? someuser somepass
    33f!!lloppa hal+9ooo_da!sy
    """.split()
)
# Parts that no chosen secret has: brackets of templates, words of instructions.
_PARTS = re.compile(
    r"(?i)x{4,}|\*{3,}|\.{3,}|-{5,}|_{4,}|#{5,}|\?{5,}|example|placeholder|change.?me|replace.?(?:me|this|with)|redacted|"
    r"(?:^|[^a-z])(?:your|my|the|some|insert|enter|put|add|paste)[ _.-](?:own|api|app|secret|token|key|pass|client|"
    r"access|auth|account|user|private|real|actual|new|db|database|admin|server|service|super|very|project|value|"
    r"github|gitlab|aws|azure|google|openai)|yourtoken|yourkey|yoursecret|yourapi|your_|your-|"
    r"(?:token|key|secret|password|pass|pwd)[ _-]?(?:here|goes|placeholder)|to.?be.?(?:set|filled|defined)|dummy|"
    r"not.?(?:a.?)?(?:real|secret|secure)|fill.?me|sample"
)
_NAMES = re.compile(r"(?:[A-Z]+_)+(?:PASS|PASSWD|PASSWORD|PWD|SECRET|TOKEN)$")  # of a variable
# A field to be filled in is all of a value, or names a thing; other brackets are characters of a password.
_FIELD = re.compile(r"<[^<>]*>$|<[A-Za-z][A-Za-z _.-]{2,}>")
_REFERENCE = re.compile(
    r"""(?x) ^(?: \$[A-Za-z_{(\[] | \$\$ | % [A-Za-z_]+ % | %\( | %[sdvq]$ | (?:[^\w%]*%[sdvqr])+\W*$ | @[A-Za-z_{(.][\w.{}()/:-]*@?$ | \#\{ | \{\{ | \{% | <[%?/{$\[] | &lt; | \[(?:[\["'<{^\\] | \w-\w | [^\[\]]*\]$ | [A-Za-z_\s.,-]*$) |
        \{(?!noop\})[A-Za-z_0-9.]*\} | \{[A-Z] |
        (?:process\.|os\.)?env(?:iron)?[.\[(:/] | (?:var|local|module|data|secrets?|vault|ssm|ref|file|config|settings|
        self|this|arn|key|env|op|sm|gcp|awssm|kms|secretsmanager|github|inputs|params|values|parameters|outputs)
        (?:\.[A-Za-z_]|:[/A-Za-z]) | ![A-Za-z]+(?:\s|/|$) | \\\( | \\?\$\{ | !Ref | `\$ | ENC\[ | \(\( | \\u00[0-9a-f]{2} | %%|\^\( |
        (?:Read|Get|New|Import|ConvertTo|ConvertFrom)-[A-Z][A-Za-z]{3,}$ ) |
        \$\{[A-Za-z_] | \$\(\w | \{\{(?=\s|$|[^{}]*\}\}) | <%= | \#\{ | %\([a-z_]+\)s | %[A-Z_]{3,}% | \$\[ | \}\} """
)


# Values that specifications and manuals print (the last lines: Django REST framework; the keys of Azure's storage emulator, of MinIO's playground, of Hardhat's first account): RFC 5849, 6749, 6750, 7617, OpenID Connect Core, OAuth Core 1.0; Oracle's sample user.
_PUBLISHED = frozenset(
    (
        b"2YotnFZFEjr1zCsicMWpAA", b"tGzv3JOkF0XG5Qx2TlKWIA", b"czZCaGRSa3F0MzpnWDFmQmF0M2JW", b"mF_9.B5f-4.1JqM", b"h480djs93hd8",
        b"QWxhZGRpbjpvcGVuIHNlc2FtZQ==", b"QWxhZGRpbjpPcGVuU2VzYW1l", b"dXNlcjpwYXNz", b"dXNlcm5hbWU6cGFzc3dvcmQ=", b"gX1fBat3bV", b"7Fjfp0ZBr1KtDRbnfVdmIw",
        b"SlAV32hkKG", b"SplxlOBeZQQYbYS6WxSbIA", b"8xLOxBtZp8", b"kd94hf93k423kf44", b"pfkkdhi9sl3r4s00", b"kkk9d7dh3k39sjv7", b"dpf43f3p2l4k3l03",
        b"9djdj82h48djs9d2", b"j49sk3j29djd", b"dh893hdasih9", b"hh5s93j4hdidpola", b"hdhd0244k9j7ao03", b"nnch734d00sl2jdk", b"hfdp7dh39dks9884", b"0685bd9184jfhq22", b"9944b09199c62bcf9418ad846dd0e4bbdfc6ee4b", b"JBSWY3DPEHPK3PXP", b"ad180jjd733klru7", b"tiger",
        b"Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==",
        b"Q3AM3UQ867SPQQA43P2F", b"zuf+tfteSlswRu7BJ86wekitnifILbZam1KYY3TG",
        b"0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80",
    )
)  # fmt: skip


# Parts of such values: of jwt.io's token; of the signature in Amazon's pages on Azure's blobs; of the token in RFC 7519.
_PUBLISHED_PARTS = (
    b".eyJzdWIiOiIxMjM0NTY3ODkwIi",
    b"aBBKDWQvyuVcTPH9EBp%2FXTI9E%2F%2Fmq171",
    b".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAs",
)


# The first digits of the SHA-256 of others, which scanners of this repository would take for leaks: of the API references
# of Stripe, GitHub, Slack, Telegram and Discord, of Azure Cosmos DB's emulator, of RFC 7515 and 7517, of kubeadm.
_PUBLISHED_DIGESTS = frozenset(
    (
        "02f7ce3c263f85c0", "0b5dd075ccdd03c4", "0d7e920845ed3423", "2cafc0970149a84f", "2d1f7723aabc5c7a",
        "3002888f967a7086", "3543c50b0cb9cea8", "57afc11665beb68d", "6d7fa4e64d4b1f3e", "731fa294d036e54f",
        "809481ac9de1f321", "8b1b17a9740c068a", "a45404ae333dd955", "aa6547439583c3a2", "bc3ae723f57c6b9e",
        "f2d6ca16515033e5", "f5375a46365089a8",
    )
)  # fmt: skip


def is_published(value: bytes) -> bool:
    """Whether a value is one that a specification or vendor prints as its example: nobody's secret."""
    if value in _PUBLISHED or any(part in value for part in _PUBLISHED_PARTS):
        return True
    return hashlib.sha256(value).hexdigest()[:16] in _PUBLISHED_DIGESTS


def is_placeholder(text: str) -> bool:
    """Whether a value says what to put there, refers to something elsewhere, or is a word for a secret itself."""
    bare = text.strip(" \t\"'`,;")
    lower = bare.lower()
    if len(lower) < 3 or lower in _WORDS or len(set(lower)) <= 2 or _NAMES.match(bare):
        return True
    return is_reference(bare) or _PARTS.search(bare) is not None


def is_instruction(text: str) -> bool:
    """Whether a value says what to put there: ``your-password-here``, ``xxxxxxxx``."""
    return _PARTS.search(text) is not None


def is_reference(text: str) -> bool:
    """Whether a value names a variable, a template's field, a file or a place in a vault."""
    if _FIELD.match(text):
        return True
    return _REFERENCE.search(text) is not None
