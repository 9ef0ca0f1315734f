"""The loaders' settings."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgscan.formats.elf.ldconf import cached_folders, parse_ld_conf, parse_musl_path, parse_preload


def test_ld_so_conf_names_directories_and_includes() -> None:
    text = (
        "# local\n/usr/local/lib # ours\n\ninclude /etc/ld.so.conf.d/*.conf more.conf\nhwcap 1 nosegneg\n"
        "/opt/a, /opt/b/\n/old=libc6\n"
    )

    folders, includes = parse_ld_conf(text)

    assert folders == ("/usr/local/lib", "/opt/a", "/opt/b", "/old")
    assert includes == ("/etc/ld.so.conf.d/*.conf", "more.conf")


def test_what_is_no_directory_is_left_out() -> None:
    assert parse_ld_conf("lib\n$ORIGIN\n") == ((), ())


def test_musl_separates_by_colons_and_lines() -> None:
    assert parse_musl_path("/lib:/usr/lib\n/opt/lib\nrelative") == ("/lib", "/usr/lib", "/opt/lib")


def test_preloaded_libraries_are_separated_by_blanks_and_colons() -> None:
    assert parse_preload("/lib/a.so /lib/b.so:/lib/c.so # not this\nlibd.so\n") == (
        "/lib/a.so",
        "/lib/b.so",
        "/lib/c.so",
        "libd.so",
    )
    assert parse_preload("# nothing\n\n") == ()


@pytest.mark.parametrize("magic", [b"ld.so-1.7.0", b"glibc-ld.so.cache1.1"])
def test_the_cache_names_the_directories_of_its_libraries(magic: bytes) -> None:
    data = magic + b"\1\2\0libz.so.1\0/opt/z/libz.so.1\0liba.so\0/lib/liba.so\0/lib/libb.so\0"

    assert cached_folders(data) == ("/lib", "/opt/z")


def test_another_content_is_no_cache() -> None:
    assert cached_folders(b"\0/lib/liba.so\0") == ()


@given(st.text(), st.binary())
def test_settings_are_total(text: str, data: bytes) -> None:
    parse_ld_conf(text)
    parse_musl_path(text)
    parse_preload(text)
    cached_folders(b"ld.so-1.7.0" + data)
