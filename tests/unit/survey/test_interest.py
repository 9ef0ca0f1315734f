"""Each selector of an interest shows an entry to its analyzer, and does not show its twin."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from imgscan.model.entry import Entry, EntryKind
from imgscan.model.finding import Finding, Item
from imgscan.model.interest import Interest
from imgscan.model.observed import Content
from imgscan.model.observer import Data
from imgscan.rootfs.view import ImageView
from imgscan.testing import TarBuilder, survey
from imgscan.testing.sparse import SPARSE_FORMATS, SparseFormat


class Watcher:
    """Notes what it is shown."""

    version = 1

    def __init__(self, interest: Interest, name: str = "watcher") -> None:
        self.id = name
        self.interest = interest

    def observe(self, entry: Entry, content: Content) -> Iterator[Data]:
        yield {
            "path": entry.path,
            "data": content.data.decode("latin-1"),
            "size": content.size,
            "sha256": content.sha256,
            "whole": content.whole,
            "cut": content.cut,
        }

    def conclude(self, view: ImageView) -> Iterator[Finding | Item]:
        return iter(())


def shown(interest: Interest, tar: TarBuilder) -> list[str]:
    """Return the paths that an analyzer with this interest is shown."""
    return [fact.data["path"] for fact in survey(tar, Watcher(interest), digests=False).facts.get("watcher", ())]


def contents(interest: Interest, tar: TarBuilder) -> list[dict[str, object]]:
    return [fact.data for fact in survey(tar, Watcher(interest), digests=False).facts.get("watcher", ())]


ELF = b"\x7fELF" + bytes(60)


@pytest.mark.parametrize(
    ("interest", "tar", "paths"),
    [
        (
            Interest(any_mode=0o6000),
            TarBuilder().file("suid", mode=0o4755).file("sgid", mode=0o2755).file("sticky", mode=0o1755).file("none"),
            ["suid", "sgid"],
        ),
        (
            Interest(names=frozenset({"sh", "bash"})),
            TarBuilder().file("bin/sh").file("sh/other").file("bash").file("bin/shx").file("xsh"),
            ["bin/sh", "bash"],
        ),
        (
            Interest(suffixes=frozenset({".pem", ".tar.gz"})),
            TarBuilder().file("a/x.pem").file("x.pem.bak").file("pem").file("a.b.pem").file("y.tar.gz").file("z.gz"),
            ["a/x.pem", "a.b.pem", "y.tar.gz"],
        ),
        (
            Interest(paths=frozenset({"etc/passwd"})),
            TarBuilder().file("./etc/passwd").file("x/etc/passwd").file("etc/passwd-").file("passwd"),
            ["etc/passwd"],
        ),
        (
            Interest(globs=("home/*/.ssh/*", "root/?")),
            TarBuilder().file("home/me/.ssh/id").file("home/.ssh").file("root/a").file("root/ab").file("x/root/a"),
            ["home/me/.ssh/id", "root/a"],
        ),
        (
            Interest(magics=(b"\x7fELF", b"#!")),
            TarBuilder().file("elf", ELF).file("script", b"#!/x").file("not", b"\x7fELX").file("short", b"#"),
            ["elf", "script"],
        ),
        (
            Interest(magics=(b"\x7f", b"0123456789abcdef")),
            TarBuilder()
            .file("a", b"\x7f")
            .file("b", b"\x7fE")
            .file("all", b"0123456789abcdefg")
            .file("not", b"0123456789abcdeg"),
            ["a", "b", "all"],
        ),
        (
            Interest(xattrs=frozenset({"security.capability"})),
            TarBuilder().file("with", xattrs={"security.capability": b"1"}).file("other", xattrs={"user.a": b"1"}),
            ["with"],
        ),
        (Interest(), TarBuilder().file("f", b"x", mode=0o4755), []),
    ],
)
def test_a_selector_shows_what_it_names_and_nothing_else(interest: Interest, tar: TarBuilder, paths: list[str]) -> None:
    assert shown(interest, tar) == paths


def test_any_one_selector_is_enough_and_shows_an_entry_once() -> None:
    interest = Interest(any_mode=0o4000, names=frozenset({"sh"}), suffixes=frozenset({".sh"}), magics=(b"#!",))
    tar = TarBuilder().file("sh", b"#!x", mode=0o4755).file("a.sh").file("b", b"#!").file("c")

    assert shown(interest, tar) == ["sh", "a.sh", "b"]


def test_kinds_bound_all_selectors() -> None:
    tar = TarBuilder().file("x/sh").symlink("y/sh", "/x/sh").hardlink("z/sh", "x/sh").directory("w/sh").fifo("v/sh")

    assert shown(Interest(names=frozenset({"sh"})), tar) == ["x/sh"]
    kinds = frozenset({EntryKind.SYMLINK, EntryKind.HARDLINK})
    assert shown(Interest(names=frozenset({"sh"}), kinds=kinds), tar) == ["y/sh", "z/sh"]
    assert len(shown(Interest(names=frozenset({"sh"}), kinds=frozenset(EntryKind)), tar)) == 5


def test_a_greatest_size_bounds_all_selectors() -> None:
    tar = TarBuilder().file("a/sh", b"12345").file("b/sh", b"123456")

    assert shown(Interest(names=frozenset({"sh"}), max_size=5), tar) == ["a/sh"]


def test_several_analyzers_are_shown_what_each_asked_for() -> None:
    tar = TarBuilder().file("sh", b"#!", mode=0o4755).file("su", ELF, mode=0o4755)
    analyzers = [
        Watcher(Interest(names=frozenset({"sh"}), kinds=frozenset({EntryKind.SYMLINK})), "links"),
        Watcher(Interest(names=frozenset({"sh"})), "names"),
        Watcher(Interest(any_mode=0o4000, max_content_bytes=2), "modes"),
        Watcher(Interest(magics=(b"\x7fELF",), max_content_bytes=4), "magics"),
    ]

    found = survey(tar, *analyzers, digests=False).facts

    assert {name: [(fact.data["path"], fact.data["data"]) for fact in facts] for name, facts in found.items()} == {
        "names": [("sh", "")],
        "modes": [("sh", "#!"), ("su", "\x7fE")],
        "magics": [("su", "\x7fELF")],
    }


# Content


def test_content_is_the_first_bytes_up_to_the_bound() -> None:
    tar = TarBuilder().file("f", b"0123456789" * 1000)

    (less,) = contents(Interest(names=frozenset({"f"}), max_content_bytes=12), tar)
    (more,) = contents(Interest(names=frozenset({"f"}), max_content_bytes=20_000), tar)

    assert (less["data"], less["size"], less["whole"]) == ("012345678901", 10_000, False)
    assert (more["data"], more["size"], more["whole"]) == ("0123456789" * 1000, 10_000, True)


def test_a_digest_comes_to_those_who_ask() -> None:
    tar = TarBuilder().file("f", b"abc").file("empty")
    interest = Interest(names=frozenset({"f", "empty"}))

    digests = [item["sha256"] for item in contents(Interest(names=interest.names, sha256=True), tar)]

    assert [str(digest)[:8] for digest in digests] == ["ba7816bf", "e3b0c442"]
    assert [item["sha256"] for item in contents(interest, tar)] == [None, None]


@pytest.mark.parametrize("form", SPARSE_FORMATS)
@pytest.mark.parametrize("bound", [0, 4, 1000])
def test_a_sparse_file_is_shown_by_its_expanded_first_bytes(form: SparseFormat, bound: int) -> None:
    tar = (
        TarBuilder()
        .sparse(form, "elf", [(0, ELF), (5000, b"x")], 5001)
        .sparse(form, "hole", [(10, ELF), (5000, b"x")], 5001)
    )

    found = contents(Interest(magics=(b"\x7fELF",), max_content_bytes=bound), tar)

    assert [(item["path"], item["data"]) for item in found] == [("elf", (ELF + bytes(1000))[:bound].decode("latin-1"))]
    assert found[0]["size"] == 5001


@pytest.mark.parametrize("length", [1024, 1100])
def test_a_file_cut_by_the_end_of_the_layer_is_shown_as_cut(length: int) -> None:
    data = TarBuilder().file("f", b"x").file("sh", b"y" * 500).build()[: length + 512]

    (fact,) = survey(data, Watcher(Interest(names=frozenset({"sh"}), max_content_bytes=600, sha256=True))).facts[
        "watcher"
    ]

    assert (fact.data["cut"], fact.data["sha256"], fact.data["size"]) == (True, None, length - 1024)
