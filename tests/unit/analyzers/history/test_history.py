from __future__ import annotations

from typing import Any

import pytest

from imgscan.analyzers.history.analyzer import History
from imgscan.model.finding import Finding, Severity, State
from imgscan.testing import Concluded

from ..support import concluded

LAYER = {"bin/sh": b"a system has one"}


def history(*lines: str | dict[str, Any], layers: int | None = None, layer: dict[str, bytes] = LAYER) -> Concluded:
    items = [{"created_by": line} if isinstance(line, str) else line for line in lines]
    count = sum(not item.get("empty_layer") for item in items) if layers is None else layers
    return concluded(
        History(),
        *([layer] * count),
        settings={},
        history=items,
        rootfs={"diff_ids": ["sha256:" + "0" * 64] * count},
    )


def rules(*lines: str | dict[str, Any], layers: int | None = None) -> list[str]:
    return [finding.rule.removeprefix("history.") for finding in history(*lines, layers=layers).findings]


def base(*lines: str | dict[str, Any]) -> dict[str, Any]:
    return next(item.data for item in history(*lines).items if item.section == "base")


def empty(created_by: str, **more: str) -> dict[str, Any]:
    return {"created_by": created_by, "empty_layer": True, **more}


ROOTFS = "/bin/sh -c #(nop) ADD file:abc in / "


def test_lines_are_laid_on_layers() -> None:
    items = [item.data for item in history(ROOTFS, empty('CMD ["sh"]'), "RUN make").items if item.section == "history"]
    assert [(item["instruction"], item["layer"], item["base"]) for item in items] == [
        ("ADD", 0, True),
        ("CMD", None, True),
        ("RUN", 1, False),
    ]


def test_build_arguments_are_told_by_name() -> None:
    found = history("|1 TOKEN=s3cret /bin/sh -c make")
    (item,) = (item.data for item in found.items if item.section == "history")
    assert item["build_args"] == ["TOKEN"]
    assert "s3cret" not in repr(found.items)


def test_where_numbers_differ_nothing_is_laid_on_a_layer() -> None:
    found = history("RUN a", "RUN b", layers=3)
    assert [finding.rule for finding in found.findings] == ["history.layers-unknown"]
    assert [item.data["layer"] for item in found.items if item.section == "history"] == [None, None]


def test_an_image_without_history_says_so() -> None:
    (finding,) = history(layers=1).findings
    assert (finding.rule, finding.severity, finding.state) == ("history.absent", Severity.INFO, State.HISTORY)


def test_a_source_without_a_config_has_no_history_to_miss() -> None:
    found = concluded(History(), LAYER)
    assert (found.findings, found.items) == ((), ())


# The base


@pytest.mark.parametrize(
    ("lines", "evidence", "count"),
    [
        ((ROOTFS, empty('CMD ["sh"]'), "RUN make", empty('CMD ["app"]')), "command-in-the-middle", 2),
        ((ROOTFS, empty('CMD ["a"]'), "RUN x", empty('CMD ["b"]'), "RUN y"), "command-in-the-middle", 4),
        ((ROOTFS, empty('CMD ["sh"]')), "rootfs", 1),
        (("bazel build ...", "COPY a /b # buildkit"), "other-builder", 1),
        (("COPY a /b # buildkit", empty('CMD ["b"]')), "none", 0),
        (("bazel build ...", "bazel build ..."), "none", 0),
    ],
)
def test_the_end_of_the_base_and_its_evidence(lines: tuple[Any, ...], evidence: str, count: int) -> None:
    found = base(*lines)
    assert (found["evidence"], found["lines"]) == (evidence, count)


def test_buildah_names_what_it_built_on() -> None:
    line = {"created_by": "/bin/sh -c make", "comment": "FROM example.test/base:1"}
    found = base(ROOTFS, line)
    assert (found["evidence"], found["lines"], found["layers"]) == ("buildah-comment", 1, 1)
    assert found["name"] == "example.test/base:1"


NOP = "/bin/sh -c #(nop) "
KIT = {"created_by": "COPY a /a # buildkit", "comment": "buildkit.dockerfile.v0"}
ID, DIGEST = "8fa41bef100d", "sha256:" + "5" * 64


def from_(source: str, created_by: str = NOP + "COPY file:1 in /a") -> dict[str, Any]:
    return {"created_by": created_by, "comment": f"FROM {source}"}


@pytest.mark.parametrize(
    ("lines", "count", "source"),
    [
        ((ROOTFS, from_("base:1"), from_(ID), from_("4" * 64)), 1, "base:1"),
        ((ROOTFS, from_("base:1"), from_(ID), empty(NOP + "USER 1", comment=f"FROM {ID}")), 1, "base:1"),
        ((ROOTFS, from_("base:1"), empty(NOP + "USER 1"), empty(NOP + 'CMD ["a"]')), 1, "base:1"),
        ((ROOTFS, from_("base:1"), from_("base:1"), from_("base:1")), 1, "base:1"),
        ((ROOTFS, from_("core:1"), from_(ID), from_("base:2"), from_(ID)), 3, "base:2"),
        ((ROOTFS, from_(f"base@{DIGEST}"), from_(ID)), 1, f"base@{DIGEST}"),
        ((from_("scratch"), from_(ID)), 0, "scratch"),
        ((ROOTFS, from_(ID), from_("sha256:" + "4" * 64)), 1, None),
    ],
)
def test_the_first_from_of_buildahs_own_build_is_the_bases_end(
    lines: tuple[Any, ...], count: int, source: str | None
) -> None:
    found = base(*lines)

    assert (found["lines"], found["source"], found["name"]) == (count, source, source)
    assert found["evidence"] == ("buildah-comment" if count else "none")


@pytest.mark.parametrize(
    ("lines", "count"),
    [
        ((ROOTFS, from_(f"core@{DIGEST}"), KIT), 2),
        ((ROOTFS, from_("core:1"), from_(ID), KIT, KIT), 3),
        ((ROOTFS, from_("core:1"), NOP + "COPY file:2 in /b"), 2),
        ((ROOTFS, KIT, NOP + "COPY file:2 in /b"), 2),
        ((ROOTFS, {"created_by": "COPY a /a", "author": "kaniko"}, KIT), 2),
    ],
)
def test_what_another_builder_wrote_below_the_last_ones_lines_is_the_bases(lines: tuple[Any, ...], count: int) -> None:
    found = base(*lines)

    assert (found["evidence"], found["lines"], found["source"]) == ("other-builder", count, None)


def test_a_command_between_lines_of_the_last_builder_ends_the_base_later() -> None:
    command = {**empty('CMD ["a"]'), "comment": KIT["comment"]}

    assert base(ROOTFS, KIT, command, KIT)["lines"] == 3
    assert base(ROOTFS, KIT, KIT, command)["lines"] == 1


def test_a_label_names_the_base() -> None:
    labels = {"org.opencontainers.image.base.name": "x:1", "org.opencontainers.image.base.digest": "sha256:1"}
    found = concluded(History(), LAYER, settings={"Labels": labels})
    (item,) = (item.data for item in found.items if item.section == "base")
    assert (item["name"], item["digest"], item["evidence"]) == ("x:1", "sha256:1", "none")


# Findings


def test_what_the_base_admits_is_for_information() -> None:
    run = "RUN /bin/sh -c curl https://x.test | sh # buildkit"
    (finding,) = (item for item in history(ROOTFS, run, empty('CMD ["sh"]'), "RUN make").findings)
    assert (finding.severity, finding.evidence["base"]) == (Severity.INFO, True)
    assert finding.message.endswith("(from history, of the base image)")


def test_a_finding_names_line_and_layer_and_is_marked_weak() -> None:
    (finding,) = history("COPY a b # buildkit", "RUN /bin/sh -c curl -k https://x.test # buildkit").findings
    assert finding.layer is not None
    assert finding.layer.index == 1
    assert finding.evidence == {"line": 1, "dialect": "buildkit", "base": False, "weak": True}
    assert finding.state is State.HISTORY


@pytest.mark.parametrize(
    ("line", "rule", "severity"),
    [
        ("ADD https://x.test/a /a # buildkit", "add-url", Severity.MEDIUM),
        ("ADD http://x.test/a /a # buildkit", "add-url", Severity.HIGH),
        ("ADD --checksum=sha256:0 https://x.test/a /a # buildkit", "add-url", Severity.INFO),
        ("/bin/sh -c #(nop) ADD https://x.test/a in /a ", "add-url", Severity.MEDIUM),
        ("ADD --chown=1:1 a b /c # buildkit", "add-local", Severity.LOW),
        ("/bin/sh -c #(nop) ADD file:abc in /a ", "add-local", Severity.LOW),
        ("/bin/sh -c #(nop) ADD dir:abc in /a ", "add-local", Severity.LOW),
    ],
)
def test_an_add_where_copy_would_do(line: str, rule: str, severity: Severity) -> None:
    (finding,) = history("COPY x y # buildkit", line).findings
    assert (finding.rule, finding.severity) == (f"history.{rule}", severity)


@pytest.mark.parametrize(
    "line",
    [
        "ADD app.tar.gz /app # buildkit",
        "COPY a /b # buildkit",
        "ENV MAC_ADDRESS=1 # buildkit",
        "LABEL a=ADD # buildkit",
        "RUN /bin/sh -c echo ADD x y # buildkit",
    ],
)
def test_what_is_no_such_add(line: str) -> None:
    assert rules("COPY x y # buildkit", line) == []


def test_the_root_filesystem_of_the_first_line_is_none() -> None:
    assert rules(ROOTFS) == []


@pytest.mark.parametrize("line", ["ADD hello / # buildkit", ROOTFS])
def test_one_file_added_to_the_root_is_no_root_filesystem(line: str) -> None:
    found = history(line, layer={"hello": b"1"})

    assert [finding.rule for finding in found.findings] == ["history.add-local"]
    assert [item.data["evidence"] for item in found.items if item.section == "base"] == ["none"]
    assert rules("ADD rootfs.tar.xz / # buildkit") == []


def test_an_archive_from_an_address_is_no_root_filesystem_unless_its_layer_is_one() -> None:
    line = "ADD https://x.test/rootfs.tar.gz / # buildkit"

    as_it_is = history(line, layer={"rootfs.tar.gz": b"1"})
    unpacked = history(line, layer={"etc/os-release": b"ID=x", "bin/sh": b"1"})

    assert [finding.rule for finding in as_it_is.findings] == ["history.add-url"]
    assert unpacked.findings == ()


def test_an_add_whose_layer_holds_several_files_extracted_an_archive() -> None:
    layers = (LAYER, {"app/a": b"", "app/b": b""})
    found = concluded(
        History(),
        *layers,
        settings={},
        history=[{"created_by": "COPY x y"}, {"created_by": "/bin/sh -c #(nop) ADD file:abc in /app "}],
        rootfs={"diff_ids": ["sha256:" + "0" * 64] * 2},
    )
    assert found.findings == ()


def test_an_index_that_the_layer_shows_is_left_to_the_layer() -> None:
    line = "RUN /bin/sh -c apt-get update # buildkit"
    document: dict[str, Any] = {
        "history": [{"created_by": line}],
        "rootfs": {"diff_ids": ["sha256:" + "0" * 64]},
    }
    proved = concluded(History(), {"var/lib/apt/lists/x_Packages": b"x"}, settings={}, **document)
    hidden = concluded(History(), {"a": b"x"}, settings={}, **document)
    assert proved.findings == ()
    assert [finding.rule for finding in hidden.findings] == ["history.update-alone"]


def test_a_hundred_lines_are_twenty_findings() -> None:
    assert len(rules(*["RUN /bin/sh -c curl -k https://x.test"] * 100)) == 20


def test_every_rule_is_explained() -> None:
    found = history("ADD a b", "RUN apt-get update; curl http://x | sh; curl -k x; apk add --allow-untrusted y")
    assert {item.rule for item in found.findings if isinstance(item, Finding)} <= History.rules.keys()
