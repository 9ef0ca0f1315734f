"""Every parser is total: for any bytes a value, or an error of the tree."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from imgscan.analyzers.secrets.archives import LEAST_TOTAL, MAX_RATIO, ZIP, Unpacking
from imgscan.errors import ImgscanError, InputError, KeyFileError
from imgscan.formats.archives.inflated import MAGICS as COMPRESSED
from imgscan.formats.archives.inflated import inflated
from imgscan.formats.archives.pax import parse_pax, parse_pax_int, parse_pax_time, parse_xattrs
from imgscan.formats.archives.sparse import check_segments, parse_map_1_0, parse_old_gnu, parse_pax_map, parse_real_size
from imgscan.formats.archives.tar import HeaderParser, parse_number
from imgscan.formats.archives.zstd import FrameWalker
from imgscan.formats.capability import parse_capability
from imgscan.formats.content.filetype import file_type
from imgscan.formats.elf.content import ElfContent
from imgscan.formats.elf.ldconf import cached_folders, parse_ld_conf
from imgscan.formats.elf.parse import parse_elf
from imgscan.formats.elf.ranges import elf_ranges
from imgscan.formats.elf.summary import elf_summary
from imgscan.formats.image.estargz import compare_toc
from imgscan.formats.image.gojson import read_as_go
from imgscan.formats.image.manifest import (
    is_docker_manifest,
    parse_config,
    parse_descriptor,
    parse_docker_manifest,
    parse_index,
    parse_manifest,
)
from imgscan.formats.image.shapes import CONFIG, MANIFEST_JSON, OCI_DOCUMENT, REPOSITORIES_FILE
from imgscan.formats.json import parse_json
from imgscan.formats.keys.der import read_element
from imgscan.formats.keys.keystore import der_key, parse_keystore
from imgscan.formats.path import clean_path, decode_name, escapes_root
from imgscan.layer.decompress import MAGICS, compression_of, decompressed, unsupported_compression
from imgscan.layer.tar_reader import TarReader
from imgscan.model.entry import Entry
from imgscan.model.limits import Limits
from imgscan.model.problem import ProblemLog
from imgscan.printable import printable
from imgscan.rootfs.whiteout import marker_of
from imgscan.shell.busybox import busybox_applets
from imgscan.shell.called import inittab_starts, script_starts, unit_starts
from imgscan.shell.known import program_by_content
from imgscan.shell.multicall import applets_of
from imgscan.testing import COMPRESSIONS, compress, merged, survey, tar_header
from imgscan.testing.compress import Compression

from ..unit.analyzers.secrets.keystores import der
from .strategies import damaged, tars

BLOCKS = st.one_of(
    st.binary(min_size=512, max_size=512),
    st.builds(
        lambda field, at: (tar_header("name")[:at] + field + bytes(512))[:512],
        st.binary(max_size=20),
        st.integers(0, 511),
    ),
)


def _config(data: bytes) -> object:
    return parse_config(read_as_go(data, CONFIG, "x").value, "x")


def _documents(data: bytes) -> None:
    """Read a document as each of the kinds, by itself and within a config."""
    for shape in (CONFIG, MANIFEST_JSON, OCI_DOCUMENT, REPOSITORIES_FILE):
        for text in (data, b'{"config":{"Env":' + data + b',"env":' + data + b"}}", b'{"manifests":[' + data + b"]}"):
            with suppress(InputError):
                read_as_go(text, shape, "x")


def _keystores(data: bytes) -> None:
    """Try what begins as each kind of key store, and one that is whole but for its end."""
    info = der(0x30, der(6, bytes.fromhex("2a864886f70d010701")), der(0xA0, der(4, data)))
    for start in (b"\xfe\xed\xfe\xed\0\0\0\2\0\0\0\2\0\0\0\1", b"\xce\xce\xce\xce\0\0\0\1"):
        with suppress(KeyFileError):
            parse_keystore(start + data).opens("x")
    with suppress(KeyFileError):
        parse_keystore(der(0x30, der(2, b"\3"), info, data)).opens("x")
    parse_keystore(der(0x30, der(2, b"\3"), info)).opens("")


def _unpacked(data: bytes) -> None:
    """Open what begins as each kind of archive."""
    for start in (b"", *COMPRESSED, ZIP, ZIP + b"\x14\0\0\0\x08\0" + bytes(16), bytes(257) + b"ustar"):
        packed = start + data
        left = LEAST_TOTAL + MAX_RATIO * len(
            packed
        )  # five bytes of zstd make 80,000: no ratio holds for each by itself
        for chain, content in Unpacking(packed).members():
            assert chain.startswith("!")
            left -= len(content)
        assert left >= 0


PARSERS: dict[str, Callable[[bytes], object]] = {
    "parse_number": lambda data: parse_number(data[:12], 0),
    "parse_pax": lambda data: parse_pax(data, 0),
    "parse_pax_int": lambda data: parse_pax_int(data, 0),
    "parse_pax_time": lambda data: parse_pax_time(data, 0),
    "parse_xattrs": lambda data: parse_xattrs({b"LIBARCHIVE.xattr." + data: data, b"SCHILY.xattr." + data: data}),
    "parse_pax_map": lambda data: parse_pax_map(data, None, 0),
    "parse_map_1_0": lambda data: parse_map_1_0(data, data.count(b"\n"), 0),
    "inflated": lambda data: [inflated(magic + data, 1000) for magic in COMPRESSED],
    "read_element": lambda data: list(read_element(data)[0].children()),
    "parse_keystore": _keystores,
    "der_key": lambda data: (der_key(data), der_key(der(0x30, data)), der_key(der(0x30, der(2, b"\0"), data))),
    "Unpacking": _unpacked,
    "FrameWalker": lambda data: FrameWalker().feed(b"\x28\xb5\x2f\xfd" + data),
    "parse_capability": parse_capability,
    "capability text": lambda data: (found := parse_capability(data)) and found.text(),
    "busybox_applets": lambda data: busybox_applets(b"\0[\0[[\0" + data),
    "parse_elf": lambda data: parse_elf(ElfContent(b"\x7fELF\x02\x01" + data)),
    "elf_ranges": lambda data: elf_ranges(b"\x7fELF\x01\x02" + data, 1 << 40),
    "applets_of": lambda data: applets_of(b"Toybox %s multicall binary" + data),
    "program_by_content": program_by_content,
    "script_starts": lambda data: script_starts(decode_name(data)),
    "unit_starts": lambda data: unit_starts("ExecStart=" + decode_name(data)),
    "inittab_starts": lambda data: inittab_starts("::respawn:" + decode_name(data)),
    "ld_conf": lambda data: parse_ld_conf("include " + decode_name(data)),
    "cached_folders": lambda data: cached_folders(b"ld.so-1.7.0\0" + data),
    "elf_summary": lambda data: elf_summary(b"\x7fELF" + data),
    "file_type": file_type,
    "parse_json": lambda data: parse_json(data, "x"),
    "config": _config,
    "documents": _documents,
    "compare_toc": lambda data: list(compare_toc(data, [], 5)),
    "paths": lambda data: (
        clean_path(decode_name(data)),
        escapes_root(decode_name(data)),
        marker_of(decode_name(data)),
    ),
    "printable": lambda data: printable(decode_name(data)).encode(),
    "compression_of": lambda data: (compression_of(data), unsupported_compression(data)),
}


@pytest.mark.parametrize("name", PARSERS)
@given(data=st.one_of(st.binary(max_size=80), st.text("0123456789 =.,-+\n\0aS", max_size=60).map(str.encode)))
def test_a_parser_gives_a_value_or_an_error_of_the_tree(name: str, data: bytes) -> None:
    with suppress(InputError):
        PARSERS[name](data)


@given(BLOCKS)
def test_a_block_of_any_bytes_is_parsed_or_refused(block: bytes) -> None:
    for parse in (
        lambda: HeaderParser().parse(block, 0),
        lambda: parse_old_gnu(block, 386, 4, 0),
        lambda: parse_old_gnu(block, 0, 21, 0),
        lambda: parse_real_size(block, 0),
    ):
        with suppress(InputError):
            parse()


@given(
    st.lists(st.tuples(st.integers(-5, 50), st.integers(-5, 50)), max_size=5), st.integers(-5, 100), st.integers(0, 100)
)
def test_segments_that_pass_stay_inside_the_file(segments: list[tuple[int, int]], size: int, stored: int) -> None:
    try:
        check_segments(segments, size, stored, 0)
    except InputError:
        return
    ends = [start + length for start, length in segments]
    assert all(0 <= end <= size for end in ends)
    assert ends == sorted(ends)
    assert sum(length for _, length in segments) <= stored


JSON = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-5, 1 << 70),
        st.floats(allow_nan=False),
        st.text(max_size=5),
        st.just("sha256:" + "a" * 64),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(
            st.sampled_from(
                "config layers manifests digest size mediaType platform os annotations rootfs diff_ids history urls "
                "Config Layers RepoTags LayerSources Env Cmd Labels ExposedPorts created_by entries name type".split()
            ),
            inner,
            max_size=6,
        ),
    ),
    max_leaves=25,
)


@given(JSON)
def test_any_document_is_a_manifest_or_refused(document: Any) -> None:
    with suppress(InputError):
        parse_manifest(document, "x").is_image()
    for parse in (parse_docker_manifest, parse_index, parse_descriptor, parse_config):
        with suppress(InputError):
            parse(document, "x")
    is_docker_manifest(document)


@given(st.lists(JSON, max_size=4))
@example([{"name": "x", "type": []}])
def test_any_toc_is_compared_or_told(entries: Any) -> None:
    assert all(isinstance(text, str) for text in compare_toc(json.dumps({"entries": entries}).encode(), [], 5))


# Streams


def read(data: bytes, window: int) -> list[Entry]:
    """Return the entries of a tar, read to its end or to its first fault."""
    found: list[Entry] = []
    reader = TarReader(lambda entry, _head: found.append(entry), ProblemLog("layer", 5), Limits())
    with suppress(InputError):
        for at in range(0, len(data), window):
            reader.feed(data[at : at + window])
        reader.close()
    return found


@given(
    st.one_of(st.binary(max_size=2000), damaged(), st.lists(BLOCKS, max_size=5).map(b"".join)),
    st.sampled_from([1, 100, 512, 1 << 20]),
)
def test_any_bytes_are_read_as_a_tar_or_refused(data: bytes, window: int) -> None:
    for entry in read(data, window):
        assert not entry.path.startswith("/")
        assert not {".", "..", ""} & set(entry.path.split("/") if entry.path else ())
        assert entry.size >= 0
        assert 0 <= entry.mode <= 0o7777


@given(st.binary(max_size=200), st.sampled_from(MAGICS), st.sampled_from([1, 50, 1000]))
def test_any_bytes_are_decompressed_or_refused(data: bytes, magic: tuple[bytes, str], chunk: int) -> None:
    stored = magic[0] + data
    chunks = (stored[at : at + chunk] for at in range(0, len(stored), chunk))

    with suppress(InputError):
        for piece in decompressed(chunks, magic[1], Limits(layer_bytes=1 << 20)):
            assert len(piece) <= 1 << 20


@given(tars(least=1, most=4), st.sampled_from(COMPRESSIONS[1:]), st.data())
def test_a_compressed_layer_with_changed_bytes_is_surveyed(
    tar: bytes, compression: Compression, data: st.DataObject
) -> None:
    stored = bytearray(compress(tar, compression))
    for _ in range(data.draw(st.integers(1, 3))):
        stored[data.draw(st.integers(0, len(stored) - 1))] ^= data.draw(st.integers(1, 255))

    found = survey(bytes(stored), chunk_bytes=data.draw(st.sampled_from([10, 1000])))

    assert found.complete or found.problems


@given(st.lists(st.one_of(tars(), damaged()), max_size=4))
def test_any_layers_are_merged(layers: list[bytes]) -> None:
    with suppress(ImgscanError):
        view, _ = merged(*layers)
        paths = [node.path for node in view.walk()]
        assert len(paths) == len(set(paths)) == len(view)
