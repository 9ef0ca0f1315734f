from __future__ import annotations

import pytest

from imgscan.analyzers.packages.analyzer import Packages
from imgscan.analyzers.verification.analyzer import Verification
from imgscan.model.finding import Finding, Severity
from imgscan.model.ledger import Gap
from imgscan.testing import conclude, facts_of, merged
from imgscan.testing.packages import debian


def test_an_unsigned_source_is_one_finding_with_its_lines() -> None:
    text = b"# c\ndeb [trusted=yes] http://x.test ./\ndeb [trusted=yes] http://y.test ./\n"
    (finding,) = conclude(Verification(), {"etc/apt/sources.list.d/x.list": text}).findings
    assert (finding.rule, finding.severity, finding.line) == (
        "verification.unsigned-packages",
        Severity.HIGH,
        2,
    )
    assert finding.message == "apt sources takes packages without a signature: trusted=yes (2 lines)"
    assert finding.remediation == "RUN sed -i s/trusted=yes// /etc/apt/sources.list.d/x.list"


@pytest.mark.parametrize(
    ("path", "text", "rule"),
    [
        ("etc/apt/apt.conf.d/99x", b'Acquire::https::Verify-Peer "false";', "no-certificate-check"),
        ("etc/yum.repos.d/x.repo", b"[x]\ngpgcheck=0\n", "unsigned-packages"),
        ("root/.config/pip/pip.conf", b"[global]\ntrusted-host=x\n", "no-certificate-check"),
        ("home/me/.npmrc", b"registry=http://x.test\n", "plain-transport"),
    ],
)
def test_settings_of_every_kind(path: str, text: bytes, rule: str) -> None:
    (finding,) = conclude(Verification(), {path: text}).findings
    assert finding.rule == f"verification.{rule}"


def test_settings_that_check_and_files_elsewhere_are_no_findings() -> None:
    layer = {
        "etc/apt/sources.list": b"deb https://deb.test stable main\n",
        "etc/yum.repos.d/x.repo.rpmsave": b"[x]\ngpgcheck=0\n",
        "usr/share/doc/x.repo": b"[x]\ngpgcheck=0\n",
    }
    assert conclude(Verification(), layer).findings == ()


def test_what_a_later_layer_set_right_is_no_finding() -> None:
    assert conclude(Verification(), {"etc/pip.conf": b"trusted-host=x"}, {"etc/pip.conf": b""}).findings == ()


def test_no_value_is_in_facts_or_findings() -> None:
    layer = {"etc/pip.conf": b"index-url = http://me:s3cret@x.test/\n"}
    assert "s3cret" not in repr(facts_of(Verification(), layer)) + repr(conclude(Verification(), layer))


SOURCE = {"etc/apt/sources.list.d/x.list": b"deb https://x.test stable main\n"}


@pytest.mark.parametrize(
    ("files", "told"),
    [
        (SOURCE, ["third-party-source"]),
        ({"etc/apt/sources.list.d/debian.sources": b"URIs: https://x.test\n"}, []),
        ({"etc/apt/sources.list.d/owned.list": b"deb https://x.test stable main\n"}, []),
        ({"etc/apt/sources.list.d/x.list": b"# nothing\n"}, []),
        ({"etc/apt/sources.list": b"deb https://x.test stable main\n"}, []),
    ],
)
def test_a_source_that_no_package_owns_is_told(files: dict[str, bytes], told: list[str]) -> None:
    database = debian(("x", "1", {"/etc/apt/sources.list.d/owned.list": b""}))

    view, _ = merged({**database, **files}, analyzers=(Verification(), Packages()))

    concluded = list(Verification().conclude(view))
    found = [item.rule.removeprefix("verification.") for item in concluded if isinstance(item, Finding)]
    assert found == told


def test_a_file_of_settings_that_is_read_in_part_leaves_them_open() -> None:
    long = b"#" * (1 << 18) + b"\ndeb [trusted=yes] http://x/ y z\n"

    view, _ = merged({"etc/apt/sources.list": long}, analyzers=(Verification(),))

    (gap,) = Verification().conclude(view)
    assert isinstance(gap, Gap)
    assert (gap.path, gap.rules, "256 KiB" in gap.why) == ("etc/apt/sources.list", ("verification.*",), True)


def test_without_a_database_nobody_knows_whose_a_source_is() -> None:
    assert conclude(Verification(), SOURCE).findings == ()
