"""What commands of a RUN admit: downloads that are run unseen, checks that are switched off, an index without a use.

A history line is what a builder chose to write; findings on it are marked as weak. Of a command the program, the option
and the host of a URL are told, nothing else: arguments may be secrets.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from imgscan.formats.path import base_name
from imgscan.model.finding import Severity
from imgscan.shell.known import SHELLS
from imgscan.shell.needs import parse_call
from imgscan.shell.script import Command, parse_script
from imgscan.shell.wrappers import peeled

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
    "aptitude": frozenset({"update"}),
    "apk": frozenset({"update"}),
    "zypper": frozenset({"refresh", "ref"}),
    "dnf": frozenset({"makecache", "check-update"}),
    "yum": frozenset({"makecache", "check-update"}),
    "microdnf": frozenset({"makecache"}),
}
_INSTALL = frozenset(
    "install add in upgrade dist-upgrade full-upgrade update dup localinstall reinstall build-dep groupinstall "
    "safe-upgrade dselect-upgrade".split()
)
# The first of these words is what a package manager is to do: in front of it stand options and their values.
_VERBS = (
    _INSTALL
    | frozenset().union(*_INDEX.values())
    | frozenset("remove purge autoremove clean autoclean download source show search list info del fetch erase".split())
)
_DIRECT = {"dpkg": ("-i", "--install", "--unpack"), "rpm": ("-i", "-U", "-F", "--install", "--upgrade", "--freshen")}
_OVER_HTTP = re.compile(r"(?:--[a-z-]{1,30}=)?http://")
_MAX_DEEP = 4
_MAX_WRAPPERS = 16
_TAKES_PROGRAM = frozenset("-c -e -E -m -r -p -n -x --eval --print --run".split())


class Admission(NamedTuple):
    """What a command admits: rule, severity, a text without arguments; of an ADD whether a checksum is given."""

    rule: str
    severity: Severity
    text: str
    checksum: bool = False


def admissions(commands: Sequence[Command], text: str) -> Iterator[Admission]:
    """Yield what a RUN admits: ``commands`` are those of its script ``text``."""
    source: Command | None = None  # the download whose bytes come through the pipe
    plain = [_unwrapped(command) for command in commands]
    for command in plain:
        if not command.piped:
            source = None
        yield from _run_unseen(command, source)
        yield from _switched_off(command)
        if command.program in _DOWNLOADERS:
            source = command
    for pattern, rule, what in _TEXTS:
        if pattern.search(text):
            yield Admission(rule, Severity.MEDIUM, what)
    yield from _index_alone(plain)


def _unwrapped(command: Command) -> Command:
    """Return the command that wrappers are given (sudo, env, xargs), of ``python3 -m pip`` pip itself."""
    *_, words = islice(peeled(command.words), _MAX_WRAPPERS + 1)
    if len(words) > 2 and words[1] == "-m" and _runner(base_name(words[0])):
        words = words[2:]
    return Command(tuple(words), command.piped)


def _plain(program: str) -> str:
    """Return a program's name without its version: ``pip3.11`` is pip, ``dnf5`` dnf."""
    return program.rstrip("0123456789.") or program


def _run_unseen(command: Command, download: Command | None) -> Iterator[Admission]:
    source = None
    if download is not None and _runner(command.program) and _reads_its_program(command):
        source = download
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


def _reads_its_program(command: Command) -> bool:
    """Whether a shell or an interpreter takes from the pipe what it runs: with a text or a file that is data."""
    shell = command.program in SHELLS
    words = iter(command.words[1:])
    for word in words:
        if word in ("-", "-s", "--", "/dev/stdin"):
            return True
        if not word.startswith("-"):
            return False
        if shell and not word.startswith("--"):
            if "c" in word:
                return False
            if word.endswith("o"):  # bash -euo pipefail
                next(words, None)
        elif word in _TAKES_PROGRAM:
            return False
    return True


def _runner(name: str) -> bool:
    return name in _RUNNERS or _plain(name) in _RUNNERS


def _switched_off(command: Command) -> Iterator[Admission]:
    for program, option, rule, what in _OPTIONS:
        if _plain(command.program) == _plain(program) and any(
            word == option or word.startswith(f"{option}=") for word in command.words
        ):
            yield Admission(rule, Severity.MEDIUM, f"{command.program} {option} {what}")
    if command.program == "curl" and any(_has_k(word) for word in command.words[1:]):
        yield Admission("no-certificate-check", Severity.MEDIUM, "curl -k takes any certificate")
    if _plain(command.program) == "pip" and any(_OVER_HTTP.match(word) for word in command.words):
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
    for command in _flat(commands):
        program = _plain(command.program)
        verb = next((word for word in command.words[1:] if word in _VERBS), "")
        if verb in _INDEX.get(program, ()):
            fetched = fetched or f"{command.program} {verb}"
        elif (program in _INDEX and verb in _INSTALL) or _installs(command):
            return
    if fetched is not None:
        text = f"{fetched} in an instruction that installs nothing: a cached layer keeps an old index"
        yield Admission("update-alone", Severity.LOW, text)


def _flat(commands: Sequence[Command], depth: int = 0) -> Iterator[Command]:
    """Yield the commands, of a shell with a text those of its text."""
    for command in commands:
        command = _unwrapped(command)
        call = parse_call(command.words, SHELLS)
        if call is not None and depth < _MAX_DEEP:
            yield from _flat(parse_script(call.text), depth + 1)
        else:
            yield command


def _installs(command: Command) -> bool:
    """Whether a command installs packages without a package manager's index."""
    options = _DIRECT.get(command.program, ())
    return any(
        word in options or (len(word) > 2 and word[0] == "-" and word[1] != "-" and word[:2] in options)
        for word in command.words[1:]
    )
