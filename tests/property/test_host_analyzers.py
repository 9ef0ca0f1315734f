"""The analyzers of a host's files take any image: facts are plain values, conclusions raise nothing and stay small."""

from __future__ import annotations

import pickle
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from imgscan.analyzers.accounts.analyzer import Accounts
from imgscan.analyzers.config.analyzer import Config
from imgscan.analyzers.history.analyzer import History
from imgscan.analyzers.leftovers.analyzer import Leftovers
from imgscan.analyzers.oddities.analyzer import Oddities
from imgscan.analyzers.permissions.analyzer import Permissions
from imgscan.analyzers.registry import observers_of
from imgscan.analyzers.verification.analyzer import Verification
from imgscan.formats.image.manifest import parse_config
from imgscan.model.finding import Finding
from imgscan.model.limits import Limits
from imgscan.rootfs.view import ImageView
from imgscan.testing import TarBuilder, facts_of, merged

from .test_host_formats import damaged

ANALYZERS = (Accounts(), Permissions(), Config(), History(), Leftovers(), Oddities(), Verification())
PATHS = (
    "etc/passwd",
    "etc/group",
    "etc/shadow",
    "etc/gshadow",
    "etc/sudoers",
    "etc/sudoers.d/a",
    "etc/ssh/sshd_config",
    "etc/ld.so.conf",
    "etc/apt/sources.list",
    "etc/yum.repos.d/a.repo",
    "root/.ssh/authorized_keys",
    "etc/ssh/ssh_host_rsa_key",
    "bin/sh",
    "usr/bin/x",
    "srv/app/.git/config",
    "var/lib/apt/lists/x",
    "tmp/\x1b",
    "a",
    "A",
)
contents = st.one_of(st.binary(max_size=200), damaged())
ids = st.sampled_from([0, 1, 999, 1 << 21])


@st.composite
def layers(draw: st.DrawFn) -> TarBuilder:
    """A layer of files, directories, links and devices at paths that mean something."""
    tar = TarBuilder()
    for _ in range(draw(st.integers(0, 8))):
        path, mode = draw(st.sampled_from(PATHS)), draw(st.integers(0, 0o7777))
        kind = draw(st.sampled_from(["file", "file", "dir", "symlink", "hardlink", "device", "whiteout"]))
        if kind == "file":
            tar.file(
                path, draw(contents), mode=mode, uid=draw(ids), gid=draw(ids), mtime=draw(st.integers(-9, 1 << 40))
            )
        elif kind == "dir":
            tar.directory(path, mode=mode, uid=draw(ids), gid=draw(ids))
        elif kind == "symlink":
            tar.symlink(path, draw(st.sampled_from((*PATHS, "/", "..", "/proc/1/root"))))
        elif kind == "hardlink":
            tar.hardlink(path, draw(st.sampled_from(PATHS)))
        elif kind == "device":
            tar.device(path, draw(st.integers(0, 10)), draw(st.integers(0, 10)))
        else:
            tar.whiteout(path)
    return tar


words = st.one_of(st.text(max_size=20), st.sampled_from(["/bin/sh", "-c", "app", "0:0", "22/tcp", "/etc", "x | sh"]))
settings = st.fixed_dictionaries(
    {},
    optional={
        "User": words,
        "Env": st.lists(words.map(lambda text: f"PATH={text}")),
        "Entrypoint": st.lists(words),
        "Cmd": st.lists(words),
        "WorkingDir": words,
        "ExposedPorts": st.dictionaries(words, st.just({})),
        "Volumes": st.dictionaries(words, st.just({})),
        "Labels": st.dictionaries(words, words),
        "Healthcheck": st.fixed_dictionaries({"Test": st.lists(words)}),
        "OnBuild": st.lists(words),
    },
)
histories = st.lists(
    st.one_of(words, damaged().map(lambda data: data.decode("utf-8", "replace"))).map(lambda text: {"created_by": text})
)


def image(found: list[TarBuilder], config: dict[str, Any], history: list[dict[str, str]]) -> ImageView:
    document = {"os": "linux", "config": config, "history": history, "created": "2024-01-01T00:00:00Z"}
    view, _ = merged(*found, analyzers=ANALYZERS, config=parse_config(document, "config"))
    return view


@given(found=st.lists(layers(), min_size=1, max_size=3), config=settings, history=histories)
def test_every_image_is_concluded_on(found: list[TarBuilder], config: dict[str, Any], history: list[Any]) -> None:
    view = image(found, config, history)
    for analyzer in ANALYZERS:
        for item in analyzer.conclude(view):
            if isinstance(item, Finding):
                assert item.rule in analyzer.rules
                assert len(item.message) < 4000


@given(layer=layers())
def test_facts_are_plain_values(layer: TarBuilder) -> None:
    for observer in observers_of(ANALYZERS, Limits()):
        for _, data in facts_of(observer, layer):
            assert pickle.loads(pickle.dumps(data)) == data
            assert msgspec.convert(msgspec.to_builtins(data), type(data)) == data


@given(found=st.lists(layers(), min_size=1, max_size=2), config=settings)
def test_conclusions_depend_on_the_image_alone(found: list[TarBuilder], config: dict[str, Any]) -> None:
    told = [[list(analyzer.conclude(image(found, config, []))) for analyzer in ANALYZERS] for _ in range(2)]
    assert told[0] == told[1]
