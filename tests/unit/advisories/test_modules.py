"""Streams of modules: an advisory for one says nothing of another, nor of a build that is no module's."""

from __future__ import annotations

from pathlib import Path

import pytest

from imgscan.advisories.modules import ANY, is_about, named_streams, stream_of
from imgscan.advisories.record import Event, Statement
from tests.unit.advisories.made import database, record
from tests.unit.advisories.test_matching import ids, matched

ALMA = {"id": "almalinux", "version_id": "8.9"}
MODULAR = "1:18.16.1-1.module_el8.8.0+3577"
PLAIN = "1:18.16.1-1.el8"


@pytest.mark.parametrize(
    ("label", "stream"),
    [
        ("nodejs:18:8080020230718100218:63b34585", "nodejs:18"),
        ("389-ds:1.4", "389-ds:1.4"),
        ("nodejs", ""),
        (":18", ""),
        ("", ""),
    ],
)
def test_a_label_begins_with_name_and_stream(label: str, stream: str) -> None:
    assert stream_of(label) == stream


@pytest.mark.parametrize(
    ("title", "streams"),
    [
        ("Important: nodejs:18 security update", ("nodejs:18",)),
        ("Moderate: 389-ds:1.4 security and bug fix update", ("389-ds:1.4",)),
        ("virt:rhel and virt-devel:rhel bug fix update", ("virt:rhel", "virt-devel:rhel")),
        (
            "perl-IO-Socket-SSL:2.066 and perl-libwww-perl:6.34 update",
            ("perl-IO-Socket-SSL:2.066", "perl-libwww-perl:6.34"),
        ),
        ("Important: httpd:2.4/mod_http2 security update", ("httpd:2.4",)),
        ("Update of php:8.1.", ("php:8.1",)),
        ("Important: varnish security update", (ANY,)),
        ("", (ANY,)),
    ],
)
def test_the_title_of_a_modules_advisory_names_its_streams(title: str, streams: tuple[str, ...]) -> None:
    assert named_streams(title, [MODULAR]) == streams


def test_an_advisory_for_no_module_has_no_streams_whatever_its_title() -> None:
    assert named_streams("Moderate: kernel:4.18.0 security update", ["4.18.0-553.el8_10"]) == ()


def statement(*streams: str, fixed: str = "2") -> Statement:
    events = (Event(introduced="0"), Event(fixed=fixed)) if fixed else (Event(introduced="0"),)
    return Statement(ecosystem="AlmaLinux", release="8", package="p", rating="HIGH", ranges=(events,), streams=streams)


@pytest.mark.parametrize(
    ("said", "version", "stream", "expected"),
    [
        (statement("nodejs:18"), MODULAR, "nodejs:18", True),
        (statement("nodejs:18"), MODULAR, "nodejs:16", False),
        (statement("nodejs:18"), MODULAR, "", True),  # which one is not known: the versions decide
        (statement(ANY), MODULAR, "nodejs:16", True),
        (statement("nodejs:18"), PLAIN, "", False),
        (statement(ANY), PLAIN, "", False),
        (statement(), PLAIN, "", True),
        (statement(), MODULAR, "nodejs:18", False),
        (statement(), MODULAR, "", False),
        (statement(fixed=""), MODULAR, "nodejs:18", True),  # no version mends it, of no build
    ],
)
def test_an_advisory_is_about_builds_of_its_stream(said: Statement, version: str, stream: str, expected: bool) -> None:
    assert is_about(said, version, stream) is expected


def test_of_two_streams_each_is_held_against_its_own_advisories(tmp_path: Path) -> None:
    path = database(
        tmp_path,
        record("ALSA-16", "AlmaLinux:8", "nodejs", "1:16.20.2-3.module_el8.8.0+1", summary="nodejs:16 security update"),
        record("ALSA-18", "AlmaLinux:8", "nodejs", "1:18.18.2-1.module_el8.8.0+1", summary="nodejs:18 security update"),
    )

    def known(version: str, stream: str | None) -> list[str]:
        package = {"type": "rpm", "name": "nodejs", "version": version, "module": stream}
        return ids(matched(path, package, release=ALMA))

    assert known("1:16.20.2-2.module_el8.8.0+1", "nodejs:16") == ["ALSA-16"]
    assert known("1:16.20.2-3.module_el8.8.0+1", "nodejs:16") == []
    assert known("1:18.17.0-1.module_el8.8.0+1", "nodejs:18") == ["ALSA-18"]
    assert known("1:16.20.2-3.module_el8.8.0+1", None) == ["ALSA-18"]  # no label: one too many, none missed
    assert known("1:10.0-1.el8", None) == []
