"""What is observed of files that packages record digests of."""

from __future__ import annotations

import hashlib

import pytest

from imgscan.system.packages.programs import CodeType, Digests, HashedFile, ProgramDigests
from imgscan.testing import TarBuilder
from imgscan.testing.run import facts_of

ELF = b"\x7fELF and what follows"


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def test_a_program_has_its_type_and_the_digest_that_its_directory_asks_for() -> None:
    facts = facts_of(ProgramDigests(), TarBuilder().file("usr/lib64/a.so", ELF))

    assert facts == [("usr/lib64/a.so", HashedFile(type=CodeType.ELF, digests=Digests(sha256=sha256(ELF))))]


def test_a_program_over_the_bound_is_a_fact_without_a_digest() -> None:
    facts = facts_of(ProgramDigests(8), TarBuilder().file("usr/lib64/a.so", ELF))

    assert facts == [("usr/lib64/a.so", HashedFile(type=CodeType.ELF, digests=Digests()))]


def test_a_source_over_the_bound_is_no_fact() -> None:
    assert not facts_of(ProgramDigests(8), TarBuilder().file("usr/lib/a.py", b"print('a long line')\n"))


@pytest.mark.parametrize(
    ("path", "content", "code_type"),
    [
        ("usr/bin/a", b"#!/bin/sh\n", CodeType.SCRIPT),
        ("usr/lib/a.py", b"pass\n", CodeType.CODE),
        ("etc/a.conf", b"a=1\n", CodeType.CONFIGURATION),
        ("etc/a.py", b"pass\n", CodeType.CODE),
    ],
)
def test_scripts_sources_and_settings_are_told_apart(path: str, content: bytes, code_type: CodeType) -> None:
    ((_, fact),) = facts_of(ProgramDigests(), TarBuilder().file(path, content))

    assert fact.type is code_type


@pytest.mark.parametrize("algorithm", ["md5", "sha1", "sha256"])
def test_a_digest_is_given_by_the_name_of_its_algorithm(algorithm: str) -> None:
    digests = Digests(md5="md5", sha1="sha1", sha256="sha256")

    assert digests.get(algorithm) == algorithm


@pytest.mark.parametrize("algorithm", ["sha512", "type", ""])
def test_no_other_name_gives_a_digest(algorithm: str) -> None:
    assert Digests(md5="md5", sha1="sha1", sha256="sha256").get(algorithm) is None


def test_digests_none_of_which_was_taken_are_false() -> None:
    assert not Digests()
    assert Digests(sha1="0" * 40)
