"""Names of programs with versions, targets and variants, and names that only look like them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgscan.system.programs.names import SECTIONS, plain_name, sections_of


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("bash", "bash"),
        ("python3.11", "python"),
        ("python3", "python"),
        ("python3.11d", "python"),
        ("gcc-12", "gcc"),
        ("php8.2", "php"),
        ("perl5.36.0", "perl"),
        ("perl5.36-x86_64-linux-gnu", "perl"),
        ("lua5.4", "lua"),
        ("node20", "node"),
        ("pip3.11", "pip"),
        ("clang++-14", "clang++"),
        ("ld.lld-14", "ld.lld"),
        ("gcc-ar-12", "gcc-ar"),
        ("nc.openbsd", "nc"),
        ("nc.traditional", "nc"),
        ("vim.basic", "vim"),
        ("bash-static", "bash"),
        ("x86_64-linux-gnu-gcc", "gcc"),
        ("x86_64-linux-gnu-gcc-12", "gcc"),
        ("x86_64-alpine-linux-musl-gcc", "gcc"),
        ("arm-none-eabi-objdump", "objdump"),
        ("avr-gcc", "gcc"),
        ("ping6", "ping6"),
        ("c89", "c89"),
        ("ksh93", "ksh93"),
        ("m4", "m4"),
        ("busybox.static", "busybox.static"),
    ],
)
def test_versions_targets_and_variants_are_taken_off(name: str, plain: str) -> None:
    assert plain_name(name) == plain


@pytest.mark.parametrize(
    "name",
    [
        "",
        "nologin",
        "false",
        "true",
        "python3-config",
        "sh1",
        "as-31",
        "x86_64",
        "ld.so",
        "gcc-wrapper",
        "bashbug",
        "-",
        "x86_64-linux-gnu-python3",
        "ssh_config",
        "sshd_config.d",
        "vim.",
        "curl-config",
        "3",
        "nginx.conf",
    ],
)
def test_names_that_only_look_alike_are_unknown(name: str) -> None:
    assert sections_of(name) == ()


@pytest.mark.parametrize(
    ("name", "sections"),
    [
        ("sh", ("shells",)),
        ("python3.11", ("interpreters",)),
        ("vi", ("interpreters", "debug_tools")),
        ("gdb", ("interpreters", "debug_tools")),
        ("go1.21", ("package_managers", "compilers")),
        ("psql", ("interpreters", "network_tools")),
        ("sshd", ("daemons",)),
        ("sudo", ("container_tools",)),
    ],
)
def test_a_program_may_belong_to_several_sections(name: str, sections: tuple[str, ...]) -> None:
    assert sections_of(name) == sections


def test_every_name_of_the_tables_is_its_own_plain_name() -> None:
    assert all(plain_name(name) == name for _, names in SECTIONS for name in names)


@given(st.text(alphabet="abcgnpy-._0123456789x+", max_size=40) | st.text(max_size=12))
def test_any_name_is_answered(name: str) -> None:
    assert plain_name(name) == plain_name(plain_name(name) or name)
