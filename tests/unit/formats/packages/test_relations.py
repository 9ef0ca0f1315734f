from __future__ import annotations

from imgscan.formats.packages.relations import (
    MAX_NAMES,
    apk_relations,
    bounded,
    debian_relations,
    python_relations,
    rpm_relations,
)


def test_debian_names_come_without_versions_and_architectures() -> None:
    assert debian_relations("libc6 (>= 2.36), libssl3:any", "a | b (= 1) | c,\n d [amd64]") == (
        "libc6",
        "libssl3",
        "a|b|c",
        "d",
    )
    assert debian_relations("", ", ,", "(broken") == ()


def test_apk_names_come_without_versions_and_without_conflicts() -> None:
    field = "so:libc.musl-x86_64.so.1 busybox>=1.36 !uclibc /bin/sh cmd:ls=1.0-r0 pkg~1 foo@edge"

    assert apk_relations(field) == ("so:libc.musl-x86_64.so.1", "busybox", "/bin/sh", "cmd:ls", "pkg", "foo")


def test_what_rpm_provides_itself_is_no_package() -> None:
    names = ["glibc", "rpmlib(CompressedFileNames)", "(foo if bar)", "config(bash)", "libc.so.6()(64bit)", "/bin/sh"]

    assert rpm_relations(names) == ("glibc", "libc.so.6()(64bit)", "/bin/sh")


def test_what_an_extra_alone_needs_is_left_out() -> None:
    lines = [
        "urllib3 (<3,>=1.21.1)",
        "PySocks!=1.5.7 ; extra == 'socks'",
        "chardet[full]>=3; python_version<'3'",
        "!bad",
    ]

    assert python_relations(lines) == ("urllib3", "chardet")


def test_names_are_bounded() -> None:
    assert len(bounded(f"n{number}" for number in range(MAX_NAMES + 5))) == MAX_NAMES
    assert bounded(["a", "", "a", "b" * 301]) == ("a",)
