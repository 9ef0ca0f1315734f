"""What is told of much is bounded, and in one order."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from hashlib import sha512

import pytest

from imgscan.analyzers.secrets import Secrets
from imgscan.analyzers.secrets.detect import Detector
from imgscan.analyzers.secrets.examples import expand
from imgscan.analyzers.secrets.in_files import PER_RULE_AND_FILE
from imgscan.analyzers.secrets.rule import builtin_rules
from imgscan.model.finding import Finding
from imgscan.model.hidden import Hidden
from imgscan.model.image import ImageConfig
from imgscan.model.ledger import Gap
from imgscan.model.limits import Limits
from imgscan.testing import merged

SECRETS = Secrets()


def token(number: int) -> bytes:
    return expand("ghp_<<0-9A-Za-z|30>><<crc>>", f"bound{number}").encode()


def value(number: int) -> str:
    return "xK9" + sha512(b"%d" % number).hexdigest()[:6] + "Qz" + "ABCDEFGHJKLMNPQRSTUVWXYZ"[number % 24]


def told(files: Mapping[str, bytes], limits: Limits | None = None) -> tuple[list[Finding], list[Gap]]:
    view, _ = merged(files, analyzers=(SECRETS,), limits=limits or Limits())
    found = list(SECRETS.conclude(view))
    return [item for item in found if isinstance(item, Finding)], [item for item in found if isinstance(item, Gap)]


def test_of_one_rule_in_one_file_a_bounded_number_is_told_and_the_rest_counted() -> None:
    lines = b"\n".join(token(number) for number in range(PER_RULE_AND_FILE + 7))

    findings, skips = told({"srv/dump.sql": lines, "srv/few.sql": lines[:200]})

    assert [item.line for item in findings if item.path == "srv/dump.sql"][5:] == list(range(6, PER_RULE_AND_FILE + 1))
    assert [(skip.what, skip.count) for skip in skips] == [("secrets in files", 7)]


def test_the_bound_leaves_out_doubtful_ones_before_sure_ones() -> None:
    tokens = [token(number) for number in range(PER_RULE_AND_FILE + 7)]
    doubtful = [item[:-1] + (b"b" if item.endswith(b"a") else b"a") for item in tokens]  # the checksum is wrong

    findings, _ = told({"srv/dump.sql": b"\n".join([*doubtful, token(99)])})

    assert [item.line for item in findings if item.evidence["confidence"] == "high"] == [len(doubtful) + 1]
    assert len(findings) == PER_RULE_AND_FILE + 1  # of each confidence a bounded number


def test_a_minified_line_of_5_mb_gives_short_findings_at_their_offsets() -> None:
    line = b"var a=function(){return 'xy'};" * 170_000
    at = 4_000_000
    content = line[:at] + b";t='" + token(0) + b"';" + line[at:]

    (finding,), skips = told({"srv/app.min.js": content})

    assert (finding.line, finding.evidence["offset"]) == (1, at + 4)
    assert len(repr(finding)) < 3000
    assert skips == []


def test_a_megabyte_of_one_secret_is_one_finding() -> None:
    (finding,), _ = told({"srv/a.log": (token(0) + b"\n") * 25_000})

    assert (finding.line, finding.evidence["places_count"]) == (1, 1)


def test_a_file_with_more_hits_than_the_bound_tells_the_first() -> None:
    content = b"\n".join(token(number) for number in range(50))

    findings, _ = told({"srv/a.log": content}, Limits(pattern_hits=5))

    assert [item.line for item in findings] == [1, 2, 3, 4, 5]


def test_the_order_is_that_of_files_and_lines_whatever_ran_first() -> None:
    files = {f"srv/{number}.conf": token(number) + b"\n" + token(number + 10) for number in range(10)}

    first, again = told(files)[0], told(files)[0]

    assert first == again
    assert [(item.path, item.line) for item in first] == [(path, line) for path in files for line in (1, 2)]


def test_unsure_ones_do_not_push_out_a_sure_one() -> None:
    unsure = b"\n".join(token(number)[:-3] + b"abc" for number in range(PER_RULE_AND_FILE + 5))

    findings, _ = told({"srv/a.log": unsure + b"\n" + token(0)})

    assert [item.evidence["confidence"] for item in findings].count("high") == 1


def test_first_lines_of_keys_without_a_body_hide_no_key_behind_them() -> None:
    begin = b"-----BEGIN RSA PRIVATE KEY-----\n"
    body = base64.encodebytes(b"\x30" + sha512(b"a").digest() + sha512(b"b").digest())

    (finding,), _ = told({"srv/k.pem": begin * 500 + body + b"-----END RSA PRIVATE KEY-----\n"})

    assert (finding.rule, finding.line) == ("secrets.key.private", 500)


def test_in_config_unsure_ones_push_out_no_sure_one_and_all_are_hidden() -> None:
    words = " ".join(f"--password{number} {value(number)}" for number in range(120))
    view, _ = merged(
        {"a": b""},
        analyzers=(SECRETS,),
        config=ImageConfig(present=True, labels={"run": "tool " + words + " " + token(0).decode()}),
    )

    found = [item for item in SECRETS.conclude(view) if isinstance(item, Finding)]

    assert any(item.rule == "secrets.github.personal-token" for item in found)
    hidden = {item.text for item in SECRETS.redactions(view) if isinstance(item, Hidden)}
    assert len([number for number in range(120) if value(number) in hidden]) == 120


@pytest.mark.parametrize("value", ["_" * 300, "a" + "_-" * 150, "-" * 300, "123-" * 75, "a1-" * 100, "A_" * 150])
@pytest.mark.parametrize("name", ["password", "api_key", "PASS"])
def test_a_value_that_can_be_read_in_many_ways_is_soon_judged(name: str, value: str) -> None:
    for path, text in (("app/a.py", f"{name} = '{value}!'\n"), ("app/a.yml", f"{name}: {value}!\n")):
        list(Detector(builtin_rules()).scan(path, text.encode()))
