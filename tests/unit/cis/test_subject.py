from __future__ import annotations

from typing import Any

import msgspec

from imgscan.cis.checklist import CHECKS
from imgscan.cis.evaluate import BENCHMARK, evaluate
from imgscan.model.items import BaseItem, DaemonItem, FileItem, read_evidence
from imgscan.model.ledger import Cause, Gap

from .support import finding, subject


def gap(*rules: str, cause: Cause = Cause.LIMIT) -> Gap:
    return Gap(cause=cause, what="x", why="y", rules=rules)


def test_nothing_is_open_where_the_ledger_is_empty() -> None:
    assert not subject().is_open("secrets.*", "config.root-user")


def test_what_a_gap_names_is_open_and_its_neighbour_is_not() -> None:
    found = subject(ledger=(gap("config.*"),))

    assert found.is_open("config.root-user")
    assert found.is_open("setuid.*", "config.*")
    assert not found.is_open("setuid.*")


def test_only_an_analyzer_that_was_not_chosen_did_not_run() -> None:
    found = subject(ledger=(gap("elf.*", cause=Cause.NOT_RUN), gap("secrets.*", cause=Cause.FAULT)))

    assert found.not_run("elf")
    assert not found.not_run("secrets")


def test_rules_are_chosen_whole_or_by_what_they_begin_with() -> None:
    found = subject(finding("setuid.suid-file"), finding("setuid.sgid-file"), finding("setuidx.y"))

    assert [item.rule for item in found.of("setuid.suid-file")] == ["setuid.suid-file"]
    assert len(found.of("setuid.")) == 2
    assert found.of("setuid") == ()


def test_items_of_others_that_judges_cannot_read_are_left_out() -> None:
    mine = {"path": "/usr/sbin/sshd", "status": "started"}
    found = subject(inventory={"daemons": (mine, {"path": "/x"}), "theirs": ({},)})

    assert found.items(DaemonItem) == (DaemonItem(path="/usr/sbin/sshd", status="started"),)
    assert found.items(FileItem, "theirs") == ()
    assert found.items(FileItem, "shells") == ()
    assert found.item(DaemonItem) is not None
    assert found.item(BaseItem) is None


def test_evidence_of_another_shape_says_nothing() -> None:
    class Named(msgspec.Struct, frozen=True):
        names: tuple[str, ...] = ()

    assert read_evidence(finding("setuid.x", evidence={"names": ["/a"], "b": 1}), Named).names == ("/a",)
    assert read_evidence(finding("setuid.x", evidence={"names": 3}), Named).names == ()


CONTROLS = (*BENCHMARK, *CHECKS)


def test_sections_filled_by_others_end_no_scan() -> None:
    odd: dict[str, tuple[dict[str, Any], ...]] = dict.fromkeys(
        ("config", "base", "history", "daemons", "shells", "packages", "release", "write_surface", "integrity"), ({},)
    )

    assert [control.id for control in evaluate(subject(inventory=odd))] == [item.id for item in CONTROLS]
