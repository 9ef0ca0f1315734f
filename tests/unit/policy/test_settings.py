"""imgscan.toml: every key has its effect, every fault names the file and the key."""

from __future__ import annotations

from pathlib import Path

import pytest

from imgscan.errors import UsageError
from imgscan.model.finding import Severity
from imgscan.model.limits import Limits
from imgscan.model.policy import Exemption, Policy, TrustedBase
from imgscan.policy.load import load_settings
from imgscan.policy.settings import Settings, parse_pyproject, parse_settings, parse_trusted_base

DIFF_ID = "sha256:" + "a" * 64
WHOLE = f"""
fail_on = "high"
formats = ["text", "json=report.json"]
analyzers = ["setuid", "config"]
skip = ["elf"]
rules = ["more.toml"]
platform = "linux/arm64"
jobs = 3
cache = "kept"
exceptions = ["imgscan-exceptions.toml"]
baseline = "before.json"

[limits]
layers = 12

[severities]
"programs.*" = "low"
"4.6" = "INFO"

[controls]
off = ["5.*", "no-shell"]

[allow]
ports = ["8080"]
setuid = ["/usr/bin/../bin/su", "bin/mount"]
packages = ["curl"]
users = ["app"]

[[trusted_base]]
name = "debian:12"
diff_ids = ["{DIFF_ID}"]

[[trusted_base]]
name = "ours"
file = "base.txt"
"""


def test_a_whole_configuration_is_read() -> None:
    assert parse_settings(WHOLE, "imgscan.toml") == Settings(
        policy=Policy(
            severities={"programs.*": Severity.LOW, "4.6": Severity.INFO},
            controls_off=frozenset({"5.*", "no-shell"}),
            ports=frozenset({"8080", "8080/tcp"}),
            setuid=frozenset({"/usr/bin/su", "/bin/mount"}),
            packages=frozenset({"curl"}),
            users=frozenset({"app"}),
            trusted_bases=(TrustedBase("debian:12", (DIFF_ID,)),),
            fail_on=Severity.HIGH,
        ),
        formats=("text", "json=report.json"),
        analyzers=("setuid", "config"),
        skip=("elf",),
        rules=("more.toml",),
        platform="linux/arm64",
        jobs=3,
        cache="kept",
        limits=Limits(layers=12),
        exceptions=("imgscan-exceptions.toml",),
        baseline="before.json",
        base_files=(("ours", "base.txt"),),
    )


def test_an_empty_configuration_decides_nothing() -> None:
    assert parse_settings("", "x") == Settings()
    assert Settings().policy == Policy()


def test_an_empty_allow_list_allows_nothing_which_is_a_decision() -> None:
    policy = parse_settings("[allow]\nports = []", "x").policy

    assert (policy.ports, policy.setuid) == (frozenset(), None)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("fail_onn = 'high'", "x.toml: fail_onn: no such key; did you mean fail_on?"),
        ("zzz = 1", "x.toml: zzz: no such key; there are: allow, analyzers, baseline"),
        ("fail_on = 'bad'", "x.toml: fail_on: must be one of info, low, medium, high, critical"),
        ("fail_on = 3", "x.toml: fail_on: must be one of"),
        ("formats = 'text'", "x.toml: formats: must be a list of texts"),
        ("formats = ['']", "x.toml: formats: must be a list of texts"),
        ("jobs = -1", "x.toml: jobs: must be a whole number from 0 on"),
        ("jobs = true", "x.toml: jobs: must be a whole number"),
        ("platform = 1", "x.toml: platform: must be a text"),
        ("platform = ' '", "x.toml: platform: must be a text"),
        ("limits = 1", "x.toml: limits: must be a table"),
        ("[limits]\nlayer = 1", "x.toml: limits.layer: no such key; did you mean layers?"),
        ("[limits]\nlayers = 0", "x.toml: limits.layers: must be a whole number from 1 on"),
        ("[severities]\nx = 'worse'", "x.toml: severities.x: must be one of"),
        ("[controls]\non = ['4.1']", "x.toml: controls.on: no such key"),
        ("[allow]\nport = ['1']", "x.toml: allow.port: no such key; did you mean ports?"),
        ("[allow]\nports = ['http']", "x.toml: allow.ports: 'http' is no port"),
        ("[allow]\nports = ['70000']", "x.toml: allow.ports: '70000' is no port"),
        ("[allow]\nports = ['9-8']", "x.toml: allow.ports: '9-8' is no port"),
        ("trusted_base = 'x'", "x.toml: trusted_base: must be tables: [[trusted_base]]"),
        ("[[trusted_base]]\nname = 'x'", "x.toml: trusted_base[1].diff_ids: give either diff_ids or file"),
        ("[[trusted_base]]\nfile = 'x'", "x.toml: trusted_base[1].name: is missing"),
        ("[[trusted_base]]\nname = 'x'\ndiff_ids = []", "x.toml: no diff_ids"),
        ("[[trusted_base]]\nname = 'x'\ndiff_ids = ['sha256:1']", "x.toml: 'sha256:1' is no diff_id"),
        ("=", "x.toml: not TOML"),
        ("a = " + "[" * 20_000, "x.toml: not TOML"),
        ("a = " + "9" * 10_000, "x.toml: not TOML"),
        ('"a\\u001b" = 1', r"x.toml: a\\x1b: no such key"),
    ],
)
def test_a_fault_names_file_and_key(text: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_settings(text, "x.toml")

    assert str(caught.value).startswith(message.replace("\\\\", "\\"))


def test_pyproject_is_asked_for_its_own_table_alone() -> None:
    assert parse_pyproject("[tool.imgscan]\njobs = 2", "p").jobs == 2  # type: ignore[union-attr]  # a failure if None
    assert parse_pyproject("[tool.other]\njobs = 2", "p") is None
    assert parse_pyproject("[project]\nname = 'x'", "p") is None
    with pytest.raises(UsageError, match=r"p: tool\.imgscan\.job: no such key; did you mean jobs\?"):
        parse_pyproject("[tool.imgscan]\njob = 2", "p")


def test_a_file_of_diff_ids_may_have_comments() -> None:
    found = parse_trusted_base("debian", f"# debian:12\n\n{DIFF_ID}  # lowest\n", "f")

    assert found == TrustedBase("debian", (DIFF_ID,))
    with pytest.raises(UsageError, match="f: no diff_ids"):
        parse_trusted_base("debian", "# nothing", "f")


# Files

EXCEPTION = '[[exception]]\nrule = "r"\nreason = "why"\nowner = "who"\n'
FINGERPRINT = "0123456789abcdef" * 2
REPORT = f'{{"schema": "imgscan.report/1", "findings": [{{"fingerprint": "{FINGERPRINT}"}}]}}'


def test_files_that_a_configuration_names_lie_beside_it(tmp_path: Path) -> None:
    folder = tmp_path / "config"
    folder.mkdir()
    (folder / "imgscan.toml").write_text(WHOLE)
    (folder / "imgscan-exceptions.toml").write_text(EXCEPTION)
    (folder / "before.json").write_text(REPORT)
    (folder / "base.txt").write_text(DIFF_ID)

    found = load_settings(str(folder / "imgscan.toml"))

    assert found.policy.exemptions == (Exemption(rule="r", reason="why", owner="who"),)
    assert found.policy.baseline == frozenset({FINGERPRINT})
    assert [base.name for base in found.policy.trusted_bases] == ["debian:12", "ours"]
    assert (found.rules, found.cache) == ((str(folder / "more.toml"),), str(folder / "kept"))


def test_the_folder_is_asked_for_imgscan_toml_then_pyproject_toml(tmp_path: Path) -> None:
    assert load_settings(folder=str(tmp_path)) == Settings()
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'x'")
    assert load_settings(folder=str(tmp_path)) == Settings()
    (tmp_path / "pyproject.toml").write_text("[tool.imgscan]\njobs = 2")
    assert load_settings(folder=str(tmp_path)).jobs == 2
    (tmp_path / "imgscan.toml").write_text("jobs = 5")
    assert load_settings(folder=str(tmp_path)).jobs == 5


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    bad = tmp_path / "bad.toml"
    bad.write_bytes(b"\xff")
    (tmp_path / "pyproject.toml").write_text("")
    (tmp_path / "imgscan.toml").write_text("baseline = 'gone.json'")

    with pytest.raises(UsageError, match=r"none\.toml: cannot be read \(No such file"):
        load_settings(str(tmp_path / "none.toml"))
    with pytest.raises(UsageError, match=r"bad\.toml: not UTF-8"):
        load_settings(str(bad))
    with pytest.raises(UsageError, match=r"it has no table \[tool\.imgscan\]"):
        load_settings(str(tmp_path / "pyproject.toml"))
    with pytest.raises(UsageError, match=r"gone\.json: cannot be read"):
        load_settings(folder=str(tmp_path))
