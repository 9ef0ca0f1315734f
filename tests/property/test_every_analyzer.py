"""All analyzers together on hostile images: files of any kind at any path, under several names, in several layers.

A link may give one file names that mean different things (``etc/passwd`` and ``etc/ssh/sshd_config``), a later layer
may put another kind of file where one was read, and databases may contradict each other: nobody raises.
"""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from imgscan.analyzers.api import Analyzer
from imgscan.analyzers.builtin import BUILTIN
from imgscan.analyzers.catalog import RULES
from imgscan.analyzers.secrets.analyzer import Secrets
from imgscan.formats.image.manifest import parse_config
from imgscan.model.finding import Finding, checked
from imgscan.rootfs.view import ImageView
from imgscan.testing import TarBuilder, merged, program

from .test_host_analyzers import PATHS as HOST_PATHS
from .test_host_analyzers import histories, settings
from .test_host_formats import damaged
from .test_package_parsers import PARSERS
from .test_package_parsers import PATHS as PACKAGE_PATHS

ANALYZERS: tuple[Analyzer, ...] = (*BUILTIN, Secrets())
PATHS = (
    *HOST_PATHS,
    *PACKAGE_PATHS,
    *"usr/bin/python3.11 usr/bin/ls sbin/sshd etc/ld.so.preload etc/ld.so.conf.d/a.conf etc/ld.so.cache".split(),
    *"lib64/ld-linux-x86-64.so.2 entry.sh etc/init.d/ssh etc/systemd/system/a.service etc/crontab opt/a".split(),
    *"usr/lib bin usr/bin etc root/.ssh/id_rsa root/.aws/credentials var/lib/dpkg/info/a:amd64.md5sums".split(),
)
PROGRAM = program(imports=["execve"], rpath="$ORIGIN:/tmp:", needed=["libc.so.6"], interpreter="/lib64/ld")
CONTENTS = st.one_of(
    st.sampled_from([good for _, good in PARSERS.values()]),
    st.sampled_from([PROGRAM, PROGRAM[:300], b"", b"#!/bin/sh\nexec sshd -D\n", b"#!"]),
    damaged(),
    st.binary(max_size=100),
)


@st.composite
def layers(draw: st.DrawFn) -> TarBuilder:
    """Draw a layer of files, links, directories and whiteouts at paths that mean something."""
    tar = TarBuilder()
    for _ in range(draw(st.integers(0, 10))):
        path, mode = draw(st.sampled_from(PATHS)), draw(st.sampled_from([0o644, 0o755, 0o4755, 0o2777, 0o6000]))
        match draw(st.integers(0, 7)):
            case 0:
                tar.symlink(path, draw(st.sampled_from(PATHS)))
            case 1 | 2:
                tar.hardlink(path, draw(st.sampled_from(PATHS)))
            case 3:
                tar.whiteout(path)
            case 4:
                tar.directory(path, mode=mode)
            case _:
                xattrs = {"security.capability": draw(st.binary(min_size=12, max_size=24))}
                tar.file(path, draw(CONTENTS), mode=mode, uid=draw(st.sampled_from([0, 7])), xattrs=xattrs)
    return tar


def image(found: list[TarBuilder], config: dict[str, Any], history: list[Any]) -> ImageView:
    document = {"os": "linux", "architecture": "amd64", "config": config, "history": history}
    view, problems = merged(*found, analyzers=ANALYZERS, config=parse_config(document, "config"))
    assert [problem for problem in problems if problem.code == "analyzer"] == []
    return view


@given(found=st.lists(layers(), min_size=1, max_size=3), config=settings, history=histories)
def test_every_analyzer_concludes_on_every_image(
    found: list[TarBuilder], config: dict[str, Any], history: list[Any]
) -> None:
    view = image(found, config, history)
    for analyzer in ANALYZERS:
        for item in analyzer.conclude(view):
            checked(item)
            if isinstance(item, Finding):
                assert item.rule in RULES or item.rule.startswith("secrets.")
