"""Files that must be opened to be judged: archives, UTF-16 texts, key stores, files that are secret by their kind."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator

from msgspec.structs import replace

from imgscan.analyzers.secrets import shapes
from imgscan.analyzers.secrets.archives import MAGICS as ARCHIVES
from imgscan.analyzers.secrets.archives import UNOPENED, Unpacking, archive_in
from imgscan.analyzers.secrets.context import sample_reason
from imgscan.analyzers.secrets.detect import Detector
from imgscan.analyzers.secrets.facts import ContentFact, DigestsFact, SecretFact, SkippedFact
from imgscan.analyzers.secrets.guessable import DEFAULTS
from imgscan.analyzers.secrets.hashing import keyed_hash
from imgscan.analyzers.secrets.installed import ALGORITHMS
from imgscan.analyzers.secrets.placeholder import is_placeholder, is_reference
from imgscan.analyzers.secrets.rating import Confidence, Doubt, Rating
from imgscan.analyzers.secrets.stores import STORE_MAGICS, STORE_SUFFIXES, store_facts
from imgscan.analyzers.secrets.strength import WORDY, is_made_up, surprise
from imgscan.formats.archives.appended import HEADS, SCRIPT, program_end, zip_start
from imgscan.model.entry import Entry
from imgscan.model.observed import Content

_UTF16 = (b"\xff\xfe", b"\xfe\xff")
# Without a mark: how XML begins (XML 1.0, appendix F) and JSON (RFC 4627, section 3).
_UNMARKED = {
    b"<\0?\0": "utf-16-le", b"\0<\0?": "utf-16-be", b'{\0"\0': "utf-16-le", b'\0{\0"': "utf-16-be",
    b"{\0\r\0": "utf-16-le", b"\0{\0\r": "utf-16-be", b"{\0\n\0": "utf-16-le", b"\0{\0\n": "utf-16-be",
}  # fmt: skip
MAX_CONTENT = 64 << 20
MAGICS = (*ARCHIVES, *UNOPENED, *HEADS, *_UTF16, *_UNMARKED, *STORE_MAGICS)
_CUT = f"archives over {MAX_CONTENT >> 20} MiB: the beginning was looked at"

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
    "master key": (("master.key", "production.key", "staging.key", "development.key"), rb"\A\s{0,4}([0-9a-f]{32}|[0-9a-f]{256})\s{0,4}\Z"),
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
    "mail relay passwords": (("sasl_passwd", "passwd.client"), rb"(?m)^[^\s#:][^\s]{0,120}(?:[ \t]{1,20}|:)[^\s:#]{1,100}:([^\s]{3,200})[ \t]*$"),
    "digest password file": ((".htdigest", "htdigest"), rb"(?m)^[^:\n]{1,80}:[^:\n]{1,80}:([0-9a-f]{32})\s*$"),
    "Composer credentials": (("auth.json",), rb"\"(?:gitlab-token|gitlab-oauth|github-oauth|bearer)\"\s{0,4}:\s{0,4}\{\s{0,40}\"[^\"\n]{1,200}\"\s{0,4}:\s{0,4}\"([^\"\n]{10,400})\""),
    "history of a database shell": ((".rediscli_history",), rb"(?im)^auth[ \t]{1,4}(?:[^\s]{1,80}[ \t]{1,4})?([^\s]{4,200})[ \t]*$"),
    "PPP secrets": (("chap-secrets", "pap-secrets"), rb"(?m)^[ \t]{0,8}[^\s#]{1,100}[ \t]{1,40}[^\s]{1,100}[ \t]{1,40}\"?([^\s\"]{3,100})"),
    "IPsec secrets": (("ipsec.secrets",), rb"(?m)^[^#\n]{0,200}:[ \t]{1,8}(?:PSK|XAUTH|EAP|NTLM|psk)[ \t]{1,8}\"?([^\"\n]{3,200})"),
    "Rails or Gem credentials": (("credentials",), rb"(?m)^:(?:rubygems_api_key|github):\s{0,3}([A-Za-z0-9_ ]{16,120})$"),
}  # fmt: skip
# Of these the value is a hash, to be guessed before it is of use.
_HASHED = frozenset({"password file", "account hashes", "digest password file", "stored logins"})
_HASHES = (b"$1", b"$2", b"$5", b"$6", b"$y", b"$a", b"$7")
_COMMENT = re.compile(rb"\s*(?:#|//|;)")
MAX_VALUES = 100  # of one file
_BY_NAME = {name: (title, re.compile(text)) for title, (names, text) in _KINDS.items() for name in names}

_TAIL = 4096
_SLACK = 64  # bytes behind a program's own that no archive has room in

HINT = "file.hint"
# What by its name alone holds secrets, recognised or not. Settings such as .env are none: there the content decides.
_USUAL_HOLDERS = {
    "credentials.db": "Credential store of gcloud", "access_tokens.db": "Credential store of gcloud", "key4.db": "Credential store of a browser",
    ".mylogin.cnf": "MySQL login path file", "terraform.tfstate.backup": "Terraform state",
}  # fmt: skip
_USUAL_ENDINGS = {
    ".tfstate": "Terraform state", ".tfvars": "Terraform variables", ".psafe3": "Password Safe database", ".agilekeychain": "1Password key chain",
    ".keychain": "Key chain", ".kwallet": "KWallet", ".kdb": "KeePass database",
}  # fmt: skip
_USUAL_ENDS = tuple(_USUAL_ENDINGS)

INTEREST_NAMES: frozenset[str] = frozenset(_BY_NAME) | frozenset(_USUAL_HOLDERS) | {"WebServers.xml", "krb5.keytab"}
SUFFIXES = frozenset({".tar"}) | STORE_SUFFIXES | frozenset(_USUAL_ENDINGS)


def read_as(path: str) -> str | None:
    """Return which kind of secret file a path is by its name, None for another file."""
    name = path[path.rfind("/") + 1 :]
    return name if name in INTEREST_NAMES else None


def _hint(path: str, data: bytes) -> Iterator[SecretFact]:
    """Yield the fact that a file usually holds secrets, by its name; it counts where nothing else is found in it."""
    name = path[path.rfind("/") + 1 :].lower()
    if name not in _USUAL_HOLDERS and not name.endswith(_USUAL_ENDS):
        return  # nearly every file that is opened
    endings = (text for end, text in _USUAL_ENDINGS.items() if name.endswith(end))
    title = _USUAL_HOLDERS.get(name) or next(endings, None)
    if title is None or not data.strip():
        return
    yield SecretFact(
        rule=HINT,
        confidence=Confidence.LOW,
        offset=0,
        length=0,
        line=1,
        shown="",
        hash=keyed_hash(path.encode("utf-8", "surrogateescape"), False),
        why=sample_reason(path) or Doubt.NAME,
        title=title,
    )


def observe_file(detector: Detector, entry: Entry, content: Content) -> Iterator[ContentFact]:
    """Yield the facts of one file's content; with any, its digests, and what of an archive was left out."""
    skipped: Counter[str] = Counter()
    if bytes(content.view[:4]).startswith(HEADS):
        if not content.whole and _may_go_on(content):
            skipped[_CUT] += 1
        # Nearly all programs and scripts have nothing behind them: their bytes are not copied.
        if not content.whole or not _may_hold(content):
            yield from [SkippedFact(dict(skipped))] if skipped else ()
            return
    data = content.data
    result = False
    for fact in _secrets(detector, entry.path, data, skipped):
        result = True
        yield fact
    archive = archive_in(data)
    if archive is not None:
        unpacking = Unpacking(archive, content.allowance)
        for chain, inside in unpacking.members():
            for fact in detector.scan(f"{entry.path}{chain}", inside, skipped=skipped):
                result = True
                yield replace(fact, chain=chain + fact.chain)
        if unpacking.skipped:
            skipped.update(unpacking.skipped)
        if not content.whole:
            skipped[_CUT] += 1
    if not result:
        for fact in _hint(entry.path, data):
            result = True
            yield fact
    if skipped:
        yield SkippedFact(dict(skipped))
    if (result or skipped) and content.whole:
        digests = {name: hashlib.new(name, data, usedforsecurity=False).hexdigest() for name in ALGORITHMS}
        yield DigestsFact(digests)


def _may_hold(content: Content) -> bool:
    """Whether something may stand behind the script or the program that a file begins with."""
    view = content.view
    if bytes(view[:2]) == SCRIPT:
        # Of a text alone no line begins with what is no text.
        return zip_start(view) is not None or not bytes(view[-_TAIL:]).isascii() or b"\0" in bytes(view[-_TAIL:])
    end = program_end(view, True)
    return zip_start(view) is not None or (end is not None and 0 < end < len(view) - _SLACK)


def _may_go_on(content: Content) -> bool:
    """Whether a program of which the beginning alone is here has something behind its own bytes; a script may."""
    if bytes(content.view[:2]) == SCRIPT:
        return True
    end = program_end(content.view, False)
    return end is not None and end < content.size - _SLACK


def _secrets(detector: Detector, path: str, data: bytes, skipped: Counter[str]) -> Iterator[SecretFact]:
    name = path[path.rfind("/") + 1 :]
    named = _BY_NAME.get(name.lower())
    if named is not None:
        yield from _named(path, data[: 4 << 20], *named)
    encoding = "utf-16" if data[:2] in _UTF16 else _UNMARKED.get(data[:4])
    if encoding is not None and len(data) > 8:
        text = data[: 8 << 20].decode(encoding, "replace").encode("utf-8", "replace")
        for fact in detector.scan(path, text, skipped=skipped):
            yield replace(fact, chain="!utf-16" + fact.chain)
    else:
        yield from store_facts(path, name, data)


def _named(path: str, data: bytes, title: str, expression: re.Pattern[bytes]) -> Iterator[SecretFact]:
    """Yield a fact for each value of a file that is there to hold it."""
    number = 0
    for match in expression.finditer(data):
        group = match.lastindex or 0
        value = match[group].rstrip(b"\r")
        rating = _rating(path, title, value, data[data.rfind(b"\n", 0, match.start(group)) + 1 : match.start(group)])
        if rating is None:
            continue
        number += 1
        if number > MAX_VALUES:
            return
        yield SecretFact(
            rule="file.secret",
            confidence=rating.confidence,
            offset=match.start(group),
            length=len(value),
            line=data.count(b"\n", 0, match.start(group)) + 1,
            shown="*" * 8,
            hash=keyed_hash(value, True),
            why=rating.doubt,
            title=title,
        )


def _rating(path: str, title: str, value: bytes, ahead: bytes) -> Rating | None:
    """Return how sure it is that a value of such a file is one; None for a comment, a reference or what is to be filled in."""
    text = value.decode("latin-1").strip()
    is_hash = value[:2] in _HASHES
    if not text.strip("*x.!") or _COMMENT.match(ahead) or (value[:1] in b"$<{" and not is_hash):
        return None
    sample = sample_reason(path)
    if sample:
        return Rating(Confidence.LOW, sample)
    if text.lower() in DEFAULTS:
        return Rating(Confidence.LOW, Doubt.DEFAULT)
    if not is_hash and is_placeholder(text):
        # In a file of credentials a made-up word is still what somebody wrote there.
        return None if is_reference(text) or not text[:1].isalnum() else Rating(Confidence.LOW, Doubt.GUESSABLE)
    if is_hash or title in _HASHED:
        return Rating(Confidence.MEDIUM)
    wordy = shapes.IDENTIFIER.match(text) is not None and surprise(text) < WORDY
    return Rating(Confidence.MEDIUM, Doubt.GUESSABLE) if wordy or is_made_up(text) else Rating(Confidence.HIGH)
