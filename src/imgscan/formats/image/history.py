r"""History lines of an image's config: instruction, arguments and the builder that wrote them.

There is no specification of ``created_by`` (OCI image-spec, config.md, "history": free text). The dialects below are
what the builders write: Docker's classic builder ``/bin/sh -c #(nop) INSTR ...`` and ``|N K=V /bin/sh -c CMD``,
BuildKit ``INSTR ... # buildkit``, Buildah the classic form with ``|key=value`` behind, kaniko the Dockerfile's own
lines; jib, Bazel, ko, apko, umoci, buildpacks and debuerreotype a word of their own; Windows its own shells.
"""

from __future__ import annotations

import re
from enum import StrEnum

import msgspec


class Dialect(StrEnum):
    """Who wrote a history line; DOCKERFILE is an instruction without a builder's mark."""

    DOCKER = "docker"
    BUILDKIT = "buildkit"
    BUILDAH = "buildah"
    KANIKO = "kaniko"
    DOCKERFILE = "dockerfile"
    JIB = "jib"
    BAZEL = "bazel"
    KO = "ko"
    APKO = "apko"
    UMOCI = "umoci"
    BUILDPACKS = "buildpacks"
    NIX = "nix"
    DEBUERREOTYPE = "debuerreotype"
    WINDOWS = "windows"
    IMPORT = "import"
    UNKNOWN = "unknown"


class Instruction(msgspec.Struct, frozen=True, kw_only=True):
    """One history line. ``instruction`` is the Dockerfile's word in capitals, empty when the line has none.

    ``arguments`` follow it as written (of RUN the command without its shell, which is ``shell``); ``build_args`` are
    the names and values of ``|N K=V``: values may be secrets.
    """

    dialect: Dialect
    instruction: str = ""
    arguments: str = ""
    shell: str = ""
    build_args: tuple[tuple[str, str], ...] = ()


_MAX_TEXT = 1 << 16
_INSTRUCTIONS = frozenset(
    "ADD ARG CMD COPY ENTRYPOINT ENV EXPOSE FROM HEALTHCHECK LABEL MAINTAINER ONBUILD RUN SHELL STOPSIGNAL USER VOLUME "
    "WORKDIR".split()
)
_SHELLS = frozenset("sh bash dash ash zsh ksh".split())
_WINDOWS_SHELLS = frozenset("cmd cmd.exe powershell powershell.exe pwsh pwsh.exe".split())
_LAST_OPTION = re.compile(r"-[A-Za-z]*c|/[cC]|-[Cc]ommand")
_MAX_OPTIONS = 12
_NOP = re.compile(r" ?#\(nop\) *")
_ARGS = re.compile(r"\|(\d{1,3}) ")
_NAME = re.compile(r"(?:^| )([A-Za-z_][A-Za-z0-9_]*)=")
_BUILDAH_KEYS = frozenset("force-mtime inheritLabels inheritAnnotations unsetLabel unsetAnnotation".split())
_BUILDKIT_SUFFIX = " # buildkit"
_STARTS = (
    ("bazel build", Dialect.BAZEL),
    ("jib-", Dialect.JIB),
    ("ko build", Dialect.KO),
    ("ko publish", Dialect.KO),
    ("apko", Dialect.APKO),
    ("umoci ", Dialect.UMOCI),
    ("Buildpacks ", Dialect.BUILDPACKS),
    ("# debian.sh ", Dialect.DEBUERREOTYPE),
    ("Apply image ", Dialect.WINDOWS),
    ("Install update ", Dialect.WINDOWS),
)
_COMMENTS = (
    ("buildkit.", Dialect.BUILDKIT),
    ("FROM ", Dialect.BUILDAH),
    ("debuerreotype ", Dialect.DEBUERREOTYPE),
    ("store paths: ", Dialect.NIX),
    ("Imported from ", Dialect.IMPORT),
)
_AUTHORS = {"kaniko": Dialect.KANIKO, "Bazel": Dialect.BAZEL, "Jib": Dialect.JIB, "apko": Dialect.APKO}


def parse_history(created_by: str, comment: str = "", author: str = "") -> Instruction:
    """Return what a history item says; total: a line of no known form is UNKNOWN with its text as arguments."""
    text = created_by[:_MAX_TEXT].strip()
    marked = _marked(comment, author)
    for _ in _BUILDAH_KEYS:
        before, _, suffix = text.rpartition("|")
        if suffix.partition("=")[0] in _BUILDAH_KEYS and " " not in suffix:
            text, marked = before.rstrip(), Dialect.BUILDAH
    if text.endswith(_BUILDKIT_SUFFIX):
        text, marked = text.removesuffix(_BUILDKIT_SUFFIX).rstrip(), Dialect.BUILDKIT
    started = next((dialect for start, dialect in _STARTS if text.startswith(start)), None)
    if started is not None:
        return Instruction(dialect=started, arguments=text)
    word, _, rest = text.partition(" ")
    if word in _INSTRUCTIONS:
        dialect = marked if marked is not Dialect.UNKNOWN else Dialect.DOCKERFILE
        return _run(dialect, rest.strip()) if word == "RUN" else _plain(dialect, word, rest)
    return _classic(text, marked)


def _marked(comment: str, author: str) -> Dialect:
    result = next((dialect for start, dialect in _COMMENTS if comment.startswith(start)), None)
    return result or _AUTHORS.get(author, Dialect.UNKNOWN)


def _plain(dialect: Dialect, word: str, rest: str) -> Instruction:
    return Instruction(dialect=dialect, instruction=word, arguments=rest.strip())


def _classic(text: str, marked: Dialect) -> Instruction:
    """Return a line of Docker's classic builder, or one of no known form."""
    end = _shell_end(text, 0)
    if not end and not _ARGS.match(text):
        return Instruction(dialect=marked, arguments=text)
    windows = end and text[: text.find(" ")].lower() in _WINDOWS_SHELLS
    dialect = Dialect.WINDOWS if windows else marked if marked is not Dialect.UNKNOWN else Dialect.DOCKER
    nop = _NOP.match(text, end) if end else None
    if nop:
        word, _, rest = text[nop.end() :].partition(" ")
        return _plain(dialect, word, rest) if word in _INSTRUCTIONS else Instruction(dialect=dialect, arguments=text)
    return _run(dialect, text)


def _run(dialect: Dialect, text: str) -> Instruction:
    """Return a RUN: build arguments, shell and command taken apart."""
    build_args: tuple[tuple[str, str], ...] = ()
    counted = _ARGS.match(text)
    if counted:
        build_args, text = _build_args(text[counted.end() :], int(counted[1]))
    end = _shell_end(text, 0)
    return Instruction(
        dialect=dialect, instruction="RUN", arguments=text[end:].lstrip(), shell=text[:end], build_args=build_args
    )


def _build_args(text: str, count: int) -> tuple[tuple[tuple[str, str], ...], str]:
    """Return the first ``count`` assignments and the text behind them.

    Values are not quoted: one may hold blanks. They end where the shell starts; without one the last ends at a blank.
    """
    shell = _find_shell(text)
    names = list(_NAME.finditer(text, 0, len(text) if shell is None else shell))[:count]
    result = []
    end = 0
    for index, name in enumerate(names):
        if index + 1 < len(names):
            end = names[index + 1].start()
        elif shell is not None:
            end = shell - 1
        else:
            end = text.find(" ", name.end()) if " " in text[name.end() :] else len(text)
        result.append((name[1], text[name.end() : end]))
    return tuple(result), text[end:].lstrip()


def _find_shell(text: str) -> int | None:
    """Return where a shell with its options starts, behind a blank or at the start."""
    at = 0
    while at >= 0:
        if _shell_end(text, at):
            return at
        at = text.find(" ", at) + 1 or -1
    return None


def _shell_end(text: str, at: int) -> int:
    """Return where the shell and its options that start at ``at`` end; 0 when there is no shell."""
    end = text.find(" ", at)
    name = text[max(at, text.rfind("/", at, end) + 1) : end] if end >= 0 else ""
    if name not in _SHELLS and name.lower() not in _WINDOWS_SHELLS:
        return 0
    for _ in range(_MAX_OPTIONS):
        start = end + 1
        end = text.find(" ", start)
        end = len(text) if end < 0 else end
        if _LAST_OPTION.fullmatch(text, start, end):
            return end
        if end == len(text):
            break
    return 0
