from __future__ import annotations

import pytest

from imgscan.formats.image.ports import Ports, parse_port


@pytest.mark.parametrize(
    ("text", "ports"),
    [
        ("80", Ports(80, 80, "tcp")),
        ("53/udp", Ports(53, 53, "udp")),
        ("8000-8010/tcp", Ports(8000, 8010, "tcp")),
        ("65535", Ports(65535, 65535, "tcp")),
    ],
)
def test_a_port_or_range_is_read(text: str, ports: Ports) -> None:
    assert parse_port(text) == ports


@pytest.mark.parametrize("text", ["", "http", "0", "65536", "90-80", "80/http", "80 ", "-1", "1-2-3", "\u0663"])
def test_anything_else_is_none(text: str) -> None:
    assert parse_port(text) is None
