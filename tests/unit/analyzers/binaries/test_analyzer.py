"""Known programs outside of packages."""

from __future__ import annotations

import re

import pytest

from imgscan.analyzers.binaries.analyzer import Binaries
from imgscan.analyzers.binaries.table import known_programs, rows_of
from imgscan.analyzers.packages.analyzer import Packages
from imgscan.testing.packages import ELF, debian

from ..packaged import Told, told

ANALYZERS = (Packages(), Binaries())


def listed(result: Told) -> list[tuple[str, str]]:
    return [(item["name"], item["version"]) for item in result.section("packages")]


@pytest.mark.parametrize(
    ("path", "content", "name", "version"),
    [
        ("usr/local/bin/node", b"node.js/v20.11.1 ", "node", "20.11.1"),
        ("usr/local/bin/python3.11", b"\x003.40.1\x00\x003.11.8\x00", "python", "3.11.8"),
        ("usr/local/lib/libpython3.12.so.1.0", b"\x003.12.2\x00", "python", "3.12.2"),
        ("usr/local/bin/redis-server", b"7.2.4buildkitsandbox-1704797826000000000\0", "redis", "7.2.4"),
        ("usr/local/bin/redis-server", b"4.0.11841ce7054bd9-1542359302000000000\0", "redis", "4.0.11"),
        ("usr/sbin/nginx", b"nginx version: nginx/1.25.4\0", "nginx", "1.25.4"),
        ("usr/local/bin/postgres", b"\0PostgreSQL 16.2 on x86_64", "postgresql", "16.2"),
        ("usr/local/bin/ruby", b"ruby 3.3.0 (2023-12-25 revision 5124f9ac75)", "ruby", "3.3.0"),
        ("usr/local/bin/php", b"X-Powered-By: PHP/8.3.3\0", "php", "8.3.3"),
        ("usr/local/sbin/haproxy", b"HAProxy version 2.9.5 2024/02/15", "haproxy", "2.9.5"),
        ("usr/local/apache2/bin/httpd", b"Apache/2.4.58 (Unix)", "httpd", "2.4.58"),
        ("usr/sbin/mysqld", b"/build/mysql-8.3.0/sql/x.cc", "mysql", "8.3.0"),
        ("usr/sbin/mariadbd", b"11.3.2-MariaDB-1:11.3.2", "mariadb", "11.3.2"),
        ("usr/bin/mongod", b'{"version": "7.0.5", "gitVersion": "x"}', "mongodb", "7.0.5"),
        ("opt/lib/libz.so.1.3.1", b" deflate 1.3.1 Copyright 1995-2024", "zlib", "1.3.1"),
        ("opt/lib/libssl.so.3", b"OpenSSL 3.2.1 30 Jan 2024", "openssl", "3.2.1"),
        ("bin/busybox", b"BusyBox v1.36.1 (2023-11-07)", "busybox", "1.36.1"),
        ("opt/swipl/bin/swipl", b"\0/build/swipl-9.3.8/src\0", "swi-prolog", "9.3.8"),
        ("usr/lib/dart/bin/dart", b'Dart,GC"\x003.6.0-216.1.beta (beta) (Mon', "dart", "3.6.0-216.1.beta"),
        ("opt/ghc/bin/ghc-9.4.7", b"\0libHSghc-9.4.7-ghc9.4.7.so\0", "ghc", "9.4.7"),
        ("usr/local/bin/cabal", b"ghc-9.0.2/cabal-install-3.4.1.0\0", "cabal-install", "3.4.1.0"),
        ("usr/local/bin/stack", b"Version 2.15.7, Git revision 7c10", "stack", "2.15.7"),
        ("usr/local/bin/elixir", b"#!/bin/sh\nELIXIR_VERSION=1.17.2\n", "elixir", "1.17.2"),
        ("bin/consul", b"CONSUL_VERSION: 1.15.2", "consul", "1.15.2"),
        ("usr/local/bin/traefik", b"\0\x002.9.6\0", "traefik", "2.9.6"),
        ("usr/local/bin/helm", b"\0v3.10.3\0", "helm", "3.10.3"),
        ("fluent-bit/bin/fluent-bit", b"\x003.0.2\0%sFluent Bit v%s", "fluent-bit", "3.0.2"),
        ("fluent-bit/bin/fluent-bit", b"\x002.2.1\0\0\0Fluent Bit v%s", "fluent-bit", "2.2.1"),
        ("usr/local/bin/wp", b"#!/usr/bin/env php\nwp-cli/wp-cli 2.9.0", "wp-cli", "2.9.0"),
        ("usr/local/bin/zstd", b"\x001.2.13\0\0v1.5.4\0", "zstd", "1.5.4"),
        ("usr/local/lib/liblzma.so.5.6.1", b"\x005.6.1\0", "xz", "5.6.1"),
        ("usr/local/bin/gzip", b"\x001.12\0", "gzip", "1.12"),
        ("usr/local/bin/sqlcipher", b"fast_kdf_iter\x004.5.5\0cipher_page", "sqlcipher", "4.5.5"),
        ("opt/google/chrome/chrome", b"\x00126.0.6478.182\0chrome\0", "chrome", "126.0.6478.182"),
        ("opt/Qt/lib/libQt6Core.so.6.5.0", b"\0\0Qt 6.5.0 (x86_64-little_endian", "qtbase", "6.5.0"),
        ("usr/local/bin/ctest", b"DASHBOARD_TEST_FROM_CTEST=3.25.1\n", "cmake", "3.25.1"),
        ("usr/local/bin/make", b"x86_64-pc-linux-gnu\x004.3\0$(strip", "make", "4.3"),
        ("usr/local/bin/tinyproxy", b"Server: tinyproxy/1.11.1\0Content-type", "tinyproxy", "1.11.1"),
        ("usr/local/bin/turnserver", b"Coturn-4.6.1 'Gorst'\0", "coturn", "4.6.1"),
        ("usr/local/bin/deno", b"OTel-OTLP-Exporter-Deno/0.82.0grpc 2.9.8Deno/2.9.8Deno/2.9.8+fe7", "deno", "2.9.8"),
        ("usr/local/bin/node", b"download/release/v24.19.0/node-v24.19.0.tar.gz\0", "node", "24.19.0"),
        ("usr/local/bin/jq", b"failed: %s\n\x001.6\0DEBUG:", "jq", "1.6"),
        ("usr/local/sbin/openvpn", b"OpenVPN 2.7\0\0OpenVPN 2.6.14 x86_64-pc-linux-gnu", "openvpn", "2.6.14"),
        ("usr/local/lib/libxml2.so.2.9.14", b"\0::20914\0", "libxml2", "2.9.14"),
        ("usr/local/lib/libxml2.so.2", b"\x0021004\0", "libxml2", "2.10.4"),
        ("lib/rustlib/libstd-a5a48102fbd58791.so", b"/usr/src/rustc-1.63.0/library/alloc", "rust", "1.63.0"),
        ("usr/lib/erlang/erts-13/bin/beam.smp", b"\0/usr/src/otp_src_25.3.2.6/erts/x", "erlang", "25.3.2.6"),
        ("usr/local/lib/libavcodec.so.59.37.100", b"FFmpeg version 5.1.9-0", "ffmpeg", "5.1.9"),
        ("usr/local/bin/redis-check-rdb", b"\x007.0.15\0c11-builtin\0", "redis", "7.0.15"),
        ("usr/local/lib/libpcre2-8.so.0.11.2", b"\x0010.42 2022-12-11\0", "pcre2", "10.42"),
    ],
)
def test_a_program_is_known_by_its_name_and_its_own_words(path: str, content: bytes, name: str, version: str) -> None:
    assert listed(told({path: (0o755, ELF + content)}, analyzers=ANALYZERS)) == [(name, version)]


@pytest.mark.parametrize(
    ("path", "content", "name", "version"),
    [
        ("usr/local/go/VERSION", b"go1.22.1\ntime 2024", "go", "1.22.1"),
        ("opt/java/openjdk/release", b'IMPLEMENTOR="Eclipse Adoptium"\nJAVA_VERSION="21.0.2"\n', "openjdk", "21.0.2"),
        (
            "usr/local/include/node/node_version.h",
            b"#define NODE_MAJOR_VERSION 20\n#define NODE_MINOR_VERSION 11\n#define NODE_PATCH_VERSION 1\n",
            "node",
            "20.11.1",
        ),
        ("usr/local/include/python3.11/patchlevel.h", b'#define PY_VERSION              "3.11.8"', "python", "3.11.8"),
        ("usr/local/lib/erlang/releases/26/OTP_VERSION", b"26.2.2\n", "erlang", "26.2.2"),
    ],
)
def test_an_installation_is_known_by_a_file_of_its_own(path: str, content: bytes, name: str, version: str) -> None:
    assert listed(told({path: content}, analyzers=ANALYZERS)) == [(name, version)]


def test_the_item_has_a_package_url_and_a_cpe() -> None:
    (item,) = told({"usr/local/bin/node": ELF + b"node.js/v20.11.1 "}, analyzers=ANALYZERS).section("packages")

    assert item["purl"] == "pkg:generic/node@20.11.1"
    assert item["cpe"] == "cpe:2.3:a:nodejs:node.js:20.11.1:*:*:*:*:*:*:*"


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("usr/local/bin/node", b"another program of that name"),
        ("usr/local/bin/other", b"node.js/v20.11.1 "),
        ("app/VERSION", b"go1.22.1\n"),
        ("etc/release", b"VERSION=1\n"),
        ("usr/local/bin/python3.11", b"\x003.40.1\x00"),
        ("usr/local/bin/zstd", b"\x001.2.13\0"),
        ("usr/local/bin/helm", b"client 3.10.3\0"),
        ("usr/local/bin/dart", b"\x003.5.2 (unknown)"),
        ("usr/local/bin/make", b"\x004.3\0"),
        ("usr/local/sbin/openvpn", b"features new in OpenVPN 2.7\0"),
        ("usr/local/lib/libstd-short.so", b"/usr/src/rustc-1.63.0/library/alloc"),
    ],
)
def test_another_name_or_other_words_are_no_known_program(path: str, content: bytes) -> None:
    assert listed(told({path: ELF + content}, analyzers=ANALYZERS)) == []


def test_a_program_of_a_package_is_listed_by_that_alone() -> None:
    files = {"/usr/bin/curl": ELF + b"curl/7.88.1"}

    result = told({**debian(("curl", "7.88.1-10", files)), "usr/bin/curl": files["/usr/bin/curl"]}, analyzers=ANALYZERS)

    assert listed(result) == [("curl", "7.88.1-10")]


def test_a_program_and_its_header_are_one_installation() -> None:
    header = b"#define NODE_MAJOR_VERSION 20\n#define NODE_MINOR_VERSION 11\n#define NODE_PATCH_VERSION 1\n"
    files = {"usr/local/bin/node": ELF + b"node.js/v20.11.1 ", "usr/local/include/node/node_version.h": header}

    assert listed(told(files, analyzers=ANALYZERS)) == [("node", "20.11.1")]


def test_every_expression_of_the_table_has_a_group_and_no_loop_without_a_bound() -> None:
    for rows in known_programs().values():
        for program in rows:
            for text in program.find:
                plain = text.replace("{v}", "(1)").replace("{series}", "3.11")
                assert re.compile(plain.encode()).groups >= 1, text
                assert not re.search(r"[\])\w][*]|[\])][+]", plain), text


def test_a_library_is_found_by_its_soname() -> None:
    assert [row.name for row in rows_of("usr/lib/libz.so.1.2.13")] == ["zlib"]
    assert rows_of("usr/lib/libunknown.so.1.2") == ()


def test_the_table_knows_a_hundred_programs() -> None:
    assert len({program.name for rows in known_programs().values() for program in rows}) >= 130
