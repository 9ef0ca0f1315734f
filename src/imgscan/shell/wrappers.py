"""Programs that start the command behind their options: which words are the command, and as whom it runs.

Sources: the manual pages of tini, dumb-init, coreutils (env, nice, timeout, stdbuf, chroot, nohup), util-linux
(setpriv, runuser, su, setsid, ionice, chrt, taskset, unshare, nsenter, flock), sudo, doas, gosu, su-exec, runit
(chpst), daemontools and s6 (setuidgid), s6-portable-utils, findutils (xargs).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import dropwhile
from typing import NamedTuple

from imgscan.formats.path import base_name

ASSIGNMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*=")
"""How a word begins that sets a variable for the command behind it."""
_ROOT = frozenset({"root", "0"})


class _Form(NamedTuple):
    """How a wrapper is called: its options that take the next word, and the words between options and command.

    ``settings``: assignments may stand in front of the command. Of ``user`` options the value is who the command runs
    as; with ``user_first`` the first word behind the options is.
    """

    values: frozenset[str] = frozenset()
    between: int = 0
    settings: bool = False
    user: frozenset[str] = frozenset()
    user_first: bool = False


def _form(
    values: str = "", between: int = 0, settings: bool = False, user: str = "", user_first: bool = False
) -> _Form:
    names = frozenset(user.split())
    return _Form(frozenset(values.split()) | names, between, settings, names, user_first)


_PLAIN = _form()
_SU = _form(
    "-c --command --session-command -s --shell -g --group -G --supp-group -w --whitelist-environment -u --user",
)
_FORMS = {
    **dict.fromkeys("nohup setsid catatonit with-contenv busybox foreground s6-env".split(), _PLAIN),
    "dbus-run-session": _form("--config-file --dbus-daemon"),
    **dict.fromkeys("unbuffer command builtin time".split(), _PLAIN),
    **dict.fromkeys(("tini", "tini-static", "docker-init"), _form("-e -p")),
    "dumb-init": _form("-r --rewrite"),
    "exec": _form("-a"),
    "env": _form("-u --unset -C --chdir", settings=True),
    "nice": _form("-n --adjustment"),
    "ionice": _form("-c --class -n --classdata"),
    "stdbuf": _form("-i --input -o --output -e --error"),
    "chrt": _form("-T --sched-runtime -P --sched-period -D --sched-deadline", between=1),
    "taskset": _form(between=1),
    "timeout": _form("-s --signal -k --kill-after", between=1),
    "flock": _form("-w --timeout -E --conflict-exit-code", between=1),
    "umask": _form(between=1),
    "fdmove": _form(between=2),
    "redirfd": _form(between=2),
    "xargs": _form("-a --arg-file -d --delimiter -E -I -L --max-lines -n --max-args -P --max-procs -s --max-chars"),
    "unshare": _form("-S --setuid -G --setgid -R --root -w --wd"),
    "nsenter": _form("-t --target -S --setuid -G --setgid"),
    "chroot": _form("--groups", between=1, user="--userspec"),
    "gosu": _form(between=1, user_first=True),
    "su-exec": _form(between=1, user_first=True),
    "setuidgid": _form(between=1, user_first=True),
    "s6-setuidgid": _form(between=1, user_first=True),
    "s6-applyuidgid": _form("-g -G", user="-u"),
    "chpst": _form("-e -/ -n -l -L -b -m -d -o -p -f -c -r -t", user="-u -U"),
    "setpriv": _form(
        "--regid --groups --inh-caps --ambient-caps --bounding-set --securebits --pdeathsig --selinux-label "
        "--apparmor-profile",
        user="--reuid",
    ),
    "sudo": _form("-g --group -h --host -p --prompt -C -D --chdir -R -T -r -t", settings=True, user="-u --user"),
    "doas": _form("-C", settings=True, user="-u"),
}
_SWITCHES = frozenset({"su", "runuser"})
_FOLDERS = {"env": ("-C", "--chdir"), "sudo": ("-D", "--chdir"), "chpst": ("-/", "-C")}
"""Options of wrappers that change the directory, or the root."""

DROPPERS = frozenset(
    {"gosu", "su-exec", "setpriv", "runuser", "setuidgid", "s6-setuidgid", "s6-applyuidgid", "chpst", "su", "chroot"}
)
"""Those that a container's start script gives root's rights away with."""


def is_wrapper(name: str) -> bool:
    """Whether a program of this name starts the command in its arguments."""
    return name in _FORMS or name in _SWITCHES


def wrapped(words: Sequence[str]) -> list[str]:
    """Return the command that a wrapper is given, empty where it gets none; ``words`` begin with the wrapper.

    Of ``su`` it is a shell with that command: ``sh -c TEXT``.
    """
    name = base_name(words[0])
    if name in _SWITCHES:
        return _switched(name, words)[1]
    split = _split_string(words) if name == "env" else None
    form = _FORMS[name]
    rest = split if split is not None else _behind_options(form, words[1:])[1][form.between :]
    if name == "flock" and rest[:1] in (["-c"], ["--command"]):
        return ["sh", "-c", *rest[1:]]
    if form.settings:
        return list(dropwhile(ASSIGNMENT.match, rest))
    return rest


def peeled(words: Sequence[str]) -> Iterator[Sequence[str]]:
    """Yield a command and, as long as it is a wrapper's, the command that the wrapper is given; none without words."""
    while words:
        yield words
        words = wrapped(words) if is_wrapper(base_name(words[0])) else ()


def runs_as(words: Sequence[str]) -> str | None:
    """Return the user that a wrapper gives its command to, as written; None for one that changes nobody, or to root."""
    name = base_name(words[0])
    if name in _SWITCHES:
        user = _switched(name, words)[0]
    else:
        form = _FORMS.get(name)
        if form is None:
            return None
        user, rest = _behind_options(form, words[1:])
        if form.user_first:
            user = rest[0] if rest else None
    return None if user is None or user.partition(":")[0] in _ROOT else user


class Changes(NamedTuple):
    """What a wrapper changes for its command: the directory, PATH, or both as at a login."""

    moved: bool
    searched: bool
    login: bool


def changes(words: Sequence[str]) -> Changes:
    """Return what a wrapper changes for its command; ``words`` begin with the wrapper."""
    name = base_name(words[0])
    inner = wrapped(words)
    wrapper_words = words[1 : len(words) - len(inner)] if inner else words[1:]
    login = (name in _SWITCHES and not {"-", "-l", "--login"}.isdisjoint(wrapper_words)) or (
        name == "sudo" and "-i" in wrapper_words
    )
    folders = {option for option in _FOLDERS.get(name, ()) if any(word.startswith(option) for word in wrapper_words)}
    return Changes(bool(folders) or login, any(word.startswith("PATH=") for word in wrapper_words), login)


def _behind_options(form: _Form, words: Sequence[str]) -> tuple[str | None, list[str]]:
    """Return the value of the option that names a user, and the words behind the options."""
    user: str | None = None
    at = 0
    while at < len(words) and words[at].startswith("-") and (words[at] != "-" or form.settings):
        word = words[at]
        at += 1
        if word == "--":
            break
        option, value = _option(form, word)
        if option is not None and value is None:
            value = words[at] if at < len(words) else None
            at += 1
        if option in form.user:
            user = value
    return user, list(words[at:])


def _option(form: _Form, word: str) -> tuple[str | None, str | None]:
    """Return the option of a word that takes a value, and the value where it is in the word; short ones may cluster."""
    if word.startswith("--"):
        option, description, value = word.partition("=")
        return (option, value if description else None) if option in form.values else (None, None)
    for at, letter in enumerate(word[1:], 2):
        if f"-{letter}" in form.values:
            return f"-{letter}", word[at:] or None
    return None, None


def _split_string(words: Sequence[str]) -> list[str] | None:
    """Return the command that ``env -S`` takes apart; None without that option."""
    for at, word in enumerate(words[1:], 1):
        option, description, text = word.partition("=") if word.startswith("--") else word.partition("S")
        if option == "--split-string" or (description and not option.strip("-iv0") and option.startswith("-")):
            behind = at + 1 if text else at + 2  # else it is the next word
            return [*(text or " ".join(words[at + 1 : behind])).split(), *words[behind:]]
        if not word.startswith("-"):
            return None
    return None


def _switched(name: str, words: Sequence[str]) -> tuple[str | None, list[str]]:
    """Return the user that ``su`` or ``runuser`` changes to, and the command; ``runuser -u USER`` needs no shell."""
    user: str | None = None
    text = ""
    named = False
    rest: list[str] = []
    at = 1
    while at < len(words):
        word = words[at]
        at += 1
        if word == "--":
            rest += words[at:]
            break
        if named and not word.startswith("-"):
            rest = list(words[at - 1 :])
            break
        if not word.startswith("-"):
            if user is None:
                user = word
            continue
        option, value = _option(_SU, word)
        if option is None:
            continue
        if value is None:
            value = words[at] if at < len(words) else ""
            at += 1
        if option in ("-c", "--command", "--session-command"):
            text = value
        elif option in ("-u", "--user") and name == "runuser":
            user, named = value, True
    if named:
        return user, rest
    return user or "root", ["sh", "-c", text] if text else []
