"""What is fuzzed of readers beside the layers: accounts, scripts, git, policy, saved reports, stores, fleets."""

from __future__ import annotations

import contextlib
import io
import os
import tempfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from functools import cache, partial
from itertools import islice
from pathlib import Path

import msgspec

from imgscan.advisories.database import Advisories, import_into
from imgscan.advisories.sources import records_of
from imgscan.cli.sandbox import _outcome
from imgscan.compare.comparison import compare
from imgscan.compare.side import parse_side
from imgscan.engine.prepared import Prepared
from imgscan.errors import InputError, UsageError
from imgscan.fleet.packed_facts import FactCodec
from imgscan.fleet.sources import all_sources, names_address, places_of
from imgscan.fleet.state import State
from imgscan.fleet.values import ImageResult
from imgscan.formats.archives.appended import appended, program_end, zip_start
from imgscan.formats.archives.git import Pack, is_zlib, pack_in_bundle, zlib_content
from imgscan.formats.content.libmagic import describe
from imgscan.formats.image.document_texts import document_texts
from imgscan.formats.image.vulnerabilities import parse_vulnerabilities
from imgscan.formats.packages.unverified import SettingsFile, parse_unverified
from imgscan.formats.path import decode_name
from imgscan.formats.path_pattern import path_pattern
from imgscan.kept.parts import Record, packed, sealed, unsealed
from imgscan.kept.texts import written
from imgscan.kept.units import ObserverUnits
from imgscan.layer.resumed import ResumedStream
from imgscan.model.limits import Limits
from imgscan.model.options import ScanOptions
from imgscan.policy.baseline import parse_baseline
from imgscan.policy.exceptions import parse_exceptions
from imgscan.policy.settings import parse_pyproject, parse_settings, parse_trusted_base
from imgscan.shell.crontab import run_as_root
from imgscan.shell.needs import parse_needs
from imgscan.testing import ImageBuilder, TarBuilder, compress
from imgscan.testing import program as elf_program

from ..property.test_host_formats import PARSERS as OF_HOSTS
from ..property.test_host_formats import SEEDS as OF_HOST_FILES
from ..property.test_package_parsers import PARSERS as OF_PACKAGES
from ..unit.compare.sides import control, finding, plain
from ..unit.formats.archives.test_git import BASE, DELTA, entry, offset, pack
from .shaken import Fuzzed, of_shaken

_LIMIT = 1 << 16


def _text(run: Callable[[str], object]) -> Callable[[bytes], object]:
    return lambda data: run(decode_name(data))


def _one_of(*choices: Callable[[bytes], object]) -> Callable[[bytes], object]:
    """Return what does one thing of several with some bytes: the first byte chooses which."""
    return lambda data: choices[data[0] % len(choices)](data[1:]) if data else None


def _exhausted(run: Callable[[bytes], object], data: bytes) -> None:
    """Run a parser to the end of what it yields."""
    found = run(data)
    if isinstance(found, Iterable) and not isinstance(found, str | bytes):
        for _ in found:
            pass


@contextlib.contextmanager
def _written(data: bytes) -> Iterator[str]:
    handle, name = tempfile.mkstemp()
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        yield name
    finally:
        Path(name).unlink()


# Hosts


def _unverified(data: bytes) -> None:
    for kind in SettingsFile:
        lines = data.count(b"\n") + 1
        assert all(1 <= item.number <= lines for item in parse_unverified(kind, data))


def _globs(data: bytes) -> None:
    """Hold a name against a pattern."""
    glob, _, name = decode_name(data).partition("\n")
    path_pattern(glob).fullmatch(name)


# Archives in files


def _git(data: bytes) -> None:
    """Read a pack as a bundle's and as itself, and loose objects."""
    for found in (data, pack_in_bundle(data)):
        if found is not None:
            read = Pack(found, 1 << 20, _LIMIT)
            for item in read.objects():
                assert len(item.content) <= _LIMIT
                assert 0 <= item.changed <= len(item.content)
            assert not (read.is_whole and read.is_damaged)
    if is_zlib(data):
        content, _ = zlib_content(data, _LIMIT)
        assert len(content) <= _LIMIT


def _appended(data: bytes) -> None:
    """Look for archives behind a script, a program of ELF and one of PE."""
    for start in (b"", b"#!/bin/sh\n", b"\x7fELF", b"MZ"):
        whole = start + data
        at = appended(whole)
        assert at is None or 0 <= at <= len(whole)
        zip_start(whole)
        for is_whole in (True, False):
            program_end(whole, is_whole)


def _resumed(data: bytes) -> None:
    """Read a compressed stream from several bytes on: what a mark leads to is what lies there."""
    for compression in ("gzip", "zstd"):
        stream = ResumedStream(lambda at: iter((data[at : at + 700], data[at + 700 :])), compression, Limits(), 4)
        stream._span = 100  # marks in what is as small as this
        whole, is_whole = _first(stream.pieces(0))
        for start in (0, 1, 150, len(whole) // 2, len(whole)):
            rest, is_rest = _first(stream.pieces(start))
            expected = whole[start:]
            # Of damaged streams more or less is read before the damage shows, by how the bytes come.
            assert is_rest is is_whole
            assert rest[: len(expected)] == expected[: len(rest)]
            assert not is_whole or len(whole) == _LIMIT or rest == expected


def _first(pieces: Iterator[bytes]) -> tuple[bytes, bool]:
    """Return the first bytes of a stream, and whether it was read without an error as far as that."""
    taken = bytearray()
    try:
        for piece in pieces:
            taken += piece
            if len(taken) > _LIMIT:
                break
    except InputError:
        return bytes(taken[:_LIMIT]), False
    return bytes(taken[:_LIMIT]), True


_TEXT = b"".join(b"%d some words\n" % number for number in range(90))
_STREAMS = tuple(compress(_TEXT, kind) * times for kind in ("gzip", "zstd") for times in (1, 3))

# What the user names


def _settings(data: bytes) -> None:
    for parse in (parse_settings, parse_pyproject, parse_exceptions):
        with suppress(UsageError):
            parse(decode_name(data), "x")
    with suppress(UsageError):
        parse_trusted_base("x", decode_name(data), "x")


def _baseline(data: bytes) -> None:
    with suppress(UsageError):
        parse_baseline(data, "x")


def _side(data: bytes) -> None:
    """Read a saved report, and compare it with itself: nothing has changed."""
    with suppress(UsageError):
        side = parse_side(data, "x")
        found = compare(side, side)
        assert found.findings.same == len(side.findings)


def _vulnerabilities(data: bytes) -> None:
    parse_vulnerabilities(data, "x")


_SETTINGS = b"""fail_on = "high"
formats = ["text", "json=r.json"]
skip = ["elf"]
jobs = 2
baseline = "old.json"
[limits]
json_bytes = 1000
[allow]
ports = ["8000-8010/tcp"]
[severities]
"setuid.suid-file" = "low"
[[trusted_base]]
name = "base"
file = "base.txt"
"""
_EXCEPTIONS = b"""[[exception]]
rule = "setuid.*"
path = "/usr/**/su"
reason = "needed"
owner = "me"
expires = 2027-01-01
"""
_REPORT = plain((finding("1"), finding("2")), (control("PASS"), control("FAIL", "4.1")), layers=(("sha256:1", 5),))
_TRIVY = {
    "SchemaVersion": 2,
    "Metadata": {"ImageID": "sha256:1", "RepoTags": ["a:1"]},
    "Results": [
        {
            "Target": "a",
            "Vulnerabilities": [
                {"VulnerabilityID": "CVE-2026-1", "PkgName": "a", "InstalledVersion": "1", "Severity": "HIGH"}
            ],
        }
    ],
}
_GRYPE = {
    "matches": [
        {
            "vulnerability": {"id": "CVE-2026-1", "severity": "High", "fix": {"versions": ["2"], "state": "fixed"}},
            "artifact": {"name": "a", "version": "1"},
        }
    ],
    "source": {"target": {"imageID": "sha256:1"}},
}
_OSV = (
    b'{"id":"GHSA-1","modified":"2026-01-01T00:00:00Z","aliases":["CVE-2026-1"],"affected":[{"package":'
    b'{"ecosystem":"Debian:12","name":"bind9"},"versions":["1.0","1.1"],"ranges":[{"type":"ECOSYSTEM","events":'
    b'[{"introduced":"0"},{"fixed":"1:9.18-1"}]}]}]}'
)

_KEV = b'{"catalogVersion": "2026.01.01", "vulnerabilities": [{"cveID": "CVE-2026-1"}]}'


@cache
def _database() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "db"
        import_into(str(path), (*records_of(_OSV, "x"), *records_of(_KEV, "x")), "2026-01-01")
        return path.read_bytes()


def _changed_database(data: bytes) -> None:
    """Ask a database whose bytes were changed: five bytes say where, and what to."""
    changed = bytearray(_database())
    for at in range(0, len(data) - 4, 5):
        changed[int.from_bytes(data[at : at + 4], "big") % len(changed)] = data[at + 4]
    with _written(bytes(changed)) as path, suppress(UsageError), Advisories(path) as database:
        list(database.of_package("Debian", "bind9"))
        list(database.named("CVE-2026-1"))
        database.releases()
        database.ranks(["CVE-2026-1"])
        database.sources()
        database.imported()
        database.fault()


# Stores and fleets


@cache
def _codec() -> tuple[FactCodec, bytes, str]:
    """Return a codec, and what it makes of a layer."""
    prepared = Prepared(ScanOptions(jobs=1, skip=("secrets",)))
    codec = FactCodec(ObserverUnits(prepared.surveyor), prepared.secrecy, "")
    tar = TarBuilder().file("etc/passwd", b"root:x:0:0::/root:/bin/sh\n").file("bin/su", elf_program(), mode=0o4755)
    facts = prepared.surveyor.survey([ImageBuilder().layer(tar).layers[0].blob])
    data = codec.pack(facts)
    assert data is not None
    assert facts.digest is not None
    return codec, data, facts.digest


def _stored(data: bytes) -> None:
    """Take facts out of what somebody wrote into a store, with a seal that fits."""
    codec, good, digest = _codec()
    assert codec.unpack(digest, data) is None
    key = f" {digest}"
    record = unsealed(key, good, Record)
    assert record is not None
    parts = {"": record.skeleton, **record.units}
    name = sorted(parts)[data[0] % len(parts)] if data else ""
    part = bytearray(_unpacked(parts[name]))
    for at in range(1, len(data) - 2, 3):
        part[int.from_bytes(data[at : at + 2], "big") % len(part)] = data[at + 2]
    changed = packed(bytes(part))
    forged = Record(
        skeleton=changed if not name else record.skeleton,
        units={unit: changed if unit == name else value for unit, value in record.units.items()},
    )
    facts = codec.unpack(digest, sealed(key, forged))
    assert facts is None or facts.digest == digest
    for other in (data, written(forged) + data):
        assert codec.unpack(digest, sealed(key, other)) is None


def _unpacked(part: bytes) -> bytes:
    import zstandard

    return zstandard.ZstdDecompressor().decompress(part)


def _fleet_list(data: bytes) -> None:
    """Read a list of sources that is local: what it names is given, nothing is opened."""
    with _written(data) as path:
        if not names_address(path):
            named = list(all_sources(iter((path,))))
            assert len(named) == len(set(named))
            list(islice(places_of((path,)), 10))


def _fleet_record(data: bytes) -> None:
    """Take up a fleet again from a record that was changed."""
    with tempfile.TemporaryDirectory() as out:
        state = State(out, "job")
        state.finish("a.tar", "1-2", msgspec.convert([_IMAGE], tuple[ImageResult, ...]))
        (path,) = Path(out).rglob("*.json")
        path.write_bytes(data)
        found = state.finished("a.tar", "1-2")
        assert found is None or all(isinstance(image, ImageResult) for image in found)


_IMAGE = {
    "position": 0,
    "row": {"source": "a", "name": "a", "bytes": 1, "files": 1, "findings": {}, "checks": {}, "complete": True},
    "reports": {},
    "code": 0,
    "diff_ids": ["sha256:1"],
    "brought": [{"diff_id": None, "created_by": None, "rule": "r", "severity": "HIGH", "findings": 1}],
}
_RECORD = {"stamp": "1-2", "job": "job", "images": [_IMAGE]}


def _sent(data: bytes) -> None:
    """Take what the confined process sends, which an image may have taken over."""
    with contextlib.redirect_stderr(io.StringIO()):
        outcome = _outcome(0, bytearray(data))
    assert outcome.contents is None or sum(map(len, outcome.contents)) <= len(data)


_SENT = (5).to_bytes(8, "little") + (2).to_bytes(4, "little") + (2).to_bytes(8, "little") + (3).to_bytes(8, "little")


def readers() -> dict[str, Fuzzed]:
    """Return all, by name."""
    hosts = len(OF_HOSTS)
    found: dict[str, Fuzzed] = {
        f"package {name}": (partial(_exhausted, run), (good,)) for name, (run, good) in OF_PACKAGES.items()
    }
    return (
        found
        | {
            "hosts": (_one_of(*OF_HOSTS), tuple(bytes([n]) + seed for n in range(hosts) for seed in OF_HOST_FILES)),
            "unverified": (_unverified, OF_HOST_FILES),
            "crontab": (
                lambda data: [run_as_root(decode_name(data), system) for system in (True, False)],
                (b"PATH=/bin\n*/5 * * * * root /bin/a -x | sh\n@reboot root b\n",),
            ),
            "needs": (_text(parse_needs), (b"a=1 exec /bin/x -c 'y' | z && cd /; [ -f q ] || w",)),
            "globs": (_globs, (b"/usr/**/a*[a-z]?\n/usr/b/abc", b"*a*b*c\naabbc")),
            "document texts": (
                document_texts,
                (b'{"config": {"Env": ["A=b"], "x": {"y": [1, "\\ud800"]}}, "z": "t"}',),
            ),
            "libmagic": (describe, (*OF_HOST_FILES[:2], elf_program(), *_STREAMS)),
            "git": (
                _git,
                (
                    pack(entry(1, b"tree 1"), entry(3, BASE)),  # type: ignore[arg-type]  # kinds by their numbers
                    pack(first := entry(3, BASE), entry(6, DELTA, offset(len(first)))),  # type: ignore[arg-type]
                    zlib.compress(b"blob 1\0a"),
                ),
            ),
            "appended": (_appended, (elf_program()[4:], bytes(64))),
            "resumed": (_resumed, _STREAMS),
            "settings": (_settings, (_SETTINGS, b"[tool.imgscan]\n" + _SETTINGS, _EXCEPTIONS, b"sha256:" + b"a" * 64)),
            "baseline": (
                _baseline,
                (b'{"schema": "imgscan.report/1", "findings": [{"fingerprint": "' + b"a" * 32 + b'"}]}',),
            ),
            "shaken baseline": of_shaken(_baseline, _REPORT),
            "shaken report": of_shaken(_side, _REPORT, {"schema": "imgscan.reports/1", "reports": [_REPORT]}),
            "shaken vulnerabilities": of_shaken(_vulnerabilities, _TRIVY, _GRYPE),
            "database": (_changed_database, (b"", b"\0\0\0\1x", b"\0\0\xa0\x40\1")),
            "store": (_stored, (b"", bytes(range(60)))),
            "fleet list": (_fleet_list, (b"# images\na.tar\nfolder/b.tar\n\n", b"s3://x/y.tar\n")),
            "shaken fleet record": of_shaken(_fleet_record, _RECORD),
            "sandbox": (_sent, (_SENT + b"aabbb", b"")),
        }
    )
