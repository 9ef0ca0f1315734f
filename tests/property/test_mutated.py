"""Parsers without a property test elsewhere, on good data with bytes changed, cut and repeated, and on noise."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgscan.errors import InputError
from imgscan.formats.archives.inflated import inflated
from imgscan.formats.elf.ldconf import parse_musl_path, parse_preload
from imgscan.formats.image.ports import parse_port
from imgscan.formats.keys.keystore import der_key, parse_keystore
from imgscan.formats.packages.npm import is_installed_package
from imgscan.formats.path import decode_name
from imgscan.formats.secret_values import named_values
from imgscan.shell.called import script_commands, started_by
from imgscan.testing import compress

from ..unit.analyzers.secrets.keystores import KEY_BAG, SHROUDED_BAG, java_store, pkcs12

MOST = 5000
_KEY = bytes.fromhex("302e020100300506032b657004220420") + bytes(32)  # RFC 8410, an Ed25519 key of zeros


def text(parse: Callable[[str], object]) -> Callable[[bytes], object]:
    return lambda data: parse(decode_name(data))


def bounded(data: bytes) -> None:
    found, _ = inflated(data, MOST)
    assert len(found) <= MOST


PARSERS: dict[str, tuple[Callable[[bytes], object], bytes]] = {
    "jks": (parse_keystore, java_store("changeit", 1, 2)),
    "jceks": (parse_keystore, java_store("changeit", 1, magic=b"\xce\xce\xce\xce")),
    "pkcs12": (parse_keystore, pkcs12("changeit", KEY_BAG, SHROUDED_BAG, rounds=3, sealed=True)),
    "der key": (der_key, _KEY),
    "gzip": (bounded, compress(bytes(9000), "gzip")),
    "zstd": (bounded, compress(bytes(9000), "zstd")),
    "bzip2": (bounded, compress(bytes(9000), "bzip2")),
    "xz": (bounded, compress(bytes(9000), "xz")),
    "preload": (text(parse_preload), b"/lib/a.so:/lib/b.so # c\n"),
    "musl path": (text(parse_musl_path), b"/lib:/usr/local/lib\n/opt"),
    "port": (text(parse_port), b"8000-8010/udp"),
    "named values": (text(named_values), b"API_TOKEN=abc=defghi https://user:password@host/ secret: 'x y'"),
    "script": (
        text(lambda words: [[*started_by(command)] for command in script_commands(words)]),
        b'if true; then exec gosu app "$@"; fi\nsh -c "service ssh start" | tee\n',
    ),
    "npm path": (text(is_installed_package), b"a/node_modules/@b/c/package.json"),
}


@st.composite
def mutated(draw: st.DrawFn, good: bytes) -> bytes:
    """Draw a good content with some bytes changed, cut off, put in or repeated; or noise."""
    if draw(st.integers(0, 9)) == 0:
        return draw(st.binary(max_size=200))
    data = bytearray(good)
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, max(len(data) - 1, 0)))
        match draw(st.integers(0, 3)):
            case 0 if data:
                data[at] = draw(st.integers(0, 255))
            case 1:
                del data[at:]
            case 2:
                data[at:at] = data[: draw(st.integers(0, 64))]
            case _:
                data[at : at + 4] = draw(st.sampled_from([b"\xff" * 4, bytes(4), b"\x7f\xff\xff\xff", b"\x80\0\0"]))
    return bytes(data)


@pytest.mark.parametrize("name", PARSERS)
@given(draw=st.data())
def test_a_parser_gives_a_value_or_an_error_of_the_tree(name: str, draw: st.DataObject) -> None:
    parse, good = PARSERS[name]
    parse(good)
    data = draw.draw(mutated(good))
    with suppress(InputError):
        parse(data)
