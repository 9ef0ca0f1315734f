from __future__ import annotations

from typing import Any

import pytest

from imgscan.analyzers.leftovers.analyzer import Leftovers
from imgscan.analyzers.leftovers.causes import CAUSES, repository_of
from imgscan.model.finding import Finding, Severity, State
from imgscan.testing import TarBuilder, conclude
from imgscan.testing.image import LayerSource


@pytest.mark.parametrize(
    ("path", "cause"),
    [
        ("var/lib/apt/lists/deb.test_Packages", "apt-index"),
        ("var/lib/apt/lists/lock", None),
        ("var/cache/apt/archives/x_1_amd64.deb", "apt-cache"),
        ("var/cache/apt/archives/lock", None),
        ("var/cache/apt/pkgcache.bin", "apt-cache"),
        ("var/cache/apk/APKINDEX.0.tar.gz", "apk-cache"),
        ("var/cache/dnf/x/y", "rpm-cache"),
        ("var/cache/pacman/pkg/x.pkg.tar.zst", "pacman-cache"),
        ("root/.cache/pip/http/x", "pip-cache"),
        ("home/me/.npm/_cacache/x", "npm-cache"),
        ("root/.cache/go-build/x", "go-cache"),
        ("go/pkg/mod/cache/download/x", "go-cache"),
        ("root/.m2/repository/x.jar", "java-cache"),
        ("root/.cache/fontconfig/x", "other-cache"),
        ("usr/share/doc/x/copyright", "documentation"),
        ("usr/share/man/man1/x.1.gz", "documentation"),
        ("usr/include/stdio.h", "headers"),
        ("usr/local/cargo/registry/cache/x.crate", "cargo-cache"),
        ("usr/local/cargo/bin/cargo", None),
        ("usr/share/dotnet/sdk/8.0.1/dotnet.dll", "sdk"),
        ("usr/share/dotnet/shared/x.dll", None),
        ("usr/lib/x86_64-linux-gnu/libc.a", "headers"),
        ("opt/x/lib.a", None),
        ("tmp/x", "temporary"),
        ("var/tmp/x", "temporary"),
        ("var/log/dpkg.log", "logs"),
        ("root/.bash_history", "typed"),
        ("app/Dockerfile", "build-files"),
        ("app/.vscode/settings.json", "editor"),
        ("usr/lib/ruby/gems/x/.vscode/launch.json", None),
        ("app/main.py.swp", "editor"),
        (".DS_Store", "editor"),
        ("usr/bin/x", None),
        ("usr/share/x", None),
        ("x", None),
    ],
)
def test_a_path_belongs_to_a_cause(path: str, cause: str | None) -> None:
    found = conclude(Leftovers(), {path: b"x"}).findings
    assert [finding.rule for finding in found if "update" not in finding.rule] == (
        [f"leftovers.{cause}"] if cause else []
    )


def test_a_repository_is_known_by_its_directory() -> None:
    assert repository_of("app/.git/objects/ab/cd") == "app/.git"
    assert repository_of(".svn/entries") == ".svn"
    assert repository_of("app/.gitignore") is None
    assert repository_of("app/x.git/config") is None


def leftovers(*layers: LayerSource) -> list[Finding]:
    return list(conclude(Leftovers(), *layers).findings)


def test_each_cause_is_one_finding() -> None:
    layer = {f"usr/share/doc/p{number}/copyright": b"x" * 1000 for number in range(50)}
    (finding,) = leftovers(layer)
    assert (finding.rule, finding.severity) == ("leftovers.documentation", Severity.INFO)
    assert finding.message == "documentation: 50 files, 50.0 kB"
    assert finding.path == "usr/share/doc"
    assert finding.evidence["bytes"] == 50_000


def test_empty_logs_and_temporary_files_are_no_finding() -> None:
    assert leftovers({"var/log/btmp": b"", "tmp/x": b"", "root/.viminfo": b""}) == []


def test_an_image_of_a_program_alone_has_no_findings() -> None:
    assert leftovers({"app": (0o755, b"\x7fELF"), "etc/passwd": b"root:x:0:0::/:\n"}) == []


@pytest.mark.parametrize(
    ("path", "marker", "rule"),
    [
        ("var/cache/apk/APKINDEX.x", "var/cache/.wh.apk", "leftovers.apk-cache"),
        ("var/lib/apt/lists/x_Packages", "var/lib/apt/lists/.wh..wh..opq", "leftovers.apt-index"),
        ("home/u/.cache/pip/http/x", "home/.wh.u", "leftovers.pip-cache"),
        ("root/.bash_history", "root/.wh..bash_history", "leftovers.typed"),
        ("srv/.git/HEAD", "srv/.wh..git", "leftovers.repository"),
    ],
)
def test_what_a_later_layer_removed_is_still_in_the_image(path: str, marker: str, rule: str) -> None:
    layer = {path: b"1", "lib/apk/db/installed": b"1", "var/lib/dpkg/status": b"1"}

    (finding,) = leftovers(layer, {marker: b""})

    assert (finding.rule, finding.severity, finding.state) == (rule, Severity.INFO, State.DELETED)
    assert finding.removed_in is not None
    assert (finding.layer.index, finding.removed_in.index) == (0, 1)  # type: ignore[union-attr] # of a file
    assert finding.remedies == ()


def test_a_removed_file_of_no_cause_is_no_leftover() -> None:
    assert leftovers({"srv/app.py": b"1"}, {"srv/.wh.app.py": b""}) == []


def test_a_cause_that_is_still_visible_speaks_for_what_was_removed() -> None:
    (finding,) = leftovers({"tmp/a": b"1", "tmp/b": b"1"}, {"tmp/.wh.a": b""})

    assert (finding.state, finding.evidence["count"]) == (State.VISIBLE, 1)


@pytest.mark.parametrize(
    ("path", "command"),
    [
        ("home/u/.cache/pip/http/x", "rm -rf /home/u/.cache/pip"),
        ("root/.npm/_cacache/x", "rm -rf /root/.npm/_cacache"),
        ("var/log/dpkg.log", "find /var/log -type f -delete"),
        ("srv/.git/HEAD", "rm -rf /srv/.git"),
    ],
)
def test_a_leftover_has_a_command_for_the_image_as_it_is(path: str, command: str) -> None:
    (finding,) = leftovers({path: b"1"})

    assert [remedy.text() for remedy in finding.remedies] == [command]


def test_a_repository_is_one_finding() -> None:
    (finding,) = leftovers({"app/.git/config": b"12", "app/.git/objects/x": b"345", "app/.gitignore": b""})
    assert (finding.rule, finding.path, finding.severity) == ("leftovers.repository", "app/.git", Severity.MEDIUM)
    assert finding.evidence == {"count": 2, "bytes": 5}
    assert finding.remediation == "RUN rm -rf /app/.git  # or name .git in .dockerignore"


def test_every_cause_has_a_rule() -> None:
    assert {f"leftovers.{cause}" for cause in CAUSES} <= Leftovers.rules.keys()


# Waste


def waste(*layers: LayerSource) -> tuple[dict[str, Any], list[dict[str, Any]], list[Finding]]:
    found = conclude(Leftovers(), *layers)
    (score,) = (item.data for item in found.items if item.section == "efficiency")
    files = [item.data for item in found.items if item.section == "waste"]
    return score, files, [finding for finding in found.findings if finding.rule == "leftovers.wasted-bytes"]


def test_bytes_that_are_deleted_or_overwritten_later_are_wasted() -> None:
    lower = {"a": b"x" * 600, "b": b"x" * 300, "keep": b"x" * 100}
    score, files, findings = waste(lower, TarBuilder().whiteout("a").file("b", b""))
    assert score == {"file_bytes": 1000, "wasted_bytes": 900, "wasted_files": 2, "efficiency": 0.1}
    assert files == [
        {"path": "/a", "bytes": 600, "layer": 0, "removed_in": 1, "state": "deleted"},
        {"path": "/b", "bytes": 300, "layer": 0, "removed_in": 1, "state": "overwritten"},
    ]
    assert findings == []  # too few to speak of


def test_much_waste_is_a_finding_of_the_archive() -> None:
    size = 2_000_000
    _, _, (finding,) = waste({"a": b"x" * size, "b": b"x" * size}, {".wh.a": b""})
    assert (finding.severity, finding.state) == (Severity.LOW, State.ARCHIVE)
    assert finding.message == "1 file of 2.0 MB that later layers deleted or overwrote: 50.0% of the bytes of all files"
    assert finding.evidence["largest"][0]["path"] == "/a"


def test_a_hardlink_that_is_still_there_keeps_the_bytes() -> None:
    score, _, _ = waste(TarBuilder().file("a", b"x" * 10).hardlink("b", "a"), {".wh.a": b""})
    assert score["wasted_bytes"] == 0
    score, _, _ = waste(TarBuilder().file("a", b"x" * 10).hardlink("b", "a"), {".wh.a": b"", ".wh.b": b""})
    assert score["wasted_bytes"] == 10


def test_an_image_of_one_layer_or_of_no_bytes_wastes_nothing() -> None:
    assert waste({"a": b"x"})[0]["efficiency"] == 1.0
    assert waste({"a": b""})[0]["efficiency"] == 1.0


def test_a_dangling_whiteout_changes_no_score() -> None:
    assert waste({"a": b"x"}, {".wh.nothing": b""})[0]["efficiency"] == 1.0


# Indexes


def update_alone(*layers: LayerSource) -> list[Finding]:
    return [finding for finding in leftovers(*layers) if finding.rule == "leftovers.update-alone"]


@pytest.mark.parametrize(
    "path", ["var/lib/apt/lists/deb.test_Packages", "var/cache/apk/APKINDEX.0.tar.gz", "var/cache/dnf/x/repodata/y"]
)
def test_a_layer_that_only_fetches_an_index(path: str) -> None:
    (finding,) = update_alone({"a": b""}, {path: b"index"})
    assert finding.layer is not None
    assert (finding.layer.index, finding.severity) == (1, Severity.LOW)


@pytest.mark.parametrize(
    "layer",
    [
        {"var/lib/apt/lists/deb.test_Packages": b"x", "var/lib/dpkg/status": b"x"},
        {"var/cache/apk/APKINDEX.0.tar.gz": b"x", "lib/apk/db/installed": b"x"},
        {"var/cache/dnf/x": b"x", "usr/lib/sysimage/rpm/rpmdb.sqlite": b"x"},
        {"var/lib/apt/lists/lock": b"x", "var/lib/apt/lists/auxfiles/": b""},
        {"var/lib/apt/lists/.wh.deb.test_Packages": b""},
        {"var/lib/apt/lists/deb.test_Packages": b""},
        {"srv/var/lib/apt/lists/x": b"x"},
    ],
)
def test_a_layer_that_installs_or_fetches_nothing(layer: dict[str, bytes]) -> None:
    assert update_alone(layer) == []


def test_it_is_proved_even_when_a_later_layer_cleaned_up() -> None:
    assert len(update_alone({"var/lib/apt/lists/x_Packages": b"x"}, {"var/lib/apt/.wh.lists": b""})) == 1
