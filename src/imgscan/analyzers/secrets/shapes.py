"""Shapes that a value can have: of a file, an identifier, a call, a number, a date; of hexadecimal, of a UUID."""

from __future__ import annotations

import re

URLISH = re.compile(r"^(?:[a-z][a-z0-9+.-]{1,12}://|//|urn:|/|\./|\.\./|~/|[A-Za-z]:\\|www\.)")
FILE = re.compile(
    r"(?i)\.(?:py|js|ts|json|ya?ml|xml|html?|php|pem|key|crt|cer|txt|conf|cfg|ini|jks|p12|pfx|keytab|com|org|net|io|local|dev|rb|go|java|class|md|sh|env|pub|csv|sql|png|jpe?g|gif|svg|css|zip|tar|tgz|gz|log|bak)(?::\d+)?(?:/|$)"
)
IDENTIFIER = re.compile(r"^[A-Za-z_$][A-Za-z_]*(?:[.:/-]+[A-Za-z_]+)*[?!]?$")
DOTTED = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+")
CONSTANT = re.compile(r"^[A-Z]{3,}[A-Z0-9]*(?:[_-][A-Z0-9]+)+$|^[A-Z][A-Z_]*(?:[_-][A-Z]+)+$")
HEX = re.compile(r"^(?:0x)?[0-9a-fA-F]{16,}$")
UUID = re.compile(r"(?i)^[0-9a-z]{7,8}-[0-9a-z]{4,5}-[0-9a-z]{3,4}-[0-9a-z]{3,4}-[0-9a-z]{6,12}$")
COORDINATES = re.compile(r"[\w.-]+:(?:[\w.-]+:)?(?:jar|pom|war|bundle|aar|maven-plugin)(?::[\w.-]+)*$")
"""Of a Maven artifact: ``io.jsonwebtoken:jjwt-api:jar:0.13.0``."""

RESOURCE = re.compile(r"(?:projects|organizations|subscriptions|locations|secrets)/[^/]+/[a-z]\w+/")
"""The path of a resource of a cloud: ``projects/name/secrets/other/versions/1``."""

REGISTRY = re.compile(r"(?<!\w)[A-Za-z]\w+(?:\\{1,2}[A-Za-z][\w .-]+){2}")
"""Names with backslashes between, as of a registry's key."""

TAG = re.compile(r"\w+,\d+,\w+,name=")
"""A tag of a Go structure, as protobuf's compiler writes it: ``bytes,1,opt,name=key``."""

EXPRESSION = re.compile(
    r"\[\^?[^\]\s]{0,20}(?:a-z|A-Z|a-f|A-F|0-9|\\[dws])[^\]\s]{0,20}\][{*+?]|\(\?[:!=<iP]|\\[dws][+*{]"
)
"""Part of a regular expression."""

ARCHITECTURE = re.compile(
    r"(?:all|any|alpha|amd64|arm64(?:ilp32)?|arm(?:el|hf)?|(?:hurd-|kfreebsd-|musl-linux-)?(?:i386|amd64)|hppa|ia64|loong64|m68k|"
    r"mips(?:64)?(?:el)?(?:r6)?(?:el)?|powerpc|ppc64(?:el)?|riscv64|s390x?|sh4|sparc(?:64)?|x32)(?![A-Za-z0-9_.-])"
)
"""Of Debian (dpkg's cputable), behind a package's name: ``base-passwd:amd64``."""

NUMBER = re.compile(r"^[0-9][0-9._,-]*(?:[smhdkKMG]|ms|px|em|%)?$")
DATE = re.compile(r"^\d{4}-\d\d-\d\d|^\d{1,2}:\d\d|^[v^~<>=]{0,3}\d+\.\d+(?:\.\d+)?(?!\w)")
CALL = re.compile(r"[A-Za-z_]\w*\(|\)\.|\w\.\w+\(|\[['\"]|\w\[\w|->|=>|\+\s|\|\||^['\"]?\s*[.+,]\s?[$\w]|^['\"]\s*[.+]")
"""Code where a value would be: a call, an index, an arrow, a sum."""
