"""What a path says of a file: its kind, and whether secrets in it are likely samples."""

from __future__ import annotations

import re
from enum import StrEnum
from functools import lru_cache

from imgscan.analyzers.secrets.rating import Doubt


class FileKind(StrEnum):
    """How assignments are written in a file, as far as its name tells."""

    SOURCE = "source"
    CONFIG = "config"
    SHELL = "shell"
    TEXT = "text"
    MARKUP = "markup"


_SOURCE = frozenset(
    """
    py pyi pyx pyw js mjs cjs jsx ts mts cts tsx go java kt kts scala groovy c cc cpp cxx h hh hpp hxx m mm rs rb php
    phtml cs vb fs swift pl pm pm6 t lua dart ex exs erl hrl hs clj cljs coffee jl r elm nim zig v sol vue svelte asm s
    pyc pyo class wasm so dll dylib lisp el scm tcl awk pas d cr ml mli pxd ipynb map gradle proto thrift idl cmake mk am in ac m4 f90 sql
    """.split()
)
# With the dot, as patterns name them.
SOURCE_ENDINGS = frozenset(f".{ending}" for ending in _SOURCE)
_SHELL = frozenset("sh bash zsh ksh fish bat cmd ps1 psm1 psd1 csh history".split())
_CONFIG = frozenset(
    """
    env ini cfg conf config cnf properties props yml yaml json json5 jsonc toml xml tf tfvars tfstate hcl plist
    settings nuspec csproj npmrc pypirc netrc service desktop list repo reg url credentials secrets secret ovpn auth
    dockerfile containerfile envrc htpasswd pgpass yarnrc boto s3cfg tugboat esmtprc ftpconfig
    """.split()
)
_MARKUP = frozenset(
    "md rst adoc asciidoc html htm xhtml css scss less svg tex texi man po pot mdx textile pod 1 3 5 8".split()
)
_COMPRESSED = (".gz", ".bz2", ".xz", ".zst", ".lzma")
_SETTINGS_TEXT = re.compile(
    rb"\s*(?:[{\[]\s*[\"\[{]|<\?xml|---\s|#cloud-config|\[[\w .-]{1,40}\]\s|(?:#[^\n]*\n\s*)*(?:export |set |- )?[\"']?[\w.-]{1,64}[\"']?\s?[=:]\s*\S)"
)
# Sources that are configuration: what they assign is what an installation uses.
_SETTINGS = re.compile(
    r"(?:[a-z_-]{0,20}config(?:uration)?(?:[._-][a-z]{1,12})?|(?:local_?|prod(?:uction)?_?|dev_?)?settings[a-z_]{0,12}|database|"
    r"credentials|secrets?|secret_token|parameters|env)\.(?:php|py|rb|inc\.php)"
)
_SAMPLE = re.compile(
    r"(?i)(?:^|/)(?:tests?|testing|testdata|test[-_]data|fixtures?|examples?|samples?|demos?|docs?|spec|specs|mocks?|"
    r"__tests__|__mocks__|molecule|vectors|cookbook|benchmarks?|man|changelog[^/]*|changes[^/]*|history\.[a-z]+|readme[^/]*|"
    r"[^/]*\.(?:po|pot|mo|md|rst|adoc|html?|ipynb)|test_[^/]*|[^/]*[._-]tests?\.[a-z]+|[^/]*[._-](?:examples?|samples?)\.[a-z0-9]{1,5}|[^/]*\.d\.[cm]?ts|[^/]*[._-](?:dist|egg)-info|(?:examples?|samples?)[-_.0-9][^/]*|conftest\.py|[^/]*\.(?:example|sample|dist|template|tmpl))"
    r"(?:/|$)"
)
_LIBRARY = re.compile(
    r"(?:^|/)(?:site-packages|dist-packages|node_modules|ansible_collections|vendor/bundle|\.cargo/registry|go/pkg/mod|"
    r"\.m2/repository|gems/[^/]+-\d[^/]*|usr/share/(?:doc|info|cmake[^/]*|man|perl5?|locale|help|licenses)|usr/lib/(?:go|ruby|perl5?|python3[^/]*|node_modules))/|\.so(?:\.[0-9.]+)?$|\.pyc$"
)


def name_inside(path: str) -> str:
    """Return the name by which to read the innermost content of a chain: ``c.yml`` for ``a.jar!/b/c.yml!base64``.

    Where the encoded text reads like settings, the chain says so by an ending of its own: ``a.py!base64.conf``.
    """
    if "!" not in path:
        return path[path.rfind("/") + 1 :]
    name = path.rpartition("!/")[2]
    outer, encoded, step = name.rpartition("!")
    if not encoded:
        return name[name.rfind("/") + 1 :]
    if "." in step:
        return step
    outer = outer.partition("!")[0]
    name = outer[outer.rfind("/") + 1 :]
    return name if step else name.removesuffix(name[name.rfind(".") :] if name.endswith(_COMPRESSED) else "")


@lru_cache(maxsize=4096)
def file_kind(path: str) -> FileKind:
    """Return what kind a path's name makes of a file; a name that says nothing is TEXT."""
    name = name_inside(path).lower()
    end = name[name.rfind(".") + 1 :] if "." in name else name
    for ignored in ("bak", "old", "orig", "save", "example", "dist", "template", "tmpl", "sample", "j2", "tpl", "tmp"):
        if end == ignored and name.count(".") > 1:
            name = name[: -len(end) - 1]
            end = name[name.rfind(".") + 1 :]
    if _SETTINGS.fullmatch(name):
        return FileKind.CONFIG
    if end in _SHELL or name.endswith(("_history", "bashrc", "profile", "bash_aliases", "zshrc")):
        return FileKind.SHELL
    if end in _SOURCE:
        return FileKind.SOURCE
    if end in _MARKUP:
        return FileKind.MARKUP
    if end in _CONFIG or name.startswith((".env", "dockerfile")):
        return FileKind.CONFIG
    return FileKind.TEXT


# Files that are there to hold credentials, and what people typed: what looks like a password in one is one.
_CREDENTIALS = re.compile(
    r"(?i)(?:^|/)(?:\.netrc|_netrc|\.pgpass|pgpass\.conf|\.my\.cnf|\.pypirc|\.npmrc|\.yarnrc(?:\.yml)?|\.s3cfg|\.boto|\.dockercfg|rclone\.conf|"
    r"sftp-config\.json|\.ftpconfig|\.remote-sync\.json|\.git-credentials|\.msmtprc|\.fetchmailrc|\.cargo/credentials(?:\.toml)?|"
    r"\.gem/credentials|\.aws/credentials|\.config/(?:gh/hosts\.yml|hub)|\.m2/settings\.xml|\.?[a-z_]{0,20}_history|fish_history|"
    r"chap-secrets|pap-secrets|wpa_supplicant\.conf)$"
)


def is_credential_file(path: str) -> bool:
    """Whether a file is there to hold credentials, or holds what people typed into a shell."""
    return "!" not in path and _CREDENTIALS.search(path) is not None


def reads_like_settings(data: bytes) -> bool:
    """Whether a text without a name is settings: JSON, YAML, lines of names and values; a map of sources is none."""
    return _SETTINGS_TEXT.match(data[:4096]) is not None and b'"mappings"' not in data


@lru_cache(maxsize=4096)
def sample_reason(path: str) -> Doubt:
    """Return why secrets of this file are likely samples; ``Doubt.NONE`` when nothing says so."""
    path = path.replace("!", "/")
    if _SAMPLE.search(path):
        return Doubt.SAMPLE
    if _LIBRARY.search(path):
        return Doubt.LIBRARY
    return Doubt.NONE
