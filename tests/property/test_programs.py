"""Analyzers of programs on hostile images: whatever the files hold, they observe and conclude without raising."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from imgscan.analyzers.capabilities.analyzer import Capabilities
from imgscan.analyzers.elf.analyzer import Elf
from imgscan.analyzers.programs.analyzer import Programs
from imgscan.model.image import ImageConfig
from imgscan.testing import TarBuilder, merged, program, survey

ANALYZERS = (Capabilities(), Programs(), Elf())
WHOLE = program(
    imports=["execve", "setpgid", "__memcpy_chk", "Py_BytesMain"],
    exports=["main"],
    rpath="$ORIGIN/../$LIB:/tmp:",
    features=3,
    symbols=["main"],
    contents={".rodata": b"\0[\0[[\0ash\0sh\0PS4=+ \0OPTIND=1\0", ".comment": b"GCC"},
)
PATHS = (
    "bin/sh bin/busybox usr/bin/python3 usr/sbin/sshd etc/ld.so.conf etc/ld.so.cache etc/ld.so.preload etc/inittab "
    "etc/ld.so.conf.d/a.conf etc/ld-musl-x86_64.path entry.sh etc/init.d/ssh etc/systemd/system/ssh.service "
    "etc/service/x/run etc/supervisord.conf lib/libc.so.6 lib64/ld-linux-x86-64.so.2"
).split()
TEXTS = st.text("abc /\n$={}()'\";&|-:#!", max_size=80).map(str.encode)


@st.composite
def contents(draw: st.DrawFn) -> bytes:
    """Draw a program with bytes changed and its end cut off, a script, a setting, or noise."""
    if draw(st.booleans()):
        data = bytearray(WHOLE)
        for at, new in draw(st.lists(st.tuples(st.integers(0, len(WHOLE)), st.binary(max_size=9)), max_size=8)):
            data[at : at + len(new)] = new
        return bytes(data[: draw(st.integers(0, 2 * len(data)))])
    return draw(st.one_of(st.binary(max_size=200), TEXTS, TEXTS.map(lambda text: b"#!/bin/sh\n" + text)))


FILES = st.dictionaries(st.sampled_from(PATHS), contents(), max_size=6)
COMMANDS = st.none() | st.lists(st.sampled_from(["sh", "-c", "/entry.sh", "sshd", "service ssh start", "", "--"]))


@given(FILES, FILES, st.sampled_from([0o644, 0o755, 0o4755]), COMMANDS, st.sampled_from(["amd64", "arm64", "?"]))
def test_no_content_makes_an_analyzer_raise(
    lower: dict[str, bytes], upper: dict[str, bytes], mode: int, command: Any, architecture: str
) -> None:
    layers = []
    for files in (lower, upper):
        layer = TarBuilder()
        for path, content in files.items():
            layer = layer.file(path, content, mode=mode, xattrs={"security.capability": content[:20]})
        layers.append(layer)
    config = ImageConfig(
        present=True,
        architecture=architecture,
        entrypoint=tuple(command) if command is not None else None,
        env=("PATH=/bin::x:/usr/bin", "LD_LIBRARY_PATH=:$ORIGIN"),
    )

    view, problems = merged(*layers, analyzers=ANALYZERS, config=config)

    assert [item for item in problems if item.code == "analyzer"] == []
    for analyzer in ANALYZERS:
        list(analyzer.conclude(view))


@given(st.integers(1, 2000), st.integers(0, 1000))
def test_what_is_observed_does_not_depend_on_windows(chunk: int, before: int) -> None:
    layer = TarBuilder().file("a", bytes(before)).file("bin/sh", WHOLE, mode=0o755)

    assert survey(layer, *ANALYZERS, chunk_bytes=chunk).facts == survey(layer, *ANALYZERS).facts
