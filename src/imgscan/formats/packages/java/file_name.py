"""What the name of a Java archive says: artifact, version and classifier.

Source: Maven, "Maven Coordinates" and its default repository layout, ``ARTIFACT-VERSION[-CLASSIFIER].jar``. No
character parts version and classifier for sure, so classifiers are known by their words. Eclipse writes
``NAME_VERSION.jar``.
"""

from __future__ import annotations

import re

import msgspec

from imgscan.formats.path import base_name

SUFFIXES = (".jar", ".war", ".ear", ".hpi", ".jpi", ".par", ".nar", ".lpkg", ".sar", ".rar", ".kar")
"""Endings of archives with a manifest: of Java, of plugins of Jenkins, JBoss, NiFi, Liferay and Karaf."""

_MAX_STEM = 300
_NUMBER = re.compile(r"[vr]?\d[A-Za-z0-9_.+]*", re.ASCII)
_QUALIFIER = re.compile(
    r"(?:snapshot|release|final|ga|rc|cr|m|alpha|beta|a|b|sp|sec|milestone|preview|pre|ea|incubating|redhat|android|jre"
    r"|jbossorg|pfd|build|dev|patch|hotfix|fix|p|rev|r|lts|edr|eap|atlassian|hudson|jenkins|cloudbees|tuxcare|fuse)"
    r"[.\d]*\d*|[0-9a-f]{7,40}",
    re.ASCII | re.IGNORECASE,
)
_SYSTEM = (
    r"(?:linux|osx|macosx?|macos|mac|darwin|windows|windows?|win32|win64|freebsd|openbsd|netbsd|solaris|sunos|aix|android"
    r"|ios|unix|alpine|natives?)"
)
_MACHINE = (
    r"(?:x86[-_]64|x86[-_]32|amd64|aarch[-_]?64|arm64|arm32|armhf|armv?\d*l?|x86|i[3-6]86|ppc64(?:le)?|ppcle[-_]64|s390x"
    r"|s390[-_]64|riscv64|loongarch64|mips64(?:el)?|sparcv?9?|64|32|universal2?)"
)
_CLASSIFIER = re.compile(
    rf"{_SYSTEM}(?:[-_]{_SYSTEM})?(?:[-_]?{_MACHINE})?(?:[-_](?:fedora|suse|debian|musl|gnu|gpu|cpu|cuda[\d.]*|avx2?))?"
    rf"|{_MACHINE}(?:[-_]{_SYSTEM})?"
    r"|(?:test[-_])?(?:sources?|src)|(?:test[-_])?java-?docs?|tests?|test-jar|test-fixtures"
    r"|(?:jar-)?with-dependencies|(?:no|without|sans)[-_]?(?:deps|dependencies|aop|shade)|uber|uberjar|fat|fatjar|shaded?"
    r"|unshaded|all|bundle[ds]?|standalone|full|onejar|one-jar|executable|exec|boot|runner|runnable|original|signed"
    r"|bin|dist|distribution|complete|minimal|plain|jakarta(?:ee)?|javax|jdk-?\d+(?:on|\.\d)?|java-?\d+|jre-?\d+|j2se\d*"
    r"|osgi|classes|client|server|api|lib|graalvm|native|native-image|indy|grooid|hadoop\d+|kafka\d*|obfuscated|proguard"
    r"|agent|javaagent|cli|dependencies|lite|slim|community|enterprise|oss|lgpl|gpl",
    re.ASCII | re.IGNORECASE,
)
# Names of bundles have dots, which tells them from Scala's ``kafka_2.13-3.5.0``.
_ECLIPSE = re.compile(r"([A-Za-z][A-Za-z0-9-]*(?:[._][A-Za-z][A-Za-z0-9-]*)+)_(\d+\.\d[A-Za-z0-9.+]*)", re.ASCII)
_ANOTHER_VERSION = re.compile(r"(?!\d{8}\.)\d+(?:\.\d+)+", re.ASCII)


class FileName(msgspec.Struct, frozen=True):
    """``artifact`` is the whole name without its ending where it has no version; then ``version`` is empty."""

    artifact: str
    version: str = ""
    classifier: str = ""


def parse_file_name(path: str) -> FileName:
    """Return what the last component of ``path`` says; total. A version that is no version stays in the artifact."""
    stem = base_name(path)
    stem = next((stem[: -len(end)] for end in SUFFIXES if stem.lower().endswith(end)), stem)[:_MAX_STEM]
    eclipse = _ECLIPSE.fullmatch(stem)
    if eclipse:
        return FileName(eclipse[1], eclipse[2])
    words = stem.split("-")
    starts = [at for at in range(1, len(words)) if words[at][:1].isdigit() and words[0]]
    # ``log4j-1.2-api-2.17.1``: a number may be part of the artifact, then what follows it is no version's.
    for at in starts:
        taken = _version_words(words[at:])
        rest = "-".join(words[at + taken :])
        if not rest or _CLASSIFIER.fullmatch(rest) or _classifiers(words[at + taken :]):
            return FileName("-".join(words[:at]), "-".join(words[at : at + taken]), rest)
    if starts:
        return FileName("-".join(words[: starts[0]]), "-".join(words[starts[0] :]))
    return FileName(stem)


def without_classifier(version: str) -> str:
    """Return a version as a file's name has it, without the classifier behind."""
    words = version.split("-")
    taken = _version_words(words)
    rest = words[taken:]
    return "-".join(words[:taken]) if rest and _classifiers(rest) else version


def _version_words(words: list[str]) -> int:
    """Return how many of the words, the first of which is a number, are the version's."""
    taken = 1
    while taken < len(words) and (_QUALIFIER.fullmatch(words[taken]) or _is_further_number(words, taken)):
        taken += 1
    return taken


def _is_further_number(words: list[str], at: int) -> bool:
    """Whether a word continues the version: ``1.0-20230101.123456-1``; not the second of ``jsp-2.1-6.1.14``."""
    return _NUMBER.fullmatch(words[at]) is not None and _ANOTHER_VERSION.fullmatch(words[at]) is None


def _classifiers(words: list[str]) -> bool:
    """Whether some words are classifiers, one after the other, each of one to three words."""
    if not words:
        return True
    return any(
        _CLASSIFIER.fullmatch("-".join(words[:size])) is not None and _classifiers(words[size:])
        for size in range(1, min(3, len(words)) + 1)
    )
