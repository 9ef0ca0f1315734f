from __future__ import annotations

from typing import Any

import msgspec

from imgscan.cis.evaluate import evaluate
from imgscan.model.image import ImageConfig
from imgscan.model.problem import Level, Problem

from .support import CONFIG, finding, subject


def test_nothing_lacks_where_all_ran_and_everything_was_read() -> None:
    assert subject().lacking("setuid", "config", config=True, history=True) == ""


def test_an_analyzer_that_did_not_run_is_named() -> None:
    found = subject(ran=frozenset({"config"}))

    assert found.lacking("config") == ""
    assert found.lacking("config", "setuid", "elf") == "the analyzer setuid and elf did not run, or did not finish"


def test_a_missing_config_or_history_lacks_only_where_it_is_needed() -> None:
    without = subject(config=ImageConfig())
    bare = subject(config=msgspec.structs.replace(CONFIG, history=()))

    assert without.lacking("setuid") == ""
    assert "no config" in without.lacking("setuid", config=True)
    assert "no config" in without.lacking("history", history=True)
    assert bare.lacking("config", config=True) == ""
    assert bare.lacking("history", history=True) == "the config has no history"


def test_a_history_that_does_not_fit_the_layers_lacks() -> None:
    found = subject(finding("history.layers-unknown"))

    assert "do not match" in found.lacking("history", history=True)
    assert found.lacking("config", config=True) == ""


def test_the_first_error_says_why_the_image_was_not_read_whole() -> None:
    warning = Problem(level=Level.WARNING, stage="layer", code="x", message="odd")
    error = Problem(level=Level.ERROR, stage="layer", code="x", message="the stream ends")
    found = subject(complete=False, problems=(warning, error))

    assert found.lacking() == "the image was not read whole, or does not verify (the stream ends)"


def test_rules_are_chosen_whole_or_by_what_they_begin_with() -> None:
    found = subject(finding("setuid.suid-file"), finding("setuid.sgid-file"), finding("setuidx.y"))

    assert [item.rule for item in found.of("setuid.suid-file")] == ["setuid.suid-file"]
    assert len(found.of("setuid.")) == 2
    assert found.of("setuid") == ()


def test_items_of_others_that_judges_cannot_read_are_left_out() -> None:
    mine = {"path": "/usr/sbin/sshd", "status": "started"}
    found = subject(inventory={"daemons": (mine, {"path": "/x"}), "theirs": ({},)})

    assert found.items("daemons") == (mine,)
    assert found.items("theirs") == ({},)
    assert found.items("shells") == ()


def test_sections_filled_by_others_end_no_scan() -> None:
    odd: dict[str, tuple[dict[str, Any], ...]] = dict.fromkeys(
        ("config", "base", "history", "daemons", "shells", "packages", "release", "write_surface", "integrity"), ({},)
    )

    assert len(evaluate(subject(inventory=odd))) == 55
