"""Policies, exceptions and baselines at the command line, on built images."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from imgscan.cli import settings
from imgscan.testing import ImageBuilder, TarBuilder, program

from .made import NET_RAW, save
from .support import Run, imgscan

PASSWD = b"root:x:0:0::/root:/bin/sh\napp:x:101:101::/:/bin/sh\n"
SU = program()
EXCEPTION = '[[exception]]\nrule = "setuid.suid-file"\npath = "/bin/su"\nreason = "su is needed"\nowner = "ops"\n'


def members(mtime: int) -> dict[str, TarBuilder]:
    """Return the image's files, each as a tar of its own."""
    return {
        "bin/su": TarBuilder().file("bin/su", SU, mode=0o4755, mtime=mtime),
        "bin/ping": TarBuilder().file("bin/ping", b"ping", {"security.capability": NET_RAW}, mode=0o755, mtime=mtime),
        "bin/nc": TarBuilder().file("bin/nc", b"\x7fELF", mode=0o755, mtime=mtime),
        "bin/sh": TarBuilder().file("bin/sh", b"\x7fELF", mode=0o755, mtime=mtime),
        "etc/passwd": TarBuilder().file("etc/passwd", PASSWD, mtime=mtime),
        "srv/open": TarBuilder().file("srv/open", b"x", mode=0o666, mtime=mtime),
        "srv/box": TarBuilder().directory("srv/box", mode=0o777, mtime=mtime),
        ".ssh/id": TarBuilder().file("root/.ssh/authorized_keys", b"ssh-ed25519 AAAA a@b\n", mtime=mtime),
    }


def image_of(*layers: list[TarBuilder], user: str = "", steps: str = "RUN step") -> ImageBuilder:
    image = ImageBuilder(settings={"Cmd": ["/bin/sh"], "User": user, "ExposedPorts": {"80/tcp": {}}})
    for number, tars in enumerate(layers):
        image.layer(b"".join(tar.build(0) for tar in tars) + bytes(1024), created_by=f"{steps} {number}")
    return image


IMAGE = image_of(list(members(1_600_000_000).values()))


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is the current one, with image.tar in it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "none"))
    for name in settings.VARIABLES:
        monkeypatch.delenv(f"IMGSCAN_{name.upper()}", raising=False)
    save(tmp_path / "image.tar", IMAGE.docker_archive())
    return tmp_path


def scan(*words: str | Path) -> Run:
    return imgscan("image.tar", "-f", "json", *words)


def one(run: Run, rule: str) -> dict[str, Any]:
    """Return the one finding of a rule."""
    found: list[dict[str, Any]] = [item for item in run.report["findings"] if item["rule"] == rule]
    assert len(found) == 1
    return found[0]


# Configuration


def test_imgscan_toml_of_the_current_folder_is_read(place: Path) -> None:
    (place / "imgscan.toml").write_text('fail_on = "low"\nformats = ["json"]\n')

    run = imgscan("image.tar")

    assert (run.code, run.err) == (1, "")
    assert run.report["schema"] == "imgscan.report/1"


FOLDER = """
formats = ["text", "json=report.json", "sarif=../report.sarif", "html=link/report.html", "junit=%OUTSIDE%/report.xml"]
analyzers = ["config"]
skip = ["secrets"]
rules = ["rules.toml"]
cache = "kept"

[controls]
off = ["*"]

[limits]
layers = 3
path_depth = 100000
"""
IGNORED = (
    "formats sarif=../report.sarif, formats html=link/report.html, formats junit=%OUTSIDE%/report.xml, "
    "analyzers, skip, rules, cache, controls.off, limits.path_depth"
)


@pytest.mark.parametrize("name", ["imgscan.toml", "pyproject.toml"])
def test_settings_that_nobody_named_neither_write_elsewhere_nor_switch_off(
    place: Path, tmp_path_factory: pytest.TempPathFactory, name: str
) -> None:
    outside = tmp_path_factory.mktemp("outside")
    (place / "link").symlink_to(outside)
    text = FOLDER.replace("%OUTSIDE%", str(outside))
    tables = text.replace("[controls]", "[tool.imgscan.controls]").replace("[limits]", "[tool.imgscan.limits]")
    (place / name).write_text(text if name == "imgscan.toml" else "[tool.imgscan]\n" + tables)

    run = imgscan("image.tar", "--cache", place / "cache")

    ignored = IGNORED.replace("%OUTSIDE%", str(outside))
    assert run.code == 0
    told = f"imgscan: warning: {name} lies in the current folder and nobody named it: {ignored} not followed"
    assert run.err == f"{told} (--config {name} does)\n"
    assert list(outside.iterdir()) == []
    assert not (place.parent / "report.sarif").exists()
    assert not (place / "kept").exists()
    report = json.loads((place / "report.json").read_text())
    assert {"secrets", "config", "elf"} <= report["tool"]["analyzers"].keys()
    assert "not_run" not in report["tool"]
    assert report["controls"]


def test_settings_that_are_named_are_followed_and_what_they_switch_off_is_in_the_verdict(place: Path) -> None:
    (place / "imgscan.toml").write_text('skip = ["secrets", "elf"]\n[controls]\noff = ["5.*"]\n')

    run = imgscan("image.tar", "-f", "text", "-f", "json=report.json", "--config", "imgscan.toml")

    assert (run.code, run.err) == (0, "")
    verdict = run.text[run.text.index("VERDICT") :].split("\n\n")[0]
    assert "SWITCHED OFF: elf, secrets; controls switched off: 5.*" in " ".join(verdict.split())
    tool = json.loads((place / "report.json").read_text())["tool"]
    assert (tool["not_run"], tool["controls_off"]) == (["elf", "secrets"], ["5.*"])


def test_what_alone_runs_is_in_the_verdict(place: Path) -> None:
    run = imgscan("image.tar", "-a", "setuid,config", "--no-config")

    assert "analyzers, all but setuid, config" in " ".join(run.text.split())


def test_the_files_of_named_formats_lie_beside_the_settings(place: Path) -> None:
    (place / "other").mkdir()
    (place / "other" / "imgscan.toml").write_text('formats = ["json=report.json"]\n')

    assert imgscan("image.tar", "--config", "other/imgscan.toml").code == 0

    assert (place / "other" / "report.json").exists()


def test_the_users_own_settings_hold_whole_where_the_folder_has_none(
    place: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home))
    (home / "imgscan").mkdir()
    (home / "imgscan" / "imgscan.toml").write_text('skip = ["setuid"]\nfail_on = "low"\n')

    own = scan()
    (place / "imgscan.toml").write_text('fail_on = "critical"\n')
    of_folder = scan()
    monkeypatch.chdir(home / "imgscan")
    there = imgscan(place / "image.tar", "-f", "json")

    assert (own.code, own.err, own.report["tool"]["not_run"]) == (1, "", ["setuid"])
    assert (of_folder.code, "not_run" in of_folder.report["tool"]) == (0, False)
    assert (there.code, there.err, there.report["tool"]["not_run"]) == (1, "", ["setuid"])


def test_pyproject_toml_is_read_where_there_is_no_imgscan_toml(place: Path) -> None:
    (place / "pyproject.toml").write_text('[tool.imgscan]\nfail_on = "low"\n')

    assert scan().code == 1


def test_a_configuration_may_be_named_or_left_out(place: Path) -> None:
    (place / "imgscan.toml").write_text('fail_on = "low"\n')
    (place / "other.toml").write_text('skip = ["setuid"]\n')

    assert scan().code == 1
    assert scan("--no-config").code == 0
    other = scan("--config", "other.toml")
    assert (other.code, "setuid" in other.report["tool"]["analyzers"]) == (0, False)


def test_the_command_line_comes_first_then_the_environment(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (place / "imgscan.toml").write_text('fail_on = "low"\nskip = ["programs"]\n')

    monkeypatch.setenv("IMGSCAN_FAIL_ON", "critical")
    monkeypatch.setenv("IMGSCAN_SKIP", "setuid,config")
    of_environment = scan()
    of_command_line = scan("--fail-on", "low", "--skip", "config")

    assert (of_environment.code, of_command_line.code) == (0, 1)
    assert {"setuid", "config"}.isdisjoint(of_environment.report["tool"]["analyzers"])
    assert "setuid" in of_command_line.report["tool"]["analyzers"]


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("FAIL_ON", "worst", "IMGSCAN_FAIL_ON takes one of info, low"),
        ("JOBS", "two", "IMGSCAN_JOBS takes a number"),
        ("BASELINE", "gone.json", "gone.json: cannot be read"),
        ("CONFIG", "gone.toml", "gone.toml: cannot be read"),
        ("FORMATS", "yaml", "no format yaml"),
    ],
)
def test_an_environment_that_makes_no_sense_is_refused(
    place: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str, message: str
) -> None:
    monkeypatch.setenv(f"IMGSCAN_{name}", value)

    run = imgscan("image.tar")

    assert run.code == 2
    assert message in run.err


def test_a_fault_of_the_configuration_is_one_line_and_nothing_is_scanned(place: Path) -> None:
    (place / "imgscan.toml").write_text("[allow]\nport = ['80']\n")

    run = scan()

    assert (run.code, run.out) == (2, b"")
    assert run.err == "imgscan: imgscan.toml: allow.port: no such key; did you mean ports?\n"


def test_limits_of_the_configuration_hold(place: Path) -> None:
    (place / "imgscan.toml").write_text("[limits]\nlayer_entries = 2\n")

    run = scan()

    assert run.code == 3
    assert "more entries than limits.layer_entries" in run.err


def test_severities_of_the_configuration_count(place: Path) -> None:
    (place / "imgscan.toml").write_text('[severities]\n"*" = "info"\n"setuid.*" = "critical"\n')

    run = scan("--fail-on", "critical")

    assert run.code == 1
    assert {item["severity"] for item in run.report["findings"]} == {"CRITICAL", "INFO"}


def test_what_an_allow_list_names_does_not_count(place: Path) -> None:
    (place / "imgscan.toml").write_text('analyzers = ["setuid"]\n[allow]\nsetuid = ["/bin/su"]\n')
    stray = one(scan("--no-config"), "setuid.suid-file")

    run = scan("--fail-on", "info", "--config", "imgscan.toml")

    assert stray["evidence"]["class"] == "unknown"
    assert one(run, "setuid.suid-file")["suppressed"]["owner"] == "policy"
    assert run.code == 0


def test_an_allow_list_does_not_excuse_what_is_dangerous(place: Path) -> None:
    (place / "imgscan.toml").write_text('analyzers = ["setuid"]\n[allow]\nsetuid = ["/bin/su"]\n')
    changed = members(0) | {"bin/su": TarBuilder().file("bin/su", b"#!/bin/sh\n", mode=0o4755)}
    save(place / "image.tar", image_of(list(changed.values())).docker_archive())

    run = scan("--fail-on", "info")

    assert one(run, "setuid.suid-file")["suppressed"] is None
    assert run.code == 1


# Exceptions


def test_an_exception_suppresses_a_finding_that_stays_in_the_report(place: Path) -> None:
    (place / "e.toml").write_text(EXCEPTION)

    run = scan("-a", "setuid", "--exceptions", "e.toml", "--fail-on", "info")

    found = one(run, "setuid.suid-file")
    assert found["suppressed"] == {"reason": "su is needed", "owner": "ops", "expires": None}
    assert run.code == 0
    assert scan("-a", "setuid", "--fail-on", "info").code == 1


def test_an_expired_exception_is_a_finding_and_excuses_nothing(place: Path) -> None:
    (place / "e.toml").write_text(EXCEPTION + "expires = 2020-01-01\n")

    run = scan("-a", "setuid", "--exceptions", "e.toml")

    assert one(run, "setuid.suid-file")["suppressed"] is None
    expired = one(run, "policy.expired-exception")
    assert (expired["severity"], expired["evidence"]["owner"]) == ("MEDIUM", "ops")


def test_an_exception_with_days_left_holds(place: Path) -> None:
    (place / "e.toml").write_text(EXCEPTION + "expires = 9999-12-31\n")

    found = one(scan("-a", "setuid", "--exceptions", "e.toml"), "setuid.suid-file")

    assert found["suppressed"]["expires"] == "9999-12-31"


def test_an_exception_that_fits_nothing_is_told(place: Path) -> None:
    (place / "e.toml").write_text(EXCEPTION.replace("/bin/su", "/bin/gone"))

    run = scan("-a", "setuid", "--exceptions", "e.toml")

    assert one(run, "policy.unused-exception")["severity"] == "INFO"
    assert one(run, "setuid.suid-file")["suppressed"] is None


def test_a_configuration_names_its_exceptions(place: Path) -> None:
    (place / "imgscan.toml").write_text('analyzers = ["setuid"]\nexceptions = ["e.toml"]\n')
    (place / "e.toml").write_text(EXCEPTION)

    assert one(scan(), "setuid.suid-file")["suppressed"]["owner"] == "ops"


# Baselines


def baseline(*words: str) -> None:
    assert scan("-o", "base.json", *words).code == 0


def test_what_a_baseline_knows_does_not_fail(place: Path) -> None:
    baseline()

    run = scan("--baseline", "base.json", "--fail-on", "info")

    assert run.code == 0
    assert {item["known"] for item in run.report["findings"]} == {True}


def test_what_a_baseline_does_not_know_fails(place: Path) -> None:
    baseline("--skip", "setuid")

    run = scan("--baseline", "base.json", "--fail-on", "info")

    assert run.code == 1
    assert [item["rule"] for item in run.report["findings"] if not item["known"]] == ["setuid.suid-file"]


def test_a_collection_is_a_baseline_too(place: Path) -> None:
    baseline("--all-images")

    assert scan("--baseline", "base.json", "--fail-on", "info").code == 0


def test_a_file_that_is_no_report_is_refused(place: Path) -> None:
    (place / "base.json").write_text('{"schema": "other"}')

    run = scan("--baseline", "base.json")

    assert run.code == 2
    assert "base.json: not a report of imgscan" in run.err


def rebuilt() -> list[ImageBuilder]:
    """Return the same image with other times, instructions, orders of layers, and split otherwise."""
    later = list(members(1_700_000_000).values())
    each = [[tar] for tar in later]
    return [
        image_of(later, steps="RUN otherwise"),
        image_of(*each),
        image_of(*reversed(each)),
        image_of(later[4:], later[:4]),
    ]


@pytest.mark.parametrize("number", range(4))
def test_a_rebuilt_image_has_the_same_fingerprints(place: Path, number: int) -> None:
    baseline()
    save(place / "image.tar", rebuilt()[number].docker_archive())

    run = scan("--baseline", "base.json", "--fail-on", "info")

    new = [(item["rule"], item["path"]) for item in run.report["findings"] if not item["known"]]
    assert new == []
    assert run.code == 0
    assert len(run.report["findings"]) > 8


def test_another_content_is_another_finding(place: Path) -> None:
    baseline()
    changed = members(1_600_000_000) | {"bin/su": TarBuilder().file("bin/su", b"other", mode=0o4755)}
    save(place / "image.tar", image_of(list(changed.values())).docker_archive())

    run = scan("--baseline", "base.json")

    assert [item["rule"] for item in run.report["findings"] if not item["known"]] == ["setuid.suid-file"]
