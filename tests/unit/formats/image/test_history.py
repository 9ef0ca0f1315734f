from __future__ import annotations

import pytest

from imgscan.formats.image.history import Dialect, parse_history


@pytest.mark.parametrize(
    ("text", "dialect", "instruction", "arguments"),
    [
        ("/bin/sh -c #(nop) ADD file:abc in / ", Dialect.DOCKER, "ADD", "file:abc in /"),
        ('/bin/sh -c #(nop)  CMD ["sh"]', Dialect.DOCKER, "CMD", '["sh"]'),
        ("/bin/sh -c apt-get update", Dialect.DOCKER, "RUN", "apt-get update"),
        ("/bin/bash -o pipefail -c a | b", Dialect.DOCKER, "RUN", "a | b"),
        ("RUN /bin/sh -c apt-get update # buildkit", Dialect.BUILDKIT, "RUN", "apt-get update"),
        ("COPY a /b # buildkit", Dialect.BUILDKIT, "COPY", "a /b"),
        (
            "/bin/sh -c #(nop) COPY dir:3a in ./files |inheritLabels=false",
            Dialect.BUILDAH,
            "COPY",
            "dir:3a in ./files",
        ),
        (
            "/bin/sh -c #(nop) HEALTHCHECK NONE|unsetLabel=true|inheritLabels=false|force-mtime=10",
            Dialect.BUILDAH,
            "HEALTHCHECK",
            "NONE",
        ),
        ("cmd /S /C #(nop)  ENV A=1", Dialect.WINDOWS, "ENV", "A=1"),
        ("powershell -NoProfile -Command Get-Item x", Dialect.WINDOWS, "RUN", "Get-Item x"),
        ("Apply image 10.0.17763.107", Dialect.WINDOWS, "", "Apply image 10.0.17763.107"),
        ("bazel build ...", Dialect.BAZEL, "", "bazel build ..."),
        ("jib-gradle-plugin:3.4.0", Dialect.JIB, "", "jib-gradle-plugin:3.4.0"),
        ("ko build ko://example.test/x", Dialect.KO, "", "ko build ko://example.test/x"),
        ("apko", Dialect.APKO, "", "apko"),
        ("umoci config", Dialect.UMOCI, "", "umoci config"),
        ("# debian.sh --arch 'amd64' out/", Dialect.DEBUERREOTYPE, "", "# debian.sh --arch 'amd64' out/"),
        ("RUN mkdir /x", Dialect.DOCKERFILE, "RUN", "mkdir /x"),
        ("apt-get update && apt-get install x", Dialect.UNKNOWN, "", "apt-get update && apt-get install x"),
        ("", Dialect.UNKNOWN, "", ""),
    ],
)
def test_the_dialects(text: str, dialect: Dialect, instruction: str, arguments: str) -> None:
    found = parse_history(text)
    assert (found.dialect, found.instruction, found.arguments) == (dialect, instruction, arguments)


@pytest.mark.parametrize(
    ("text", "comment", "author", "dialect"),
    [
        ("ENV A=b", "buildkit.dockerfile.v0", "", Dialect.BUILDKIT),
        ("/bin/sh -c make", "FROM registry.example/library/alpine:3", "", Dialect.BUILDAH),
        ("RUN mkdir /x", "", "kaniko", Dialect.KANIKO),
        ("", "Imported from -", "", Dialect.IMPORT),
        ("", "store paths: ['/nix/store/x']", "", Dialect.NIX),
        ("something", "", "Bazel", Dialect.BAZEL),
        ("/bin/sh -c make", "my own words", "me", Dialect.DOCKER),
    ],
)
def test_comment_and_author_tell_a_builder(text: str, comment: str, author: str, dialect: Dialect) -> None:
    assert parse_history(text, comment, author).dialect is dialect


def test_build_arguments_are_taken_off_a_run() -> None:
    for text in ("|2 A=b c D=e=f /bin/sh -c make all", "RUN |2 A=b c D=e=f /bin/sh -c make all # buildkit"):
        found = parse_history(text)
        assert found.build_args == (("A", "b c"), ("D", "e=f"))
        assert (found.shell, found.arguments) == ("/bin/sh -c", "make all")


def test_without_a_shell_the_last_build_argument_ends_at_a_blank() -> None:
    found = parse_history("|1 A=b make all")
    assert (found.build_args, found.arguments) == ((("A", "b"),), "make all")


def test_no_build_arguments_are_none() -> None:
    found = parse_history("|0 /bin/sh -c A=b make")
    assert (found.build_args, found.arguments) == ((), "A=b make")


def test_a_word_that_only_looks_like_a_shell_is_none() -> None:
    assert parse_history("/bin/sh").instruction == ""
    assert parse_history("/bin/shell -c x").instruction == ""
