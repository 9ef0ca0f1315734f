"""What commands of a RUN admit: downloads that are run unseen, checks that are switched off, an index without a use.

A history line is what a builder chose to write; findings on it are marked as weak. Of a command the program, the option
and the host of a URL are told, nothing else: arguments may be secrets.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from imgscan.analyzers.program_names import SHELLS
from imgscan.formats.shell import Command
from imgscan.model.finding import Severity

_DOWNLOADERS = frozenset("curl wget wget2 aria2c fetch http https".split())
_RUNNERS = SHELLS | frozenset("python python2 python3 perl ruby node nodejs php".split())
_SUBSTITUTED = re.compile(r"(?:\$\(|<\(|`)\s*(?:curl|wget|wget2|aria2c|fetch)\b")
_URL = re.compile(r"\b(https?|ftp)://(?:[^\s/@'\"]{1,300}@)?([A-Za-z0-9._-]{1,253}(?::\d{1,5})?)")
_TAKES_VALUE = frozenset("oHduAexXbFTmwyYzrcCDEKPQtU")  # of curl: what follows in the word is a value

# Program, option (a prefix when it ends in =), rule, what it does.
_OPTIONS: tuple[tuple[str, str, str, str], ...] = (
    ("wget", "--no-check-certificate", "no-certificate-check", "takes any certificate"),
    ("curl", "--insecure", "no-certificate-check", "takes any certificate"),
    ("curl", "--proxy-insecure", "no-certificate-check", "takes any certificate"),
    ("pip", "--trusted-host", "no-certificate-check", "takes any certificate of a host"),
    ("pip3", "--trusted-host", "no-certificate-check", "takes any certificate of a host"),
    ("helm", "--insecure-skip-tls-verify", "no-certificate-check", "takes any certificate"),
    ("apt-get", "--allow-unauthenticated", "unverified-packages", "installs packages without a signature"),
    ("apt", "--allow-unauthenticated", "unverified-packages", "installs packages without a signature"),
    ("apt-get", "--allow-insecure-repositories", "unverified-packages", "takes repositories without a signature"),
    ("apt-get", "--force-yes", "unverified-packages", "installs packages without a signature"),
    ("apt", "--force-yes", "unverified-packages", "installs packages without a signature"),
    ("apk", "--allow-untrusted", "unverified-packages", "installs packages without a signature"),
    ("yum", "--nogpgcheck", "unverified-packages", "installs packages without a signature"),
    ("dnf", "--nogpgcheck", "unverified-packages", "installs packages without a signature"),
    ("microdnf", "--nogpgcheck", "unverified-packages", "installs packages without a signature"),
    ("tdnf", "--nogpgcheck", "unverified-packages", "installs packages without a signature"),
    ("zypper", "--no-gpg-checks", "unverified-packages", "installs packages without a signature"),
    ("rpm", "--nosignature", "unverified-packages", "installs packages without a signature"),
    ("rpm", "--nodigest", "unverified-packages", "installs packages without a digest"),
)
# What is written into a file or a variable rather than given as an option: searched for in the text.
_TEXTS: tuple[tuple[re.Pattern[str], str, str], ...] = (
    (re.compile(r"\[[^\]\n]{0,200}\btrusted=yes\b"), "unverified-packages", "[trusted=yes]: apt takes it unsigned"),
    (
        re.compile(r"\bAllowUnauthenticated[\s=\"']{1,5}(?:true|1|yes)\b", re.IGNORECASE),
        "unverified-packages",
        "APT::Get::AllowUnauthenticated",
    ),
    (
        re.compile(r"\bAllowInsecureRepositories[\s=\"']{1,5}(?:true|1|yes)\b", re.IGNORECASE),
        "unverified-packages",
        "Acquire::AllowInsecureRepositories",
    ),
    (re.compile(r"\bgpgcheck\s{0,3}=\s{0,3}0\b"), "unverified-packages", "gpgcheck=0"),
    (re.compile(r"\bSigLevel\s{0,3}=\s{0,3}Never\b"), "unverified-packages", "SigLevel = Never"),
    (re.compile(r"\bGIT_SSL_NO_VERIFY=(?!0\b|false\b)"), "no-certificate-check", "GIT_SSL_NO_VERIFY"),
    (
        re.compile(r"\bhttp\.sslVerify[\s=]{1,3}(?:false|0)\b", re.IGNORECASE),
        "no-certificate-check",
        "http.sslVerify=false",
    ),
    (re.compile(r"\bstrict-ssl[\s=]{1,3}(?:false|0)\b"), "no-certificate-check", "strict-ssl=false"),
    (
        re.compile(r"\bNODE_TLS_REJECT_UNAUTHORIZED=['\"]?0\b"),
        "no-certificate-check",
        "NODE_TLS_REJECT_UNAUTHORIZED=0",
    ),
    (re.compile(r"\bPYTHONHTTPSVERIFY=['\"]?0\b"), "no-certificate-check", "PYTHONHTTPSVERIFY=0"),
    (
        re.compile(r"\bVerify-Peer[\s=\"']{1,5}(?:false|0)\b", re.IGNORECASE),
        "no-certificate-check",
        "Verify-Peer=false",
    ),
)
_INDEX = {
    "apt-get": frozenset({"update"}),
    "apt": frozenset({"update"}),
    "apk": frozenset({"update"}),
    "zypper": frozenset({"refresh", "ref"}),
    "dnf": frozenset({"makecache", "check-update"}),
    "yum": frozenset({"makecache", "check-update"}),
    "microdnf": frozenset({"makecache"}),
}
_INSTALL = frozenset(
    "install add in upgrade dist-upgrade full-upgrade update dup localinstall reinstall build-dep groupinstall".split()
)


class Admission(NamedTuple):
    """What a command admits: rule, severity, and a text without arguments."""

    rule: str
    severity: Severity
    text: str


def admissions(commands: Sequence[Command], text: str) -> Iterator[Admission]:
    """Yield what a RUN admits: ``commands`` are those of its script ``text``."""
    before: Command | None = None
    for command in commands:
        command = _without_sudo(command)
        yield from _run_unseen(command, before)
        yield from _switched_off(command)
        before = command
    for pattern, rule, what in _TEXTS:
        if pattern.search(text):
            yield Admission(rule, Severity.MEDIUM, what)
    yield from _index_alone(commands)


def _without_sudo(command: Command) -> Command:
    words = command.words
    if command.program != "sudo":
        return command
    rest = [word for place, word in enumerate(words) if place and not (word.startswith("-") and place < 4)]
    return Command(tuple(rest), command.piped) if rest else command


def _run_unseen(command: Command, before: Command | None) -> Iterator[Admission]:
    source = None
    if command.piped and before is not None and before.program in _DOWNLOADERS and _runner(command.program):
        source = before
    elif (command.program in ("eval", ".", "source") or _runner(command.program)) and any(
        _SUBSTITUTED.search(word) for word in command.words
    ):
        source = command
    if source is not None:
        url = next((match for word in source.words if (match := _URL.search(word))), None)
        plain = url is not None and url[1] != "https"
        where = f" from {url[1]}://{url[2]}" if url else ""
        text = f"a download{where} is run by {command.program} unseen"
        yield Admission("pipe-to-shell", Severity.HIGH if plain else Severity.MEDIUM, text)


def _runner(name: str) -> bool:
    return name in _RUNNERS or name.rstrip("0123456789.") in _RUNNERS


def _switched_off(command: Command) -> Iterator[Admission]:
    for program, option, rule, what in _OPTIONS:
        if command.program == program and any(
            word == option or word.startswith(f"{option}=") for word in command.words
        ):
            yield Admission(rule, Severity.MEDIUM, f"{program} {option} {what}")
    if command.program == "curl" and any(_has_k(word) for word in command.words[1:]):
        yield Admission("no-certificate-check", Severity.MEDIUM, "curl -k takes any certificate")
    if command.program in ("pip", "pip3") and any(word.startswith("http://") for word in command.words):
        yield Admission("unverified-packages", Severity.MEDIUM, f"{command.program} installs over http")


def _has_k(word: str) -> bool:
    """Whether a word of curl's short options has ``k`` among them."""
    if not word.startswith("-") or word.startswith("--"):
        return False
    for letter in word[1:]:
        if letter == "k":
            return True
        if letter in _TAKES_VALUE:
            return False
    return False


def _index_alone(commands: Sequence[Command]) -> Iterator[Admission]:
    """Yield what fetches a package index in an instruction that installs nothing (CIS Docker 4.7)."""
    fetched = None
    for command in commands:
        words = [word for word in command.words[1:] if not word.startswith("-")]
        verb = words[0] if words else ""
        if verb in _INDEX.get(command.program, ()):
            fetched = fetched or f"{command.program} {verb}"
        elif command.program in _INDEX and verb in _INSTALL:
            return
    if fetched is not None:
        text = f"{fetched} in an instruction that installs nothing: a cached layer keeps an old index"
        yield Admission("update-alone", Severity.LOW, text)
