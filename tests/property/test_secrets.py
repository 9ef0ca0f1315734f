"""Laws of the secret search: independent of windows and compression, whole at every boundary, and never telling."""

from __future__ import annotations

import io
import logging
import traceback
import zipfile
from pathlib import Path
from random import Random

import pytest

import imgscan
from imgscan.analyzers.secrets import Secrets
from imgscan.analyzers.secrets.examples import expand
from imgscan.analyzers.secrets.overlaps import without_overlaps
from imgscan.analyzers.secrets.rule import builtin_rules
from imgscan.cli.arguments import FORMATS
from imgscan.cli.main import main
from imgscan.model.limits import Limits
from imgscan.survey.survey import Surveyor
from imgscan.testing import COMPRESSIONS, ImageBuilder, compress, docker_archive, oci_archive, tar_of
from imgscan.testing.compress import Compression

ANALYZER = Secrets()
TOKEN = expand("ghp_<<0-9A-Za-z|30>><<crc>>", "law").encode()
PASSWORD = expand("<<A-Za-z0-9|14>>", "law").encode()
_MIB = 1 << 20


def facts(blob: bytes, chunk: int) -> list[tuple[object, ...]]:
    surveyor = Surveyor((ANALYZER,), Limits())
    layer = surveyor.survey(blob[at : at + chunk] for at in range(0, len(blob), chunk))
    assert layer.problems == ()
    found = without_overlaps(fact.data for fact in layer.facts.get("secrets", ()))
    return [(fact.rule, fact.offset, fact.line, fact.hash) for fact in found]


@pytest.mark.parametrize("shift", [*range(-700, 700, 47), *range(-48, 8)])
def test_a_planted_secret_is_found_at_every_offset_around_a_window_boundary(shift: int) -> None:
    filler = (b"x" * 79 + b"\n") * (2 * _MIB // 80)
    at = _MIB + shift
    content = filler[:at] + b"\n" + TOKEN + b"\nDB_PASSWORD=" + PASSWORD + b"\n" + filler[at:]

    found = facts(tar_of({"app/.env": content}), _MIB)

    line = content.count(b"\n", 0, at + 1) + 1
    assert [item[:3] for item in found] == [
        ("github.personal-token", at + 1, line),
        ("generic.password", at + 1 + len(TOKEN) + 13, line + 1),
    ]


@pytest.mark.parametrize("chunk", [_MIB, 4 * _MIB, 65537, 1 << 14])
@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_findings_do_not_depend_on_chunks_or_compression(chunk: int, compression: Compression) -> None:
    layer = tar_of(
        {f"srv/{number}.conf": b"\n" * number + b"token " + TOKEN + b"\npassword = " + PASSWORD for number in range(40)}
        | {"pad": bytes(range(256)) * 8192}
    )

    assert facts(compress(layer, compression), chunk) == facts(layer, _MIB)


def _zip(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


_INSIDE = {"conf/app.properties": b"\n token " + TOKEN + b"\nDB_PASSWORD=" + PASSWORD + b"\n"}
# What does not compress stands before and behind, so that the archive reaches over the boundary.
_NOISE = {"a.bin": Random(5).randbytes(900), "z.bin": Random(6).randbytes(900)}
_FILES = {"a.bin": _NOISE["a.bin"], **_INSIDE, "z.bin": _NOISE["z.bin"]}
ARCHIVES = {
    "srv/a.jar": _zip(_FILES),
    "srv/a.whl": _zip(_FILES),
    "srv/a.war": _zip({"WEB-INF/lib/b.jar": _zip(_FILES)}),
    **{f"srv/a.{kind}": compress(tar_of(_FILES), kind) for kind in ("gzip", "xz", "bzip2", "zstd")},
    **{f"srv/b.{kind}": compress(_INSIDE["conf/app.properties"], kind) for kind in ("gzip", "xz", "bzip2", "zstd")},
}


@pytest.mark.parametrize("shift", [-2500, -1200, -600, -1, 0])
@pytest.mark.parametrize("name", ARCHIVES)
def test_a_secret_in_an_archive_is_found_wherever_the_boundary_cuts_it(name: str, shift: int) -> None:
    # Before the archive: two headers of 512 bytes, and a file that ends so far before the boundary.
    size = _MIB - 1024 + shift // 512 * 512
    layer = tar_of({"pad": bytes(size), name: ARCHIVES[name]})

    found = facts(layer, _MIB)

    assert {(rule, digest) for rule, _, _, digest in found} == {
        (rule, digest) for rule, _, _, digest in facts(tar_of({"app/.env": _INSIDE["conf/app.properties"]}), _MIB)
    }
    assert facts(layer, 70_001) == found


def _examples() -> list[tuple[str, str]]:
    """Return an example of each rule that is found in a text, and the value in it."""
    found = []
    for rule in builtin_rules().rules:
        for template in rule.examples[:1]:
            text = expand(template, f"plant {rule.id}")
            data = f"\n{text}\n".encode()
            for fact in without_overlaps(ANALYZER.detector.scan("srv/settings.conf", data)):
                value = data[fact.offset : fact.offset + fact.length]
                if fact.rule == rule.id and len(value) >= 12:
                    found.append((text, value.decode()))
    return found


FORMS = ("DB_PASSWORD={}", "password: {}", "api_token = '{}'", "https://bob:{}@h.test/", "mysql -uroot -p{} x")


def _token(name: str) -> str:
    return expand("ghp_<<0-9A-Za-z|30>><<crc>>", name)


def _quoted() -> dict[str, bytes]:
    """Return files of which analyzers quote parts, each with a token."""
    users = f"root:x:0:0:{_token('gecos')}:/root:/bin/sh\nbob:x:5:5::/home/{_token('home')}:/bin/sh\n"
    return {
        "etc/passwd": users.encode(),
        "etc/sudoers": f"bob ALL=(ALL) NOPASSWD: /usr/bin/curl -H {_token('sudo')}\n".encode(),
        "etc/os-release": f'ID=debian\nVERSION_ID=12\nPRETTY_NAME="{_token("os")}"\n'.encode(),
        "etc/ld.so.preload": f"/lib/{_token('preload')}.so\n".encode(),
        "usr/bin/start": f"#!/bin/sh -{_token('shebang')}\ncurl {_token('script')}\nexec nginx\n".encode(),
        "app/node_modules/x/package.json": b'{"name":"%s","version":"%s","license":"%s"}'
        % tuple(_token(name).encode() for name in ("npm", "npm version", "npm license")),
        "var/lib/dpkg/status": f"Package: a\nStatus: install ok installed\nVersion: {_token('deb')}\n"
        f"Architecture: amd64\nMaintainer: {_token('maintainer')}\n\n".encode(),
    }


QUOTED = ("gecos home sudo os preload shebang script npm deb maintainer", "npm version", "npm license")


def _planted() -> tuple[list[str], ImageBuilder]:
    values = [expand("<<A-Za-z0-9|18>>", f"plant{number}") for number in range(200)]
    files = {
        f"srv/{number}.conf": FORMS[number % 5].format(value).encode() + b"\n"
        for number, value in enumerate(values[:150])
    }
    examples = _examples()
    files |= {f"opt/{number}.conf": f"\n{text}\n".encode() for number, (text, _) in enumerate(examples)}
    told = examples[::3]
    image = ImageBuilder(
        settings={
            "Env": [f"V{number}_PASSWORD={value}" for number, value in enumerate(values[150:170])],
            "Labels": {f"l{number}": f"postgres://u:{value}@db/x" for number, value in enumerate(values[170:180])},
            "Cmd": ["sh", "-c", f"curl -u bob:{values[180]} http://h.test/"],
            "User": _token("user"),
            "Healthcheck": {"Test": ["CMD-SHELL", f"curl -u bob:{values[181]} http://h.test/"]},
        }
    )
    image.layer(
        files | _quoted(), created_by=" ".join(f"RUN_{n}_TOKEN={value}" for n, value in enumerate(values[182:]))
    )
    image.layer({"srv/.wh.0.conf": b"", "srv/1.conf": b"gone\n"}, created_by=f"RUN curl -H {_token('run')} h.test")
    for text, _ in told:
        # A line of a password file, or of slapd's settings, is one at the beginning of a line alone.
        if ":" not in text[:40] and not text.startswith("rootpw"):
            image.step(f"RUN echo {text}")
    words = [*QUOTED[0].split(), *QUOTED[1:], "user", "run"]
    return [*values, *(value for _, value in examples), *map(_token, words)], image


def _said(words: list[str], capture: pytest.CaptureFixture[bytes]) -> bytes:
    capture.readouterr()
    main(words)
    written = capture.readouterr()
    return written.out + written.err


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[str], Path]:
    values, image = _planted()
    source = tmp_path_factory.mktemp("planted") / "image.tar"
    source.write_bytes(docker_archive(image))
    assert len(values) > 400
    return values, source


@pytest.mark.parametrize(
    "words",
    [
        *(["scan", "-f", name] for name in FORMATS),
        ["scan", "-v"],
        ["scan", "--skip", "secrets", "-f", "json"],
        ["scan", "-a", "config,history", "-v"],
        ["scan", "-q", "--fail-on", "low"],
        ["scan", "-a", "nosuch"],
        ["layers"],
        ["layers", "-f", "json"],
        ["ls", "--digests"],
        ["ls", "--all-layers", "-f", "jsonl"],
        ["cat", "--layer", "7", "srv/0.conf"],
        ["cat", "nosuch"],
    ],
    ids=" ".join,
)
def test_nothing_that_is_written_holds_a_planted_value(
    planted: tuple[list[str], Path],
    words: list[str],
    capfdbinary: pytest.CaptureFixture[bytes],
    caplog: pytest.LogCaptureFixture,
) -> None:
    values, source = planted
    caplog.set_level(logging.DEBUG)

    text = _said([words[0], str(source), "--no-progress", *words[1:]], capfdbinary) + caplog.text.encode()

    assert [value for value in values if value.encode() in text] == []


def test_what_is_kept_on_disk_holds_no_planted_value(planted: tuple[list[str], Path], tmp_path: Path) -> None:
    values, source = planted

    assert main(["scan", str(source), "--no-progress", "-q", "--cache", str(tmp_path)]) == 0

    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert len(kept) > 100_000
    assert [value for value in values if value.encode() in kept] == []


def test_neither_report_nor_facts_hold_a_planted_value_and_all_are_found(planted: tuple[list[str], Path]) -> None:
    values, source = planted

    report = imgscan.scan(source)

    assert [value for value in values if value in repr(report)] == []
    assert sum(finding.analyzer == "secrets" for finding in report.findings) >= len(values) - 60


@pytest.mark.parametrize("cut", [600, 60_000, 200_000])
def test_an_error_does_not_hold_a_value(
    planted: tuple[list[str], Path], tmp_path: Path, cut: int, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    values, source = planted
    damaged = tmp_path / "image.tar"
    damaged.write_bytes(source.read_bytes()[:-cut])

    text = _said(["scan", str(damaged), "--no-progress", "-v"], capfdbinary).decode("utf-8", "replace")
    try:
        text += repr(imgscan.scan(damaged))
    except imgscan.ImgscanError:
        text += traceback.format_exc()

    assert text
    assert [value for value in values if value in text] == []


def test_every_archive_format_gives_the_same_findings(tmp_path: Path) -> None:
    _, image = _planted()
    archives = {"docker.tar": docker_archive(image), "oci.tar": oci_archive(image)}
    found = []
    for name, data in archives.items():
        (tmp_path / name).write_bytes(data)
        report = imgscan.scan(tmp_path / name)
        found.append(
            [
                (item.rule, item.path, item.line, item.evidence["hash"])
                for item in report.findings
                if item.analyzer == "secrets"
            ]
        )

    assert found[0] == found[1]
    assert found[0]
