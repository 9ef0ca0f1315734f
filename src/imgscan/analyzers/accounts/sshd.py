"""Findings on OpenSSH's server: risky settings, keys that may log in, host keys that every copy of the image shares."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec
from msgspec.structs import replace

from imgscan.analyzers.accounts.file_findings import file_finding
from imgscan.analyzers.accounts.includes import MAX_FILES, Folders, Unread, cut_files, holds_text, unread_includes
from imgscan.formats.accounts.sshd_config import Directive
from imgscan.formats.path import parent_of
from imgscan.model.finding import Finding, Severity, State
from imgscan.model.remedy import Action, Remedy, edit_file, run_line
from imgscan.rootfs.view import ImageView, LocatedFact
from imgscan.system.accounts.database import account_database
from imgscan.system.accounts.observed import AuthorizedKeysFile, HostKeyFile, SshdConfigFile
from imgscan.system.accounts.versions import of_shape, visible_version
from imgscan.system.file_items import absolute
from imgscan.system.programs.lookup import find_program
from imgscan.wording import counted, listed

_CONFIG = "etc/ssh/sshd_config"
_MAX_FINDINGS = 20
_DEPTH = 16  # sshd's own bound, SERVCONF_MAX_DEPTH
_HIGH, _MEDIUM, _LOW = Severity.HIGH, Severity.MEDIUM, Severity.LOW
# Keyword, what its first argument must not be (empty: anything else than what is good), severity, good value, why.
_RISKS: tuple[tuple[str, tuple[str, ...], Severity, str, str], ...] = (
    ("PermitRootLogin", ("yes",), _HIGH, "no", "root may log in with a password"),
    ("PermitEmptyPasswords", ("yes",), _HIGH, "no", "an empty password is enough to log in"),
    ("UseLogin", ("yes",), _HIGH, "no", "login(1) runs as root in the session's place"),
    ("Protocol", ("1", "1,2", "2,1"), _HIGH, "2", "version 1 of the protocol is broken"),
    ("StrictModes", ("no",), _MEDIUM, "yes", "keys in files that others may write are taken"),
    ("PermitUserEnvironment", ("yes",), _MEDIUM, "no", "users may set LD_PRELOAD for their session"),
    ("HostbasedAuthentication", ("yes",), _MEDIUM, "no", "another host's word is enough to log in"),
    ("IgnoreRhosts", ("no",), _MEDIUM, "yes", "users' .rhosts files are taken"),
    ("PasswordAuthentication", ("yes",), _LOW, "no", "passwords can be tried"),
    ("GatewayPorts", ("yes", "clientspecified"), _LOW, "no", "forwarded ports are open to the network"),
    ("PermitTunnel", ("yes", "point-to-point", "ethernet"), _LOW, "no", "tunnels may be opened"),
    ("LogLevel", ("quiet",), _LOW, "INFO", "logins leave no trace"),
)
_WEAK = {
    "ciphers": ("3des-cbc", "arcfour", "blowfish-cbc", "cast128-cbc", "aes128-cbc", "aes192-cbc", "aes256-cbc"),
    "macs": ("hmac-md5", "hmac-sha1-96", "umac-64@", "hmac-ripemd160"),
    "kexalgorithms": ("diffie-hellman-group1-sha1", "diffie-hellman-group-exchange-sha1"),
    "hostkeyalgorithms": ("ssh-dss",),
}


def sshd_findings(view: ImageView) -> Iterator[Finding]:
    """Yield findings on sshd's settings, on authorized_keys and on host keys of every layer."""
    installed = find_program(view, "sshd") is not None
    yield from _settings(view, installed)
    yield from _authorized_keys(view, installed)
    yield from _host_keys(view, installed)


# Settings


class _Config(msgspec.Struct, frozen=True):
    """The directives in force, each with its file; the files; what an Include leads to and was not read."""

    directives: list[tuple[LocatedFact[SshdConfigFile], Directive]]
    files: list[LocatedFact[SshdConfigFile]]
    unread: list[Unread]


def _directives(view: ImageView) -> _Config:
    """Return the directives in the order of reading, Include in the place where it stands; the files; what is unread.

    Of a file that is included twice the directives stand there twice: the first value counts, but not in a ``Match``.
    """
    main = visible_version(view, _CONFIG, SshdConfigFile)
    result: list[tuple[LocatedFact[SshdConfigFile], Directive]] = []
    files: list[LocatedFact[SshdConfigFile]] = []
    unread: dict[tuple[str, str], Unread] = {}
    folders = Folders(view)
    # Of each file: the lines still to read, the Match that its Include stands below, how deep it is.
    stack: list[tuple[LocatedFact[SshdConfigFile], Iterator[Directive], str, int]] = []
    if main is not None:
        files.append(main)
        stack.append((main, iter(main.data.lines), "", 0))
    while stack:
        fact, lines, outer, depth = stack[-1]
        line = next(lines, None)
        if line is None:
            stack.pop()
            continue
        match = line.match or outer
        if line.keyword != "include":
            result.append((fact, replace(line, match=match)))
            continue
        inner = []
        for item in _included(view, folders, fact, line):
            follows = depth < _DEPTH and len(files) < MAX_FILES
            known = visible_version(view, item.path, SshdConfigFile) if follows else None
            if known is not None:
                files.append(known)
                inner.append((known, iter(known.data.lines), match, depth + 1))
            else:
                unread[fact.path, item.path] = item
        stack += reversed(inner)
    return _Config(result, list({fact.path: fact for fact in files}.values()), list(unread.values()))


def _included(
    view: ImageView, folders: Folders, fact: LocatedFact[SshdConfigFile], line: Directive
) -> Iterator[Unread]:
    """Yield the files that an Include leads to, and the patterns that lead to too many."""
    for pattern in line.arguments:
        # sshd_config(5), Include: a relative name is one in /etc/ssh; wildcards as in glob(7), in lexical order.
        path = pattern if pattern.startswith("/") else f"/etc/ssh/{pattern}"
        paths = folders.matching(path)
        if paths is None:
            yield Unread(fact, line.number, path)
            return
        for name in paths:
            if holds_text(view, name):
                yield Unread(fact, line.number, name)


def _settings(view: ImageView, installed: bool) -> Iterator[Finding]:
    seen: set[tuple[str, str]] = set()
    config = _directives(view)
    for fact, line in config.directives:
        keyword, match = line.keyword, line.match
        if not line.arguments or (keyword, match) in seen:
            continue  # the first value of a keyword is the one that counts
        seen.add((keyword, match))
        for name, bad, severity, good, why in _RISKS:
            if name.lower() == keyword and line.arguments[0].lower() in bad:
                text = f"{name} {line.arguments[0]}: {why}"
                yield _setting(view, fact, line, severity, text, name, good, installed)
        weak = _weak(keyword, line.arguments[0])
        if weak:
            text = f"{keyword} allows {listed(weak, 5)}, which are weak"
            yield _setting(view, fact, line, Severity.LOW, text, keyword, "", installed)
    severity = Severity.MEDIUM if installed else Severity.LOW
    yield from unread_includes(view, config.unread, severity)
    yield from cut_files(view, config.files, severity)


def _weak(keyword: str, value: str) -> list[str]:
    if value.startswith("-"):
        return []  # a list of what to take away
    names = value.lstrip("+^").split(",")
    return [name for name in names if name.startswith(_WEAK.get(keyword, ()))] if keyword in _WEAK else []


def _setting(
    view: ImageView,
    fact: LocatedFact[SshdConfigFile],
    line: Directive,
    severity: Severity,
    message: str,
    name: str,
    good: str,
    installed: bool,
) -> Finding:
    within = f" (for {line.match})" if line.match else ""
    missing = "" if installed else " (sshd itself is not in the image)"
    change = f"{line.number}s/.*/{name} {good}/" if good else f"{line.number}d"
    return file_finding(
        view,
        fact,
        "accounts.sshd-setting",
        severity if installed else Severity.LOW,
        message + within + missing,
        lambda data: any(item.keyword == line.keyword and item.arguments == line.arguments for item in data.lines),
        line=line.number,
        evidence={"keyword": line.keyword, "arguments": list(line.arguments[:5]), "match": line.match},
        remedies=(edit_file(absolute(fact.path), change),),
        identity=f"{line.keyword} {line.match}",
    )


# Keys

_KEYS = Remedy(Action.REMOVE, "rm -f /etc/ssh/ssh_host_*_key*")


def _authorized_keys(view: ImageView, installed: bool) -> Iterator[Finding]:
    facts = of_shape(view, AuthorizedKeysFile)
    result = [fact for fact in facts if fact.state is State.VISIBLE and fact.data.lines]
    homes = {user.home.strip("/") for user in view.derived(account_database).users if not user.uid} | {"root"}
    for fact in result[:_MAX_FINDINGS]:
        keys = fact.data.lines
        home = parent_of(parent_of(fact.name))
        root = home in homes
        bare = not any("from" in key.options or "command" in key.options for key in keys)
        severity = (Severity.HIGH if root else Severity.MEDIUM) if installed else Severity.LOW
        who = "root" if root else f"the user of {absolute(home)}"
        text = f"{counted(len(keys), 'public key')} may log in as {who}"
        yield file_finding(
            view,
            fact,
            "accounts.authorized-keys",
            severity,
            text + ("" if installed else " (sshd itself is not in the image)"),
            evidence={
                "keys": [{"type": key.type, "fingerprint": key.fingerprint} for key in keys[:_MAX_FINDINGS]],
                "restricted": not bare,
            },
            remedies=(Remedy(Action.REMOVE, "rm", (absolute(fact.name),)),),
            identity=" ".join(sorted(key.fingerprint for key in keys[:_MAX_FINDINGS])),
        )


def _host_keys(view: ImageView, installed: bool) -> Iterator[Finding]:
    """Yield one finding a state: keys that a later layer deleted are in the image all the same."""
    by_state: dict[State, list[LocatedFact[HostKeyFile]]] = {}
    for fact in of_shape(view, HostKeyFile):
        by_state.setdefault(fact.state, []).append(fact)
    for state, facts in sorted(by_state.items()):
        yield _shared_keys(view, state, facts, installed)


def _shared_keys(view: ImageView, state: State, facts: Sequence[LocatedFact[HostKeyFile]], installed: bool) -> Finding:
    paths = sorted({absolute(fact.name) for fact in facts})
    visible = state is State.VISIBLE
    gone = "" if visible else f"; {state} by a later layer, and still in this one"
    return file_finding(
        view,
        facts[0],
        "accounts.ssh-host-key",
        Severity.HIGH if visible and installed else Severity.MEDIUM,
        f"{counted(len(paths), 'private host key')} that every container of this image shares{gone}",
        evidence={"paths": paths[:_MAX_FINDINGS], "layers": sorted({fact.layer.index for fact in facts})},
        remediation=run_line((_KEYS,), "in the instruction that made them; ssh-keygen -A at start"),
        remedies=(_KEYS,),
        identity=str(state),
    )
