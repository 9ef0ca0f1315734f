"""Files that must be opened to be judged: archives, UTF-16 texts, key stores, files that are secret by their kind."""

from __future__ import annotations

import re
from collections.abc import Iterator

from imgscan.analyzers.api import Content, Data
from imgscan.analyzers.secrets.archives import MAGICS as ARCHIVES
from imgscan.analyzers.secrets.archives import members
from imgscan.analyzers.secrets.context import sample_reason
from imgscan.analyzers.secrets.detect import Detector
from imgscan.analyzers.secrets.hashing import keyed_hash
from imgscan.model.entry import Entry

_JKS, _JCEKS = b"\xfe\xed\xfe\xed", b"\xce\xce\xce\xce"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_KDBX = b"\x03\xd9\xa2\x9a"
MAX_CONTENT = 32 << 20
MAGICS = (*ARCHIVES, *_UTF16, _JKS, _JCEKS, _KDBX)

# What a file of this name must hold to be a finding; group 1 is the secret. The name alone is none.
_KINDS: dict[str, tuple[tuple[str, ...], bytes]] = {
    "git credentials": ((".git-credentials",), rb"https?://[^\s:/@]{0,100}:([^\s]{2,200})@|https?://[^\s/]{1,200}:([^\s]{2,200})@"),
    "PostgreSQL password file": ((".pgpass", "pgpass.conf", "pgpass"), rb"(?m)^[^#\s:][^:\n]{0,200}:[^:\n]{0,10}:[^:\n]{0,100}:[^:\n]{1,100}:([^\n]{1,200})$"),
    "FileZilla site list": (
        ("filezilla.xml", "recentservers.xml", "sitemanager.xml"),
        rb"<Pass(?: encoding=\"base64\")?>([^<]{1,200})</Pass>",
    ),
    "database connections": (("dbeaver-data-sources.xml", "data-sources.xml", ".dbeaver-data-sources.xml"), rb"\bpassword=\"([^\"]{1,200})\""),
    "mail settings": ((".esmtprc", "esmtprc", ".msmtprc", "msmtprc", ".mutt_settings", ".fetchmailrc", ".muttrc"), rb"(?im)\b(?:smtp_pass|imap_pass|password|pass)\s{0,3}=?\s{1,3}\"?([^\s\"]{2,200})"),
    "Rails master key": (("master.key", "production.key", "staging.key", "development.key"), rb"\A\s{0,4}([0-9a-f]{32})\s{0,4}\Z"),
    "stored logins": (("logins.json", "signons.sqlite"), rb"\"encryptedPassword\"\s?:\s?\"([^\"]{8,400})\""),
    "MySQL client settings": ((".my.cnf", "my.cnf"), rb"(?im)^\s{0,4}password\s{0,4}=\s{0,4}\"?([^\s\"#]{3,200})"),
    "remote editing settings": (
        ("sftp-config.json", "sftp.json", ".ftpconfig", "ftp-sync.json", ".remote-sync.json", "deployment-config.json", "webservers.xml", "robomongo.json"),
        rb"(?i)\"?(?:password|pass|passphrase|userpassword)\"?\s?[:=]\s?\"([^\"]{2,200})\"",
    ),
    "password file": ((".htpasswd", "htpasswd", "proftpdpasswd", "ftpd.passwd"), rb"(?m)^[^:#\s]{1,80}:(\$[^:\s]{12,200}|\{SHA\}[A-Za-z0-9+/=]{28}|[./0-9A-Za-z]{13})(?::|$)"),
    "account hashes": (("shadow", "shadow-", "gshadow", "gshadow-", "opasswd", "master.passwd"), rb"(?m)^[a-z_][a-z0-9_.-]{0,31}:(\$[^:\s]{12,200}|_[./0-9A-Za-z]{19}|[./0-9A-Za-z]{13}):"),
    "Vault token file": ((".vault-token", ".vault_token"), rb"\A\s{0,4}([A-Za-z0-9._-]{20,200})\s{0,4}\Z"),
    "IRC or server password": (("ventrilo_srv.ini", "irssi.conf", ".irssi"), rb"(?im)^\s{0,4}(?:admin)?password\s{0,3}=\s{0,3}\"?([^\s\"]{2,100})"),
    "Rails or Gem credentials": (("credentials",), rb"(?m)^:(?:rubygems_api_key|github):\s{0,3}([A-Za-z0-9_ ]{16,120})$"),
}  # fmt: skip
_BY_NAME = {name: (title, re.compile(text)) for title, (names, text) in _KINDS.items() for name in names}
_STORES = re.compile(r"(?i)\.(?:p12|pfx|pkcs12|jks|keystore|bks|truststore|kdb|kdbx|psafe3|keychain|keytab|ppk)$")
_KEYTAB = b"\x05\x02"

INTEREST_NAMES: frozenset[str] = frozenset(_BY_NAME) | {"WebServers.xml", "krb5.keytab"}
SUFFIXES = frozenset({".p12", ".pfx", ".pkcs12", ".keytab", ".kdbx", ".bks", ".psafe3"})


def observe_file(detector: Detector, entry: Entry, content: Content) -> Iterator[Data]:
    """Yield the facts of one file's content."""
    data, path = content.data, entry.path
    name = path[path.rfind("/") + 1 :]
    named = _BY_NAME.get(name.lower())
    if named is not None:
        yield from _named(path, data[: 4 << 20], *named)
    if data.startswith(ARCHIVES):
        for chain, inside in members(data):
            for fact in detector.scan(path + chain, inside):
                yield fact | {"chain": chain}
    elif data[:2] in _UTF16 and len(data) > 8:
        text = data[: 8 << 20].decode("utf-16", "replace").encode("utf-8", "replace")
        for fact in detector.scan(path, text):
            yield fact | {"chain": "!utf-16"}
    else:
        yield from _store(path, name, data)


def _named(path: str, data: bytes, title: str, expression: re.Pattern[bytes]) -> Iterator[Data]:
    for number, match in enumerate(expression.finditer(data)):
        if number >= 100:
            return
        group = match.lastindex or 0
        value = match[group]
        if value.strip(b"*x.!") in (b"",) or (
            value[:1] in b"$<{" and value[:2] not in (b"$1", b"$2", b"$5", b"$6", b"$y", b"$a", b"$7")
        ):
            continue
        yield {
            "rule": "file.secret",
            "confidence": "low" if sample_reason(path) else "medium",
            "offset": match.start(group),
            "length": len(value),
            "line": data.count(b"\n", 0, match.start(group)) + 1,
            "shown": "*" * 8,
            "hash": keyed_hash(value, True),
            "why": sample_reason(path),
            "kind": title,
        }


def _store(path: str, name: str, data: bytes) -> Iterator[Data]:
    kind = ""
    if data.startswith((_JKS, _JCEKS)):
        # Version, then the number of entries and the first one's tag: 1 is a private key, 3 a secret key, 2 a
        # certificate (sun.security.provider.JavaKeyStore, engineLoad).
        if int.from_bytes(data[8:12], "big") and int.from_bytes(data[12:16], "big") in (1, 3):
            kind = "Java key store with a private key"
    elif data.startswith(_KDBX):
        kind = "KeePass database"
    elif data.startswith(_KEYTAB) and name.endswith(".keytab"):
        kind = "Kerberos keytab"
    elif _STORES.search(name) and data[:1] == b"\x30" and b"\x02\x01\x03" in data[:12]:
        # An encrypted key bag: pkcs8ShroudedKeyBag 1.2.840.113549.1.12.10.1.2 may itself be encrypted; any PKCS12 counts.
        kind = "PKCS12 key store"
    if kind:
        why = sample_reason(path)
        yield {
            "rule": "key.store",
            "confidence": "low" if why else "medium",
            "offset": 0,
            "length": len(data),
            "line": 1,
            "shown": "*" * 8,
            "hash": keyed_hash(data, False),
            "why": why,
            "kind": kind,
        }
