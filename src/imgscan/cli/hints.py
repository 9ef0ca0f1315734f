"""What to try where somebody names an image as other tools do, and imgscan wants its archive: the exact command."""

from __future__ import annotations

import difflib
import os
import re
from shlex import quote

from imgscan.cli.arguments import COMMANDS

_NAME = re.compile(
    r"(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::[0-9]+)?/)?[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
    r"(?:/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*(?P<tag>:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?"
    r"(?P<digest>@sha256:[0-9a-f]{64})?"
)
"""A reference to an image in a registry: host and port, path, tag, digest. Source: the grammar of the module
github.com/distribution/reference."""

_DAEMONS = {
    "docker-daemon": "docker save {name} | imgscan -",
    "docker": "skopeo copy {whole} oci-archive:image.tar && imgscan image.tar",
    "containers-storage": "podman save {name} | imgscan -",
    "podman": "podman save {name} | imgscan -",
    "registry": "skopeo copy docker://{name} oci-archive:image.tar && imgscan image.tar",
    "containerd": "ctr images export - {name} | imgscan -",
}
_NEAR = 0.75
"""How much of a word must be a command's for it to be taken for one."""
_FILES = frozenset({"docker-archive", "oci-archive", "oci", "dir", "oci-dir", "tarball"})
_LIKE_A_FILE = re.compile(r".*\.(?:tar|tgz|gz|zst|xz|bz2|json|txt)|[./~].*|.*[/\\]", re.IGNORECASE | re.DOTALL)


def hint_on(source: str) -> str | None:
    """Return what to do with a source that is no file here; None where it looks like the name of one."""
    near = difflib.get_close_matches(source, COMMANDS, 1, _NEAR) if source.isalpha() else []
    if near:
        return f"did you mean the command {near[0]}? imgscan --help lists all; what is no command is an image to scan"
    transport, colon, name = source.partition(":")
    name = name.removeprefix("//")
    if colon and transport in _FILES and name:
        return _of_file(name)
    if colon and transport in _DAEMONS and _NAME.fullmatch(name):
        command = _DAEMONS[transport].format(name=quote(name), whole=quote(source))
        return f"imgscan reads exported images: {command}"
    named = _NAME.fullmatch(source)
    if named is None or _LIKE_A_FILE.fullmatch(source) or not (named["tag"] or named["digest"] or "/" in source):
        return None
    return f"if that is an image's name, export it: docker save {quote(source)} | imgscan - (or podman save)"


def _of_file(name: str) -> str | None:
    """Return how to scan what a transport of the containers tools names: a path, after a colon which image in it."""
    if os.path.exists(name):
        return f"the form is told by content: imgscan {quote(name)}"
    path, colon, reference = name.partition(":")
    if colon and reference and os.path.exists(path):
        return f"the form is told by content: imgscan {quote(path)} --image {quote(reference)}"
    return None
