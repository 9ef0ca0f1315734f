"""Rules of the user's own, in three formats, from a file to a finding; with hyperscan and without."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from imgscan.matching.multipattern import compile_patterns
from imgscan.testing import ImageBuilder, docker_archive

from .support import Run, imgscan

VALUE = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
TOKEN = f"acme_{VALUE}"

OURS = f"""
[[rule]]
id = "acme.token"
title = "Acme token"
severity = "critical"
find = "acme_[0-9a-f]{{8}}"
expression = "acme_[0-9a-f]{{32}}"
examples = ["token acme_<<0-9a-f|32>>"]
counterexamples = ["acme_{VALUE[:20]}"]
"""
GITLEAKS = """
title = "ours"
[[rules]]
id = "acme-token"
description = "Acme token"
regex = '''(?i)token\\s*=\\s*(acme_[0-9a-f]{32})'''
secretGroup = 1
entropy = 2.5
keywords = ["acme_"]
[[rules.allowlists]]
regexes = ['''acme_0{8}''']
"""
TRIVY = """
rules:
  - id: acme-token
    category: acme
    title: Acme token
    severity: CRITICAL
    regex: 'token\\s*=\\s*(?P<secret>acme_[0-9a-f]{32})'
    secret-group-name: secret
    keywords: [acme_]
    allow-rules:
      - id: zeros
        regex: acme_0{8}
"""
FORMATS = {
    "ours.toml": (OURS, "acme.token"),
    "gitleaks.toml": (GITLEAKS, "acme-token"),
    "t.yaml": (TRIVY, "acme-token"),
}


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("rules") / "image.tar"
    files = {
        "srv/app.conf": f"[acme]\ntoken = {TOKEN}\n".encode(),
        "srv/none.conf": f"token = acme_{VALUE[:20]}\ntoken = acme_{'0' * 32}\n".encode(),
    }
    path.write_bytes(docker_archive(ImageBuilder().layer(files)))
    return path


def written(folder: Path, name: str, text: str) -> str:
    (folder / name).write_text(text)
    return str(folder / name)


def told(run: Run) -> list[tuple[str, str, int]]:
    return [
        (finding["rule"], finding["path"], finding["line"])
        for finding in run.report["findings"]
        if finding["analyzer"] == "secrets" and "acme" in finding["rule"]
    ]


@pytest.mark.parametrize("name", FORMATS)
def test_a_rule_file_finds_what_it_is_for_and_nothing_else(archive: Path, tmp_path: Path, name: str) -> None:
    if name.endswith(".yaml"):
        pytest.importorskip("yaml", reason="PyYAML is not installed")
    text, rule = FORMATS[name]

    run = imgscan(archive, "-f", "json", "--rules", written(tmp_path, name, text))

    expected = [(f"secrets.{rule}", "/srv/app.conf", 2)]
    assert told(run) == expected
    assert TOKEN not in run.text
    assert told(imgscan(archive, "-f", "json")) == []


def test_our_rules_say_how_bad_and_the_digest_of_the_rules_differs(archive: Path, tmp_path: Path) -> None:
    run = imgscan(archive, "-f", "json", "--rules", written(tmp_path, "ours.toml", OURS))

    (finding,) = [item for item in run.report["findings"] if item["rule"] == "secrets.acme.token"]
    assert (finding["severity"], finding["message"][:10]) == ("CRITICAL", "Acme token")
    assert run.report["tool"]["rules_digest"] != imgscan(archive, "-f", "json").report["tool"]["rules_digest"]


def test_several_files_add_up(archive: Path, tmp_path: Path) -> None:
    ours, gitleaks = written(tmp_path, "ours.toml", OURS), written(tmp_path, "g.toml", GITLEAKS)

    run = imgscan(archive, "-f", "json", "--rules", ours, "--rules", gitleaks)

    # They are about the same bytes: the one that says most is told.
    assert len(told(run)) == 1
    assert run.report["tool"]["analyzers"]["secrets"] >= 1


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("[[rule]\n", r"bad\.toml"),
        ("title = 'x'\n", "no list of rules"),
        ("[[rule]]\nid = 'a'\ntitle = 'b'\nexpression = '('\nfind = 'x'\n", "rule a"),
        ("[[rule]]\nid = 'a b'\ntitle = 'b'\nexpression = 'x'\nfind = 'x'\n", "an id has letters"),
        ("[[rule]]\nid = 'a'\ntitle = 'b'\nexpression = 'x'\nfind = '(?=x)'\n", "pattern a"),
    ],
)
def test_a_malformed_rule_file_is_the_callers_error(archive: Path, tmp_path: Path, text: str, fault: str) -> None:
    run = imgscan(archive, "--rules", written(tmp_path, "bad.toml", text))

    assert run.code == 2
    assert run.err.startswith("imgscan: ")
    assert re.search(fault, run.err)


def test_a_rule_file_that_is_not_there_is_the_callers_error(archive: Path, tmp_path: Path) -> None:
    run = imgscan(archive, "--rules", tmp_path / "none.toml")

    assert (run.code, "cannot be read" in run.err) == (2, True)


@pytest.mark.parametrize("name", FORMATS)
def test_rules_check_and_list_read_every_format(tmp_path: Path, name: str) -> None:
    if name.endswith(".yaml"):
        pytest.importorskip("yaml", reason="PyYAML is not installed")
    text, rule = FORMATS[name]
    path = written(tmp_path, name, text)

    checked, listed = imgscan("rules", "check", path), imgscan("rules", "list", path)

    assert (checked.code, checked.text) == (0, "1 rule, 0 faults\n")
    assert listed.text.split()[0] == rule


KEYED = """
[[rule]]
id = "acme.password"
title = "Acme password"
key = "acme_pass"
expression = "[A-Za-z0-9]{12,40}"
examples = ["acme_pass = <<A-Za-z0-9|20>>"]
counterexamples = ["acme_pass = <<A-Za-z0-9|8>>"]
"""


def test_rules_check_holds_keyed_rules_to_their_examples(tmp_path: Path) -> None:
    right = imgscan("rules", "check", written(tmp_path, "keyed.toml", KEYED))
    wrong = imgscan("rules", "check", written(tmp_path, "wrong.toml", KEYED.replace("12,40", "30,40")))

    assert (right.code, right.text) == (0, "1 rule, 0 faults\n")
    assert wrong.code == 1
    assert "acme.password: example 0 is not found" in wrong.text


def test_rules_check_tells_each_fault(tmp_path: Path) -> None:
    text = OURS.replace('"acme_[0-9a-f]{8}"', '"(?=acme)"') + OURS

    run = imgscan("rules", "check", written(tmp_path, "bad.toml", text))

    assert run.code == 1
    assert "its id is not the only one" in run.text
    assert "malformed for the window scan" in run.text


def test_without_hyperscan_the_same_is_found_and_said(
    archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = written(tmp_path, "ours.toml", OURS)
    fast = imgscan(archive, "-f", "json", "--no-cache", "--rules", ours)
    monkeypatch.setitem(sys.modules, "hyperscan", None)
    compile_patterns.cache_clear()

    slow = imgscan(archive, "-f", "json", "--cache", tmp_path / "cache", "--rules", ours)
    compile_patterns.cache_clear()

    assert slow.report["findings"] == fast.report["findings"]
    assert [problem["code"] for problem in slow.report["problems"]] == ["slow-patterns"]
    assert fast.report["problems"] == []
    assert slow.code == 0
    assert not (tmp_path / "cache").exists()
