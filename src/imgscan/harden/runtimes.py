"""The folders that programs read without that their file says so: an interpreter's library, a daemon's settings."""

from __future__ import annotations

import re
from collections.abc import Iterator

from imgscan.formats.path import base_name, parent_of
from imgscan.model.entry import EntryKind
from imgscan.rootfs.view import ImageView

_LIBRARIES = ("usr/lib", "usr/lib64", "usr/local/lib", "usr/local/lib64", "usr/share", "usr/local/share")
_LANGUAGES = (
    (re.compile(r"(python\d(?:\.\d+)?).*|pypy3?.*"), re.compile(r"python\d?(?:\.\d+)?|pypy3?.*")),
    (re.compile(r"perl[\d.]*"), re.compile(r"perl5?|perl-base")),
    (re.compile(r"ruby[\d.]*"), re.compile(r"ruby|gems|rubygems-integration")),
    (re.compile(r"php[\d.]*|php-fpm[\d.]*"), re.compile(r"php\d*")),
    (re.compile(r"node|nodejs"), re.compile(r"nodejs|node_modules")),
    (re.compile(r"lua[\d.]*|luajit.*"), re.compile(r"lua")),
    (re.compile(r"tclsh[\d.]*|expect"), re.compile(r"tcl.*|tcltk|expect.*")),
    (re.compile(r"guile[\d.]*"), re.compile(r"guile")),
    (re.compile(r"erl|elixir|iex"), re.compile(r"erlang|elixir")),
)
"""Names of interpreters, and of the folders of their libraries where distributions and images of languages put them."""
_NUMBERED = re.compile(r"python(\d\.\d+)")
_TRIPLET = re.compile(r"[a-z0-9_]+-linux-[a-z0-9]+")
_HOME = re.compile(r"java|javaw|dotnet")
"""What stands in the folder of its runtime, or in one below it."""
_OF_DAEMONS = ("etc", "usr/share", "usr/lib", "usr/lib64", "usr/local/etc", "var/lib", "var/log", "var/cache")
_SYSTEM = frozenset(
    "bin sbin lib lib64 lib32 usr usr/bin usr/sbin usr/lib usr/lib64 usr/share usr/local usr/local/bin usr/local/sbin "
    "usr/local/lib usr/local/share usr/libexec usr/include etc var var/lib var/cache var/log var/run var/spool home "
    "root tmp opt srv/www run dev proc sys boot media mnt".split()
)


def is_of_system(folder: str) -> bool:
    """Whether a folder is one that every image has, and so none of an application."""
    return not folder or folder in _SYSTEM or folder.startswith(("proc/", "sys/", "dev/"))


def folders_of(view: ImageView, path: str, real: str) -> Iterator[str]:
    """Yield the folders that the program at ``path``, in truth ``real``, reads beside its libraries."""
    name = base_name(real)
    if _HOME.fullmatch(name):
        home = parent_of(real)
        yield parent_of(home) if base_name(home) == "bin" else home
        return
    language = next((folders for names, folders in _LANGUAGES if names.fullmatch(name)), None)
    if language is not None:
        version = _NUMBERED.match(name)
        for folder in _libraries(view):
            for node in view.children(folder):
                kid = base_name(node.path)
                numbered = _NUMBERED.fullmatch(kid)
                other = version is not None and numbered is not None and numbered[1] != version[1]
                if node.kind is EntryKind.DIRECTORY and language.fullmatch(kid) and not other:
                    yield node.path
        yield from _environment(view, path)
        if name.startswith("php"):
            yield from _existing(view, ("etc/php", "usr/local/etc/php"))
        return
    yield from _existing(view, (f"{folder}/{name}" for folder in _OF_DAEMONS))


def _libraries(view: ImageView) -> Iterator[str]:
    for folder in _LIBRARIES:
        yield folder
        yield from (node.path for node in view.children(folder) if _TRIPLET.fullmatch(base_name(node.path)))


def _environment(view: ImageView, path: str) -> Iterator[str]:
    """Yield the virtual environment that a Python is called in. Source: PEP 405."""
    folder = parent_of(parent_of(path))
    if folder and f"{folder}/pyvenv.cfg" in view:
        yield folder


def _existing(view: ImageView, folders: Iterator[str] | tuple[str, ...]) -> Iterator[str]:
    for folder in folders:
        node = view.stat(folder)
        if node is not None and node.kind is EntryKind.DIRECTORY:
            yield node.path
