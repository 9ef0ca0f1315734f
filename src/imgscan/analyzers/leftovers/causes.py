"""What is left over, told by where it is: tables of causes and how a path belongs to one of them."""

from __future__ import annotations

import re
from typing import NamedTuple

from imgscan.formats.path import base_name, parent_of
from imgscan.model.finding import Severity


class Cause(NamedTuple):
    """A kind of leftover: what it is, how much it matters, the Dockerfile line that leaves it out.

    ``removal`` is the command that takes it out of an image that is made; empty where that would take what runs.
    """

    what: str
    severity: Severity
    remediation: str
    removal: str = ""


_APT = "RUN apt-get update && apt-get install -y --no-install-recommends <packages> && rm -rf /var/lib/apt/lists/*"
CAUSES: dict[str, Cause] = {
    "apt-index": Cause("apt's package index", Severity.LOW, _APT, "rm -rf /var/lib/apt/lists/*"),
    "apt-cache": Cause(
        "packages that apt downloaded",
        Severity.LOW,
        "RUN apt-get install -y <packages> && apt-get clean",
        "rm -rf /var/cache/apt/*.bin /var/cache/apt/archives/*.deb",
    ),
    "apk-cache": Cause(
        "apk's index and cache",
        Severity.LOW,
        "RUN apk add --no-cache <packages>",
        "rm -rf /var/cache/apk/* /etc/apk/cache/*",
    ),
    "rpm-cache": Cause(
        "dnf's or yum's cache",
        Severity.LOW,
        "RUN dnf install -y <packages> && dnf clean all",
        "rm -rf /var/cache/dnf /var/cache/yum /var/cache/libdnf5",
    ),
    "zypper-cache": Cause(
        "zypper's cache",
        Severity.LOW,
        "RUN zypper install -y <packages> && zypper clean --all",
        "rm -rf /var/cache/zypp",
    ),
    "pacman-cache": Cause(
        "pacman's cache",
        Severity.LOW,
        "RUN pacman -S --noconfirm <packages> && pacman -Scc --noconfirm",
        "rm -rf /var/cache/pacman/pkg",
    ),
    "pip-cache": Cause(
        "pip's cache",
        Severity.LOW,
        "RUN pip install --no-cache-dir <packages>",
        "rm -rf /root/.cache/pip",
    ),
    "npm-cache": Cause(
        "npm's or yarn's cache",
        Severity.LOW,
        "RUN npm ci && npm cache clean --force",
        "rm -rf /root/.npm/_cacache /root/.npm/_logs",
    ),
    "go-cache": Cause("Go's build and module cache", Severity.LOW, "RUN go build ./... && go clean -cache -modcache"),
    "java-cache": Cause("Maven's or Gradle's cache", Severity.LOW, "COPY --from=build /app/target/app.jar /app/"),
    "cargo-cache": Cause(
        "cargo's registry",
        Severity.LOW,
        "COPY --from=build /app/target/release/app /usr/local/bin/",
    ),
    "other-cache": Cause("caches in a home directory", Severity.LOW, "RUN rm -rf ~/.cache"),
    "documentation": Cause(
        "documentation",
        Severity.INFO,
        "RUN rm -rf /usr/share/doc /usr/share/man /usr/share/info",
        "rm -rf /usr/share/doc /usr/share/man /usr/share/info",
    ),
    "sdk": Cause("a .NET SDK", Severity.LOW, "COPY --from=build /app/publish /app/"),
    "headers": Cause("C headers and static libraries", Severity.INFO, "COPY --from=build <program> /usr/local/bin/"),
    "temporary": Cause("temporary files", Severity.LOW, "RUN rm -rf /tmp/* /var/tmp/*", "rm -rf /tmp/* /var/tmp/*"),
    "logs": Cause(
        "logs of the build",
        Severity.INFO,
        "RUN find /var/log -type f -delete",
        "find /var/log -type f -delete",
    ),
    "typed": Cause(
        "histories of what somebody typed",
        Severity.LOW,
        "RUN rm -f /root/.*_history",
        "rm -f /root/.*_history",
    ),
    "build-files": Cause("files of the build's context", Severity.INFO, "COPY <only what runs> <destination>"),
    "editor": Cause("settings and backups of editors", Severity.INFO, "COPY <only what runs> <destination>"),
}

_FOLDERS: tuple[tuple[str, str], ...] = (
    ("apt-index", r"var/lib/apt/lists/"),
    ("apt-cache", r"var/cache/apt/"),
    ("apk-cache", r"var/cache/apk/|etc/apk/cache/"),
    ("rpm-cache", r"var/cache/(?:dnf|yum|libdnf5)/"),
    ("zypper-cache", r"var/cache/zypp/"),
    ("pacman-cache", r"var/cache/pacman/pkg/"),
    ("documentation", r"usr/(?:local/)?share/(?:doc|man|info|gtk-doc|help)/"),
    ("headers", r"usr/(?:local/)?include/"),
    ("cargo-cache", r"usr/local/cargo/(?:registry|git)/"),
    ("sdk", r"usr/(?:share|lib|lib64|local/share)/dotnet/sdk/"),
    ("temporary", r"(?:var/)?tmp/"),
    ("logs", r"var/log/"),
)
_BY_FOLDER = re.compile("|".join(f"(?P<{cause.replace('-', '_')}>{start})" for cause, start in _FOLDERS))
_TOPS = frozenset({"var/", "usr/", "etc/", "tmp/"})
# Of these folders some files alone count, or all but some.
_ONLY = {"apt-cache": (".deb", "pkgcache.bin")}
_NOT = {"apt-index": ("lock",)}
_STATIC = ("usr/lib", "usr/local/lib")

_IN_HOME: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("pip-cache", ("/.cache/pip/", "/.cache/uv/", "/.cache/pypoetry/", "/.cache/pipenv/")),
    ("npm-cache", ("/.npm/_cacache/", "/.npm/_logs/", "/.cache/yarn/", "/.cache/node-gyp/", "/.cache/pnpm/")),
    ("go-cache", ("/.cache/go-build/",)),
    ("java-cache", ("/.m2/repository/", "/.gradle/caches/")),
    ("cargo-cache", ("/.cargo/registry/", "/.cargo/git/")),
    ("other-cache", ("/.cache/", "/.ccache/", "/.cpan/", "/.cpanm/", "/.nuget/packages/", "/.composer/cache/")),
)
REPOSITORIES = frozenset(".git .svn .hg .bzr _darcs CVS".split())
_EDITORS = frozenset(".idea .vscode .vs .fleet".split())
_NAMES = {
    **dict.fromkeys(
        ".bash_history .zsh_history .sh_history .ash_history .python_history .node_repl_history .mysql_history "
        ".psql_history .rediscli_history .irb_history .sqlite_history .lesshst .viminfo".split(),
        "typed",
    ),
    **dict.fromkeys(
        "Dockerfile Containerfile docker-compose.yml docker-compose.yaml compose.yaml .dockerignore .gitlab-ci.yml "
        "Jenkinsfile .travis.yml".split(),
        "build-files",
    ),
    **dict.fromkeys(".DS_Store .vimrc Thumbs.db".split(), "editor"),
}
SUFFIXES = frozenset({".swp", ".swo", ".a", ".la"})
"""Endings of files that may be left over."""
NAMES = frozenset(_NAMES)
"""Names of files that are left over wherever they are."""
# Packages ship such names of their own.
_CODE = ("usr/share", "usr/lib", "usr/src", "etc")


class FolderCause(NamedTuple):
    """What a directory says of all files in it: a cause, or the root of the repository that it belongs to."""

    cause: str | None
    repository: str | None


def folder_cause(folder: str) -> FolderCause | None:
    """Return what a directory says of its files, None where their names decide."""
    cause = _folder_cause(folder)
    hidden = "/." in folder or folder.startswith(".") or "CVS" in folder
    repository = repository_of(folder) if cause is None and hidden else None
    return FolderCause(cause, repository) if cause or repository else None


def counts(cause: str, name: str) -> bool:
    """Whether a file of this name counts in a directory of this cause."""
    return name.endswith(_ONLY.get(cause, "")) and not name.endswith(_NOT.get(cause, "\0"))


def cause_of_name(path: str) -> str | None:
    """Return the cause that a file's own name tells (one of ``NAMES`` or ``SUFFIXES``), None for none."""
    folder, name = parent_of(path), base_name(path)
    if name in _NAMES:
        return _NAMES[name]
    if name.endswith((".a", ".la")):
        return "headers" if folder.startswith(_STATIC) and folder.count("/") <= 3 else None
    return None if folder.startswith(_CODE) else "editor"


def _folder_cause(folder: str) -> str | None:
    """Return the cause of all files in a directory, None where their names decide."""
    inside = f"{folder}/"
    match = _BY_FOLDER.match(inside) if inside[:4] in _TOPS else None
    if match is not None:
        return (match.lastgroup or "").replace("_", "-")
    rooted = f"/{inside}"
    if "/." in rooted:
        for cause, parts in _IN_HOME:
            if any(part in rooted for part in parts):
                return cause
        if not _EDITORS.isdisjoint(folder.split("/")) and not folder.startswith(_CODE):
            return "editor"
    return "go-cache" if "/go/pkg/mod/cache/" in rooted else None


def cache_root(cause: str, path: str) -> str | None:
    """Return the directory of a cache in a home (``root/.cache/pip``) that a path lies in, None for another cause."""
    rooted = f"/{path}"
    for name, parts in _IN_HOME:
        if name == cause:
            ends = [at + len(part) - 1 for part in parts if (at := rooted.find(part)) >= 0]
            return rooted[1 : min(ends)] if ends else None
    return None


def repository_of(path: str) -> str | None:
    """Return the root of the repository (its ``.git``) that a path is or lies in, None for another path."""
    rooted = f"/{path}/"
    for name in REPOSITORIES:
        at = rooted.find(f"/{name}/")
        if at >= 0:
            return rooted[1 : at + 1 + len(name)]
    return None
